//! What a terminal's words ask for, told from its last line.

/// What a terminal waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::probe) enum Prompt {
    Login,
    Password,
    /// It looks like a shell. Whether it is one is proved, not guessed.
    Shell,
}

const LOGIN: &[&str] = &[
    "login",
    "username",
    "user name",
    "user",
    "user id",
    "account",
];
const PASSWORD: &[&str] = &["password", "passwd", "passcode"];
/// A line longer than this is text, not a prompt.
const LONGEST: usize = 120;

/// The prompt at the end of a text; none where the last line is no prompt that we know. A prompt in
/// another language is none, so that we never type a command into a login.
pub(in crate::probe) fn prompt(text: &str) -> Option<Prompt> {
    let line = text.rsplit(['\n', '\r']).next()?;
    let ended = line.trim_end();
    if ended.is_empty() || ended.len() > LONGEST {
        return None;
    }
    if let Some(question) = ended.strip_suffix(':') {
        let question = question.trim_end().to_ascii_lowercase();
        let asks = |words: &[&str]| words.iter().any(|word| ends_with_word(&question, word));
        return if asks(PASSWORD) || question.contains("password for") {
            Some(Prompt::Password)
        } else if asks(LOGIN) {
            Some(Prompt::Login)
        } else {
            None
        };
    }
    // A rule of `####` is no prompt, nor is the end of a tag; a shell's sign stands alone.
    let before = ended.strip_suffix(['#', '$', '>', '%'])?;
    (!before.contains(['<', '"', '{']) && !before.ends_with(['#', '$', '>', '%', '-', '=']))
        .then_some(Prompt::Shell)
}

fn ends_with_word(question: &str, word: &str) -> bool {
    question
        .strip_suffix(word)
        .is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric()))
}

/// Whether the words refuse a login.
pub(super) fn refuses(text: &str) -> bool {
    says(
        text,
        &[
            "incorrect",
            "invalid",
            "fail",
            "denied",
            "bad password",
            "wrong",
            "not allowed",
        ],
    )
}

/// Whether the words say that there were too many logins.
pub(super) fn throttles(text: &str) -> bool {
    says(
        text,
        &[
            "too many",
            "locked",
            "try again later",
            "blocked",
            "try again in",
            "temporarily",
        ],
    )
}

/// A console that wants to be woken.
pub(super) fn asks_for_enter(text: &str) -> bool {
    says(
        text,
        &["press enter", "press return", "hit enter", "press any key"],
    )
}

fn says(text: &str, words: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}

/// The text without terminal sequences (ECMA-48: ESC `[`, parameters, a final byte; other escapes
/// have one more byte) and without NUL, which follows a bare CR on the wire.
pub(super) fn plain(said: &[u8]) -> String {
    let mut kept = Vec::with_capacity(said.len());
    let mut bytes = said.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            0 => {}
            0x1b => {
                if bytes.next() == Some(b'[') {
                    bytes.by_ref().find(|byte| matches!(byte, 0x40..=0x7e));
                }
            }
            byte => kept.push(byte),
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_known() {
        use Prompt::*;
        for (text, expected) in [
            ("router login: ", Some(Login)),
            ("\r\nUsername:", Some(Login)),
            ("User Name : ", Some(Login)),
            ("Account: ", Some(Login)),
            ("Password: ", Some(Password)),
            ("Password for admin: ", Some(Password)),
            ("Enter passwd:", Some(Password)),
            ("/ # ", Some(Shell)),
            ("root@cam:~# ", Some(Shell)),
            ("$ ", Some(Shell)),
            ("Switch>", Some(Shell)),
            ("Benutzername: ", None),
            ("Kennwort:", None),
            ("Last login: Mon 1 Jan", None),
            ("login: \r\n", None),
            ("superuser mode:", None),
            ("################", None),
            ("---->", None),
            ("</html>", None),
            ("Welcome", None),
            ("", None),
        ] {
            assert_eq!(prompt(text), expected, "{text:?}");
        }
        assert_eq!(prompt(&format!("{}#", "a".repeat(500))), None);
    }

    #[test]
    fn terminal_sequences_are_no_text() {
        assert_eq!(plain(b"\x1b[1;32m/ # \x1b[0m\x1b[6n"), "/ # ");
        assert_eq!(plain(b"a\r\0b\x1b7c\x1b["), "a\rbc");
    }
}
