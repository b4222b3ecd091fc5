//! `proofmark demo`, as a newcomer runs it.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

/// The trials.
pub fn trials(namespace: bool) -> Vec<Trial> {
    vec![
        Trial::test("demo::judges_both_devices_as_expected", || {
            demo(&[]).map(drop)
        }),
        Trial::test("demo::excludes_what_other_programs_hold", || {
            // At the demo's addresses only: other trials run in the same namespace.
            let other = TcpListener::bind(("127.77.0.10", 0))?;
            let held = other.local_addr()?.port();
            let _same_at_the_camera = TcpListener::bind(("127.77.0.20", held))?;
            let certificates = demo(&["--no-namespace"])?;
            for certificate in certificates {
                let ports = &certificate["coverage"]["ports"][0];
                let remarks = certificate["run"]["remarks"].to_string();
                if ports["excluded"] != 1 || !remarks.contains(&format!("TCP ports {held}")) {
                    return Err(format!("port {held} is held, but: {ports} {remarks}").into());
                }
            }
            Ok(())
        })
        // On a machine's own network other programs come and go.
        .with_ignored_flag(!namespace),
    ]
}

/// Runs the demonstration; its exit status says whether both devices were judged as expected.
fn demo(arguments: &[&str]) -> Result<[Value; 2], Failed> {
    let directory = tempfile::tempdir()?;
    let output = Command::new(env!("CARGO_BIN_EXE_proofmark"))
        .arg("demo")
        .arg("--out")
        .arg(directory.path().join("demo"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()?;
    if !output.status.success() {
        let error = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {error}", output.status).into());
    }
    let shown = String::from_utf8_lossy(&output.stdout);
    if !(shown.contains("\nCONFORMANT\n") && shown.contains("\nNOT CONFORMANT\n")) {
        return Err(format!("the summaries are missing: {shown}").into());
    }
    Ok([
        certificate(&directory.path().join("demo/hub"))?,
        certificate(&directory.path().join("demo/camera"))?,
    ])
}

fn certificate(run: &Path) -> Result<Value, Failed> {
    let text = std::fs::read_to_string(run.join("certificate.json"))?;
    Ok(serde_json::from_str(&text)?)
}
