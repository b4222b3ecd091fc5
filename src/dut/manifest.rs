//! stub
use super::Device;
use crate::error::{Error, InputError};
use std::path::Path;
pub const MANIFEST_FORMAT: &str = "proofmark-device/1";
#[derive(Debug)]
pub struct ManifestFile {
    pub device: Device,
    pub text: String,
    pub sha256: String,
}
pub fn load(_path: &Path, _allow_public: bool) -> Result<ManifestFile, Error> {
    Err(Error::Harness("stub".to_owned()))
}
pub fn parse(
    _text: &str,
    _origin: &str,
    _base: &Path,
    _environment: &dyn Fn(&str) -> Option<String>,
    _allow_public: bool,
) -> Result<Device, InputError> {
    Err(InputError::new("", "stub"))
}
