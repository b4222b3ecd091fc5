//! The attempts that are out: each with its time limit, all of the same length, so that they end in order.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::TIMEOUT;

/// After a fault of our own nothing is sent for so long, and less may be out at once.
const REST: Duration = Duration::from_millis(100);
const LEAST_ROOM: usize = 64;

/// Attempts by the number that [`Outstanding::add`] gave them.
#[derive(Debug)]
pub(super) struct Outstanding<T> {
    /// The number of the oldest that is still in the queue; it may have ended.
    first: u64,
    queue: VecDeque<(Instant, Option<T>)>,
    out: usize,
    room: usize,
    resting_until: Instant,
}

impl<T> Outstanding<T> {
    /// Nothing is out, and at most `room` should be.
    pub(super) fn new(room: usize) -> Self {
        Self {
            first: 0,
            queue: VecDeque::new(),
            out: 0,
            room,
            resting_until: Instant::now(),
        }
    }

    /// The number that the next one gets.
    pub(super) fn next(&self) -> u64 {
        self.first + self.queue.len() as u64
    }

    /// One more is out from now on.
    pub(super) fn add(&mut self, attempt: T) -> u64 {
        let number = self.next();
        self.queue
            .push_back((Instant::now() + TIMEOUT, Some(attempt)));
        self.out += 1;
        number
    }

    /// One that is still out.
    pub(super) fn get(&self, number: u64) -> Option<&T> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.queue.get(index)?.1.as_ref()
    }

    /// The number with these low bits, of those that may be out.
    pub(super) fn with_low_bits(&self, low: u32) -> u64 {
        self.first + u64::from(low.wrapping_sub(self.first as u32))
    }

    /// It ended: it is no longer out.
    pub(super) fn take(&mut self, number: u64) -> Option<T> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        let taken = self.queue.get_mut(index)?.1.take();
        self.out -= usize::from(taken.is_some());
        self.forget_ended();
        taken
    }

    /// The oldest, if its time is over.
    pub(super) fn expired(&mut self, now: Instant) -> Option<T> {
        match self.queue.front() {
            Some((due, Some(_))) if *due <= now => self.take(self.first),
            _ => None,
        }
    }

    /// When the oldest's time is over.
    pub(super) fn due(&self) -> Option<Instant> {
        self.queue.front().map(|(due, _)| *due)
    }

    fn forget_ended(&mut self) {
        while let Some((_, None)) = self.queue.front() {
            self.queue.pop_front();
            self.first += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.out == 0
    }

    /// Whether so many are out that no more may be.
    pub(super) fn full(&self) -> bool {
        self.out >= self.room
    }

    /// Our own side failed: less at once, and not now.
    pub(super) fn rest(&mut self) {
        self.resting_until = Instant::now() + REST;
        self.room = (self.room / 2).max(LEAST_ROOM.min(self.room));
    }

    /// Nothing should be sent before.
    pub(super) fn resting_until(&self) -> Instant {
        self.resting_until
    }

    /// Forgets them all.
    pub(super) fn clear(&mut self) {
        self.first = self.next();
        self.queue.clear();
        self.out = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_ends_once_by_its_number_or_in_time() {
        let mut out = Outstanding::new(3);
        assert!(out.is_empty() && out.due().is_none());
        let numbers = ['a', 'b', 'c'].map(|name| out.add(name));
        assert!(out.full());
        assert_eq!(out.take(numbers[1]), Some('b'));
        assert_eq!((out.take(numbers[1]), out.get(numbers[1])), (None, None));
        assert!(!out.full() && !out.is_empty());
        assert_eq!(out.expired(Instant::now()), None);
        tokio::time::advance(TIMEOUT / 2).await;
        let late = out.add('d');
        tokio::time::advance(TIMEOUT / 2).await;
        let now = Instant::now();
        assert_eq!(out.due(), Some(now));
        assert_eq!((out.expired(now), out.expired(now)), (Some('a'), Some('c')));
        assert_eq!(out.expired(now), None, "d has time left");
        assert_eq!(out.get(late), Some(&'d'));
        assert_eq!(out.get(numbers[0]), None);
        out.clear();
        assert!(out.is_empty() && out.take(late).is_none());
        assert_eq!(out.add('e'), late + 1, "a number is never given twice");
    }

    #[test]
    fn a_fault_of_our_own_makes_room_smaller_and_waits() {
        let mut out = Outstanding::<()>::new(200);
        let before = Instant::now();
        out.rest();
        assert!(out.resting_until() >= before + REST);
        assert_eq!(out.room, 100);
        out.rest();
        out.rest();
        assert_eq!(out.room, LEAST_ROOM, "never less");
        out.room = 16;
        out.rest();
        assert_eq!(out.room, 16, "nor more than there was");
    }
}
