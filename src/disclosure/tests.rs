use std::path::Path;

use super::*;
use crate::dut;

const MANIFEST: &str = r#"
format = "proofmark-device/1"
[device]
manufacturer = "Harbour"
model = "Hub 2"
firmware = "2.4.1"
[[unit]]
id = "a"
serial = "HH2-000417"
mac = "02:00:5e:10:00:01"
addresses = ["192.168.7.10"]
state = "initialised"
[[service]]
id = "web"
transport = "tcp"
port = 80
protocol = "http"
purpose = "setup"
[service.owner]
mechanism = "http-basic"
username = "harbourmaster"
password = "quay&lantern-47-mist"
path = "/"
allow_cleartext = true
"#;

const KEY: &str = "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

fn known() -> Known {
    Known::of(&dut::parse(MANIFEST, "x", Path::new("."), &|_| None, false).unwrap())
}

fn kinds(items: &[DisclosedItem]) -> Vec<Disclosed> {
    let mut kinds: Vec<_> = items.iter().map(|it| it.what).collect();
    kinds.dedup();
    kinds
}

fn body_at(path: &str, body: &str) -> Vec<DisclosedItem> {
    let answer = Answer {
        path,
        status: 200,
        headers: vec![],
        body: body.as_bytes(),
    };
    in_answer(&answer, &known()).items
}

fn body(body: &str) -> Vec<Disclosed> {
    kinds(&body_at("/", body))
}

fn header(name: &str, value: &str) -> Vec<Disclosed> {
    let answer = Answer {
        path: "/",
        status: 200,
        headers: vec![(name, value.as_bytes())],
        body: b"",
    };
    kinds(&in_answer(&answer, &known()).items)
}

#[test]
fn what_the_manifest_names_is_found_wherever_it_stands() {
    use Disclosed::*;
    for (text, what) in [
        ("<p>Serial number HH2-000417</p>", SerialNumber),
        ("{\"id\":\"hh2-000417\"}", SerialNumber),
        ("<td>02:00:5E:10:00:01</td>", MacAddress),
        ("hub-02005e100001.local", MacAddress),
        ("0200.5e10.0001", MacAddress),
        ("02-00-5e-10-00-01", MacAddress),
        ("<b>Firmware</b> v2.4.1", FirmwareVersion),
        ("<p>Firmware: 2.4.1</p>", FirmwareVersion),
        ("var p = 'quay&lantern-47-mist';", DeclaredSecret),
        ("<input value=\"quay&amp;lantern-47-mist\">", DeclaredSecret),
        // Base64.
        (
            "{\"auth\":\"cXVheSZsYW50ZXJuLTQ3LW1pc3Q=\"}",
            DeclaredSecret,
        ),
    ] {
        assert_eq!(body(text), [what], "{text}");
    }
}

#[test]
fn what_only_looks_like_it_is_not_found() {
    for text in [
        "HH2-0004171",
        "XHH2-000417",
        // A fingerprint.
        "aa:02:00:5e:10:00:01:bb",
        "002005e100001",
        "<script src=\"/js/jquery-2.4.1.min.js\"></script>",
        "/* firmware of bootstrap 12.4.1 */",
        "firmware 2.4.1.9",
        "version 2.4.1",
        "quay",
        "QUAY&LANTERN-47-MIST",
        "HARBOURMASTER",
    ] {
        assert_eq!(body(text), [], "{text}");
    }
}

#[test]
fn the_value_of_a_secret_is_never_repeated() {
    for text in [
        "quay&lantern-47-mist",
        "{\"wifi\":{\"psk\":\"correct-horse-9\"}}",
        "{\"password\":\"$6$saltsalt$abcdefghijklmnop\"}",
        "root:$6$saltsalt$abcdefghijklmnop:19000::",
        &format!("-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----\n"),
    ] {
        let items = body_at("/", text);
        assert_eq!(items.len(), 1, "{text}: {items:?}");
        for part in ["lantern", "horse", "salt", "MC4C"] {
            assert!(!items[0].excerpt.contains(part), "{:?}", items[0]);
        }
    }
    assert_eq!(
        body_at("/", "quay&lantern-47-mist")[0].excerpt,
        "{{secret:owner-web}}"
    );
}

