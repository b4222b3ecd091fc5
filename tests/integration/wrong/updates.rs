//! Wrong update tables, of `inputs.rs`.

/// A right one, after the manifest.
pub(crate) const UPDATE: &str = r#"
[update]
mechanism = "mcuboot"
newer = ["a.bin", "b.bin"]
older = "old.bin"
verify_key = "key.pem"

[update.channel]
kind = "http-upload"
service = "web"
path = "/api/update"

[update.installed]
service = "web"
path = "/api/version"
firmware = { json = "/firmware" }
content = { json = "/content" }
"#;

pub(crate) const UPDATES: &[(&str, &str, &str)] = &[
    (
        "mechanism = \"mcuboot\"",
        "mechanism = \"none\"",
        r#"
d.toml:55:13: `none` is no mechanism
    |
 55 | mechanism = "none"
    |             ^
  legal: leave `[update]` out where the device cannot be updated
"#,
    ),
    (
        "mechanism = \"mcuboot\"",
        "mechanism = \"mcubot\"",
        r#"
d.toml:55:13: unknown word `mcubot` (did you mean `mcuboot`?)
    |
 55 | mechanism = "mcubot"
    |             ^
  legal: `mcuboot`, `esp32`, `fit`, `mender`, `nordic-dfu`, `openwrt`, `rauc`, `suit`, `swupdate`, `tuf`, `other`
"#,
    ),
    (
        "mechanism = \"mcuboot\"\n",
        "",
        r#"
d.toml:54:1: the key `mechanism` is missing
    |
 54 | [update]
    | ^
  legal: `mechanism = …` here
"#,
    ),
    (
        "newer = [\"a.bin\", \"b.bin\"]",
        "newer = \"a.bin\"",
        r#"
d.toml:56:9: wrong type: a string
    |
 56 | newer = "a.bin"
    |         ^
  legal: an array, as in ["…"]
"#,
    ),
    (
        "newer = [\"a.bin\", \"b.bin\"]",
        "newer = [\"absent.bin\", \"b.bin\"]",
        r#"
d.toml:56:10: the file `absent.bin`: cannot read it: No such file or directory (os error 2)
    |
 56 | newer = ["absent.bin", "b.bin"]
    |          ^
  legal: a file with an update package, of at most 67108864 bytes
"#,
    ),
    (
        "newer = [\"a.bin\", \"b.bin\"]",
        "newer = [\"half.bin\", \"b.bin\"]",
        r#"
d.toml:56:10: the file `half.bin`: the body should reach to byte 3093, and the file ends at 1628
    |
 56 | newer = ["half.bin", "b.bin"]
    |          ^
  legal: a whole MCUboot image
"#,
    ),
    (
        "newer = [\"a.bin\", \"b.bin\"]",
        "newer = [\"notes.txt\", \"b.bin\"]",
        r#"
d.toml:56:10: the file `notes.txt`: not an MCUboot image
    |
 56 | newer = ["notes.txt", "b.bin"]
    |          ^
  legal: a whole MCUboot image
"#,
    ),
    (
        "newer = [\"a.bin\", \"b.bin\"]",
        "newer = [\"b.bin\", \"a.bin\"]",
        r#"
d.toml:56:19: version 2.5.0+0 is not newer than 2.6.0+0 of `b.bin`
    |
 56 | newer = ["b.bin", "a.bin"]
    |                   ^
  legal: oldest first
"#,
    ),
    (
        "newer = [\"a.bin\", \"b.bin\"]",
        "newer = [\"a.bin\", \"a.bin\"]",
        r#"
d.toml:56:19: version 2.5.0+0 is not newer than 2.5.0+0 of `a.bin`
    |
 56 | newer = ["a.bin", "a.bin"]
    |                   ^
  legal: oldest first
"#,
    ),
    (
        "newer = [\"a.bin\", \"b.bin\"]",
        "newer = [\"a.bin\", \"b.bin\", \"b.bin\"]",
        r#"
d.toml:56:28: 3 newer packages
    |
 56 | newer = ["a.bin", "b.bin", "b.bin"]
    |                            ^
  legal: one or two, oldest first
"#,
    ),
    (
        "older = \"old.bin\"",
        "older = \"a.bin\"",
        r#"
d.toml:56:10: version 2.5.0+0 is not newer than 2.5.0+0 of `a.bin`
    |
 56 | newer = ["a.bin", "b.bin"]
    |          ^
  legal: newer than `older`
"#,
    ),
    (
        "verify_key = \"key.pem\"",
        "verify-key = \"key.pem\"",
        r#"
d.toml:58:1: unknown key `verify-key` (did you mean `verify_key`?)
    |
 58 | verify-key = "key.pem"
    | ^
  legal: `mechanism`, `channel`, `installed`, `newer`, `older`, `verify_key`
"#,
    ),
    (
        "verify_key = \"key.pem\"",
        "verify_key = \"private.pem\"",
        r#"
d.toml:58:14: the file `private.pem`: a private key: it should not leave the place where images are signed
    |
 58 | verify_key = "private.pem"
    |              ^
  legal: a PEM file with `BEGIN PUBLIC KEY`
"#,
    ),
    (
        "verify_key = \"key.pem\"",
        "verify_key = \"notes.txt\"",
        r#"
d.toml:58:14: the file `notes.txt`: no public key in PEM
    |
 58 | verify_key = "notes.txt"
    |              ^
  legal: a PEM file with `BEGIN PUBLIC KEY`
"#,
    ),
    (
        "verify_key = \"key.pem\"",
        "verify_key = \"a.bin\"",
        r#"
d.toml:58:14: the file `a.bin`: not UTF-8
    |
 58 | verify_key = "a.bin"
    |              ^
  legal: a PEM file with `BEGIN PUBLIC KEY`
"#,
    ),
    (
        "verify_key = \"key.pem\"",
        "verify_key = \".\"",
        r#"
d.toml:58:14: the file `.`: cannot read it: not a regular file
    |
 58 | verify_key = "."
    |              ^
  legal: a file with a public key, of at most 65536 bytes
"#,
    ),
    (
        "kind = \"http-upload\"",
        "kind = \"usb\"",
        r#"
d.toml:62:1: `usb` has no `service`
    |
 62 | service = "web"
    | ^
  legal: `kind = "http-upload"`, or no such key
"#,
    ),
    (
        "kind = \"http-upload\"",
        "kind = \"http\"",
        r#"
d.toml:61:8: unknown word `http`
    |
 61 | kind = "http"
    |        ^
  legal: `http-upload`, `bluetooth`, `coap`, `http-fetch`, `mqtt`, `smp`, `ssh`, `tftp`, `usb`, `other`
"#,
    ),
    (
        "service = \"web\"\npath = \"/api/update\"",
        "path = \"/api/update\"",
        r#"
d.toml:60:1: the key `service` is missing
    |
 60 | [update.channel]
    | ^
  legal: `service = …` here
"#,
    ),
    (
        "service = \"web\"\npath = \"/api/update\"",
        "service = \"web\"",
        r#"
d.toml:60:1: the key `path` is missing
    |
 60 | [update.channel]
    | ^
  legal: `path = …` here
"#,
    ),
    (
        "service = \"web\"\npath = \"/api/update\"",
        "service = \"shell\"\npath = \"/api/update\"",
        r#"
d.toml:62:11: `shell` is no declared HTTP service
    |
 62 | service = "shell"
    |           ^
  legal: `web`
"#,
    ),
    (
        "service = \"web\"\npath = \"/api/update\"",
        "service = \"web\"\npath = \"api\"",
        r#"
d.toml:63:8: `api` is no path
    |
 63 | path = "api"
    |        ^
  legal: `/` and then printable ASCII without spaces; write others as %XX
"#,
    ),
    (
        "path = \"/api/update\"",
        "path = \"/api/update\"\nmethod = \"GET\"",
        r#"
d.toml:64:10: unknown word `GET`
    |
 64 | method = "GET"
    |          ^
  legal: `POST`, `PUT`
"#,
    ),
    (
        "path = \"/api/update\"",
        "path = \"/api/update\"\nform_field = \"a b\"",
        r#"
d.toml:64:14: `a b` is no name of a form field
    |
 64 | form_field = "a b"
    |              ^
  legal: printable ASCII without spaces and quotes
"#,
    ),
    (
        "path = \"/api/update\"",
        "path = \"/api/update\"\nsettle_seconds = 0",
        r#"
d.toml:64:18: `settle_seconds` is 0
    |
 64 | settle_seconds = 0
    |                  ^
  legal: 1 to 3600
"#,
    ),
    (
        "path = \"/api/update\"",
        "path = \"/api/update\"\nsettle_seconds = 3601",
        r#"
d.toml:64:18: `settle_seconds` is 3601
    |
 64 | settle_seconds = 3601
    |                  ^
  legal: 1 to 3600
"#,
    ),
    (
        "service = \"web\"\npath = \"/api/version\"",
        "service = \"wep\"\npath = \"/api/version\"",
        r#"
d.toml:66:11: `wep` is no declared HTTP service (did you mean `web`?)
    |
 66 | service = "wep"
    |           ^
  legal: `web`
"#,
    ),
    (
        "firmware = { json = \"/firmware\" }",
        "firmware = \"/firmware\"",
        r#"
d.toml:68:12: a text does not say where the version stands
    |
 68 | firmware = "/firmware"
    |            ^
  legal: { json = "/pointer" } or { between = ["before", "after"] }
"#,
    ),
    (
        "content = { json = \"/content\" }",
        "content = \"/content\"",
        r#"
d.toml:69:11: a text does not say where the content stands
    |
 69 | content = "/content"
    |           ^
  legal: { json = "/pointer" } or { between = ["before", "after"] }
"#,
    ),
    (
        "content = { json = \"/content\" }",
        "content = { json = \"content\" }",
        r#"
d.toml:69:20: `content` is no JSON Pointer
    |
 69 | content = { json = "content" }
    |                    ^
  legal: as in `/firmware/version` (RFC 6901)
"#,
    ),
    (
        "content = { json = \"/content\" }",
        "digest = { json = \"/content\" }",
        r#"
d.toml:69:1: unknown key `digest`
    |
 69 | digest = { json = "/content" }
    | ^
  legal: `service`, `path`, `firmware`, `content`
"#,
    ),
];
