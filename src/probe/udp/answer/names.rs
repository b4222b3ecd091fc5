//! Answers of name services: DNS, mDNS, LLMNR, NetBIOS.

use super::Told;
use super::bytes::{be16, part, same, text};
use crate::observation::Protocol;

/// Records that are read of a message, and names of a list.
const RECORDS: usize = 32;
const LISTED: usize = 12;
/// RFC 1035, section 2.3.4.
const NAME: usize = 255;
/// Compressed names may go in circles.
const JUMPS: usize = 16;

const PTR: u16 = 12;
const TXT: u16 = 16;

/// RFC 1035, section 4.1.1: the id comes back, and the bit that says response is set.
fn responds(sent: &[u8], received: &[u8]) -> bool {
    same(sent, received, 0, 2) && received.len() >= 12 && received[2] & 0x80 != 0
}

/// The product is what `version.bind` says, of class CHAOS.
pub(super) fn dns(sent: &[u8], received: &[u8]) -> Option<Told> {
    if !responds(sent, received) {
        return None;
    }
    let version = records(received)
        .into_iter()
        .find(|record| record.kind == TXT);
    let version = version.and_then(|record| {
        let data = part(received, record.data, record.length)?;
        let (length, rest) = data.split_first()?;
        Some(text(rest.get(..usize::from(*length))?))
    });
    Some(Told::new(Protocol::Dns, version))
}

/// The product is the kinds of services. RFC 6762, section 18.1: the id of an answer may be zero.
pub(super) fn mdns(sent: &[u8], received: &[u8]) -> Option<Told> {
    let unasked = received.len() >= 12 && received[..2] == [0, 0] && received[2] & 0x80 != 0;
    if !responds(sent, received) && !unasked {
        return None;
    }
    let mut kinds = pointers(received);
    kinds.iter_mut().for_each(|it| {
        let short = it.trim_end_matches(".local").to_owned();
        *it = short;
    });
    Some(Told::new(Protocol::Mdns, list(kinds)))
}

/// The product is the name of the host (RFC 4795, section 2.1.1).
pub(super) fn llmnr(sent: &[u8], received: &[u8]) -> Option<Told> {
    responds(sent, received).then(|| Told::new(Protocol::Llmnr, list(pointers(received))))
}

/// The product is the name of the computer and its workgroup (RFC 1002, section 4.2.18).
pub(super) fn netbios(sent: &[u8], received: &[u8]) -> Option<Told> {
    if !responds(sent, received) {
        return None;
    }
    // The name that was asked for, of 34 bytes; type, class, time to live, length.
    let count = received.get(12 + 34 + 10).copied().unwrap_or_default();
    let names = (0..usize::from(count).min(RECORDS)).filter_map(|index| {
        let name = part(received, 57 + 18 * index, 18)?;
        let group = name[16] & 0x80 != 0;
        (name[15] == 0).then(|| (group, text(&name[..15])))
    });
    let names: Vec<(bool, String)> = names.collect();
    let of = |group| names.iter().find(|it| it.0 == group).map(|it| &it.1);
    let product = of(false).map(|name| match of(true) {
        Some(group) => format!("{name}, workgroup {group}"),
        None => name.clone(),
    });
    Some(Told::new(Protocol::Netbios, product))
}

fn list(mut names: Vec<String>) -> Option<String> {
    names.dedup();
    let more = names.len() > LISTED;
    names.truncate(LISTED);
    (!names.is_empty()).then(|| names.join(", ") + if more { ", and more" } else { "" })
}

/// The names that pointers lead to.
fn pointers(message: &[u8]) -> Vec<String> {
    let records = records(message).into_iter();
    let names = records.filter(|record| record.kind == PTR);
    names
        .filter_map(|record| Some(name(message, record.data)?.0))
        .collect()
}

struct Record {
    kind: u16,
    /// Where its data begins, and how long it is.
    data: usize,
    length: usize,
}

/// The answers in a message, as far as they can be read.
fn records(message: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    let (Some(questions), Some(answers)) = (be16(message, 4), be16(message, 6)) else {
        return records;
    };
    let mut at = 12;
    for _ in 0..usize::from(questions).min(RECORDS) {
        let Some((_, end)) = name(message, at) else {
            return records;
        };
        at = end + 4;
    }
    for _ in 0..usize::from(answers).min(RECORDS) {
        let Some((_, end)) = name(message, at) else {
            break;
        };
        let (Some(kind), Some(length)) = (be16(message, end), be16(message, end + 8)) else {
            break;
        };
        let record = Record {
            kind,
            data: end + 10,
            length: length.into(),
        };
        at = record.data + record.length;
        records.push(record);
    }
    records
}

/// A name, and where the message goes on behind it.
fn name(message: &[u8], mut at: usize) -> Option<(String, usize)> {
    let (mut labels, mut length, mut end): (Vec<String>, usize, Option<usize>) = (vec![], 0, None);
    let mut jumps = 0;
    loop {
        let size = usize::from(*message.get(at)?);
        match size {
            0 => return Some((labels.join("."), end.unwrap_or(at + 1))),
            0xc0.. => {
                jumps += 1;
                if jumps > JUMPS {
                    return None;
                }
                end = end.or(Some(at + 2));
                at = usize::from(be16(message, at)? & 0x3fff);
            }
            _ => {
                length += size + 1;
                if size > 63 || length > NAME {
                    return None;
                }
                labels.push(text(part(message, at + 1, size)?));
                at += size + 1;
            }
        }
    }
}
