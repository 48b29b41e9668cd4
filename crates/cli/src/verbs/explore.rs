//! `spanwise explore`

use super::charts::ChartArguments;
use super::{refuse_over, say};
use crate::exit::End;
use crate::print::{Shell, Usage};
use crate::progress::Counted;
use anyhow::{Context, Error};
use profile::{ColumnProfile, Options, Profile};
use project::explore::{Explored, Source, append, difference, explore, spread, told};
use std::path::{Path, PathBuf};

/// Differences and relations told in the terminal; the page has more.
const TOLD: usize = 12;
/// Columns of a histogram in a line.
const SPARK: usize = 15;

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The table: csv, tsv, jsonl, parquet, arrow or xlsx, or `sqlite:`, `postgres:`, `s3:`, `gs:`, `az:`, `https:`;
    /// several are looked at one after the other.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The column that matters: others are compared with it, and leaks named.
    #[arg(long)]
    target: Option<String>,
    /// The class of the target whose share matters.
    #[arg(long, requires = "target")]
    positive: Option<String>,
    /// The column that names rows.
    #[arg(long)]
    key: Option<String>,
    /// The column of dates or times that rows and numbers are followed by; the first one if not said.
    #[arg(long, value_name = "COLUMN")]
    time: Option<String>,
    /// A column, such as the shop: the course over time in each of its most frequent levels, at most 20, is told too.
    #[arg(long, value_name = "COLUMN")]
    by: Option<String>,
    /// Another table, such as an earlier period: what differs from it, by how much, and how surely.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// The sheet of a workbook; the first with cells if not said.
    #[arg(long)]
    sheet: Option<String>,
    /// Where the page goes; `NAME-profile.html` in this folder if not said.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Write no page.
    #[arg(long, conflicts_with_all = ["out", "open"])]
    no_page: bool,
    /// Open the page.
    #[arg(long)]
    open: bool,
    /// Print the rules that every row has kept, as lines of a project file.
    #[arg(long)]
    expect: bool,
    /// Print a whole plan as lines of a project file: how the file is read, what its rows keep and, with a target, a model
    /// without the columns that should not be believed; each choice with its reason.
    #[arg(long, conflicts_with = "expect")]
    plan: bool,
    /// Write the plan or the rules behind what `spanwise.toml` of this folder says, or begin one.
    #[arg(long)]
    write: bool,
    #[command(flatten)]
    charts: ChartArguments,
    /// How many threads may work; results do not depend on it.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    threads: usize,
}

pub(crate) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    if arguments.out.is_some() && 1 < arguments.files.len() {
        let found = arguments.files.len();
        return Err(Usage(format!(
            "`--out` names one page: found {found} files, expected one"
        ))
        .into());
    }
    if shell.json && 1 < arguments.files.len() {
        let found = arguments.files.len();
        return Err(Usage(format!(
            "`--json` prints one object: found {found} files, expected one"
        ))
        .into());
    }
    let asks_for_lines = arguments.expect || arguments.plan;
    if shell.json && asks_for_lines {
        let word = if arguments.plan { "--plan" } else { "--expect" };
        return Err(Usage(format!("found `--json` and `{word}`, expected one of them")).into());
    }
    if arguments.write && !asks_for_lines {
        return Err(
            Usage("found `--write` alone, expected `--plan` or `--expect` with it".to_owned()).into(),
        );
    }
    refuse_same_names(arguments)?;
    let reading = table::read::Options {
        sheet: arguments.sheet.clone(),
        ..table::read::Options::default()
    };
    let against = arguments
        .against
        .as_ref()
        .map(|path| Source::open(path, &reading));
    let options = Options {
        target: arguments.target.clone(),
        positive: arguments.positive.clone(),
        key: arguments.key.clone(),
        time: arguments.time.clone(),
        by: arguments.by.clone(),
        n_threads: arguments.threads,
        ..Options::default()
    };
    for file in &arguments.files {
        let counted = Counted::new(shell);
        let source = Source::open(file, &reading);
        let explored = explore(&source, against.as_ref(), &options, &|n_rows| {
            counted.seen(n_rows)
        })?;
        drop(counted);
        explored.guesses.iter().for_each(|guess| shell.note(guess));
        explored
            .complaints
            .iter()
            .for_each(|complaint| shell.warning(&complaint.to_string()));
        if shell.json {
            shell.object(&explored.as_json())?;
        } else if asks_for_lines {
            lines(&explored, file, arguments, shell)?;
        } else {
            text(&explored, arguments.charts.are_drawn(shell), shell)?;
        }
        if !arguments.no_page && !asks_for_lines && (!shell.json || arguments.out.is_some()) {
            write(&explored, file, arguments, shell)?;
        }
        let prefix = match arguments.files.len() {
            1 => String::new(),
            _ => format!("{}-", name_of(file)),
        };
        arguments.charts.write(&prefix, &explored.charts(), shell)?;
    }
    Ok(End::Done)
}

