//! Keeps the manifest's secrets out of a run.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::forms::traces;
use super::{Evidence, Outcome};
use crate::digest::hex;
use crate::dut::Device;
use crate::error::InputError;
use crate::observation::{
    Asked, Observation, OfferAnswer, Tls, TlsAudit, TlsCertificate, TlsSession, TlsTrust,
};
use crate::profile::is_published;

/// So many bytes of a secret that was cut off are worth hiding.
const TELLING: usize = 3;
/// So many characters of a secret stand by no accident in what a person wrote.
const TELLING_IN_TEXT: usize = 4;
/// So many bytes of a form that no person writes don't either.
const TELLING_FORM: usize = 8;

/// Paths that are ours, whatever a secret looks like: the root, and the list of CoAP resources (RFC 6690, section 4).
const OUR_PATHS: [&str; 2] = ["/", "/.well-known/core"];

/// The header of a body that has to be decoded, at the beginning of a line.
const CODING: &[u8] = b"\ncontent-encoding:";
/// How gzip begins (RFC 1952, section 2.3.1).
pub(crate) const GZIP: &[u8] = b"\x1f\x8b\x08";

/// Replaces secrets by `{{secret:ID}}`, in every encoding in which a probe sends or a device echoes them.
///
/// A secret that is also a published default credential is no secret: it stays readable, because it is
/// the finding.
#[derive(Debug, Default)]
pub struct Redactor {
    /// Longest first, so that an encoding is replaced before a shorter part of it.
    needles: Vec<Needle>,
    digests: BTreeMap<String, String>,
    /// Paths that no device named.
    known_paths: BTreeSet<String>,
}

/// A form of a secret.
#[derive(Debug, PartialEq, Eq)]
struct Needle {
    bytes: Vec<u8>,
    /// So many bytes at its beginning are worth hiding.
    telling: usize,
    placeholder: String,
}

