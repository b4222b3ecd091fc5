//! Wrong manifests: owners of services and their passwords.

pub(crate) const OWNERS: &[(&str, &str, &str)] = &[
    (
        "username = \"owner\"",
        "username = \"ow:ner\"",
        r#"
d.toml:27:12: a user name of HTTP Basic has no `:`
    |
 27 | username = "ow:ner"
    |            ^
  legal: a user name without `:`
"#,
    ),
    (
        "path = \"/settings\"",
        "path = \"settings\"",
        r#"
d.toml:29:8: `settings` is no path
    |
 29 | path = "settings"
    |        ^
  legal: `/` and then printable ASCII without spaces; write others as %XX
"#,
    ),
    (
        "path = \"/settings\"",
        "path = \"/set tings\"",
        r#"
d.toml:29:8: `/set tings` is no path
    |
 29 | path = "/set tings"
    |        ^
  legal: `/` and then printable ASCII without spaces; write others as %XX
"#,
    ),
    (
        "path = \"/settings\"",
        "allow_cleartext = 1",
        r#"
d.toml:29:19: wrong type: a whole number
    |
 29 | allow_cleartext = 1
    |                   ^
  legal: true or false
"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "{ env = \"NOT_SET\" }",
        r#"
d.toml:28:12: the environment variable `NOT_SET` is not set
    |
 28 | password = { env = "NOT_SET" }
    |            ^
  legal: a variable that is set
"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "{ env = \"EMPTY\" }",
        r#"
d.toml:28:12: the password is empty
    |
 28 | password = { env = "EMPTY" }
    |            ^
  legal: at least one character
"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "{ env = \"OWNER_PASSWORD\", file = \"x\" }",
        r#"
d.toml:28:12: a secret has one place
    |
 28 | password = { env = "OWNER_PASSWORD", file = "x" }
    |            ^
  legal: "…", { env = "NAME" } or { file = "PATH" }
"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "{ evn = \"OWNER_PASSWORD\" }",
        r#"
d.toml:28:14: unknown key `evn` (did you mean `env`?)
    |
 28 | password = { evn = **************** }
    |              ^
  legal: `env`, `file`
"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "{}",
        r#"
d.toml:28:12: a secret has one place
    |
 28 | password = {}
    |            ^
  legal: "…", { env = "NAME" } or { file = "PATH" }
"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "12345",
        r#"
d.toml:28:12: wrong type: a whole number
    |
 28 | password = *****
    |            ^
  legal: "…", { env = "NAME" } or { file = "PATH" }
"#,
    ),
    (
        "shell.secret",
        "absent.secret",
        r#"
d.toml:41:12: the file `absent.secret`: cannot read it: No such file or directory (os error 2)
    |
 41 | password = { file = "absent.secret" }
    |            ^
  legal: a text file of at most 4096 bytes
"#,
    ),
    (
        "shell.secret",
        ".",
        r#"
d.toml:41:12: the file `.`: cannot read it: not a regular file
    |
 41 | password = { file = "." }
    |            ^
  legal: a text file of at most 4096 bytes
"#,
    ),
    (
        "shell.secret",
        "empty.secret",
        r#"
d.toml:41:12: the password is empty
    |
 41 | password = { file = "empty.secret" }
    |            ^
  legal: at least one character
"#,
    ),
    (
        "shell.secret",
        "two-lines.secret",
        r#"
d.toml:41:12: the password has a control character
    |
 41 | password = { file = "two-lines.secret" }
    |            ^
  legal: one line of printable characters
"#,
    ),
    (
        "shell.secret",
        "large.secret",
        r#"
d.toml:41:12: the file `large.secret`: more than 4096 bytes
    |
 41 | password = { file = "large.secret" }
    |            ^
  legal: a text file of at most 4096 bytes
"#,
    ),
    (
        "shell.secret",
        "latin.secret",
        r#"
d.toml:41:12: the file `latin.secret`: not UTF-8
    |
 41 | password = { file = "latin.secret" }
    |            ^
  legal: a text file of at most 4096 bytes
"#,
    ),
    (
        "password = { file = \"shell.secret\" }",
        "password = 12345",
        r#"
d.toml:41:12: wrong type: a whole number
    |
 41 | password = *****
    |            ^
  legal: "…", { env = "NAME" } or { file = "PATH" }
"#,
    ),
    (
        "password = { file = \"shell.secret\" }",
        "password = hunter2",
        r#"
d.toml:41:12: not TOML: string values must be quoted
    |
 41 | password = …
    |            ^
  legal: literal string
"#,
    ),
];
