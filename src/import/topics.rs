//! What a document speaks of, told by the beginnings of words in many languages. That it says what it should is for a person
//! to read; what speaks of something else altogether is seen.

use std::collections::BTreeSet;

use crate::observation::Topic;

/// “vulnerability”, “security hole”, in lower case.
const VULNERABILITIES: &[&str] = &[
    "vulnerab",
    "vulnérab",
    "vulneráv",
    "security bug",
    "security flaw",
    "security hole",
    "security issue",
    "security problem",
    "security weakness",
    "schwachstell",
    "sicherheitslück",
    "kwetsbaarhe",
    "beveiligingslek",
    "sårbarhe",
    "haavoittuvu",
    "podatnoś",
    "zraniteľn",
    "zraniteln",
    "sebezhető",
    "sérülékeny",
    "ranljiv",
    "ranjiv",
    "haavatavus",
    "ievainojam",
    "pažeidžiam",
    "ευπάθει",
    "ευπαθει",
    "уязвим",
    "вразлив",
    "güvenlik açığ",
    "zafiyet",
    "脆弱性",
    "漏洞",
    "취약",
    "ثغر",
    "פגיעו",
];

/// “update”, “support”, in lower case.
const SUPPORT: &[&str] = &[
    "support",
    "update",
    "upgrade",
    "aktualisier",
    "unterstütz",
    "mise à jour",
    "mises à jour",
    "prise en charge",
    "actualiza",
    "atualiza",
    "suporte",
    "soporte",
    "aggiornament",
    "ondersteun",
    "bijgewerkt",
    "uppdater",
    "opdater",
    "oppdater",
    "päivity",
    "tietoturvapäivit",
    "aktualizac",
    "aktualizác",
    "wsparci",
    "frissít",
    "támogat",
    "actualizăr",
    "posodob",
    "podpor",
    "ažurir",
    "uuendus",
    "atjaunin",
    "naujinim",
    "ενημέρωσ",
    "ενημερώσ",
    "υποστήριξ",
    "обновлен",
    "поддержк",
    "оновлен",
    "підтримк",
    "актуализац",
    "поддръжк",
    "güncelle",
    "destek",
    "更新",
    "サポート",
    "支持",
    "업데이트",
    "지원",
    "تحديث",
    "עדכו",
];

/// What a text speaks of.
pub fn topics(text: &str) -> BTreeSet<Topic> {
    let text = text.to_lowercase();
    let all = [
        (Topic::Support, SUPPORT),
        (Topic::Vulnerabilities, VULNERABILITIES),
    ];
    all.into_iter()
        .filter(|(_, words)| words.iter().any(|word| text.contains(word)))
        .map(|(topic, _)| topic)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_speaks_of_what_its_words_begin_with() {
        for (text, expected) in [
            (
                "How to report a VULNERABILITY",
                &[Topic::Vulnerabilities][..],
            ),
            (
                "Sicherheitslücken melden Sie bitte hier",
                &[Topic::Vulnerabilities],
            ),
            (
                "Security updates until 2030; known vulnerabilities",
                &[Topic::Support, Topic::Vulnerabilities],
            ),
            ("Обновления до 2030 года", &[Topic::Support]),
            ("脆弱性情報の報告", &[Topic::Vulnerabilities]),
            ("nothing to see, no policy here", &[]),
            (
                "Order at sales@example.com. Offer ends 31 December 2030.",
                &[],
            ),
        ] {
            let expected: BTreeSet<Topic> = expected.iter().copied().collect();
            assert_eq!(topics(text), expected, "{text}");
        }
    }
}
