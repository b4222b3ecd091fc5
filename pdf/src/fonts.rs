//! The fonts: a few that are inside, and those of a directory that a user names. Never those of the system,
//! because the same certificate must look the same everywhere.

use std::fs;
use std::path::Path;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

use crate::error::Error;

/// Their licences stand beside them.
const EMBEDDED: [&[u8]; 4] = [
    include_bytes!("../fonts/LibertinusSerif-Regular.otf"),
    include_bytes!("../fonts/LibertinusSerif-Italic.otf"),
    include_bytes!("../fonts/LibertinusSerif-Semibold.otf"),
    include_bytes!("../fonts/DejaVuSansMono.ttf"),
];

/// What a font file is called.
const EXTENSIONS: [&str; 4] = ["ttf", "otf", "ttc", "otc"];

/// No font file is larger, bytes. Fonts of all Chinese characters have about 20 MB.
const LARGEST: u64 = 128 << 20;

/// The fonts that a template can use.
#[derive(Debug)]
pub struct Fonts {
    fonts: Vec<Font>,
    book: LazyHash<FontBook>,
}

impl Fonts {
    /// Those that are inside, and then those of a directory, by file name.
    ///
    /// # Errors
    /// The directory cannot be read, or a font in it is none.
    pub fn load(directory: Option<&Path>) -> Result<Self, Error> {
        let mut fonts: Vec<Font> = EMBEDDED
            .into_iter()
            .flat_map(|file| Font::iter(Bytes::new(file)))
            .collect();
        if let Some(directory) = directory {
            fonts.extend(from_directory(directory)?);
        }
        let book = LazyHash::new(FontBook::from_fonts(&fonts));
        Ok(Self { fonts, book })
    }

    /// What typst looks fonts up in.
    pub fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }

    /// A font by its number in the book.
    pub fn font(&self, index: usize) -> Option<Font> {
        self.fonts.get(index).cloned()
    }

    /// Whether any font has a glyph for a character.
    pub fn has_glyph(&self, c: char) -> bool {
        let code = u32::from(c);
        self.fonts
            .iter()
            .any(|font| font.info().coverage.contains(code))
    }
}

fn from_directory(directory: &Path) -> Result<Vec<Font>, Error> {
    let unreadable =
        |error: std::io::Error| Error::file(directory, format!("cannot read it: {error}"));
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if extension.is_some_and(|found| {
            EXTENSIONS
                .iter()
                .any(|known| found.eq_ignore_ascii_case(known))
        }) {
            paths.push(path);
        }
    }
    paths.sort();
    let mut fonts = Vec::new();
    for path in paths {
        let size = fs::metadata(&path).map_err(|error| Error::file(&path, error))?;
        if !size.is_file() || size.len() > LARGEST {
            return Err(Error::file(
                &path,
                format!("not a regular file of at most {LARGEST} bytes"),
            ));
        }
        let bytes = fs::read(&path).map_err(|error| Error::file(&path, error))?;
        let before = fonts.len();
        fonts.extend(Font::iter(Bytes::new(bytes)));
        if fonts.len() == before {
            return Err(Error::file(&path, "not a font"));
        }
    }
    Ok(fonts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_inside_are_all_read_and_know_european_scripts() {
        let fonts = Fonts::load(None).unwrap();
        assert_eq!(fonts.fonts.len(), EMBEDDED.len());
        assert!("aß Łλж“—…".chars().all(|c| fonts.has_glyph(c)));
        assert!(!fonts.has_glyph('摄'));
    }

    #[test]
    fn a_directory_adds_fonts_and_a_false_one_is_named() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("notes.txt"), "no font").unwrap();
        fs::write(directory.path().join("a.TTF"), EMBEDDED[3]).unwrap();
        let fonts = Fonts::load(Some(directory.path())).unwrap();
        assert_eq!(fonts.fonts.len(), EMBEDDED.len() + 1);

        fs::write(directory.path().join("b.otf"), "no font").unwrap();
        let error = Fonts::load(Some(directory.path())).unwrap_err().to_string();
        assert!(error.contains("b.otf: not a font"), "{error}");
    }
}
