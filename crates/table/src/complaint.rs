//! What was wrong with the rows of a file, and where: good part plus complaints, so that one bad row never hides the next.

use crate::count_text;
use std::fmt;

/// The most examples kept of one complaint in one column.
const MAX_EXAMPLES: usize = 5;
/// The most characters kept of a found cell.
const MAX_FOUND: usize = 40;

/// What kind of thing was found and repaired.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ComplaintKind {
    /// A cell of only blanks became missing.
    Blank,
    /// A word such as `NA` or `null` in a column that is not text became missing.
    NullWord,
    /// A cell could not be read as the column's kind and became missing.
    NotOfKind,
    /// Infinity became missing.
    NotFinite,
    /// A row had fewer cells than the header; the rest became missing.
    ShortRow,
    /// A row had more cells than the header; the rest was dropped.
    LongRow,
    /// A line was not a JSON object and was left out.
    BadLine,
    /// The bytes were not UTF-8 and were read in another encoding.
    Encoding,
    /// A column of a type that Spanwise does not compute with was left out.
    UnsupportedType,
    /// A column without a name was given one.
    UnnamedColumn,
    /// A quote was opened and never closed; it was read as a letter.
    UnclosedQuote,
    /// A whole number was too large for its last digits to be sure.
    Inexact,
    /// A quote stood out of place in a row, which was read as fits its columns.
    StrayQuote,
    /// A row lacked a separator; the cell was cut in two where the columns fit.
    MissingSeparator,
    /// A row had separators too many, with nothing between them; they were left out.
    ExtraSeparator,
    /// A row was separated by another character.
    OtherSeparator,
    /// A row had separators within a cell; its pieces were joined.
    JoinedCells,
    /// A line between the rows had nothing on it and was left out.
    BlankLine,
    /// A line was a comment and was left out.
    CommentLine,
    /// A line before the table was left out.
    Preamble,
    /// A line behind the table was left out.
    Footer,
    /// A line repeated the header and was left out.
    RepeatedHeader,
    /// Lines of another table in the same file were left out.
    OtherTable,
    /// A column had the name of another and was given a new one.
    RepeatedName,
    /// A number that stands for missing, as the options say, became missing.
    Sentinel,
    /// Characters NUL were left out of the text.
    Nul,
    /// A cell of a sheet with an error such as `#REF!` became missing.
    ErrorCell,
    /// An exact decimal had more digits than a number of 64 bits keeps.
    LongDecimal,
    /// A cell of a sheet has a formula whose result was not stored; it became missing.
    NoResult,
}

