//! Reading the files that a user names. Parsing them is for [`crate::dut`] and [`crate::profile`].

mod judged;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::decode;
use crate::digest::sha256_hex;
use crate::dut::{self, Authority, Device, ManifestFile};
use crate::error::{Error, InputError};
use crate::evidence::{BlocklistUsed, Evidence, Run, refuse_secrets};
use crate::import::{Import, MUD_LIMIT, MudFile, NMAP_LIMIT};
use crate::job::{self, JobFile};
use crate::keys::{Blocklist, BlocklistFile, Lookups, NoBlocklist, PublicKey, seen_in};
use crate::profile::{self, Profile, Standing, Waivers};
use crate::text::shown;
use crate::texts::{self, Source, Texts};

pub use judged::Judged;

/// What a list of compromised keys said that a run was judged with, beside its certificate.
pub const BLOCKLIST_FILE: &str = "blocklist.json";
/// The signed statement about a run, beside its certificate.
pub const STATEMENT_FILE: &str = "statement.dsse.json";
/// The copy of the waivers that a run was judged with, beside its certificate.
pub const WAIVERS_FILE: &str = "waivers.toml";

/// The copy of the job sheet beside a certificate.
pub const JOB_FILE: &str = "job.toml";

/// The copy of the profile that a run was judged by, beside its certificate, where that is another one than
/// `profile.toml`, with which it was observed.
pub const JUDGED_BY_FILE: &str = "judged-by.toml";

/// Reads a manifest. Relative paths in it are beside it; secrets may come from the environment.
///
/// # Errors
///
/// The file cannot be read, or is no legal manifest.
pub fn manifest(path: &Path, allow_public: bool) -> Result<ManifestFile, Error> {
    let origin = path.display().to_string();
    let text = text(path, &origin)?;
    let base = path.parent().unwrap_or(Path::new(""));
    let environment = |name: &str| std::env::var(name).ok();
    let device = dut::parse(&text, &origin, base, &environment, allow_public)?;
    let sha256 = sha256_hex(&text);
    Ok(ManifestFile {
        device,
        text,
        sha256,
    })
}

/// Reads a profile from a file.
///
/// # Errors
///
/// The file cannot be read, is no legal profile, or has the name of a shipped profile and asks for something else.
pub fn profile(path: &Path) -> Result<Profile, Error> {
    let origin = path.display().to_string();
    let text = text(path, &origin)?;
    let profile = profile::parse(&text, &origin)?;
    if profile.standing() == Standing::Changed {
        let message = format!(
            "has the name of the shipped profile `{}` {} and is not the same text, so that its certificate would be taken for another",
            profile.id, profile.version
        );
        let legal = "an `id` and a `title` of its own, as in `id = \"my-profile\"`; a shipped profile is named by its id alone";
        return Err(InputError::new(origin, message).legal(legal).into());
    }
    Ok(profile)
}

/// Reads the waivers that somebody hands in for this profile, and this device: none of its secrets may stand there,
/// because the file is kept as it is. A device that was read back from a run has no secrets to look for.
///
/// # Errors
///
/// The file cannot be read, holds a secret, is no legal file of waivers, or names what the profile does not have.
pub fn waivers(path: &Path, profile: &Profile, device: &Device) -> Result<Waivers, Error> {
    let origin = path.display().to_string();
    let text = text(path, &origin)?;
    // First of all: what is wrong with a line is shown with the line.
    refuse_secrets(device, &origin, &text)?;
    Ok(profile::waivers(&text, &origin, profile)?)
}

/// The waivers that lie beside a certificate, in [`WAIVERS_FILE`]; none where there is no such file.
///
/// # Errors
///
/// The file cannot be read, is no legal file of waivers, or not the one that the certificate beside it was judged with.
pub fn recorded_waivers(dir: &Path, judged: &Judged) -> Result<Waivers, Error> {
    let waivers = match beside(dir, WAIVERS_FILE)? {
        None => Waivers::default(),
        Some((text, origin)) => profile::recorded_waivers(&text, &origin)?,
    };
    let wrong = |message: &str| {
        let origin = dir.join(WAIVERS_FILE).display().to_string();
        let legal =
            "the file as it was, waivers of your choice with `--waivers FILE`, or `--no-waivers`";
        Err(InputError::new(origin, message).legal(legal).into())
    };
    let Some(judged) = judged.with()? else {
        return Ok(waivers);
    };
    match &judged.waivers {
        None if waivers.is_none() => Ok(waivers),
        None => wrong("is none of the certificate's beside it, which was judged without waivers"),
        Some(_) if waivers.is_none() => {
            wrong("is gone: the certificate beside it was judged with waivers")
        }
        Some(named) if named.sha256 != waivers.sha256 => {
            wrong("is not what the certificate beside it was judged with")
        }
        Some(_) => Ok(waivers),
    }
}

