//! From the text of a project file to typed sections, or to everything that is wrong with it.

use super::keys::SECTIONS;
use super::problem::{Located, Problem, Problems};
use super::read::{Gathered, Reader, describe};
use super::references::references;
use super::sections::Project;
use super::{expect, experiment, model, question, score, service, why};
use crate::ProjectError;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use toml::de::{DeTable, DeValue};

/// What the caller decides instead of the file or the environment.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Files for `[data.NAME]`, by name.
    pub sources: BTreeMap<String, PathBuf>,
    /// Threads.
    pub n_threads: Option<usize>,
}

/// Reads the project file at `path` (or `spanwise.toml` in the folder `path`).
///
/// # Errors
/// [`ProjectError::Table`] if the file cannot be read, [`ProjectError::File`] with everything that is wrong with it,
/// [`ProjectError::NoSuchData`] if an override names no table.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Project, ProjectError> {
    let path = if path.is_dir() {
        path.join("spanwise.toml")
    } else {
        path.to_owned()
    };
    let bytes = table::file::read_whole(&path, 16 << 20)?;
    let text = String::from_utf8(bytes).map_err(|_| table::TableError::NotThatFormat {
        name: path.display().to_string(),
        expected: "a project file in UTF-8",
        found: "other bytes".to_owned(),
    })?;
    let environment = |name: &str| std::env::var(name).ok();
    let project = parse(&path, &text, overrides, &environment)?;
    if let Some(wrong) = overrides.sources.keys().find(|name| project.data(name).is_none()) {
        let known = || project.data.iter().map(|data| data.name.value.as_str());
        return Err(ProjectError::NoSuchData {
            name: wrong.clone(),
            found: table::quoted_list(known(), 12),
            nearest: table::nearest(wrong, known()).map(str::to_owned),
        });
    }
    Ok(project)
}

/// Reads the text of a project file; `environment` answers `${NAME}`.
///
/// # Errors
/// [`Problems`] with everything that is wrong.
pub fn parse(
    path: &Path,
    text: &str,
    overrides: &Overrides,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Project, Problems> {
    let gathered: Gathered = RefCell::new(Vec::new());
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        gathered
            .borrow_mut()
            .push(Problem::new("the project file", error.message(), "TOML", span));
    }
    let loader = Loader {
        path,
        overrides,
        environment,
        problems: &gathered,
    };
    let mut project = loader.project(text, document.get_ref());
    if gathered.borrow().is_empty() {
        references(&mut project, &gathered);
    }
    let mut list = gathered.into_inner();
    list.sort_by_key(|problem| problem.span.start);
    list.dedup();
    match list.is_empty() {
        true => Ok(project),
        false => Err(Problems {
            path: path.to_owned(),
            text: text.to_owned(),
            list,
        }),
    }
}

/// What reading needs besides the text.
pub(super) struct Loader<'a> {
    pub(super) path: &'a Path,
    pub(super) overrides: &'a Overrides,
    pub(super) environment: &'a dyn Fn(&str) -> Option<String>,
    pub(super) problems: &'a Gathered,
}

impl<'a> Loader<'a> {
    fn project(&self, text: &str, document: &'a DeTable<'a>) -> Project {
        let top = Reader::new("the project file".to_owned(), 0..0, document, self.problems);
        for (key, _) in top.entries() {
            if !SECTIONS.contains(&key.value.as_str()) {
                let expected = format!("one of {}", table::quoted_list(SECTIONS, 20));
                let problem = Problem::new(
                    "the project file",
                    format!("unknown section `[{}]`", key.value),
                    expected,
                    key.span.clone(),
                );
                top.add(problem.did_you_mean(&key.value, SECTIONS));
            }
        }
        let folder = self.path.canonicalize().ok().and_then(|path| {
            path.parent()?
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
        });
        let main = top.table("project").map(|table| table.named("[project]"));
        if let Some(main) = &main {
            main.check_keys("project");
        }
        let name = main
            .as_ref()
            .and_then(|main| main.text("name"))
            .map(|name| name.value);
        let all_cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = main
            .as_ref()
            .and_then(|main| main.whole("threads"))
            .map(|threads| threads.value.clamp(1, 1024) as usize);
        let memory_bytes = main
            .as_ref()
            .and_then(|main| super::size::size(main, "memory"))
            .unwrap_or(2 << 30);
        let data = |name, reader: &Reader<'a>| {
            let mut data = self.data(name, reader)?;
            data.options.max_bytes = memory_bytes;
            Some(data)
        };
        Project {
            path: self.path.to_owned(),
            text: text.to_owned(),
            name: name.or(folder).unwrap_or_else(|| "project".to_owned()),
            seed: main
                .as_ref()
                .and_then(|main| main.whole("seed"))
                .map_or(7, |seed| seed.value),
            memory_bytes,
            n_threads: self.overrides.n_threads.or(threads).unwrap_or(all_cores),
            data: self.named(&top, "data", data),
            expect: self.named(&top, "expect", |name, reader| Some(expect::expect(name, reader))),
            questions: self.named(&top, "question", question::question),
            changes: self.named(&top, "why", why::why),
            experiments: self.named(&top, "experiment", experiment::experiment),
            models: self.named(&top, "model", model::model),
            reports: self.named(&top, "report", |name, reader| Some(model::report(name, reader))),
            services: self.named(&top, "service", service::service),
            scores: self.named(&top, "score", score::score),
            monitors: self.named(&top, "monitor", service::monitor),
            fetched: Default::default(),
        }
    }

    /// The sections `[kind.NAME]`, in the order of the file.
    fn named<T>(
        &self,
        top: &Reader<'a>,
        kind: &'static str,
        read: impl Fn(Located<String>, &Reader<'a>) -> Option<T>,
    ) -> Vec<T> {
        let Some(group) = top.table(kind) else {
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (name, value) in group.entries() {
            if let Some(found) = unusable(&name.value) {
                top.add(Problem::new(
                    format!("[{kind}.{:?}]", name.value),
                    found,
                    "a name of 1 to 100 letters, digits, `_`, `-` and `.` that does not begin with `.`",
                    name.span.clone(),
                ));
            }
            if let DeValue::Table(table) = value.get_ref() {
                let reader = Reader::new(
                    format!("[{kind}.{}]", name.value),
                    name.span.clone(),
                    table,
                    self.problems,
                );
                if kind != "expect" {
                    reader.check_keys(kind);
                }
                sections.extend(read(name, &reader));
            } else {
                let problem = Problem::new(
                    format!("[{kind}]"),
                    format!("`{}` = {}", name.value, describe(value.get_ref())),
                    format!("sections `[{kind}.NAME]`"),
                    name.span,
                );
                top.add(problem);
            }
        }
        sections
    }
}

/// What is wrong with a section's name, which becomes part of the names of files.
fn unusable(name: &str) -> Option<String> {
    let usable = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    if let Some(wrong) = name.chars().find(|c| !usable(*c)) {
        return Some(format!("the character {wrong:?}"));
    }
    match name.chars().count() {
        0 => Some("a name of no characters".to_owned()),
        n if 100 < n => Some(format!("a name of {n} characters")),
        _ => name
            .starts_with('.')
            .then(|| "a name that begins with `.`".to_owned()),
    }
}
