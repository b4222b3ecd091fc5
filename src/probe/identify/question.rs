//! A question to a service that waits to be spoken to, and which of them a port is asked first.

use super::questions::{
    adb, amqp, coap, dns, ethernet_ip, gdb, jdwp, memcached, modbus, opc_ua, openocd, pjl,
    postgresql, rdp, redis, s7, sip, smb, x11,
};
use crate::observation::Protocol;

/// What is said to find out whether a protocol is spoken.
///
/// A question only reads: it changes no setting, logs nobody in, starts and stops nothing that the connection
/// itself does not. Where even that was weighed, its file says so.
#[derive(Debug)]
pub(super) struct Question {
    /// Stands in evidence as what it took to make the service speak.
    pub word: &'static str,
    pub protocol: Protocol,
    /// Where it is usual, and asked first. The number decides nothing else.
    pub usual: &'static [u16],
    /// Whether it makes sense inside TLS.
    pub inside: bool,
    /// What is said, one after the other on one connection, as long as there are answers.
    pub says: &'static [&'static [u8]],
    /// Product and version, where everything that was answered shows the protocol. None: it does not.
    pub tell: fn(&[u8]) -> Option<Option<String>>,
}

/// Raw print ports: whatever is sent there lands on paper, unless it is a question in the printer's own job language.
const PRINTERS: std::ops::RangeInclusive<u16> = 9100..=9107;

/// All of them, those first that are asked of many devices and cost them least. Modbus is last: there are controllers
/// that stop when they are asked what they do not know.
pub(super) const QUESTIONS: &[&Question] = &[
    &redis::QUESTION,
    &amqp::QUESTION,
    &sip::RTSP,
    &adb::QUESTION,
    &gdb::QUESTION,
    &jdwp::QUESTION,
    &openocd::QUESTION,
    &sip::SIP,
    &dns::QUESTION,
    &coap::QUESTION,
    &memcached::QUESTION,
    &postgresql::QUESTION,
    &rdp::QUESTION,
    &smb::QUESTION,
    &opc_ua::QUESTION,
    &ethernet_ip::QUESTION,
    &s7::QUESTION,
    &x11::QUESTION,
    &modbus::QUESTION,
];

/// What a port is asked whatever the manifest declares and whoever else speaks there: one port can serve a page to who
/// asks for one, and a debugger to who asks for that.
pub(super) fn debugging(port: u16) -> impl Iterator<Item = &'static Question> {
    let all = QUESTIONS.iter().copied();
    all.filter(move |it| it.protocol.is_for_debugging() && it.usual.contains(&port))
}

/// What is asked before anything else: what the manifest declares, then what is usual at the port.
pub(super) fn first(port: u16, declared: Option<Protocol>) -> Vec<&'static Question> {
    let said = |question: &&&Question| Some(question.protocol) == declared;
    let usual = |question: &&&Question| question.usual.contains(&port);
    let all = || QUESTIONS.iter();
    let mut first: Vec<&Question> = all().filter(said).copied().collect();
    // Who declares something else at the port has said what to ask there.
    if declared.is_none() {
        first.extend(all().filter(usual));
    }
    first
}

/// The one question that may be put to a port that would print any other.
pub(super) fn printer(port: u16, declared: Option<Protocol>) -> Option<&'static Question> {
    let may_print = match declared {
        Some(protocol) => protocol == Protocol::Pjl,
        None => PRINTERS.contains(&port),
    };
    may_print.then_some(&pjl::QUESTION)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn words_are_unique_and_nothing_is_empty() {
        let words: BTreeSet<&str> = QUESTIONS.iter().map(|question| question.word).collect();
        assert_eq!(words.len(), QUESTIONS.len());
        for question in QUESTIONS {
            assert!(
                question.says.iter().all(|said| !said.is_empty()),
                "{}",
                question.word
            );
            assert_eq!((question.tell)(b""), None, "{}", question.word);
        }
    }

    #[test]
    fn no_answer_is_taken_for_that_of_another_protocol() {
        for question in QUESTIONS {
            for other in QUESTIONS {
                for said in other.says {
                    // Who sends back what it is sent is nobody.
                    if question.word != "jdwp-handshake" {
                        assert_eq!(
                            (question.tell)(said),
                            None,
                            "{} {}",
                            question.word,
                            other.word
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn any_bytes_are_taken_without_harm() {
        // Answers, each cut off and each with one byte changed, to every reader.
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        };
        for _ in 0..2000 {
            let length = usize::from(random());
            let mut bytes: Vec<u8> = (0..length).map(|_| random()).collect();
            for question in QUESTIONS.iter().chain([&&pjl::QUESTION]) {
                let _ = (question.tell)(&bytes);
            }
            bytes.fill(0xff);
            for question in QUESTIONS {
                assert_eq!((question.tell)(&bytes), None);
            }
        }
    }

    #[test]
    fn declaration_and_port_choose_what_is_first() {
        let words = |port, declared| -> Vec<&str> {
            first(port, declared).iter().map(|it| it.word).collect()
        };
        assert_eq!(words(502, None), ["modbus-read-device-identification"]);
        assert_eq!(words(502, Some(Protocol::Http)), [""; 0]);
        assert_eq!(words(8000, Some(Protocol::Adb)), ["adb-cnxn"]);
        assert_eq!(words(8000, None), [""; 0]);
        let debugging = |port| -> Vec<&str> { debugging(port).map(|it| it.word).collect() };
        assert_eq!(debugging(5555), ["adb-cnxn"]);
        assert_eq!((debugging(502), debugging(80)), (vec![], vec![]));
        assert!(printer(9100, None).is_some());
        assert!(printer(9100, Some(Protocol::Http)).is_none());
        assert!(printer(9108, None).is_none());
        assert!(printer(80, Some(Protocol::Pjl)).is_some());
    }
}
