//! Colours of the page: everybody can read it, in light and dark.

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../../src/report/html/style.css");

/// The variables of the `:root` that follows this.
fn variables(before: &str) -> BTreeMap<&'static str, [f64; 3]> {
    let rest = &STYLE[STYLE.find(before).unwrap()..];
    let block = rest
        .split_once(":root {")
        .unwrap()
        .1
        .split_once('}')
        .unwrap()
        .0;
    let variable = |declaration: &'static str| {
        let (name, value) = declaration.trim().strip_prefix("--")?.split_once(": #")?;
        let channel = |at: usize| u8::from_str_radix(&value[at..at + 2], 16).unwrap();
        Some((name, [0, 2, 4].map(|at| f64::from(channel(at)) / 255.0)))
    };
    block.split(';').filter_map(variable).collect()
}

/// WCAG 2.2, relative luminance.
fn luminance(colour: [f64; 3]) -> f64 {
    let linear = colour.map(|it| match it {
        it if it <= 0.04045 => it / 12.92,
        it => ((it + 0.055) / 1.055).powf(2.4),
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn contrast_is_measured_as_wcag_does() {
    assert!((contrast([0.0; 3], [1.0; 3]) - 21.0).abs() < 0.001);
    let grey = [119.0 / 255.0; 3];
    assert!((contrast(grey, [1.0; 3]) - 4.48).abs() < 0.01);
}

#[test]
fn every_text_has_contrast_enough_on_what_it_stands_on() {
    for (before, name) in [("", "light"), ("prefers-color-scheme: dark", "dark")] {
        let of = variables(before);
        let on = |text: &str, ground: &str| {
            let contrast = contrast(of[text], of[ground]);
            assert!(
                contrast >= 4.5,
                "{name}: {text} on {ground} is {contrast:.2}"
            );
        };
        for text in [
            "ink",
            "soft",
            "link",
            "accent",
            "pass",
            "fail",
            "inconclusive",
            "na",
        ] {
            on(text, "paper");
            on(text, "wash");
        }
        for verdict in ["pass", "fail", "inconclusive", "na"] {
            let wash = format!("{verdict}-wash");
            on(verdict, &wash);
            on("ink", &wash);
        }
    }
}
