//! The summary for a pull request, read back by pulldown-cmark.

use proofmark::certificate::{BlocklistReference, Certificate, LookedUpLater};
use proofmark::report::markdown;
use pulldown_cmark::{Event, Options, Parser, Tag};

use crate::{golden, samples};

/// What makes a renderer do more than show text.
const ATTACKS: [&str; 16] = [
    "[click](http://evil.example)",
    "![picture](http://evil.example/x.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- hidden",
    "http://evil.example www.evil.example <http://evil.example>",
    "mail@evil.example @team #12 org/repository#7 GH-12 :tada:",
    "deadbeefdeadbeef",
    "`` ` ``` end of code [a](b)",
    "| another | cell |",
    "\\| \\` \\",
    "line\n\n# heading\n\n- [x] done\n\n| a |\n|---|\n| b |",
    "[ref]: http://evil.example\n\n[ref]",
    "[^1] $`x`$ **bold** ~~gone~~ ==marked==",
    "&lt;b&gt; &#60;b&#62;",
    "\u{202e}\u{200b}\u{e0041}\u{0}\u{1b}[2J",
    "---\n===\n> quoted\n1. one\n/close",
];

/// The texts of a page, apart from code, after checking that there is nothing else in it.
fn texts(page: &str) -> Vec<String> {
    let mut texts = vec![String::new()];
    for event in Parser::new_ext(page, Options::all()) {
        match event {
            Event::Text(text) => texts.last_mut().unwrap().push_str(&text),
            Event::Code(_) | Event::SoftBreak | Event::End(_) => texts.push(String::new()),
            Event::Start(
                Tag::Heading { .. }
                | Tag::Paragraph
                | Tag::List(None)
                | Tag::Item
                | Tag::Strong
                | Tag::Table(_)
                | Tag::TableHead
                | Tag::TableRow
                | Tag::TableCell,
            ) => texts.push(String::new()),
            other => panic!("{other:?}"),
        }
    }
    texts
}

fn count(page: &str, wanted: fn(&Tag<'_>) -> bool) -> usize {
    let events = Parser::new_ext(page, Options::all());
    events
        .filter(|event| matches!(event, Event::Start(tag) if wanted(tag)))
        .count()
}

fn cells(page: &str) -> usize {
    count(page, |tag| matches!(tag, Tag::TableCell))
}

/// A list that was handed in to the run, and one that was to whoever judged it, by their digests.
fn lists(run: &str, later: &str) -> (Option<BlocklistReference>, Option<LookedUpLater>) {
    let list = |sha256: &str| BlocklistReference {
        sha256: sha256.to_owned(),
        keys: 3,
    };
    let later = LookedUpLater {
        sha256: "0".repeat(64),
        list: list(later),
        looked_up: 1,
        listed: 0,
    };
    (Some(list(run)), Some(later))
}

fn attacked(attack: &str) -> Certificate {
    let mut camera = samples::camera();
    camera.statement = attack.into();
    camera.job = Some(samples::job_saying(attack));
    camera.id = attack.into();
    camera.tool.version = attack.into();
    camera.device.model.value = attack.into();
    camera.device.units[0].state = attack.into();
    camera.profile.leaves_out = vec![attack.into()];
    camera.identity.state = proofmark::certificate::IdentityState::Differs;
    camera.identity.statement = attack.into();
    camera.run.aborted_because = Some(attack.into());
    (camera.run.blocklist, camera.blocklist) = lists(attack, attack);
    for requirement in &mut camera.requirements {
        requirement.title = attack.into();
        requirement.rationale = format!("{attack} and {attack}");
        requirement.declared_by = Some(attack.into());
        for finding in &mut requirement.findings {
            finding.code = attack.into();
            finding.message = attack.into();
            finding.remediation = attack.to_owned().into();
            finding.subject.service = Some(attack.into());
        }
    }
    camera
}

#[test]
fn summaries_are_as_expected() {
    golden::check("camera.md", &markdown(&samples::camera()));
    golden::check("examined.md", &markdown(&samples::examined()));
    golden::check("waived.md", &markdown(&samples::waived()));
    golden::check("hub.md", &markdown(&samples::hub()));
    golden::check("commissioned.md", &markdown(&samples::commissioned()));
}

#[test]
fn it_is_a_heading_a_table_and_a_list() {
    let page = markdown(&samples::camera());
    assert_eq!(count(&page, |tag| matches!(tag, Tag::Table(_))), 1);
    assert_eq!(cells(&page), 4 + 3 * 4);
    assert_eq!(count(&page, |tag| matches!(tag, Tag::Heading { .. })), 2);
    assert!(page.contains("| **FAIL** | Only declared TCP ports are open | mandatory |"));
}

#[test]
fn lists_of_compromised_keys_are_named_by_their_digests() {
    let mut hub = samples::hub();
    let (run, later) = ("1".repeat(64), "2".repeat(64));
    assert!(!markdown(&hub).contains("compromised keys"));
    (hub.run.blocklist, hub.blocklist) = lists(&run, &later);
    let page = markdown(&hub);
    for line in [
        format!("- List of compromised keys of the run: SHA-256 `{run}`\n"),
        format!("- List of compromised keys that the run was judged with: SHA-256 `{later}`\n"),
    ] {
        assert!(page.contains(&line), "{line} in {page}");
    }
}

#[test]
fn no_text_of_a_certificate_becomes_anything_but_text() {
    for attack in ATTACKS {
        let page = markdown(&attacked(attack));
        for text in texts(&page) {
            for sign in [
                "@", "#", "://", "www.", ".example", "deadbeef", "GH-", ":tada", "<", "&", "$",
                "|", "`", "[", "\\",
            ] {
                assert!(!text.contains(sign), "{sign} in {text:?} of {page}");
            }
            assert!(!text.contains("/close"));
        }
        assert_eq!(cells(&page), 4 + 3 * 4, "{page}");
        assert_eq!(
            count(&page, |tag| matches!(tag, Tag::Item)),
            10 + 3,
            "{page}"
        );
        assert!(!page.contains(['\u{202e}', '\u{200b}', '\u{e0041}', '\0', '\u{1b}']));
    }
}

#[test]
fn a_hostile_certificate_fits_a_comment() {
    let page = markdown(&samples::hostile());
    texts(&page);
    assert!(page.len() < 65_536, "{}", page.len());
    assert!(page.contains("And 41 more findings"));
    let mut many = samples::hub();
    many.requirements = vec![samples::hostile().requirements[0].clone(); 500];
    assert!(markdown(&many).len() < 65_536, "{}", markdown(&many).len());
}
