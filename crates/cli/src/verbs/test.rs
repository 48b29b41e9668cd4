//! `spanwise test`

use super::{ProjectArguments, say};
use crate::exit::End;
use crate::print::{Shell, Usage};
use crate::progress::Progress;
use anyhow::Error;
use clap::builder::PossibleValuesParser;
use project::question::{ALTERNATIVES, Asked, LEVEL, Method, QuestionRecord, Refusal, ask, of_project};
use project::{ProjectError, SystemClock, difference_text, effect_text, group_text};
use report::{format_count, format_ln_p_value, format_number, format_p_value};
use std::path::PathBuf;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Questions of the project; all if left out.
    #[arg(conflicts_with = "file")]
    names: Vec<String>,
    /// A table to ask instead: csv, tsv, jsonl, parquet or arrow.
    #[arg(long, short = 'f', requires = "outcome")]
    file: Option<PathBuf>,
    #[command(flatten)]
    question: QuestionArguments,
    #[command(flatten)]
    project: ProjectArguments,
}

/// A question about a file; its keys are those of `[question.*]`.
#[derive(Clone, Debug, clap::Args)]
struct QuestionArguments {
    /// The column that may differ: numbers, days and times, or up to 20 frequent values.
    #[arg(long, requires = "file")]
    outcome: Option<String>,
    /// The column whose groups are compared, or whose numbers the outcome is correlated with.
    #[arg(long, requires = "outcome")]
    by: Option<String>,
    /// For an outcome of few values: the one whose share is compared; 1, true, yes or the rarest if left out.
    #[arg(long, requires = "outcome")]
    positive: Option<String>,
    /// The test; as the shape of the data asks for if left out.
    #[arg(long, requires = "outcome", value_parser = PossibleValuesParser::new(Method::WORDS.map(|(word, _)| word)))]
    method: Option<String>,
    /// A column that names units: rows of one unit in the groups belong together.
    #[arg(long, requires = "by", value_name = "UNIT")]
    paired: Option<String>,
    /// Instead of `--by`: the number that the mean, or the share of the positive value, is compared with.
    #[arg(
        long,
        requires = "outcome",
        value_name = "NUMBER",
        allow_negative_numbers = true
    )]
    against: Option<f64>,
    /// Ask whether means are nearer than this, instead of whether they differ.
    #[arg(
        long,
        requires = "outcome",
        value_name = "DIFFERENCE",
        allow_negative_numbers = true
    )]
    equivalent_within: Option<f64>,
    /// The first of two groups against the second, or the outcome against the number.
    #[arg(long, requires = "outcome", value_parser = PossibleValuesParser::new(ALTERNATIVES.map(|(word, _)| word)))]
    alternative: Option<String>,
    /// Compare every two groups too.
    #[arg(long, requires = "by")]
    each_pair: bool,
    /// The confidence level of the intervals, above 0 and below 1; a corrected p-value below one less it is a finding.
    #[arg(long, requires = "outcome")]
    level: Option<f64>,
    /// The seed of permutations.
    #[arg(long, requires = "outcome", default_value_t = 0)]
    seed: u64,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let records = match (&arguments.file, arguments.question.asked()) {
        (Some(file), Some(asked)) => vec![of_file(file, &asked, arguments.question.seed, shell)?],
        _ => {
            let project = arguments.project.load()?;
            of_project(&project, &arguments.names, &Progress::new(shell), &SystemClock)?
        }
    };
    if shell.json {
        shell.object(&serde_json::json!({ "questions": records }))?;
    } else {
        records.iter().try_for_each(|record| tell(record, shell))?;
    }
    Ok(End::Done)
}

