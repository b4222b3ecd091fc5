//! `proofmark tls` against servers that nobody here wrote, in a network namespace of its own.
//!
//! Where a server is missing, or there is no namespace, a test is ignored with the reason; in CI (`CI=true`) that is a failure.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::process::{Command, ExitCode};

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use proofmark_lab::namespace;
use proofmark_lab::real::{
    GnutlsServer, Lighttpd, Mosquitto, Nginx, OpensslServer, RealError, Server, Stunnel,
};
use proofmark_lab::standin::TlsSpec;
use serde::de::DeserializeOwned;
use serde_json::Value;

const IP: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 77, 0, 9));
/// The most connections beyond the accepted pairs of version and suite.
const SPARE: u64 = 40;

type Start = fn(u16) -> Result<Server, RealError>;
type Check = fn(&Told) -> Result<(), Failed>;

const TRIALS: &[(&str, Start, Check)] = &[
    ("nginx", nginx, modern),
    ("nginx-old", nginx_old, old),
    ("lighttpd", lighttpd, modern),
    ("mosquitto", mosquitto, modern),
    ("stunnel", stunnel, modern),
    ("openssl", openssl_plain, modern),
    ("openssl-everything", openssl_everything, everything),
    ("openssl-server-preference", openssl_preference, preference),
    (
        "openssl-client-certificate",
        openssl_certificate,
        certificate,
    ),
    ("openssl-early-data", openssl_early_data, early_data),
    ("openssl-shared-key", openssl_shared_key, shared_key),
    ("openssl-one-version", openssl_one_version, one_version),
    ("gnutls", gnutls, gnutls_old),
];

