//! Job sheets: how they are read, what a certificate says of them, and that they are found again.

use jiff::Timestamp;
use proofmark::certificate::*;
use proofmark::error::InputError;
use proofmark::evidence::Run;
use proofmark::job::{self, JobFile, TEMPLATE, recorded_job};
use proofmark::profile::{self, Waivers};

use crate::bench::*;
use crate::directories::{observed, own, proofmark, shipped, stderr, stdout};
use crate::inputs::{Random, mutated};
use crate::wrong::JOBS;

/// A whole sheet, for the unit of the bench.
pub(crate) const JOB: &str = r#"format = "proofmark-job/1"

[report]
number = "2026-0417"
issue = 2
date = 2026-01-05
replaces = { number = "2026-0417", issue = 1, because = "The serial number was wrong." }
authorised_by = { name = "M. Lindqvist", function = "head of the laboratory" }

[laboratory]
name = "Nordic Test Laboratory"
address = "Example Street 1, Stockholm"
accreditation = "no. 1234"

[customer]
name = "Consumers Together"
address = "Market Square 5, Brussels"
contact = "A. Buyer"

[operator]
name = "O. Perator"

[authorisation]
given_by = "Consumers Together"
reference = "order CT-77"
date = "2025-12-20"
covers = "Every test that leaves the device as it was."

[test]
place = "Room 3"
conditions = "A switch of its own."
deviations = ["One unit instead of two."]
additions = ["A second sweep."]
exclusions = ["IPv6."]
external = ["A scan by E. Xternal."]

[[item]]
unit = "a"
description = "Indoor camera, white"
identification = "Tag L-0042"
condition = "Sealed box"
received = 2026-01-01
sampling = "Bought in a shop"
from_customer = ["description", "sampling"]

[[opinion]]
text = "It looks like a leftover of production."
by = "O. Perator"
"#;

fn changed(from: &str, to: &str) -> String {
    assert_eq!(JOB.matches(from).count(), 1, "{from}");
    JOB.replace(from, to)
}

fn sheet(text: &str) -> JobFile {
    recorded_job(text, "j.toml").unwrap_or_else(|error| panic!("{error}"))
}

fn judged_at(run: &Run, job: Option<&JobFile>, at: Timestamp) -> Certificate {
    let (id, text) = profile::shipped()[0];
    issue(&Judging {
        run,
        profile: &profile::parse(text, id).unwrap(),
        judged_at: at,
        waivers: &Waivers::default(),
        job,
        records: &proofmark::records::Records::default(),
        lookups: None,
        assess,
    })
}

fn judged(text: &str) -> Certificate {
    judged_at(&run(conformant()), Some(&sheet(text)), time())
}

fn stated(certificate: &Certificate) -> &Job {
    certificate.job.as_ref().unwrap()
}

#[test]
fn a_certificate_says_what_the_sheet_says_and_whose_word_it_is() {
    let certificate = judged(JOB);
    let job = stated(&certificate);
    assert_eq!(job.sha256, proofmark::digest::sha256_hex(JOB));
    let report = job.report.as_ref().unwrap();
    assert_eq!(
        (report.number.value.as_str(), report.issue),
        ("2026-0417", Some(2))
    );
    assert_eq!(report.date.as_ref().unwrap().value, "2026-01-05");
    let authorisation = job.authorisation.as_ref().unwrap();
    assert_eq!(authorisation.date.value, "2025-12-20");
    let item = &job.items[0];
    let source = |fact: &Option<Stated>| fact.as_ref().unwrap().source;
    assert_eq!(
        [
            source(&item.description),
            source(&item.identification),
            source(&item.condition),
            source(&item.received),
            source(&item.sampling),
        ],
        [
            Speaker::Customer,
            Speaker::Laboratory,
            Speaker::Laboratory,
            Speaker::Laboratory,
            Speaker::Customer,
        ]
    );
    assert_eq!(job.remarks, [""; 0]);
    // Every text of the sheet is in it.
    let json = serde_json::to_string(job).unwrap();
    let words: Vec<&str> = JOB.split('"').skip(1).step_by(2).collect();
    let keys = ["proofmark-job/1", "description", "sampling"];
    for word in words.iter().filter(|word| !keys.contains(word)) {
        assert!(json.contains(word), "{word}");
    }
}

