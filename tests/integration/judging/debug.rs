//! Debug and forbidden services, judged from runs made by hand.

use proofmark::certificate::RequirementResult;
use proofmark::evidence::Evidence;
use proofmark::observation::{Asked, Observation, Protocol, Service};
use proofmark::profile::parse;
use proofmark::verdict::{Reason, Verdict};

use super::udp::{identified, ledger, open, with};
use crate::bench::{conformant, evidence, judge, of, run, seen};

const DEBUG: &str = "no-debug-services";

/// A conformant run in which something else speaks at the one open port.
fn speaks(protocol: Protocol, tls: bool) -> RequirementResult {
    let service = Observation::Service(Service {
        protocol,
        tls,
        also_in_clear: false,
        product: Some("<b>1.0</b>".to_owned()),
        spoke_after: Some("http-get".to_owned()),
        first_bytes: "x".to_owned(),
    });
    let mut all: Vec<Evidence> = conformant();
    all[3] = evidence(4, "identify", Some(80), Asked::Identify, seen(service));
    of(&judge(&run(all)), DEBUG).clone()
}

fn codes(result: &RequirementResult) -> Vec<&str> {
    result.findings.iter().map(|it| it.code.as_str()).collect()
}

#[test]
fn a_declaration_excuses_nothing_and_nor_does_tls() {
    for tls in [false, true] {
        for (protocol, code) in [
            (Protocol::Adb, "debug-service"),
            (Protocol::Devtools, "debug-service"),
            (Protocol::Gdbserver, "debug-service"),
            (Protocol::Docker, "forbidden-service"),
            (Protocol::Telnet, "forbidden-service"),
        ] {
            let result = speaks(protocol, tls);
            assert_eq!(result.verdict, Verdict::Fail, "{protocol:?}");
            assert_eq!(codes(&result), [code], "{protocol:?}");
            let message = &result.findings[0].message;
            assert!(message.contains("does not make it fit"), "{message}");
        }
        assert_eq!(speaks(Protocol::Ssh, tls).verdict, Verdict::Pass);
    }
}

#[test]
fn what_cannot_be_told_may_be_anything() {
    for tls in [false, true] {
        let result = speaks(Protocol::Unknown, tls);
        assert_eq!(result.verdict, Verdict::Inconclusive);
        assert_eq!(result.reasons, [Reason::ServiceNotIdentified]);
    }
    let mut all = conformant();
    all.remove(3);
    let result = of(&judge(&run(all)), DEBUG).clone();
    assert_eq!(result.reasons, [Reason::NoEvidence]);
}

#[test]
fn of_udp_what_answered_counts() {
    let result = |items| of(&judge(&with(None, items)), DEBUG).clone();
    let tftp = vec![ledger(&[open(69)]), identified(302, 69, Protocol::Tftp)];
    assert_eq!(codes(&result(tftp)), ["forbidden-service"]);
    let unknown = vec![ledger(&[open(69)]), identified(302, 69, Protocol::Unknown)];
    assert_eq!(result(unknown).verdict, Verdict::Pass);
    let nobody_asked = result(vec![]);
    assert_eq!(nobody_asked.reasons, [Reason::NoEvidence]);
}

#[test]
fn what_is_not_known_cannot_be_forbidden() {
    let (_, text) = proofmark::profile::shipped()[0];
    for (word, legal) in [("redis", true), ("unknown", false), ("adbd", false)] {
        let changed = text.replace("\"telnet\",", &format!("\"{word}\","));
        assert_ne!(changed, text);
        assert_eq!(parse(&changed, "p.toml").is_ok(), legal, "{word}");
    }
}