/// Reads the job sheet that somebody hands in for a test of this device: as in waivers, none of its secrets may stand there.
///
/// # Errors
///
/// The file cannot be read, holds a secret, is no legal job sheet, or names a unit that the device does not have.
pub fn job(path: &Path, device: &Device) -> Result<JobFile, Error> {
    let origin = path.display().to_string();
    let text = text(path, &origin)?;
    refuse_secrets(device, &origin, &text)?;
    let units: Vec<&str> = device.units.iter().map(|unit| unit.id.as_str()).collect();
    Ok(job::job(&text, &origin, &units)?)
}

/// The job sheet that lies beside a certificate, in [`JOB_FILE`]; none where there is no such file.
///
/// # Errors
///
/// The file cannot be read or is no legal job sheet.
pub fn recorded_job(dir: &Path) -> Result<Option<JobFile>, Error> {
    match beside(dir, JOB_FILE)? {
        Some((text, origin)) => Ok(Some(job::recorded_job(&text, &origin)?)),
        None => Ok(None),
    }
}

/// Looks the keys of a run up in a list of compromised keys.
///
/// # Errors
///
/// It cannot be read, or is no blocklist of badkeys.
pub fn lookups(path: &Path, run: &Run) -> Result<Lookups, Error> {
    let facts = run.evidence.iter().flat_map(Evidence::observations);
    let keys: BTreeMap<_, PublicKey> = facts
        .flat_map(seen_in)
        .map(|key| (key.identity(), key))
        .collect();
    let keys: Vec<PublicKey> = keys.into_values().collect();
    let read = look_up(path, &keys).map_err(|why| no_blocklist(path, &why))?;
    Ok(Lookups::new(&read, &keys))
}

/// What a list of compromised keys said when a run was judged, in [`BLOCKLIST_FILE`]; none where there is no such file.
///
/// # Errors
///
/// The file cannot be read, is not one that we write, or not the one that the certificate beside it was judged with.
pub fn recorded_lookups(dir: &Path, judged: &Judged) -> Result<Option<Lookups>, Error> {
    let lookups = match beside(dir, BLOCKLIST_FILE)? {
        Some((text, origin)) => Some(Lookups::read(&text, &origin)?),
        None => None,
    };
    let wrong = |message: &str| {
        let origin = dir.join(BLOCKLIST_FILE).display().to_string();
        let legal = "the file, the list again with `--blocklist FILE`, or `--no-blocklist`";
        Err(InputError::new(origin, message).legal(legal).into())
    };
    let Some(judged) = judged.with()? else {
        return Ok(lookups);
    };
    // Without what a list said, a failure would be gone and nobody the wiser.
    match (&judged.blocklist, &lookups) {
        (Some(_), None) => {
            wrong("is gone: the certificate beside it was judged with a list of compromised keys")
        }
        (judged, Some(now)) if judged.as_ref().is_none_or(|it| it.sha256 != now.sha256) => {
            wrong("is not what the certificate beside it was judged with")
        }
        _ => Ok(lookups),
    }
}

/// The profile that a run was judged by: the one beside the certificate, in [`JUDGED_BY_FILE`], or else the one that
/// it was observed with.
///
/// # Errors
///
/// [`recorded_profile_text`]; or it is no legal profile.
pub fn recorded_profile(dir: &Path, run: &Run, judged: &Judged) -> Result<Profile, Error> {
    let (text, origin) = recorded_profile_text(dir, run, judged)?;
    Ok(profile::parse(&text, &origin)?)
}

