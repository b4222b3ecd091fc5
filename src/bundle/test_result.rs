//! The outcome as an in-toto `test-result/v0.1`, for tools of the software supply chain.
//!
//! Shape: <https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md>. It knows neither
//! INCONCLUSIVE nor N/A nor evidence: the first becomes a warning and never a pass, the second is left out.

use serde_json::{Value, json};

use crate::certificate::{Certificate, ConformityOutcome};
use crate::verdict::Verdict;

/// The statement. Its subject is the device's description, because a device has no digest.
pub fn test_result(certificate: &Certificate, device_sha256: &str) -> Value {
    let tests = |verdict: Verdict| -> Vec<&str> {
        let of = certificate.requirements.iter();
        of.filter(|it| it.verdict == verdict)
            .map(|it| it.id.as_str())
            .collect()
    };
    let result = match certificate.outcome {
        // Somebody accepts a failure: it is not passed over.
        ConformityOutcome::Conformant if certificate.waived() > 0 => "WARNED",
        ConformityOutcome::Conformant => "PASSED",
        ConformityOutcome::NonConformant => "FAILED",
        ConformityOutcome::NotCertifiable => "WARNED",
    };
    let (device, profile) = (&certificate.device, &certificate.profile);
    let firmware = device.firmware.as_ref().map(|it| format!(" {}", it.value));
    json!({
        "_type": super::STATEMENT_TYPE,
        "subject": [{
            "name": format!("{} {}{}", device.manufacturer.value, device.model.value, firmware.unwrap_or_default()),
            "digest": { "sha256": device_sha256 },
        }],
        "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
        "predicate": {
            "result": result,
            "configuration": [
                { "name": format!("{} {}", profile.id, profile.version), "digest": { "sha256": profile.sha256 } },
                { "name": "run.json", "digest": { "sha256": certificate.run.sha256 } },
            ],
            "passedTests": tests(Verdict::Pass),
            "warnedTests": tests(Verdict::Inconclusive),
            "failedTests": tests(Verdict::Fail),
        },
    })
}
