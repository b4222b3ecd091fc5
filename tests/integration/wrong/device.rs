//! Wrong manifests: what stands before the units, and what is no TOML.

pub(crate) const DEVICE: &[(&str, &str, &str)] = &[
    (
        "proofmark-device/1\"\n",
        "proofmark-device/2\"\n",
        r#"
d.toml:1:10: unknown format "proofmark-device/2"
   |
 1 | format = "proofmark-device/2"
   |          ^
  legal: format = "proofmark-device/1"
"#,
    ),
    (
        "format = \"proofmark-device/1\"\n",
        "",
        r#"
d.toml:1:1: the key `format` is missing
   |
 1 | 
   | ^
  legal: format = "proofmark-device/1"
"#,
    ),
    (
        "format = \"proofmark-device/1\"",
        "format = 1",
        r#"
d.toml:1:10: unknown format 1
   |
 1 | format = 1
   |          ^
  legal: format = "proofmark-device/1"
"#,
    ),
    (
        "[device]\nmanu",
        "[device\nmanu",
        r#"
d.toml:3:8: not TOML: unclosed table
   |
 3 | [device
   |        ^
  legal: `]`
"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "model = \"Doorbell 2\"\nmodel = \"x\"",
        r#"
d.toml:6:1: not TOML: duplicate key
   |
 6 | model = "x"
   | ^
"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "model = \"Door\nbell\"",
        r#"
d.toml:6:6: not TOML: key with no value
  legal: `=`
"#,
    ),
    (
        "support-until",
        "support_until",
        r#"
d.toml:6:1: unknown key `support_until` (did you mean `support-until`?)
   |
 6 | support_until = 2030-12-31
   | ^
  legal: `manufacturer`, `model`, `firmware`, `type`, `support-until`, `support-published`, `vulnerability-policy`, `security-txt`, `model-designation`
"#,
    ),
    (
        "model = \"Doorbell 2\"\n",
        "",
        r#"
d.toml:3:1: the key `model` is missing
   |
 3 | [device]
   | ^
  legal: `model = …` here
"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "model = \" \"",
        r#"
d.toml:5:9: the text is empty
   |
 5 | model = " "
   |         ^
  legal: a text that says something
"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "model = 2",
        r#"
d.toml:5:9: wrong type: a whole number
   |
 5 | model = 2
   |         ^
  legal: a string
"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "model = \"Doorbell\\u001b[2J\"",
        r#"
d.toml:5:9: the text has a control character
   |
 5 | model = "Doorbell\\u001b[2J"
   |         ^
  legal: printable characters
"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "\"mo\\u0007del\" = \"x\"",
        r#"
d.toml:5:1: the key has a control character
   |
 5 | "mo\\u0007del" = "x"
   | ^
  legal: printable characters
"#,
    ),
    (
        "[device]\nmanufacturer",
        "[devise]\nmanufacturer",
        r#"
d.toml:3:2: unknown key `devise` (did you mean `device`?)
   |
 3 | [devise]
   |  ^
  legal: `format`, `device`, `unit`, `service`, `identity`, `connection`, `update`
"#,
    ),
    (
        "2030-12-31",
        "2030-12-31T00:00:00Z",
        r#"
d.toml:6:17: `2030-12-31T00:00:00Z` is no date
   |
 6 | support-until = 2030-12-31T00:00:00Z
   |                 ^
  legal: as in `2030-12-31`
"#,
    ),
    (
        "2030-12-31",
        "\"31.12.2030\"",
        r#"
d.toml:6:17: `31.12.2030` is no date
   |
 6 | support-until = "31.12.2030"
   |                 ^
  legal: as in `2030-12-31`
"#,
    ),
    (
        "2030-12-31",
        "\"2030-02-30\"",
        r#"
d.toml:6:17: `2030-02-30` is no date
   |
 6 | support-until = "2030-02-30"
   |                 ^
  legal: as in `2030-12-31`
"#,
    ),
    (
        "2030-12-31",
        "2030",
        r#"
d.toml:6:17: `2030` is no date
   |
 6 | support-until = 2030
   |                 ^
  legal: as in `2030-12-31`
"#,
    ),
    (
        "model = \"Doorbell 2\"\n",
        "\t\"mo\\tdel\" = 1\n",
        r#"
d.toml:5:2: the key has a control character
   |
 5 | \t"mo\\tdel" = 1
   |   ^
  legal: printable characters
"#,
    ),
    (
        "[identity]",
        "\"x`, expected one of `evil\" = 1\n[identity]",
        r#"
d.toml:43:1: unknown key `x`, expected one of `evil`
    |
 43 | "x`, expected one of `evil" = *
    | ^
  legal: `mechanism`, `username`, `password`, `path`, `topic`, `allow_cleartext`
"#,
    ),
];
