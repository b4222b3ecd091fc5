//! The order in which ports are asked: a shuffle that its seed repeats.

/// SplitMix64 (Steele, Lea and Flood, 2014): small, and the same on every machine.
#[derive(Clone, Copy, Debug)]
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; the bias of the remainder is far below what matters for an order.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        (self.next() % (bound.max(1) as u64)) as usize
    }
}

/// Shuffles. Another `round` gives another order, so that what was unlucky together once is not again.
pub(super) fn shuffle(ports: &mut [u16], seed: u64, round: u32) {
    let mut random = Random::new(seed ^ (u64::from(round) << 32));
    for index in (1..ports.len()).rev() {
        ports.swap(index, random.below(index + 1));
    }
}

/// Moves those ports of `first` that are in `ports` to the front, in the order of `first`.
pub(super) fn put_first(ports: &mut Vec<u16>, first: &[u16]) {
    let mut front: Vec<u16> = Vec::new();
    for port in first {
        if ports.contains(port) && !front.contains(port) {
            front.push(*port);
        }
    }
    ports.retain(|port| !front.contains(port));
    ports.splice(0..0, front);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_repeats_its_order_and_nothing_gets_lost() {
        let all: Vec<u16> = (1..=65535).collect();
        let order = |seed, round| {
            let mut ports = all.clone();
            shuffle(&mut ports, seed, round);
            ports
        };
        assert_eq!(order(7, 0), order(7, 0));
        assert_ne!(order(7, 0), order(8, 0));
        assert_ne!(order(7, 0), order(7, 1));
        let mut sorted = order(7, 3);
        assert_ne!(sorted, all);
        sorted.sort_unstable();
        assert_eq!(sorted, all);
    }

    #[test]
    fn likely_ports_come_first_once() {
        let mut ports = vec![5, 80, 9, 22, 443];
        put_first(&mut ports, &[22, 80, 22, 8080]);
        assert_eq!(ports, [22, 80, 5, 9, 443]);
    }
}
