//! What there is to say about logins behind DTLS.

use crate::case::transport::DtlsPort;
use crate::dut::Unit;
use crate::verdict::{Assessment, Reason};

/// That nobody tried to get in.
pub fn untried(unit: &Unit, port: &DtlsPort<'_>, assessment: &mut Assessment) {
    let message = format!(
        "{}: it speaks DTLS, behind which this version asks for nothing",
        port.open.place()
    );
    let subject = port.open.subject(&unit.id);
    let evidence = port.open.evidence();
    assessment.missing(Reason::LoginNotTestable, subject, message, evidence);
}
