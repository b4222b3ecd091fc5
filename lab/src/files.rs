//! The files that manifests of the lab name, which are laid beside them.

use std::io;
use std::path::Path;

use crate::pki::{CA_FILE, ca_pem};

/// The directory beside a manifest that holds update packages and the public keys that they are checked with.
pub const PACKAGES: &str = "lab-packages";

/// An update package or a public key, as it stands in `fixtures/mcuboot`.
macro_rules! fixture {
    ($name:literal, $path:literal) => {
        (
            $name,
            include_bytes!(concat!("../fixtures/mcuboot/", $path)).as_slice(),
        )
    };
    ($name:literal) => {
        fixture!($name, $name)
    };
}

const FIXTURES: [(&str, &[u8]); 12] = [
    fixture!("camera.pub.pem", "keys/mcuboot-root-ec-p256.pub.pem"),
    fixture!("camera-1.0.0.bin"),
    fixture!("camera-1.0.3.bin"),
    fixture!("camera-1.1.0.bin"),
    fixture!("camera-1.2.0.bin"),
    fixture!("hub.pub.pem", "keys/hub.pub.pem"),
    fixture!("hub-2.3.0.bin"),
    fixture!("hub-2.4.1.bin"),
    fixture!("hub-2.5.0.bin"),
    fixture!("hub-2.6.0.bin"),
    fixture!("hub-broken-2.5.0.bin"),
    fixture!("hub-unsigned-2.5.0.bin"),
];

/// The update package or public key of that name, where there is one.
pub fn package(name: &str) -> Option<&'static [u8]> {
    let found = FIXTURES.iter().find(|(known, _)| *known == name);
    found.map(|(_, bytes)| *bytes)
}

/// Every update package and public key.
pub fn packages() -> impl Iterator<Item = &'static [u8]> {
    FIXTURES.into_iter().map(|(_, bytes)| bytes)
}

/// Writes the authority's certificate, every package and every document into the directory of a manifest.
///
/// # Errors
///
/// What the file system says.
pub fn lay_beside_manifest(directory: &Path) -> io::Result<()> {
    std::fs::write(directory.join(CA_FILE), ca_pem())?;
    let packages = directory.join(PACKAGES);
    std::fs::create_dir_all(&packages)?;
    for (name, bytes) in FIXTURES {
        std::fs::write(packages.join(name), bytes)?;
    }
    crate::documents::lay(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_manifests_name_is_there() {
        let directory = tempfile::tempdir().unwrap();
        lay_beside_manifest(directory.path()).unwrap();
        let laid = |name: &str| std::fs::read(directory.path().join(PACKAGES).join(name)).unwrap();
        assert_eq!(
            Some(laid("hub-2.5.0.bin").as_slice()),
            package("hub-2.5.0.bin")
        );
        assert!(laid("hub.pub.pem").starts_with(b"-----BEGIN PUBLIC KEY-----"));
        assert!(directory.path().join(CA_FILE).is_file());
        assert_eq!(package("hub-9.9.9.bin"), None);
    }
}
