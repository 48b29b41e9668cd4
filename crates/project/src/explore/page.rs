//! The profile as a page.

use super::card::card;
use super::{Explored, count, differences, pictures};
use profile::{Profile, Relation, Relations};
use report::{Chart, Format, HeatMap, ProfilePage, Sides, Verdict, format_count, format_p_value};

/// Columns in the picture of relations.
const MOST_IN_PICTURE: usize = 20;
/// Relations in the table.
const MOST_LISTED: usize = 25;

/// The page of what was found.
pub(super) fn page(explored: &Explored) -> ProfilePage {
    let found = &explored.profile;
    let verdict = |warning: &profile::Warning| {
        if warning.is_grave() {
            Verdict::Alarm
        } else {
            Verdict::Watch
        }
    };
    let complaints = explored.complaints.iter().map(ToString::to_string);
    let reading = explored.guesses.iter().cloned().chain(complaints);
    let differences = explored
        .against
        .iter()
        .map(|(other, found)| differences::part(other, found));
    let course = found
        .course
        .iter()
        .flat_map(|course| super::course::parts(course, explored.links.as_deref()));
    ProfilePage {
        title: explored.name.clone(),
        sentence: sentence(found),
        facts: facts(found),
        looks: found
            .warnings
            .iter()
            .map(|warning| (verdict(warning), warning.to_string()))
            .collect(),
        reading: reading.collect(),
        columns: found
            .columns
            .iter()
            .map(|column| card(column, found.target.as_deref(), &found.warnings))
            .collect(),
        sides: differences.chain(course).chain(sides(found)).collect(),
        notes: notes(found),
    }
}

fn sentence(found: &Profile) -> String {
    let n_grave = found.warnings.iter().filter(|warning| warning.is_grave()).count();
    let trust = match (n_grave, found.warnings.len()) {
        (0, 0) => "nothing in it looks wrong".to_owned(),
        (0, 1) => "one thing in it deserves a look".to_owned(),
        (0, n) => format!("{n} things in it deserve a look"),
        (1, _) => "one thing in it would mislead".to_owned(),
        (n, _) => format!("{n} things in it would mislead"),
    };
    format!(
        "{} rows and {} columns; {trust}.",
        format_count(found.n_rows),
        format_count(found.n_columns as u64)
    )
}

fn facts(found: &Profile) -> Vec<(String, String)> {
    let n_missing: u64 = found.columns.iter().map(|column| column.n_missing).sum();
    let n_cells = found.n_rows.saturating_mul(found.n_columns as u64);
    let missing = report::format_percent(n_missing as f64 / n_cells.max(1) as f64);
    let mut facts = vec![
        ("Rows".to_owned(), format_count(found.n_rows)),
        ("Columns".to_owned(), format_count(found.n_columns as u64)),
        ("Repeated rows".to_owned(), count(found.repeated_rows)),
        (
            "Missing cells".to_owned(),
            if n_cells == 0 { "–".to_owned() } else { missing },
        ),
    ];
    if let Some(key) = found.relations.keys.first() {
        facts.push(("Rows are named by".to_owned(), key.join(" and ")));
    }
    facts
}

fn sides(found: &Profile) -> Vec<Sides> {
    let relations = &found.relations;
    let mut sides = Vec::new();
    if !relations.pairs.is_empty() {
        sides.push(together(found));
    }
    sides.extend(pictures::plane_parts(found));
    if !relations.dependencies.is_empty() {
        sides.push(settled(relations));
    }
    sides.extend(pictures::missing_part(found));
    sides
}

fn together(found: &Profile) -> Sides {
    let relations = &found.relations;
    let words = format!(
        "{} pairs of columns were compared; {} know of each other, corrected for having looked at all of them.",
        format_count(relations.n_tried as u64),
        match relations.pairs.len() {
            100 => "100 and more".to_owned(),
            n => format_count(n as u64),
        }
    );
    let row = |pair: &Relation| {
        let estimate = pair.estimate;
        vec![
            pair.column.clone(),
            pair.other.clone(),
            format!(
                "{} {:.2} ({:.2} to {:.2})",
                pair.measure, estimate.value, estimate.low, estimate.high
            ),
            format_p_value(pair.p_adjusted),
        ]
    };
    let header = ["column", "other", "how close, with its interval", "p, corrected"].map(str::to_owned);
    Sides {
        heading: "Columns that belong together".to_owned(),
        words: vec![words],
        chart: picture(relations),
        table: Some((
            header.to_vec(),
            relations.pairs.iter().take(MOST_LISTED).map(row).collect(),
        )),
    }
}

pub(super) fn picture(relations: &Relations) -> Option<Chart> {
    let mut names: Vec<String> = Vec::new();
    for name in relations
        .pairs
        .iter()
        .flat_map(|pair| [&pair.column, &pair.other])
    {
        if names.len() < MOST_IN_PICTURE && !names.contains(name) {
            names.push(name.clone());
        }
    }
    let close = |a: &str, b: &str| {
        let is_it =
            |pair: &&Relation| (pair.column == a && pair.other == b) || (pair.column == b && pair.other == a);
        relations
            .pairs
            .iter()
            .find(is_it)
            .map_or(f64::NAN, |pair| pair.estimate.value)
    };
    let cells = names
        .iter()
        .map(|a| names.iter().map(|b| close(a, b)).collect())
        .collect();
    let heat = HeatMap {
        rows: names.clone(),
        columns: names,
        cells,
        format: Format::Number,
        ..HeatMap::default()
    };
    let caption = "Rank correlation of numbers (warm below zero), Cramér's V of categories, correlation ratio of both; empty where nothing holds";
    (relations.pairs.len() > 1).then(|| Chart::new("How close columns are", heat).caption(caption))
}

fn settled(relations: &Relations) -> Sides {
    let header = [
        "column",
        "settles",
        "rows that could have broken it",
        "may be broken in at most",
    ]
    .map(str::to_owned);
    let row = |dependency: &profile::Dependency| {
        let settles = match dependency.is_mutual {
            true => format!("{} and the other way round", dependency.settles),
            false => dependency.settles.clone(),
        };
        vec![
            dependency.column.clone(),
            settles,
            format_count(dependency.n_chances),
            report::format_percent(dependency.at_most),
        ]
    };
    Sides {
        heading: "Columns that settle others".to_owned(),
        words: vec!["Where two rows agree in the first column, they agree in the second.".to_owned()],
        chart: None,
        table: Some((header.to_vec(), relations.dependencies.iter().map(row).collect())),
    }
}

fn notes(found: &Profile) -> Vec<String> {
    let mut notes = Vec::new();
    let rank_error = found
        .columns
        .iter()
        .filter_map(|column| Some(column.numbers.as_ref()?.rank_error))
        .fold(0.0, f64::max);
    if rank_error > 0.0 {
        let most = report::format_percent(rank_error);
        notes.push(format!(
            "Quantiles and pictures come from sketches: no rank is off by more than {most} of the rows."
        ));
    }
    if found.columns.iter().any(|column| !column.distinct_is_exact) {
        notes.push(
            "Counts with an interval come from an even sample of the different values, at 95%.".to_owned(),
        );
    }
    if found.n_sampled < found.n_rows {
        let n = format_count(found.n_sampled);
        notes.push(format!("Columns are looked at side by side in an even sample of {n} rows; intervals say what that leaves open."));
    }
    notes.push(
        "Belonging together is no cause, and what is written down after the fact may look like one."
            .to_owned(),
    );
    notes
}
