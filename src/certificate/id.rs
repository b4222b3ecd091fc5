//! What a certificate is called.

use super::Judging;
use crate::digest::sha256_hex;

/// From everything that decides the certificate: the same judging by the same rules has the same id.
pub fn certificate_id(judging: &Judging<'_>, rules: &str) -> String {
    let mut source = format!(
        "{} {} {} {rules}",
        judging.run.sha256, judging.profile.sha256, judging.judged_at
    );
    if !judging.waivers.is_none() {
        source.push(' ');
        source.push_str(&judging.waivers.sha256);
    }
    if !judging.records.is_none() {
        source.push_str(" records ");
        source.push_str(&judging.records.sha256());
    }
    if let Some(lookups) = judging.lookups {
        source.push_str(" blocklist ");
        source.push_str(&lookups.sha256);
    }
    if let Some(job) = judging.job {
        source.push_str(" job ");
        source.push_str(&job.sha256);
    }
    format!("pm-{}", &sha256_hex(source)[..16])
}
