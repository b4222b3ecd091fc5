//! What people did and saw: how it is recorded, what it decides, and that nothing of it can be changed unseen.

mod commands;
mod judged;

use jiff::Timestamp;
use proofmark::evidence::Run;
use proofmark::records::{Attachment, Record, Records, What};
use proofmark::verdict::Verdict;

use crate::bench::{conformant, run, time};

const MORE: &str = include_str!("../../examples/manual-check.toml");

/// A shipped profile that asks for the check of the example, which is of every unit.
fn asking() -> String {
    format!("{}\n{MORE}", crate::directories::own())
}

fn check(verdict: Verdict, note: &str) -> What {
    What::Check {
        unit: "a".to_owned(),
        check: "no-debug-header".to_owned(),
        verdict,
        note: note.to_owned(),
    }
}

fn step(did: &str) -> What {
    What::Step {
        unit: "a".to_owned(),
        did: did.to_owned(),
    }
}

fn withdrawal(record: u32) -> What {
    What::Withdrawal {
        record,
        reason: "the wrong board".to_owned(),
    }
}

fn later(seconds: i64) -> Timestamp {
    Timestamp::from_second(time().as_second() + seconds).unwrap()
}

fn observed() -> Run {
    run(conformant())
}

/// Records by these people, each a minute after the one before.
fn records(run: &Run, said: &[(&str, What)]) -> Records {
    let mut records = Records::default();
    for (minute, (by, what)) in (1..).zip(said) {
        let at = later(60 * minute);
        let record = records.next(run, (at, at), (*by).to_owned(), what.clone(), vec![]);
        records.push(record, run).unwrap();
    }
    records
}

/// What reading says of a file.
fn read(text: &str, run: &Run) -> Result<Records, String> {
    Records::read(text.to_owned(), "r", run).map_err(|error| error.to_string())
}

#[test]
fn records_read_back_as_they_were_written() {
    let run = observed();
    let all = records(
        &run,
        &[
            ("J. Doe", step("held the reset button for 10 s")),
            ("J. Doe", check(Verdict::Fail, "a header\nof four pins")),
            ("A. Roe", withdrawal(2)),
        ],
    );
    let again = read(all.text(), &run).unwrap();
    assert_eq!(again.all(), all.all());
    assert_eq!(again.sha256(), all.sha256());
    assert_eq!(
        again.withdrawal(2).map(Record::id),
        Some("record-3".to_owned())
    );
    assert!(again.withdrawal(1).is_none());
    assert_eq!(read("", &run).unwrap().text(), "");
}

#[test]
fn a_changed_dropped_or_moved_record_is_found() {
    let run = observed();
    let said = [
        ("J. Doe", step("one")),
        ("J. Doe", check(Verdict::Fail, "two")),
        ("J. Doe", step("three")),
    ];
    let text = records(&run, &said).text().to_owned();
    read(&text, &run).unwrap();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let [one, two, three] = lines[..] else {
        panic!("{text}")
    };
    let number = |line: &str, from: u32, to: u32| {
        let (from, to) = (format!("\"number\":{from},"), format!("\"number\":{to},"));
        assert!(line.contains(&from));
        line.replace(&from, &to)
    };
    for (what, changed, message) in [
        ("dropped", format!("{one}{three}"), "out of order"),
        (
            "dropped and numbered anew",
            format!("{one}{}", number(three, 3, 2)),
            "does not follow",
        ),
        ("the first", format!("{two}{three}"), "out of order"),
        (
            "the first, numbered anew",
            number(two, 2, 1),
            "of another run",
        ),
        ("moved", format!("{one}{three}{two}"), "out of order"),
        ("twice", format!("{text}{three}"), "out of order"),
        ("changed", text.replace("FAIL", "PASS"), "does not follow"),
        ("cut", text[..text.len() - 1].to_owned(), "in the middle"),
        ("spaced", text.replacen(",", ", ", 1), "canonical"),
        ("an empty line", format!("{text}\n"), "is no record"),
        (
            "another field",
            text.replacen("{\"format\"", "{\"more\":1,\"format\"", 1),
            "is no record",
        ),
        (
            "another format",
            text.replacen("record/1", "record/2", 1),
            "format",
        ),
    ] {
        assert_ne!(changed, text, "{what}");
        let error = read(&changed, &run).unwrap_err();
        assert!(error.contains(message), "{what}: {error}");
    }
    // The last record can be changed unseen by the others, but not without another digest.
    let last = text.replace("three", "four");
    let changed = read(&last, &run).unwrap();
    assert_ne!(changed.sha256(), read(&text, &run).unwrap().sha256());
}

