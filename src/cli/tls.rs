//! `proofmark tls`.

mod show;

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use show::Told;

use super::{out, session};
use crate::case::{
    audited_keys, breaches, certificate_findings, key_findings, listed_findings, unseen,
};
use crate::error::{Error, InputError};
use crate::exit::Exit;
use crate::input::{self, BlocklistPath};
use crate::keys::{Listed, PublicKey};
use crate::observation::{StartTls, TlsAudit, Untold, VersionAudit, VersionState};
use crate::probe::Stopper;
use crate::probe::tls::{Audited, SPARE, audit};
use crate::profile::{Level, tls_rules};
use crate::runner;

/// Ask a TLS service everything that it takes, and say which rules that breaks
///
/// Versions from SSL 2 to TLS 1.3, every cipher suite of each, curves, signature algorithms, certificates, and what protects
/// renegotiation, resumption and fallback. Of certificates dates, purpose, form, keys, signatures and, with --sni, the name are
/// judged; whether they lead to an authority is for a run with a manifest that names it. One connection at a time, at most one for each accepted pair of version and suite
/// and 40 more. Only a plain refusal counts as one. Exit status: 0 no rule that says "must" is broken, 1 one is, 2 none is, and
/// something could not be told.
#[derive(Debug, clap::Args)]
pub struct TlsArgs {
    /// Its address and port, as in `192.0.2.10:443`, `[fd00::10]:8883` or `[fe80::1%eth0]:443`
    #[arg(value_name = "HOST:PORT")]
    service: String,
    /// The server name to send (SNI). Without it none is sent: an address is no server name
    #[arg(long, value_name = "NAME")]
    sni: Option<String>,
    /// Speak this protocol first, and ask it for TLS
    #[arg(long, value_enum, value_name = "PROTOCOL")]
    starttls: Option<StartTls>,
    /// Whose rules findings cite: `rfc9325`, `rfc7925`, `bsi-tr-02102-2`, `mozilla-intermediate` or `ncsc-nl`
    #[arg(long, value_name = "SET", default_value = "rfc9325")]
    rules: String,
    /// A blocklist of badkeys (`blocklist.dat`, unpacked): compromised keys beside those that are known here anyway
    #[arg(long, value_name = "FILE")]
    blocklist: Option<PathBuf>,
    /// A JSON object instead of text
    #[arg(long)]
    json: bool,
    /// Connections a second, never passed [default: that of iot-minimum]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    max_rate: Option<u32>,
    /// How long to wait for an answer. Small devices need seconds for one handshake
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=60))]
    patience: u64,
    /// Allow an address of the open Internet. Only with the permission of whoever runs the device
    #[arg(long)]
    allow_public: bool,
}

/// Runs the command.
pub fn tls(args: &TlsArgs) -> Result<Exit, Error> {
    let (host, port) = service(&args.service)?;
    let address = session::address(host, args.allow_public)?;
    let rules = tls_rules(&args.rules)?;
    let list = args
        .blocklist
        .as_deref()
        .map(input::blocklist)
        .transpose()?;
    let name = args.sni.as_deref().map(server_name).transpose()?;
    let whom = Audited {
        address: runner::socket(&address, port)?,
        name,
        starttls: args.starttls,
        patience: Duration::from_secs(args.patience),
        max_rate: match args.max_rate {
            Some(rate) => rate,
            None => session::named_profile("iot-minimum")?.pacing.max_rate,
        },
        spare: SPARE,
    };
    let (stopper, stop) = Stopper::new();
    let audit = session::runtime()?.block_on(async {
        let signals = tokio::spawn(session::stop_on_signals(stopper));
        let audit = audit(&whom, &stop).await;
        signals.abort();
        audit
    });
    let audit = with_unseen(audit);
    let keys = audited_keys(&audit);
    let mut findings = key_findings(&keys);
    if let Some(list) = &list {
        findings.extend(listed_findings(&keys, &look_up(list, &keys)?));
    }
    let list = list.map(|list| list.used);
    // What is shown to who names nobody is not for a name.
    let judged = whom.name.as_deref().filter(|_| audit.nameless().is_none());
    findings.extend(certificate_findings(
        &audit,
        judged,
        whom.address.ip(),
        Timestamp::now(),
    ));
    findings.extend(breaches(&audit, &rules));
    let told = Told {
        audit: &audit,
        findings: &findings,
        not_judged: &not_judged(whom.name.as_deref(), &audit),
        list: list.as_ref(),
    };
    out::print(&match args.json {
        true => format!("{:#}\n", show::json(&told)),
        false => show::text(&args.service, &told, &rules),
    })?;
    Ok(match findings.iter().any(|it| it.level == Level::Must) {
        true => Exit::NonConformant,
        false if is_whole(&audit) => Exit::Ok,
        false => Exit::NotCertifiable,
    })
}

