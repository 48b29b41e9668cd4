//! Two issues of a story compared: part by part, sentence by sentence, cell by cell.

use super::cells::{self, number, numbered};
use super::changes::{Changes, PartChange, PictureChange};
use super::record::{FactRecord, IssueRecord, PartRecord, Shown};
use super::sentences::paired;

/// What the findings at the beginning are called.
pub(super) const FINDINGS: &str = "The findings";

/// Compares `after` with `before`.
pub(super) fn compare(before: &IssueRecord, after: &IssueRecord) -> Changes {
    let mut changes = Changes::default();
    let first = |record: &IssueRecord| {
        PartRecord {
            question: FINDINGS.to_owned(),
            ..PartRecord::default()
        }
        .with_sentences(&record.lead)
    };
    let (first_before, first_after) = (first(before), first(after));
    let mut add = |then: Option<&PartRecord>, now: Option<&PartRecord>| {
        let change = part(then, now);
        match (now, change.is_empty()) {
            (Some(now), true) => changes
                .same_parts
                .push((now.question.clone(), now.answer.clone())),
            _ => changes.parts.push(change),
        }
    };
    if before.lead != after.lead {
        add(Some(&first_before), Some(&first_after));
    }
    let of = |parts: &'_ [PartRecord], id: &str| parts.iter().position(|part| part.id == id);
    for now in &after.parts {
        add(
            of(&before.parts, &now.id).map(|place| &before.parts[place]),
            Some(now),
        );
    }
    for then in before
        .parts
        .iter()
        .filter(|then| of(&after.parts, &then.id).is_none())
    {
        add(Some(then), None);
    }
    facts(&mut changes, &before.facts, &after.facts);
    changes
}

impl PartRecord {
    fn with_sentences(mut self, sentences: &[String]) -> PartRecord {
        self.shown = sentences.iter().cloned().map(Shown::Text).collect();
        self
    }

    /// Everything that it says in sentences.
    fn sentences(&self) -> Vec<&str> {
        let texts = self.shown.iter().filter_map(|shown| match shown {
            Shown::Text(text) => Some(text.as_str()),
            Shown::Chart { .. } | Shown::Table { .. } => None,
        });
        let answer = Some(self.answer.as_str()).filter(|answer| !answer.is_empty());
        answer
            .into_iter()
            .chain(texts)
            .chain(self.caveats.iter().map(String::as_str))
            .chain(self.next_step.as_deref())
            .collect()
    }
}

fn part(before: Option<&PartRecord>, after: Option<&PartRecord>) -> PartChange {
    let nothing = PartRecord::default();
    let (then, now) = (before.unwrap_or(&nothing), after.unwrap_or(&nothing));
    let mut sentences = Vec::new();
    if let (Some(_), Some(_)) = (before, after)
        && then.question != now.question
    {
        sentences.push((Some(then.question.clone()), Some(now.question.clone())));
    }
    sentences.extend(paired(&then.sentences(), &now.sentences()));
    PartChange {
        question: after
            .or(before)
            .map(|part| part.question.clone())
            .unwrap_or_default(),
        is_new: before.is_none(),
        is_gone: after.is_none(),
        sentences,
        numbers: cells::changed(then, now),
        pictures: pictures(then, now),
        data_before: then.data.clone(),
        data_after: now.data.clone(),
    }
}

/// The pictures that changed.
fn pictures(then: &PartRecord, now: &PartRecord) -> Vec<PictureChange> {
    let of = |part: &PartRecord| -> Vec<(String, String, String)> {
        let charts = part.shown.iter().filter_map(|shown| match shown {
            Shown::Chart { title, words, markup } => Some((title.clone(), words.clone(), markup.clone())),
            Shown::Table { .. } | Shown::Text(_) => None,
        });
        charts.collect()
    };
    let mut before = of(then);
    let mut pictures = Vec::new();
    for (title, words, markup) in of(now) {
        let place = before.iter().position(|(other, ..)| *other == title);
        let old = place.map(|place| before.remove(place));
        if old
            .as_ref()
            .is_some_and(|(_, old, drawn)| *old == words && *drawn == markup)
        {
            continue;
        }
        let (old_words, old_markup) = old.map(|(_, words, markup)| (words, markup)).unzip();
        pictures.push(PictureChange {
            title,
            before: old_words,
            after: Some(words),
            markup: [old_markup, Some(markup)],
        });
    }
    pictures.extend(before.into_iter().map(|(title, words, markup)| PictureChange {
        title,
        before: Some(words),
        after: None,
        markup: [Some(markup), None],
    }));
    pictures
}

/// The numbers of the appendix, with the data behind each.
fn facts(changes: &mut Changes, before: &[FactRecord], after: &[FactRecord]) {
    let named = |facts: &[FactRecord]| numbered(facts.iter().map(|fact| fact.name.clone()));
    let (names_before, names_after) = (named(before), named(after));
    for (name, now) in names_after.iter().zip(after) {
        let place = names_before.iter().position(|other| other == name);
        let then = place.map(|place| &before[place]);
        if then.is_some_and(|then| then.value == now.value && then.method == now.method) {
            changes.same_facts.push((name.clone(), now.value.clone()));
            continue;
        }
        let data = [
            then.map(|then| then.data.clone()).unwrap_or_default(),
            now.data.clone(),
        ];
        let old = then.map(|then| then.value.clone());
        changes
            .facts
            .push(number(name, old, Some(now.value.clone()), data));
    }
    for (name, then) in names_before.iter().zip(before) {
        if !names_after.contains(name) {
            let data = [then.data.clone(), String::new()];
            changes
                .facts
                .push(number(name, Some(then.value.clone()), None, data));
        }
    }
}

#[cfg(test)]
mod tests;