impl ComplaintKind {
    /// What was done to so many of them, for a sentence like "11 {..}".
    pub fn what(self, n: u64) -> &'static str {
        let (one, many) = match self {
            ComplaintKind::Blank => ("blank cell became missing", "blank cells became missing"),
            ComplaintKind::NullWord => (
                "cell with a word for null became missing",
                "cells with a word for null became missing",
            ),
            ComplaintKind::NotOfKind => (
                "cell did not fit the column's kind and became missing",
                "cells did not fit the column's kind and became missing",
            ),
            ComplaintKind::NotFinite => (
                "infinite number became missing",
                "infinite numbers became missing",
            ),
            ComplaintKind::ShortRow => (
                "row had too few cells; the rest became missing",
                "rows had too few cells; the rest became missing",
            ),
            ComplaintKind::LongRow => (
                "row had too many cells; the rest was dropped",
                "rows had too many cells; the rest was dropped",
            ),
            ComplaintKind::BadLine => (
                "line was no JSON object and was left out",
                "lines were not JSON objects and were left out",
            ),
            ComplaintKind::Encoding => (
                "file was not UTF-8 and was read as another encoding",
                "files were not UTF-8 and were read as another encoding",
            ),
            ComplaintKind::UnsupportedType => (
                "column of an unsupported type was left out",
                "columns of an unsupported type were left out",
            ),
            ComplaintKind::UnnamedColumn => (
                "column had no name and was given one",
                "columns had no name and were given one",
            ),
            ComplaintKind::UnclosedQuote => (
                "quote was never closed and was read as a letter",
                "quotes were never closed and were read as letters",
            ),
            ComplaintKind::Inexact => (
                "whole number was too large to be kept to its last digit",
                "whole numbers were too large to be kept to their last digit",
            ),
            ComplaintKind::StrayQuote => (
                "row had a quote out of place and was read as fits its columns",
                "rows had a quote out of place and were read as fits their columns",
            ),
            ComplaintKind::MissingSeparator => (
                "row lacked a separator; a cell was cut in two where the columns fit",
                "rows lacked a separator; a cell was cut in two where the columns fit",
            ),
            ComplaintKind::ExtraSeparator => (
                "row had separators too many, which were left out",
                "rows had separators too many, which were left out",
            ),
            ComplaintKind::OtherSeparator => (
                "row was separated by another character",
                "rows were separated by another character",
            ),
            ComplaintKind::JoinedCells => (
                "row had separators within a cell, whose pieces were joined",
                "rows had separators within a cell, whose pieces were joined",
            ),
            ComplaintKind::BlankLine => ("blank line was left out", "blank lines were left out"),
            ComplaintKind::CommentLine => (
                "line was a comment and was left out",
                "lines were comments and were left out",
            ),
            ComplaintKind::Preamble => (
                "line before the table was left out",
                "lines before the table were left out",
            ),
            ComplaintKind::Footer => (
                "line behind the table was left out",
                "lines behind the table were left out",
            ),
            ComplaintKind::RepeatedHeader => (
                "line repeated the header and was left out",
                "lines repeated the header and were left out",
            ),
            ComplaintKind::OtherTable => (
                "other table in the file was left out",
                "other tables in the file were left out",
            ),
            ComplaintKind::RepeatedName => (
                "column had the name of another and was given a new one",
                "columns had the name of another and were given a new one",
            ),
            ComplaintKind::Sentinel => (
                "number that stands for missing became missing",
                "numbers that stand for missing became missing",
            ),
            ComplaintKind::Nul => ("character NUL was left out", "characters NUL were left out"),
            ComplaintKind::ErrorCell => (
                "cell held an error and became missing",
                "cells held an error and became missing",
            ),
            ComplaintKind::LongDecimal => (
                "decimal had more digits than a number keeps and was rounded; hint: its kind can be text",
                "decimals had more digits than a number keeps and were rounded; hint: their kind can be text",
            ),
            ComplaintKind::NoResult => (
                "formula had no stored result and became missing; hint: save the workbook in a program that computes it",
                "formulas had no stored result and became missing; hint: save the workbook in a program that computes them",
            ),
        };
        if n == 1 { one } else { many }
    }

    /// The kind's name for machines.
    pub fn name(self) -> &'static str {
        match self {
            ComplaintKind::Blank => "blank",
            ComplaintKind::NullWord => "null_word",
            ComplaintKind::NotOfKind => "not_of_kind",
            ComplaintKind::NotFinite => "not_finite",
            ComplaintKind::ShortRow => "short_row",
            ComplaintKind::LongRow => "long_row",
            ComplaintKind::BadLine => "bad_line",
            ComplaintKind::Encoding => "encoding",
            ComplaintKind::UnsupportedType => "unsupported_type",
            ComplaintKind::UnnamedColumn => "unnamed_column",
            ComplaintKind::UnclosedQuote => "unclosed_quote",
            ComplaintKind::Inexact => "inexact",
            ComplaintKind::StrayQuote => "stray_quote",
            ComplaintKind::MissingSeparator => "missing_separator",
            ComplaintKind::ExtraSeparator => "extra_separator",
            ComplaintKind::OtherSeparator => "other_separator",
            ComplaintKind::JoinedCells => "joined_cells",
            ComplaintKind::BlankLine => "blank_line",
            ComplaintKind::CommentLine => "comment_line",
            ComplaintKind::Preamble => "preamble",
            ComplaintKind::Footer => "footer",
            ComplaintKind::RepeatedHeader => "repeated_header",
            ComplaintKind::OtherTable => "other_table",
            ComplaintKind::RepeatedName => "repeated_name",
            ComplaintKind::Sentinel => "sentinel",
            ComplaintKind::Nul => "nul",
            ComplaintKind::ErrorCell => "error_cell",
            ComplaintKind::LongDecimal => "long_decimal",
            ComplaintKind::NoResult => "no_result",
        }
    }
}

