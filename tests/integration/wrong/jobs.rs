//! Wrong job sheets, of `job.rs`.

pub(crate) const JOBS: &[(&str, &str, &str)] = &[
    (
        "proofmark-job/1",
        "proofmark-job/2",
        r#"
j.toml:1:10: unknown format "proofmark-job/2"
   |
 1 | format = "proofmark-job/2"
   |          ^
  legal: format = "proofmark-job/1"
"#,
    ),
    (
        "place = \"Room 3\"",
        "room = \"Room 3\"",
        r#"
j.toml:30:1: unknown key `room`
    |
 30 | room = "Room 3"
    | ^
  legal: `place`, `conditions`, `deviations`, `additions`, `exclusions`, `external`
"#,
    ),
    (
        "place = \"Room 3\"",
        "plaec = \"Room 3\"",
        r#"
j.toml:30:1: unknown key `plaec` (did you mean `place`?)
    |
 30 | plaec = "Room 3"
    | ^
  legal: `place`, `conditions`, `deviations`, `additions`, `exclusions`, `external`
"#,
    ),
    (
        "place = \"Room 3\"",
        "place = 3",
        r#"
j.toml:30:9: wrong type: a whole number
    |
 30 | place = 3
    |         ^
  legal: a string
"#,
    ),
    (
        "place = \"Room 3\"",
        "place = \" \"",
        r#"
j.toml:30:9: the text is empty
    |
 30 | place = " "
    |         ^
  legal: a text that says something, or no such line
"#,
    ),
    (
        "place = \"Room 3\"",
        "place = \"<where the test was done>\"",
        r#"
j.toml:30:9: this is still to be filled in
    |
 30 | place = "<where the test was done>"
    |         ^
  legal: your own words, or no such line
"#,
    ),
    (
        "[laboratory]",
        "[labratory]",
        r#"
j.toml:10:2: unknown key `labratory` (did you mean `laboratory`?)
    |
 10 | [labratory]
    |  ^
  legal: `format`, `report`, `laboratory`, `customer`, `operator`, `authorisation`, `test`, `item`, `opinion`
"#,
    ),
    (
        "address = \"Example Street 1, Stockholm\"\n",
        "",
        r#"
j.toml:10:1: the key `address` is missing
    |
 10 | [laboratory]
    | ^
  legal: `address = …` here
"#,
    ),
    (
        "name = \"Consumers Together\"\n",
        "",
        r#"
j.toml:15:1: the key `name` is missing
    |
 15 | [customer]
    | ^
  legal: `name = …` here
"#,
    ),
    (
        "given_by = \"Consumers Together\"\n",
        "",
        r#"
j.toml:23:1: the key `given_by` is missing
    |
 23 | [authorisation]
    | ^
  legal: `given_by = …` here
"#,
    ),
    (
        "date = \"2025-12-20\"\n",
        "",
        r#"
j.toml:23:1: the key `date` is missing
    |
 23 | [authorisation]
    | ^
  legal: `date = …` here
"#,
    ),
    (
        "date = \"2025-12-20\"",
        "date = \"soon\"",
        r#"
j.toml:26:8: `soon` is no date
    |
 26 | date = "soon"
    |        ^
  legal: a day as in `2030-12-31`
"#,
    ),
    (
        "date = \"2025-12-20\"",
        "date = \"<YYYY-MM-DD>\"",
        r#"
j.toml:26:8: `<YYYY-MM-DD>` is no date
    |
 26 | date = "<YYYY-MM-DD>"
    |        ^
  legal: a day as in `2030-12-31`
"#,
    ),
    (
        "date = \"2025-12-20\"",
        "date = 2025-12-20T10:00:00Z",
        r#"
j.toml:26:8: `2025-12-20T10:00:00Z` is no date
    |
 26 | date = 2025-12-20T10:00:00Z
    |        ^
  legal: a day as in `2030-12-31`
"#,
    ),
    (
        "date = \"2025-12-20\"",
        "date = \"2026-02-30\"",
        r#"
j.toml:26:8: `2026-02-30` is no date
    |
 26 | date = "2026-02-30"
    |        ^
  legal: a day as in `2030-12-31`
"#,
    ),
    (
        "date = \"2025-12-20\"",
        "date = [1]",
        r#"
j.toml:26:8: `[1]` is no date
    |
 26 | date = [1]
    |        ^
  legal: a day as in `2030-12-31`
"#,
    ),
    (
        "[operator]\nname = \"O. Perator\"",
        "[operator]\nname = \"O. Perator\"\nage = 40",
        r#"
j.toml:22:1: unknown key `age`
    |
 22 | age = 40
    | ^
  legal: `name`, `function`
"#,
    ),
    (
        "[operator]\nname = \"O. Perator\"",
        "operator = \"O. Perator\"",
        r#"
j.toml:20:1: unknown key `operator`
    |
 20 | operator = "O. Perator"
    | ^
  legal: `name`, `address`, `contact`
"#,
    ),
    (
        "\nissue = 2\n",
        "\nissue = 0\n",
        r#"
j.toml:5:9: there is no issue 0
   |
 5 | issue = 0
   |         ^
  legal: a whole number from 1
"#,
    ),
    (
        "\nissue = 2\n",
        "\nissue = 1\n",
        r#"
j.toml:7:12: a report does not replace itself
   |
 7 | replaces = { number = "2026-0417", issue = 1, because = "The serial number was wrong." }
   |            ^
  legal: another number, or another issue
"#,
    ),
    (
        "\nissue = 2\n",
        "\nissue = -2\n",
        r#"
j.toml:5:9: wrong value
   |
 5 | issue = -2
   |         ^
  legal: a whole number from 0 to 4294967295
"#,
    ),
    (
        "issue = 1,",
        "issue = 0,",
        r#"
j.toml:7:44: there is no issue 0
   |
 7 | replaces = { number = "2026-0417", issue = 0, because = "The serial number was wrong." }
   |                                            ^
  legal: a whole number from 1
"#,
    ),
    (
        ", because = \"The serial number was wrong.\"",
        "",
        r#"
j.toml:7:12: the key `because` is missing
   |
 7 | replaces = { number = "2026-0417", issue = 1 }
   |            ^
  legal: `because = …` here
"#,
    ),
    (
        "replaces = { number = \"2026-0417\", issue = 1, because = \"The serial number was wrong.\" }\n",
        "",
        r#"
j.toml:5:9: an issue after the first replaces an earlier one
   |
 5 | issue = 2
   |         ^
  legal: `replaces = { number = …, issue = …, because = … }` beside it
"#,
    ),
    (
        "unit = \"a\"",
        "unit = \"b\"",
        r#"
j.toml:38:8: `b` is no unit of the manifest (did you mean `a`?)
    |
 38 | unit = "b"
    |        ^
  legal: `a`
"#,
    ),
    (
        "[\"description\", \"sampling\"]",
        "[\"description\", \"weight\"]",
        r#"
j.toml:44:33: unknown word `weight`
    |
 44 | from_customer = ["description", "weight"]
    |                                 ^
  legal: `description`, `identification`, `condition`, `received`, `sampling`
"#,
    ),
    (
        "[\"description\", \"sampling\"]",
        "[\"description\", \"description\"]",
        r#"
j.toml:44:33: this stands here twice
    |
 44 | from_customer = ["description", "description"]
    |                                 ^
  legal: each once
"#,
    ),
    (
        "description = \"Indoor camera, white\"\n",
        "",
        r#"
j.toml:43:18: `description` is not said here
    |
 43 | from_customer = ["description", "sampling"]
    |                  ^
  legal: `identification`, `condition`, `received`, `sampling`
"#,
    ),
    (
        "[[item]]",
        "[item]",
        r#"
j.toml:37:1: wrong type: a table
    |
 37 | [item]
    | ^
  legal: an array of tables: double brackets, as in `[[unit]]`
"#,
    ),
    (
        "[[opinion]]\ntext = \"It looks like a leftover of production.\"\n",
        "[[opinion]]\n",
        r#"
j.toml:46:1: the key `text` is missing
    |
 46 | [[opinion]]
    | ^
  legal: `text = …` here
"#,
    ),
    (
        "deviations = [\"One unit instead of two.\"]",
        "deviations = \"One unit instead of two.\"",
        r#"
j.toml:32:14: wrong type: a string
    |
 32 | deviations = "One unit instead of two."
    |              ^
  legal: an array, as in ["…"]
"#,
    ),
    (
        "deviations = [\"One unit instead of two.\"]",
        "deviations = [\"One\", \"\"]",
        r#"
j.toml:32:14: the text is empty
    |
 32 | deviations = ["One", ""]
    |              ^
  legal: a text that says something, or no such line
"#,
    ),
    (
        "place = \"Room 3\"",
        "place = \"Room\\u001B3\"",
        r#"
j.toml:30:9: the text has a control character
    |
 30 | place = "Room\\u001B3"
    |         ^
  legal: printable characters
"#,
    ),
    (
        "place = \"Room 3\"",
        "place = \"Room 3",
        r#"
j.toml:30:16: not TOML: invalid basic string
    |
 30 | place = "Room 3
    |                ^
  legal: `"`
"#,
    ),
];
