//! Topic filters of MQTT (5, section 4.7; 3.1.1 has the same rules).

/// The longest, in bytes. MQTT takes 65,535; nobody writes them by hand.
const LONGEST: usize = 256;

/// Whether a broker may be asked for it: a wildcard fills a whole level, and `#` the last one.
pub(super) fn is_topic_filter(topic: &str) -> bool {
    let mut levels = topic.split('/').peekable();
    let mut fit = !topic.is_empty() && topic.len() <= LONGEST && !topic.contains(char::is_control);
    while let Some(level) = levels.next() {
        fit &= match level {
            "#" => levels.peek().is_none(),
            "+" => true,
            other => !other.contains(['#', '+']),
        };
    }
    fit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_fills_its_level() {
        for filter in ["#", "+", "home/#", "+/state", "/a//b", "$SYS/#", "a b"] {
            assert!(is_topic_filter(filter), "{filter}");
        }
        let long = "a".repeat(LONGEST + 1);
        for filter in ["", "#/a", "a#", "a/b+", "a/#/b", "a\0", &long] {
            assert!(!is_topic_filter(filter), "{filter}");
        }
    }
}
