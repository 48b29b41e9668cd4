//! `NaN` and `Infinity` as bare words, which Python writes and JSON does not know.

/// `text` with bare `NaN` as `null` and bare infinities as numbers that no reader takes; `None` without any.
pub(crate) fn without_bare_words(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(position) = rest.find(['"', 'N', 'I']) {
        out.push_str(&rest[..position]);
        rest = &rest[position..];
        let (word, instead) = match rest {
            _ if rest.starts_with("NaN") => ("NaN", "null"),
            _ if rest.starts_with("Infinity") => ("Infinity", "1e999"),
            _ if rest.starts_with('"') => (string_at(rest), ""),
            _ => (&rest[..1], ""),
        };
        out.push_str(if instead.is_empty() { word } else { instead });
        found |= !instead.is_empty();
        rest = &rest[word.len()..];
    }
    out.push_str(rest);
    found.then_some(out)
}

/// The string that `text` begins with, quotes included.
fn string_at(text: &str) -> &str {
    let mut escaped = false;
    for (position, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return &text[..=position],
            _ => {}
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_words_are_replaced() {
        let replaced = |text: &str| without_bare_words(text);
        assert_eq!(
            replaced(r#"[1, NaN, "NaN", -Infinity]"#).as_deref(),
            Some(r#"[1, null, "NaN", -1e999]"#)
        );
        assert_eq!(replaced(r#"{"I \" NaN": ["Infinity", 1]}"#), None);
        assert_eq!(replaced(r#"["open NaN"#), None);
        assert_eq!(replaced("Nö I"), None);
    }
}