/// What nobody can judge of a certificate who has no manifest.
fn not_judged(name: Option<&str>, audit: &TlsAudit) -> Vec<Untold> {
    let untold = |what: &str, why: &str| Untold {
        what: what.to_owned(),
        why: why.to_owned(),
    };
    let mut left = vec![untold(
        "trust",
        "no manifest names the authority that certificates lead to",
    )];
    match (name, audit.nameless()) {
        (None, _) => {
            let why = "no --sni says for which name the certificate should be";
            left.push(untold("name", why));
        }
        (Some(name), Some(how)) => {
            let why = format!("`{name}` {how}; this was shown to who names none");
            left.push(untold("name", &why));
        }
        (Some(_), None) => {}
    }
    left
}

/// Says of each version what of its certificates stays open, unless the audit did.
fn with_unseen(mut audit: TlsAudit) -> TlsAudit {
    for (version, why) in unseen(&audit) {
        let of_it = audit.versions.iter_mut().filter(|it| it.version == version);
        of_it
            .filter(|it| it.untold.iter().all(|it| it.what != "certificate"))
            .for_each(|it| it.not_told("certificate", why.as_str()));
    }
    audit
}

/// What the list says of these keys.
fn look_up(list: &BlocklistPath, keys: &[(usize, PublicKey)]) -> Result<Vec<Listed>, InputError> {
    let keys: Vec<PublicKey> = keys.iter().map(|(_, key)| key.clone()).collect();
    let wrong = |why: String| {
        InputError::new(list.path.display().to_string(), why)
            .legal("the same blocklist from the beginning of the audit to its end")
    };
    let read = input::look_up(&list.path, &keys).map_err(|why| wrong(why.to_string()))?;
    match read.list.sha256 == list.used.sha256 {
        true => Ok(read.listed),
        false => Err(wrong("it was changed during the audit".to_owned())),
    }
}

impl clap::ValueEnum for StartTls {
    fn value_variants<'a>() -> &'a [Self] {
        &[Self::Smtp, Self::Imap, Self::Pop3, Self::Ftp]
    }

    fn to_possible_value(&self) -> Option<clap::builder::PossibleValue> {
        Some(clap::builder::PossibleValue::new(match self {
            Self::Smtp => "smtp",
            Self::Imap => "imap",
            Self::Pop3 => "pop3",
            Self::Ftp => "ftp",
        }))
    }
}

/// Whether something is spoken, and everything was told of it.
fn is_whole(audit: &TlsAudit) -> bool {
    let told = |version: &VersionAudit| {
        version.state != VersionState::Unknown && version.untold.is_empty()
    };
    audit.interrupted.is_none()
        && audit.nameless().is_none()
        && audit.offered().next().is_some()
        && audit.versions.iter().all(told)
}

/// Address and port.
fn service(text: &str) -> Result<(&str, u16), InputError> {
    let wrong = || {
        let message = format!(
            "`{}` is no address with a port",
            crate::text::shown(text, 60)
        );
        InputError::new("HOST:PORT", message)
            .legal("as in `192.0.2.10:443`, `[fd00::10]:8883` or `[fe80::1%eth0]:443`")
    };
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let host = match host.strip_prefix('[') {
        Some(host) => host.strip_suffix(']').ok_or_else(wrong)?,
        None if host.contains(':') => return Err(wrong()),
        None => host,
    };
    match port.parse() {
        Ok(port @ 1..) => Ok((host, port)),
        _ => Err(wrong()),
    }
}