impl Redactor {
    /// A redactor for what is only shown, and of which no digest is kept.
    pub fn for_display(device: &Device) -> Self {
        Self::new(device, is_published, &[0; 64])
    }

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
            for bytes in traces(value, &users) {
                needles.push(Needle {
                    telling: (TELLING * bytes.len()).div_ceil(value.len()).max(TELLING),
                    placeholder: secret.placeholder(),
                    bytes,
                });
            }
        }
        let order = |it: &Needle| (std::cmp::Reverse(it.bytes.len()), it.bytes.clone());
        needles.sort_by_cached_key(order);
        needles.dedup();
        Self {
            needles,
            digests,
            known_paths: known_paths(device),
        }
    }

    /// A keyed digest of each secret, by id: two units with the same secret are seen to have it.
    pub fn digests(&self) -> &BTreeMap<String, String> {
        &self.digests
    }

    /// Bytes without the secrets, nor the beginning of one at the end, where they were cut.
    pub fn bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut begins = [false; 256];
        let firsts = self.needles.iter().filter_map(|it| it.bytes.first());
        firsts.for_each(|first| begins[usize::from(*first)] = true);
        let mut out = Vec::with_capacity(bytes.len());
        let mut rest = bytes;
        while let Some(&first) = rest.first() {
            let found = match begins[usize::from(first)] {
                true => self.whole(rest).or_else(|| self.cut(rest)),
                false => None,
            };
            if let Some((needle, placeholder)) = found {
                out.extend_from_slice(placeholder.as_bytes());
                rest = &rest[needle..];
            } else {
                out.push(first);
                rest = &rest[1..];
            }
        }
        out
    }

    /// What may be kept of bytes that were received, and whether that is less than all. A body in a content
    /// coding may hold a secret that cannot be found in it: of an answer over HTTP nothing is kept from there on.
    pub fn received(&self, bytes: &[u8]) -> (Vec<u8>, bool) {
        let kept = clear(bytes);
        (self.bytes(kept), kept.len() < bytes.len())
    }

    /// A secret at the beginning: its length, and what stands in its place.
    fn whole(&self, bytes: &[u8]) -> Option<(usize, &str)> {
        self.needles
            .iter()
            .find(|needle| bytes.starts_with(&needle.bytes))
            .map(|needle| (needle.bytes.len(), needle.placeholder.as_str()))
    }

    /// The beginning of a secret of which the rest was cut off.
    fn cut(&self, bytes: &[u8]) -> Option<(usize, &str)> {
        let end = bytes.strip_suffix("…".as_bytes()).unwrap_or(bytes);
        let begun = |needle: &&Needle| {
            end.len() >= needle.telling
                && needle.bytes.len() > end.len()
                && needle.bytes.starts_with(end)
        };
        let needle = self.needles.iter().find(begun)?;
        Some((end.len(), needle.placeholder.as_str()))
    }

    /// Text without the secrets. A cut in its middle is marked by `…`.
    fn text(&self, text: &mut String) {
        let parts: Vec<String> = text
            .split_inclusive('…')
            // Replacing whole characters' bytes by text leaves text.
            .map(|part| String::from_utf8_lossy(&self.bytes(part.as_bytes())).into_owned())
            .collect();
        *text = parts.concat();
    }

    /// An error about a file of whoever tests, without the secrets: errors end up in logs.
    pub fn input_error(&self, mut error: InputError) -> InputError {
        self.text(&mut error.message);
        error.excerpt.iter_mut().for_each(|text| self.text(text));
        error
    }

    /// Evidence without the secrets. Only what a device or a probe said is touched: never our own
    /// words, times, digests or places, in which a short secret may stand by chance.
    pub fn evidence(&self, evidence: &mut Evidence) {
        if let Asked::Access {
            path: Some(path), ..
        }
        | Asked::Disclosure { path } = &mut evidence.asked
            && !self.known_paths.contains(path)
        {
            // It comes out of a list or a page of the device.
            self.text(path);
        }
        match &mut evidence.outcome {
            Outcome::Absent { detail, .. } => self.text(detail),
            Outcome::Observed { observations } => {
                for observation in observations {
                    self.observation(observation);
                }
            }
        }
    }

    fn certificate(&self, certificate: &mut TlsCertificate) {
        let der = STANDARD.decode(&certificate.der).unwrap_or_default();
        let clean = self.bytes(&der);
        if clean != der {
            // It is no certificate any more. Its digest still tells which one it was.
            certificate.der = STANDARD.encode(clean);
        }
        if let Some(facts) = &mut certificate.facts {
            self.text(&mut facts.subject);
            self.text(&mut facts.issuer);
            facts.names.iter_mut().for_each(|text| self.text(text));
        }
    }

    fn audit(&self, audit: &mut TlsAudit) {
        for shown in &mut audit.certificates {
            self.certificate(&mut shown.certificate);
        }
        let said = audit.interrupted.iter_mut();
        said.chain(&mut audit.stays_in_clear)
            .for_each(|text| self.text(text));
        for version in &mut audit.versions {
            self.text(&mut version.because);
            let said = version.psk_hint.iter_mut().chain(&mut version.alpn);
            said.for_each(|text| self.text(text));
            for untold in &mut version.untold {
                self.text(&mut untold.why);
            }
            if let Some(TlsSession::Failed { detail }) = &mut version.session {
                self.text(detail);
            }
        }
    }

    fn tls(&self, tls: &mut Tls) {
        for certificate in &mut tls.chain {
            self.certificate(certificate);
        }
        for offer in &mut tls.offers {
            if let OfferAnswer::Unclear { detail } = &mut offer.answer {
                self.text(detail);
            }
        }
        if let TlsSession::Failed { detail } = &mut tls.session {
            self.text(detail);
        }
        if let TlsTrust::Failed { detail } | TlsTrust::Unchecked { detail } = &mut tls.trust {
            self.text(detail);
        }
    }

    fn observation(&self, observation: &mut Observation) {
        match observation {
            Observation::Access(reply) => {
                self.text(&mut reply.detail);
                reply.location.iter_mut().for_each(|text| self.text(text));
                reply.title.iter_mut().for_each(|text| self.text(text));
                reply.schemes.iter_mut().for_each(|text| self.text(text));
                let topics = reply.mqtt.iter_mut().flat_map(|mqtt| &mut mqtt.topics);
                topics.for_each(|text| self.text(text));
            }
            Observation::Disclosure(disclosure) => {
                for item in &mut disclosure.items {
                    self.text(&mut item.place);
                    self.text(&mut item.excerpt);
                }
            }
            Observation::Document(document) => {
                document.texts_mut().for_each(|text| self.text(text));
            }
            Observation::Identity(identity) => {
                let said = identity.firmware.iter_mut().chain(&mut identity.model);
                said.for_each(|text| self.text(text));
                identity
                    .fingerprints
                    .values_mut()
                    .for_each(|text| self.text(text));
            }
            Observation::Service(service) => {
                service.product.iter_mut().for_each(|text| self.text(text));
                self.text(&mut service.first_bytes);
            }
            Observation::Tls(tls) => self.tls(tls),
            Observation::Dtls(dtls) => self.audit(&mut dtls.tls),
            Observation::TlsAudit(audit) => self.audit(audit),
            Observation::Ssh(ssh) => {
                self.text(&mut ssh.banner);
                ssh.untold.iter_mut().for_each(|it| self.text(&mut it.why));
            }
            Observation::ImportedMud(mud) => mud.texts_mut().for_each(|text| self.text(text)),
            Observation::ImportedPorts(ports) => {
                self.text(&mut ports.args);
                for open in &mut ports.open {
                    open.speaks.iter_mut().for_each(|text| self.text(text));
                    open.product.iter_mut().for_each(|text| self.text(text));
                }
            }
            Observation::Update(attempt) => {
                self.text(&mut attempt.upload.detail);
                let seen = attempt.seen.iter_mut().map(|it| &mut it.installed);
                for installed in seen.chain([&mut attempt.before]).chain(&mut attempt.after) {
                    self.text(&mut installed.firmware);
                    installed
                        .content
                        .iter_mut()
                        .for_each(|text| self.text(text));
                }
            }
            // Of a file, or of the manifest: no device had a hand in it.
            Observation::UpdatePackage(_)
            | Observation::Statements(_)
            | Observation::LookedUp(_) => {}
            Observation::Reach(_)
            | Observation::OnLink(_)
            | Observation::PortLedger(_)
            | Observation::UdpLedger(_)
            | Observation::Alive(_) => {}
        }
    }
}

