//! Judging what a device installs.

mod consistent;
mod controls;
mod identity;
mod installed;
mod packages;

use proofmark::certificate::{Certificate, IdentityState};
use proofmark::dut::{
    ChannelKind, HttpUpload, InstalledSource, Package, Update, UpdateChannel, UpdateMechanism,
    UploadMethod, VerifyKey, VersionPlace,
};
use proofmark::evidence::{Absence, Evidence, Outcome, Run};
use proofmark::observation::{
    Asked, Identity, Installed, InstalledAt, Moment, Observation, PackageFacts, UpdateAttempt,
    UpdateOffer, UpdateStep, Upload,
};
use proofmark::update::mcuboot::{Layer, Mutation};
use proofmark::update::{Inspection, PublicKey, inspect};
use proofmark::verdict::Verdict;

use crate::bench::*;
use crate::root;

const SIGNED: &str = "signed-updates";
const ROLLBACK: &str = "update-no-rollback";
const PACKAGES: &str = "package-signed";

/// Where the evidence about updates begins: e0301.
const FIRST: u32 = 301;

/// A release of the lab's hub: what stands in the manifest, and what is read from the file.
fn release(version: &str, key: &str) -> (Package, Inspection) {
    let file = format!("hub-{version}.bin");
    let path = |path: &str| root("lab/fixtures/mcuboot").join(path);
    let key = std::fs::read_to_string(path(&format!("keys/{key}.pub.pem"))).ok();
    let key = key.and_then(|pem| PublicKey::from_pem(&pem).ok());
    let bytes = std::fs::read(path(&file)).unwrap();
    let inspection = inspect(&bytes, key.as_ref()).unwrap();
    let package = Package {
        file,
        size: bytes.len() as u64,
        sha256: inspection.sha256.clone(),
        inspection: None,
        bytes: Default::default(),
    };
    (package, inspection)
}

const RELEASES: [&str; 3] = ["2.5.0", "2.6.0", "2.3.0"];

pub(crate) fn declared() -> Update {
    let [a, b, older] = RELEASES.map(|version| release(version, "hub").0);
    Update {
        mechanism: UpdateMechanism::Mcuboot,
        channel: UpdateChannel {
            kind: ChannelKind::HttpUpload,
            upload: Some(HttpUpload {
                service: "web".to_owned(),
                path: "/api/update".to_owned(),
                method: UploadMethod::Post,
                form_field: None,
                settle_seconds: 20,
            }),
        },
        installed: Some(InstalledSource {
            service: "web".to_owned(),
            path: "/api/version".to_owned(),
            firmware: VersionPlace::Json("/firmware".to_owned()),
            content: Some(VersionPlace::Json("/content".to_owned())),
        }),
        newer: vec![a, b],
        older: Some(older),
        verify_key: Some(VerifyKey {
            file: "hub.pub.pem".to_owned(),
            fingerprint: None,
        }),
    }
}

fn package(id: u32, version: &str, key: &str) -> Evidence {
    let (package, inspection) = release(version, key);
    let facts = PackageFacts {
        size: package.size,
        sha256: package.sha256,
        inspection: Some(Box::new(inspection)),
    };
    let asked = Asked::UpdatePackage { file: package.file };
    let observation = Observation::UpdatePackage(facts);
    evidence(id, "packages", None, asked, seen(observation))
}

fn installed(firmware: &str) -> Installed {
    Installed {
        firmware: firmware.to_owned(),
        content: Some(format!("content of {firmware}")),
    }
}

fn offer(
    sequence: u32,
    step: UpdateStep,
    version: &str,
    mutation: Option<Mutation>,
) -> UpdateOffer {
    let (package, _) = release(version, "hub");
    let build = match mutation {
        Some(Mutation::SignatureStripped) => 1,
        Some(Mutation::StrangerSigned) => 2,
        Some(Mutation::PayloadFlipped) => 3,
        _ => 0,
    };
    UpdateOffer {
        step,
        sequence,
        file: package.file,
        source_sha256: package.sha256.clone(),
        mutation,
        reaches: mutation.map(|_| Layer::SignatureValid),
        version: format!("{version}+{build}"),
        size: package.size,
        sha256: match mutation {
            Some(mutation) => mutation.as_str().to_owned(),
            None => package.sha256,
        },
        request: "POST /api/update".to_owned(),
    }
}

