//! `[question.*]`

use super::problem::Located;
use super::read::Reader;
use super::sections::Question;
use super::service::one_of;
use crate::question::{ALTERNATIVES, Asked, LEVEL, Method, Refusal};

pub(super) fn question(name: Located<String>, reader: &Reader<'_>) -> Option<Question> {
    let asked = asked(reader)?;
    let spans = reader.entries().into_iter();
    let question = Question {
        ask: reader
            .text("ask")
            .map_or_else(|| asked.sentence(), |ask| ask.value),
        data: reader.text("data").unwrap_or(Located {
            value: String::new(),
            span: name.span.clone(),
        }),
        places: spans.map(|(key, value)| (key.value, value.span())).collect(),
        asked,
        name,
    };
    if let Err(Refusal { key, found, expected }) = question.asked.check() {
        reader.wrong(key, found, expected, question.place(key));
        return None;
    }
    Some(question)
}

fn asked(reader: &Reader<'_>) -> Option<Asked> {
    let outcome = reader.required("outcome");
    let method = word(reader, "method", &Method::WORDS);
    let alternative = word(reader, "alternative", &ALTERNATIVES);
    let against = reader.number("against").map(|against| against.value);
    let by = match against {
        Some(_) => reader.text("by"),
        None => Some(reader.required("by")?),
    };
    Some(Asked {
        outcome: outcome?.value,
        by: by.map(|by| by.value),
        positive: reader.text("positive").map(|positive| positive.value),
        method: method?,
        paired: reader.text("paired").map(|paired| paired.value),
        against,
        equivalent_within: reader.number("equivalent_within").map(|within| within.value),
        alternative: alternative?,
        each_pair: reader.truth("each_pair").is_some_and(|each| each.value),
        level: reader.number("level").map_or(LEVEL, |level| level.value),
    })
}

/// The meaning of a key's word, the default if it is left out, nothing if it is none of the words.
fn word<T: Copy + Default>(reader: &Reader<'_>, key: &str, words: &[(&str, T)]) -> Option<T> {
    let Some(found) = reader.text(key) else {
        return Some(T::default());
    };
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let word = one_of(reader, key, &found, &known)?;
    words
        .iter()
        .find(|(known, _)| *known == word)
        .map(|(_, meaning)| *meaning)
}
