//! `spanwise score`

mod files;

use crate::exit::End;
use crate::print::{Shell, Usage};
use anyhow::{Context, Error};
use bundle::{Bundle, ScoreOptions};
use project::scoring::{self, Scoring, Why};
use project::weak::{WeakOptions, WeakRecord, answer, bias_answer, comment, lines, page, weak_slices};
use std::path::{Path, PathBuf};
use table::Table;
use table::read::Format;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// A bundle file, or a model of the project such as `churn@champion`. With no table behind it, the name of a
    /// `[score.NAME]` of the project, which says what is scored and where to.
    bundle: String,
    /// The table to score: csv, tsv, jsonl, parquet or arrow. Or several, folders of tables, or patterns such as
    /// `in/**/*.csv`: each is scored into a file of its own below `--out FOLDER`.
    tables: Vec<PathBuf>,
    /// Instead of scores: the few groups of rows in which the model is worse than elsewhere, or tells too much or too
    /// little. The table holds the truth; `--out` names a page.
    #[arg(long, conflicts_with_all = ["reasons", "background", "interactions", "quarantine", "keep"])]
    weak: bool,
    /// With `--weak`: columns never to look at, with commas between.
    #[arg(long, requires = "weak", value_delimiter = ',', value_name = "COLUMNS")]
    exclude: Vec<String>,
    /// With `--weak`: a column of weights, 0 or more.
    #[arg(long, requires = "weak", value_name = "COLUMN")]
    weight: Option<String>,
    /// With `--weak`: the column of a customer, store or day whose rows move together.
    #[arg(long, requires = "weak", value_name = "COLUMN")]
    cluster: Option<String>,
    /// Where to write the scores; the ending names the format. Standard output if left out: as CSV, or
    /// as `rows` of the object with --json. With a `/` at its end, a folder for the scores of many files; begun again, a
    /// run goes on where it stopped.
    #[arg(long, short)]
    out: Option<PathBuf>,
    /// How many reasons to give with each row.
    #[arg(long, default_value_t = 0)]
    reasons: usize,
    /// Rows from which reasons take the values of features that are not known, in the columns of the bundle: a table of
    /// at most some hundred rows, because each is gone through for each row. The trees' own shares if left out.
    #[arg(long, value_name = "TABLE")]
    background: Option<PathBuf>,
    /// How many pairs of features that act together to give with each row.
    #[arg(long, value_name = "N", default_value_t = 0)]
    interactions: usize,
    /// Where to write rows that break the contract, with the reason; `OUT.quarantine.csv` if left out.
    #[arg(long)]
    quarantine: Option<PathBuf>,
    /// Rows per block; results do not depend on it.
    #[arg(long, default_value_t = 4096)]
    block: usize,
    /// How many threads may work; all if left out. Results do not depend on it.
    #[arg(long)]
    threads: Option<usize>,
    /// The format of the outputs in a folder; that of each input if left out.
    #[arg(long, value_parser = ["csv", "tsv", "jsonl", "parquet", "arrow"])]
    format: Option<String>,
    /// Make the outputs in a folder anew, whatever is there.
    #[arg(long)]
    again: bool,
    /// Columns of the input to carry along; all if left out.
    #[arg(long, value_delimiter = ',')]
    keep: Option<Vec<String>>,
    /// The project's folder or file, for `MODEL@ALIAS`.
    #[arg(default_value = ".", long = "project", short = 'p')]
    project: PathBuf,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    if arguments.tables.is_empty() && !arguments.weak {
        return files::run(&files::of_section(arguments)?, shell);
    }
    check(arguments)?;
    if arguments.weak {
        return weak(arguments, shell);
    }
    if files::are_meant(arguments) {
        return files::run(arguments, shell);
    }
    let (bundle, _) = scoring::find_bundle(&arguments.bundle, &arguments.project)?;
    let table = only(arguments)?;
    let inputs = [table, Path::new(&arguments.bundle)];
    let quarantine_path = quarantine_path(arguments, table);
    for out in arguments.out.iter().chain([&quarantine_path]) {
        super::refuse_over(out, inputs.into_iter().chain(arguments.background.as_deref()))?;
    }
    if let Some(out) = files::out_of_large(arguments, table) {
        return files::one(arguments, &bundle, [table, out, &quarantine_path], shell);
    }
    let read = rows(table, &bundle, shell)?;
    let background = background_of(arguments, &bundle, shell)?;
    let options = options(arguments);
    let why = Why {
        background: background.as_ref(),
        n_pairs: arguments.interactions,
    };
    let scored = scoring::score(&bundle, &read, arguments.keep.as_deref(), &options, &why)?;
    let written = match (&arguments.out, shell.json) {
        (Some(path), _) => {
            table::write::save(&scored.table, path)?;
            Some(path.clone())
        }
        (None, false) => {
            shell.bytes(&table::write::to_bytes(&scored.table, Format::Csv)?)?;
            None
        }
        (None, true) => None,
    };
    let quarantine = quarantine(&quarantine_path, &scored)?;
    if let Some(path) = &quarantine {
        shell.warning(&format!(
            "{} of {} rows break the contract; they and the reasons are in {}",
            scored.quarantine.n_rows(),
            read.n_rows(),
            path.display()
        ));
    }
    if shell.json {
        let rows = match &written {
            Some(_) => None,
            None => Some(super::rows(&scored.table)?),
        };
        shell.object(&serde_json::json!({
            "bundle": bundle.hash().to_hex(),
            "n_rows": scored.table.n_rows(),
            "n_quarantined": scored.quarantine.n_rows(),
            "n_flagged": scored.n_flagged,
            "out": written,
            "rows": rows,
            "quarantine": quarantine,
            "breaches": scored.breaches,
        }))?;
    }
    Ok(End::Done)
}

