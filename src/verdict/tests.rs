use super::*;

const CODE: Code = Code {
    id: "some-code",
    severity: Severity::High,
};

fn judge(assessment: &Assessment) -> Verdict {
    worst(
        assessment
            .judge(&["a".to_owned()], |code| code.severity)
            .into_iter()
            .map(|unit| unit.verdict),
    )
}

#[test]
fn nothing_shown_is_inconclusive() {
    assert_eq!(judge(&Assessment::default()), Verdict::Inconclusive);
    assert_eq!(worst([]), Verdict::Inconclusive);
}

#[test]
fn a_gap_outranks_a_proof_and_a_violation_outranks_both() {
    let mut assessment = Assessment::default();
    assessment.proved("a", String::new(), vec!["e1".to_owned()]);
    assert_eq!(judge(&assessment), Verdict::Pass);
    assessment.missing(Reason::NoAnswer, Subject::unit("a"), String::new(), vec![]);
    assert_eq!(judge(&assessment), Verdict::Inconclusive);
    assessment.found(CODE, Subject::unit("a"), String::new(), vec![]);
    assert_eq!(judge(&assessment), Verdict::Fail);
}

#[test]
fn the_word_of_a_reason_is_its_serialised_form() {
    for reason in Reason::ALL {
        let json = serde_json::to_value(reason).unwrap();
        assert_eq!(json, reason.as_str());
    }
}

#[test]
fn a_note_does_not_violate() {
    let mut assessment = Assessment::default();
    assessment.proved("a", String::new(), vec!["e1".to_owned()]);
    assessment.found(CODE, Subject::unit("a"), String::new(), vec![]);
    let verdicts = assessment.judge(&["a".to_owned()], |_| Severity::Note);
    assert_eq!(verdicts[0].verdict, Verdict::Pass);
}

#[test]
fn a_proof_for_one_unit_says_nothing_of_another() {
    let mut assessment = Assessment::default();
    assessment.proved("a", String::new(), vec!["e1".to_owned()]);
    let units = ["a".to_owned(), "b".to_owned()];
    let verdicts = assessment.judge(&units, |code| code.severity);
    assert_eq!(verdicts[1].verdict, Verdict::Inconclusive);
}
