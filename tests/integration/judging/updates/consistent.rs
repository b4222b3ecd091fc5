//! Evidence that contradicts the plan, the manifest or itself proves nothing.

use super::*;

#[test]
fn every_attempt_is_needed_in_its_place() {
    for id in 304..=311 {
        let without = changed(|run| {
            let id = format!("e{id:04}");
            run.evidence.retain(|item| item.id != id);
        });
        assert_eq!(
            of(&without, SIGNED).verdict,
            Verdict::Inconclusive,
            "e{id:04}"
        );
    }
    let reordered = changed(|run| {
        if let Asked::Update(offer) = &mut item(run, 311).asked {
            offer.sequence = 1;
        }
    });
    assert_eq!(said(&reordered, SIGNED), "INCONCLUSIVE no-evidence");
    let twice = changed(|run| {
        if let Asked::Update(offer) = &mut item(run, 306).asked {
            offer.sequence = 2;
        }
    });
    assert_eq!(said(&twice, SIGNED), "INCONCLUSIVE no-evidence");
    let of_another = changed(|run| {
        if let Asked::Update(offer) = &mut item(run, 306).asked {
            offer.source_sha256 = "0".repeat(64);
        }
    });
    assert_eq!(of(&of_another, SIGNED).verdict, Verdict::Inconclusive);
}

fn offer_of(run: &mut Run, id: u32) -> &mut UpdateOffer {
    match &mut item(run, id).asked {
        Asked::Update(offer) => offer,
        other => panic!("{other:?}"),
    }
}

/// What was wrong with the offers, and which requirements rest on it.
type Forgery = (&'static str, fn(&mut Run));

#[test]
fn offers_that_contradict_the_manifest_or_each_other_prove_nothing() {
    let forgeries: [Forgery; 13] = [
        ("another request", |run| {
            offer_of(run, 306).request = "GET /nothing".to_owned();
        }),
        ("first control is the older package", |run| {
            let (older, _) = release("2.3.0", "hub");
            let offer = offer_of(run, 304);
            (offer.sha256, offer.source_sha256) = (older.sha256.clone(), older.sha256);
        }),
        ("first control is the last", |run| {
            let (last, _) = release("2.6.0", "hub");
            let offer = offer_of(run, 304);
            (offer.sha256, offer.source_sha256) = (last.sha256.clone(), last.sha256);
        }),
        ("a mutant that is the package", |run| {
            let offer = offer_of(run, 306);
            offer.sha256.clone_from(&offer.source_sha256);
        }),
        ("two mutants alike", |run| {
            offer_of(run, 306).sha256 = "flipped".to_owned();
            offer_of(run, 307).sha256 = "flipped".to_owned();
        }),
        ("nothing to send", |run| {
            let upload = &mut at(run, 306).upload;
            (upload.sent, upload.of) = (0, 0);
        }),
        ("a control of another version", |run| {
            offer_of(run, 304).version = "7.7.7+0".to_owned();
            let attempt = at(run, 304);
            attempt.seen[0].installed.firmware = "7.7.7".to_owned();
        }),
        ("a mutant of another version", |run| {
            offer_of(run, 306).version = "9.9.9+1".to_owned();
        }),
        ("out of order in time", |run| {
            item(run, 306).started_at = "2020-01-01T00:00:00Z".parse().unwrap();
        }),
        ("never watched", |run| {
            at(run, 304).seen[0].seconds = 0.0;
            at(run, 304).watched = 0.0;
        }),
        ("seen after the end", |run| {
            at(run, 304).seen[0].seconds = 900.0;
            at(run, 304).watched = 0.5;
        }),
        ("not even a number", |run| {
            at(run, 306).watched = f64::INFINITY
        }),
        ("an end that was never seen", |run| {
            at(run, 304).seen.clear()
        }),
    ];
    for (what, forge) in forgeries {
        let certificate = changed(forge);
        for requirement in [SIGNED, ROLLBACK] {
            let said = said(&certificate, requirement);
            assert!(
                said.starts_with("INCONCLUSIVE"),
                "{requirement}: {what}: {said}"
            );
        }
    }
    let older = changed(|run| offer_of(run, 312).version = "9.9.9+0".to_owned());
    assert_eq!(said(&older, ROLLBACK), "INCONCLUSIVE no-evidence");
}