/// The same as a text, and what errors call it.
///
/// # Errors
///
/// The file cannot be read, is the profile that the run has anyway, or not the one by which the certificate beside it was judged.
pub fn recorded_profile_text<'r>(
    dir: &Path,
    run: &'r Run,
    judged: &Judged,
) -> Result<(Cow<'r, str>, String), Error> {
    let beside = beside(dir, JUDGED_BY_FILE)?;
    let path = |name: &str| dir.join(name).display().to_string();
    let judged = judged.with()?;
    let is_other = |text: &str| judged.is_some_and(|it| it.profile.sha256 != sha256_hex(text));
    let wrong = |message: &str, legal: &str| {
        let origin = path(JUDGED_BY_FILE);
        Err(InputError::new(origin, message).legal(legal).into())
    };
    let legal = "the file, or a profile of your choice with `--profile`";
    match beside {
        // What the other profile asked for, and this one perhaps does not, would be gone and nobody the wiser.
        None if is_other(&run.profile_text) => wrong(
            "is gone: the certificate beside it was judged by another profile than the run was observed with",
            legal,
        ),
        None => Ok((Cow::Borrowed(&run.profile_text), path("profile.toml"))),
        Some((text, _)) if text == run.profile_text => wrong(
            "is the profile that the run was observed with",
            "another profile, or no such file",
        ),
        Some((text, _)) if is_other(&text) => wrong(
            "is not the profile by which the certificate beside it was judged",
            legal,
        ),
        Some((text, origin)) => Ok((Cow::Owned(text), origin)),
    }
}

/// The text of a file beside a certificate, and what errors call it; none where there is no such file.
fn beside(dir: &Path, name: &str) -> Result<Option<(String, String)>, Error> {
    let path = dir.join(name);
    let origin = path.display().to_string();
    match std::fs::symlink_metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Ok(metadata) if metadata.is_symlink() => {
            Err(InputError::new(origin, "is a link, and a run has none").into())
        }
        _ => Ok(Some((text(&path, &origin)?, origin))),
    }
}

/// Reads the nmap files of a command line, in order.
///
/// # Errors
///
/// A file cannot be read, is larger than [`NMAP_LIMIT`], or is no nmap XML.
pub fn nmap(paths: &[PathBuf]) -> Result<Vec<Import>, Error> {
    let mut imports = Vec::new();
    for (path, number) in paths.iter().zip(1..) {
        let origin = path.display().to_string();
        let bytes = bounded(path, NMAP_LIMIT)
            .map_err(|source| unreadable(path, &source))?
            .ok_or_else(|| decode::too_large(&origin, NMAP_LIMIT))?;
        imports.push(Import::new(number, &origin, bytes)?);
    }
    Ok(imports)
}

/// Reads the MUD file of a command line.
///
/// # Errors
///
/// It cannot be read, is larger than [`MUD_LIMIT`], or is no MUD file.
pub fn mud(path: &Path) -> Result<MudFile, Error> {
    let origin = path.display().to_string();
    let bytes = bounded(path, MUD_LIMIT)
        .map_err(|source| unreadable(path, &source))?
        .ok_or_else(|| decode::too_large(&origin, MUD_LIMIT))?;
    Ok(MudFile::new(&origin, bytes)?)
}

/// Where a list of compromised keys is, and which it was when the command began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlocklistPath {
    pub path: PathBuf,
    pub used: BlocklistUsed,
}

/// Looks through a list of compromised keys, so that what is none is an error before anything is sent.
///
/// # Errors
///
/// It cannot be read, or is no blocklist of badkeys.
pub fn blocklist(path: &Path) -> Result<BlocklistPath, Error> {
    let read = look_up(path, &[]).map_err(|why| no_blocklist(path, &why))?;
    Ok(BlocklistPath {
        path: path.to_owned(),
        used: BlocklistUsed {
            sha256: read.list.sha256,
            keys: read.list.keys,
        },
    })
}

fn no_blocklist(path: &Path, why: &NoBlocklist) -> InputError {
    InputError::new(path.display().to_string(), why.to_string())
        .legal("`blocklist.dat` of badkeys, unpacked: records of 16 bytes, sorted")
}