/// Refuses a text of whoever tests that holds a secret of the manifest, in whatever form: waivers, a profile, notes. Such
/// a text is kept as it is, under a digest, and goes to everybody who gets the run, so that nothing can be replaced
/// in it. `origin` is what the user calls the text.
///
/// What a person may write by chance is let through: a secret of three characters, one that is the product's name, one
/// within a longer word. Nothing is found where the device was read back from a run, which holds no secret.
///
/// # Errors
///
/// Where the first one stands, and which it is; never the line itself.
pub fn refuse_secrets(device: &Device, origin: &str, text: &str) -> Result<(), InputError> {
    let found = device.secrets().find_map(|secret| {
        let at = place_of(device, secret.id(), secret.expose()?, text)?;
        Some((at, secret.id()))
    });
    let Some((at, id)) = found else {
        return Ok(());
    };
    let message = format!("the manifest's secret `{id}` stands here");
    let legal = "the text without it: it goes to everybody who gets the run";
    Err(InputError {
        excerpt: None,
        ..InputError::at(origin, text, at, message).legal(legal)
    })
}

/// Where a secret stands in a text by no chance.
fn place_of(device: &Device, id: &str, value: &str, text: &str) -> Option<usize> {
    let product = format!("{} {}", device.manufacturer, device.model);
    if value.chars().count() < TELLING_IN_TEXT || is_published(value) || product.contains(value) {
        return None;
    }
    let letters = |one: Option<char>, other: Option<char>| {
        let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        letter(one) && letter(other)
    };
    let apart = |at: &usize| {
        let (before, after) = (&text[..*at], &text[at + value.len()..]);
        let joined = letters(before.chars().next_back(), value.chars().next())
            || letters(value.chars().next_back(), after.chars().next());
        !joined
    };
    let plain = text.match_indices(value).map(|(at, _)| at).find(apart);
    let forms = traces(value, &users_of(device, id));
    let coded = forms
        .iter()
        .filter(|form| form.len() >= TELLING_FORM && form[..] != *value.as_bytes())
        .filter_map(|form| text.find(std::str::from_utf8(form).ok()?));
    coded.chain(plain).min()
}

/// The beginning of an answer over HTTP, up to a body in a content coding; of anything else, all.
fn clear(bytes: &[u8]) -> &[u8] {
    if !bytes.starts_with(b"HTTP/") {
        return bytes;
    }
    let find = |from: usize, what: &[u8]| {
        let rest = bytes.get(from..)?;
        let found = rest
            .windows(what.len())
            .position(|window| window.eq_ignore_ascii_case(what));
        found.map(|at| from + at)
    };
    let file = find(0, GZIP).unwrap_or(bytes.len());
    let mut from = 0;
    while let Some(at) = find(from, CODING) {
        let value = &bytes[at + CODING.len()..];
        let value = value.split(|byte| *byte == b'\n').next();
        let value = value.unwrap_or_default().trim_ascii();
        if !value.is_empty() && !value.eq_ignore_ascii_case(b"identity") {
            let ends = [&b"\r\n\r\n"[..], b"\n\n"].into_iter();
            let end = ends.filter_map(|end| Some(find(at, end)? + end.len()));
            return &bytes[..end.min().unwrap_or(bytes.len()).min(file)];
        }
        from = at + CODING.len();
    }
    &bytes[..file]
}

fn keyed_digest(key: &[u8; 64], value: &str) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new(key.into());
    mac.update(value.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// The paths that the manifest names, and our own.
fn known_paths(device: &Device) -> BTreeSet<String> {
    let declared = device.services.iter().flat_map(|service| {
        let owner = service.owner.iter().filter_map(|owner| owner.path.as_ref());
        service.paths.iter().chain(owner)
    });
    let ours = OUR_PATHS.into_iter().map(str::to_owned);
    declared.cloned().chain(ours).collect()
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

#[cfg(test)]
mod tests;
