use super::*;

fn fields(text: &str) -> Vec<(u32, String, String)> {
    let txt = read(text.as_bytes()).unwrap();
    let field = |it: SecurityField| (it.line, it.name, it.value);
    txt.fields.into_iter().map(field).collect()
}

fn field_of(line: u32, name: &str, value: &str) -> (u32, String, String) {
    (line, name.to_owned(), value.to_owned())
}

#[test]
fn fields_comments_and_line_ends_are_told_apart() {
    let text = "# who we are\r\nContact: mailto:a@example.com\n\nEXPIRES:\t2030-01-01T00:00:00Z  \r\n#x\nX-New: kept\n";
    let expected = vec![
        field_of(2, "Contact", "mailto:a@example.com"),
        field_of(4, "EXPIRES", "2030-01-01T00:00:00Z"),
        field_of(6, "X-New", "kept"),
    ];
    assert_eq!(fields(text), expected);
    let txt = read(text.as_bytes()).unwrap();
    assert_eq!(txt.stray, Vec::<u32>::new());
    assert_eq!(txt.values("expires").count(), 1);
    let spaces: Vec<bool> = txt.fields.iter().map(|it| it.no_space).collect();
    assert_eq!(spaces, [false, true, false]);
    assert!(txt.utf8 && txt.terminated && txt.armour == Armour::None);
}

#[test]
fn what_is_no_field_is_named_by_its_line() {
    for text in [
        "Contact",
        ": x",
        "Contact:",
        "Contact: \t",
        "two words: x",
        "Cont\u{e4}ct: x",
        "\u{feff}Contact: mailto:a@example.com",
        "Contact: mailto:a@example.com\rExpires: x",
        "Contact: a\0b",
        "Contact: a\u{85}b",
        " Contact: x",
        "<html>",
    ] {
        let txt = read(text.as_bytes()).unwrap();
        assert_eq!((txt.stray, txt.fields), (vec![1], vec![]), "{text:?}");
    }
    let txt = read(b"Contact: \xff\n").unwrap();
    assert_eq!((txt.utf8, txt.stray), (false, vec![1]));
}

#[test]
fn a_line_that_does_not_end_is_told() {
    assert!(!read(b"Contact: x").unwrap().terminated);
    assert!(read(b"").unwrap().terminated);
}

fn signed(before: &str, inside: &str, after: &str) -> SecurityTxt {
    let text =
        format!("{before}{BEGIN}\nHash: SHA512\n\n{inside}{SIGNATURE}\n\niQ==\n{END}\n{after}");
    read(text.as_bytes()).unwrap()
}

#[test]
fn a_signature_is_seen_and_its_dashes_are_taken_away() {
    let txt = signed("", "Contact: mailto:a@example.com\n- -X: y\n# - c\n", "\n");
    assert_eq!(txt.armour, Armour::Signed);
    let names: Vec<_> = txt.fields.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["Contact", "-X"]);
    assert_eq!(txt.stray, Vec::<u32>::new());
}

#[test]
fn what_nobody_signed_does_not_count() {
    let after = signed(
        "",
        "Contact: mailto:a@example.com\n",
        "Contact: mailto:b@example.com\n",
    );
    assert_eq!((after.fields.len(), after.stray.len()), (1, 1));
    let before = signed("Contact: mailto:b@example.com\n", "", "");
    assert_eq!(before.armour, Armour::Broken);
    let commented = signed("\n", "Contact: mailto:a@example.com\n", "");
    assert_eq!(commented.armour, Armour::Signed);
}

#[test]
fn a_broken_signature_is_none() {
    for text in [
        format!("{BEGIN}\nHash: SHA512\n\nContact: x\n"),
        format!("{BEGIN}\nHash: SHA512\n\nContact: x\n{SIGNATURE}\nabc\n"),
        format!("{BEGIN}\n"),
        format!("{BEGIN}\n\n-Contact: x\n{SIGNATURE}\n{END}\n"),
        format!("{BEGIN}\n\n{BEGIN}\n\n{SIGNATURE}\n{END}\n"),
    ] {
        assert_eq!(
            read(text.as_bytes()).unwrap().armour,
            Armour::Broken,
            "{text}"
        );
    }
}

#[test]
fn bounds_hold_and_hostile_text_is_made_visible() {
    assert!(read(&vec![b'x'; SECURITY_TXT_LIMIT + 1]).is_err());
    assert!(read("Contact: x\n".repeat(FIELDS).as_bytes()).is_ok());
    assert!(read("Contact: x\n".repeat(FIELDS + 1).as_bytes()).is_err());
    let txt = read("x\n".repeat(1000).as_bytes()).unwrap();
    assert_eq!((txt.stray.len(), txt.more_stray), (STRAY, 980));
    let long = format!("Contact: {}\n", "y".repeat(60_000));
    assert!(fields(&long)[0].2.chars().count() <= VALUE + 1);
    let hidden = fields("Contact: mailto:a\u{202e}@example.com\u{e0041}\n");
    assert_eq!(hidden[0].2, "mailto:a\\u{202e}@example.com\\u{e0041}");
}

/// Nothing that is one byte away from a file makes the reader fail or show what acts.
#[test]
fn any_byte_anywhere_is_read_safely() {
    let good = format!(
        "{BEGIN}\nHash: SHA512\n\n# c\nContact: mailto:a@example.com\r\nExpires: 2030-01-01T00:00:00Z\n{SIGNATURE}\n\nabc=\n{END}\n"
    );
    for at in 0..good.len() {
        for byte in [0, b'\n', b'\r', b':', b'-', b'#', 0x1b, 0x80, 0xff] {
            let mut bytes = good.clone().into_bytes();
            bytes[at] = byte;
            let txt = read(&bytes).unwrap();
            for field in &txt.fields {
                let visible = |text: &str| !text.chars().any(char::is_control);
                assert!(visible(&field.name) && visible(&field.value), "{field:?}");
            }
        }
        let _ = read(&good.as_bytes()[..at]).unwrap();
    }
}
