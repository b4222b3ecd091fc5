//! The summary on a terminal.

use proofmark::report::{Look, terminal};

use crate::{golden, samples};

const PLAIN: Look = Look {
    width: 90,
    colour: false,
};

#[test]
fn summaries_are_as_expected() {
    golden::check("hub.txt", &terminal(&samples::hub(), PLAIN));
    golden::check("camera.txt", &terminal(&samples::camera(), PLAIN));
    golden::check("waived.txt", &terminal(&samples::waived(), PLAIN));
    golden::check("swapped.txt", &terminal(&samples::swapped(), PLAIN));
    let commissioned = samples::commissioned();
    golden::check("commissioned.txt", &terminal(&commissioned, PLAIN));
}

#[test]
fn a_hostile_certificate_keeps_to_the_page() {
    let text = terminal(&samples::hostile(), PLAIN);
    assert!(text.lines().count() <= 55, "{text}");
    for line in text.lines() {
        assert!(line.chars().count() <= 90, "{line}");
        assert!(
            !line.contains(['\u{1b}', '\u{202e}', '\0', '\u{fffe}']),
            "{line:?}"
        );
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    let coloured = terminal(
        &samples::camera(),
        Look {
            colour: true,
            ..PLAIN
        },
    );
    let stripped = anstream::adapter::strip_str(&coloured).to_string();
    assert_ne!(coloured, stripped);
    assert_eq!(stripped, terminal(&samples::camera(), PLAIN));
}
