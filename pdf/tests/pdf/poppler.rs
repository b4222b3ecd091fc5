//! What poppler reads in a PDF.

use std::ops::Range;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Completion, Failed};

/// Whether it is not on this machine.
pub fn is_missing() -> bool {
    ["pdftotext", "pdftoppm", "pdfinfo"]
        .into_iter()
        .any(|program| Command::new(program).arg("-v").output().is_err())
}

/// A missing tool proves nothing, so that CI must have it.
pub fn missing() -> Result<Completion, Failed> {
    let reason = "poppler is missing; Debian has it in the package poppler-utils";
    if std::env::var_os("CI").is_some_and(|value| value == "true") {
        return Err(format!("ignored, which CI does not allow: {reason}").into());
    }
    Ok(Completion::ignored_with(reason))
}

/// The texts of the pages, one line of each that is not blank.
pub fn pages(pdf: &Path) -> Vec<String> {
    let text = run("pdftotext", &["-enc", "UTF-8"], pdf, &["-"]);
    let text = String::from_utf8(text).unwrap();
    let mut pages: Vec<String> = text.split('\u{c}').map(tidy).collect();
    // Each page ends with a form feed.
    assert_eq!(pages.pop().as_deref(), Some(""));
    pages
}

fn tidy(page: &str) -> String {
    let lines: Vec<&str> = page
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    lines.join("\n")
}

/// `Title: …` and the rest of what `pdfinfo` says.
pub fn info(pdf: &Path) -> String {
    String::from_utf8(run("pdfinfo", &["-isodates"], pdf, &[])).unwrap()
}

/// A page in shades of grey, 0 black.
#[derive(Debug)]
pub struct Picture {
    pub width: usize,
    pub shades: Vec<u8>,
}

impl Picture {
    /// How many points are not white there, in shares of the width and of the height.
    pub fn ink(&self, columns: Range<f64>, rows: Range<f64>) -> usize {
        self.points(columns, rows)
            .filter(|shade| *shade < 230)
            .count()
    }

    /// The share of points there that are not quite white.
    pub fn tint(&self, columns: Range<f64>, rows: Range<f64>) -> f64 {
        let all = self.points(columns.clone(), rows.clone()).count();
        let tinted = self.points(columns, rows).filter(|shade| *shade < 250);
        tinted.count() as f64 / all as f64
    }

    fn points(&self, columns: Range<f64>, rows: Range<f64>) -> impl Iterator<Item = u8> {
        let height = self.shades.len() / self.width;
        let points = |shares: &Range<f64>, all: usize| {
            let point = |share: f64| (share * all as f64) as usize;
            point(shares.start)..point(shares.end)
        };
        let columns = points(&columns, self.width);
        points(&rows, height)
            .flat_map(move |row| &self.shades[row * self.width..][columns.clone()])
            .copied()
    }
}

/// The pages as pictures, 50 points an inch.
pub fn pictures(pdf: &Path) -> Vec<Picture> {
    let directory = tempfile::tempdir().unwrap();
    let prefix = directory.path().join("page");
    run(
        "pdftoppm",
        &["-gray", "-r", "50"],
        pdf,
        &[prefix.to_str().unwrap()],
    );
    let mut paths: Vec<_> = std::fs::read_dir(directory.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| graymap(&std::fs::read(path).unwrap()))
        .collect()
}

/// Netpbm's `P5 width height 255` and then a byte a point.
fn graymap(bytes: &[u8]) -> Picture {
    let mut words = bytes.splitn(5, |byte| byte.is_ascii_whitespace());
    let mut number = || {
        std::str::from_utf8(words.next().unwrap())
            .unwrap()
            .to_owned()
    };
    assert_eq!(number(), "P5");
    let width: usize = number().parse().unwrap();
    let height: usize = number().parse().unwrap();
    assert_eq!(number(), "255");
    let shades = words.next().unwrap().to_vec();
    assert_eq!(shades.len(), width * height);
    Picture { width, shades }
}

fn run(program: &str, before: &[&str], pdf: &Path, after: &[&str]) -> Vec<u8> {
    let output = Command::new(program)
        .args(before)
        .arg(pdf)
        .args(after)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{program}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}
