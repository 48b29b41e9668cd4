//! The same picture in letters, for a terminal: blocks for bars and shades, dots of Braille for curves.

mod dots;
mod rows;

use super::Chart;
use super::plot::{Colour, Mark, Plot};
use crate::text::visible;

/// Fewer columns make no picture.
const FEWEST: usize = 30;

/// What is written, and whether in colours.
pub(super) struct Paper {
    pub(super) width: usize,
    colour: bool,
    lines: Vec<String>,
}

impl Chart {
    /// The picture as lines of text, at most `width` columns wide (30 at least), each ending in a line feed; with colours of
    /// the terminal where `colour`.
    #[must_use]
    pub fn to_text(&self, width: usize, colour: bool) -> String {
        let plot = Plot::of(self);
        let mut paper = Paper {
            width: width.clamp(FEWEST, 400),
            colour,
            lines: Vec::new(),
        };
        paper.heading(&self.title);
        if plot.is_empty() {
            paper.line("No values to show.");
        } else if is_in_rows(&plot) {
            rows::draw(&mut paper, &plot);
        } else {
            dots::draw(&mut paper, &plot);
        }
        if !self.caption.is_empty() {
            paper.wrapped(&visible(&self.caption));
        }
        let mut text = paper.lines.join("\n");
        text.push('\n');
        text
    }
}

/// One line of blocks for `counts`, eight heights each: a histogram beside a number.
///
/// Counts are gathered into at most `width` columns. An empty text where nothing was counted.
#[must_use]
pub fn spark(counts: &[u64], width: usize) -> String {
    let together = counts.len().div_ceil(width.max(1)).max(1);
    let columns: Vec<u64> = counts.chunks(together).map(|part| part.iter().sum()).collect();
    let most = columns.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return String::new();
    }
    columns
        .iter()
        .map(|count| block(*count as f64 / most as f64))
        .collect()
}

/// A block as high as a share of the line; a space for none.
pub(super) fn block(share: f64) -> char {
    const BLOCKS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let eighths = (share.clamp(0.0, 1.0) * 8.0).ceil();
    BLOCKS[(eighths as usize).min(8)]
}

/// Whether every name has a line of its own.
fn is_in_rows(plot: &Plot) -> bool {
    !plot.y.names.is_empty()
        && plot
            .layers
            .iter()
            .all(|layer| !matches!(layer.mark, Mark::Line { .. }))
}

impl Paper {
    pub(super) fn line(&mut self, text: &str) {
        self.lines.push(text.trim_end().to_owned());
    }

    fn heading(&mut self, title: &str) {
        if !title.is_empty() {
            let title = cut(&visible(title), self.width);
            let text = if self.colour {
                format!("\u{1b}[1m{title}\u{1b}[0m")
            } else {
                title
            };
            self.line(&text);
        }
    }

    fn wrapped(&mut self, text: &str) {
        let mut line = String::new();
        for word in text.split(' ') {
            if !line.is_empty() && self.width < n_columns(&line) + 1 + n_columns(word) {
                self.line(&std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(&line);
    }

    /// `text` in a colour of the terminal.
    pub(super) fn painted(&self, text: &str, colour: Colour) -> String {
        let code = match colour {
            Colour::One | Colour::OneTint => 34,
            Colour::Two => 33,
            Colour::Three => 32,
            Colour::Four => 35,
            Colour::Grey => 90,
            Colour::Ink => return text.to_owned(),
        };
        if self.colour && !text.trim().is_empty() {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Columns that a text takes: two for the wide letters of East Asia, none for what is put upon another.
pub(super) fn n_columns(text: &str) -> usize {
    let of = |c: char| match u32::from(c) {
        0x300..=0x36f | 0x200d | 0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0x1f300..=0x1faff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    };
    text.chars().map(of).sum()
}

/// `text` cut to `room` columns with `…` where it is longer.
pub(super) fn cut(text: &str, room: usize) -> String {
    if n_columns(text) <= room {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if room < n_columns(&out) + n_columns(c.encode_utf8(&mut [0; 4])) + 1 {
            break;
        }
        out.push(c);
    }
    format!("{out}…")
}

/// `text` filled with spaces to `room` columns, cut where it is longer.
pub(super) fn padded(text: &str, room: usize) -> String {
    let text = cut(text, room);
    let n = room.saturating_sub(n_columns(&text));
    format!("{text}{}", " ".repeat(n))
}

#[cfg(test)]
mod tests;
