//! Wrong manifests: units and their labels.

pub(crate) const UNITS: &[(&str, &str, &str)] = &[
    (
        "[[unit]]",
        "[unit]",
        r#"
d.toml:8:1: wrong type: a table
   |
 8 | [unit]
   | ^
  legal: an array of tables: double brackets, as in `[[unit]]`
"#,
    ),
    (
        "id = \"a\"\n",
        "",
        r#"
d.toml:8:1: the key `id` is missing
   |
 8 | [[unit]]
   | ^
  legal: `id = …` here
"#,
    ),
    (
        "id = \"a\"",
        "id = \"Unit A\"",
        r#"
d.toml:9:6: `Unit A` is no id
   |
 9 | id = "Unit A"
   |      ^
  legal: lower-case letters and digits in words joined by `-`, at most 40 characters
"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "[]",
        r#"
d.toml:10:13: unit `a` has no address
    |
 10 | addresses = []
    |             ^
  legal: at least one
"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "\"192.0.2.10\"",
        r#"
d.toml:10:13: wrong type: a string
    |
 10 | addresses = "192.0.2.10"
    |             ^
  legal: an array, as in ["…"]
"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "[\"192.0.2.10\", \"camera.local\"]",
        r#"
d.toml:10:28: `camera.local` is no IP address
    |
 10 | addresses = ["192.0.2.10", "camera.local"]
    |                            ^
  legal: an IP address, as in `192.0.2.10`, `fd00::10` or `fe80::1%eth0`
"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "[\"192.0.2.10\", \"1.1.1.1\"]",
        r#"
d.toml:10:28: `1.1.1.1` is a public address
    |
 10 | addresses = ["192.0.2.10", "1.1.1.1"]
    |                            ^
  legal: an address of a test network; `--allow-public` permits others
"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "[\"192.0.2.10\", \"::ffff:192.0.2.10\"]",
        r#"
d.toml:10:28: `::ffff:192.0.2.10` is already an address of unit `a`
    |
 10 | addresses = ["192.0.2.10", "::ffff:192.0.2.10"]
    |                            ^
  legal: each address once
"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "[\"fe80::1\"]",
        r#"
d.toml:10:14: `fe80::1` is link-local and needs its interface, as in `fe80::1%eth0`
    |
 10 | addresses = ["fe80::1"]
    |              ^
  legal: an IP address, as in `192.0.2.10`, `fd00::10` or `fe80::1%eth0`
"#,
    ),
    (
        "02-00-5E-10-00-0A",
        "02-00-5E-10-00",
        r#"
d.toml:11:7: `02-00-5E-10-00` is no MAC address of a device
    |
 11 | mac = "02-00-5E-10-00"
    |       ^
  legal: six bytes, as in `02:00:5e:10:00:01`
"#,
    ),
    (
        "02-00-5E-10-00-0A",
        "ff:ff:ff:ff:ff:ff",
        r#"
d.toml:11:7: `ff:ff:ff:ff:ff:ff` is no MAC address of a device
    |
 11 | mac = "ff:ff:ff:ff:ff:ff"
    |       ^
  legal: six bytes, as in `02:00:5e:10:00:01`
"#,
    ),
    (
        "state = \"initialised\"",
        "state = \"initialized\"",
        r#"
d.toml:12:9: unknown word `initialized` (did you mean `initialised`?)
    |
 12 | state = "initialized"
    |         ^
  legal: `factory`, `initialised`, `reset`
"#,
    ),
    (
        "state = \"initialised\"",
        "state = \"on\"",
        r#"
d.toml:12:9: unknown word `on`
    |
 12 | state = "on"
    |         ^
  legal: `factory`, `initialised`, `reset`
"#,
    ),
    (
        "state = \"initialised\"",
        "state = \"initialised\"\ndisposable = \"no\"",
        r#"
d.toml:13:14: wrong type: a string
    |
 13 | disposable = "no"
    |              ^
  legal: true or false
"#,
    ),
    (
        "password = \"hunter2\"",
        "password = \"\"",
        r#"
d.toml:13:42: the password is empty
    |
 13 | label = { username = "admin", password = ** }
    |                                          ^
  legal: at least one character
"#,
    ),
    (
        "password = \"hunter2\"",
        "pasword = \"hunter2\"",
        r#"
d.toml:13:31: unknown key `pasword` (did you mean `password`?)
    |
 13 | label = { username = "admin", pasword = ********* }
    |                               ^
  legal: `username`, `password`
"#,
    ),
    (
        "[[service]]\nid = \"web\"\n",
        "[[unit]]\nid = \"a\"\naddresses = [\"192.0.2.11\"]\nstate = \"reset\"\n\n[[service]]\nid = \"web\"\n",
        r#"
d.toml:16:6: the id `a` is used twice
    |
 16 | id = "a"
    |      ^
  legal: an id of its own
"#,
    ),
    (
        "[[service]]\nid = \"web\"\n",
        "[[unit]]\nid = \"b\"\naddresses = [\"192.0.2.10\"]\nstate = \"reset\"\n\n[[service]]\nid = \"web\"\n",
        r#"
d.toml:17:14: `192.0.2.10` is already an address of unit `a`
    |
 17 | addresses = ["192.0.2.10"]
    |              ^
  legal: each address once
"#,
    ),
    (
        "label = { username = \"admin\", password = \"hunter2\" }",
        "label = \"hunter2\"",
        r#"
d.toml:13:9: wrong type: a string
    |
 13 | label = *********
    |         ^
  legal: a table `{ username, password }`
"#,
    ),
    (
        "label = { username = \"admin\", password = \"hunter2\" }",
        "lable = { username = \"admin\", password = \"hunter2\" }",
        r#"
d.toml:13:1: unknown key `lable` (did you mean `label`?)
    |
 13 | lable = { username = "admin", password = ********* }
    | ^
  legal: `id`, `serial`, `addresses`, `mac`, `state`, `disposable`, `label`
"#,
    ),
    (
        "password = \"hunter2\" }",
        "password = \"hunter2",
        r#"
d.toml:15:1: not TOML: missing key for inline table element
    |
 15 | [[service]]
    | ^
  legal: `,`
"#,
    ),
    (
        "password = \"hunter2\"",
        "password = \"hunter\\u0007\"",
        r#"
d.toml:13:42: the text has a control character
    |
 13 | label = { username = "admin", password = ************** }
    |                                          ^
  legal: printable characters
"#,
    ),
];
