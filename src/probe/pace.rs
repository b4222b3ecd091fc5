//! How often and how fast an account may be tried. Pure: the clock comes in.

use std::collections::HashMap;
use std::time::{Duration, Instant};

const WINDOW: Duration = Duration::from_secs(60);

/// When a device locks an account, by the supplier's statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lockout {
    /// Failed attempts that lock it.
    pub threshold: u32,
    /// After so long it forgets failures; none: never.
    pub forgets_after: Option<Duration>,
}

/// What was tried at each account of one login.
#[derive(Debug)]
pub struct Ledger {
    per_minute: usize,
    lockout: Option<Lockout>,
    accounts: HashMap<String, Account>,
}

#[derive(Debug, Default)]
struct Account {
    /// When it was tried, oldest first.
    tried: Vec<Instant>,
    /// When it was tried and not shown to succeed, oldest first.
    failed: Vec<Instant>,
}

impl Ledger {
    /// At most `attempts_per_minute` (at least one) within any minute, and always fewer failures than
    /// lock it, for each account.
    pub fn new(attempts_per_minute: u32, lockout: Option<Lockout>) -> Self {
        Self {
            per_minute: attempts_per_minute.max(1) as usize,
            lockout,
            accounts: HashMap::new(),
        }
    }

    /// When the account may be tried next; `now` or later.
    pub(super) fn due(&self, username: &str, now: Instant) -> Instant {
        let Some(account) = self.accounts.get(&key(username)) else {
            return now;
        };
        let pace = nth_last(&account.tried, self.per_minute).map(|tried| tried + WINDOW);
        let lock = self.lockout.and_then(|lockout| {
            let failed = nth_last(&account.failed, allowed(lockout))?;
            Some(failed + lockout.forgets_after?)
        });
        now.max(pace.unwrap_or(now)).max(lock.unwrap_or(now))
    }

    /// Whether one more failure can stay below the lockout, at once or when it is [`Self::due`].
    pub(super) fn may_fail(&self, username: &str) -> bool {
        let Some(lockout) = self.lockout else {
            return true;
        };
        match lockout.forgets_after {
            Some(_) => allowed(lockout) > 0,
            None => self.failures(username) < allowed(lockout),
        }
    }

    /// How often the account was tried and not shown to succeed.
    pub(super) fn failures(&self, username: &str) -> usize {
        self.accounts
            .get(&key(username))
            .map_or(0, |account| account.failed.len())
    }

    /// The failures of the account that saw most of them.
    pub(super) fn most_failures(&self) -> usize {
        let failures = self.accounts.values().map(|account| account.failed.len());
        failures.max().unwrap_or_default()
    }

    /// Notes an attempt before it is made. It counts as failed until [`Self::succeeded`], so that
    /// one whose answer was lost counts as well.
    pub(super) fn tried(&mut self, username: &str, now: Instant) {
        let account = self.accounts.entry(key(username)).or_default();
        account.tried.push(now);
        account.failed.push(now);
    }

    /// The last attempt was accepted.
    pub(super) fn succeeded(&mut self, username: &str) {
        if let Some(account) = self.accounts.get_mut(&key(username)) {
            account.failed.pop();
        }
    }
}

fn allowed(lockout: Lockout) -> usize {
    lockout.threshold.saturating_sub(1) as usize
}

/// The oldest of the last `count`; none where there are fewer.
fn nth_last(times: &[Instant], count: usize) -> Option<Instant> {
    times.get(times.len().checked_sub(count)?).copied()
}

/// Many devices ignore the case of user names, and a lockout of theirs would, too.
fn key(username: &str) -> String {
    username.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lock(threshold: u32, forgets_after: Option<u64>) -> Option<Lockout> {
        Some(Lockout {
            threshold,
            forgets_after: forgets_after.map(Duration::from_secs),
        })
    }

    #[test]
    fn a_lockout_that_forgets_is_waited_for() {
        let mut ledger = Ledger::new(9, lock(3, Some(900)));
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        ledger.tried("admin", at(0));
        assert_eq!(ledger.due("admin", at(1)), at(1));
        ledger.tried("admin", at(1));
        assert!(ledger.may_fail("admin"));
        assert_eq!(ledger.due("admin", at(2)), at(900));
        ledger.tried("admin", at(900));
        assert_eq!(ledger.due("admin", at(900)), at(901));
        assert_eq!((ledger.failures("ADMIN"), ledger.most_failures()), (3, 3));
        assert!(!Ledger::new(9, lock(1, Some(900))).may_fail("root"));
    }

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
        let mut ledger = Ledger::new(9, lock(3, None));
        let now = Instant::now();
        ledger.tried("admin", now);
        ledger.succeeded("admin");
        ledger.tried("admin", now);
        assert!(ledger.may_fail("ADMIN"));
        ledger.tried("ADMIN", now);
        assert!(!ledger.may_fail("admin"));
        assert!(ledger.may_fail("root"));
        assert!(!Ledger::new(9, lock(1, None)).may_fail("root"));
        assert!(Ledger::new(9, None).may_fail("root"));
    }
}