/// An attempt that took two seconds where something changed, and was watched for longer than an installation takes.
fn attempt(status: u16, before: &str, after: &str) -> UpdateAttempt {
    let changed = InstalledAt {
        seconds: 2.0,
        installed: installed(after),
    };
    UpdateAttempt {
        upload: Upload {
            status: Some(status),
            detail: status.to_string(),
            sent: 3256,
            of: 3256,
        },
        before: installed(before),
        seen: (before != after).then_some(changed).into_iter().collect(),
        after: Some(installed(after)),
        watched: 20.5,
    }
}

fn offered(id: u32, offer: UpdateOffer, mut attempt: UpdateAttempt) -> Evidence {
    (attempt.upload.sent, attempt.upload.of) = (offer.size, offer.size);
    let observation = Observation::Update(attempt);
    evidence(
        id,
        "update",
        Some(80),
        Asked::Update(offer),
        seen(observation),
    )
}

/// A device that installs 2.5.0, refuses every mutant of 2.6.0, installs 2.6.0, and refuses 2.3.0: e0301 to e0303
/// are the packages, e0304 and e0311 the controls, e0305 to e0310 the mutants, e0312 the older one.
pub(crate) fn good() -> Vec<Evidence> {
    use UpdateStep::*;
    let mut all = vec![
        package(FIRST, "2.5.0", "hub"),
        package(302, "2.6.0", "hub"),
        package(303, "2.3.0", "hub"),
        offered(
            304,
            offer(1, ControlFirst, "2.5.0", None),
            attempt(200, "2.4.1", "2.5.0"),
        ),
    ];
    for (mutation, n) in Mutation::ALL.into_iter().zip(2..) {
        let offer = offer(n, Mutant, "2.6.0", Some(mutation));
        all.push(offered(303 + n, offer, attempt(422, "2.5.0", "2.5.0")));
    }
    all.extend([
        offered(
            311,
            offer(8, ControlLast, "2.6.0", None),
            attempt(200, "2.5.0", "2.6.0"),
        ),
        offered(
            312,
            offer(9, Older, "2.3.0", None),
            attempt(422, "2.6.0", "2.6.0"),
        ),
    ]);
    all
}

/// The conformant run after one change to its evidence about updates, and to the run.
fn changed(change: impl FnOnce(&mut Run)) -> Certificate {
    let mut run = run(conformant());
    change(&mut run);
    judge(&run)
}

fn at(run: &mut Run, id: u32) -> &mut UpdateAttempt {
    match &mut item(run, id).outcome {
        Outcome::Observed { observations } => match &mut observations[0] {
            Observation::Update(attempt) => attempt,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn item(run: &mut Run, id: u32) -> &mut Evidence {
    let id = format!("e{id:04}");
    let mut all = run.evidence.iter_mut();
    all.find(|item| item.id == id).unwrap()
}

/// What is said of a requirement: verdict, codes, reasons.
fn said(certificate: &Certificate, requirement: &str) -> String {
    let result = of(certificate, requirement);
    let codes = result.findings.iter().map(|it| it.code.clone());
    let reasons = result.reasons.iter().map(|it| it.as_str().to_owned());
    let words: Vec<String> = std::iter::once(result.verdict.to_string())
        .chain(codes)
        .chain(reasons)
        .collect();
    words.join(" ")
}

/// The same after a change to one attempt, with everything after it left out, as the stage does.
fn ended(id: u32, change: impl FnOnce(&mut UpdateAttempt)) -> Certificate {
    changed(|run| {
        change(at(run, id));
        let last = format!("e{id:04}");
        let first = format!("e{FIRST:04}");
        run.evidence
            .retain(|item| item.id <= last || item.id < first);
    })
}

fn install(attempt: &mut UpdateAttempt, firmware: &str) {
    attempt.after = Some(installed(firmware));
    attempt.seen = vec![InstalledAt {
        seconds: 2.0,
        installed: installed(firmware),
    }];
}
