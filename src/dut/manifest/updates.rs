//! `[update]`: the channel, and packages that are read when the manifest is.

use super::{At, Resolver};
use crate::decode::steps;
use crate::digest::sha256_hex;
use crate::dut::device::DeclaredService;
use crate::dut::raw::{RawChannel, RawInstalled, RawUpdate};
use crate::dut::update::{
    ChannelKind, HttpUpload, InstalledSource, Package, PackageBytes, Update, UpdateChannel,
    UpdateMechanism, VerifyKey,
};
use crate::error::InputError;
use crate::text::shown;
use crate::update::mcuboot::Version;
use crate::update::{Inspection, ProblemCode, PublicKey, inspect};

/// The largest package, in bytes.
const PACKAGE_LIMIT: usize = 64 << 20;
/// The largest file with a key, in bytes.
const KEY_LIMIT: usize = 64 << 10;
/// How long an installation takes at most, where the manifest does not say it.
const SETTLE_SECONDS: u32 = 60;

impl Resolver<'_> {
    pub(super) fn update(
        &self,
        raw: RawUpdate,
        services: &[DeclaredService],
    ) -> Result<Update, InputError> {
        let channel = self.channel(raw.channel, services)?;
        let installed = match raw.installed {
            Some(installed) => Some(self.installed(installed, services)?),
            None => None,
        };
        let key = match raw.verify_key {
            Some(file) => Some(self.verify_key(file, raw.mechanism)?),
            None => None,
        };
        let (verify_key, key) = key.unzip();
        let package = |at: &At<'_>, file: String| {
            self.package(
                at,
                file,
                raw.mechanism,
                key.as_ref().and_then(Option::as_ref),
            )
        };
        if raw.newer.len() > 2 {
            let at = steps!["update", "newer", 2];
            let message = format!("{} newer packages", raw.newer.len());
            return Err(self.document.error(at, message, "one or two, oldest first"));
        }
        let mut newer = Vec::new();
        for (index, file) in raw.newer.into_iter().enumerate() {
            newer.push(package(steps!["update", "newer", index], file)?);
        }
        let older = match raw.older {
            Some(file) => Some(package(steps!["update", "older"], file)?),
            None => None,
        };
        self.in_order(&newer, older.as_ref())?;
        Ok(Update {
            mechanism: raw.mechanism,
            channel,
            installed,
            newer,
            older,
            verify_key,
        })
    }

    fn channel(
        &self,
        raw: RawChannel,
        services: &[DeclaredService],
    ) -> Result<UpdateChannel, InputError> {
        let at = |key| [steps!["update", "channel"], steps![key]].concat();
        if raw.kind != ChannelKind::HttpUpload {
            for (key, said) in [
                ("service", raw.service.is_some()),
                ("path", raw.path.is_some()),
                ("method", raw.method.is_some()),
                ("form_field", raw.form_field.is_some()),
                ("settle_seconds", raw.settle_seconds.is_some()),
            ] {
                if said {
                    let message = format!("`{}` has no `{key}`", raw.kind.as_str());
                    let legal = "`kind = \"http-upload\"`, or no such key";
                    return Err(self.document.key_error(&at(key), message, legal));
                }
            }
            return Ok(UpdateChannel {
                kind: raw.kind,
                upload: None,
            });
        }
        let missing = |key: &str| {
            let message = format!("the key `{key}` is missing");
            let legal = format!("`{key} = …` here");
            self.document
                .error(steps!["update", "channel"], message, legal)
        };
        let service = raw.service.ok_or_else(|| missing("service"))?;
        self.http_service(&at("service"), &service, services)?;
        let path = raw.path.ok_or_else(|| missing("path"))?;
        self.path(&at("path"), &path)?;
        if let Some(name) = &raw.form_field
            && (name.is_empty() || !name.bytes().all(|it| it.is_ascii_graphic() && it != b'"'))
        {
            let message = format!("`{}` is no name of a form field", shown(name, 60));
            let legal = "printable ASCII without spaces and quotes";
            return Err(self.document.error(&at("form_field"), message, legal));
        }
        let settle_seconds = raw.settle_seconds.unwrap_or(SETTLE_SECONDS);
        if !(1..=3600).contains(&settle_seconds) {
            let message = format!("`settle_seconds` is {settle_seconds}");
            return Err(self
                .document
                .error(&at("settle_seconds"), message, "1 to 3600"));
        }
        Ok(UpdateChannel {
            kind: raw.kind,
            upload: Some(HttpUpload {
                service,
                path,
                method: raw.method.unwrap_or_default(),
                form_field: raw.form_field,
                settle_seconds,
            }),
        })
    }

    fn installed(
        &self,
        raw: RawInstalled,
        services: &[DeclaredService],
    ) -> Result<InstalledSource, InputError> {
        let at = |key| [steps!["update", "installed"], steps![key]].concat();
        self.http_service(&at("service"), &raw.service, services)?;
        self.path(&at("path"), &raw.path)?;
        self.place(&at("firmware"), &raw.firmware)?;
        if let Some(content) = &raw.content {
            self.place(&at("content"), content)?;
        }
        Ok(InstalledSource {
            service: raw.service,
            path: raw.path,
            firmware: raw.firmware,
            content: raw.content,
        })
    }

    /// The key, and what packages are checked with, where this version can check them.
    fn verify_key(
        &self,
        file: String,
        mechanism: UpdateMechanism,
    ) -> Result<(VerifyKey, Option<PublicKey>), InputError> {
        let at = steps!["update", "verify_key"];
        let bytes = self.file(at, &file, KEY_LIMIT, "a public key")?;
        let key = match mechanism {
            UpdateMechanism::Mcuboot => {
                let refused = |why: &str| {
                    let message = format!("the file `{}`: {why}", shown(&file, 120));
                    self.document
                        .error(at, message, "a PEM file with `BEGIN PUBLIC KEY`")
                };
                let pem = String::from_utf8(bytes).map_err(|_| refused("not UTF-8"))?;
                let key = PublicKey::from_pem(&pem);
                Some(key.map_err(|error| refused(&error.to_string()))?)
            }
            _ => None,
        };
        let fingerprint = key.as_ref().map(PublicKey::fingerprint);
        Ok((VerifyKey { file, fingerprint }, key))
    }

    /// A package, and what it says. That it is unsigned or signed by another is for a test case to judge; that
    /// it is no package, or not a whole one, is a mistake of whoever wrote the manifest.
    fn package(
        &self,
        at: &At<'_>,
        file: String,
        mechanism: UpdateMechanism,
        key: Option<&PublicKey>,
    ) -> Result<Package, InputError> {
        let bytes = self.file(at, &file, PACKAGE_LIMIT, "an update package")?;
        let inspection = match mechanism {
            UpdateMechanism::Mcuboot => {
                let refused = |why: &str| {
                    let message = format!("the file `{}`: {}", shown(&file, 120), shown(why, 200));
                    self.document.error(at, message, "a whole MCUboot image")
                };
                let found = inspect(&bytes, key).map_err(|error| refused(&error.to_string()))?;
                if let Some(why) = damage(&found) {
                    return Err(refused(why));
                }
                Some(found)
            }
            _ => None,
        };
        Ok(Package {
            size: bytes.len() as u64,
            sha256: sha256_hex(&bytes),
            bytes: PackageBytes(bytes.into()),
            file,
            inspection,
        })
    }

    pub(super) fn file(
        &self,
        at: &At<'_>,
        file: &str,
        limit: usize,
        what: &str,
    ) -> Result<Vec<u8>, InputError> {
        let refused = |why: String| {
            let message = format!("the file `{}`: {why}", shown(file, 120));
            let legal = format!("a file with {what}, of at most {limit} bytes");
            self.document.error(at, message, legal)
        };
        crate::input::bounded(&self.base.join(file), limit)
            .map_err(|error| refused(format!("cannot read it: {error}")))?
            .ok_or_else(|| refused(format!("more than {limit} bytes")))
    }

    /// Refuses packages that cannot play their parts: a device rightly refuses an older one offered as newer.
    fn in_order(&self, newer: &[Package], older: Option<&Package>) -> Result<(), InputError> {
        let not_newer = |one: &Package, than: &Package| match (version(one), version(than)) {
            (Some(new), Some(old)) if new <= old => {
                let file = shown(&than.file, 120);
                Some(format!("version {new} is not newer than {old} of `{file}`"))
            }
            _ => None,
        };
        if let [first, second] = newer
            && let Some(message) = not_newer(second, first)
        {
            let at = steps!["update", "newer", 1];
            return Err(self.document.error(at, message, "oldest first"));
        }
        if let (Some(first), Some(older)) = (newer.first(), older)
            && let Some(message) = not_newer(first, older)
        {
            let at = steps!["update", "newer", 0];
            return Err(self.document.error(at, message, "newer than `older`"));
        }
        Ok(())
    }
}

fn version(package: &Package) -> Option<Version> {
    Version::read(package.inspection.as_ref()?.version.as_deref()?)
}

/// What makes it no whole package.
fn damage(inspection: &Inspection) -> Option<&str> {
    let problems = inspection.problems.iter();
    let mut malformed = problems.filter(|it| it.code == ProblemCode::Malformed);
    malformed.next().map(|it| it.message.as_str())
}