fn of_file(file: &PathBuf, asked: &Asked, seed: u64, shell: &Shell) -> Result<QuestionRecord, Error> {
    let read = project::sources::open(file, &table::read::Options::default())?;
    read.guesses.iter().for_each(|guess| shell.note(guess));
    read.complaints
        .iter()
        .for_each(|complaint| shell.warning(&complaint.to_string()));
    let refuse = |refusal: Refusal| {
        let flag = format!("`--{}`", refusal.key.replace('_', "-"));
        ProjectError::data(flag, refusal.found, refusal.expected)
    };
    asked
        .check()
        .map_err(|refusal| Usage(refuse(refusal).to_string()))?;
    Ok(ask(asked, None, &read.table, seed, &refuse)?)
}

impl QuestionArguments {
    fn asked(&self) -> Option<Asked> {
        Some(Asked {
            outcome: self.outcome.clone()?,
            by: self.by.clone(),
            positive: self.positive.clone(),
            method: meaning(&Method::WORDS, self.method.as_deref()),
            paired: self.paired.clone(),
            against: self.against,
            equivalent_within: self.equivalent_within,
            alternative: meaning(&ALTERNATIVES, self.alternative.as_deref()),
            each_pair: self.each_pair,
            level: self.level.unwrap_or(LEVEL),
        })
    }
}

/// What a word means; clap has checked that it is one of them.
fn meaning<T: Copy + Default>(words: &[(&str, T)], word: Option<&str>) -> T {
    let found = words.iter().find(|(known, _)| Some(*known) == word);
    found.map_or_else(T::default, |(_, meaning)| *meaning)
}

fn tell(record: &QuestionRecord, shell: &Shell) -> Result<(), Error> {
    shell.line(&format!("{}\n{}", record.ask, project::answer_sentence(record)))?;
    let df: Vec<String> = record.df.iter().map(|df| format_number(*df)).collect();
    let df = match df.is_empty() {
        true => String::new(),
        false => format!(", df {}", df.join(" and ")),
    };
    let (letter, statistic) = &record.statistic;
    let mut rows = vec![
        vec!["  test".to_owned(), format!("{} ({})", record.method, record.why)],
        vec![
            format!("  {letter}"),
            format!("{}{df}", format_number(*statistic)),
        ],
        vec!["  p".to_owned(), format_ln_p_value(record.ln_p_value)],
        vec![format!("  {}", record.effect_title()), effect_text(record.effect)],
    ];
    rows.extend(
        record
            .more_effects
            .iter()
            .map(|more| vec![format!("  {}", more.name), effect_text(more.effect)]),
    );
    let used = format!(
        "{}, {} left out because missing",
        format_count(record.n_used),
        record.n_dropped
    );
    rows.push(vec!["  used".to_owned(), used]);
    say(shell, &rows)?;
    tell_groups(record, shell)?;
    for (name, _, detail) in record.assumptions.iter().filter(|(_, holds, _)| !holds) {
        shell.line(&format!("look at: the test assumes that {name}; {detail}"))?;
    }
    record
        .proposals
        .iter()
        .try_for_each(|proposal| shell.line(&format!("instead one may take {proposal}")))?;
    shell.line("")
}

fn tell_groups(record: &QuestionRecord, shell: &Shell) -> Result<(), Error> {
    let what = match (&record.positive, record.by_rank) {
        (Some(positive), _) => format!("share of {positive}"),
        (None, true) => "median".to_owned(),
        (None, false) => "mean".to_owned(),
    };
    let mut rows = vec![vec!["  group".to_owned(), "rows".to_owned(), what]];
    rows.extend(record.groups.iter().map(|group| {
        vec![
            format!("  {}", group.name),
            format_count(group.n),
            group_text(record, group),
        ]
    }));
    say(shell, &rows)?;
    let Some(pairs) = &record.pairs else {
        return Ok(());
    };
    let mut rows = vec![vec![
        format!("  {}", pairs.method),
        pairs.difference_name.clone(),
        "p corrected".to_owned(),
    ]];
    rows.extend(pairs.pairs.iter().map(|pair| {
        let groups = format!("  {} less {}", pair.second, pair.first);
        vec![
            groups,
            difference_text(record, pair.difference),
            format_p_value(pair.p_adjusted),
        ]
    }));
    say(shell, &rows)
}
