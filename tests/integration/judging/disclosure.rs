//! What is told before a login: each run one step away from one that tells nothing.

use proofmark::certificate::RequirementResult;
use proofmark::dut::{Disclosable, Discloses};
use proofmark::evidence::{Absence, Evidence, Outcome, Run};
use proofmark::observation::{
    AccessOutcome, AccessStep, Asked, Disclosed, DisclosedItem, Disclosure, Observation, PortProof,
    PortState, Protocol, Service, Unread,
};
use proofmark::verdict::{Reason, Verdict};

use crate::bench::*;

const PATHS: [&str; 6] = [
    "/",
    "/.git/HEAD",
    "/.env",
    "/config.json",
    "/server-status",
    "/phpinfo.php",
];

fn asked(id: u32, path: &str, outcome: Outcome) -> Evidence {
    let path = path.to_owned();
    evidence(
        id,
        "disclosure",
        Some(80),
        Asked::Disclosure { path },
        outcome,
    )
}

fn answer(status: u16, whole: bool, told: &[Disclosed]) -> Outcome {
    let item = |what: &Disclosed| DisclosedItem {
        what: *what,
        place: "body".to_owned(),
        offset: Some(0),
        excerpt: "X-1".to_owned(),
    };
    seen(Observation::Disclosure(Disclosure {
        status,
        whole,
        unread: None,
        items: told.iter().map(item).collect(),
    }))
}

/// A conformant run whose web server gives `first` for `/`, and nothing elsewhere.
fn run_with(first: Outcome) -> Run {
    let mut all = conformant();
    for (id, path) in (600..).zip(PATHS) {
        let outcome = match path {
            "/" => first.clone(),
            _ => answer(404, true, &[]),
        };
        all.push(asked(id, path, outcome));
    }
    run(all)
}

fn result(run: &Run) -> RequirementResult {
    of(&judge(run), "no-information-before-login").clone()
}

fn codes(result: &RequirementResult) -> Vec<&str> {
    result.findings.iter().map(|it| it.code.as_str()).collect()
}

#[test]
fn a_server_that_tells_nothing_passes_and_each_kind_has_its_code() {
    let good = result(&run_with(answer(200, true, &[])));
    assert_eq!((good.verdict, codes(&good)), (Verdict::Pass, vec![]));
    for (what, code, verdict) in [
        (
            Disclosed::SoftwareVersion,
            "software-version-disclosed",
            Verdict::Pass,
        ),
        (
            Disclosed::FirmwareVersion,
            "software-version-disclosed",
            Verdict::Pass,
        ),
        (
            Disclosed::SerialNumber,
            "identifier-disclosed",
            Verdict::Fail,
        ),
        (Disclosed::MacAddress, "identifier-disclosed", Verdict::Fail),
        (
            Disclosed::WifiName,
            "configuration-disclosed",
            Verdict::Fail,
        ),
        (
            Disclosed::InternalAddress,
            "configuration-disclosed",
            Verdict::Fail,
        ),
        (
            Disclosed::UserName,
            "configuration-disclosed",
            Verdict::Fail,
        ),
        (
            Disclosed::PrivateFile,
            "configuration-disclosed",
            Verdict::Fail,
        ),
        (
            Disclosed::ServerInternals,
            "configuration-disclosed",
            Verdict::Fail,
        ),
        (
            Disclosed::DirectoryListing,
            "directory-listing",
            Verdict::Fail,
        ),
        (
            Disclosed::ErrorDetails,
            "error-details-disclosed",
            Verdict::Fail,
        ),
        (Disclosed::PrivateKey, "secret-disclosed", Verdict::Fail),
        (Disclosed::PasswordHash, "secret-disclosed", Verdict::Fail),
        (Disclosed::Password, "secret-disclosed", Verdict::Fail),
        (Disclosed::DeclaredSecret, "secret-disclosed", Verdict::Fail),
    ] {
        let told = result(&run_with(answer(200, true, &[what])));
        assert_eq!(
            (told.verdict, codes(&told)),
            (verdict, vec![code]),
            "{what:?}"
        );
    }
}

#[test]
fn only_what_the_supplier_states_is_a_note() {
    let mut run = run_with(answer(
        200,
        true,
        &[Disclosed::SerialNumber, Disclosed::MacAddress],
    ));
    run.device.services[0].discloses = vec![Discloses {
        what: Disclosable::SerialNumber,
        purpose: "ten in one rack".to_owned(),
    }];
    let told = result(&run);
    assert_eq!(
        codes(&told),
        ["identifier-disclosed", "disclosure-declared"]
    );
    assert!(told.findings[1].message.contains("ten in one rack"));
    // At another port nobody stated anything.
    run.device.services[0].port = 81;
    assert_eq!(
        codes(&result(&run)),
        ["identifier-disclosed", "identifier-disclosed"]
    );
}

