//! Keeps the manifest's secrets out of a run.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use crate::digest::hex;
use crate::dut::Device;
use crate::text::shown;

/// Replaces secrets by `{{secret:ID}}`, in every encoding in which a probe sends or a device echoes them.
///
/// A secret that is also a published default credential is no secret: it stays readable, because it is
/// the finding.
#[derive(Debug, Default)]
pub struct Redactor {
    /// Longest first, so that an encoding is replaced before a shorter part of it.
    needles: Vec<(Vec<u8>, String)>,
    digests: BTreeMap<String, String>,
}

impl Redactor {
    /// A redactor for the secrets of a device. `key` makes the digests incomparable between runs;
    /// it must be fresh and is not kept.
    pub fn new(device: &Device, published: impl Fn(&str) -> bool, key: &[u8; 64]) -> Self {
        let mut needles = Vec::new();
        let mut digests = BTreeMap::new();
        for secret in device.secrets() {
            let Some(value) = secret.expose() else {
                continue;
            };
            digests.insert(secret.id().to_owned(), keyed_digest(key, value));
            if published(value) {
                continue;
            }
            let users = users_of(device, secret.id());
            for encoding in encodings(value, &users) {
                needles.push((encoding, secret.placeholder()));
            }
        }
        needles.sort_by(|a, b| b.0.len().cmp(&a.0.len()).then_with(|| a.0.cmp(&b.0)));
        needles.dedup();
        Self { needles, digests }
    }

    /// A keyed digest of each secret, by id: two units with the same secret are seen to have it.
    pub fn digests(&self) -> &BTreeMap<String, String> {
        &self.digests
    }

    /// Bytes without the secrets.
    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut out = bytes.to_vec();
        for (needle, placeholder) in &self.needles {
            out = replace(&out, needle, placeholder.as_bytes());
        }
        out
    }

    /// A JSON value whose strings are without the secrets. Object keys are ours and stay.
    pub fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                // Replacing whole needles by text in UTF-8 text leaves UTF-8 text.
                *text = String::from_utf8_lossy(&self.bytes(text.as_bytes())).into_owned();
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.json(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn keyed_digest(key: &[u8; 64], value: &str) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new(key.into());
    mac.update(value.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// User names that are sent together with a secret.
fn users_of(device: &Device, id: &str) -> Vec<String> {
    let owners = device
        .services
        .iter()
        .filter_map(|service| service.owner.as_ref())
        .filter(|owner| owner.password.id() == id)
        .map(|owner| owner.username.clone());
    let labels = device
        .units
        .iter()
        .filter_map(|unit| unit.label.as_ref())
        .filter(|label| {
            label
                .password
                .as_ref()
                .is_some_and(|password| password.id() == id)
        })
        .filter_map(|label| label.username.clone());
    owners.chain(labels).collect()
}

fn encodings(value: &str, users: &[String]) -> Vec<Vec<u8>> {
    let mut all = vec![
        value.as_bytes().to_vec(),
        shown(value, usize::MAX).into_bytes(),
        STANDARD.encode(value).into_bytes(),
        URL_SAFE_NO_PAD.encode(value).into_bytes(),
        percent_encoded(value).into_bytes(),
        html_escaped(value).into_bytes(),
    ];
    for user in users {
        all.push(STANDARD.encode(format!("{user}:{value}")).into_bytes());
    }
    all.retain(|encoding| !encoding.is_empty());
    all
}

fn percent_encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

fn html_escaped(value: &str) -> String {
    value
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn replace(bytes: &[u8], needle: &[u8], with: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest
        .windows(needle.len())
        .position(|window| window == needle)
    {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(with);
        rest = &rest[at + needle.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dut::{AccessPolicy, DeclaredService, LoginLimits, Owner, Secret};
    use crate::observation::{Mechanism, Protocol, Transport};

    fn device(password: &str) -> Device {
        Device {
            manufacturer: String::new(),
            model: String::new(),
            firmware: None,
            kind: None,
            support_until: None,
            vulnerability_policy: None,
            units: vec![],
            services: vec![DeclaredService {
                id: "web".to_owned(),
                transport: Transport::Tcp,
                port: 80,
                protocol: Protocol::Http,
                purpose: String::new(),
                access: AccessPolicy::Login,
                login: LoginLimits::default(),
                owner: Some(Owner {
                    mechanism: Mechanism::HttpBasic,
                    username: "owner".to_owned(),
                    password: Secret::new("owner-web", password),
                    path: None,
                    allow_cleartext: true,
                }),
                tls: None,
            }],
            identity: None,
            connections: vec![],
            update: None,
        }
    }

    #[test]
    fn every_encoding_is_replaced() {
        let secret = "p&ss \"w\u{f6}rd\"/+";
        let redactor = Redactor::new(&device(secret), |_| false, &[0; 64]);
        for encoded in [
            secret.to_owned(),
            STANDARD.encode(format!("owner:{secret}")),
            percent_encoded(secret),
            html_escaped(secret),
        ] {
            let text = format!("before {encoded} after");
            let clean = String::from_utf8(redactor.bytes(text.as_bytes())).unwrap();
            assert_eq!(clean, "before {{secret:owner-web}} after", "{encoded}");
        }
    }

    #[test]
    fn strings_anywhere_in_json_are_replaced() {
        let redactor = Redactor::new(&device("hunter2"), |_| false, &[0; 64]);
        let mut value = serde_json::json!({"a": ["x hunter2 y", 3], "b": {"c": "hunter2"}});
        redactor.json(&mut value);
        assert!(!value.to_string().contains("hunter2"), "{value}");
    }

    #[test]
    fn a_published_password_stays_readable() {
        let redactor = Redactor::new(&device("admin"), |value| value == "admin", &[0; 64]);
        assert_eq!(redactor.bytes(b"admin"), b"admin");
    }

    #[test]
    fn digests_tell_equality_only_within_a_run() {
        let one = Redactor::new(&device("hunter2"), |_| false, &[1; 64]);
        let same = Redactor::new(&device("hunter2"), |_| false, &[1; 64]);
        let other_run = Redactor::new(&device("hunter2"), |_| false, &[2; 64]);
        assert_eq!(one.digests(), same.digests());
        assert_ne!(one.digests(), other_run.digests());
    }
}
