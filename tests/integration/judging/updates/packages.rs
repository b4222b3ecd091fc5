//! Packages are judged by what they say, installed or not.

use super::*;

#[test]
fn packages_are_judged_by_what_they_say() {
    let with = |evidence: Evidence| {
        changed(|run| {
            let sha256 = match evidence.observations() {
                [Observation::UpdatePackage(facts)] => facts.sha256.clone(),
                other => panic!("{other:?}"),
            };
            run.device.update.as_mut().unwrap().newer[0].sha256 = sha256;
            *item(run, FIRST) = evidence;
        })
    };
    let unsigned = with(package(FIRST, "unsigned-2.5.0", "hub"));
    assert_eq!(said(&unsigned, PACKAGES), "FAIL package-unsigned");
    let other = with(package(FIRST, "2.5.0", "stranger"));
    assert_eq!(said(&other, PACKAGES), "FAIL package-other-key");
    assert_eq!(said(&other, SIGNED), "INCONCLUSIVE package-not-genuine");
    let why = &of(&other, SIGNED).rationale;
    assert!(why.contains("another key than the declared"), "{why}");
    let broken = with(package(FIRST, "broken-2.5.0", "hub"));
    assert_eq!(said(&broken, PACKAGES), "FAIL package-broken");
    let nobody_checked = with(package(FIRST, "2.5.0", "no-key"));
    assert_eq!(
        said(&nobody_checked, PACKAGES),
        "INCONCLUSIVE verify-key-not-declared"
    );
    assert_eq!(said(&nobody_checked, SIGNED), "PASS");
    let missing = changed(|run| run.evidence.retain(|item| item.id != "e0301"));
    assert_eq!(said(&missing, PACKAGES), "INCONCLUSIVE no-evidence");
}

#[test]
fn a_release_that_nobody_signed_and_that_was_installed_fails() {
    let certificate = changed(|run| {
        let unsigned = package(FIRST, "unsigned-2.5.0", "hub");
        let (file, _) = release("unsigned-2.5.0", "hub");
        if let Asked::Update(offer) = &mut item(run, 304).asked {
            offer.sha256.clone_from(&file.sha256);
            offer.source_sha256.clone_from(&file.sha256);
        }
        run.device.update.as_mut().unwrap().newer[0] = file;
        *item(run, FIRST) = unsigned;
    });
    assert_eq!(said(&certificate, SIGNED), "FAIL unsigned-update-accepted");
}
