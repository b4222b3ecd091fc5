//! What a certificate is made for and how, its chain, and what else a service shows.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::usage::{USES, beyond};
use super::{EXPIRED, NOT_YET_VALID, Parameters, Weighing, quoted};
use crate::case::transport::ports::audit_of;
use crate::observation::{
    CertificateFacts, CertificateForm, TlsCertificate, TlsSession, VersionAudit,
};
use crate::text::brief;
use crate::verdict::{Code, Reason, Severity};

pub(super) const CAN_SIGN: Code = Code {
    id: "certificate-can-sign",
    severity: Severity::High,
};

pub(super) const CHAIN_ORDER: Code = Code {
    id: "certificate-chain-order",
    severity: Severity::Low,
};

pub(super) const MALFORMED: Code = Code {
    id: "certificate-malformed",
    severity: Severity::Low,
};

pub(super) const NOT_FOR_SERVERS: Code = Code {
    id: "certificate-not-for-servers",
    severity: Severity::Medium,
};

impl Weighing<'_, '_> {
    /// Whether the certificate is in date, for servers, and made as it should be.
    pub(super) fn itself(&mut self, own: &CertificateFacts, whose: &str) {
        let seen = Offset::UTC.to_datetime(self.port.evidence.observed_at);
        for (code, wrong) in faults(own, seen) {
            self.found(code, format!("{whose} {wrong}"));
        }
    }

    /// Whether what it takes can be done with the key of a certificate.
    pub(super) fn uses(&mut self, own: &TlsCertificate, whose: &str) {
        let (Some(facts), Ok(audited)) = (&own.facts, audit_of(self.port)) else {
            return;
        };
        let shown = audited.audit.certificates.iter();
        let versions = shown.filter(|it| it.certificate.sha256 == own.sha256);
        let versions: Vec<&String> = versions.flat_map(|it| &it.versions).collect();
        let tls = self.port.tls;
        let shook = |version: &VersionAudit| {
            let is_it = tls.chain.first() == Some(own);
            is_it
                && matches!(tls.session, TlsSession::Completed { version: it, .. } if it == version.version)
        };
        let with = audited.audit.offered().filter(|version| {
            versions.iter().any(|key| *key == version.version.key()) || shook(version)
        });
        for what in beyond(facts, with, |version| audited.name(version)) {
            self.found(NOT_FOR_SERVERS, format!("{whose} {what}"));
        }
    }

    /// Each certificate behind the first vouches for the one before.
    pub(super) fn order(&mut self) {
        let chain = &self.port.tls.chain;
        let known: Vec<&CertificateFacts> =
            chain.iter().filter_map(|it| it.facts.as_ref()).collect();
        // What cannot be read is said elsewhere.
        let whole = known.len() == chain.len();
        if let Some(what) = disorder(&known).filter(|_| whole) {
            self.found(CHAIN_ORDER, what);
        }
    }

    /// What the service shows to other clients: beside RSA perhaps ECDSA, to old versions perhaps an old one.
    pub(super) fn others(&mut self, parameters: &Parameters) {
        let audit = self.port.audit.and_then(|audit| audit.told);
        let chain = &self.port.tls.chain;
        let shown = audit
            .map(|audit| audit.certificates.as_slice())
            .unwrap_or_default();
        for shown in shown {
            if chain
                .iter()
                .any(|known| known.sha256 == shown.certificate.sha256)
            {
                continue;
            }
            let versions = shown.versions.iter().map(|key| self.port.version(key));
            let versions = versions.collect::<Vec<_>>().join(" and ");
            match &shown.certificate.facts {
                Some(facts) if shown.place == 0 => {
                    let versions = format!("the certificate that it shows with {versions}");
                    self.itself(facts, &versions);
                    self.uses(&shown.certificate, &versions);
                    self.strength(facts, parameters);
                }
                Some(_) => {}
                None => {
                    let what = format!(
                        "certificate {} of what it shows with {versions} cannot be read",
                        shown.place + 1
                    );
                    self.missing(Reason::AnswerUnclear, what);
                }
            }
        }
    }
}

