//! Which rules of a set an SSH server breaks by what it offers.

use crate::observation::{Ssh, SshOffer};
use crate::profile::{SshBreach, SshList, SshRule, SshRules};

/// Names that a finding lists before it only counts.
const LISTED: usize = 6;

/// The broken rules of these sets, worst first, each with what was seen. Names of a server are visible ASCII.
pub fn ssh_breaches<'r>(ssh: &Ssh, sets: &[&'r SshRules]) -> Vec<(&'r SshRule, String)> {
    let rules = sets.iter().flat_map(|set| &set.rules);
    let mut broken: Vec<_> = rules
        .filter_map(|rule| Some((rule, breach(ssh, &rule.breach)?)))
        .collect();
    broken.sort_by_key(|(rule, _)| std::cmp::Reverse(rule.severity));
    broken
}

/// What was seen that breaks it; none: nothing.
fn breach(ssh: &Ssh, breach: &SshBreach) -> Option<String> {
    if let SshBreach::Version1 = breach {
        let protocol = ssh.protocol()?;
        return protocol
            .starts_with("1.")
            .then(|| format!("it speaks version {protocol}"));
    }
    let offer = ssh.offer.as_ref()?;
    match breach {
        SshBreach::Version1 => None,
        SshBreach::Offers { what, names } => listed(those(offer, *what, names)),
        SshBreach::Lacks { what, names } => match those(offer, *what, names).next() {
            Some(_) => None,
            None => Some(format!(
                "it offers none of them, but {}",
                listed(list(offer, *what)).unwrap_or_else(|| "nothing".to_owned())
            )),
        },
        SshBreach::Without { what, names, other } => match those(offer, *what, other).next() {
            Some(_) => None,
            None => listed(those(offer, *what, names)),
        },
        SshBreach::Beyond { what, names } => {
            listed(list(offer, *what).filter(|name| !is_signal(name) && !matches(name, names)))
        }
        SshBreach::LacksStrongMac => {
            let strong =
                |name: &&str| name.starts_with("hmac-sha2-") || name.starts_with("umac-128");
            let by_itself = list(offer, SshList::Cipher).any(is_authenticated);
            let lacks = !by_itself && !list(offer, SshList::Mac).any(|name| strong(&name));
            lacks.then(|| listed(list(offer, SshList::Mac)).unwrap_or_else(|| "nothing".to_owned()))
        }
        SshBreach::Terrapin => terrapin(offer),
    }
}

/// CVE-2023-48795: without strict key exchange messages can be cut where the cipher is ChaCha20-Poly1305, or CBC with
/// encrypt-then-MAC.
fn terrapin(offer: &SshOffer) -> Option<String> {
    let strict = "kex-strict-s-v00@openssh.com";
    if offer.key_exchange.iter().any(|name| name == strict) {
        return None;
    }
    let after = list(offer, SshList::Mac).any(|name| name.contains("-etm@"));
    let open =
        |name: &&str| name.starts_with("chacha20-poly1305") || (after && name.ends_with("-cbc"));
    listed(list(offer, SshList::Cipher).filter(open))
}

/// Whether a cipher needs no code beside it.
fn is_authenticated(name: &str) -> bool {
    name.contains("gcm") || name.contains("GCM") || name.starts_with("chacha20-poly1305")
}

/// Names in the list of key exchanges that are none, but say what is understood (RFC 8308).
fn is_signal(name: &str) -> bool {
    let signals = ["ext-info-", "kex-strict-", "kexguess2@"];
    signals.iter().any(|signal| name.starts_with(signal))
}

fn list(offer: &SshOffer, what: SshList) -> impl Iterator<Item = &str> {
    let names = match what {
        SshList::KeyExchange => &offer.key_exchange,
        SshList::HostKey => &offer.host_key,
        SshList::Cipher => &offer.ciphers,
        SshList::Mac => &offer.macs,
        SshList::Compression => &offer.compression,
    };
    names.iter().map(String::as_str)
}

fn those<'o>(
    offer: &'o SshOffer,
    what: SshList,
    names: &[String],
) -> impl Iterator<Item = &'o str> {
    list(offer, what).filter(move |name| matches(name, names))
}

fn matches(name: &str, names: &[String]) -> bool {
    names.iter().any(|known| match known.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == known,
    })
}

