//! What is known of each port.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::observation::{PortProof, PortSpan, PortState};
use crate::profile::Question;

/// In so many windows a port must have kept silent.
pub(super) const VOTES: u8 = 3;
/// Answers that are kept. A device that answers at every port would fill the memory.
const KEPT: usize = 256;

/// The datagrams of a question, in turns.
pub(super) type Datagrams = Arc<[Vec<u8>]>;

/// A port that answered, with the first answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UdpAnswer {
    pub port: u16,
    pub question: Question,
    pub asked_at: Timestamp,
    pub sent: Vec<u8>,
    pub received: Vec<u8>,
}

#[derive(Debug)]
pub(super) struct Port {
    pub(super) question: Question,
    datagrams: Datagrams,
    pub(super) asked: u8,
    last_asked: Timestamp,
    /// Windows in which it kept silent while the canaries did not.
    pub(super) votes: u8,
    pub(super) proof: PortProof,
    answer: Option<Vec<u8>>,
}

impl Port {
    pub(super) fn settled(&self) -> bool {
        matches!(
            self.proof,
            PortProof::Answered | PortProof::Refused | PortProof::Rejected | PortProof::Foreign
        )
    }

    fn silenced(&self) -> bool {
        self.votes >= VOTES
    }

    pub(super) fn state(&self) -> PortState {
        match self.proof {
            PortProof::Answered => PortState::Open,
            PortProof::Refused | PortProof::Rejected => PortState::Closed,
            PortProof::NoAnswer if self.silenced() => PortState::Silent,
            _ => PortState::Unproven,
        }
    }

    /// What was sent last; before anything was sent, what will be.
    pub(super) fn datagram(&self) -> &[u8] {
        let turn = usize::from(self.asked.saturating_sub(1)) % self.datagrams.len().max(1);
        let turn = self.datagrams.get(turn);
        turn.map(Vec::as_slice).unwrap_or_default()
    }
}

/// Every port that is to be asked.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) ports: BTreeMap<u16, Port>,
    /// Ports that answered or refused.
    settled: usize,
    /// Votes of ports that are not settled, each up to [`VOTES`].
    votes: usize,
    kept: usize,
    open: u32,
    asked: u32,
}

impl Table {
    /// `foreign` ports are not asked.
    pub(super) fn new(questions: BTreeMap<u16, (Question, Datagrams)>, foreign: &[u16]) -> Self {
        let port = |(port, (question, datagrams))| {
            let proof = match foreign.contains(&port) {
                true => PortProof::Foreign,
                false => PortProof::NotAsked,
            };
            let state = Port {
                question,
                datagrams,
                asked: 0,
                last_asked: Timestamp::UNIX_EPOCH,
                votes: 0,
                proof,
                answer: None,
            };
            (port, state)
        };
        let ports: BTreeMap<u16, Port> = questions.into_iter().map(port).collect();
        Self {
            settled: ports.values().filter(|port| port.settled()).count(),
            ports,
            votes: 0,
            kept: 0,
            open: 0,
            asked: 0,
        }
    }

    /// Ports that answered or refused, or are not asked.
    pub(super) fn settled(&self) -> usize {
        self.settled
    }

    /// Ports that answered.
    pub(super) fn open(&self) -> u32 {
        self.open
    }

    /// Ports that were asked at least once.
    pub(super) fn asked(&self) -> u32 {
        self.asked
    }

    /// Ports of which nothing is told yet: least often asked first, of these the ones that can be asked in the
    /// words of a protocol.
    pub(super) fn silent(&self) -> Vec<u16> {
        let left = self.ports.iter();
        let left = left.filter(|(_, port)| !port.settled() && !port.silenced());
        let mut left: Vec<_> = left
            .map(|(number, port)| (port.asked, port.question == Question::Text, *number))
            .collect();
        left.sort_unstable();
        left.into_iter().map(|(.., number)| number).collect()
    }

    /// Ports that refused a question in the words of a protocol, and the question.
    pub(super) fn refused(&self) -> Vec<(u16, Vec<u8>)> {
        let refused = self.ports.iter().filter(|(_, port)| {
            port.state() == PortState::Closed && port.question != Question::Text
        });
        let question = |(number, port): (&u16, &Port)| (*number, port.datagram().to_vec());
        refused.map(question).collect()
    }

