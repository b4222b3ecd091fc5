//! What `proofmark tls` prints.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::case::TlsFinding;
use crate::evidence::BlocklistUsed;
use crate::keys::shown_by;
use crate::observation::{
    Heartbeat, Preference, ShownCertificate, TlsAudit, TlsSession, Untold, VersionAudit,
    VersionState,
};
use crate::profile::{Level, TlsRules};

/// What there is to print.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub audit: &'a TlsAudit,
    pub findings: &'a [TlsFinding],
    /// What of certificates nobody judged, whatever they are.
    pub not_judged: &'a [Untold],
    /// The blocklist that was handed in.
    pub list: Option<&'a BlocklistUsed>,
}

/// One object. `versions` has every version by its name; `suites` is empty where one is refused or unknown.
/// `blocklist` is there where one was handed in, `interrupted` where the audit ended before everything was asked: it says why.
/// `name_refused` is there where hellos with the name of --sni were refused, and says how, `name_unanswered` where they brought no
/// answer and those without it did; the rest was asked without it.
pub(super) fn json(told: &Told<'_>) -> Value {
    let Told {
        audit,
        findings,
        not_judged,
        list,
    } = *told;
    let versions: serde_json::Map<String, Value> = audit
        .versions
        .iter()
        .map(|version| (version.version.key().to_owned(), of_version(version)))
        .collect();
    let mut value = json!({
        "versions": versions,
        "certificates": audit.certificates.iter().map(|it| certificate(it, not_judged)).collect::<Vec<_>>(),
        "findings": findings,
        "connections": audit.connections,
        "max_concurrent": audit.max_concurrent,
        "seconds": audit.seconds,
    });
    if let Value::Object(fields) = &mut value {
        if let Some(list) = list {
            fields.insert("blocklist".to_owned(), json!(list));
        }
        if let Some(why) = &audit.interrupted {
            fields.insert("interrupted".to_owned(), json!(why));
        }
        if let Some(how) = &audit.name_refused {
            fields.insert("name_refused".to_owned(), json!(how));
        }
        if let Some(how) = &audit.name_unanswered {
            fields.insert("name_unanswered".to_owned(), json!(how));
        }
    }
    value
}

fn of_version(version: &VersionAudit) -> Value {
    let mut value = json!(version);
    if let Value::Object(fields) = &mut value {
        // It is the key.
        fields.remove("version");
    }
    // As the keys have it.
    if let Some(TlsSession::Completed { version, suite }) = &version.session {
        value["session"] = json!({"kind": "completed", "version": version.key(), "suite": suite});
    }
    value
}

/// The facts beside place, versions and bytes; `facts` is null where it cannot be read, and has the `curve` of a key that is on one
/// with a name. `not_judged` says of the server's own
/// what this command leaves to a run.
fn certificate(shown: &ShownCertificate, not_judged: &[Untold]) -> Value {
    let mut value = json!({
        "place": shown.place,
        "versions": shown.versions,
        "sha256": shown.certificate.sha256,
        "der": shown.certificate.der,
        "facts": shown.certificate.facts,
    });
    if let (Some(Value::Object(key)), Some(curve)) = (value.pointer_mut("/facts/key"), curve(shown))
    {
        key.insert("curve".to_owned(), json!(curve));
    }
    if let (Value::Object(fields), 0) = (&mut value, shown.place) {
        fields.insert("not_judged".to_owned(), json!(not_judged));
    }
    value
}

/// Versions with what is known of each, certificates, findings, and what it took.
pub(super) fn text(service: &str, told: &Told<'_>, rules: &[TlsRules]) -> String {
    let Told {
        audit,
        findings,
        not_judged,
        list,
    } = *told;
    let mut out = format!("{service}\n");
    // Writing to a string cannot fail.
    for version in audit.versions.iter().rev() {
        let _ = writeln!(
            out,
            "\n{}  {}",
            version.version,
            match version.state {
                VersionState::Offered => offered(version),
                VersionState::Refused => format!("refused ({})", version.because),
                VersionState::Unknown => format!("unknown: {}", version.because),
            }
        );
        for suite in &version.suites {
            let _ = writeln!(out, "    {suite}");
        }
        for line in facts(version) {
            let _ = writeln!(out, "  {line}");
        }
    }
    if let Some(how) = audit.nameless() {
        let _ = writeln!(
            out,
            "\nthe name of --sni {how}: the rest was asked without one, and names were not judged"
        );
    }
    let _ = writeln!(out, "\ncertificates: {}", audit.certificates.len());
    for shown in &audit.certificates {
        let _ = writeln!(out, "  {}", line(shown));
    }
    let titles: Vec<&str> = rules.iter().map(|set| set.title.as_str()).collect();
    let _ = writeln!(
        out,
        "\nfindings by {}, and on keys and certificates: {}",
        titles.join(" and "),
        findings.len()
    );
    for finding in findings {
        let level = match finding.level {
            Level::Must => "must",
            Level::Should => "should",
        };
        let _ = writeln!(out, "  {level:<6} {}: {}", finding.rule, finding.says);
        let _ = writeln!(out, "         seen: {}", finding.detail);
    }
    for Untold { what, why } in not_judged {
        let _ = writeln!(out, "  not judged: {what}: {why}");
    }
    if let Some(BlocklistUsed { sha256, keys }) = list {
        let _ = writeln!(
            out,
            "\nkeys were looked up in a list of {keys}, SHA-256 {sha256}"
        );
    }
    if let Some(why) = &audit.interrupted {
        let _ = writeln!(out, "\nended before everything was asked: {why}");
    }
    let _ = writeln!(
        out,
        "\n{} connections, {}, in {:.2} s; {} accepted pairs of version and suite",
        audit.connections,
        match audit.max_concurrent {
            0 | 1 => "one at a time".to_owned(),
            most => format!("up to {most} at a time"),
        },
        audit.seconds,
        audit.pairs()
    );
    out
}

