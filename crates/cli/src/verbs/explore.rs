//! `spanwise explore`

use super::say;
use crate::exit::End;
use crate::print::Shell;
use anyhow::Error;
use profile::{ColumnProfile, Options, Profile};
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The table: csv, tsv, jsonl, parquet or arrow.
    file: PathBuf,
    /// The column that matters: others are compared with it, and leaks named.
    #[arg(long)]
    target: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let read = table::read::open(&arguments.file, &table::read::Options::default())?;
    if let Some(target) = &arguments.target {
        read.table.column(target)?;
    }
    let profile = profile::profile(
        &read.table,
        &Options {
            target: arguments.target.clone(),
            ..Options::default()
        },
    )?;
    read.guesses.iter().for_each(|guess| shell.note(guess));
    read.complaints
        .iter()
        .for_each(|complaint| shell.warning(&complaint.to_string()));
    if shell.json {
        shell.object(&as_json(&profile, &read.complaints))?;
    } else {
        text(&profile, shell)?;
    }
    Ok(End::Done)
}

fn text(profile: &Profile, shell: &Shell) -> Result<(), Error> {
    shell.line(&format!(
        "{} rows, {} columns, {} repeated rows\n",
        report::format_count(profile.n_rows),
        profile.n_columns,
        profile.n_duplicate_rows
    ))?;
    let mut rows = vec![
        [
            "column",
            "kind",
            "meaning",
            "missing",
            "different",
            "spread",
            "with the target",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    rows.extend(profile.columns.iter().map(|column| {
        vec![
            column.name.clone(),
            column.kind.to_string(),
            column.meaning.name().to_owned(),
            report::format_percent(share_missing(column)),
            report::format_count(column.distinct.value.round() as u64),
            spread(column),
            association(column),
        ]
    }));
    say(shell, &rows)?;
    profile
        .warnings
        .iter()
        .try_for_each(|warning| shell.line(&format!("look at: {warning}")))
}

fn share_missing(column: &ColumnProfile) -> f64 {
    column.n_missing as f64 / column.n.max(1) as f64
}

fn spread(column: &ColumnProfile) -> String {
    let number = report::format_number;
    match (&column.numbers, &column.levels) {
        (Some(numbers), _) => format!(
            "{} to {}, median {}",
            number(numbers.min),
            number(numbers.max),
            number(numbers.quantiles[3])
        ),
        (None, Some(levels)) => {
            let top = levels
                .top
                .iter()
                .take(3)
                .map(|(text, count)| format!("{} {count}", text.chars().take(24).collect::<String>()));
            top.collect::<Vec<_>>().join(", ")
        }
        (None, None) => String::new(),
    }
}

fn association(column: &ColumnProfile) -> String {
    let words = |association: &profile::Association| {
        let estimate = association.estimate;
        format!(
            "{} {:.2} [{:.2}, {:.2}]",
            association.measure, estimate.value, estimate.low, estimate.high
        )
    };
    column.association.as_ref().map(words).unwrap_or_default()
}

fn as_json(profile: &Profile, complaints: &table::Complaints) -> serde_json::Value {
    let columns: Vec<serde_json::Value> = profile
        .columns
        .iter()
        .map(|column| {
            serde_json::json!({
                "name": column.name,
                "kind": column.kind.name(),
                "meaning": column.meaning.name().to_owned(),
                "n": column.n,
                "n_missing": column.n_missing,
                "distinct": { "value": column.distinct.value, "low": column.distinct.low, "high": column.distinct.high },
                "numbers": column.numbers.as_ref().map(|numbers| serde_json::json!({
                    "mean": { "value": numbers.mean.value, "low": numbers.mean.low, "high": numbers.mean.high },
                    "sd": numbers.sd, "min": numbers.min, "median": numbers.quantiles[3], "max": numbers.max,
                })),
                "levels": column.levels.as_ref().map(|levels| &levels.top),
                "association": column.association.as_ref().map(|association| serde_json::json!({
                    "measure": association.measure, "value": association.estimate.value,
                    "low": association.estimate.low, "high": association.estimate.high, "p_value": association.p_value,
                })),
            })
        })
        .collect();
    serde_json::json!({
        "n_rows": profile.n_rows,
        "n_columns": profile.n_columns,
        "n_duplicate_rows": profile.n_duplicate_rows,
        "columns": columns,
        "warnings": profile.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "complaints": complaints.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}
