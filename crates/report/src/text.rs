//! Hostile text made safe and visible, and a rough measure of how wide it prints.

use maud::{Escaper, Render};
use std::fmt::Write;

/// Longest text printed anywhere, in characters; the rest is cut.
const LONGEST: usize = 4_000;

/// Text that maud prints escaped, with invisible and turning characters shown by their code.
pub(crate) struct Safe<'a>(pub(crate) &'a str);

impl Render for Safe<'_> {
    fn render_to(&self, buffer: &mut String) {
        escape(&visible(self.0), buffer);
    }
}

/// A sentence that maud prints as [`Safe`] does, with words between back-ticks set as code.
pub(crate) struct Words<'a>(pub(crate) &'a str);

impl Render for Words<'_> {
    fn render_to(&self, buffer: &mut String) {
        let pieces: Vec<&str> = self.0.split('`').collect();
        // A back-tick without a second one is a back-tick.
        if pieces.len().is_multiple_of(2) {
            return Safe(self.0).render_to(buffer);
        }
        for (position, piece) in pieces.into_iter().enumerate() {
            if position % 2 == 1 {
                buffer.push_str("<code>");
                Safe(piece).render_to(buffer);
                buffer.push_str("</code>");
            } else {
                Safe(piece).render_to(buffer);
            }
        }
    }
}

/// Appends `text` with `& < > "` escaped.
pub(crate) fn escape(text: &str, buffer: &mut String) {
    let _: std::fmt::Result = Escaper::new(buffer).write_str(text);
}

/// `text` with control, bidirectional and zero-width characters shown as `⟨U+202E⟩`; white space becomes one space.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().take(LONGEST) {
        match c {
            '\n' | '\t' | '\r' => out.push(' '),
            c if is_hidden(c) => {
                let _: std::fmt::Result = write!(out, "⟨U+{:04X}⟩", u32::from(c));
            }
            c => out.push(c),
        }
    }
    if text.chars().nth(LONGEST).is_some() {
        out.push('…');
    }
    out
}

/// Characters that a reader cannot see, or that change what is seen around them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A label that can be seen: `(empty)` for one without any character.
pub(crate) fn named(label: &str) -> String {
    if label.trim().is_empty() {
        "(empty)".to_owned()
    } else {
        visible(label)
    }
}

/// The widest of usual sans-serif faces against Helvetica, on the generous side.
const GENEROUS: f64 = 1.14;

/// About how wide `text` prints in a sans-serif face of `size`, on the generous side.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(advance).sum::<f64>() * size * GENEROUS
}

/// `text` made to fit `room`: cut at the end with `…` if it is longer.
pub(crate) fn fit(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let mut used = width("…", size);
    let mut out = String::new();
    for c in text.chars() {
        used += advance(c) * size * GENEROUS;
        if used > room {
            break;
        }
        out.push(c);
    }
    format!("{}…", out.trim_end())
}

/// `text` in at most two lines of `room` each, cut at a space where there is one; the second is cut if it is longer.
pub(crate) fn two_lines(text: &str, size: f64, room: f64) -> (String, Option<String>) {
    if width(text, size) <= room {
        return (text.to_owned(), None);
    }
    let spaces = text.match_indices(' ').map(|(place, _)| place);
    match spaces
        .take_while(|place| width(&text[..*place], size) <= room)
        .last()
        .filter(|place| *place > 0)
    {
        Some(place) => (
            text[..place].to_owned(),
            Some(fit(text[place..].trim_start(), size, room)),
        ),
        None => (fit(text, size, room), None),
    }
}

/// Widths of Helvetica and its kin, in ems, by class of character.
fn advance(c: char) -> f64 {
    match c {
        'i' | 'j' | 'l' | '\'' | '|' | '!' | '.' | ',' | ':' | ';' => 0.27,
        'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '{' | '}' | '-' | ' ' | '/' | '"' => 0.34,
        'm' | 'M' | '%' => 0.87,
        'W' | '@' => 0.98,
        'w' => 0.74,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 0.51,
        '\u{300}'..='\u{36f}' => 0.0,
        c if c.is_ascii_uppercase() => 0.7,
        c if c.is_ascii() => 0.56,
        c if u32::from(c) >= 0x1100 && !('\u{2000}'..='\u{2bff}').contains(&c) => 1.02,
        '–' | '…' | '−' => 0.6,
        c if c.is_uppercase() => 0.74,
        '\u{2000}'..='\u{2bff}' => 1.0,
        _ => 0.6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        let mut out = String::new();
        Safe("<script>alert(\"1\")</script>&").render_to(&mut out);
        assert_eq!(out, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;");
    }

    #[test]
    fn turning_characters_are_shown() {
        assert_eq!(visible("a\u{202e}b\u{0}c\u{200b}"), "a⟨U+202E⟩b⟨U+0000⟩c⟨U+200B⟩");
        assert_eq!(visible("two\nlines"), "two lines");
        assert_eq!(visible("naïve 東京 👍🏽"), "naïve 東京 👍🏽");
    }

    #[test]
    fn long_text_is_cut_to_its_room() {
        let cut = fit("Electronic check with automatic renewal", 13.0, 120.0);
        assert!(cut.ends_with('…') && width(&cut, 13.0) <= 120.0, "{cut}");
        assert_eq!(fit("One year", 13.0, 120.0), "One year");
    }

    #[test]
    fn very_long_text_ends() {
        assert_eq!(visible(&"x".repeat(10_000)).chars().count(), LONGEST + 1);
    }
}
