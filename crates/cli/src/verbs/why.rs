//! `spanwise why`

use super::charts::ChartArguments;
use super::{ProjectArguments, refuse_over, say};
use crate::exit::End;
use crate::print::{Shell, Usage};
use crate::progress::{Progress, Steps};
use anyhow::{Context, Error};
use clap::builder::PossibleValuesParser;
use profile::why::Options;
use project::question::Refusal;
use project::why::{
    Asked, ChangeRecord, MetricWord, Periods, answer, ask, charts, effect_words, of_project, page,
};
use project::{ProjectError, SystemClock};
use report::{format_count, format_p_value, format_percent};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Sections `[why.*]` of the project; all if left out.
    #[arg(conflicts_with = "file")]
    names: Vec<String>,
    /// A table to ask instead: csv, tsv, jsonl, parquet or arrow.
    #[arg(long, short = 'f')]
    file: Option<PathBuf>,
    #[command(flatten)]
    change: ChangeArguments,
    /// Where the page goes; no page is written if not said.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    charts: ChartArguments,
    #[command(flatten)]
    project: ProjectArguments,
}

/// A change in a file; its keys are those of `[why.*]`.
#[derive(Clone, Debug, clap::Args)]
struct ChangeArguments {
    /// The number that changed.
    #[arg(long, requires = "file", value_parser = PossibleValuesParser::new(MetricWord::WORDS.map(|(word, _)| word)))]
    metric: Option<String>,
    /// The number's column; none for a count.
    #[arg(long, requires = "file", value_name = "COLUMN")]
    of: Option<String>,
    /// The column below, for a ratio.
    #[arg(long, requires = "of", value_name = "COLUMN")]
    per: Option<String>,
    /// The class whose share is a rate.
    #[arg(long, requires = "of")]
    positive: Option<String>,
    /// The column that tells the two periods or groups apart.
    #[arg(long, requires_all = ["file", "before", "after"], value_name = "COLUMN")]
    by: Option<String>,
    /// What `--by` says before: a value; for days a day, month or year, or two with ` to ` between.
    #[arg(long, requires = "by", allow_hyphen_values = true)]
    before: Option<String>,
    /// What `--by` says after.
    #[arg(long, requires = "by", allow_hyphen_values = true)]
    after: Option<String>,
    /// Instead of `--by`: a file with the rows of the period before.
    #[arg(long, requires = "file", conflicts_with = "by", value_name = "FILE")]
    against: Option<PathBuf>,
    /// The columns to look at, with commas between; all that are of use if left out.
    #[arg(long, requires = "file", value_delimiter = ',', value_name = "COLUMNS")]
    dimensions: Vec<String>,
    /// Columns never to look at, with commas between.
    #[arg(long, requires = "file", value_delimiter = ',', value_name = "COLUMNS")]
    exclude: Vec<String>,
    /// The column of a customer, store or day whose rows move together.
    #[arg(long, requires = "file", value_name = "COLUMN")]
    cluster: Option<String>,
    /// A column of weights, 0 or more.
    #[arg(long, requires = "file", value_name = "COLUMN")]
    weight: Option<String>,
    /// The confidence level of the intervals, above 0 and below 1.
    #[arg(long, requires = "file")]
    level: Option<f64>,
    /// The seed of the resamples behind intervals.
    #[arg(long, requires = "file", default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let records = match &arguments.file {
        Some(file) => vec![of_file(file, arguments, shell)?],
        None => {
            let project = arguments.project.load()?;
            of_project(&project, &arguments.names, &Progress::new(shell), &SystemClock)?
        }
    };
    if shell.json {
        shell.object(&serde_json::json!({ "changes": records }))?;
    } else {
        let is_drawn = arguments.charts.are_drawn(shell);
        records
            .iter()
            .try_for_each(|record| tell(record, is_drawn, shell))?;
    }
    if let Some(out) = &arguments.out {
        refuse_over(
            out,
            arguments
                .file
                .iter()
                .chain(&arguments.change.against)
                .map(PathBuf::as_path),
        )?;
        write(&records, out, shell)?;
    }
    for record in &records {
        arguments
            .charts
            .write(&format!("{}-", record.name), &charts(record), shell)?;
    }
    Ok(End::Done)
}

