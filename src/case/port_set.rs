//! A set of ports.

/// Ports from 0 to 65535.
#[derive(Clone, Debug)]
pub struct PortSet(Box<[u64; WORDS]>);

const WORDS: usize = 1024;

impl Default for PortSet {
    fn default() -> Self {
        Self(Box::new([0; WORDS]))
    }
}

impl PortSet {
    /// Adds the ports from `first` to `last`; none where `last` is the smaller.
    pub fn insert(&mut self, first: u16, last: u16) {
        self.each_word(first, last, |word, bits| *word |= bits);
    }

    /// Takes them out.
    pub fn remove(&mut self, first: u16, last: u16) {
        self.each_word(first, last, |word, bits| *word &= !bits);
    }

    /// Keeps only what is in both.
    pub fn retain(&mut self, other: &Self) {
        for (word, other) in self.0.iter_mut().zip(other.0.iter()) {
            *word &= other;
        }
    }

    /// The ports as ranges, in order; none touches the next.
    pub fn ranges(&self) -> Vec<(u16, u16)> {
        let mut ranges: Vec<(u16, u16)> = Vec::new();
        for (index, word) in self.0.iter().enumerate() {
            let base = low(index * 64);
            let mut left = *word;
            while left != 0 {
                let start = left.trailing_zeros();
                // Ones from there on; 64 of them where the word is full.
                let end = start + (left >> start).trailing_ones() - 1;
                let first = base + low(start);
                let last = base + low(end);
                match ranges.last_mut() {
                    Some((_, before)) if before.checked_add(1) == Some(first) => *before = last,
                    _ => ranges.push((first, last)),
                }
                left &= !mask(start, end);
            }
        }
        ranges
    }

    fn each_word(&mut self, first: u16, last: u16, change: impl Fn(&mut u64, u64)) {
        if first > last {
            return;
        }
        let (from, to) = (usize::from(first) / 64, usize::from(last) / 64);
        for (index, word) in self.0.iter_mut().enumerate().take(to + 1).skip(from) {
            let start = if index == from {
                u32::from(first) % 64
            } else {
                0
            };
            let end = if index == to {
                u32::from(last) % 64
            } else {
                63
            };
            change(word, mask(start, end));
        }
    }
}

/// The bits from `start` to `end` of a word.
fn mask(start: u32, end: u32) -> u64 {
    (u64::MAX << start) & (u64::MAX >> (63 - end))
}

/// As a port, which all that is asked here are.
fn low(number: impl TryInto<u16>) -> u16 {
    number.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_comes_out_in_ranges_and_what_is_taken_out_does_not() {
        let mut set = PortSet::default();
        for (first, last) in [
            (1, 1),
            (60, 70),
            (71, 71),
            (128, 191),
            (9, 3),
            (65_500, u16::MAX),
        ] {
            set.insert(first, last);
        }
        let all = [(1, 1), (60, 71), (128, 191), (65_500, u16::MAX)];
        assert_eq!(set.ranges(), all);
        set.remove(64, 64);
        set.remove(u16::MAX, u16::MAX);
        let less = [(1, 1), (60, 63), (65, 71), (128, 191), (65_500, 65_534)];
        assert_eq!(set.ranges(), less);
        let mut other = PortSet::default();
        other.insert(0, 130);
        set.retain(&other);
        assert_eq!(set.ranges(), [(1, 1), (60, 63), (65, 71), (128, 130)]);
    }

    #[test]
    fn all_ports_are_one_range() {
        let mut set = PortSet::default();
        set.insert(0, u16::MAX);
        assert_eq!(set.ranges(), [(0, u16::MAX)]);
        set.remove(0, u16::MAX);
        assert!(set.ranges().is_empty());
    }
}
