//! Printer Job Language (HP, PJL Technical Reference Manual, "Status readback commands"): `INFO ID`.
//!
//! A raw print port prints what it does not understand, an HTTP request as well. A printer with PJL reads this and
//! prints nothing; one without may print one line. Therefore it is the only question at such a port, and the last.

use super::super::question::Question;
use super::read::{behind, product};
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "pjl-info-id",
    protocol: Protocol::Pjl,
    usual: &[],
    inside: false,
    says: &[b"\x1b%-12345X@PJL INFO ID\r\n\x1b%-12345X"],
    tell,
};

fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let id = bytes.strip_prefix(b"@PJL INFO ID\r\n")?;
    let name = behind(id, b"\"").and_then(|id| id.split(|byte| *byte == b'"').next());
    Some(name.and_then(product))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_printer_says_its_name() {
        let answer = b"@PJL INFO ID\r\n\"HP LaserJet 4200\"\r\n\x0c";
        assert_eq!(tell(answer), Some(Some("HP LaserJet 4200".to_owned())));
        assert_eq!(tell(b"@PJL INFO ID\r\n?\r\n\x0c"), Some(None));
        assert_eq!(tell(QUESTION.says[0]), None);
    }
}
