//! What the suites of a service ask of the key of its certificate, beside what the certificate permits it (RFC 5246, section
//! 7.4.2; RFC 8446, section 4.4.2.2).

use std::collections::BTreeSet;

use crate::observation::{CertificateFacts, KeyKind, TlsVersion, VersionAudit};
use crate::text::brief;
use crate::tls::{Authentication, Exchange, Suite, suite_named};

/// What a handshake does with a key, as certificates call it. All that they can permit for one.
pub(super) const USES: [&str; 3] = ["digital-signature", "key-encipherment", "key-agreement"];

/// The versions among these, with which a certificate was shown, whose suites ask something of its key that it does not permit:
/// a signature some suite, or anything else every suite. Clients that look at the usage are turned away then, because they
/// prefer suites that sign; nobody is turned away where the secret could be enciphered too, as few want that. In words that go on after its name, with the versions called as `name` says. None: one that says nothing, or permits
/// no handshake at all, which is said elsewhere.
pub(super) fn beyond<'v>(
    own: &CertificateFacts,
    shown_with: impl Iterator<Item = &'v VersionAudit>,
    name: impl Fn(TlsVersion) -> String,
) -> Vec<String> {
    let usage = own.form.as_ref().and_then(|form| form.key_usage.as_ref());
    let Some(permitted) = usage.filter(|it| it.iter().any(|it| USES.contains(&it.as_str()))) else {
        return Vec::new();
    };
    let wrong = shown_with.filter_map(|version| {
        let (asked, whole) = asked(version, own.key.kind);
        let signs = USES[0];
        let refused = |it: &&str| permitted.iter().all(|may| may != it);
        let (which, asked) = match asked.contains(signs) && refused(&signs) {
            true if asked.len() > 1 => ("suites", signs.to_owned()),
            false if !whole || !asked.iter().all(refused) => return None,
            _ => ("the suites", asked.into_iter().collect::<Vec<_>>().join(" or ")),
        };
        (!asked.is_empty()).then(|| {
            format!(
                "permits its key {}, and {which} of {} that it takes with such a key ask for {asked}",
                brief(&permitted.join(", "), 160),
                name(version.version)
            )
        })
    });
    wrong.collect()
}

/// What the suites of a version ask of a key of this kind, and whether that is known of all of them.
fn asked(version: &VersionAudit, kind: KeyKind) -> (BTreeSet<&'static str>, bool) {
    let mut asked = BTreeSet::new();
    let mut whole = true;
    for name in &version.suites {
        let Some(suite) = suite_named(name) else {
            whole = false;
            continue;
        };
        match use_of(suite) {
            Some(it) if goes_with(suite, kind) => {
                asked.insert(it);
            }
            _ => whole &= suite.exchange() != Exchange::Other,
        }
    }
    (asked, whole)
}

/// What a suite does with the key of a certificate. None: it shows none, or that is not known.
fn use_of(suite: &Suite) -> Option<&'static str> {
    let [signs, deciphers, agrees] = USES;
    match suite.exchange() {
        Exchange::Open => Some(signs),
        Exchange::StaticRsa | Exchange::RsaPsk => Some(deciphers),
        _ if !suite.authentication().has_certificate() => None,
        Exchange::StaticDh => Some(agrees),
        Exchange::Ecdhe | Exchange::Dhe => Some(signs),
        _ => None,
    }
}

