//! Files that hold what a renderer is expected to write.

use std::path::Path;

/// Compares with `tests/golden/<name>`; `PROOFMARK_BLESS=1` writes the file instead.
pub(crate) fn check(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("PROOFMARK_BLESS").is_some() {
        return std::fs::write(&path, actual).expect("golden files can be written");
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = expected
        .lines()
        .zip(actual.lines())
        .find(|(old, new)| old != new);
    assert!(
        expected == actual,
        "{name} is not as expected (PROOFMARK_BLESS=1 rewrites it).\n first difference: {differs:#?}"
    );
}
