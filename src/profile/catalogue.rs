//! stub
#[derive(Debug)]
pub struct Catalogue {
    pub provisions: Vec<ProvisionEntry>,
}
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EvidenceClass {
    Network,
    Partial,
    Declaration,
    Documentary,
}
#[derive(Debug)]
pub struct ProvisionEntry {
    pub standard: String,
    pub version: String,
    pub id: String,
    pub about: String,
    pub evidence: EvidenceClass,
}
pub fn catalogue() -> &'static Catalogue {
    static C: Catalogue = Catalogue {
        provisions: Vec::new(),
    };
    &C
}