    /// How much is done, in ports: a port that kept silent once is done in part.
    pub(super) fn done(&self) -> f64 {
        self.settled as f64 + self.votes as f64 / f64::from(VOTES)
    }

    /// That a port is about to be asked: what to send. None: it needs no asking.
    pub(super) fn ask(&mut self, number: u16) -> Option<(Question, Vec<u8>)> {
        let port = self.ports.get_mut(&number)?;
        if port.settled() {
            return None;
        }
        port.asked = port.asked.saturating_add(1);
        port.last_asked = Timestamp::now();
        if port.proof == PortProof::NotAsked {
            port.proof = PortProof::NoAnswer;
            self.asked += 1;
        }
        Some((port.question, port.datagram().to_vec()))
    }

    /// Writes down what a port that was not settled showed, with its answer; how many silences that
    /// contradicts, where it settles the port. An answer beats a refusal whichever came first: what one of our
    /// addresses is refused may be answered to another.
    pub(super) fn note(
        &mut self,
        number: u16,
        proof: PortProof,
        answer: Option<Vec<u8>>,
    ) -> Option<u8> {
        let port = self.ports.get_mut(&number)?;
        let beaten = port.state() == PortState::Closed && answer.is_some();
        if (port.settled() && !beaten) || port.asked == 0 {
            return None;
        }
        port.proof = proof;
        if !port.settled() {
            return None;
        }
        if !beaten {
            self.settled += 1;
            self.votes -= self.votes.min(usize::from(port.votes));
        }
        self.open += u32::from(answer.is_some());
        if self.kept < KEPT {
            self.kept += usize::from(answer.is_some());
            port.answer = answer;
        }
        Some(port.votes)
    }

    pub(super) fn vote(&mut self, batch: &[u16]) {
        for number in batch {
            if let Some(port) = self.ports.get_mut(number)
                && !port.settled()
                && !port.silenced()
            {
                port.votes += 1;
                self.votes += 1;
            }
        }
    }

    pub(super) fn forget_votes(&mut self) {
        for port in self.ports.values_mut() {
            port.votes = 0;
        }
        self.votes = 0;
    }

    /// What is known of each port, in ranges.
    pub(super) fn spans(&self) -> Vec<PortSpan> {
        let mut spans: Vec<PortSpan> = Vec::new();
        for (number, port) in &self.ports {
            let (state, proof) = (port.state(), port.proof);
            match spans.last_mut() {
                Some(last)
                    if last.last.checked_add(1) == Some(*number)
                        && (last.state, last.proof) == (state, proof) =>
                {
                    last.last = *number;
                    last.asked = last.asked.min(port.asked);
                }
                _ => spans.push(PortSpan {
                    first: *number,
                    last: *number,
                    state,
                    proof,
                    asked: port.asked,
                }),
            }
        }
        spans
    }

    /// Who answered, and what.
    pub(super) fn answers(&self) -> Vec<UdpAnswer> {
        let answer = |(number, port): (&u16, &Port)| {
            Some(UdpAnswer {
                port: *number,
                question: port.question,
                asked_at: port.last_asked,
                sent: port.datagram().to_vec(),
                received: port.answer.clone()?,
            })
        };
        self.ports.iter().filter_map(answer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_beats_a_refusal_in_whatever_order_they_come() {
        let answered = || (PortProof::Answered, Some(b"hello".to_vec()));
        let other = |proof| (proof, None);
        for (first, then) in [
            (other(PortProof::Refused), answered()),
            (other(PortProof::Rejected), answered()),
            (answered(), other(PortProof::Refused)),
            (answered(), other(PortProof::Rejected)),
        ] {
            let question = (Question::Text, Datagrams::from([vec![b'?']]));
            let mut table = Table::new(BTreeMap::from([(161, question)]), &[]);
            table.ask(161);
            table.note(161, first.0, first.1);
            table.note(161, then.0, then.1);
            let port = &table.ports[&161];
            assert_eq!(port.state(), PortState::Open, "{:?}, {:?}", first.0, then.0);
            assert_eq!((table.settled(), table.open(), table.votes), (1, 1, 0));
            assert_eq!(table.answers().len(), 1);
        }
    }
}