#[test]
fn records_are_about_one_run() {
    let one = observed();
    let text = records(&one, &[("J. Doe", step("one"))]).text().to_owned();
    let mut other = observed();
    other.sha256 = "1".repeat(64);
    let error = read(&text, &other).unwrap_err();
    assert!(error.contains("of another run"), "{error}");
}

#[test]
fn what_makes_no_sense_is_refused_with_the_reason() {
    let run = observed();
    let before = records(
        &run,
        &[
            ("J. Doe", check(Verdict::Pass, "")),
            ("J. Doe", withdrawal(1)),
        ],
    );
    let good = before.next(
        &run,
        (later(200), later(300)),
        "J. Doe".to_owned(),
        check(Verdict::Fail, "a header"),
        vec![Attachment {
            name: "board.jpg".to_owned(),
            sha256: "0".repeat(64),
            length: 1,
        }],
    );
    let refused = |change: &dyn Fn(&mut Record)| {
        let mut record = good.clone();
        change(&mut record);
        before.clone().push(record, &run)
    };
    assert_eq!(refused(&|_| {}), Ok(()));
    let note = |note: &str| check(Verdict::Fail, note);
    type Change = Box<dyn Fn(&mut Record)>;
    let cases: Vec<(&str, Change)> = vec![
        ("before the run began", Box::new(|it| it.at = later(-1))),
        ("before it happened", Box::new(|it| it.at = later(301))),
        (
            "before the record before it",
            Box::new(|it| (it.at, it.recorded_at) = (later(60), later(119))),
        ),
        ("name is empty", Box::new(|it| it.by = " \t".to_owned())),
        ("more than 120", Box::new(|it| it.by = "x".repeat(121))),
        ("note", Box::new(move |it| it.what = note(" "))),
        (
            "more than 2000",
            Box::new(move |it| it.what = check(Verdict::Fail, &"x".repeat(2001))),
        ),
        ("what was done is empty", Box::new(|it| it.what = step(""))),
        (
            "id of a check",
            Box::new(|it| {
                it.what = What::Check {
                    unit: "a".to_owned(),
                    check: "No Debug".to_owned(),
                    verdict: Verdict::Pass,
                    note: String::new(),
                }
            }),
        ),
        (
            "device.json does not have",
            Box::new(|it| {
                it.what = What::Step {
                    unit: "b".to_owned(),
                    did: "x".to_owned(),
                }
            }),
        ),
        ("a second time", Box::new(|it| it.what = withdrawal(1))),
        ("is a withdrawal", Box::new(|it| it.what = withdrawal(2))),
        ("not before it", Box::new(|it| it.what = withdrawal(3))),
        ("not before it", Box::new(|it| it.what = withdrawal(0))),
        (
            "more than 16",
            Box::new(|it| it.attachments = vec![it.attachments[0].clone(); 17]),
        ),
        (
            "attachment",
            Box::new(|it| it.attachments[0].sha256 = "../../etc/passwd".to_owned()),
        ),
        ("attachment", Box::new(|it| it.attachments[0].length = 0)),
        (
            "attachment",
            Box::new(|it| it.attachments[0].length = 33 << 20),
        ),
        (
            "attachment",
            Box::new(|it| it.attachments[0].name = String::new()),
        ),
    ];
    for (message, change) in cases {
        let flaw = refused(change.as_ref()).expect_err(message);
        assert!(flaw.contains(message), "{message}: {flaw}");
    }
    // Only a pass needs no note.
    assert_eq!(refused(&|it| it.what = check(Verdict::Pass, "")), Ok(()));
}
