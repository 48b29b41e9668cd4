//! `spanwise score` of many files, and of files beyond memory.

use super::{Arguments, background_of, n_threads, options};
use crate::exit::End;
use crate::print::{Shell, Usage};
use crate::progress::Bytes;
use anyhow::Error;
use bundle::{Bundle, ScoreOptions};
use project::ProjectError;
use project::batch::{self, Failed, FileRecord, Job, Outcome, Plan, Scorer, SoFar, Watch, Watching};
use project::file::{Overrides, load};
use project::scoring::{self, Why};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use table::count_text;

/// How many refused files are told, at most.
const MOST_TOLD: usize = 20;

/// Whether outputs go into a folder.
pub(super) fn are_meant(arguments: &Arguments) -> bool {
    let is_folder = |out: &Path| out.is_dir() || out.to_string_lossy().ends_with(['/', '\\']);
    let is_many = |path: &Path| path.is_dir() || batch::is_pattern(path);
    !arguments.weak
        && (1 < arguments.tables.len()
            || arguments.out.as_deref().is_some_and(is_folder)
            || arguments.tables.iter().any(|path| is_many(path)))
}

/// The output of a file that is scored block by block.
pub(super) fn out_of_large<'a>(arguments: &'a Arguments, table: &Path) -> Option<&'a Path> {
    arguments.out.as_deref().filter(|_| batch::is_large(table))
}

/// Many files into a folder.
pub(super) fn run(arguments: &Arguments, shell: &Shell) -> Result<End, Error> {
    let expected = "expected `--out FOLDER/`, where each file has an output of its own";
    let out = arguments.out.clone().ok_or_else(|| {
        Usage(format!(
            "found {} to score and no `--out`, {expected}",
            tables(arguments)
        ))
    })?;
    if arguments.quarantine.is_some() {
        let found = "`--quarantine`: found a folder of outputs";
        let expected =
            "expected none: rows that break the contract go beside each output, as OUT.quarantine.csv";
        return Err(Usage(format!("{found}, {expected}")).into());
    }
    let (bundle, _) = scoring::find_bundle(&arguments.bundle, &arguments.project)?;
    let background = background_of(arguments, &bundle, shell)?;
    let why = Why {
        background: background.as_ref(),
        n_pairs: arguments.interactions,
    };
    let job = Job {
        scorer: scorer(arguments, &bundle, why),
        inputs: arguments.tables.clone(),
        out,
        format: arguments.format.clone(),
        n_threads: n_threads(arguments),
        again: arguments.again,
    };
    let told = Told::new(shell);
    let outcome = batch::score_files(&job, &told)?;
    drop(told);
    tell(&job, &outcome, shell)
}

/// The arguments with what `[score.NAME]` says where the command line says nothing.
pub(super) fn of_section(arguments: &Arguments) -> Result<Arguments, Error> {
    let path = Path::new(&arguments.bundle);
    if path.exists()
        || path.extension().is_some_and(|ending| ending == "bundle")
        || arguments.bundle.contains('@')
    {
        let found = format!("found the model `{}` and no table", arguments.bundle);
        return Err(Usage(format!(
            "{found}, expected what it scores: `spanwise score MODEL TABLE`"
        ))
        .into());
    }
    let project = load(&arguments.project, &Overrides::default())?;
    let section = batch::section(&project, &arguments.bundle)?;
    let or = |given: usize, own: usize| if given == 0 { own } else { given };
    Ok(Arguments {
        bundle: section.model.value,
        tables: section.inputs,
        out: arguments.out.clone().or(Some(section.out)),
        format: arguments.format.clone().or(section.format),
        keep: arguments.keep.clone().or(section.keep),
        reasons: or(arguments.reasons, section.n_reasons),
        interactions: or(arguments.interactions, section.n_pairs),
        ..arguments.clone()
    })
}

fn tables(arguments: &Arguments) -> String {
    match arguments.tables.as_slice() {
        [one] => format!("`{}`", one.display()),
        many => format!("{} inputs", many.len()),
    }
}

fn scorer<'a>(arguments: &'a Arguments, bundle: &'a Bundle, why: Why<'a>) -> Scorer<'a> {
    Scorer {
        bundle,
        keep: arguments.keep.as_deref(),
        options: ScoreOptions {
            n_threads: 1,
            ..options(arguments)
        },
        why,
    }
}