fn options(arguments: &Arguments) -> ScoreOptions {
    ScoreOptions {
        n_reasons: arguments.reasons,
        block_rows: arguments.block,
        n_threads: n_threads(arguments),
    }
}

/// As many as asked for, else as there are cores.
fn n_threads(arguments: &Arguments) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    arguments.threads.unwrap_or_else(all).clamp(1, 1024)
}

/// The one table that is named.
fn only(arguments: &Arguments) -> Result<&Path, Usage> {
    match arguments.tables.as_slice() {
        [table] => Ok(table),
        tables => Err(Usage(format!("found {} tables, expected one", tables.len()))),
    }
}

/// Where the model is weak, by rows with the truth.
fn weak(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let (bundle, _) = scoring::find_bundle(&arguments.bundle, &arguments.project)?;
    let table = only(arguments)?;
    if let Some(out) = &arguments.out {
        super::refuse_over(out, [table, Path::new(&arguments.bundle)])?;
    }
    let read = rows(table, &bundle, shell)?;
    let options = WeakOptions {
        exclude: arguments.exclude.clone(),
        weight: arguments.weight.clone(),
        cluster: arguments.cluster.clone(),
        n_threads: n_threads(arguments),
        ..WeakOptions::default()
    };
    let found = weak_slices(&bundle, &read, &options)?;
    if shell.json {
        shell.object(&found)?;
    } else {
        tell(&found, shell)?;
    }
    if let Some(out) = &arguments.out {
        table::file::write_atomic(out, page(&found).as_bytes())
            .with_context(|| format!("the page `{}`", out.display()))?;
        shell.note(&format!("page: {}", out.display()));
    }
    Ok(End::Done)
}

fn tell(found: &WeakRecord, shell: &Shell) -> Result<(), Error> {
    let (weak, biased) = lines(found);
    let weakest = format!("{} {}", answer(found), comment(found));
    for (words, rows) in [(weakest, weak), (bias_answer(found), biased)] {
        shell.line(words.trim_end())?;
        if !rows.is_empty() {
            shell.line("")?;
            super::say(shell, &rows)?;
            shell.line("")?;
        }
    }
    Ok(())
}

/// Refuses what says nothing together.
fn check(arguments: &Arguments) -> Result<(), Usage> {
    if !files::are_meant(arguments) && (arguments.again || arguments.format.is_some()) {
        let found = if arguments.again { "--again" } else { "--format" };
        return Err(Usage(format!(
            "`{found}`: found one table and no folder, expected `--out FOLDER/`"
        )));
    }
    match (&arguments.background, arguments.reasons, arguments.interactions) {
        (Some(_), _, 1..) => Err(Usage(
            "`--background` beside `--interactions`: found both, expected one of them: how pairs act together is told by the trees' own shares alone".to_owned(),
        )),
        (Some(_), 0, _) => Err(Usage(
            "`--background`: found no `--reasons`, expected how many reasons to give, such as `--reasons 3`".to_owned(),
        )),
        _ => Ok(()),
    }
}

/// The rows of a file as the bundle takes them, and what was wrong with them as warnings.
pub(super) fn rows(path: &Path, bundle: &Bundle, shell: &Shell) -> Result<Table, Error> {
    let read = project::sources::open(path, &scoring::options_for(bundle))?;
    let title = project::sources::title(path);
    let complaints = read.complaints.iter();
    complaints.for_each(|complaint| shell.warning(&format!("{title}: {complaint}")));
    Ok(read.table)
}

/// The rows that reasons take unknown features from, if any are named.
fn background_of(arguments: &Arguments, bundle: &Bundle, shell: &Shell) -> Result<Option<Table>, Error> {
    let path = arguments.background.as_ref();
    path.map(|path| background(path, bundle, shell)).transpose()
}

/// The rows of a background, with the columns that the bundle reads.
fn background(path: &Path, bundle: &Bundle, shell: &Shell) -> Result<Table, Error> {
    let table = rows(path, bundle, shell)?;
    let aligned = bundle.recipe.align(&table).map_err(project::ProjectError::from);
    aligned.with_context(|| format!("`--background {}`", project::sources::title(path)))?;
    Ok(table)
}

/// Where rows that break the contract go, if there are any.
fn quarantine_path(arguments: &Arguments, table: &Path) -> PathBuf {
    let beside = || {
        let mut name = arguments
            .out
            .clone()
            .unwrap_or_else(|| project::sources::beside(table))
            .into_os_string();
        name.push(".quarantine.csv");
        PathBuf::from(name)
    };
    arguments.quarantine.clone().unwrap_or_else(beside)
}

fn quarantine(path: &Path, scored: &Scoring) -> Result<Option<PathBuf>, Error> {
    if scored.quarantine.n_rows() == 0 {
        return Ok(None);
    }
    table::write::save(&scored.quarantine, path)?;
    Ok(Some(path.to_path_buf()))
}
