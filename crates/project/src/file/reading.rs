//! How the files of `[data.*]` are read.

use super::data::known_kind;
use super::problem::Located;
use super::read::Reader;
use super::service::one_of;
use table::read::{DayOrder, Mark, Options, Separator};

const ORDERS: [(&str, DayOrder); 3] = [
    ("year-month-day", DayOrder::YearMonthDay),
    ("day-month-year", DayOrder::DayMonthYear),
    ("month-day-year", DayOrder::MonthDayYear),
];

pub(super) fn options(reader: &Reader<'_>) -> Options {
    let mut options = Options::default();
    if let Some(found) = reader.text("separator") {
        options.separator = Separator::of(&found.value);
        if options.separator.is_none() {
            let expected = "one to four characters without quotes and line ends";
            reader.wrong("separator", format!("{:?}", found.value), expected, found.span);
        }
    }
    options.quote = mark(reader, "quote");
    options.escape = mark(reader, "escape");
    options.comment = mark(reader, "comment");
    options.skip = lines(reader, "skip");
    options.header = lines(reader, "header");
    options.decimal = character(reader, "decimal", &['.', ',']);
    options.thousands = character(reader, "thousands", &['.', ',', ' ', '\'', '_']);
    if let Some(found) = reader.text("dates") {
        let known = ORDERS.map(|(word, _)| word);
        let word = one_of(reader, "dates", &found, &known);
        options.dates = ORDERS
            .iter()
            .find(|(known, _)| Some(*known) == word)
            .map(|(_, order)| *order);
    }
    options.sheet = reader.text("sheet").map(|sheet| sheet.value);
    options.encoding = reader.text("encoding").map(|encoding| encoding.value);
    let values = |words: Vec<Located<String>>| words.into_iter().map(|word| word.value).collect();
    if let Some(words) = reader.texts("null_words") {
        options.null_words = values(words);
    }
    if let Some(words) = reader.texts("null_texts") {
        options.null_texts = values(words);
    }
    options.sentinels = sentinels(reader);
    let truth = |key: &str, default: bool| reader.truth(key).map_or(default, |truth| truth.value);
    options.marked_values = truth("marked_values", options.marked_values);
    options.repairs = truth("repairs", options.repairs);
    // a project names columns, and must not mean another one than its reader
    options.renames = truth("renames", false);
    if let Some(limit) = reader.whole("max_columns") {
        options.max_columns = limit.value as usize;
    }
    let types = reader
        .table("types")
        .map(|types| types.text_entries())
        .unwrap_or_default();
    for (column, kind) in types {
        if let Some(kind) = known_kind(reader, &format!("types.{}", column.value), &kind) {
            options.kinds.insert(column.value, kind);
        }
    }
    options
}

/// A character with a meaning; an empty text says that there is none.
fn mark(reader: &Reader<'_>, key: &str) -> Option<Mark> {
    let found = reader.text(key)?;
    match found.value.as_bytes() {
        [] => Some(Mark::None),
        [byte] => Some(Mark::Byte(*byte)),
        _ => {
            let expected = "one ASCII character, or none";
            reader.wrong(key, format!("{:?}", found.value), expected, found.span);
            None
        }
    }
}

fn lines(reader: &Reader<'_>, key: &str) -> Option<usize> {
    reader
        .whole(key)
        .map(|found| usize::try_from(found.value).unwrap_or(usize::MAX))
}

fn character(reader: &Reader<'_>, key: &str, known: &[char]) -> Option<char> {
    let found = reader.text(key)?;
    let mut chars = found.value.chars();
    let single = chars
        .next()
        .filter(|c| chars.next().is_none() && known.contains(c));
    if single.is_none() {
        let expected = known
            .iter()
            .map(|c| format!("{:?}", c.to_string()))
            .collect::<Vec<_>>()
            .join(", ");
        reader.wrong(
            key,
            format!("{:?}", found.value),
            format!("one of {expected}"),
            found.span,
        );
    }
    single
}

fn sentinels(reader: &Reader<'_>) -> Vec<f64> {
    let mut numbers = Vec::new();
    for word in reader.texts("sentinels").unwrap_or_default() {
        match word
            .value
            .trim()
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
        {
            Some(number) => numbers.push(number),
            None => reader.wrong(
                "sentinels",
                format!("{:?}", word.value),
                "texts of numbers such as \"-999\"",
                word.span,
            ),
        }
    }
    numbers
}
