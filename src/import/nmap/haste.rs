//! Options of nmap that make a scan show less than it seems to: it gives up early, leaves ports out, or asks in a way
//! that a device may not answer at an open port.
//!
//! Some options sound like it and are harmless: `--host-timeout` shows in the host that timed out, `-T4` waits long
//! enough on a test network, and `--max-rate`, `--scan-delay` and `--min-rtt-timeout` only make a scan slower.

const EARLY: &str = "gives up on silent ports early";
const LOST: &str = "goes on although answers are lost";
const REFUSAL: &str = "takes a refusal that did not come for none";
const ODD: &str = "asks with packets that a device may drop at an open port";
const ELSEWHERE: &str = "asks in somebody else's name, who may get the answers";

/// nmap takes each with one dash or two, with `_` for `-`, and cut to any beginning that is unambiguous.
const LONG: [(&str, &str); 21] = [
    ("open", "leaves out what is not open"),
    ("defeat-rst-ratelimit", REFUSAL),
    ("defeat-icmp-ratelimit", REFUSAL),
    ("max-retries", EARLY),
    ("max-rtt-timeout", EARLY),
    ("initial-rtt-timeout", EARLY),
    ("min-rate", LOST),
    ("min-parallelism", LOST),
    ("max-scan-delay", LOST),
    ("nogcc", LOST),
    ("badsum", ODD),
    ("ttl", ODD),
    ("mtu", ODD),
    ("ff", ODD),
    ("ip-options", ODD),
    ("data-length", ODD),
    ("data-string", ODD),
    ("scanflags", ODD),
    ("spoof-mac", ELSEWHERE),
    ("proxies", "asks through somebody else"),
    ("proxy", "asks through somebody else"),
];

/// Options of one letter that take no value, so that others may follow them in one word: `-nf`.
const BARE: &str = "46AFInqRrVh";

/// The first option that makes a scan less than complete, and why.
pub(super) fn haste(args: &str) -> Option<(&str, &'static str)> {
    let mut words = args.split_ascii_whitespace().skip(1).peekable();
    while let Some(word) = words.next() {
        let next = words.peek().copied();
        let name = word.trim_start_matches('-');
        let why = match word.len() - name.len() {
            0 => None,
            1 => long(name, next).or_else(|| short(name, next)),
            _ => long(name, next),
        };
        if let Some(why) = why {
            return Some((word, why));
        }
    }
    None
}

fn long(option: &str, next: Option<&str>) -> Option<&'static str> {
    let (name, value) = match option.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (option, next),
    };
    let name = name.replace('_', "-");
    if name == "timing" {
        return insane(value);
    }
    // Two letters at least: `-o` begins `-oX`.
    let matched = LONG
        .iter()
        .find(|(option, _)| name.len() > 1 && option.starts_with(&name));
    matched.map(|(_, why)| *why)
}

/// Letters in one word; the first that takes a value ends them.
fn short(letters: &str, next: Option<&str>) -> Option<&'static str> {
    let letter = letters.trim_start_matches(|letter| BARE.contains(letter));
    let mut rest = letter.chars();
    match rest.next()? {
        'T' if rest.as_str().is_empty() => insane(next),
        'T' => insane(Some(rest.as_str())),
        'S' => Some(ELSEWHERE),
        'D' => Some("asks in other names as well, which turns a device away sooner"),
        // `-fuzzy` is another word for `--osscan-guess`.
        'f' if letters != "fuzzy" => Some(ODD),
        _ => None,
    }
}

fn insane(level: Option<&str>) -> Option<&'static str> {
    let level = level?.to_ascii_lowercase();
    matches!(level.as_str(), "5" | "insane").then_some(EARLY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(options: &str) -> Option<String> {
        let args = format!("nmap -n -Pn -sS -p- {options} -oX scan.xml 192.0.2.1");
        haste(&args).map(|(word, _)| word.to_owned())
    }

    #[test]
    fn what_makes_a_scan_blind_or_hasty_is_named() {
        for options in [
            "--open",
            "--max-retries 1",
            "--max-rtt-timeout 1ms",
            "--max-rtt 2ms",
            "--max_rtt_timeout=1ms",
            "--initial-rtt-timeout 1ms",
            "-initial-rtt 1ms",
            "--min-rate 5000",
            "--min-parallelism 900",
            "--max-scan-delay 0",
            "--nogcc",
            "--badsum",
            "--ttl 1",
            "--ttl=1",
            "-f",
            "-ff",
            "-nf",
            "--ff",
            "--mtu 8",
            "--ip-options R",
            "--data 0x00",
            "--data-length 900",
            "--data-string x",
            "--scanflags FIN",
            "-S 192.0.2.9",
            "-S192.0.2.9",
            "-D RND:10",
            "-DRND:10",
            "--spoof-mac 0",
            "--proxies http://192.0.2.9:3128",
            "--proxy http://192.0.2.9:3128",
            "-T5",
            "-nT5",
            "-T insane",
            "--timing 5",
            "--timing=insane",
        ] {
            let word = options.split(' ').next().map(str::to_owned);
            assert_eq!(refused(options), word, "{options}");
        }
    }

    #[test]
    fn what_is_harmless_is_taken() {
        for options in [
            "-T4 -A -O -d -v -sV -sC -6 -e eth0 -F",
            "-T 4 --reason --osscan-guess --fuzzy -fuzzy --disable-arp-ping -PS80 -PE",
            "--timing 3 --host-timeout 30m --max-rate 500 --min-rtt-timeout 100ms",
            "--scan-delay 5ms --max-parallelism 10 --min-hostgroup 1 --version-intensity 9",
            "--datadir /usr/share/nmap --traceroute --privileged --send-eth -oA f -oN D",
            "--script default --stats-every 5s --packet-trace --dns-servers 192.0.2.53",
        ] {
            assert_eq!(refused(options), None, "{options}");
        }
    }
}