#[test]
fn a_job_decides_nothing_and_makes_another_certificate() {
    let plain = judge(&run(conformant()));
    let with = judged(JOB);
    assert_ne!(with.id, plain.id);
    assert_ne!(with.id, judged(&changed("Room 3", "Room 4")).id);
    let without = Certificate {
        job: None,
        id: plain.id.clone(),
        ..with
    };
    assert_eq!(without, plain);
}

#[test]
fn what_does_not_fit_the_run_is_remarked() {
    let run = run(conformant());
    let started = run.info.started_at;
    assert_eq!(started, time());
    for (from, to, remark) in [
        (
            "date = \"2025-12-20\"",
            "date = 2026-01-03",
            "the authorisation to test is dated 2026-01-03, after the test began",
        ),
        (
            "received = 2026-01-01",
            "received = 2026-01-09",
            "the item of unit a was received on 2026-01-09, after the test began",
        ),
        (
            "date = 2026-01-05",
            "date = 2025-12-31",
            "the report is dated 2025-12-31, before the run was judged",
        ),
        (
            "unit = \"a\"",
            "unit = \"b\"",
            "the item of unit b: the manifest of the run has no such unit",
        ),
    ] {
        let certificate = judged_at(&run, Some(&sheet(&changed(from, to))), time());
        assert_eq!(stated(&certificate).remarks, [remark], "{to}");
    }
    // The same day in another time zone is no contradiction.
    let near = changed("date = \"2025-12-20\"", "date = 2026-01-02");
    assert_eq!(stated(&judged(&near)).remarks, [""; 0]);
}

