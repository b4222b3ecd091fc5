//! Durations in words, and where the marks of a time axis stand.

/// `400 ms`, `1.9 s`, `12 s`, `4 min 5 s`, `2 h 30 min`. Cut, not rounded.
pub fn duration(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let both = |a: u64, unit: &str, b: u64, small: &str| match b {
        0 => format!("{a} {unit}"),
        b => format!("{a} {unit} {b} {small}"),
    };
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..10 if !milliseconds.is_multiple_of(1000) => {
            format!("{seconds}.{} s", milliseconds / 100 % 10)
        }
        1..60 => format!("{seconds} s"),
        60..3600 => both(seconds / 60, "min", seconds % 60, "s"),
        _ => both(seconds / 3600, "h", seconds / 60 % 60, "min"),
    }
}

/// Steps of an axis that a reader counts in, in milliseconds.
const STEPS: [u64; 19] = [
    1, 10, 100, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
    1_800_000, 3_600_000, 7_200_000, 14_400_000, 28_800_000, 86_400_000,
];

/// The marks of an axis from 0 to `end`: at most five.
pub fn ticks(end: u64) -> Vec<u64> {
    let fits = |step: &&u64| end / **step <= 4;
    // A run longer than four days is counted in quarters.
    let step = STEPS.iter().find(fits).copied().unwrap_or(end / 4 + 1);
    (0..=end / step).map(|tick| tick * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_two_units_at_most() {
        let told = [
            0, 40, 400, 1000, 1999, 9999, 59_999, 60_000, 245_000, 3_600_000, 9_059_000,
        ]
        .map(duration);
        assert_eq!(
            told,
            [
                "0 ms",
                "40 ms",
                "400 ms",
                "1 s",
                "1.9 s",
                "9.9 s",
                "59 s",
                "1 min",
                "4 min 5 s",
                "1 h",
                "2 h 30 min"
            ]
        );
    }

    #[test]
    fn an_axis_has_at_most_five_marks() {
        assert_eq!(ticks(61_500), [0, 30_000, 60_000]);
        assert_eq!(ticks(4), [0, 1, 2, 3, 4]);
        for end in [0, 1, 999, 86_400_000, u64::MAX] {
            let ticks = ticks(end);
            assert!(
                (1..=5).contains(&ticks.len()) && *ticks.last().unwrap() <= end,
                "{end}"
            );
        }
    }
}
