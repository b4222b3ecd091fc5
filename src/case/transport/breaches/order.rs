//! Which sets ask for an order of suites, and of whom.

use super::*;
use crate::observation::TlsAudit;
use crate::profile::tls_rules;

fn audit(suites: &[&str], change: impl FnOnce(&mut VersionAudit)) -> TlsAudit {
    let mut version = VersionAudit {
        state: VersionState::Offered,
        suites: suites.iter().map(|it| (*it).to_owned()).collect(),
        ..VersionAudit::unknown(TlsVersion::Tls12)
    };
    change(&mut version);
    TlsAudit {
        versions: vec![version],
        certificates: Vec::new(),
        connections: 1,
        max_concurrent: 1,
        seconds: 0.1,
        interrupted: None,
        stays_in_clear: None,
        name_refused: None,
        name_unanswered: None,
    }
}

fn breaks(audit: &TlsAudit, set: &str, rule: &str) -> bool {
    let found = breaches(audit, &tls_rules(set).unwrap());
    found.iter().any(|it| it.rule == rule)
}

const GOOD: &str = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";
const OTHER: &str = "TLS_RSA_WITH_AES_128_GCM_SHA256";

#[test]
fn rfc_9325_asks_for_forward_secrecy_first() {
    for (told, expected) in [(Some(false), true), (Some(true), false), (None, false)] {
        let audit = audit(&[GOOD, OTHER], |it| it.prefers_forward_secrecy = told);
        let rule = "RFC9325-4.1-prefers-forward-secrecy";
        assert_eq!(breaks(&audit, "rfc9325", rule), expected, "{told:?}");
    }
}

#[test]
fn ncsc_nl_asks_for_an_order_where_not_all_are_good() {
    let chooses = |who, suites: &[&str]| {
        let audit = audit(suites, |it| it.preference = who);
        breaks(&audit, "ncsc-nl", "NCSC-NL-order")
    };
    assert!(chooses(Some(Preference::Client), &[GOOD, OTHER]));
    assert!(!chooses(Some(Preference::Client), &[GOOD]));
    assert!(!chooses(Some(Preference::Server), &[GOOD, OTHER]));
    assert!(!chooses(None, &[GOOD, OTHER]));
}