#[test]
fn wrong_jobs_say_where_what_and_what_is_legal() {
    let error = |text: &str| -> InputError { job::job(text, "j.toml", &["a"]).unwrap_err() };
    let mut wrong = Vec::new();
    for (from, to, expected) in JOBS {
        let text = changed(from, to);
        let told = job::job(&text, "j.toml", &["a"]);
        let told = told
            .err()
            .map_or("accepted".to_owned(), |it| it.to_string());
        if told.trim_end() != expected.trim() {
            wrong.push(format!("{from:?} -> {to:?}\n<<<\n{told}\n>>>"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (key, one) in [
        ("place = \"Room 3\"", "x"),
        ("because = \"The serial number was wrong.\"", "x"),
    ] {
        let name = key.split(' ').next().unwrap();
        let most = if name == "place" { 300 } else { 4000 };
        let long = |count: usize| changed(key, &format!("{name} = \"{}\"", one.repeat(count)));
        assert!(job::job(&long(most), "j.toml", &["a"]).is_ok());
        let shown = error(&long(most + 1)).to_string();
        assert!(
            shown.contains("the text is too long")
                && shown.contains(&format!("at most {most} char")),
            "{shown}"
        );
    }
    let many = |list: &str| changed("[\"IPv6.\"]", &format!("[{list}]"));
    assert!(job::job(&many(&"\"x\",".repeat(32)), "j.toml", &["a"]).is_ok());
    let shown = error(&many(&"\"x\",".repeat(33))).to_string();
    assert!(
        shown.contains("there are 33 of these") && shown.contains("at most 32"),
        "{shown}"
    );
    let opinion = "[[opinion]]\ntext = \"x\"\nby = \"y\"\n";
    let shown = error(&format!("{JOB}{}", opinion.repeat(32))).to_string();
    assert!(shown.contains("there are 33 of these"), "{shown}");
    let (_, item) = JOB.split_once("[[item]]").unwrap();
    let (item, _) = item.split_once("[[opinion]]").unwrap();
    let shown = error(&format!("{JOB}[[item]]{item}")).to_string();
    assert!(shown.contains("an item of the same unit"), "{shown}");
}

#[test]
fn everything_may_be_left_out() {
    let job = sheet("format = \"proofmark-job/1\"\n");
    let certificate = judged_at(&run(conformant()), Some(&job), time());
    let stated = stated(&certificate);
    assert!(stated.report.is_none() && stated.authorisation.is_none() && stated.items.is_empty());
    // An item without a unit speaks of all of them, also beside one that names one.
    let all = changed("unit = \"a\"\n", "");
    assert!(job::job(&all, "j.toml", &["a"]).is_ok());
}

/// What is left of the template between angle brackets is refused; filled in, it has every key there is.
#[test]
fn the_template_waits_to_be_filled_in_and_knows_every_key() {
    let error = recorded_job(TEMPLATE, "job.toml").unwrap_err();
    assert!(
        error.to_string().contains("this is still to be filled in"),
        "{error}"
    );
    let mut filled = String::new();
    for line in TEMPLATE.lines() {
        let line = line.replace("<YYYY-MM-DD>", "2026-02-03");
        let line = match line.strip_prefix("# ") {
            Some(key) if key.starts_with("issue =") || key.starts_with("replaces =") => key,
            _ => &line,
        };
        if !line.starts_with('#') {
            let mut rest = line;
            while let Some((before, after)) = rest.split_once('<') {
                filled.push_str(before);
                rest = after.split_once('>').unwrap().1;
                filled.push('x');
            }
            filled.push_str(rest);
        }
        filled.push('\n');
    }
    sheet(&filled);
    let mut empty = Vec::new();
    let schema = proofmark::schema::schemas()
        .into_iter()
        .find(|(name, _)| *name == "job")
        .unwrap()
        .1
        .to_value();
    let written: toml::Table = filled.parse().unwrap();
    let mut of = |properties: &serde_json::Value, table: &toml::Table, name: &str| {
        for key in properties.as_object().unwrap().keys() {
            if !table.contains_key(key) {
                empty.push(format!("{name}.{key}"));
            }
        }
    };
    of(&schema["properties"], &written, "");
    for (name, key) in [
        ("Report", "report"),
        ("Laboratory", "laboratory"),
        ("Customer", "customer"),
        ("Person", "operator"),
        ("Authorisation", "authorisation"),
        ("Test", "test"),
    ] {
        let table = written[key].as_table().unwrap();
        of(&schema["$defs"][name]["properties"], table, key);
    }
    for (name, key) in [("Item", "item"), ("Opinion", "opinion")] {
        let table = written[key][0].as_table().unwrap();
        of(&schema["$defs"][name]["properties"], table, key);
    }
    assert_eq!(empty, Vec::<String>::new());
}

#[test]
fn the_same_job_is_found_beside_a_run_and_judges_it_alike() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    std::fs::write(base.join("j.toml"), JOB).unwrap();
    observed(base, "run", conformant(), None, shipped());
    let at = ["--judged-at", "2026-02-03T04:05:06Z"];
    let evaluate = |arguments: &[&str]| {
        let output = proofmark(base, &[&["evaluate", "run"], arguments, &at].concat());
        (output.status.code(), stdout(&output), stderr(&output))
    };
    let read = |dir: &str, name: &str| std::fs::read_to_string(base.join(dir).join(name)).unwrap();
    let (exit, out, err) = evaluate(&["--out", "one", "--job", "j.toml"]);
    assert_eq!(exit, Some(0), "{err}");
    let line = "Report 2026-0417, issue 2 by Nordic Test Laboratory for Consumers Together.";
    assert!(out.contains(line), "{out}");
    assert_eq!(read("one", "job.toml"), JOB);
    // As `run` and `observe` leave it: beside the evidence.
    std::fs::copy(base.join("j.toml"), base.join("run/job.toml")).unwrap();
    let (exit, _, err) = evaluate(&["--out", "two"]);
    assert_eq!(exit, Some(0), "{err}");
    for name in ["certificate.json", "certificate.html", "job.toml"] {
        assert_eq!(read("one", name), read("two", name), "{name}");
    }
    let (_, out, _) = evaluate(&["--out", "three", "--no-job"]);
    assert!(
        !out.contains("Report") && !base.join("three/job.toml").exists(),
        "{out}"
    );
    let (exit, _, err) = evaluate(&["--out", "four", "--no-job", "--job", "j.toml"]);
    assert_eq!(exit, Some(64), "{err}");
    // A unit that is not there is an error before anything is judged.
    std::fs::write(base.join("b.toml"), changed("unit = \"a\"", "unit = \"b\"")).unwrap();
    let (exit, _, err) = evaluate(&["--out", "five", "--job", "b.toml"]);
    assert_eq!(exit, Some(64));
    assert!(
        err.contains("b.toml:38:8: `b` is no unit of the manifest") && !base.join("five").exists(),
        "{err}"
    );
    // A link is no file of a run.
    std::fs::remove_file(base.join("run/job.toml")).unwrap();
    std::os::unix::fs::symlink(base.join("j.toml"), base.join("run/job.toml")).unwrap();
    let (exit, _, err) = evaluate(&["--out", "six"]);
    assert!(exit == Some(64) && err.contains("is a link"), "{err}");
}

#[test]
fn a_new_sheet_is_written_once_and_never_over_another() {
    let base = tempfile::tempdir().unwrap();
    let new = || proofmark(base.path(), &["job", "new", "job.toml"]);
    let output = new();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let path = base.path().join("job.toml");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TEMPLATE);
    std::fs::write(&path, JOB).unwrap();
    let output = new();
    assert_eq!(output.status.code(), Some(64));
    assert!(stderr(&output).contains("nothing is ever overwritten"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), JOB);
}

/// What is hostile in a sheet is visible before it enters a certificate.
#[test]
fn hostile_words_are_made_visible() {
    let hostile = "\\u202E\\u200B\\U000E0041<b>\\\\";
    let certificate = judged(&changed("Room 3", hostile));
    let place = &stated(&certificate).place.as_ref().unwrap().value;
    assert_eq!(place, "\\u{202e}\\u{200b}\\u{e0041}<b>\\\\");
    let error = recorded_job(&changed("Room 3", "\\u001B[2J"), "j.toml").unwrap_err();
    assert!(error.to_string().contains("control character"), "{error}");
}

#[test]
fn mutated_sheets_never_panic() {
    let mut random = Random(0x10b);
    let mut refused = 0;
    for _ in 0..2000 {
        match recorded_job(&mutated(JOB, &mut random), "j.toml") {
            Ok(job) => drop(job::job(&job.text, "j.toml", &["a"])),
            Err(error) => {
                let shown = error.to_string();
                let hostile = |c: char| c.is_control() && c != '\n';
                assert!(
                    !shown.contains(hostile) && shown.len() < 20_000,
                    "{shown:?}"
                );
                refused += 1;
            }
        }
    }
    assert!(
        (500..1950).contains(&refused),
        "{refused} of 2000 were refused"
    );
}

/// Nothing of what is judged stands there yet, and the sheet waits for whoever judges.
#[test]
fn observe_keeps_the_sheet_for_the_evaluation() {
    let base = tempfile::tempdir().unwrap();
    let base = base.path();
    let listener = std::net::TcpListener::bind("127.77.19.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || for _ in listener.incoming() {});
    let device = format!(
        "format = \"proofmark-device/1\"\n[device]\nmanufacturer = \"E\"\nmodel = \"D\"\n\
         [[unit]]\nid = \"a\"\nstate = \"initialised\"\naddresses = [\"127.77.19.1\"]\n\
         [[service]]\nid = \"it\"\ntransport = \"tcp\"\nport = {port}\nprotocol = \"telnet\"\npurpose = \"x\"\n"
    );
    // One requirement, so that little is asked.
    let whole = own();
    let (head, _) = whole.split_once("[[requirement]]").unwrap();
    let requirement = shipped()
        .split("[[requirement]]")
        .find(|it| it.contains("\"survives-testing\""))
        .unwrap();
    let profile = format!("{head}[[requirement]]{requirement}");
    let profile = profile.replacen("max_rate = 3000", "max_rate = 100000", 1);
    for (name, text) in [
        ("d.toml", device.as_str()),
        ("p.toml", &profile),
        ("j.toml", JOB),
    ] {
        std::fs::write(base.join(name), text).unwrap();
    }
    let output = proofmark(
        base,
        &[
            "observe",
            "d.toml",
            "--profile",
            "p.toml",
            "--job",
            "j.toml",
            "--out",
            "run",
            "-q",
        ],
    );
    assert!(
        matches!(output.status.code(), Some(0 | 2)),
        "{}",
        stderr(&output)
    );
    assert_eq!(
        std::fs::read_to_string(base.join("run/job.toml")).unwrap(),
        JOB
    );
    assert!(!base.join("run/certificate.json").exists());
    let output = proofmark(base, &["evaluate", "run", "--out", "judged"]);
    let said = stdout(&output);
    assert!(
        said.contains("Report 2026-0417, issue 2"),
        "{said}{}",
        stderr(&output)
    );
    assert_eq!(
        std::fs::read_to_string(base.join("judged/job.toml")).unwrap(),
        JOB
    );
}
