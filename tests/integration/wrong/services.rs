//! Wrong manifests: services, how they are reached and what they serve.

pub(crate) const SERVICES: &[(&str, &str, &str)] = &[
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
];