/// Some names, and how many more.
fn listed<'n>(names: impl Iterator<Item = &'n str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    let shown = names[..names.len().min(LISTED)].join(", ");
    match names.len().saturating_sub(LISTED) {
        _ if names.is_empty() => None,
        0 => Some(shown),
        more => Some(format!("{shown} and {more} more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{ssh_rule_sets, ssh_rules};

    fn names(list: &str) -> Vec<String> {
        list.split(',').map(str::to_owned).collect()
    }

    fn good() -> Ssh {
        Ssh {
            banner: "SSH-2.0-x".to_owned(),
            offer: Some(SshOffer {
                key_exchange: names("ecdh-sha2-nistp256,ext-info-s,kex-strict-s-v00@openssh.com"),
                host_key: names("ecdsa-sha2-nistp256"),
                ciphers: names("aes128-ctr,aes256-gcm@openssh.com"),
                macs: names("hmac-sha2-256"),
                compression: names("none"),
            }),
            host_keys: Vec::new(),
            untold: Vec::new(),
        }
    }

    fn broken(ssh: &Ssh) -> Vec<String> {
        let sets: Vec<_> = ssh_rule_sets().map(|id| ssh_rules(id).unwrap()).collect();
        let found = ssh_breaches(ssh, &sets).into_iter();
        found.map(|(rule, _)| rule.id.clone()).collect()
    }

    fn with(change: impl FnOnce(&mut SshOffer)) -> Vec<String> {
        let mut ssh = good();
        change(ssh.offer.as_mut().unwrap());
        broken(&ssh)
    }

    #[test]
    fn a_server_that_offers_what_all_recommend_breaks_nothing() {
        assert_eq!(broken(&good()), Vec::<String>::new());
    }

    #[test]
    fn each_rule_is_broken_by_what_it_forbids() {
        let adds = |list: fn(&mut SshOffer) -> &mut Vec<String>, name: &str| {
            with(|offer| list(offer).push(name.to_owned()))
        };
        let kex: fn(&mut SshOffer) -> &mut Vec<String> = |offer| &mut offer.key_exchange;
        let host: fn(&mut SshOffer) -> &mut Vec<String> = |offer| &mut offer.host_key;
        let cipher: fn(&mut SshOffer) -> &mut Vec<String> = |offer| &mut offer.ciphers;
        let mac: fn(&mut SshOffer) -> &mut Vec<String> = |offer| &mut offer.macs;
        let zip: fn(&mut SshOffer) -> &mut Vec<String> = |offer| &mut offer.compression;
        for (list, name, rule) in [
            (kex, "rsa1024-sha1", "RFC9142-rsa1024"),
            (kex, "diffie-hellman-group1-sha1", "RFC9142-group1"),
            (kex, "gss-group1-sha1-abc==", "RFC9142-group1"),
            (kex, "diffie-hellman-group-exchange-sha1", "RFC9142-sha1"),
            (kex, "diffie-hellman-group14-sha1", "RFC9142-group14-sha1"),
            (kex, "curve25519-sha256", "TR-02102-4-key-agreement"),
            (host, "ssh-rsa", "RFC8332-1-ssh-rsa-alone"),
            (host, "ssh-dss", "FIPS186-5-dsa"),
            (host, "ssh-ed25519", "TR-02102-4-server-authentication"),
            (cipher, "none", "RFC4253-6.3-none"),
            (cipher, "arcfour128", "RFC8758-arcfour"),
            (cipher, "3des-cbc", "RFC4253-6.3-64-bit-blocks"),
            (cipher, "aes128-cbc", "RFC4344-cbc"),
            (
                cipher,
                "chacha20-poly1305@openssh.com",
                "TR-02102-4-encryption",
            ),
            (mac, "none", "RFC4253-6.4-none"),
            (mac, "hmac-md5", "RFC6151-md5"),
            (mac, "hmac-sha1-96", "RFC6668-short"),
            (mac, "hmac-sha1", "TR-02102-4-mac"),
            (zip, "zlib", "RFC4253-6.2-zlib"),
        ] {
            let broken = adds(list, name);
            assert!(broken.iter().any(|it| it == rule), "{name}: {broken:?}");
        }
    }

    #[test]
    fn rsa_that_signs_with_sha_2_too_is_only_discouraged() {
        let broken = with(|offer| offer.host_key = names("ssh-rsa,rsa-sha2-256"));
        assert!(broken.contains(&"RFC8332-1-ssh-rsa".to_owned()));
        assert!(!broken.contains(&"RFC8332-1-ssh-rsa-alone".to_owned()));
    }

    #[test]
    fn who_lacks_what_is_recommended_breaks_a_rule() {
        let broken = with(|offer| {
            offer.key_exchange = names("diffie-hellman-group14-sha1");
            offer.ciphers = names("aes128-ctr");
            offer.macs = names("hmac-sha1");
        });
        for rule in ["RFC9142-recommended", "RFC6668-sha2"] {
            assert!(broken.iter().any(|it| it == rule), "{rule}");
        }
    }

    #[test]
    fn terrapin_needs_a_cipher_that_is_open_to_it() {
        let id = "CVE-2023-48795".to_owned();
        let without = |ciphers: &str, macs: &str| {
            with(|offer| {
                offer.key_exchange = names("curve25519-sha256");
                offer.ciphers = names(ciphers);
                offer.macs = names(macs);
            })
        };
        assert!(without("chacha20-poly1305@openssh.com", "hmac-sha2-256").contains(&id));
        assert!(without("aes128-cbc", "hmac-sha2-256-etm@openssh.com").contains(&id));
        assert!(!without("aes128-cbc", "hmac-sha2-256").contains(&id));
        assert!(!without("aes128-ctr", "hmac-sha2-256-etm@openssh.com").contains(&id));
        let strict = with(|offer| offer.ciphers = names("chacha20-poly1305@openssh.com"));
        assert!(!strict.contains(&id));
    }

    #[test]
    fn version_1_is_told_from_the_banner() {
        for (banner, old) in [
            ("SSH-1.99-x", true),
            ("SSH-1.5-x", true),
            ("SSH-2.0-1.5", false),
        ] {
            let ssh = Ssh {
                banner: banner.to_owned(),
                offer: None,
                ..good()
            };
            let found = broken(&ssh);
            assert_eq!(
                found.contains(&"RFC4253-5.1-version-1".to_owned()),
                old,
                "{banner}"
            );
        }
    }
}