/// A file beyond memory into one output; `paths` are its own, the output's, and that of rows that break the contract.
pub(super) fn one(
    arguments: &Arguments,
    bundle: &Bundle,
    paths: [&Path; 3],
    shell: &Shell,
) -> Result<End, Error> {
    let [table, out, quarantine] = paths;
    let background = background_of(arguments, bundle, shell)?;
    let why = Why {
        background: background.as_ref(),
        n_pairs: arguments.interactions,
    };
    let bytes = Bytes::new(shell);
    bytes.begin(std::fs::metadata(table).map_or(0, |found| found.len()));
    let (n_read, n_rows) = (AtomicU64::new(0), AtomicU64::new(0));
    let goes_on = |more| {
        let n_rows = n_rows.fetch_add(more, Relaxed) + more;
        bytes.at(n_read.load(Relaxed), n_rows, &project::sources::title(table));
        !bytes.is_stopped()
    };
    let watching = Watching {
        n_read: &n_read,
        goes_on: &goes_on,
    };
    let scored = batch::score_blocks(
        &scorer(arguments, bundle, why),
        table,
        out,
        quarantine,
        n_threads(arguments),
        watching,
    );
    drop(bytes);
    let scored = scored.map_err(|failed| match failed {
        Failed::File(error) | Failed::Writing(error) => error,
        Failed::Stopped => ProjectError::Interrupted {
            step: format!("scoring {}", table.display()),
        },
    })?;
    let title = project::sources::title(table);
    let complaints = scored.complaints.iter();
    complaints.for_each(|complaint| shell.warning(&format!("{title}: {complaint}")));
    let n_quarantined = scored.quarantine.map_or(0, |written| written.n_rows);
    if 0 < n_quarantined {
        let (n_rows, place) = (scored.n_rows, quarantine.display());
        shell.warning(&format!(
            "{n_quarantined} of {n_rows} rows break the contract; they and the reasons are in {place}"
        ));
    }
    if shell.json {
        shell.object(&serde_json::json!({
            "bundle": bundle.hash().to_hex(),
            "n_rows": scored.written.n_rows,
            "n_quarantined": n_quarantined,
            "n_flagged": scored.n_flagged,
            "out": out,
            "rows": None::<()>,
            "quarantine": scored.quarantine.map(|_| quarantine),
            "breaches": scored.breaches,
        }))?;
    }
    Ok(End::Done)
}

/// What came of the files.
fn tell(job: &Job<'_>, outcome: &Outcome, shell: &Shell) -> Result<End, Error> {
    let refused: Vec<&FileRecord> = outcome.files.iter().filter(|file| file.error.is_some()).collect();
    let sum = |of: &dyn Fn(&FileRecord) -> u64| outcome.files.iter().map(of).sum::<u64>();
    let (n_rows, n_kept_out) = (sum(&|file| file.n_rows), sum(&|file| file.n_quarantined));
    let told = refused.iter().take(MOST_TOLD);
    told.for_each(|file| shell.warning(&refusal(file)));
    if MOST_TOLD < refused.len() {
        shell.warning(&format!(
            "and {} files more",
            count_text((refused.len() - MOST_TOLD) as u64)
        ));
    }
    if shell.json {
        shell.object(&serde_json::json!({
            "bundle": job.scorer.bundle.hash().to_hex(),
            "out": job.out,
            "n_files": outcome.files.len(),
            "n_done_before": outcome.n_done_before,
            "n_refused": refused.len(),
            "n_rows": n_rows,
            "n_quarantined": n_kept_out,
            "files": outcome.files,
        }))?;
    } else {
        let n_done = count_text((outcome.files.len() - refused.len()) as u64);
        let n_files = count_text(outcome.files.len() as u64);
        shell.line(&format!(
            "{n_done} of {n_files} files scored into {}: {} rows, of which {} break the contract",
            job.out.display(),
            count_text(n_rows),
            count_text(n_kept_out),
        ))?;
    }
    Ok(if refused.is_empty() {
        End::Done
    } else {
        End::Partly
    })
}

/// Why a file was refused, and where the scores are that an earlier run made of it.
fn refusal(file: &FileRecord) -> String {
    let (input, error) = (&file.input, file.error.as_deref().unwrap_or_default());
    let set_aside = file.set_aside.iter().map(String::as_str);
    match file.set_aside.len() {
        0 => format!("{input}: {error}"),
        n => format!(
            "{input}: {error}; what an earlier run made of it is now {}",
            table::quoted_list(set_aside, n)
        ),
    }
}

/// Tells how far the run is.
struct Told {
    shell: Shell,
    bytes: Bytes,
    n_files: AtomicU64,
}

impl Told {
    fn new(shell: &Shell) -> Told {
        Told {
            shell: *shell,
            bytes: Bytes::new(shell),
            n_files: AtomicU64::new(0),
        }
    }
}

impl Watch for Told {
    fn planned(&self, plan: &Plan) {
        let count = |n: usize| count_text(n as u64);
        self.n_files.store(plan.n_files as u64, Relaxed);
        if 0 < plan.n_done {
            let (n_done, n_files) = (count(plan.n_done), count(plan.n_files));
            self.shell
                .note(&format!("{n_done} of {n_files} files done before"));
        }
        let n_left = plan.n_files - plan.n_done;
        if 0 < n_left {
            let megabytes = plan.n_bytes as f64 / 1e6;
            self.shell
                .note(&format!("scoring {} files of {megabytes:.1} MB", count(n_left)));
        }
        self.bytes.begin(plan.n_bytes);
    }

    fn seen(&self, so_far: &SoFar) {
        let of_files = count_text(self.n_files.load(Relaxed));
        let files = format!("{} of {of_files} files", count_text(so_far.n_files as u64));
        self.bytes.at(so_far.n_bytes, so_far.n_rows, &files);
    }

    fn is_stopped(&self) -> bool {
        self.bytes.is_stopped()
    }
}
