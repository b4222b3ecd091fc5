//! Policy as data: which requirements bind, with which parameters, decided by which test case.

mod bind;
mod candidates;
mod catalogue;
mod model;
mod raw;
mod shared_keys;
mod ssh_rules;
mod standing;
mod tls_rules;
mod udp_ports;
mod waivers;

pub(crate) use bind::is_semantic_version;
pub use bind::{PROFILE_FORMAT, parse, parse_with, shipped};
pub use candidates::{Candidate, candidates, candidates_sha256, is_published};
pub use catalogue::{Catalogue, Checked, EvidenceClass, ProvisionEntry, catalogue};
pub use model::{Coverage, Pacing, Profile, Provision, Requirement, WhenAbsent};
pub(crate) use raw::RawProfile;
pub use shared_keys::{shared_keys, shared_keys_sha256};
pub use ssh_rules::{SshBreach, SshList, SshRule, SshRules, ssh_rule_sets, ssh_rules};
pub use standing::{Standing, name_of, standing};
pub use tls_rules::{
    Breach, Level, SuiteKind, TlsRule, TlsRuleSets, TlsRules, tls_rule_sets, tls_rules,
};
pub use udp_ports::{Question, UdpList, question, udp_ports};
pub(crate) use waivers::RawWaivers;
pub use waivers::{WAIVERS_FORMAT, Waiver, WaiverPolicy, Waivers, recorded_waivers, waivers};
