//! The remote serial protocol of GDB (Debugging with GDB, appendix E), spoken by gdbserver, OpenOCD, QEMU and probes.
//!
//! `qSupported` asks for features and moves nothing. `?` would be as short, but has a target stopped. A connection alone
//! may stop one (OpenOCD halts when a debugger comes) or end the server (`gdbserver --once`): that has happened
//! when the port was swept, whatever is asked afterwards.

use super::super::question::Question;
use crate::observation::Protocol;

pub(in super::super) const QUESTION: Question = Question {
    word: "gdb-qsupported",
    protocol: Protocol::Gdbserver,
    usual: &[1234, 2331, 2345, 3333],
    inside: false,
    says: &[b"+$qSupported#37"],
    tell,
};

/// `$payload#` and the sum of the payload in two hexadecimal digits, after acknowledgements; and no echo.
fn tell(bytes: &[u8]) -> Option<Option<String>> {
    let start = bytes.iter().position(|byte| *byte == b'$')?;
    if !bytes[..start].iter().all(|byte| b"+-".contains(byte)) {
        return None;
    }
    let packet = &bytes[start + 1..];
    let end = packet.iter().position(|byte| *byte == b'#')?;
    let (payload, sum) = (&packet[..end], packet.get(end + 1..end + 3)?);
    let sum = u8::from_str_radix(std::str::from_utf8(sum).ok()?, 16).ok()?;
    let right = payload
        .iter()
        .fold(0u8, |sum, byte| sum.wrapping_add(*byte))
        == sum;
    // A stub that does not know the question says nothing between the marks.
    let answers = payload.is_empty() || payload.windows(11).any(|it| it == b"PacketSize=");
    (right && answers).then_some(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stub_answers_with_its_features_or_with_nothing() {
        // The beginning of what gdbserver 13.1 says, with the sum of that.
        assert_eq!(tell(b"+$PacketSize=47ff;QPassSignals+#86"), Some(None));
        assert_eq!(tell(b"$#00"), Some(None));
        assert_eq!(tell(b"+$PacketSize=47ff;QPassSignals+#87"), None);
        assert_eq!(tell(b"+$qSupported#37"), None);
        assert_eq!(tell(b"hello $#00"), None);
        assert_eq!(tell(b"+$PacketSize=47ff#"), None);
    }
}
