//! How often and how fast an account may be tried. Pure: the clock comes in.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);

/// What was tried at each account of one login.
#[derive(Debug)]
pub(super) struct Ledger {
    per_minute: usize,
    /// Failed attempts that an account may see; none: no bound is known.
    failures_allowed: Option<u32>,
    accounts: HashMap<String, Account>,
}

#[derive(Debug, Default)]
struct Account {
    /// The attempts of the last minute, oldest first.
    recent: VecDeque<Instant>,
    failed: u32,
}

impl Ledger {
    /// At most `attempts_per_minute` (at least one) within any minute, and fewer failures than
    /// `lockout_threshold`, for each account.
    pub(super) fn new(attempts_per_minute: u32, lockout_threshold: Option<u32>) -> Self {
        Self {
            per_minute: attempts_per_minute.max(1) as usize,
            failures_allowed: lockout_threshold.map(|threshold| threshold.saturating_sub(1)),
            accounts: HashMap::new(),
        }
    }

    /// When the account may be tried next; `now` or later.
    pub(super) fn due(&self, username: &str, now: Instant) -> Instant {
        let Some(account) = self.accounts.get(&key(username)) else {
            return now;
        };
        match account.recent.len().checked_sub(self.per_minute) {
            Some(oldest) => now.max(account.recent[oldest] + WINDOW),
            None => now,
        }
    }

    /// Whether one more failure stays below the lockout.
    pub(super) fn may_fail(&self, username: &str) -> bool {
        let failed = self
            .accounts
            .get(&key(username))
            .map_or(0, |account| account.failed);
        self.failures_allowed.is_none_or(|allowed| failed < allowed)
    }

    /// Notes an attempt before it is made. It counts as failed until [`Self::succeeded`], so that
    /// one whose answer was lost counts as well.
    pub(super) fn tried(&mut self, username: &str, now: Instant) {
        let account = self.accounts.entry(key(username)).or_default();
        account.recent.push_back(now);
        while account.recent.len() > self.per_minute {
            account.recent.pop_front();
        }
        account.failed += 1;
    }

    /// The last attempt was accepted.
    pub(super) fn succeeded(&mut self, username: &str) {
        if let Some(account) = self.accounts.get_mut(&key(username)) {
            account.failed = account.failed.saturating_sub(1);
        }
    }
}

/// Many devices ignore the case of user names, and a lockout of theirs would, too.
fn key(username: &str) -> String {
    username.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_account_is_tried_faster_than_its_pace_and_others_go_on() {
        let mut ledger = Ledger::new(2, None);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        ledger.tried("admin", at(0));
        assert_eq!(ledger.due("admin", at(10)), at(10));
        ledger.tried("Admin", at(10));
        assert_eq!(ledger.due("admin", at(11)), at(60));
        assert_eq!(ledger.due("root", at(11)), at(11));
        ledger.tried("admin", at(60));
        assert_eq!(ledger.due("admin", at(61)), at(70));
        assert_eq!(ledger.due("admin", at(99)), at(99));
    }

    #[test]
    fn a_pace_of_none_is_one_a_minute() {
        let mut ledger = Ledger::new(0, None);
        let now = Instant::now();
        ledger.tried("a", now);
        assert_eq!(ledger.due("a", now), now + WINDOW);
    }

    #[test]
    fn failures_stay_below_the_lockout_and_successes_do_not_count() {
        let mut ledger = Ledger::new(9, Some(3));
        let now = Instant::now();
        ledger.tried("admin", now);
        ledger.succeeded("admin");
        ledger.tried("admin", now);
        assert!(ledger.may_fail("ADMIN"));
        ledger.tried("ADMIN", now);
        assert!(!ledger.may_fail("admin"));
        assert!(ledger.may_fail("root"));
        assert!(!Ledger::new(9, Some(1)).may_fail("root"));
        assert!(Ledger::new(9, None).may_fail("root"));
    }
}
