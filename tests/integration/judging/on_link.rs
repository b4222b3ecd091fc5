//! Addresses that were found on a unit's link, judged from runs made by hand.

use proofmark::certificate::GapResult;
use proofmark::evidence::{Evidence, Outcome};
use proofmark::observation::{Asked, Observation, OnLink, PortProof, PortState};
use proofmark::verdict::{Reason, Verdict};

use crate::bench::{conformant, evidence, judge, ledger, of, only_80, run, seen, span};

const MAC: &str = "02:50:4d:00:00:0a";
const FOUND: &str = "fe80::50:4dff:fe00:a%eth0";

fn search(change: fn(&mut OnLink)) -> Evidence {
    let mut search = OnLink {
        mac: MAC.to_owned(),
        links: vec!["eth0".to_owned()],
        ..OnLink::default()
    };
    change(&mut search);
    let asked = Asked::OnLink {
        mac: MAC.to_owned(),
    };
    evidence(
        900,
        "on-link",
        None,
        asked,
        seen(Observation::OnLink(search)),
    )
}

fn sweep_of_found(open: bool) -> Evidence {
    let sweep = Asked::PortSweep {
        first: 1,
        last: 65_535,
    };
    let spans = match open {
        true => only_80(),
        false => vec![span(1, 65_535, PortState::Closed, PortProof::Refused)],
    };
    let mut item = evidence(901, "ports", None, sweep, seen(ledger(spans)));
    item.target.address = FOUND.to_owned();
    item
}

/// What a unit with a declared link address gets with this further evidence.
fn verdict(further: Vec<Evidence>) -> (Verdict, Vec<Reason>, Vec<String>) {
    let mut run = run(conformant());
    run.device.units[0].mac = Some(MAC.to_owned());
    run.device.services[0].port = 80;
    run.evidence.extend(further);
    let certificate = judge(&run);
    let result = of(&certificate, "closed-ports");
    let not_tried = certificate.coverage.not_tried.clone();
    (result.verdict, result.reasons.clone(), not_tried)
}

#[test]
fn a_declared_link_address_demands_that_others_with_it_were_looked_for() {
    let no_evidence = (Verdict::Inconclusive, vec![Reason::NoEvidence]);
    let said = |further| {
        let (verdict, reasons, _) = verdict(further);
        (verdict, reasons)
    };
    assert_eq!(said(vec![]), no_evidence);
    assert_eq!(said(vec![search(|_| {})]), (Verdict::Pass, vec![]));
    let unsearched = search(|it| it.unsearched = vec!["no permission".to_owned()]);
    assert_eq!(said(vec![unsearched]), no_evidence);
    let left_out = search(|it| it.left_out = vec!["2003::1".to_owned()]);
    assert_eq!(said(vec![left_out]), no_evidence);
}

#[test]
fn what_was_found_is_accounted_for_like_what_is_declared() {
    let found = || search(|it| it.found = vec![FOUND.to_owned()]);
    let (unswept, reasons, _) = verdict(vec![found()]);
    assert_eq!(
        (unswept, reasons),
        (Verdict::Inconclusive, vec![Reason::NoEvidence])
    );
    let (closed, ..) = verdict(vec![found(), sweep_of_found(false)]);
    assert_eq!(closed, Verdict::Pass);
    let mut open = run(conformant());
    open.device.units[0].mac = Some(MAC.to_owned());
    let mut undeclared = sweep_of_found(true);
    if let Outcome::Observed { observations } = &mut undeclared.outcome
        && let Observation::PortLedger(ledger) = &mut observations[0]
    {
        ledger.spans[0].last = 78;
        ledger.spans[1].first = 79;
        ledger.rechecks[0].port = 79;
    }
    open.evidence.extend([found(), undeclared]);
    let certificate = judge(&open);
    let result = of(&certificate, "closed-ports");
    assert_eq!(result.verdict, Verdict::Fail);
    assert!(result.rationale.contains(FOUND), "{}", result.rationale);
    assert_eq!(certificate.device.units[0].found_on_link, [FOUND]);
}

#[test]
fn what_was_not_looked_for_is_stated() {
    let stated = |lines: &[String], what: &str| lines.iter().any(|line| line.contains(what));
    let nothing_declared = judge(&run(conformant())).coverage.not_tried;
    assert!(
        stated(
            &nothing_declared,
            "were not looked for, because the manifest declares no `mac`"
        ),
        "{nothing_declared:?}"
    );
    let (elsewhere, reasons, lines) = verdict(vec![search(|it| it.links.clear())]);
    assert_eq!((elsewhere, reasons), (Verdict::Pass, vec![]));
    assert!(
        stated(&lines, "on a link of the tester's machine"),
        "{lines:?}"
    );
    let (.., lines) = verdict(vec![search(|_| {})]);
    assert!(stated(&lines, "on its link, IPv4"), "{lines:?}");
    assert!(stated(&lines, "answers no echo to all nodes"), "{lines:?}");
}

#[test]
fn an_address_that_changes_hands_under_the_sweep_shows_nothing() {
    let by = |seen_by: &[&str], declared: bool| {
        let mut run = run(conformant());
        if declared {
            run.device.units[0].mac = Some(MAC.to_owned());
            run.evidence.push(search(|_| {}));
        }
        let sweep = |item: &&mut Evidence| item.probe == "ports";
        let item = run.evidence.iter_mut().find(sweep).unwrap();
        if let Outcome::Observed { observations } = &mut item.outcome
            && let Observation::PortLedger(ledger) = &mut observations[0]
        {
            ledger.link_addresses = seen_by.iter().map(|mac| (*mac).to_owned()).collect();
        }
        let certificate = judge(&run);
        let result = of(&certificate, "closed-ports");
        (result.verdict, result.reasons.clone())
    };
    const OTHER: &str = "02:50:4d:ff:00:66";
    let changed = (Verdict::Inconclusive, vec![Reason::IdentityChanged]);
    assert_eq!(by(&[MAC], true), (Verdict::Pass, vec![]));
    assert_eq!(by(&[OTHER], false), (Verdict::Pass, vec![]));
    assert_eq!(by(&[MAC, OTHER], false), changed);
    assert_eq!(by(&[MAC, OTHER, MAC], true), changed);
    assert_eq!(by(&[OTHER], true), changed);
}

#[test]
fn an_address_that_was_found_needs_its_udp_ports_swept_too() {
    let found = search(|search| search.found = vec![FOUND.to_owned()]);
    let mut run = run(conformant());
    run.device.units[0].mac = Some(MAC.to_owned());
    run.evidence.extend([found, sweep_of_found(false)]);
    let certificate = judge(&run);
    let result = of(&certificate, "no-information-before-login");
    let missing = |gap: &&GapResult| {
        gap.message.to_lowercase().contains("udp ports") && gap.message.contains(FOUND)
    };
    assert_eq!(result.gaps.iter().filter(missing).count(), 1);
}