/// Reads a list of compromised keys for what it says of these.
///
/// # Errors
///
/// [`NoBlocklist`].
pub fn look_up(path: &Path, keys: &[PublicKey]) -> Result<BlocklistFile, NoBlocklist> {
    if !std::fs::metadata(path)?.is_file() {
        return Err(std::io::Error::other("not a regular file").into());
    }
    Blocklist::read(std::fs::File::open(path)?, keys)
}

/// The largest file of authorities, in bytes: a whole system's fits.
const AUTHORITIES_LIMIT: usize = 1 << 20;

/// Reads certificates that vouch for servers, and the SHA-256 of their file, hex.
///
/// # Errors
///
/// The file cannot be read, is larger than 1 MiB, or has no certificates that can be trusted.
pub fn authority(path: &Path) -> Result<(Authority, String), Error> {
    let origin = path.display().to_string();
    let bytes = bounded(path, AUTHORITIES_LIMIT)
        .map_err(|source| unreadable(path, &source))?
        .ok_or_else(|| decode::too_large(&origin, AUTHORITIES_LIMIT))?;
    let authority = Authority::read(origin.clone(), &bytes)
        .map_err(|why| InputError::new(origin, why).legal("a PEM file with certificates"))?;
    Ok((authority, sha256_hex(&bytes)))
}

/// The texts of a language: those in the binary, or with `dir` those in its folder of that name.
///
/// # Errors
///
/// There are none, they cannot be read, or are not whole.
pub fn texts(language: &str, dir: Option<&Path>) -> Result<Texts, Error> {
    if !texts::is_language(language) {
        let message = format!("`{}` names no language", shown(language, 40));
        let legal = "a language as HTML writes it: `de`, `pt-BR`";
        return Err(InputError::new("--language", message).legal(legal).into());
    }
    let Some(dir) = dir else {
        let embedded = texts::embedded(language).ok_or_else(|| {
            let known: Vec<_> = texts::languages().collect();
            let message = format!("there are no texts in `{language}`");
            let legal = format!(
                "{}; or --texts DIR, with a folder of that name",
                known.join(", ")
            );
            InputError::new("--language", message).legal(legal)
        })?;
        return Ok(embedded?);
    };
    let source = |name: &str| -> Result<Source, Error> {
        let path = dir.join(language).join(name);
        let origin = path.display().to_string();
        let text = text(&path, &origin)?;
        Ok(Source { origin, text })
    };
    let [page, cases, findings, reasons] = texts::FILES;
    let sources = [
        source(page)?,
        source(cases)?,
        source(findings)?,
        source(reasons)?,
    ];
    Ok(texts::parse(language, &sources)?)
}

/// The text of a file that somebody hands in.
///
/// # Errors
///
/// The file cannot be read, is too large, or is no UTF-8 text.
pub fn text(path: &Path, origin: &str) -> Result<String, Error> {
    let bytes = bounded(path, decode::SIZE_LIMIT)
        .map_err(|source| unreadable(path, &source))?
        .ok_or_else(|| decode::too_large(origin, decode::SIZE_LIMIT))?;
    Ok(decode::utf8(origin, bytes)?)
}

/// An input file that cannot be read.
pub(crate) fn unreadable(path: &Path, source: &std::io::Error) -> InputError {
    InputError::new(
        path.display().to_string(),
        format!("cannot read it: {source}"),
    )
    .legal("a regular file that may be read")
}

/// The bytes of a regular file; none if there are more than `limit`.
///
/// Anything else than a regular file is refused before it is opened: a pipe may never end.
pub(crate) fn bounded(path: &Path, limit: usize) -> std::io::Result<Option<Vec<u8>>> {
    bounded_of(path, &std::fs::metadata(path)?, limit)
}

/// The same of a path of which it is known what is there.
pub(crate) fn bounded_of(
    path: &Path,
    metadata: &Metadata,
    limit: usize,
) -> std::io::Result<Option<Vec<u8>>> {
    if !metadata.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    // What it says of its length only saves time.
    let length = usize::try_from(metadata.len()).unwrap_or(limit);
    let mut bytes = Vec::with_capacity(length.min(limit) + 1);
    std::fs::File::open(path)?
        .take(limit as u64 + 1)
        .read_to_end(&mut bytes)?;
    Ok((bytes.len() <= limit).then_some(bytes))
}
