//! What renderers write.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a test that panics has failed"
)]

mod golden;
mod html;
mod junit;
mod samples;
mod terminal;

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
}
