//! Slices as rows of text, and as pictures.

use super::judged::PINBALL;
use super::record::{SliceRecord, WeakRecord};
use super::words::{difference, format, loss, loss_words, range, readable};
use report::{Bar, BarStyle, Bars, Chart, Format, Mark, format_count, format_level, format_p_value};

/// The slices as rows of text under their header, weak ones first.
#[must_use]
pub fn lines(found: &WeakRecord) -> (Vec<Vec<String>>, Vec<Vec<String>>) {
    (
        table(weak_header(found), &found.weak, |one| weak_row(found, one, true)),
        table(bias_header(found), &found.biased, |one| bias_row(found, one)),
    )
}

fn table(
    header: Vec<String>,
    slices: &[SliceRecord],
    row: impl Fn(&SliceRecord) -> Vec<String>,
) -> Vec<Vec<String>> {
    match slices {
        [] => Vec::new(),
        slices => std::iter::once(header).chain(slices.iter().map(row)).collect(),
    }
}

/// The pictures, each with a name of its own.
#[must_use]
pub fn charts(found: &WeakRecord) -> Vec<(String, Chart)> {
    let weak = (!found.weak.is_empty()).then(|| ("weak-slices".to_owned(), weak_chart(found)));
    let biased = (!found.biased.is_empty()).then(|| ("biased-slices".to_owned(), bias_chart(found)));
    weak.into_iter().chain(biased).collect()
}

fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

pub(super) fn weak_header(found: &WeakRecord) -> Vec<String> {
    let mut header = words(["where", "rows", "loss here", "elsewhere"]);
    if found.loss_name == "squared error" || found.loss_name == "absolute error" {
        header[2] = "error here".to_owned();
    }
    if found.weak.iter().any(|one| one.expected.is_some()) {
        header.push("it expects".to_owned());
    }
    header.extend(told_and_observed(found));
    header.push("p".to_owned());
    header
}

fn told_and_observed(found: &WeakRecord) -> [String; 2] {
    match (&found.positive, found.loss_name == PINBALL) {
        (Some(positive), _) => [format!("{positive}: told"), "observed".to_owned()],
        (None, true) => ["quantile".to_owned(), "truths below".to_owned()],
        (None, false) if found.is_share => ["told right".to_owned(), "is right".to_owned()],
        (None, false) => ["told".to_owned(), "observed".to_owned()],
    }
}

/// A slice; its interval is left out where a picture beside shows it.
pub(super) fn weak_row(found: &WeakRecord, one: &SliceRecord, with_interval: bool) -> Vec<String> {
    let mut inside = loss(found, one.inside[0]);
    if with_interval {
        inside.push_str(&format!(" ({})", range(found, one.inside)));
    }
    let mut cells = vec![
        one.label.clone(),
        format_count(one.n),
        inside,
        loss(found, one.outside[0]),
    ];
    cells.extend(one.expected.map(|expected| Format::Number.value(expected)));
    cells.extend(both(found, one));
    cells.push(format_p_value(one.p_adjusted));
    cells
}

fn both(found: &WeakRecord, one: &SliceRecord) -> [String; 2] {
    [one.told, one.observed[0]].map(|x| format(found).value(x))
}

pub(super) fn bias_header(found: &WeakRecord) -> Vec<String> {
    let mut header = words(["where", "rows", "off by"]);
    header.extend(told_and_observed(found));
    header.push("p".to_owned());
    header
}

pub(super) fn bias_row(found: &WeakRecord, one: &SliceRecord) -> Vec<String> {
    let mut cells = vec![
        one.label.clone(),
        format_count(one.n),
        difference(found, one.inside),
    ];
    cells.extend(both(found, one));
    cells.push(format_p_value(one.p_adjusted));
    cells
}

pub(super) fn weak_chart(found: &WeakRecord) -> Chart {
    let bar = |one: &SliceRecord| {
        let [value, low, high] = one.inside.map(|x| readable(found, x));
        Bar::new(one.label.clone(), value).between(low, high)
    };
    Chart::new(
        format!("The {} in the groups where it is larger", loss_words(found)),
        Bars {
            items: found.weak.iter().map(bar).collect(),
            style: BarStyle::Dot,
            reference: Some(Mark::new(readable(found, found.loss[0]), "all rows")),
            interval: format!("{} interval", format_level(found.level)),
            ..Bars::default()
        },
    )
}

pub(super) fn bias_chart(found: &WeakRecord) -> Chart {
    let bar = |one: &SliceRecord| {
        let [value, low, high] = one.inside;
        Bar::new(one.label.clone(), value).between(low, high)
    };
    Chart::new(
        "Where the model tells too much (right) or too little (left)",
        Bars {
            items: found.biased.iter().map(bar).collect(),
            style: BarStyle::Dot,
            reference: Some(Mark::new(0.0, "as observed")),
            format: if found.is_share {
                Format::Points
            } else {
                Format::Signed
            },
            interval: format!("{} interval", format_level(found.level)),
            ..Bars::default()
        },
    )
}
