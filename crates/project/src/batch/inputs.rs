//! Which files are scored: named ones, those below folders, and those that a pattern fits.

use super::journal::JOURNAL;
use crate::ProjectError;
use std::path::{Component, Path, PathBuf};
use table::read::Format;

/// One file to be scored.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// Its name below the folder that was asked for, with slashes; the output has the same.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
}

/// The files that `named` stand for, in the order of their names: files, folders (all tables below them), patterns with
/// `*`, `?` and `**`. Left out below folders are hidden files, `out`, other folders with a journal, and quarantined rows.
///
/// # Errors
/// [`ProjectError::Data`]: nothing is there, or two files have the same name; [`ProjectError::Table`].
pub fn find(named: &[PathBuf], out: &Path) -> Result<Vec<Input>, ProjectError> {
    let mut inputs = Vec::new();
    for path in named {
        let known = inputs.len();
        if path.is_dir() {
            refuse_same(path, out)?;
            walk(path, path, out, &|_| true, &mut inputs)?;
        } else if path.is_file() {
            Format::of(path)?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            inputs.push(Input {
                name: name.into_owned(),
                path: path.clone(),
            });
        } else if is_pattern(path) {
            let (root, fits) = pattern(path)?;
            walk(&root, &root, out, &fits, &mut inputs)?;
        }
        if inputs.len() == known {
            return Err(nothing(path));
        }
    }
    inputs.sort();
    inputs.dedup();
    match inputs.windows(2).find(|pair| pair[0].name == pair[1].name) {
        None => Ok(inputs),
        Some(pair) => Err(ProjectError::data(
            "the files to be scored",
            format!(
                "`{}` and `{}`, both named `{}`",
                pair[0].path.display(),
                pair[1].path.display(),
                pair[0].name
            ),
            "names that differ; hint: name the folder above them, or a pattern in quotes",
        )),
    }
}

/// Whether a path that is no file is one with `*` or `?`.
#[must_use]
pub fn is_pattern(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.contains(['*', '?']) && !text.contains("://") && !path.exists()
}

fn refuse_same(folder: &Path, out: &Path) -> Result<(), ProjectError> {
    let same = matches!((folder.canonicalize(), out.canonicalize()), (Ok(a), Ok(b)) if a == b);
    match same {
        false => Ok(()),
        true => Err(ProjectError::data(
            "--out",
            format!("`{}`, the folder that is read", out.display()),
            "another folder",
        )),
    }
}

fn nothing(path: &Path) -> ProjectError {
    let found = match (path.is_dir(), is_pattern(path)) {
        (true, _) => "no table below it",
        (_, true) => "no table that fits",
        _ => "nothing there",
    };
    let expected =
        "csv, tsv, jsonl, parquet, arrow or xlsx (a file, a folder of them, or a pattern such as `in/*.csv`)";
    ProjectError::data(format!("the input `{}`", path.display()), found, expected)
}

/// Adds the tables below `folder` whose names below `root` fit.
fn walk(
    folder: &Path,
    root: &Path,
    out: &Path,
    fits: &dyn Fn(&str) -> bool,
    inputs: &mut Vec<Input>,
) -> Result<(), ProjectError> {
    let refused = |source| table::TableError::File {
        action: "read the folder",
        path: folder.to_owned(),
        source,
    };
    for entry in std::fs::read_dir(folder).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        let path = entry.path();
        let file_name = entry.file_name().to_string_lossy().into_owned();
        let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        if file_name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            // A link may lead back up; our own outputs are no inputs.
            if !is_link && !is_output(&path, out) {
                walk(&path, root, out, fits, inputs)?;
            }
            continue;
        }
        let name = name_below(&path, root);
        let is_table = Format::of(&path).is_ok() && !file_name.ends_with(super::QUARANTINE_ENDING);
        if is_table && path.is_file() && fits(&name) {
            inputs.push(Input { name, path });
        }
    }
    Ok(())
}

fn is_output(folder: &Path, out: &Path) -> bool {
    let is_out = matches!((folder.canonicalize(), out.canonicalize()), (Ok(a), Ok(b)) if a == b);
    is_out || folder.join(JOURNAL).exists()
}

fn name_below(path: &Path, root: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts = below.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// The folder above the first part with `*` or `?`, and whether a name below it fits the rest.
fn pattern(path: &Path) -> Result<(PathBuf, impl Fn(&str) -> bool + use<>), ProjectError> {
    let is_plain = |part: &Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?']);
    let root: PathBuf = path.components().take_while(is_plain).collect();
    let root = if root.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        root
    };
    let rest: PathBuf = path.components().skip_while(is_plain).collect();
    let regex = regex::Regex::new(&regex_of(&rest.to_string_lossy().replace('\\', "/")));
    let regex = regex.map_err(|error| {
        ProjectError::data(
            format!("the pattern `{}`", path.display()),
            error.to_string(),
            "names with *, ? and **",
        )
    })?;
    if !root.is_dir() {
        return Err(nothing(path));
    }
    Ok((root, move |name: &str| regex.is_match(name)))
}

/// `*` and `?` stay within a folder, `**/` goes through any number of them.
fn regex_of(pattern: &str) -> String {
    let mut regex = String::from("^");
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let (taken, part) = match first {
            '*' if rest.starts_with("**/") => (3, "(?:.*/)?".to_owned()),
            '*' if rest.starts_with("**") => (2, ".*".to_owned()),
            '*' => (1, "[^/]*".to_owned()),
            '?' => (1, "[^/]".to_owned()),
            other => (other.len_utf8(), regex::escape(&other.to_string())),
        };
        regex.push_str(&part);
        rest = &rest[taken..];
    }
    regex + "$"
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            "in/b.csv",
            "in/a/x.parquet",
            "in/a/.hidden.csv",
            "in/a/notes.md",
            "in/.git/y.csv",
            "in/b.csv.quarantine.csv",
            "in/done/.spanwise-score.jsonl",
            "in/done/b.csv",
            "in/out/z.csv",
        ];
        for file in files {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, b"a\n1\n").unwrap();
        }
        folder
    }

    fn names(folder: &Path, named: &[&str]) -> Vec<String> {
        let named: Vec<PathBuf> = named.iter().map(|name| folder.join(name)).collect();
        let found = find(&named, &folder.join("in/out")).unwrap();
        found.into_iter().map(|input| input.name).collect()
    }

    #[test]
    fn folders_files_and_patterns_are_found_and_what_is_ours_is_left_out() {
        let folder = folder();
        assert_eq!(names(folder.path(), &["in"]), ["a/x.parquet", "b.csv"]);
        assert_eq!(names(folder.path(), &["in/b.csv", "in/b.csv"]), ["b.csv"]);
        assert_eq!(names(folder.path(), &["in/*.csv"]), ["b.csv"]);
        assert_eq!(names(folder.path(), &["in/**/?.parquet"]), ["a/x.parquet"]);
    }

    #[test]
    fn what_is_not_there_or_there_twice_is_refused() {
        let folder = folder();
        let refused = |named: &[&str]| {
            let named: Vec<PathBuf> = named.iter().map(|name| folder.path().join(name)).collect();
            find(&named, &folder.path().join("in/out"))
                .unwrap_err()
                .to_string()
        };
        assert!(refused(&["in/c.csv"]).contains("found nothing there"));
        assert!(refused(&["in/*.arrow"]).contains("no table that fits"));
        assert!(refused(&["in/b.csv", "in/done/b.csv"]).contains("both named `b.csv`"));
        assert!(refused(&["in/out"]).contains("the folder that is read"));
    }
}