fn offered(version: &VersionAudit) -> String {
    let who = match version.preference {
        Some(Preference::Server) => ", the server chooses",
        Some(Preference::Client) => ", the client chooses",
        None => "",
    };
    let plural = if version.suites.len() == 1 { "" } else { "s" };
    format!("offered: {} suite{plural}{who}", version.suites.len())
}

/// Lines of what is known beside the suites.
fn facts(version: &VersionAudit) -> Vec<String> {
    let mut lines = Vec::new();
    let mut list = |name: &str, items: &[String]| {
        if !items.is_empty() {
            lines.push(format!("{name}: {}", items.join(", ")));
        }
    };
    list("groups", &version.groups);
    list("signatures", &version.signatures);
    list("application protocol", version.alpn.as_slice());
    list("hint to a shared key", version.psk_hint.as_slice());
    list("chosen and never offered", &version.unasked);
    let mut words: Vec<String> = [
        ("secure renegotiation", version.secure_renegotiation),
        ("extended master secret", version.extended_master_secret),
        ("compression", version.compression),
        ("tickets", version.session_ticket),
        ("prefers forward secrecy", version.prefers_forward_secrecy),
        ("early data", version.early_data.map(|bytes| bytes > 0)),
        ("refuses fallback", version.refuses_fallback),
        ("downgrade sentinel", version.downgrade_sentinel),
        (
            "asks for a client certificate",
            version.asks_for_certificate,
        ),
    ]
    .into_iter()
    .filter_map(|(name, fact)| Some(format!("{name} {}", if fact? { "yes" } else { "no" })))
    .collect();
    if let Some(bits) = version.dh_bits {
        words.push(format!("smallest group of integers {bits} bits"));
    }
    words.extend(version.heartbeat.map(|heartbeat| {
        let word = match heartbeat {
            Heartbeat::NotOffered => "no",
            Heartbeat::Silent => "yes, and silent to one that lies",
            Heartbeat::Answers => "yes, and it answers one that lies, with no more than was sent",
            Heartbeat::TellsMore => {
                "yes, and it answers one that lies with what is in its memory (Heartbleed)"
            }
        };
        format!("heartbeats {word}")
    }));
    if !words.is_empty() {
        lines.push(words.join("; "));
    }
    if !version.mac_then_encrypt.is_empty() {
        let count = version.mac_then_encrypt.len();
        lines.push(format!("CBC without encrypt-then-MAC: {count} suites"));
    }
    if let Some(TlsSession::Failed { detail }) = &version.session {
        lines.push(format!("a handshake to its end failed: {detail}"));
    }
    for untold in &version.untold {
        lines.push(format!("not told: {}: {}", untold.what, untold.why));
    }
    lines
}

/// The name of the curve of a certificate's key.
fn curve(shown: &ShownCertificate) -> Option<&'static str> {
    shown_by(&shown.certificate)?.curve()
}

fn line(shown: &ShownCertificate) -> String {
    let versions = shown.versions.join(", ");
    let Some(facts) = &shown.certificate.facts else {
        let length = shown.certificate.der.len() / 4 * 3;
        return format!(
            "{}  {length} bytes that are no certificate ({versions})",
            shown.place
        );
    };
    format!(
        "{}  {}, {} {}, {}, {} to {}, issued by {} ({versions})",
        shown.place,
        facts.subject,
        match facts.key.kind {
            crate::observation::KeyKind::Rsa => "RSA",
            crate::observation::KeyKind::Ec => "EC",
            crate::observation::KeyKind::Other => "another key,",
        },
        match curve(shown) {
            Some(curve) => curve.to_owned(),
            None => format!("{} bits", facts.key.bits),
        },
        facts.signature,
        facts.not_before.date(),
        facts.not_after.date(),
        if facts.self_signed {
            "itself"
        } else {
            &facts.issuer
        },
    )
}

#[cfg(test)]
mod tests;
