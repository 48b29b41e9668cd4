//! The page of a comparison.

use super::changes::{NumberChange, PartChange, PictureChange};
use super::{Comparison, Stamp, words};
use report::{Beside, ChangedNumber, ChangedPart, ChangesPage, Drawing, Fate};

/// The most numbers of tables shown in a part; the JSON has all.
const MOST_NUMBERS: usize = 30;

/// The comparison as one HTML file.
#[must_use]
pub fn page(comparison: &Comparison) -> String {
    let changes = &comparison.changes;
    let stamp = |stamp: &Stamp| format!("issue {}, {}: {}", stamp.issue, stamp.time(), stamp.subtitle);
    let page = ChangesPage {
        title: format!("What changed: {}", comparison.title),
        sentence: comparison.sentence.clone(),
        facts: vec![
            ("Before".to_owned(), stamp(&comparison.before)),
            ("Now".to_owned(), stamp(&comparison.after)),
        ],
        parts: changes.parts.iter().map(part).collect(),
        numbers: changes.facts.iter().map(|fact| number(fact, true)).collect(),
        same: changes.same_parts.clone(),
        same_numbers: changes.same_facts.clone(),
        notes: notes(),
    };
    page.to_html()
}

fn notes() -> Vec<String> {
    vec![
        "Numbers are compared as they are written: a difference has the digits that both have.".to_owned(),
        "A number outside of the interval that it had is marked `beyond its interval`; with many numbers, some leave theirs by chance.".to_owned(),
        "The data of a number are told by the first digits of the hash of their content: the same hash, the same rows.".to_owned(),
    ]
}

fn part(part: &PartChange) -> ChangedPart {
    let fate = match (part.is_new, part.is_gone) {
        (true, _) => Fate::New,
        (_, true) => Fate::Gone,
        _ => Fate::Changed,
    };
    // Words are shown one by one, so that no back-tick finds its second.
    let plain = |text: &Option<String>| text.as_deref().unwrap_or_default().replace('`', "");
    let sentence =
        |(before, after): &(Option<String>, Option<String>)| words::between(&plain(before), &plain(after));
    // A part that came or went is told by its sentences and pictures.
    let shown = match fate {
        Fate::Changed => part.numbers.iter().take(MOST_NUMBERS),
        _ => part.numbers.iter().take(0),
    };
    ChangedPart {
        heading: part.question.clone(),
        fate,
        sentences: part.sentences.iter().map(sentence).collect(),
        data: data(part),
        numbers: shown.map(|cell| number(cell, false)).collect(),
        pictures: part.pictures.iter().map(picture).collect(),
    }
}

/// The data behind a part, in a sentence.
fn data(part: &PartChange) -> String {
    let list = |hashes: &[String]| {
        let quoted: Vec<String> = hashes.iter().map(|hash| format!("`{hash}`")).collect();
        quoted.join(", ")
    };
    let (before, after) = (list(&part.data_before), list(&part.data_after));
    match (before.is_empty(), after.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!("From data {before}."),
        (true, false) => format!("From data {after}."),
        _ if before == after => format!("From the same data, {after}."),
        _ => format!("From data {before} before, and {after} now."),
    }
}

fn number(found: &NumberChange, with_data: bool) -> ChangedNumber {
    let mut change = match (&found.change, &found.before, &found.after) {
        (Some(change), ..) => change.clone(),
        (None, None, _) => "new".to_owned(),
        (None, _, None) => "gone".to_owned(),
        _ => String::new(),
    };
    if found.is_outside == Some(true) {
        change.push_str(", beyond its interval");
    }
    let data = match (
        found.data_before == found.data_after,
        found.data_before.is_empty(),
    ) {
        (true, _) => format!("the same: {}", found.data_after),
        (false, true) => found.data_after.clone(),
        (false, false) => format!("{} → {}", found.data_before, found.data_after),
    };
    ChangedNumber {
        name: found.name.clone(),
        before: found.before.clone().unwrap_or_default(),
        after: found.after.clone().unwrap_or_default(),
        change,
        data: if with_data { data } else { String::new() },
    }
}

fn picture(found: &PictureChange) -> Beside {
    let [before, after] = &found.markup;
    let kept = |words: &Option<String>, markup: &Option<String>| {
        Drawing::kept(&found.title, words.as_deref()?, markup.as_deref()?)
    };
    Beside {
        title: found.title.clone(),
        before: kept(&found.before, before),
        after: kept(&found.after, after),
    }
}