/// One place where a complaint was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The data row, from 1 (0 where the complaint is about the whole file).
    pub row: u64,
    /// The line in the file where the row begins, from 1 (0 where there are no lines).
    pub line: u64,
    /// The beginning of what was found.
    pub found: String,
}

/// One kind of complaint in one column: how often, and the first few places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// What was wrong.
    pub kind: ComplaintKind,
    /// The column, if the complaint is about one.
    pub column: Option<String>,
    /// How often it was met.
    pub count: u64,
    /// The first places.
    pub examples: Vec<Example>,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(column) = &self.column {
            write!(f, "column `{column}`: ")?;
        }
        write!(f, "{} {}", count_text(self.count), self.kind.what(self.count))?;
        if let Some(first) = self.examples.first() {
            if 0 < first.row {
                write!(f, " (first: row {}", count_text(first.row))?;
                if 0 < first.line {
                    write!(f, ", line {}", count_text(first.line))?;
                }
                if !first.found.is_empty() {
                    write!(f, ", found `{}`", first.found)?;
                }
                write!(f, ")")?;
            } else if 0 < first.line && self.kind != ComplaintKind::Encoding {
                write!(f, " (first: line {}", count_text(first.line))?;
                if !first.found.is_empty() {
                    write!(f, ", found `{}`", first.found)?;
                }
                write!(f, ")")?;
            } else if !first.found.is_empty() {
                write!(f, " ({})", first.found)?;
            }
        }
        Ok(())
    }
}

/// All complaints about one file, grouped by kind and column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaints {
    groups: Vec<Complaint>,
}

impl Complaints {
    /// Notes one more.
    pub fn add(&mut self, kind: ComplaintKind, column: Option<&str>, row: u64, line: u64, found: &str) {
        let position = self
            .groups
            .iter()
            .position(|group| group.kind == kind && group.column.as_deref() == column);
        let group = match position {
            Some(position) => &mut self.groups[position],
            None => {
                let column = column.map(str::to_owned);
                self.groups.push(Complaint {
                    kind,
                    column,
                    count: 0,
                    examples: Vec::new(),
                });
                self.groups.last_mut().expect("one was just pushed")
            }
        };
        group.count += 1;
        if group.examples.len() < MAX_EXAMPLES {
            group.examples.push(Example {
                row,
                line,
                found: clip(found),
            });
        }
    }

    /// Adds a group that was counted elsewhere.
    pub(crate) fn add_group(&mut self, group: Complaint) {
        self.extend(Complaints { groups: vec![group] });
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: Complaints) {
        for group in other.groups {
            match self
                .groups
                .iter_mut()
                .find(|mine| mine.kind == group.kind && mine.column == group.column)
            {
                Some(mine) => {
                    mine.count += group.count;
                    let room = MAX_EXAMPLES.saturating_sub(mine.examples.len());
                    mine.examples.extend(group.examples.into_iter().take(room));
                }
                None => self.groups.push(group),
            }
        }
    }

    /// Takes in the complaints about a later part of the same file, which begins behind so many rows and lines.
    pub fn extend_behind(&mut self, later: Complaints, n_rows: u64, n_lines: u64) {
        for mut group in later.groups {
            for example in &mut group.examples {
                example.row += if example.row == 0 { 0 } else { n_rows };
                example.line += if example.line == 0 { 0 } else { n_lines };
            }
            let is_it = |known: &&mut Complaint| known.kind == group.kind && known.column == group.column;
            match self.groups.iter_mut().find(is_it) {
                None => self.groups.push(group),
                Some(known) => {
                    known.count += group.count;
                    let room = MAX_EXAMPLES.saturating_sub(known.examples.len());
                    known.examples.extend(group.examples.into_iter().take(room));
                }
            }
        }
    }

    /// The groups in the order in which they were first met.
    pub fn iter(&self) -> impl Iterator<Item = &Complaint> {
        self.groups.iter()
    }

    /// Whether nothing was wrong.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }
}

/// The first 40 characters of what was found, without line ends and other controls, for a sentence.
pub fn clip(found: &str) -> String {
    let clean = found.chars().map(|c| if c.is_control() { ' ' } else { c });
    let clipped: String = clean.take(MAX_FOUND).collect();
    if found.chars().nth(MAX_FOUND).is_some() {
        format!("{clipped}…")
    } else {
        clipped
    }
}
