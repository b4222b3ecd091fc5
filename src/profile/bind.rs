//! stub
use super::Profile;
use crate::error::{Error, InputError};
use std::path::Path;
pub const PROFILE_FORMAT: &str = "proofmark-profile/1";
#[derive(Debug)]
pub struct ProfileFile;
pub fn load(_path: &Path) -> Result<Profile, Error> {
    Err(Error::Harness("stub".to_owned()))
}
pub fn parse(_text: &str, _origin: &str) -> Result<Profile, InputError> {
    Err(InputError::new("", "stub"))
}
pub fn shipped() -> &'static [(&'static str, &'static str)] {
    &[]
}
