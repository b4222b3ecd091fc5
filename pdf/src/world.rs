//! What a template can reach: the page, the files of its own folder, the parts inside, the fonts. No network, no clock,
//! nothing outside.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use typst::diag::{FileError, FileResult, PackageError};
use typst::foundations::{Bytes, Datetime, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};

use crate::error::Error;
use crate::fonts::Fonts;
use crate::page::Page;
use crate::template::{self, MAIN};

/// Where a template finds the page, and the certificate alone.
const PAGE: &str = "/page.json";
const CERTIFICATE: &str = "/certificate.json";

/// No file that a template names is larger, bytes.
const LARGEST: u64 = 32 << 20;

/// Everything that a template can reach.
pub struct Desk {
    library: LazyHash<Library>,
    fonts: Fonts,
    main: Source,
    /// The folder of a template that is not ours, with every link resolved.
    folder: Option<PathBuf>,
    page: Bytes,
    certificate: Bytes,
    judged_at: Timestamp,
    /// What was read, so that it is the same whenever it is asked for.
    read: Mutex<HashMap<FileId, FileResult<Bytes>>>,
}

impl Desk {
    /// A desk for a template, or for ours.
    ///
    /// # Errors
    /// The template cannot be read.
    pub fn new(template: Option<&Path>, page: Page, fonts: Fonts) -> Result<Self, Error> {
        let (folder, name, text) = match template {
            None => (None, MAIN.0.to_owned(), MAIN.1.to_owned()),
            Some(path) => from_file(path)?,
        };
        let place =
            VirtualPath::new(&name).map_err(|error| Error::Input(format!("{name}: {error}")))?;
        let id = RootedPath::new(VirtualRoot::Project, place).intern();
        Ok(Self {
            library: LazyHash::new(Library::default()),
            fonts,
            main: Source::new(id, text),
            folder,
            page: Bytes::new(page.json),
            certificate: Bytes::new(page.certificate),
            judged_at: page.judged_at,
            read: Mutex::default(),
        })
    }

    /// Whether the template is the one that is inside.
    pub fn is_built_in(&self) -> bool {
        self.folder.is_none()
    }

    /// When the certificate was judged: the one time that there is.
    pub fn judged_at(&self) -> Option<Datetime> {
        let time = self.judged_at.to_zoned(TimeZone::UTC).datetime();
        let part = |number: i8| u8::try_from(number).ok();
        Datetime::from_ymd_hms(
            time.year().into(),
            part(time.month())?,
            part(time.day())?,
            part(time.hour())?,
            part(time.minute())?,
            part(time.second())?,
        )
    }

    fn load(&self, id: FileId) -> FileResult<Bytes> {
        if matches!(id.root(), VirtualRoot::Package(_)) {
            let advice = "packages are not fetched; copy what you need beside the template";
            return Err(FileError::Package(PackageError::Other(Some(advice.into()))));
        }
        let place = id.vpath();
        match place.get_with_slash() {
            PAGE => return Ok(self.page.clone()),
            CERTIFICATE => return Ok(self.certificate.clone()),
            _ => {}
        }
        let own = match &self.folder {
            Some(folder) => inside(folder, &place.realize(folder)?),
            None => Err(FileError::NotFound(place.get_without_slash().into())),
        };
        match (own, template::part(place.get_without_slash())) {
            // Where a laboratory has no part of its own, there is ours.
            (Err(FileError::NotFound(_)), Some(ours)) => Ok(Bytes::from_string(ours)),
            (own, _) => own,
        }
    }
}

/// A template's folder, its name there, and its text.
fn from_file(path: &Path) -> Result<(Option<PathBuf>, String, String), Error> {
    let unreadable =
        |problem: &dyn std::fmt::Display| Error::file(path, format!("cannot read it: {problem}"));
    let real = fs::canonicalize(path).map_err(|error| unreadable(&error))?;
    let (Some(folder), Some(name)) = (
        real.parent(),
        real.file_name().and_then(|name| name.to_str()),
    ) else {
        return Err(unreadable(&"its name is no text"));
    };
    let bytes = inside(folder, &real).map_err(|error| unreadable(&error))?;
    let text = bytes.to_str().map_err(|error| unreadable(&error))?;
    Ok((Some(folder.to_owned()), name.to_owned(), text.to_string()))
}

/// A regular file in a folder, wherever links lead.
fn inside(folder: &Path, path: &Path) -> FileResult<Bytes> {
    let failed = |error| FileError::from_io(error, path);
    let real = fs::canonicalize(path).map_err(failed)?;
    if !real.starts_with(folder) {
        return Err(FileError::Other(Some(
            "it is outside the template's folder".into(),
        )));
    }
    let kind = fs::metadata(&real).map_err(failed)?;
    if kind.is_dir() {
        return Err(FileError::IsDirectory);
    }
    if !kind.is_file() {
        return Err(FileError::Other(Some("it is not a regular file".into())));
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(&real).map_err(failed)?;
    file.take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(FileError::Other(Some("it is too large".into())));
    }
    Ok(Bytes::new(bytes))
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            return Ok(self.main.clone());
        }
        let text = self
            .file(id)?
            .to_str()
            .map_err(|_| FileError::InvalidUtf8)?;
        Ok(Source::new(id, text.to_string()))
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.main.id() {
            return Ok(Bytes::from_string(self.main.clone()));
        }
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        read.entry(id).or_insert_with(|| self.load(id)).clone()
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    /// Nobody asks the clock: today is the day on which the certificate was judged.
    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        let day = self.judged_at()?;
        Datetime::from_ymd(day.year()?, day.month()?, day.day()?)
    }
}
