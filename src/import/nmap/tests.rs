//! The fixtures are nmap's own; `lab/fixtures/nmap/make.sh` made them.

use super::*;
use crate::observation::{PortProof, PortState};

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!("../../../lab/fixtures/nmap/", $name, ".xml"))
    };
}

const COMPLETE: &str = fixture!("complete");

/// What the file says of an address, or why it does not count.
fn ports(text: &str, ip: &str) -> Result<ImportedPorts, String> {
    assert!(is_nmap(text));
    read(text)?.ports(ip.parse().unwrap(), "inputs/01-scan.xml")
}

fn open(text: &str, ip: &str) -> Vec<u16> {
    let ports = ports(text, ip).unwrap();
    ports.open.iter().map(|open| open.port).collect()
}

#[test]
fn a_complete_scan_counts() {
    let ports = ports(COMPLETE, "127.78.0.10").unwrap();
    assert_eq!(ports.tool, "nmap 7.93");
    assert_eq!(ports.scan, "connect");
    assert!(
        ports.args.ends_with("-sT -sV -p- 127.78.0.10"),
        "{}",
        ports.args
    );
    assert!(ports.scanned_at.is_some());
    assert_eq!((ports.first, ports.last), (1, 65_535));
    let [http] = &ports.open[..] else { panic!() };
    assert_eq!((http.port, http.speaks.as_deref()), (80, Some("http")));
}

#[test]
fn what_was_asked_comes_with_its_product() {
    let product = |text| ports(text, "127.78.0.10").unwrap().open[0].product.clone();
    assert_eq!(product(COMPLETE).as_deref(), Some("harbour-httpd/2.4"));
    let version = COMPLETE.replace("product=\"", "version=\"9&lt;\u{202e}\" product=\"");
    let shown = product(&version);
    assert_eq!(shown.as_deref(), Some("harbour-httpd/2.4 9<\\u{202e}"));
    let guessed = COMPLETE.replace("method=\"probed\"", "method=\"table\"");
    assert_eq!(product(&guessed), None);
}

#[test]
fn a_scan_has_a_state_for_every_port() {
    use PortState::{Closed, Open, Silent};
    let device = "127.78.0.10".parse().unwrap();
    let spans = |text: &str| -> Vec<(u16, u16, PortState)> {
        let spans = read(text).unwrap().spans(device).unwrap();
        assert!(
            spans
                .iter()
                .all(|it| (it.proof, it.asked) == (PortProof::Imported, 0))
        );
        spans
            .iter()
            .map(|it| (it.first, it.last, it.state))
            .collect()
    };
    let open = (80, 80, Open);
    assert_eq!(
        spans(COMPLETE),
        [(1, 79, Closed), open, (81, 65_535, Closed)]
    );
    assert_eq!(spans(fixture!("nothing-open")), [(1, 65_535, Closed)]);
    let filtered = COMPLETE.replace("state=\"closed\"", "state=\"filtered\"");
    assert_eq!(
        spans(&filtered),
        [(1, 79, Silent), open, (81, 65_535, Silent)]
    );
    // An old version says how many, and not which.
    let untold = |text: &str| text.replace(" ports=\"1-79,81-65535\"", "");
    assert_eq!(
        spans(&untold(COMPLETE)),
        [(1, 79, Closed), open, (81, 65_535, Closed)]
    );
    let both = COMPLETE.replace(
        "<extraports state=\"closed\" count=\"65534\">",
        "<extraports state=\"filtered\" count=\"10\"><extrareasons reason=\"no-response\" count=\"10\" proto=\"tcp\" ports=\"1-10\"/></extraports><extraports state=\"closed\" count=\"65524\">",
    );
    let told = both.replace("\"1-79,81-65535\"", "\"11-79,81-65535\"");
    assert_eq!(
        spans(&told),
        [
            (1, 10, Silent),
            (11, 79, Closed),
            open,
            (81, 65_535, Closed)
        ]
    );
    assert_eq!(
        spans(&untold(&both)),
        [(1, 79, Silent), open, (81, 65_535, Silent)]
    );
    // The same ports again and again are not painted again and again.
    let again = COMPLETE.replace(
        "1-79,81-65535\"/>",
        &format!("1-79,81-65535{}\"/>", ",1-65535".repeat(200_000)),
    );
    assert_eq!(spans(&again), [(1, 79, Closed), open, (81, 65_535, Closed)]);
    let backwards = COMPLETE.replace("\"1-79,81-65535\"", "\"79-1,65535-81\"");
    assert_eq!(
        spans(&backwards),
        [(1, 79, Closed), open, (81, 65_535, Closed)]
    );
    assert!(
        read(COMPLETE)
            .unwrap()
            .spans("127.78.0.11".parse().unwrap())
            .is_err()
    );
}