/// A DNS name, and no address (RFC 6066, section 3).
fn server_name(text: &str) -> Result<String, InputError> {
    let label = |label: &str| {
        let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let outside = |c: Option<char>| c.is_some_and(|c| c != '-');
        (1..=63).contains(&label.len())
            && label.chars().all(inside)
            && outside(label.chars().next())
            && outside(label.chars().next_back())
    };
    let is_name = text.len() <= 253 && text.split('.').all(label);
    // What ends in digits alone is read as an address.
    let last = text.rsplit('.').next().unwrap_or_default();
    if is_name && !last.chars().all(|c| c.is_ascii_digit()) {
        return Ok(text.to_owned());
    }
    let message = format!("`{}` is no DNS name", crate::text::shown(text, 60));
    Err(InputError::new("--sni", message).legal(
        "as in `hub.local`: at most 253 characters, in labels of 1 to 63 letters, digits, `_` and `-`, with no `-` at \
         either end and no dot behind the last one, which is not of digits alone; an address is never sent",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::TlsVersion;

    #[test]
    fn an_audit_without_a_certificate_is_not_whole() {
        let version = VersionAudit {
            state: VersionState::Offered,
            suites: vec!["TLS_AES_128_GCM_SHA256".to_owned()],
            ..VersionAudit::unknown(TlsVersion::Tls13)
        };
        let audit = TlsAudit {
            versions: vec![version],
            certificates: Vec::new(),
            connections: 1,
            max_concurrent: 1,
            seconds: 0.1,
            interrupted: None,
            stays_in_clear: None,
            name_refused: None,
            name_unanswered: None,
        };
        assert!(is_whole(&audit));
        for change in [
            |it: &mut TlsAudit| it.name_refused = Some("alert 112".to_owned()),
            |it: &mut TlsAudit| it.name_unanswered = Some("a reset".to_owned()),
        ] {
            let mut nameless = audit.clone();
            change(&mut nameless);
            assert!(!is_whole(&nameless));
        }
        let mut told = with_unseen(audit);
        assert!(!is_whole(&told));
        // What the audit itself said stands alone.
        told.versions[0].untold[0].why = "a reset".to_owned();
        let again = with_unseen(told);
        assert_eq!(again.versions[0].untold.len(), 1);
        assert_eq!(again.versions[0].untold[0].why, "a reset");
    }

    #[test]
    fn a_name_is_not_judged_where_there_is_none_and_where_nobody_was_shown_a_certificate_for_it() {
        let mut audit = TlsAudit {
            versions: Vec::new(),
            certificates: Vec::new(),
            connections: 1,
            max_concurrent: 1,
            seconds: 0.1,
            interrupted: None,
            stays_in_clear: None,
            name_refused: None,
            name_unanswered: None,
        };
        let left = |name, audit: &TlsAudit| {
            let left = not_judged(name, audit).into_iter();
            let left = left.filter(|it| it.what == "name").map(|it| it.why);
            left.collect::<String>()
        };
        assert!(left(None, &audit).contains("--sni"));
        assert_eq!(left(Some("hub.local"), &audit), "");
        audit.name_refused = Some("alert 112".to_owned());
        let refused = "`hub.local` was refused (alert 112); this was shown to who names none";
        assert_eq!(left(Some("hub.local"), &audit), refused);
    }

    #[test]
    fn a_service_is_an_address_with_a_port() {
        assert_eq!(service("192.0.2.1:443").unwrap(), ("192.0.2.1", 443));
        assert_eq!(service("[fd00::1]:8883").unwrap(), ("fd00::1", 8883));
        assert_eq!(service("[fe80::1%eth0]:1").unwrap(), ("fe80::1%eth0", 1));
        for wrong in [
            "",
            "192.0.2.1",
            "192.0.2.1:0",
            "192.0.2.1:65536",
            "fd00::1:443",
            "[fd00::1:443",
            "a:b",
        ] {
            assert!(service(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_is_no_server_name() {
        let long = format!("{}.local", "a".repeat(63));
        let longest = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "b".repeat(61));
        for name in ["hub.local", "hub", "a-1.b_2.test", &long, &longest] {
            assert_eq!(server_name(name).unwrap(), name);
            // What sends it takes it for a name too.
            let sent = rustls::pki_types::ServerName::try_from(name).unwrap();
            assert!(
                matches!(sent, rustls::pki_types::ServerName::DnsName(_)),
                "{name}"
            );
        }
        let too_long = [
            format!("{}.local", "a".repeat(64)),
            format!("{longest}b"),
            format!("{}.", "a.".repeat(130)),
        ];
        for wrong in too_long {
            assert!(server_name(&wrong).is_err(), "{wrong}");
        }
        for wrong in [
            "192.0.2.1",
            "fd00::1",
            "",
            "a..b",
            "hub.local.",
            "x-.",
            "x-",
            "-x.local",
            "hub-.local",
            "h\u{fc}b.local",
            "hub local",
            "1",
        ] {
            assert!(server_name(wrong).is_err(), "{wrong}");
        }
    }
}