fn of_file(file: &Path, arguments: &Arguments, shell: &Shell) -> Result<ChangeRecord, Error> {
    let asked = arguments.change.asked(arguments.project.threads);
    if asked.periods.is_none() && arguments.change.against.is_none() {
        return Err(Usage(
            "found no periods, expected `--by` with `--before` and `--after`, or `--against FILE`".to_owned(),
        )
        .into());
    }
    let steps = Steps::new(shell);
    let open = |path: &Path| -> Result<table::read::Read, Error> {
        let what = format!("reading {}", project::sources::title(path));
        Ok(steps.take(&what, || {
            project::sources::open(path, &table::read::Options::default())
        })?)
    };
    let after = open(file)?;
    let before = arguments.change.against.as_deref().map(open).transpose()?;
    let refuse = |refusal: Refusal| {
        let flag = format!("`--{}`", refusal.key.replace('_', "-"));
        ProjectError::data(flag, refusal.found, refusal.expected)
    };
    let name = project::sources::stem(file);
    let (table, before_table) = (&after.table, before.as_ref().map(|read| &read.table));
    let n_rows = table.n_rows() + before_table.map_or(0, table::Table::n_rows);
    let what = format!("looking for what moved in {} rows", format_count(n_rows as u64));
    let found = steps.take(&what, || ask(&asked, &name, None, table, before_table, &refuse));
    drop(steps);
    for read in std::iter::once(&after).chain(&before) {
        read.guesses.iter().for_each(|guess| shell.note(guess));
        read.complaints
            .iter()
            .for_each(|complaint| shell.warning(&complaint.to_string()));
    }
    Ok(found?)
}

impl ChangeArguments {
    fn asked(&self, threads: Option<usize>) -> Asked {
        let metric = MetricWord::WORDS
            .iter()
            .find(|(word, _)| Some(*word) == self.metric.as_deref());
        let periods = match (&self.by, &self.before, &self.after) {
            (Some(by), Some(before), Some(after)) => Some(Periods {
                by: by.clone(),
                before: before.clone(),
                after: after.clone(),
            }),
            _ => None,
        };
        let level = self.level.unwrap_or(0.95);
        Asked {
            metric: metric.map_or_else(MetricWord::default, |(_, metric)| *metric),
            of: self.of.clone(),
            per: self.per.clone(),
            positive: self.positive.clone(),
            periods,
            options: Options {
                weight: self.weight.clone(),
                cluster: self.cluster.clone(),
                dimensions: self.dimensions.clone(),
                exclude: self.exclude.clone(),
                level,
                alpha: 1.0 - level,
                seed: self.seed,
                n_threads: threads
                    .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
                ..Options::default()
            },
        }
    }
}

fn write(records: &[ChangeRecord], out: &Path, shell: &Shell) -> Result<(), Error> {
    table::file::write_atomic(out, page(records).as_bytes())
        .with_context(|| format!("the page `{}`", out.display()))?;
    shell.note(&format!("page: {}", out.display()));
    Ok(())
}

fn tell(found: &ChangeRecord, is_drawn: bool, shell: &Shell) -> Result<(), Error> {
    shell.line(&format!("{}\n{}\n", found.ask, answer(found)))?;
    let mut rows = vec![
        [
            "segment",
            "how",
            "rows",
            "effect",
            "of the change",
            "p, corrected",
        ]
        .map(str::to_owned)
        .to_vec(),
    ];
    let effect = |[value, low, high]: [f64; 3]| {
        let [value, low, high] = [value, low, high].map(|x| effect_words(found, x));
        format!("{value} ({low} to {high})")
    };
    let part = |value: f64| match found.change[0] {
        0.0 => String::new(),
        change => format_percent(value / change),
    };
    for shift in &found.everything_moved {
        let cells = [
            format!("everything alike ({})", shift.scale),
            shift.kind.clone(),
            String::new(),
        ];
        rows.push(
            [
                cells.to_vec(),
                vec![effect(shift.effect), part(shift.effect[0]), String::new()],
            ]
            .concat(),
        );
    }
    for finding in &found.findings {
        rows.push(vec![
            finding.label.clone(),
            finding.kind.clone(),
            format!(
                "{}, then {}",
                format_count(finding.n[0]),
                format_count(finding.n[1])
            ),
            effect(finding.effect),
            part(finding.effect[0]),
            format_p_value(finding.p_adjusted),
        ]);
    }
    let rest = vec!["everything else".to_owned(), String::new(), String::new()];
    rows.push(
        [
            rest,
            vec![
                effect(found.everything_else),
                part(found.everything_else[0]),
                String::new(),
            ],
        ]
        .concat(),
    );
    say(shell, &rows)?;
    if is_drawn {
        let drawn = |(_, chart): &(String, report::Chart)| chart.to_text(shell.width(), shell.is_coloured());
        charts(found)
            .iter()
            .try_for_each(|chart| shell.line(&format!("\n{}", drawn(chart))))?;
    }
    found
        .caveats
        .iter()
        .try_for_each(|caveat| shell.line(&format!("note: {caveat}")))
}
