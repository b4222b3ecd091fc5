//! Wrong manifests: what tells the device, and connections of its own.

pub(crate) const IDENTITY: &[(&str, &str, &str)] = &[
    (
        "service = \"web\"",
        "service = \"shell\"",
        r#"
d.toml:44:11: `shell` is no declared HTTP service
    |
 44 | service = "shell"
    |           ^
  legal: `web`
"#,
    ),
    (
        "service = \"web\"",
        "service = \"wbe\"",
        r#"
d.toml:44:11: `wbe` is no declared HTTP service (did you mean `web`?)
    |
 44 | service = "wbe"
    |           ^
  legal: `web`
"#,
    ),
    (
        "path = \"/about\"",
        "path = \"about\"",
        r#"
d.toml:45:8: `about` is no path
    |
 45 | path = "about"
    |        ^
  legal: `/` and then printable ASCII without spaces; write others as %XX
"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "{ json = \"firmware.version\" }",
        r#"
d.toml:46:21: `firmware.version` is no JSON Pointer
    |
 46 | firmware = { json = "firmware.version" }
    |                     ^
  legal: as in `/firmware/version` (RFC 6901)
"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "{ json = \"/a~2\" }",
        r#"
d.toml:46:21: `/a~2` is no JSON Pointer
    |
 46 | firmware = { json = "/a~2" }
    |                     ^
  legal: as in `/firmware/version` (RFC 6901)
"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "{ between = [\"Version: \"] }",
        r#"
d.toml:46:24: wrong value
    |
 46 | firmware = { between = ["Version: "] }
    |                        ^
  legal: an array of two strings
"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "{ between = [\"\", \"<\"] }",
        r#"
d.toml:46:24: the version stands between two texts
    |
 46 | firmware = { between = ["", "<"] }
    |                        ^
  legal: two texts that are not empty
"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "{ xpath = \"//version\" }",
        r#"
d.toml:46:14: unknown word `xpath`
    |
 46 | firmware = { xpath = "//version" }
    |              ^
  legal: `json`, `between`
"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "\"/firmware/version\"",
        r#"
d.toml:46:12: a text does not say where the version stands
    |
 46 | firmware = "/firmware/version"
    |            ^
  legal: { json = "/pointer" } or { between = ["before", "after"] }
"#,
    ),
    (
        "port = 443",
        "port = 0",
        r#"
d.toml:50:8: 0 is no port
    |
 50 | port = 0
    |        ^
  legal: 1 to 65535
"#,
    ),
    (
        "host = \"updates.example.com\"",
        "host = \"\"",
        r#"
d.toml:49:8: the text is empty
    |
 49 | host = ""
    |        ^
  legal: a text that says something
"#,
    ),
];
