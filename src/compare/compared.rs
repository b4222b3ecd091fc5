//! Certificates that may stand beside each other.

use crate::certificate::Certificate;

/// A certificate among others.
#[derive(Clone, Debug)]
pub struct Compared {
    /// What the user calls it, safe to show.
    pub name: String,
    pub certificate: Certificate,
    /// Whether it was judged for this comparison, from its evidence.
    pub judged_again: bool,
}

/// Why certificates cannot be put side by side: by other profiles, other rules, or not whole.
///
/// # Errors
///
/// A sentence for the user.
pub fn comparable(certificates: &[&Certificate]) -> Result<(), String> {
    let ids = |certificate: &Certificate| -> Vec<String> {
        let requirements = certificate.requirements.iter();
        requirements
            .map(|requirement| requirement.id.clone())
            .collect()
    };
    for pair in certificates.windows(2) {
        let (one, other) = (pair[0], pair[1]);
        if one.profile.sha256 != other.profile.sha256 {
            return Err("they were judged by different profiles".to_owned());
        }
        if one.tool.rules != other.tool.rules {
            return Err("they were judged by different rules".to_owned());
        }
        if ids(one) != ids(other) {
            return Err("they name one profile and have other requirements".to_owned());
        }
    }
    Ok(())
}
