//! The wrong inputs of `inputs.rs`: what is changed, to what, and the error that a user reads.

pub(crate) const MANIFESTS: &[(&str, &str, &str)] = &[
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\ndiscloses = [{ what = \"password\", purpose = \"x\" }]",
        r#"
d.toml:21:23: unknown word `password`
    |
 21 | discloses = [{ what = "password", purpose = "x" }]
    |                       ^
  legal: `firmware-version`, `mac-address`, `serial-number`, `software-version`
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\ndiscloses = [{ what = \"serial-number\", purpose = \" \" }]",
        r#"
d.toml:21:50: the text is empty
    |
 21 | discloses = [{ what = "serial-number", purpose = " " }]
    |                                                  ^
  legal: a text that says something
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\ndiscloses = [{ what = \"mac-address\", purpose = \"x\" }, { what = \"mac-address\", purpose = \"y\" }]",
        r#"
d.toml:21:64: service `web` states this twice
    |
 21 | discloses = [{ what = "mac-address", purpose = "x" }, { what = "mac-address", purpose = "y" }]
    |                                                                ^
  legal: each kind once
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\ntls = { names = [\"192.0.2.10\"] }",
        r#"
d.toml:21:18: `192.0.2.10` is no DNS name
    |
 21 | tls = { names = ["192.0.2.10"] }
    |                  ^
  legal: as in `hub.local`; leave it out where the certificate is for the address
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\ntls = { names = [\"a b\"] }",
        r#"
d.toml:21:18: `a b` is no DNS name
    |
 21 | tls = { names = ["a b"] }
    |                  ^
  legal: as in `hub.local`; leave it out where the certificate is for the address
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\ntls = { cert = \"x\" }",
        r#"
d.toml:21:9: unknown key `cert`
    |
 21 | tls = { cert = "x" }
    |         ^
  legal: `ca`, `names`
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\ntls = { ca = \"absent.pem\" }",
        r#"
d.toml:21:14: the file `absent.pem`: cannot read it: No such file or directory (os error 2)
    |
 21 | tls = { ca = "absent.pem" }
    |              ^
  legal: a PEM file with certificates, of at most 65536 bytes
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\ntls = { ca = \"large.pem\" }",
        r#"
d.toml:21:14: the file `large.pem`: more than 65536 bytes
    |
 21 | tls = { ca = "large.pem" }
    |              ^
  legal: a PEM file with certificates, of at most 65536 bytes
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\ntls = { ca = \"empty.pem\" }",
        r#"
d.toml:21:14: the file `empty.pem`: no certificate in it
    |
 21 | tls = { ca = "empty.pem" }
    |              ^
  legal: a PEM file with certificates, of at most 65536 bytes
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\ntls = { ca = \"broken.pem\" }",
        r#"
d.toml:21:14: the file `broken.pem`: a certificate in it cannot be read
    |
 21 | tls = { ca = "broken.pem" }
    |              ^
  legal: a PEM file with certificates, of at most 65536 bytes
"#,
    ),
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
        "id = \"shell\"",
        "id = \"web\"",
        r#"
d.toml:32:6: the id `web` is used twice
    |
 32 | id = "web"
    |      ^
  legal: an id of its own
"#,
    ),
    (
        "port = 23",
        "port = 80",
        r#"
d.toml:34:8: TCP port 80 is already declared by service `web`
    |
 34 | port = 80
    |        ^
  legal: each port once
"#,
    ),
    (
        "port = 23",
        "port = 0",
        r#"
d.toml:34:8: 0 is no port
    |
 34 | port = 0
    |        ^
  legal: 1 to 65535
"#,
    ),
    (
        "port = 23",
        "port = 65536",
        r#"
d.toml:34:8: wrong value
    |
 34 | port = 65536
    |        ^
  legal: a whole number from 1 to 65535
"#,
    ),
    (
        "port = 23",
        "port = -1",
        r#"
d.toml:34:8: wrong value
    |
 34 | port = -1
    |        ^
  legal: a whole number from 1 to 65535
"#,
    ),
    (
        "port = 23",
        "port = \"23\"",
        r#"
d.toml:34:8: wrong type: a string
    |
 34 | port = "23"
    |        ^
  legal: a whole number from 1 to 65535
"#,
    ),
    (
        "port = 23\n",
        "",
        r#"
d.toml:31:1: the key `port` is missing
    |
 31 | [[service]]
    | ^
  legal: `port = …` here
"#,
    ),
    (
        "protocol = \"http\"\n",
        "protocol = \"HTTP\"\n",
        r#"
d.toml:19:12: unknown word `HTTP` (did you mean `http`?)
    |
 19 | protocol = "HTTP"
    |            ^
  legal: `adb`, `amqp`, `bacnet`, `coap`, `dap`, `devtools`, `dnp3`, `dns`, `docker`, `doip`, `dtls`, `echo`, `ethernet-ip`, `ftp`, `gdbserver`, `http`, `ike`, `imap`, `ipmi`, `jdwp`, `kasa`, `knx`, `lifx`, `llmnr`, `matter`, `mdns`, `memcached`, `miio`, `modbus`, `mongodb`, `mqtt`, `mqtt-sn`, `mysql`, `nat-pmp`, `netbios`, `ntp`, `opc-ua`, `openocd`, `openvpn`, `pjl`, `pop3`, `postgresql`, `quic`, `rdp`, `redis`, `rip`, `rpc`, `rsync`, `rtsp`, `s7`, `sip`, `smb`, `smtp`, `snmp`, `sql-browser`, `ssdp`, `ssh`, `stun`, `syslog`, `tcf`, `telnet`, `tftp`, `tls`, `ubiquiti`, `vnc`, `wiz`, `ws-discovery`, `x11`, `unknown`
"#,
    ),
    (
        "protocol = \"telnet\"",
        "protocol = \"gopher\"",
        r#"
d.toml:35:12: unknown word `gopher`
    |
 35 | protocol = "gopher"
    |            ^
  legal: `adb`, `amqp`, `bacnet`, `coap`, `dap`, `devtools`, `dnp3`, `dns`, `docker`, `doip`, `dtls`, `echo`, `ethernet-ip`, `ftp`, `gdbserver`, `http`, `ike`, `imap`, `ipmi`, `jdwp`, `kasa`, `knx`, `lifx`, `llmnr`, `matter`, `mdns`, `memcached`, `miio`, `modbus`, `mongodb`, `mqtt`, `mqtt-sn`, `mysql`, `nat-pmp`, `netbios`, `ntp`, `opc-ua`, `openocd`, `openvpn`, `pjl`, `pop3`, `postgresql`, `quic`, `rdp`, `redis`, `rip`, `rpc`, `rsync`, `rtsp`, `s7`, `sip`, `smb`, `smtp`, `snmp`, `sql-browser`, `ssdp`, `ssh`, `stun`, `syslog`, `tcf`, `telnet`, `tftp`, `tls`, `ubiquiti`, `vnc`, `wiz`, `ws-discovery`, `x11`, `unknown`
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\naccess = \"public\"",
        r#"
d.toml:21:10: service `web` is public and has an owner's login
    |
 21 | access = "public"
    |          ^
  legal: `login`, or no `[service.owner]`
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"\"",
        r#"
d.toml:20:11: the text is empty
    |
 20 | purpose = ""
    |           ^
  legal: a text that says something
"#,
    ),
    (
        "attempts_per_minute = 5",
        "attempts_per_minute = 0",
        r#"
d.toml:23:23: `attempts_per_minute` is 0
    |
 23 | attempts_per_minute = 0
    |                       ^
  legal: 1 or more; leave the key out where there is no limit
"#,
    ),
    (
        "attempts_per_minute = 5",
        "attempts-per-minute = 5",
        r#"
d.toml:23:1: unknown key `attempts-per-minute` (did you mean `attempts_per_minute`?)
    |
 23 | attempts-per-minute = 5
    | ^
  legal: `attempts_per_minute`, `lockout_threshold`, `lockout_minutes`
"#,
    ),
    (
        "mechanism = \"telnet\"",
        "mechanism = \"http-basic\"",
        r#"
d.toml:39:13: `http-basic` is no login of service `shell`, which speaks `telnet` over TCP
    |
 39 | mechanism = "http-basic"
    |             ^
  legal: `http-basic` for a service that speaks `http` over TCP
"#,
    ),
    (
        "mechanism = \"telnet\"",
        "mechanism = \"coap\"",
        r#"
d.toml:39:13: plain CoAP carries no login
    |
 39 | mechanism = "coap"
    |             ^
  legal: no `[service.owner]`; name what needs authentication in `paths`
"#,
    ),
    (
        "purpose = \"Settings\"",
        "purpose = \"Settings\"\npaths = [\"/config\"]",
        r#"
d.toml:21:1: service `web` has protected paths and does not speak `coap` over udp
    |
 21 | paths = ["/config"]
    | ^
  legal: for a service that speaks `coap` over `udp`, with access `login`
"#,
    ),
    (
        "[identity]",
        "[[service]]\nid = \"coap\"\ntransport = \"udp\"\nport = 5683\nprotocol = \"coap\"\npurpose = \"x\"\npaths = [\"config\"]\n\n[identity]",
        r#"
d.toml:49:10: `config` is no path
    |
 49 | paths = ["config"]
    |          ^
  legal: `/` and then printable ASCII without spaces; write others as %XX
"#,
    ),
    (
        "[identity]",
        "[[service]]\nid = \"coap\"\ntransport = \"udp\"\nport = 5683\nprotocol = \"coap\"\npurpose = \"x\"\naccess = \"public\"\npaths = [\"/config\"]\n\n[identity]",
        r#"
d.toml:50:1: service `coap` has protected paths and is public
    |
 50 | paths = ["/config"]
    | ^
  legal: for a service that speaks `coap` over `udp`, with access `login`
"#,
    ),
    (
        "mechanism = \"telnet\"",
        "mechanism = \"ssh\"",
        r#"
d.toml:39:13: unknown word `ssh`
    |
 39 | mechanism = "ssh"
    |             ^
  legal: `coap`, `dtls-psk`, `ftp`, `http-basic`, `http-digest`, `mqtt`, `ssh-password`, `telnet`
"#,
    ),
    (
        "username = \"root\"",
        "username = \"root\"\npath = \"/\"",
        r#"
d.toml:41:1: a `telnet` login has no path
    |
 41 | path = "/"
    | ^
  legal: no `path`
"#,
    ),
    (
        "username = \"root\"",
        "username = \"root\"\ntopic = \"a/b\"",
        r#"
d.toml:41:1: a `telnet` login has no topic
    |
 41 | topic = "a/b"
    | ^
  legal: no `topic`
"#,
    ),
    (
        "protocol = \"telnet\"",
        "protocol = \"mqtt\"",
        r#"
d.toml:39:13: `telnet` is no login of service `shell`, which speaks `mqtt` over TCP
    |
 39 | mechanism = "telnet"
    |             ^
  legal: `telnet` for a service that speaks `telnet` over TCP
"#,
    ),
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
