//! What a reader must know before believing an outcome.

use crate::evidence::Run;
use crate::profile::{self, Profile};
use crate::text::shown;

/// That the profile is not what its name promises, or not the one that the run was observed with: its tests decided what was
/// asked of the device.
pub(super) fn cautions(run: &Run, profile: &Profile) -> Vec<String> {
    let other = (run.profile_text != profile.text).then(|| {
        // What the run was observed with may ask for test cases that this version does not know.
        let observed_with = match profile::name_of(&run.profile_text) {
            Some((id, version)) => format!("{} {}", shown(id, 60), shown(version, 40)),
            None => "another".to_owned(),
        };
        format!(
            "It was judged by the profile {} {}, and observed with {observed_with}.",
            profile.id, profile.version
        )
    });
    profile.caution().into_iter().chain(other).collect()
}
