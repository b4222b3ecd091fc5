//! A list of compromised keys, which is looked through and not kept.

use jiff::Timestamp;

use crate::evidence::{Absence, Exchange};
use crate::input::{self, BlocklistPath};
use crate::keys::PublicKey;
use crate::observation::{LookedUp, LookedUpKey, Observation};
use crate::text::shown;

/// What a list says of these keys. Nothing where it is another list by now.
pub fn look_up(list: &BlocklistPath, keys: &[PublicKey]) -> Exchange {
    let now = Timestamp::now();
    let absent = |why: String| Exchange::absent(now, Absence::HarnessFault, why);
    let read = match input::look_up(&list.path, keys) {
        Ok(read) => read,
        Err(why) => {
            let why = format!("the list of compromised keys: {why}");
            return absent(shown(why, 200));
        }
    };
    if read.list.sha256 != list.used.sha256 {
        return absent("the list of compromised keys was changed during the run".to_owned());
    }
    let looked_up = keys.iter().enumerate().map(|(place, key)| LookedUpKey {
        identity: key.identity_hex(),
        collections: read
            .listed
            .iter()
            .filter(|listed| listed.place == place)
            .map(|listed| listed.collection)
            .collect(),
    });
    let keys = looked_up.collect();
    Exchange::observed(now, Observation::LookedUp(LookedUp { keys }))
}
