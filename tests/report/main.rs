//! What renderers write.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "helpers of tests may panic; clippy sees only test functions as tests"
)]

mod clause_table;
mod colours;
mod compare;
mod golden;
mod hostile;
mod html;
mod junit;
mod laboratory;
mod many;
mod markdown;
mod pictures;
mod samples;
mod seen;
mod terminal;
mod translated;

use proofmark::report::json;

#[test]
fn json_is_the_certificate_and_ends_its_last_line() {
    let text = json(&samples::camera()).unwrap();
    assert!(text.ends_with("}\n"));
    assert_eq!(
        serde_json::from_str::<proofmark::certificate::Certificate>(&text).unwrap(),
        samples::camera()
    );
    golden::check("camera.json", &text);
    // What proofmark-pdf is tested with, beside the camera.
    golden::check("hub.json", &json(&samples::hub()).unwrap());
    golden::check(
        "commissioned.json",
        &json(&samples::commissioned()).unwrap(),
    );
    golden::check("swapped.json", &json(&samples::swapped()).unwrap());
    golden::check("waived.json", &json(&samples::waived()).unwrap());
    golden::check("examined.json", &json(&samples::examined()).unwrap());
}