#[test]
fn a_guess_from_the_port_number_is_no_service() {
    let ports = ports(fixture!("undeclared"), "127.78.0.10").unwrap();
    assert!(ports.open.iter().all(|open| open.speaks.is_none()));
}

#[test]
fn each_host_is_its_own() {
    let two = fixture!("two-hosts");
    assert_eq!(open(two, "127.78.0.10"), [80]);
    assert_eq!(open(two, "127.78.0.11"), [80, 4444]);
    assert_eq!(open(fixture!("ipv6"), "::1"), [80]);
    assert_eq!(open(fixture!("nothing-open"), "127.78.0.10"), [0; 0]);
    let scan = read(COMPLETE).unwrap();
    assert!(!scan.names("127.78.0.11".parse().unwrap()));
}

#[test]
fn what_shows_less_than_it_seems_is_refused() {
    let why = |text, ip| ports(text, ip).unwrap_err();
    let device = "127.78.0.10";
    for (text, ip, expected) in [
        (fixture!("killed"), device, "it ends in the middle"),
        (fixture!("interrupted"), device, "it ends in the middle"),
        (
            fixture!("open-only"),
            "127.78.0.10",
            "`--open`, which leaves out",
        ),
        (fixture!("host-timeout"), device, "the host timed out"),
        (
            fixture!("narrow"),
            device,
            "it covers TCP ports 1-1024, not 1-65535",
        ),
        (fixture!("udp"), device, "does not say which TCP ports"),
        (fixture!("fin"), device, "a `fin` scan does not tell"),
        (fixture!("min-rate"), device, "`--min-rate`, which goes on"),
        (
            fixture!("max-retries"),
            device,
            "`--max-retries`, which gives up",
        ),
        (
            fixture!("defeat"),
            device,
            "`--defeat-rst-ratelimit`, which takes",
        ),
        // An idle scan does not even say what it asked.
        (
            fixture!("idle"),
            "10.78.0.3",
            "does not say which TCP ports",
        ),
        (COMPLETE, "127.78.0.11", "more than once or not at all"),
    ] {
        let why = why(text, ip);
        assert!(why.contains(expected), "{why} does not say {expected}");
    }
}

/// The complete scan with one place changed.
fn changed(from: &str, to: &str) -> Result<ImportedPorts, String> {
    let text = COMPLETE.replace(from, to);
    assert_ne!(text, COMPLETE, "{from} is not in the fixture");
    ports(&text, "127.78.0.10")
}