#[test]
fn keys_and_hashes_are_told_by_their_form() {
    use Disclosed::*;
    for (text, what) in [
        (
            format!(
                "-----BEGIN RSA PRIVATE KEY-----\r\nProc-Type: 4,ENCRYPTED\r\n\r\n{KEY}\r\n-----END RSA"
            ),
            PrivateKey,
        ),
        (
            format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY}\n"),
            PrivateKey,
        ),
        (
            format!("{{\"key\":\"-----BEGIN EC PRIVATE KEY-----\\n{KEY}\\n\"}}"),
            PrivateKey,
        ),
        (
            "root:$1$abc$x:0:0:root:/root:/bin/sh".to_owned(),
            PasswordHash,
        ),
        ("root:x:0:0:root:/root:/bin/ash\n".to_owned(), PrivateFile),
    ] {
        assert_eq!(body(&text), [what], "{text}");
    }
    for text in [
        format!("-----BEGIN CERTIFICATE-----\n{KEY}\n-----END CERTIFICATE-----"),
        format!("-----BEGIN PUBLIC KEY-----\n{KEY}\n"),
        "Paste your key, from -----BEGIN PRIVATE KEY----- to -----END PRIVATE KEY-----".to_owned(),
        "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----".to_owned(),
        format!("-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n{KEY}"),
        "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqG...\n-----END".to_owned(),
        "the user root:x is locked".to_owned(),
    ] {
        assert_eq!(body(&text), [], "{text}");
    }
}

