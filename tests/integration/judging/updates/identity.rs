//! What a run may change of who the device is.

use super::*;

fn identity_of(id: u32, moment: Moment, firmware: &str, server: &str) -> Evidence {
    let observation = Observation::Identity(Identity {
        firmware: Some(firmware.to_owned()),
        model: None,
        mac: None,
        fingerprints: [("tcp/80/server".to_owned(), server.to_owned())].into(),
    });
    let asked = Asked::Identity { moment };
    evidence(id, "identity", None, asked, seen(observation))
}

/// Whether the identity agrees, with this at the start and that at the end.
fn agrees(start: (&str, &str), end: (&str, &str), change: impl FnOnce(&mut Run)) -> bool {
    let certificate = changed(|run| {
        run.device.firmware = Some(start.0.to_owned());
        *item(run, 2) = identity_of(2, Moment::Start, start.0, start.1);
        *item(run, 11) = identity_of(11, Moment::End, end.0, end.1);
        change(run);
    });
    certificate.identity.state == IdentityState::Agrees
}

#[test]
fn another_firmware_is_right_where_this_run_installed_it_and_nowhere_else() {
    let (old, new) = (("2.4.1", "httpd/2.4.1"), ("2.6.0", "httpd/2.6.0"));
    let as_it_is = |_: &mut Run| {};
    assert!(agrees(old, new, as_it_is));
    assert!(agrees(old, ("2.6.0", "httpd/2.4.1"), as_it_is));
    // Another trait, another firmware, or none of the change that was seen.
    assert!(!agrees(old, ("2.6.0", "other"), as_it_is));
    assert!(!agrees(old, ("2.7.0", "httpd/2.7.0"), as_it_is));
    assert!(!agrees(old, old, as_it_is));
    assert!(!agrees(old, new, |run| run
        .evidence
        .retain(|it| it.probe != "update")));
    // What it wrongly took explains nothing.
    assert!(!agrees(old, ("2.6.0+1", "httpd/2.4.1"), |run| {
        install(at(run, 306), "2.6.0+1");
        run.evidence.retain(|it| it.id.as_str() <= "e0306");
    }));
}

#[test]
fn the_firmware_that_this_run_installed_may_use_other_words_at_the_same_link_address() {
    let link = |id: u32, mac: &'static str| {
        move |run: &mut Run| {
            let Outcome::Observed { observations } = &mut item(run, id).outcome else {
                panic!("observed");
            };
            let [Observation::Identity(identity)] = &mut observations[..] else {
                panic!("identity");
            };
            identity.mac = Some(mac.to_owned());
        }
    };
    let both = |one: &'static str, other: &'static str| {
        move |run: &mut Run| {
            link(2, one)(run);
            link(11, other)(run);
        }
    };
    let (here, there) = ("02:00:00:00:00:01", "02:00:00:00:00:02");
    let (old, new) = (("2.4.1", "httpd/2.4.1"), ("2.6.0", "other"));
    assert!(agrees(old, new, both(here, here)));
    // Another device may have taken the address; a firmware that nobody installed explains nothing.
    assert!(!agrees(old, new, both(here, there)));
    assert!(!agrees(old, new, link(11, here)));
    assert!(!agrees(old, ("2.7.0", "other"), both(here, here)));
    assert!(!agrees(old, new, |run| {
        both(here, here)(run);
        run.evidence.retain(|it| it.probe != "update");
    }));
}

#[test]
fn what_stays_changed_is_written_down() {
    let certificate = judge(&run(conformant()));
    let [left] = &certificate.coverage.changed[..] else {
        panic!("{:?}", certificate.coverage.changed)
    };
    for word in ["`2.4.1`", "`2.6.0`", "hub-2.6.0.bin"] {
        assert!(left.contains(word), "{left}");
    }
    let stopped = ended(306, |attempt| install(attempt, "2.6.0+1"));
    let not_tried = stopped.coverage.not_tried.join("\n");
    assert!(
        not_tried.contains("no update package was offered after"),
        "{not_tried}"
    );
}