/// What is wrong with the server's own certificate itself at the time at which it was shown (RFC 5280, sections 4.1.2 and
/// 4.2.1), in words that go on after its name.
pub(super) fn faults(own: &CertificateFacts, seen: DateTime) -> Vec<(Code, String)> {
    let mut found = Vec::new();
    if seen > own.not_after {
        found.push((EXPIRED, format!("ended on {}", own.not_after.date())));
    }
    if seen < own.not_before {
        let begins = own.not_before.date();
        found.push((NOT_YET_VALID, format!("begins only on {begins}")));
    }
    // Of a run of an earlier version nothing of the rest was asked.
    let Some(form) = &own.form else { return found };
    // Who vouches for himself alone is an authority to nobody else.
    if own.authority && !own.self_signed {
        let subject = quoted(&own.subject);
        found.push((
            CAN_SIGN,
            format!("of {subject} may sign certificates for others"),
        ));
    }
    found.extend(malformed(form).map(|wrong| (MALFORMED, wrong)));
    found.extend(not_for_servers(form).map(|wrong| (NOT_FOR_SERVERS, wrong)));
    found
}

/// What is wrong with the order of a chain (RFC 5246, section 7.4.2). None: nothing, or nobody asked, as in runs of earlier
/// versions.
pub(super) fn disorder(chain: &[&CertificateFacts]) -> Option<String> {
    let was_asked = chain.iter().all(|it| it.form.is_some());
    let wrong = chain
        .windows(2)
        .position(|pair| pair[0].issuer != pair[1].subject);
    let place = wrong.filter(|_| was_asked)?;
    Some(format!(
        "certificate {} of its chain is of {}, and the one before it was issued by {}",
        place + 2,
        quoted(&chain[place + 1].subject),
        quoted(&chain[place].issuer)
    ))
}

/// What is wrong with how a certificate is made. None: nothing.
fn malformed(form: &CertificateForm) -> Option<String> {
    /// Bytes of a serial number.
    const LONGEST: usize = 20;
    let serial = form.serial.as_str();
    let first = serial
        .get(..2)
        .and_then(|it| u8::from_str_radix(it, 16).ok());
    if form.version != 3 {
        return Some(format!("is one of version {}, not 3", form.version));
    }
    if serial.bytes().all(|digit| digit == b'0') {
        return Some("has the serial number 0".to_owned());
    }
    if first.is_some_and(|byte| byte >= 0x80) {
        return Some("has a negative serial number".to_owned());
    }
    let bytes = serial.len() / 2 - usize::from(first == Some(0));
    (bytes > LONGEST).then(|| format!("has a serial number of more than {LONGEST} bytes"))
}

/// What keeps a certificate from being one for servers. None: nothing.
fn not_for_servers(form: &CertificateForm) -> Option<String> {
    let says = |list: &[String], words: &[&str]| list.iter().any(|it| words.contains(&it.as_str()));
    let listed = |list: &[String]| match list {
        [] => "nothing".to_owned(),
        list => brief(&list.join(", "), 160),
    };
    if let Some(list) = &form.extended_key_usage
        && !says(list, &["any", "server-auth"])
    {
        return Some(format!("is for {}, and not for servers", listed(list)));
    }
    match &form.key_usage {
        Some(list) if !says(list, &USES) => Some(format!(
            "permits its key {}, and no handshake",
            listed(list)
        )),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(version: u32, serial: &str) -> CertificateForm {
        CertificateForm {
            version,
            serial: serial.to_owned(),
            key_usage: None,
            extended_key_usage: None,
        }
    }

    #[test]
    fn a_certificate_is_one_of_version_3_with_a_positive_number() {
        let longest = "7f".repeat(20);
        for right in ["01", "00ff", longest.as_str()] {
            assert_eq!(malformed(&form(3, right)), None, "{right}");
        }
        assert_eq!(malformed(&form(3, &format!("00{}", "ff".repeat(20)))), None);
        for (version, serial, word) in [
            (1, "01", "version 1"),
            (3, "00", "number 0"),
            (3, "", "number 0"),
            (3, "ff01", "negative"),
            (3, &*"7f".repeat(21), "more than 20"),
        ] {
            let wrong = malformed(&form(version, serial)).unwrap();
            assert!(wrong.contains(word), "{wrong}");
        }
    }

    #[test]
    fn what_a_certificate_is_for_counts_only_where_it_says() {
        let list = |words: &[&str]| Some(words.iter().map(|it| (*it).to_owned()).collect());
        let with = |key: &[&str], extended: &[&str]| CertificateForm {
            key_usage: list(key),
            extended_key_usage: list(extended),
            ..form(3, "01")
        };
        assert_eq!(not_for_servers(&form(3, "01")), None);
        let signs = ["digital-signature"];
        assert_eq!(not_for_servers(&with(&signs, &["server-auth"])), None);
        assert_eq!(not_for_servers(&with(&signs, &["any"])), None);
        for wrong in [
            with(&signs, &["client-auth"]),
            with(&signs, &[]),
            with(&["key-cert-sign"], &["server-auth"]),
        ] {
            assert!(not_for_servers(&wrong).is_some(), "{wrong:?}");
        }
    }
}
