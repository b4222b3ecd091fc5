//! How many connections are open at the same time, counted where they are opened and where they go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts.
#[derive(Debug, Default)]
pub(super) struct Opened {
    now: AtomicU32,
    most: AtomicU32,
}

impl Opened {
    /// From now on until what is returned is dropped, there is one more.
    pub(super) fn one(self: &Arc<Self>) -> Open {
        let now = self.now.fetch_add(1, Ordering::Relaxed) + 1;
        self.most.fetch_max(now, Ordering::Relaxed);
        Open(Arc::clone(self))
    }

    /// The most that there were at the same time.
    pub(super) fn most(&self) -> u32 {
        self.most.load(Ordering::Relaxed)
    }
}

/// One that is open, or about to be.
#[derive(Debug)]
pub(super) struct Open(Arc<Opened>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_closed_before_is_not_open_at_the_same_time() {
        let opened = Arc::new(Opened::default());
        assert_eq!(opened.most(), 0);
        drop(opened.one());
        drop(opened.one());
        assert_eq!(opened.most(), 1);
        let (_first, _second) = (opened.one(), opened.one());
        assert_eq!(opened.most(), 2);
        drop((_first, _second));
        assert_eq!(opened.most(), 2);
    }
}