/// Whether a suite is one for keys of this kind. The certificates of static Diffie-Hellman are of Diffie-Hellman, whoever signed them.
fn goes_with(suite: &Suite, kind: KeyKind) -> bool {
    match (suite.exchange(), suite.authentication()) {
        (Exchange::Open, _) => true,
        (Exchange::RsaPsk, _) => kind == KeyKind::Rsa,
        (Exchange::StaticDh, _) => kind != KeyKind::Rsa,
        (_, Authentication::Rsa) => kind == KeyKind::Rsa,
        (_, Authentication::Ecdsa) => kind == KeyKind::Ec,
        _ => kind == KeyKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observation::{CertificateForm, KeyFacts, VersionState};

    const TLS13: &[&str] = &["TLS_AES_128_GCM_SHA256"];
    const SIGNING: &str = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
    const STATIC: &str = "TLS_RSA_WITH_AES_128_GCM_SHA256";

    /// What is wrong with a certificate that permits this, shown with a version of these suites.
    fn wrong(kind: KeyKind, permits: &[&str], version: TlsVersion, suites: &[&str]) -> Vec<String> {
        let texts = |words: &[&str]| words.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let own = CertificateFacts {
            subject: "CN=hub".to_owned(),
            issuer: "CN=maker".to_owned(),
            self_signed: false,
            names: Vec::new(),
            not_before: jiff::civil::date(2026, 1, 1).at(0, 0, 0, 0),
            not_after: jiff::civil::date(2027, 1, 1).at(0, 0, 0, 0),
            key: KeyFacts { kind, bits: 2048 },
            signature: "sha256WithRSAEncryption".to_owned(),
            authority: false,
            spki_sha256: String::new(),
            form: Some(CertificateForm {
                version: 3,
                serial: "01".to_owned(),
                key_usage: (!permits.is_empty()).then(|| texts(permits)),
                extended_key_usage: None,
            }),
        };
        let version = VersionAudit {
            state: VersionState::Offered,
            suites: texts(suites),
            ..VersionAudit::unknown(version)
        };
        beyond(&own, std::iter::once(&version), |it| it.to_string())
    }

    fn is_wrong(permits: &[&str], version: TlsVersion, suites: &[&str]) -> bool {
        !wrong(KeyKind::Rsa, permits, version, suites).is_empty()
    }

    #[test]
    fn a_key_that_may_only_decipher_is_none_for_suites_that_sign() {
        let deciphers = ["key-encipherment"];
        let of_13 = wrong(KeyKind::Rsa, &deciphers, TlsVersion::Tls13, TLS13);
        assert_eq!(
            of_13,
            [
                "permits its key key-encipherment, and the suites of TLS 1.3 that it takes with such a key ask for digital-signature"
            ]
        );
        assert!(is_wrong(&deciphers, TlsVersion::Tls12, &[SIGNING]));
        assert_eq!(
            wrong(
                KeyKind::Rsa,
                &deciphers,
                TlsVersion::Tls12,
                &[SIGNING, STATIC]
            ),
            [
                "permits its key key-encipherment, and suites of TLS 1.2 that it takes with such a key ask for digital-signature"
            ]
        );
        assert!(!is_wrong(&deciphers, TlsVersion::Tls12, &[STATIC]));
        assert!(!is_wrong(
            &["digital-signature"],
            TlsVersion::Tls12,
            &[SIGNING, STATIC]
        ));
        assert!(is_wrong(
            &["digital-signature"],
            TlsVersion::Tls12,
            &[STATIC]
        ));
    }

    #[test]
    fn what_a_certificate_permits_or_does_not_say_is_not_wrong() {
        let both = ["digital-signature", "key-encipherment"];
        assert!(!is_wrong(&both, TlsVersion::Tls13, TLS13));
        assert!(!is_wrong(&["digital-signature"], TlsVersion::Tls13, TLS13));
        assert!(!is_wrong(&[], TlsVersion::Tls13, TLS13));
        // That one permits no handshake is said elsewhere.
        assert!(!is_wrong(&["key-cert-sign"], TlsVersion::Tls13, TLS13));
    }

    #[test]
    fn suites_of_another_key_or_without_one_ask_nothing() {
        let deciphers = ["key-encipherment"];
        let ecdsa = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
        for other in [
            ecdsa,
            "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
            "TLS_PSK_WITH_AES_128_CCM_8",
            "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256",
        ] {
            assert!(
                !is_wrong(&deciphers, TlsVersion::Tls12, &[other]),
                "{other}"
            );
        }
        let elliptic = wrong(KeyKind::Ec, &deciphers, TlsVersion::Tls12, &[ecdsa]);
        assert_eq!(elliptic.len(), 1);
        let agrees = ["key-agreement"];
        let fixed = "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256";
        assert!(wrong(KeyKind::Ec, &agrees, TlsVersion::Tls12, &[fixed]).is_empty());
        // Whatever else there is: who is asked to sign may not.
        for unknown in ["0xffff", "TLS_SRP_SHA_RSA_WITH_AES_128_CBC_SHA"] {
            assert!(is_wrong(&deciphers, TlsVersion::Tls12, &[unknown, SIGNING]));
            assert!(!is_wrong(
                &["digital-signature"],
                TlsVersion::Tls12,
                &[unknown, STATIC]
            ));
        }
    }
}
