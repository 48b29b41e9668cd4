//! What a model looks at, told: the answer in a sentence, a table, a page.

use super::pictures::{answer_format, contribution, effect, summary};
use super::record::{EffectRecord, ExplainRecord, FeatureRecord};
use report::{Evidence, Format, Section, Story, format_count, format_level};

/// Features in the table of a page.
const MOST_LISTED: usize = 20;

/// The strongest features in a sentence.
#[must_use]
pub fn answer(found: &ExplainRecord) -> String {
    let names: Vec<&str> = found
        .features
        .iter()
        .take(3)
        .map(|feature| feature.name.as_str())
        .collect();
    match names.as_slice() {
        [] => "It says the same of every row.".to_owned(),
        [one] => format!("At {one} alone."),
        [first, rest @ ..] => format!("Most at {first}, then at {}.", rest.join(" and ")),
    }
}

/// The features as rows of text under their header, strongest first.
#[must_use]
pub fn lines(found: &ExplainRecord) -> Vec<Vec<String>> {
    let header = ["feature", "mean size", "how answers go with it"].map(str::to_owned);
    let row = |feature: &FeatureRecord| {
        let [value, low, high] = feature.strength.map(|x| Format::Number.value(x));
        let words =
            close_effect(feature).map_or(String::new(), |effect| ends_in_short(found, feature, effect));
        vec![feature.name.clone(), format!("{value} ({low} to {high})"), words]
    };
    match found.features.is_empty() {
        true => Vec::new(),
        false => std::iter::once(header.to_vec())
            .chain(found.features.iter().take(MOST_LISTED).map(row))
            .collect(),
    }
}

fn close_effect(feature: &FeatureRecord) -> Option<&EffectRecord> {
    feature.close.as_ref()?.effect.as_ref()
}

/// A page of its own.
#[must_use]
pub fn page(found: &ExplainRecord) -> String {
    let broken = match found.n_broken {
        0 => String::new(),
        n => format!(", {} that break the contract left out", format_count(n)),
    };
    let explained = match found.n_explained < found.n_rows {
        true => format!(", {} of them explained", format_count(found.n_explained)),
        false => String::new(),
    };
    let close = found
        .features
        .iter()
        .filter_map(|feature| section(found, feature));
    let story = Story {
        title: match found.target.as_str() {
            "" => format!("What does {} look at?", found.model),
            target => format!("What does the model of {target} look at?"),
        },
        subtitle: format!(
            "{} rows{explained}, model {}{broken}",
            format_count(found.n_rows),
            found.model
        ),
        sections: std::iter::once(overview(found)).chain(close).collect(),
        ..Story::default()
    };
    story.to_html()
}

fn overview(found: &ExplainRecord) -> Section {
    let rows = lines(found);
    let table = rows.split_first().map(|(header, rows)| Evidence::Table {
        caption: format!(
            "Mean size of the contribution to the margin, {} interval over rows; the {} is {} on average",
            format_level(found.level),
            found.answer,
            answer_format(found).value(found.mean)
        ),
        header: header.clone(),
        rows: rows.to_vec(),
    });
    let picture = (!found.features.is_empty()).then(|| Evidence::Chart(summary(&found.features)));
    Section {
        id: "features".to_owned(),
        question: "Which features does it look at?".to_owned(),
        answer: answer(found),
        evidence: picture.into_iter().chain(table).collect(),
        caveats: vec![
            "Contributions add up to the model's margin exactly. They explain the model, not the world."
                .to_owned(),
            "Intervals say what other rows would change; the model is taken as it is.".to_owned(),
        ],
        next_step: None,
    }
}

fn section(found: &ExplainRecord, feature: &FeatureRecord) -> Option<Section> {
    let pictures = [effect(found, feature), contribution(feature)];
    let evidence: Vec<Evidence> = pictures.into_iter().flatten().map(Evidence::Chart).collect();
    (!evidence.is_empty()).then(|| Section {
        question: format!("How does the {} go with {}?", found.answer, feature.name),
        answer: close_effect(feature).map_or(String::new(), |effect| {
            let ends = ends_in_short(found, feature, effect);
            format!("All else as it is in each row: {ends}.")
        }),
        evidence,
        ..Section::default()
    })
}

/// Where the effect is lowest and where it is highest: `12.1% at 72, 48.0% at 1`.
fn ends_in_short(found: &ExplainRecord, feature: &FeatureRecord, effect: &EffectRecord) -> String {
    let heights = effect.accumulated.iter().map(|[value, ..]| *value).enumerate();
    let by_height = |a: &(usize, f64), b: &(usize, f64)| a.1.total_cmp(&b.1);
    let (low, high) = (heights.clone().min_by(by_height), heights.max_by(by_height));
    let place = |at: usize| match effect.labels.get(at) {
        Some(label) => label.clone(),
        None if feature.kind == "day" => Format::Date.value(effect.at[at]),
        None => Format::Number.value(effect.at[at]),
    };
    let words = |end: Option<(usize, f64)>| {
        end.map(|(at, height)| {
            format!(
                "{} at {}",
                answer_format(found).value(found.mean + height),
                place(at)
            )
        })
    };
    [words(low), words(high)]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(", ")
}