fn main() -> ExitCode {
    // First, while there is one thread.
    let alone = namespace::enter()
        .map(|_| ())
        .map_err(|error| error.to_string());
    let arguments = Arguments::from_args();
    let trials = TRIALS
        .iter()
        .zip(4430..)
        .map(|(&(name, start, check), port)| {
            let alone = alone.clone();
            Trial::ignorable_test(name, move || match alone {
                Ok(()) => run(start, check, port),
                Err(why) => ignored(&why),
            })
        });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn run(start: Start, check: Check, port: u16) -> Result<Completion, Failed> {
    let _server = match start(port) {
        Ok(server) => server,
        Err(why @ RealError::Missing(_)) => return ignored(&why.to_string()),
        Err(why) => return Err(why.to_string().into()),
    };
    let told = Told::by(port)?;
    told.promises()?;
    check(&told).map_err(|failed| {
        let message = failed.message().unwrap_or_default();
        Failed::from(format!("{message}\n{:#}", told.document["versions"]))
    })?;
    Ok(Completion::Completed)
}

/// What is missing proves nothing, so that CI must have it.
fn ignored(reason: &str) -> Result<Completion, Failed> {
    if std::env::var_os("CI").is_some_and(|value| value == "true") {
        return Err(format!("ignored, which CI does not allow: {reason}").into());
    }
    Ok(Completion::ignored_with(reason))
}

/// What the command told.
struct Told {
    document: Value,
    status: Option<i32>,
}

impl Told {
    fn by(port: u16) -> Result<Self, Failed> {
        let output = Command::new(env!("CARGO_BIN_EXE_proofmark"))
            .args(["tls", "--json", &format!("{IP}:{port}")])
            .output()?;
        Ok(Self {
            document: serde_json::from_slice(&output.stdout)?,
            status: output.status.code(),
        })
    }

    /// What holds of every service.
    fn promises(&self) -> Result<(), Failed> {
        let keys: BTreeSet<&str> = self
            .document
            .as_object()
            .into_iter()
            .flatten()
            .map(|it| it.0.as_str())
            .collect();
        let promised = [
            "certificates",
            "connections",
            "findings",
            "max_concurrent",
            "seconds",
            "versions",
        ];
        equal(
            "keys",
            keys.into_iter().collect::<Vec<_>>(),
            promised.to_vec(),
        )?;
        let pairs: usize = VERSIONS
            .iter()
            .map(|version| self.suites(version).len())
            .sum();
        let connections = self.document["connections"].as_u64().unwrap_or(u64::MAX);
        if connections > pairs as u64 + SPARE {
            return Err(format!("{connections} connections for {pairs} pairs").into());
        }
        equal("at once", &self.document["max_concurrent"], &Value::from(1))
    }

    fn suites(&self, version: &str) -> Vec<&str> {
        let suites = self.of(version, "suites").as_array();
        suites
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    fn of(&self, version: &str, fact: &str) -> &Value {
        &self.document["versions"][version][fact]
    }

    /// The state of every version, oldest first.
    fn states(&self, expected: [&str; 6]) -> Result<(), Failed> {
        let states: Vec<&str> = VERSIONS
            .iter()
            .map(|version| self.of(version, "state").as_str().unwrap_or_default())
            .collect();
        equal("states", states, expected.to_vec())
    }

    fn has(&self, version: &str, suites: &[&str]) -> Result<(), Failed> {
        let taken = self.suites(version);
        match suites.iter().find(|suite| !taken.contains(suite)) {
            Some(suite) => Err(format!("{version} without {suite}").into()),
            None => Ok(()),
        }
    }

    fn rules(&self) -> Vec<&str> {
        let findings = self.document["findings"].as_array();
        findings
            .into_iter()
            .flatten()
            .filter_map(|it| it["rule"].as_str())
            .collect()
    }

    fn breaks(&self, rules: &[&str]) -> Result<(), Failed> {
        let broken = self.rules();
        match rules.iter().find(|rule| !broken.contains(rule)) {
            Some(rule) => Err(format!("{rule} is not found, but {broken:?}").into()),
            None => Ok(()),
        }
    }

    fn fact(&self, version: &str, fact: &str, expected: impl Into<Value>) -> Result<(), Failed> {
        let what = format!("{version} {fact}");
        equal(&what, self.of(version, fact), &expected.into())
    }
}

const VERSIONS: [&str; 6] = ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3"];

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, seen: T, expected: T) -> Result<(), Failed> {
    if seen == expected {
        return Ok(());
    }
    Err(format!("{what}: {seen:?} instead of {expected:?}").into())
}

/// A service that takes TLS 1.2 and 1.3 and nothing else. OpenSSL turns versions that it could speak and may not away by an alert that does
/// not say why, so that of these nothing is required but that they are not offered.
fn modern(told: &Told) -> Result<(), Failed> {
    for version in ["SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1"] {
        equal(version, told.suites(version), Vec::new())?;
    }
    told.has(
        "TLSv1.3",
        &["TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"],
    )?;
    told.has(
        "TLSv1.2",
        &[
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        ],
    )?;
    for (fact, expected) in [
        ("secure_renegotiation", true),
        ("extended_master_secret", true),
        ("compression", false),
        ("refuses_fallback", true),
        ("downgrade_sentinel", true),
        ("asks_for_certificate", false),
    ] {
        told.fact("TLSv1.2", fact, expected)?;
    }
    told.fact("TLSv1.3", "early_data", 0)?;
    equal(
        "session",
        told.of("TLSv1.3", "session")["kind"].as_str(),
        Some("completed"),
    )?;
    let own = &told.document["certificates"][0];
    equal(
        "shown with",
        &own["versions"],
        &serde_json::json!(["TLSv1.2", "TLSv1.3"]),
    )?;
    equal("key", own["facts"]["key"]["bits"].as_u64(), Some(256))?;
    for (version, group) in [
        ("TLSv1.3", "x25519"),
        ("TLSv1.3", "secp256r1"),
        ("TLSv1.2", "secp256r1"),
    ] {
        let groups = told.of(version, "groups").as_array();
        if !groups.into_iter().flatten().any(|it| it == group) {
            return Err(format!("{version} without {group}").into());
        }
    }
    let musts = told.document["findings"].as_array().into_iter().flatten();
    let musts: Vec<&Value> = musts
        .filter(|it| it["level"] == "must")
        .map(|it| &it["rule"])
        .collect();
    equal("broken musts", musts, Vec::new())
}

/// TLS 1.0 to 1.3.
fn old(told: &Told) -> Result<(), Failed> {
    told.states([
        "refused", "refused", "offered", "offered", "offered", "offered",
    ])?;
    told.has("TLSv1.0", &["TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"])?;
    told.breaks(&[
        "RFC9325-3.1.1-tls10",
        "RFC9325-3.1.1-tls11",
        "RFC9325-4.1-anonymous",
    ])?;
    equal("status", told.status, Some(1))
}

fn everything(told: &Told) -> Result<(), Failed> {
    told.states([
        "refused", "refused", "offered", "offered", "offered", "offered",
    ])?;
    told.has(
        "TLSv1.2",
        &[
            "TLS_ECDHE_ECDSA_WITH_NULL_SHA",
            "TLS_DH_anon_WITH_AES_128_CBC_SHA",
            "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8",
        ],
    )?;
    told.breaks(&["RFC9325-4.1-null", "RFC9325-4.1-anonymous"])?;
    equal("status", told.status, Some(1))
}

fn preference(told: &Told) -> Result<(), Failed> {
    told.fact("TLSv1.2", "preference", "server")?;
    told.fact("TLSv1.3", "preference", "server")
}

fn certificate(told: &Told) -> Result<(), Failed> {
    told.fact("TLSv1.2", "asks_for_certificate", true)?;
    told.fact("TLSv1.3", "asks_for_certificate", true)
}

fn early_data(told: &Told) -> Result<(), Failed> {
    told.fact("TLSv1.3", "session_ticket", true)?;
    told.fact("TLSv1.3", "early_data", 4096)?;
    told.breaks(&["RFC9325-3.10"])
}

fn shared_key(told: &Told) -> Result<(), Failed> {
    told.fact("TLSv1.2", "psk_hint", "hub-7")?;
    told.has(
        "TLSv1.2",
        &[
            "TLS_PSK_WITH_AES_128_CCM_8",
            "TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA256",
        ],
    )?;
    equal(
        "certificates",
        &told.document["certificates"],
        &serde_json::json!([]),
    )
}

/// Only TLS 1.2, and one suite of it.
fn one_version(told: &Told) -> Result<(), Failed> {
    told.states([
        "refused", "refused", "refused", "refused", "offered", "refused",
    ])?;
    let only = vec!["TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"];
    equal("suites", told.suites("TLSv1.2"), only)?;
    equal("preference", told.of("TLSv1.2", "preference"), &Value::Null)?;
    let rules = vec!["RFC9155-handshake-signature", "RFC9325-3.1.1-tls13"];
    equal("rules", told.rules(), rules)
}

fn gnutls_old(told: &Told) -> Result<(), Failed> {
    told.states([
        "refused", "refused", "offered", "offered", "offered", "offered",
    ])?;
    told.has("TLSv1.3", &["TLS_AES_128_CCM_SHA256"])?;
    told.fact("TLSv1.2", "preference", "client")?;
    told.breaks(&["RFC9325-3.1.1-tls10"])
}

fn described<T: DeserializeOwned>(text: String) -> Result<T, RealError> {
    toml::from_str(&text).map_err(|error| RealError::Io(std::io::Error::other(error)))
}

fn web(port: u16) -> String {
    format!("port = {port}\nrealm = \"hub\"\naccounts = []\nfirmware = \"1.0\"\n")
}

fn nginx(port: u16) -> Result<Server, RealError> {
    described::<Nginx>(format!("{}[tls]\n", web(port)))?.start(IP)
}

fn nginx_old(port: u16) -> Result<Server, RealError> {
    described::<Nginx>(format!("{}[tls.switch]\naccepts_tls10 = true\n", web(port)))?.start(IP)
}

fn lighttpd(port: u16) -> Result<Server, RealError> {
    described::<Lighttpd>(format!("{}[tls]\n", web(port)))?.start(IP)
}

fn mosquitto(port: u16) -> Result<Server, RealError> {
    described::<Mosquitto>(format!("port = {port}\nallow_anonymous = true\n[tls]\n"))?.start(IP)
}

fn stunnel(port: u16) -> Result<Server, RealError> {
    let tls = TlsSpec::default();
    let options = vec!["sslVersionMin = TLSv1.2".to_owned()];
    let stunnel = Stunnel {
        port,
        tls,
        protocol: None,
        options,
    };
    stunnel.start(IP)
}

fn openssl(port: u16, options: &str) -> Result<Server, RealError> {
    let options = options.split_whitespace().map(str::to_owned).collect();
    let tls = TlsSpec::default();
    OpensslServer { port, options, tls }.start(IP)
}

fn openssl_plain(port: u16) -> Result<Server, RealError> {
    openssl(port, "-www")
}

fn openssl_everything(port: u16) -> Result<Server, RealError> {
    openssl(port, "-www -cipher ALL:COMPLEMENTOFALL:@SECLEVEL=0")
}

fn openssl_preference(port: u16) -> Result<Server, RealError> {
    openssl(port, "-www -serverpref")
}

fn openssl_certificate(port: u16) -> Result<Server, RealError> {
    openssl(port, "-www -verify 1")
}

fn openssl_early_data(port: u16) -> Result<Server, RealError> {
    openssl(
        port,
        "-early_data -max_early_data 4096 -recv_max_early_data 4096",
    )
}

fn openssl_shared_key(port: u16) -> Result<Server, RealError> {
    openssl(
        port,
        "-nocert -tls1_2 -psk 1234 -psk_hint hub-7 -cipher PSK:@SECLEVEL=0",
    )
}

fn openssl_one_version(port: u16) -> Result<Server, RealError> {
    openssl(
        port,
        "-www -tls1_2 -named_curve P-256 -cipher ECDHE-ECDSA-AES128-CCM8:@SECLEVEL=0",
    )
}

fn gnutls(port: u16) -> Result<Server, RealError> {
    let priority = "NORMAL:+VERS-TLS-ALL".to_owned();
    let tls = TlsSpec::default();
    GnutlsServer {
        port,
        priority,
        tls,
    }
    .start(IP)
}