/// Pages and charts are named after files: two files of one name would write over each other.
fn refuse_same_names(arguments: &Arguments) -> Result<(), Usage> {
    let mut seen = std::collections::BTreeMap::new();
    for file in arguments.files.iter().filter(|_| !arguments.no_page) {
        if let Some(other) = seen.insert(name_of(file), file) {
            return Err(Usage(format!(
                "`{}` and `{}` have one name, and so would their pages; expected one of them at a time, or `--no-page`",
                project::sources::title(other),
                project::sources::title(file)
            )));
        }
    }
    Ok(())
}

/// The lines of a project file, printed or written there.
fn lines(explored: &Explored, file: &Path, arguments: &Arguments, shell: &Shell) -> Result<(), Error> {
    let lines = match arguments.plan {
        true => explored.whole_plan(&project::table_name(file), &project::beside(file, Path::new("."))),
        false => explored.plan(&name_of(file)),
    };
    if !arguments.write {
        return shell.line(lines.trim_end());
    }
    let path = Path::new("spanwise.toml");
    append(&lines, path)?;
    shell.note(&format!("plan: {}", path.display()));
    Ok(())
}

fn name_of(file: &Path) -> String {
    let title = PathBuf::from(project::sources::title(file));
    let stem = title
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .replace(['*', '?'], "");
    // `a.csv.gz` is about `a`
    stem.strip_suffix(".csv").unwrap_or(&stem).to_owned()
}

fn write(explored: &Explored, file: &Path, arguments: &Arguments, shell: &Shell) -> Result<(), Error> {
    let path = match &arguments.out {
        Some(path) => path.clone(),
        None => PathBuf::from(format!("{}-profile.html", name_of(file))),
    };
    refuse_over(
        &path,
        arguments
            .files
            .iter()
            .chain(&arguments.against)
            .map(PathBuf::as_path),
    )?;
    let page = explored.to_html();
    table::file::write_atomic(&path, page.as_bytes())
        .with_context(|| format!("the page `{}`", path.display()))?;
    shell.note(&format!("page: {}", path.display()));
    if arguments.open {
        open(&path).with_context(|| format!("`{}` could not be opened", path.display()))?;
    }
    Ok(())
}

/// Hands the page to whatever opens pages here.
fn open(path: &Path) -> std::io::Result<()> {
    let opener = match std::env::consts::OS {
        "macos" => "open",
        "windows" => "explorer",
        _ => "xdg-open",
    };
    std::process::Command::new(opener).arg(path).spawn().map(drop)
}