#[test]
fn what_was_not_read_is_not_passed() {
    for (outcome, reason) in [
        (gone(Absence::NoAnswer), Reason::NoAnswer),
        (gone(Absence::Disconnected), Reason::AnswerUnclear),
        (answer(429, true, &[]), Reason::AnswerUnclear),
        (answer(503, true, &[]), Reason::AnswerUnclear),
        (answer(500, true, &[]), Reason::AnswerUnclear),
        (answer(400, true, &[]), Reason::AnswerUnclear),
        (answer(421, true, &[]), Reason::AnswerUnclear),
        (answer(200, false, &[]), Reason::AnswerUnclear),
    ] {
        let unread = result(&run_with(outcome));
        assert_eq!(
            (unread.verdict, unread.reasons),
            (Verdict::Inconclusive, vec![reason])
        );
    }
    for status in [204, 302, 401, 403, 404] {
        let good = result(&run_with(answer(status, true, &[])));
        assert_eq!(good.verdict, Verdict::Pass, "{status}");
    }
    for path in PATHS {
        let mut run = run_with(answer(200, true, &[]));
        let named =
            |item: &Evidence| matches!(&item.asked, Asked::Disclosure { path: it } if it == path);
        run.evidence.retain(|item| !named(item));
        assert_eq!(result(&run).reasons, [Reason::NoEvidence], "{path}");
    }
    let mut run = run_with(answer(200, true, &[]));
    run.evidence.retain(|item| item.probe != "disclosure");
    assert_eq!(result(&run).reasons, [Reason::NoEvidence]);
    let mut run = run_with(answer(200, true, &[]));
    run.evidence
        .retain(|item| !matches!(item.asked, Asked::UdpPorts { .. }));
    assert_eq!(result(&run).reasons, [Reason::NoEvidence]);
}

#[test]
fn what_could_not_be_decoded_is_not_passed() {
    let coded = seen(Observation::Disclosure(Disclosure {
        status: 200,
        whole: true,
        unread: Some(Unread::Coding),
        items: vec![],
    }));
    let unread = result(&run_with(coded));
    assert_eq!(
        (unread.verdict, unread.reasons),
        (Verdict::Inconclusive, vec![Reason::AnswerUnclear])
    );
}

/// The stranger's attempt of the conformant run, at another port and with another outcome.
fn stranger_at_21(run: &Run, outcome: AccessOutcome) -> Evidence {
    let anonymous = |item: &&Evidence| matches!(&item.asked, Asked::Access { step, .. } if *step == AccessStep::Anonymous);
    let mut item = run.evidence.iter().find(anonymous).unwrap().clone();
    item.id = "e0701".to_owned();
    item.target.port = Some(21);
    if let Outcome::Observed { observations } = &mut item.outcome
        && let Observation::Access(reply) = &mut observations[0]
    {
        reply.outcome = outcome;
    }
    item
}

#[test]
fn a_banner_is_read_from_its_identification() {
    let at_21 = |protocol, first_bytes: &str, terminal| {
        let mut run = run_with(answer(200, true, &[]));
        run.device.units[0].serial = Some("HH2-000417".to_owned());
        run.evidence[2].outcome = seen(ledger(vec![
            span(1, 20, PortState::Closed, PortProof::Refused),
            span(21, 21, PortState::Open, PortProof::Accepted),
            span(22, 79, PortState::Closed, PortProof::Refused),
            span(80, 80, PortState::Open, PortProof::Accepted),
            span(81, 65_535, PortState::Closed, PortProof::Refused),
        ]));
        let service = Observation::Service(Service {
            protocol,
            tls: false,
            also_in_clear: false,
            product: None,
            spoke_after: Some("nothing".to_owned()),
            first_bytes: first_bytes.to_owned(),
        });
        let identified = evidence(700, "identify", Some(21), Asked::Identify, seen(service));
        run.evidence.push(identified);
        if protocol == Protocol::Telnet {
            run.evidence.push(stranger_at_21(&run, terminal));
        }
        result(&run)
    };
    let with = |protocol, first_bytes: &str| at_21(protocol, first_bytes, AccessOutcome::Refused);
    let shell = at_21(Protocol::Telnet, "# ", AccessOutcome::Unclear);
    assert_eq!(
        (shell.verdict, shell.reasons),
        (Verdict::Inconclusive, vec![Reason::AnswerUnclear])
    );
    assert_eq!(with(Protocol::Ftp, "220 ready").verdict, Verdict::Pass);
    let told = with(Protocol::Ftp, "220 HH2-000417 ready");
    assert_eq!(codes(&told), ["identifier-disclosed"]);
    // The owner's password, as a run holds it.
    let told = with(Protocol::Telnet, "password is {{secret:owner-web}}");
    assert_eq!(codes(&told), ["secret-disclosed"]);
    let cut = with(Protocol::Ftp, "220 ready and more…");
    assert_eq!(
        (cut.verdict, cut.reasons),
        (Verdict::Inconclusive, vec![Reason::AnswerUnclear])
    );
    let unknown = with(Protocol::Unknown, "hello");
    assert_eq!(unknown.reasons, [Reason::ServiceNotIdentified]);
}
