//! Who may log in to a service, and what becomes of those who guess.

use std::collections::BTreeMap;
use std::sync::Mutex;

use super::spec::Account;

/// How many accounts are counted at most: a scanner can name any number of them.
const MAX_COUNTED: usize = 4096;

/// The door of one service.
#[derive(Debug)]
pub(super) struct Door {
    accounts: Vec<Account>,
    accepts_anything: bool,
    lockout_after: Option<u64>,
    throttle_after: Option<u64>,
    refusals: Mutex<Refusals>,
}

#[derive(Debug, Default)]
struct Refusals {
    all: u64,
    by_account: BTreeMap<String, u64>,
}

/// What a door says to credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Accepted,
    Refused,
    Throttled,
}

impl Door {
    pub(super) fn new(
        accounts: &[Account],
        accepts_anything: bool,
        lockout_after: Option<u64>,
        throttle_after: Option<u64>,
    ) -> Self {
        Self {
            accounts: accounts.to_vec(),
            accepts_anything,
            lockout_after,
            throttle_after,
            refusals: Mutex::default(),
        }
    }

    /// Tries credentials, and remembers a refusal.
    pub(super) fn knock(&self, username: &str, password: &str) -> Answer {
        self.knock_with(username, |right| right == password)
    }

    /// The same, where only the right password can tell whether what was sent is right.
    pub(super) fn knock_with(&self, username: &str, is_right: impl Fn(&str) -> bool) -> Answer {
        let mut refusals = match self.refusals.lock() {
            Ok(refusals) => refusals,
            Err(poisoned) => poisoned.into_inner(),
        };
        if reached(refusals.all, self.throttle_after) {
            return Answer::Throttled;
        }
        let guessed = refusals.by_account.get(username).copied().unwrap_or(0);
        let known = self
            .accounts
            .iter()
            .any(|account| account.username == username && is_right(&account.password));
        if (known || self.accepts_anything) && !reached(guessed, self.lockout_after) {
            return Answer::Accepted;
        }
        refusals.all += 1;
        if guessed > 0 || refusals.by_account.len() < MAX_COUNTED {
            refusals.by_account.insert(username.to_owned(), guessed + 1);
        }
        Answer::Refused
    }
}

fn reached(count: u64, limit: Option<u64>) -> bool {
    limit.is_some_and(|limit| count >= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(lockout_after: Option<u64>, throttle_after: Option<u64>) -> Door {
        let owner = Account {
            username: "admin".to_owned(),
            password: "right".to_owned(),
        };
        Door::new(&[owner], false, lockout_after, throttle_after)
    }

    #[test]
    fn only_the_account_opens() {
        let door = door(None, None);
        assert_eq!(door.knock("admin", "right"), Answer::Accepted);
        assert_eq!(door.knock("admin", "wrong"), Answer::Refused);
        assert_eq!(door.knock("root", "right"), Answer::Refused);
    }

    #[test]
    fn a_lockout_locks_its_owner_out_and_nobody_else() {
        let door = door(Some(2), None);
        for _ in 0..2 {
            assert_eq!(door.knock("root", "x"), Answer::Refused);
        }
        assert_eq!(door.knock("admin", "x"), Answer::Refused);
        assert_eq!(door.knock("admin", "right"), Answer::Accepted);
        assert_eq!(door.knock("admin", "x"), Answer::Refused);
        assert_eq!(door.knock("admin", "right"), Answer::Refused);
    }

    #[test]
    fn a_throttle_counts_all_accounts() {
        let door = door(None, Some(2));
        assert_eq!(door.knock("a", "x"), Answer::Refused);
        assert_eq!(door.knock("b", "x"), Answer::Refused);
        assert_eq!(door.knock("admin", "right"), Answer::Throttled);
    }
}
