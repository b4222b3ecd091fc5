//! OpenOCD's Tcl server (OpenOCD User's Guide, "Tcl Scripting API"): commands and answers end with 0x1a. Its Telnet
//! server says who it is when somebody connects.

use super::super::question::Question;
use super::read::product;
use crate::observation::Protocol;

const NAME: &str = "Open On-Chip Debugger";

pub(in super::super) const QUESTION: Question = Question {
    word: "openocd-version",
    protocol: Protocol::Openocd,
    usual: &[6666],
    inside: false,
    says: &[b"version\x1a"],
    tell,
};

/// Its name, and the version behind it.
pub(in super::super) fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]);
    let line = text.lines().find(|line| line.contains(NAME))?;
    let named = &line[line.find(NAME)?..];
    Some(product(named.trim_end_matches('\x1a').as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_servers_name_themselves() {
        let tcl = b"Open On-Chip Debugger 0.12.0\x1a";
        assert_eq!(
            tell(tcl),
            Some(Some("Open On-Chip Debugger 0.12.0".to_owned()))
        );
        let telnet = b"\xff\xfb\x03\xff\xfb\x01\xff\xfd\x01Open On-Chip Debugger\r\n\r> ";
        assert_eq!(tell(telnet), Some(Some(NAME.to_owned())));
        assert_eq!(tell(b"invalid command name\x1a"), None);
    }
}