#[test]
fn every_rule_is_one_change_away() {
    let closed = r#"extraports state="closed""#;
    let reasons =
        r#"<extrareasons reason="conn-refused" count="65534" proto="tcp" ports="1-79,81-65535"/>"#;
    for (from, to, expected) in [
        (
            r#"exit="success""#,
            r#"exit="error" errormsg="x""#,
            "ended with `error`",
        ),
        (r#"exit="success""#, "", "it has no `finished`"),
        (r#"scanner="nmap""#, r#"scanner="masscan""#, "not by nmap"),
        (
            r#"count="65534""#,
            r#"count="65533""#,
            "accounts for 65534 of 65535 ports",
        ),
        (
            r#"numservices="65535""#,
            r#"numservices="-1""#,
            "`numservices` is no number",
        ),
        (r#"type="connect""#, r#"type="ack""#, "a `ack` scan"),
        (r#"1-65535"/>"#, r#"1-79,81-65535"/>"#, "not 1-65535"),
        (r#"1-65535"/>"#, r#"2-65535"/>"#, "not 1-65535"),
        (r#"1-65535"/>"#, r#""/>"#, "not 1-65535"),
        (
            closed,
            r#"extraports state="open|filtered""#,
            "leaves open whether",
        ),
        (
            closed,
            r#"extraports state="unfiltered""#,
            "leaves open whether",
        ),
        (
            r#"state state="open""#,
            r#"state state="open|filtered""#,
            "leaves open whether",
        ),
        (
            r#"<state state="open" reason="syn-ack" reason_ttl="0"/>"#,
            "",
            "leaves open whether",
        ),
        (
            r#"<host start"#,
            r#"<host timedout="true" start"#,
            "the host timed out",
        ),
        (
            "</nmaprun>",
            "</nmaprun><nmaprun/>",
            "an element where none belongs",
        ),
        ("</nmaprun>", "", "it ends in the middle"),
        ("</ports>", "</port>", "no well-formed XML"),
        ("-p- ", "-p- -open ", "`-open`"),
        ("-p- ", "-p- --max_retries=1 ", "`--max_retries=1`"),
        ("-p- ", "-p- --min-ra 9 ", "`--min-ra`"),
        ("-p- ", "-p- -T5 ", "`-T5`"),
        ("-p- ", "-p- -T insane ", "`-T`"),
        ("7.93", "&lol;", "no well-formed XML"),
    ] {
        let why = changed(from, to).unwrap_err();
        assert!(
            why.contains(expected),
            "{from} → {to}: {why} does not say {expected}"
        );
    }
    // Where the protocol of the rest is not told, it may be TCP.
    let untold = r#"extraports state="open|filtered" count="65534">"#;
    let text = COMPLETE
        .replace(reasons, "")
        .replace(r#"extraports state="closed" count="65534">"#, untold);
    assert!(
        ports(&text, "127.78.0.10")
            .unwrap_err()
            .contains("leaves open whether")
    );
}

#[test]
fn what_changes_nothing_is_accepted() {
    for (from, to) in [
        (
            r#"extraports state="closed""#,
            r#"extraports state="closed|filtered""#,
        ),
        (
            r#"extraports state="closed""#,
            r#"extraports state="filtered""#,
        ),
        (r#"1-65535"/>"#, r#"1,2-100,90-65535"/>"#),
        (
            "-p- ",
            "-p- -T4 -oA open --max-rate 500 --reason --osscan-guess ",
        ),
        (
            "<hostnames>",
            "<hostnames><hostname name=\"&lt;x&gt;\" type=\"PTR\"/>",
        ),
        (
            "<verbose",
            "<taskbegin task=\"x\" time=\"1\"/><hosthint><address addr=\"127.78.0.10\" addrtype=\"ipv4\"/></hosthint><verbose",
        ),
        (
            r#"addrtype="ipv4"/>"#,
            r#"addrtype="ipv4"/><address addr="02:00:5E:10:00:01" addrtype="mac"/>"#,
        ),
    ] {
        let ports = changed(from, to).unwrap_or_else(|why| panic!("{from} → {to}: {why}"));
        assert_eq!(ports.open.len(), 1);
    }
}

#[test]
fn udp_beside_tcp_changes_nothing() {
    let both = COMPLETE
        .replace(
            "<verbose",
            "<scaninfo type=\"udp\" protocol=\"udp\" numservices=\"2\" services=\"1-2\"/><verbose",
        )
        .replace(
            "</extraports>",
            "</extraports><extraports state=\"open|filtered\" count=\"1\"><extrareasons reason=\"no-response\" count=\"1\" proto=\"udp\" ports=\"1\"/></extraports><port protocol=\"udp\" portid=\"2\"><state state=\"open\"/></port>",
        );
    assert_eq!(open(&both, "127.78.0.10"), [80]);
}

#[test]
fn a_port_listed_twice_hides_no_other() {
    let port = r#"<port protocol="tcp" portid="80"><state state="open"/></port>"#;
    let why = changed("</extraports>", &format!("</extraports>{port}")).unwrap_err();
    assert!(why.contains("65536 of 65535"), "{why}");
    let text = COMPLETE
        .replace("</extraports>", &format!("</extraports>{port}"))
        .replace(
            r#"state="closed" count="65534""#,
            r#"state="closed" count="65533""#,
        );
    assert!(ports(&text, "127.78.0.10").unwrap_err().contains("twice"));
}

#[test]
fn a_file_cut_anywhere_never_counts() {
    let end = COMPLETE.rfind("</nmaprun>").unwrap() + "</nmaprun>".len();
    for cut in (0..end).filter(|cut| COMPLETE.is_char_boundary(*cut)) {
        assert!(read(&COMPLETE[..cut]).is_err(), "cut at {cut}");
    }
    assert!(read(&COMPLETE[..end]).is_ok());
}

#[test]
fn bombs_stay_small() {
    let head = COMPLETE.split("<host ").next().unwrap();
    let hosts = format!("{head}{}", "<host/>".repeat(100_000));
    assert!(read(&hosts).unwrap_err().contains("more than 4096 hosts"));
    let port = r#"<port protocol="tcp" portid="1"/>"#;
    let listed = format!("{head}<host><ports>{}", port.repeat(300_000));
    assert!(
        read(&listed)
            .unwrap_err()
            .contains("more than 262144 ports")
    );
    assert!(read(&format!("{head}{}", "<a>".repeat(100_000))).is_err());
    let entities = COMPLETE.replace(
        "<!DOCTYPE nmaprun>",
        "<!DOCTYPE nmaprun [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;\">]>",
    );
    let expanded = entities.replace("7.93", "&b;");
    assert!(read(&expanded).unwrap_err().contains("no well-formed XML"));
}

#[test]
fn what_a_file_says_is_safe_to_show() {
    let ports = changed("-p- ", "-p- &#x1b;[2J\u{202e} ").unwrap();
    assert!(ports.args.contains("\\u{1b}[2J\\u{202e}"), "{}", ports.args);
}
