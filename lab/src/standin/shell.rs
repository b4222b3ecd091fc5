//! A shell that knows `echo`, `id` and `exit`, and quotes as a POSIX shell does.

/// What a command line leads to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ran {
    /// Output, lines ending in `\n`.
    Printed(String),
    Left,
}

/// Runs one line; commands may be separated by `;`.
pub(super) fn run(line: &str) -> Ran {
    let Some(commands) = commands(line) else {
        return Ran::Printed("sh: syntax error: unterminated quoted string\n".to_owned());
    };
    let mut printed = String::new();
    for words in commands {
        let Some((name, arguments)) = words.split_first() else {
            continue;
        };
        match name.as_str() {
            "echo" => printed.push_str(&format!("{}\n", arguments.join(" "))),
            "id" => printed.push_str("uid=0(root) gid=0(root)\n"),
            "exit" | "logout" => return Ran::Left,
            _ => printed.push_str(&format!("sh: {name}: not found\n")),
        }
    }
    Ran::Printed(printed)
}

/// Splits a line into commands of words: POSIX.1-2017, Shell Command Language, 2.2 Quoting. None
/// where a quote is not closed.
fn commands(line: &str) -> Option<Vec<Vec<String>>> {
    let mut commands = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        quoted => word.push(quoted),
                    }
                }
            }
            '"' => quote(&mut characters, word.get_or_insert_default())?,
            '\\' => word.get_or_insert_default().extend(characters.next()),
            ' ' | '\t' | ';' => {
                if let (Some(word), Some(command)) = (word.take(), commands.last_mut()) {
                    command.push(word);
                }
                if character == ';' {
                    commands.push(Vec::new());
                }
            }
            plain => word.get_or_insert_default().push(plain),
        }
    }
    if let (Some(word), Some(command)) = (word, commands.last_mut()) {
        command.push(word);
    }
    Some(commands)
}

/// In double quotes a backslash escapes only what would be special there.
fn quote(characters: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match characters.next()? {
            '"' => return Some(()),
            '\\' => match characters.next()? {
                special @ ('$' | '`' | '"' | '\\') => word.push(special),
                plain => word.extend(['\\', plain]),
            },
            quoted => word.push(quoted),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(line: &str) -> String {
        match run(line) {
            Ran::Printed(text) => text,
            Ran::Left => "left".to_owned(),
        }
    }

    #[test]
    fn quotes_join_words_and_vanish() {
        assert_eq!(printed("echo pm''-12\"3\"  x"), "pm-123 x\n");
        assert_eq!(
            printed(r#"echo "a  \"b\" \c" '\d' \e"#),
            "a  \"b\" \\c \\d e\n"
        );
        assert_eq!(
            printed("echo 'open"),
            "sh: syntax error: unterminated quoted string\n"
        );
    }

    #[test]
    fn commands_are_told_apart() {
        assert_eq!(printed("echo a;id"), "a\nuid=0(root) gid=0(root)\n");
        assert_eq!(printed("  "), "");
        assert_eq!(printed("reboot now"), "sh: reboot: not found\n");
        assert_eq!(run("exit"), Ran::Left);
    }
}
