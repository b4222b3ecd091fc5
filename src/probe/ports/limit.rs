//! How many connects may be out at once.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Below the number of ephemeral ports of a Linux as shipped (28,232).
const AT_MOST: u64 = 20_000;
/// Descriptors left to the rest of the program.
const SPARE: u64 = 96;

/// Raises the soft limit of descriptors to the hard one and tells how many sockets that allows.
pub(in crate::probe) fn sockets() -> usize {
    let limit = match getrlimit(Resource::RLIMIT_NOFILE) {
        Ok((soft, hard)) if soft < hard => match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
            Ok(()) => hard,
            Err(_) => soft,
        },
        Ok((soft, _)) => soft,
        Err(_) => 256,
    };
    bounded(limit)
}

fn bounded(limit: u64) -> usize {
    // At least a few, where almost nothing is allowed: then connects fail as our own fault.
    limit.saturating_sub(SPARE).clamp(16, AT_MOST) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_descriptors_are_left_and_the_ephemeral_ports_suffice() {
        assert_eq!(bounded(0), 16);
        assert_eq!(bounded(1024), 928);
        assert_eq!(bounded(u64::MAX), 20_000);
    }

    #[test]
    fn the_soft_limit_is_raised() {
        let allowed = sockets();
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        assert_eq!(soft, hard);
        assert_eq!(allowed, bounded(hard));
    }
}