#[test]
fn fields_are_told_by_their_names() {
    use Disclosed::*;
    for (text, what) in [
        (r#"{"wifi":{"ssid":"quayside"}}"#, vec![WifiName]),
        (
            r#"{"wlan":[{"WPA-PSK":"correct-horse-9"}]}"#,
            vec![Password],
        ),
        (
            r#"{"net":{"gateway":"10.0.0.1","ip":"192.168.7.10"}}"#,
            vec![InternalAddress],
        ),
        (r#"{"dns":"fd12::1"}"#, vec![InternalAddress]),
        (r#"{"user":"harbourmaster"}"#, vec![UserName]),
        (r#"{"serialNumber":"C0FFEE0042"}"#, vec![SerialNumber]),
        (r#"{"mac":"b8:27:eb:01:02:03"}"#, vec![MacAddress]),
        (r#"{"version":"2.4.1"}"#, vec![FirmwareVersion]),
        (r#"{"fw_version":"9.9"}"#, vec![FirmwareVersion]),
        (
            "<root><serialNumber>C0FFEE0042</serialNumber></root>",
            vec![SerialNumber],
        ),
        ("wpa_passphrase=correct-horse-9\n", vec![Password]),
        ("ssid = quayside\nmode: ap\n", vec![WifiName]),
    ] {
        assert_eq!(body(text), what, "{text}");
    }
}

#[test]
fn labels_examples_and_blanks_are_no_values() {
    for text in [
        r#"{"password":"Passwort","ssid":"Network name (SSID)","serial":"Seriennummer"}"#,
        r#"{"password":"Please enter 8 characters"}"#,
        r#"{"password":"********","psk":"","token":"8f3a9c"}"#,
        r#"{"password":null,"psk":true,"passwd":"${PSK}"}"#,
        r#"{"reset_password":"/account/reset-1"}"#,
        r#"{"wifi_password":"WLAN-Passwort","login":{"password":"Geräte-Passwort"}}"#,
        r#"{"wifi_password":"Wachtwoord/code","psk":"Mot_de_passe.Wi-Fi"}"#,
        r#"{"mac":"00:11:22:33:44:55","bssid":"ff:ff:ff:ff:ff:ff"}"#,
        r#"{"mac":"00:00:00:00:00:00","serial":"00000000"}"#,
        r#"{"ip":"192.168.7.10","client_ip":"10.0.0.77","server":"8.8.8.8"}"#,
        r#"{"user":"admin","version":"1.0"}"#,
        // A page for people.
        "<!doctype html><html><body><p>SSID: quayside</p><p>password: hunter-22</p></body></html>",
        "ssid quayside",
        "#!/bin/sh\nif (password == hunter-22) {",
    ] {
        assert_eq!(body(text), [], "{text}");
    }
}

#[test]
fn errors_listings_and_insides_are_told_by_who_wrote_them() {
    use Disclosed::*;
    for (text, what) in [
        (
            "Traceback (most recent call last):\n  File \"/srv/app.py\", line 3, in f\nKeyError: 1\n",
            ErrorDetails,
        ),
        (
            "<pre>Traceback (most recent call last):\n  File &quot;/srv/app.py&quot;, line 3</pre>",
            ErrorDetails,
        ),
        (
            "<b>Fatal error</b>:  Uncaught Error in <b>/www/a.php</b> on line <b>3</b>",
            ErrorDetails,
        ),
        (
            "java.lang.NullPointerException\n\tat com.acme.Web.get(Web.java:41)\n",
            ErrorDetails,
        ),
        ("Error: x\n    at get (/app/server.js:12:5)\n", ErrorDetails),
        ("goroutine 1 [running]:\nmain.main()\n", ErrorDetails),
        (
            "/usr/lib/lua/luci/dispatcher.lua:10: x\nstack traceback:\n\t[C]: in function 'error'\n\t/usr/lib/lua/a.lua:3",
            ErrorDetails,
        ),
        // nginx 1.22, lighttpd 1.4.69, python3 -m http.server.
        (
            "<html>\r\n<head><title>Index of /api/</title></head>\r\n<body>\r\n<h1>Index of /api/</h1><hr><pre><a href=\"../\">../</a>",
            DirectoryListing,
        ),
        (
            "<!DOCTYPE html>\n<html>\n<head>\n<title>Index of /</title>\n<style>a{}</style>\n</head><body><h2>Index of /</h2><a href=\"x/\">x</a>",
            DirectoryListing,
        ),
        (
            "<title>Directory listing for /</title><li><a href=\"a\">a</a>",
            DirectoryListing,
        ),
        (
            "<title>PHP 8.2.7 - phpinfo()</title><h1>PHP Version 8.2.7</h1>",
            ServerInternals,
        ),
        ("<title>Apache Status</title>", ServerInternals),
        (
            "Active connections: 1 \nserver accepts handled requests\n 16 16 16 \n",
            ServerInternals,
        ),
    ] {
        assert_eq!(body(text), [what], "{text}");
    }
    for text in [
        "<h1>500 Internal Server Error</h1>",
        "<title>404 Not Found</title>",
        "Index of refraction",
        "<title>Index of /</title>",
        "Traceback (most recent call last):",
        "Please send the stack trace to support.",
        "We look at home.java: it is an island.",
    ] {
        assert_eq!(body(text), [], "{text}");
    }
}

#[test]
fn files_count_only_as_a_whole_and_at_their_own_place() {
    let told = |path, text| kinds(&body_at(path, text));
    assert_eq!(
        told("/.git/HEAD", "ref: refs/heads/main\n"),
        [Disclosed::PrivateFile]
    );
    assert_eq!(
        told("/.env", "# x\nPORT=80\nexport DEBUG=1\n"),
        [Disclosed::PrivateFile]
    );
    assert_eq!(told("/", "ref: refs/heads/main\n"), []);
    for (path, text) in [
        ("/.git/HEAD", "<html>ref: refs/heads/main</html>"),
        ("/.git/HEAD", ""),
        ("/.env", ""),
        ("/.env", "# nothing\n"),
        ("/.env", "<!doctype html>\n<a b=c>\n"),
        ("/.env", "not found"),
        ("/.env", "error=404\n"),
    ] {
        assert_eq!(told(path, text), [], "{path} {text}");
    }
}

#[test]
fn headers_and_banners_name_software_by_its_version() {
    use Disclosed::*;
    assert_eq!(header("server", "nginx/1.22.1"), [SoftwareVersion]);
    assert_eq!(header("x-powered-by", "PHP/7.4.3"), [SoftwareVersion]);
    assert_eq!(
        header("location", "https://10.1.2.3/login"),
        [InternalAddress]
    );
    assert_eq!(header("server", "Acme 10.4.2.17 (hub)"), [SoftwareVersion]);
    assert_eq!(header("x-device", "HH2-000417"), [SerialNumber]);
    for (name, value) in [
        ("server", "nginx"),
        ("server", "IPCAM-2"),
        ("content-type", "application/soap+xml;v=1.2"),
        ("location", "http://192.168.7.10/login"),
        ("location", "/login?v=1.22.1"),
        ("x-version", "10.4.2.17"),
        ("x-agent", "acme/10.4.2.17"),
        ("x-software", "v10.4.2.17"),
    ] {
        assert_eq!(header(name, value), [], "{name}: {value}");
    }
    assert_eq!(
        body("<meta name=\"generator\" content=\"WordPress 6.1\">"),
        [SoftwareVersion]
    );
    assert_eq!(body("<meta name=\"generator\" content=\"Hand\">"), []);
    let banner = |text, product| kinds(&in_banner(text, product, &known()));
    assert_eq!(
        banner("SSH-2.0-dropbear_2022.83", Some("dropbear_2022.83")),
        [SoftwareVersion]
    );
    assert_eq!(banner("220 HH2-000417 ready", None), [SerialNumber]);
    assert_eq!(banner("Harbour Hub\\r\\nlogin: ", Some("hub")), []);
    // What was escaped is no letter beside a serial number.
    for before in ["\\r\\n", "\\t", "\\x0a", "\\u{7f}", "\\\\", "\\u{"] {
        let text = format!("220-hello{before}HH2-000417\\r\\n");
        let told = kinds(&in_banner(&text, None, &known()));
        assert_eq!(told, [SerialNumber], "{text}");
    }
    assert_eq!(banner("220 XHH2-000417 ready", None), []);
}

#[test]
fn a_secret_of_a_run_that_was_read_back_stands_as_its_placeholder() {
    let device = dut::parse(MANIFEST, "x", Path::new("."), &|_| None, false).unwrap();
    let known = Known::in_run(&device);
    let banner = |text| kinds(&in_banner(text, None, &known));
    let told = banner("the password is {{secret:owner-web}}");
    assert_eq!(told, [Disclosed::DeclaredSecret]);
    // A short one may be a word of any banner.
    assert_eq!(banner("welcome to {{secret:owner-web}}"), []);
}

#[test]
fn a_path_with_a_secret_is_recognised() {
    assert!(known().has_secret(b"/?p=quay%26lantern-47-mist"));
    assert!(!known().has_secret(b"/?p=1"));
}

#[test]
fn what_is_found_is_located_and_bounded() {
    let items = body_at("/", "<p>HH2-000417</p>");
    assert_eq!(
        (items[0].offset, items[0].excerpt.as_str()),
        (Some(3), "HH2-000417")
    );
    let both = body_at("/", "{\"firmware\":\"2.4.1\"}");
    assert_eq!(both.len(), 1, "{both:?}");
    let many: Vec<String> = (0..50)
        .map(|n| format!("\"wifi{n}ssid\":\"net{n}\""))
        .collect();
    assert_eq!(body_at("/", &format!("{{{}}}", many.join(","))).len(), MOST);
}

#[test]
fn a_coded_body_is_decoded_or_unread() {
    let told = |coding: &'static str, body: &[u8]| {
        let headers = vec![("content-encoding", coding.as_bytes())];
        let (path, status) = ("/", 200);
        let read = in_answer(
            &Answer {
                path,
                status,
                headers,
                body,
            },
            &known(),
        );
        (kinds(&read.items), read.unread)
    };
    let text = b"{\"serial\":\"HH2-000417\"}";
    let coded = miniz_oxide::deflate::compress_to_vec_zlib(text, 6);
    assert_eq!(
        told("deflate", &coded),
        (vec![Disclosed::SerialNumber], None)
    );
    assert_eq!(told("br", &coded), (vec![], Some(Unread::Coding)));
}

#[test]
fn scripts_and_foreign_characters_hide_no_fields() {
    use Disclosed::*;
    let psk = "\"wifiPsk\":\"correct-horse-9\"";
    let told = |text: &[u8]| {
        let (path, status, headers) = ("/", 200, vec![]);
        let body = text;
        let read = in_answer(
            &Answer {
                path,
                status,
                headers,
                body,
            },
            &known(),
        );
        (kinds(&read.items), read.unread)
    };
    for text in [
        format!("var cfg = {{{psk}}};"),
        format!(")]}}'\n{{{psk}}}"),
        format!("while(1);{{{psk},}}"),
        format!("{{\"a\":\",}}\",{psk} , }}"),
        format!("callback([{{{psk}}},]);"),
        format!("window.a = 1;\nwindow.b = {{{psk}}};\nstart();"),
        "const c={wifiPsk:'correct-horse-9',on:go()}".to_owned(),
    ] {
        assert_eq!(told(text.as_bytes()), (vec![Password], None), "{text}");
    }
    let latin: Vec<u8> = [b"{\"name\":\"T\xfcr\",", psk.as_bytes(), b"}"].concat();
    assert_eq!(told(&latin), (vec![Password], None));
    let wide: Vec<u8> = format!("{{{psk}}}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(told(&wide), (vec![Password], None));
    // In code, a name beside a word is no setting.
    let code = "a={ssid:'wlan',password:'#pw-input',host:'10.0.0.1'};f(a)";
    assert_eq!(told(code.as_bytes()), (vec![], None));
}

#[test]
fn json_that_cannot_be_read_is_unread() {
    let told = |content_type: &'static str, body: &[u8]| {
        let headers = vec![("content-type", content_type.as_bytes())];
        let (path, status) = ("/", 200);
        in_answer(
            &Answer {
                path,
                status,
                headers,
                body,
            },
            &known(),
        )
        .unread
    };
    for (content_type, text) in [
        ("application/json", &b"\x82\x01\x02"[..]),
        ("text/plain", b"{\x01\x02\x00\x07"),
        ("text/xml", b"<a>\0b\0</a>"),
        ("application/json", b"{secret stuff}"),
    ] {
        let why = told(content_type, text);
        assert_eq!(why, Some(Unread::Form), "{}", shown(text, 99));
    }
    for (content_type, text) in [
        ("application/json", &b"{}"[..]),
        ("application/json", b"Not found"),
        ("application/json", b""),
        ("text/html", b"\0\x01"),
        ("image/png", b"\x89PNG\0\x01"),
        ("text/css", b"{color}"),
    ] {
        let why = told(content_type, text);
        assert_eq!(why, None, "{}", shown(text, 99));
    }
}

#[test]
fn what_the_manifest_names_is_found_where_it_stands_escaped() {
    use Disclosed::*;
    for (text, what) in [
        ("<p>&#72;&#72;2-000417</p>", SerialNumber),
        ("<p>HH2&#x2d;000417</p>", SerialNumber),
        ("x = '\\u0048H2-000417'", SerialNumber),
        ("<p>02&colon;00&#58;5e&#58;10&#58;00&#58;01", MacAddress),
        ("<p>quay&#38;lantern-47-mis&#116;</p>", DeclaredSecret),
    ] {
        assert_eq!(body(text), [what], "{text}");
    }
}

#[test]
fn an_error_page_is_no_file() {
    let told = |status| {
        let (path, headers, body) = ("/.env", vec![], &b"ERROR=404\n"[..]);
        let answer = Answer {
            path,
            status,
            headers,
            body,
        };
        kinds(&in_answer(&answer, &known()).items)
    };
    assert_eq!(told(200), [Disclosed::PrivateFile]);
    assert_eq!(told(404), []);
}

#[test]
fn the_address_of_whoever_asks_gives_nothing_away() {
    let told = |known: &Known| {
        let (path, status, body) = ("/", 200, &b"{\"ip\":\"10.9.8.7\"}"[..]);
        let headers = vec![("x-client", &b"10.9.8.7"[..])];
        let answer = Answer {
            path,
            status,
            headers,
            body,
        };
        kinds(&in_answer(&answer, known).items)
    };
    assert_eq!(told(&known()), [Disclosed::InternalAddress]);
    let asker = "10.9.8.7".parse().ok();
    assert_eq!(told(&known().asked_from(asker)), []);
}
