//! The wrong inputs of `inputs.rs`: what is changed, to what, and the error that a user reads.

pub(crate) const MANIFESTS: &[(&str, &str, &str)] = &[
    (
        "proofmark-device/1\"\n",
        "proofmark-device/2\"\n",
        r#"

"#,
    ),
    (
        "format = \"proofmark-device/1\"\n",
        "",
        r#"

"#,
    ),
    (
        "format = \"proofmark-device/1\"",
        "format = 1",
        r#"

"#,
    ),
    (
        "[device]\nmanu",
        "[device\nmanu",
        r#"

"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "model = \"Doorbell 2\"\nmodel = \"x\"",
        r#"

"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "model = \"Door\nbell\"",
        r#"

"#,
    ),
    (
        "support-until",
        "support_until",
        r#"

"#,
    ),
    (
        "model = \"Doorbell 2\"\n",
        "",
        r#"

"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "model = \" \"",
        r#"

"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "model = 2",
        r#"

"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "model = \"Doorbell\\u{1b}[2J\"",
        r#"

"#,
    ),
    (
        "model = \"Doorbell 2\"",
        "\"mo\\u0007del\" = \"x\"",
        r#"

"#,
    ),
    (
        "[device]\nmanufacturer",
        "[devise]\nmanufacturer",
        r#"

"#,
    ),
    (
        "2030-12-31",
        "2030-12-31T00:00:00Z",
        r#"

"#,
    ),
    (
        "2030-12-31",
        "\"31.12.2030\"",
        r#"

"#,
    ),
    (
        "2030-12-31",
        "\"2030-02-30\"",
        r#"

"#,
    ),
    (
        "2030-12-31",
        "2030",
        r#"

"#,
    ),
    (
        "[[unit]]", "[unit]", r#"

"#,
    ),
    (
        "id = \"a\"\n",
        "",
        r#"

"#,
    ),
    (
        "id = \"a\"",
        "id = \"Unit A\"",
        r#"

"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "[]",
        r#"

"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "\"192.0.2.10\"",
        r#"

"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "[\"192.0.2.10\", \"camera.local\"]",
        r#"

"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "[\"192.0.2.10\", \"1.1.1.1\"]",
        r#"

"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "[\"192.0.2.10\", \"::ffff:192.0.2.10\"]",
        r#"

"#,
    ),
    (
        "[\"192.0.2.10\", \"2001:db8::10\"]",
        "[\"fe80::1\"]",
        r#"

"#,
    ),
    (
        "02-00-5E-10-00-0A",
        "02-00-5E-10-00",
        r#"

"#,
    ),
    (
        "02-00-5E-10-00-0A",
        "ff:ff:ff:ff:ff:ff",
        r#"

"#,
    ),
    (
        "state = \"initialised\"",
        "state = \"initialized\"",
        r#"

"#,
    ),
    (
        "state = \"initialised\"",
        "state = \"on\"",
        r#"

"#,
    ),
    (
        "state = \"initialised\"",
        "state = \"initialised\"\ndisposable = \"no\"",
        r#"

"#,
    ),
    (
        "password = \"hunter2\"",
        "password = \"\"",
        r#"

"#,
    ),
    (
        "password = \"hunter2\"",
        "pasword = \"hunter2\"",
        r#"

"#,
    ),
    (
        "[[service]]\nid = \"web\"\n",
        "[[unit]]\nid = \"a\"\naddresses = [\"192.0.2.11\"]\nstate = \"reset\"\n\n[[service]]\nid = \"web\"\n",
        r#"

"#,
    ),
    (
        "[[service]]\nid = \"web\"\n",
        "[[unit]]\nid = \"b\"\naddresses = [\"192.0.2.10\"]\nstate = \"reset\"\n\n[[service]]\nid = \"web\"\n",
        r#"

"#,
    ),
    (
        "id = \"shell\"",
        "id = \"web\"",
        r#"

"#,
    ),
    (
        "port = 23",
        "port = 80",
        r#"

"#,
    ),
    (
        "port = 23",
        "port = 0",
        r#"

"#,
    ),
    (
        "port = 23",
        "port = 65536",
        r#"

"#,
    ),
    (
        "port = 23",
        "port = -1",
        r#"

"#,
    ),
    (
        "port = 23",
        "port = \"23\"",
        r#"

"#,
    ),
    (
        "port = 23\n",
        "",
        r#"

"#,
    ),
    (
        "protocol = \"http\"\n",
        "protocol = \"HTTP\"\n",
        r#"

"#,
    ),
    (
        "protocol = \"telnet\"",
        "protocol = \"coap\"",
        r#"

"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\naccess = \"public\"",
        r#"

"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"\"",
        r#"

"#,
    ),
    (
        "attempts_per_minute = 5",
        "attempts_per_minute = 0",
        r#"

"#,
    ),
    (
        "attempts_per_minute = 5",
        "attempts-per-minute = 5",
        r#"

"#,
    ),
    (
        "mechanism = \"telnet\"",
        "mechanism = \"http-basic\"",
        r#"

"#,
    ),
    (
        "mechanism = \"telnet\"",
        "mechanism = \"ssh\"",
        r#"

"#,
    ),
    (
        "username = \"root\"",
        "username = \"root\"\npath = \"/\"",
        r#"

"#,
    ),
    (
        "username = \"owner\"",
        "username = \"ow:ner\"",
        r#"

"#,
    ),
    (
        "path = \"/settings\"",
        "path = \"settings\"",
        r#"

"#,
    ),
    (
        "path = \"/settings\"",
        "path = \"/set tings\"",
        r#"

"#,
    ),
    (
        "path = \"/settings\"",
        "allow_cleartext = 1",
        r#"

"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "{ env = \"NOT_SET\" }",
        r#"

"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "{ env = \"EMPTY\" }",
        r#"

"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "{ env = \"OWNER_PASSWORD\", file = \"x\" }",
        r#"

"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "{ evn = \"OWNER_PASSWORD\" }",
        r#"

"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "{}",
        r#"

"#,
    ),
    (
        "{ env = \"OWNER_PASSWORD\" }",
        "12345",
        r#"

"#,
    ),
    (
        "shell.secret",
        "absent.secret",
        r#"

"#,
    ),
    (
        "shell.secret",
        ".",
        r#"

"#,
    ),
    (
        "shell.secret",
        "empty.secret",
        r#"

"#,
    ),
    (
        "shell.secret",
        "two-lines.secret",
        r#"

"#,
    ),
    (
        "shell.secret",
        "large.secret",
        r#"

"#,
    ),
    (
        "shell.secret",
        "latin.secret",
        r#"

"#,
    ),
    (
        "service = \"web\"",
        "service = \"shell\"",
        r#"

"#,
    ),
    (
        "service = \"web\"",
        "service = \"wbe\"",
        r#"

"#,
    ),
    (
        "path = \"/about\"",
        "path = \"about\"",
        r#"

"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "{ json = \"firmware.version\" }",
        r#"

"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "{ json = \"/a~2\" }",
        r#"

"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "{ between = [\"Version: \"] }",
        r#"

"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "{ between = [\"\", \"<\"] }",
        r#"

"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "{ xpath = \"//version\" }",
        r#"

"#,
    ),
    (
        "{ json = \"/firmware/version\" }",
        "\"/firmware/version\"",
        r#"

"#,
    ),
    (
        "port = 443",
        "port = 0",
        r#"

"#,
    ),
    (
        "host = \"updates.example.com\"",
        "host = \"\"",
        r#"

"#,
    ),
    (
        "purpose = \"Updates\"\n",
        "purpose = \"Updates\"\n\n[update]\nmechanism = \"image\"\nchannel = \"web\"\nnewer = \"2.bin\"\n",
        r#"

"#,
    ),
    (
        "purpose = \"Updates\"\n",
        "purpose = \"Updates\"\n\n[update]\nmechanism = \"image\"\nchannel = \"web\"\nverify-key = \"k.pub\"\n",
        r#"

"#,
    ),
    (
        "[identity]",
        "\"x`, expected one of `evil\" = 1\n[identity]",
        r#"

"#,
    ),
];

pub(crate) const PROFILES: &[(&str, &str, &str)] = &[
    (
        "proofmark-profile/1",
        "proofmark-device/1",
        r#"

"#,
    ),
    (
        "id = \"test\"",
        "id = \"Test\"",
        r#"

"#,
    ),
    (
        "version = \"1.0.0\"",
        "version = \"1.0\"",
        r#"

"#,
    ),
    (
        "title = \"Test\"\n",
        "",
        r#"

"#,
    ),
    (
        "title = \"Test\"\n",
        "title = \"\"\n",
        r#"

"#,
    ),
    (
        "decision_rule = \"Binary.\"",
        "decision-rule = \"Binary.\"",
        r#"

"#,
    ),
    (
        "Two\nlines",
        "Two\\u0000lines",
        r#"

"#,
    ),
    (
        "max_rate = 100",
        "max_rate = 0",
        r#"

"#,
    ),
    (
        "max_rate = 100",
        "deadline_minutes = 10081",
        r#"

"#,
    ),
    (
        "max_rate = 100",
        "max-rate = 100",
        r#"

"#,
    ),
    (
        "id = \"doors\"",
        "id = \"doors \"",
        r#"

"#,
    ),
    (
        "title = \"Doors are shut\"\n",
        "title = \"Doors are shut\"\nnotes = \"\"\n",
        r#"

"#,
    ),
    (
        "obligation = \"mandatory\"",
        "obligation = \"Mandatory\"",
        r#"

"#,
    ),
    (
        "obligation = \"mandatory\"",
        "obligation = \"recommended\"",
        r#"

"#,
    ),
    (
        "test_case = \"house/doors\"",
        "test_case = \"house/door\"",
        r#"

"#,
    ),
    (
        "test_case = \"house/doors\"",
        "test_case = \"services/closed-ports\"",
        r#"

"#,
    ),
    (
        "states = [\"initialised\"]",
        "states = []",
        r#"

"#,
    ),
    (
        "states = [\"initialised\"]",
        "states = [\"initialised\", \"factory\", \"initialised\"]",
        r#"

"#,
    ),
    (
        "states = [\"initialised\"]",
        "states = \"initialised\"",
        r#"

"#,
    ),
    (
        "when_absent = \"fail\"",
        "when_absent = \"ignore\"",
        r#"

"#,
    ),
    (
        "most = 3",
        "moist = 3",
        r#"

"#,
    ),
    (
        "most = 3",
        "least = 1\nmost = \"three\"",
        r#"

"#,
    ),
    (
        "most = 3",
        "least = 4\nmost = 3",
        r#"

"#,
    ),
    (
        "[requirement.parameters]\nmost = 3",
        "[requirement.parameter]\nmost = 3",
        r#"

"#,
    ),
    (
        "door-open = \"low\"",
        "doors-open = \"low\"",
        r#"

"#,
    ),
    (
        "door-open = \"low\"",
        "window-open = \"low\"",
        r#"

"#,
    ),
    (
        "door-open = \"low\"",
        "door-open = \"minor\"",
        r#"

"#,
    ),
    (
        "standard = \"ETSI EN 303 645\"",
        "standard = \"EN 303 645\"",
        r#"

"#,
    ),
    (
        "version = \"3.1.3\"",
        "version = \"2.1.1\"",
        r#"

"#,
    ),
    (
        "id = \"5.6-1\"",
        "id = \"5.6-10\"",
        r#"

"#,
    ),
    (
        "coverage = \"partial\"",
        "coverage = \"part\"",
        r#"

"#,
    ),
    (
        "coverage = \"partial\"\n",
        "coverage = \"partial\"\n\n[[requirement.provisions]]\nstandard = \"ETSI EN 303 645\"\nversion = \"3.1.3\"\nid = \"5.6-1\"\ncoverage = \"full\"\n",
        r#"

"#,
    ),
    (
        "coverage = \"partial\"\n",
        "coverage = \"partial\"\n\n[[requirement]]\nid = \"doors\"\ntitle = \"Again\"\nobligation = \"recommended\"\ntest_case = \"house/doors\"\nstates = [\"reset\"]\nwhen_absent = \"fail\"\n",
        r#"

"#,
    ),
];
