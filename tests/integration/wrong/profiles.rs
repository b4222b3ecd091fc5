//! Wrong profiles.

pub(crate) const PROFILES: &[(&str, &str, &str)] = &[
    (
        "proofmark-profile/1",
        "proofmark-device/1",
        r#"
p.toml:1:10: unknown format "proofmark-device/1"
   |
 1 | format = "proofmark-device/1"
   |          ^
  legal: format = "proofmark-profile/1"
"#,
    ),
    (
        "id = \"test\"",
        "id = \"Test\"",
        r#"
p.toml:2:6: `Test` is no id
   |
 2 | id = "Test"
   |      ^
  legal: lower-case letters and digits in words joined by `-`, at most 40 characters
"#,
    ),
    (
        "version = \"1.0.0\"",
        "version = \"1.0\"",
        r#"
p.toml:3:11: `1.0` is no semantic version
   |
 3 | version = "1.0"
   |           ^
  legal: as in `1.0.0` or `1.0.0-rc.1`
"#,
    ),
    (
        "title = \"Test\"\n",
        "",
        r#"
p.toml:1:1: the key `title` is missing
   |
 1 | format = "proofmark-profile/1"
   | ^
  legal: `title = …` here
"#,
    ),
    (
        "title = \"Test\"\n",
        "title = \"\"\n",
        r#"
p.toml:4:9: the text is empty
   |
 4 | title = ""
   |         ^
  legal: a text that says something
"#,
    ),
    (
        "decision_rule = \"Binary.\"",
        "decision-rule = \"Binary.\"",
        r#"
p.toml:8:1: unknown key `decision-rule` (did you mean `decision_rule`?)
   |
 8 | decision-rule = "Binary."
   | ^
  legal: `format`, `id`, `version`, `title`, `summary`, `leaves_out`, `decision_rule`, `waivers`, `pacing`, `requirement`
"#,
    ),
    (
        "Two\nlines",
        "Two\\u0000lines",
        r#"
p.toml:5:11: the text has a control character
   |
 5 | summary = """
   |           ^
  legal: printable characters
"#,
    ),
    (
        "max_rate = 100",
        "max_rate = 0",
        r#"
p.toml:11:12: `max_rate` is 0
    |
 11 | max_rate = 0
    |            ^
  legal: 1 to 100000
"#,
    ),
    (
        "max_rate = 100",
        "deadline_minutes = 10081",
        r#"
p.toml:11:20: `deadline_minutes` is 10081
    |
 11 | deadline_minutes = 10081
    |                    ^
  legal: 1 to 10080
"#,
    ),
    (
        "max_rate = 100",
        "max-rate = 100",
        r#"
p.toml:11:1: unknown key `max-rate` (did you mean `max_rate`?)
    |
 11 | max-rate = 100
    | ^
  legal: `max_rate`, `login_attempts_per_minute`, `deadline_minutes`
"#,
    ),
    (
        "id = \"doors\"",
        "id = \"doors \"",
        r#"
p.toml:14:6: `doors ` is no id
    |
 14 | id = "doors "
    |      ^
  legal: lower-case letters and digits in words joined by `-`, at most 40 characters
"#,
    ),
    (
        "title = \"Doors are shut\"\n",
        "title = \"Doors are shut\"\nnotes = \"\"\n",
        r#"
p.toml:16:1: unknown key `notes`
    |
 16 | notes = ""
    | ^
  legal: `id`, `title`, `obligation`, `test_case`, `states`, `when_absent`, `parameters`, `severity`, `provisions`
"#,
    ),
    (
        "obligation = \"mandatory\"",
        "obligation = \"Mandatory\"",
        r#"
p.toml:16:14: unknown word `Mandatory` (did you mean `mandatory`?)
    |
 16 | obligation = "Mandatory"
    |              ^
  legal: `mandatory`, `recommended`, `informational`
"#,
    ),
    (
        "obligation = \"mandatory\"",
        "obligation = \"recommended\"",
        r#"
p.toml:1:1: no requirement is mandatory: nothing would decide the outcome
   |
 1 | format = "proofmark-profile/1"
   | ^
  legal: at least one `[[requirement]]` with obligation `mandatory`
"#,
    ),
    (
        "test_case = \"house/doors\"",
        "test_case = \"house/door\"",
        r#"
p.toml:17:13: unknown test case `house/door` (did you mean `house/doors`?)
    |
 17 | test_case = "house/door"
    |             ^
  legal: `house/doors`
"#,
    ),
    (
        "test_case = \"house/doors\"",
        "test_case = \"services/closed-ports\"",
        r#"
p.toml:17:13: unknown test case `services/closed-ports`
    |
 17 | test_case = "services/closed-ports"
    |             ^
  legal: `house/doors`
"#,
    ),
    (
        "states = [\"initialised\"]",
        "states = []",
        r#"
p.toml:18:10: requirement `doors` binds no unit
    |
 18 | states = []
    |          ^
  legal: at least one of `factory`, `initialised`, `reset`
"#,
    ),
    (
        "states = [\"initialised\"]",
        "states = [\"initialised\", \"factory\", \"initialised\"]",
        r#"
p.toml:18:37: the state `initialised` stands here twice
    |
 18 | states = ["initialised", "factory", "initialised"]
    |                                     ^
  legal: each state once
"#,
    ),
    (
        "states = [\"initialised\"]",
        "states = \"initialised\"",
        r#"
p.toml:18:10: wrong type: a string
    |
 18 | states = "initialised"
    |          ^
  legal: an array, as in ["…"]
"#,
    ),
    (
        "when_absent = \"fail\"",
        "when_absent = \"ignore\"",
        r#"
p.toml:19:15: unknown word `ignore`
    |
 19 | when_absent = "ignore"
    |               ^
  legal: `fail`, `not-applicable`
"#,
    ),
    (
        "most = 3",
        "moist = 3",
        r#"
p.toml:22:1: unknown parameter `moist`: legal are `most` and `least`
    |
 22 | moist = 3
    | ^
  legal: what `proofmark explain house/doors` says
"#,
    ),
    (
        "most = 3",
        "least = 1\nmost = \"three\"",
        r#"
p.toml:23:1: `most` is a whole number
    |
 23 | most = "three"
    | ^
  legal: what `proofmark explain house/doors` says
"#,
    ),
    (
        "most = 3",
        "least = 4\nmost = 3",
        r#"
p.toml:21:1: `least` is above `most`
    |
 21 | [requirement.parameters]
    | ^
  legal: what `proofmark explain house/doors` says
"#,
    ),
    (
        "[requirement.parameters]\nmost = 3",
        "[requirement.parameter]\nmost = 3",
        r#"
p.toml:21:14: unknown key `parameter` (did you mean `parameters`?)
    |
 21 | [requirement.parameter]
    |              ^
  legal: `id`, `title`, `obligation`, `test_case`, `states`, `when_absent`, `parameters`, `severity`, `provisions`
"#,
    ),
    (
        "door-open = \"low\"",
        "doors-open = \"low\"",
        r#"
p.toml:25:1: `doors-open` is no code of `house/doors` (did you mean `door-open`?)
    |
 25 | doors-open = "low"
    | ^
  legal: `door-open`
"#,
    ),
    (
        "door-open = \"low\"",
        "window-open = \"low\"",
        r#"
p.toml:25:1: `window-open` is no code of `house/doors`
    |
 25 | window-open = "low"
    | ^
  legal: `door-open`
"#,
    ),
    (
        "door-open = \"low\"",
        "door-open = \"minor\"",
        r#"
p.toml:25:13: unknown word `minor`
    |
 25 | door-open = "minor"
    |             ^
  legal: `note`, `low`, `medium`, `high`, `critical`
"#,
    ),
    (
        "standard = \"ETSI EN 303 645\"",
        "standard = \"EN 303 645\"",
        r#"
p.toml:28:12: unknown standard: `EN 303 645`
    |
 28 | standard = "EN 303 645"
    |            ^
  legal: `ETSI EN 303 645`, `UK SI 2023/1007`, `EN 18031-1`, `Regulation (EU) 2024/2847`
"#,
    ),
    (
        "version = \"3.1.3\"",
        "version = \"2.1.1\"",
        r#"
p.toml:29:11: unknown version of ETSI EN 303 645: `2.1.1`
    |
 29 | version = "2.1.1"
    |           ^
  legal: `3.1.3`
"#,
    ),
    (
        "id = \"5.6-1\"",
        "id = \"5.6-10\"",
        r#"
p.toml:30:6: unknown provision of ETSI EN 303 645: `5.6-10`
    |
 30 | id = "5.6-10"
    |      ^
  legal: `5.6-1`, `5.6-2`, `5.6-3`, `5.6-4A`, `5.6-4B`, `5.6-5`, `5.6-6`, `5.6-7`, `5.6-8`, `5.6-9`
"#,
    ),
    (
        "coverage = \"partial\"",
        "coverage = \"part\"",
        r#"
p.toml:31:12: unknown word `part`
    |
 31 | coverage = "part"
    |            ^
  legal: `full`, `partial`, `stricter`
"#,
    ),
    (
        "coverage = \"partial\"\n",
        "coverage = \"partial\"\n\n[[requirement.provisions]]\nstandard = \"ETSI EN 303 645\"\nversion = \"3.1.3\"\nid = \"5.6-1\"\ncoverage = \"full\"\n",
        r#"
p.toml:36:6: the provision `5.6-1` stands here twice
    |
 36 | id = "5.6-1"
    |      ^
  legal: each provision once
"#,
    ),
    (
        "coverage = \"partial\"\n",
        "coverage = \"partial\"\n\n[[requirement]]\nid = \"doors\"\ntitle = \"Again\"\nobligation = \"recommended\"\ntest_case = \"house/doors\"\nstates = [\"reset\"]\nwhen_absent = \"fail\"\n",
        r#"
p.toml:34:6: the id `doors` is used twice
    |
 34 | id = "doors"
    |      ^
  legal: an id of its own
"#,
    ),
];