fn text(explored: &Explored, is_drawn: bool, shell: &Shell) -> Result<(), Error> {
    let found = &explored.profile;
    shell.line(&format!(
        "{} rows, {} columns, {} repeated rows\n",
        report::format_count(found.n_rows),
        found.n_columns,
        project::explore::count(found.repeated_rows)
    ))?;
    columns(found, is_drawn, shell)?;
    for warning in &found.warnings {
        shell.line(&format!("look at: {warning}"))?;
    }
    together(found, shell)?;
    over_time(found, shell)?;
    if let Some((other, comparison)) = &explored.against {
        shell.line(&format!("\nwhat differs from {other}:"))?;
        let held = comparison
            .differences
            .iter()
            .filter(|found| found.holds)
            .take(TOLD);
        let rows: Vec<Vec<String>> = held
            .map(|found| {
                vec![
                    format!("  {}", found.column),
                    difference(found),
                    format!("distance {:.3}", found.distance),
                ]
            })
            .collect();
        match rows.is_empty() {
            true if comparison.other_kind.is_empty() => shell.line("  nothing beyond chance")?,
            true => {}
            false => say(shell, &rows)?,
        }
        for (name, before, after) in comparison.other_kind.iter().take(TOLD) {
            shell.line(&format!("  {name} was {before} and is {after}"))?;
        }
        for (names, word) in [(&comparison.only_first, "gone"), (&comparison.only_second, "new")] {
            for name in names.iter().take(TOLD) {
                shell.line(&format!("  {name} is {word}"))?;
            }
        }
    }
    Ok(())
}

fn columns(found: &Profile, is_drawn: bool, shell: &Shell) -> Result<(), Error> {
    let has_target = found.columns.iter().any(|column| column.association.is_some());
    let header = [
        "column",
        "meaning",
        "missing",
        "different",
        "shape",
        "spread",
        "with the target",
    ];
    let is_shown = |name: &&str| match *name {
        "shape" => is_drawn,
        "with the target" => has_target,
        _ => true,
    };
    let shown: Vec<usize> = (0..header.len())
        .filter(|place| is_shown(&header[*place]))
        .collect();
    let pick = |cells: Vec<String>| {
        shown
            .iter()
            .map(|place| cells[*place].clone())
            .collect::<Vec<_>>()
    };
    let mut rows = vec![pick(header.map(str::to_owned).to_vec())];
    rows.extend(found.columns.iter().map(|column| {
        let distinct = report::format_count(column.distinct.value.round() as u64);
        let cells = vec![
            column.name.clone(),
            column.meaning.name().to_owned(),
            report::format_percent(column.missing_share()),
            if column.distinct_is_exact {
                distinct
            } else {
                format!("~{distinct}")
            },
            shape(column),
            spread(column),
            association(column),
        ];
        pick(cells)
    }));
    say(shell, &rows)
}

fn over_time(found: &Profile, shell: &Shell) -> Result<(), Error> {
    let Some(course) = &found.course else {
        return Ok(());
    };
    let lines = told(course);
    if lines.is_empty() {
        return Ok(());
    }
    shell.line(&format!(
        "\nover time, by {} of {}:",
        course.unit.name(),
        course.time
    ))?;
    for line in lines.iter().take(TOLD) {
        shell.line(&format!("  {line}"))?;
    }
    match lines.len().saturating_sub(TOLD) {
        0 => Ok(()),
        n => shell.line(&format!("  {n} more on the page")),
    }
}

/// A column's histogram in a line; nothing for what has no order.
fn shape(column: &ColumnProfile) -> String {
    let numbers = column
        .numbers
        .as_ref()
        .filter(|_| column.meaning != profile::Meaning::Identifier);
    numbers.map_or(String::new(), |numbers| {
        report::spark(&numbers.histogram.counts, SPARK)
    })
}

fn together(found: &Profile, shell: &Shell) -> Result<(), Error> {
    let pairs = &found.relations.pairs;
    if pairs.is_empty() {
        return Ok(());
    }
    shell.line("\ncolumns that belong together:")?;
    let rows: Vec<Vec<String>> = pairs
        .iter()
        .take(TOLD)
        .map(|pair| {
            let estimate = pair.estimate;
            vec![
                format!("  {}", pair.column),
                pair.other.clone(),
                format!(
                    "{} {:.2} [{:.2}, {:.2}]",
                    pair.measure, estimate.value, estimate.low, estimate.high
                ),
            ]
        })
        .collect();
    say(shell, &rows)
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
