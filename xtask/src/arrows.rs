//! Which crate may know which: the arrows of ARCHITECTURE.md, checked against the manifests.

use std::collections::BTreeMap;
use std::path::Path;

/// Each crate and those that it may depend on, in reading order.
pub(crate) const ARROWS: &[(&str, &[&str])] = &[
    ("table", &[]),
    ("stats", &[]),
    ("query", &["table", "stats"]),
    ("profile", &["table", "stats"]),
    ("prepare", &["table", "stats"]),
    ("bundle", &["prepare", "table", "stats"]),
    (
        "learn",
        &["bundle", "query", "profile", "prepare", "table", "stats"],
    ),
    (
        "report",
        &["bundle", "query", "profile", "prepare", "table", "stats"],
    ),
    (
        "registry",
        &["bundle", "query", "profile", "prepare", "table", "stats"],
    ),
    (
        "monitor",
        &["bundle", "query", "profile", "prepare", "table", "stats"],
    ),
    (
        "workflow",
        &["bundle", "query", "profile", "prepare", "table", "stats"],
    ),
    ("c", &["bundle", "prepare", "table"]),
    ("serve", &["registry", "bundle", "prepare", "table", "stats"]),
    (
        "project",
        &[
            "table", "stats", "query", "profile", "prepare", "bundle", "learn", "report", "registry",
            "monitor", "workflow", "serve",
        ],
    ),
];

/// Outside crates that live in one place alone.
const FENCED: &[(&str, &[&str])] = &[
    ("datafusion", &["query"]),
    ("axum", &["serve"]),
    ("hyper", &["serve"]),
    ("hyper-util", &["serve"]),
    ("tokio-rustls", &["serve"]),
    ("ring", &["serve"]),
    ("sqlx", &["registry", "query"]),
    ("object_store", &["query"]),
    ("calamine", &["table"]),
    ("zip", &["table"]),
    ("pyo3", &["python"]),
    ("maud", &["report"]),
    ("tiny-skia", &["report"]),
    ("ttf-parser", &["report"]),
    ("clap", &["cli"]),
    ("libm", &["stats"]),
];

/// Everything that the manifests under `root` do against the arrows.
pub(crate) fn violations(root: &Path) -> Result<Vec<String>, String> {
    // Members inherit the names that the root gives to packages.
    let shared = dependencies(&read(&root.join("Cargo.toml"))?, &|section| {
        section == "workspace.dependencies"
    });
    let mut found = Vec::new();
    for folder in folders(root)? {
        let name = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let text = read(&folder.join("Cargo.toml"))?;
        for (key, package) in dependencies(&text, &is_of_dependencies) {
            let package = match (package, shared.get(&key)) {
                (Some(package), _) => package,
                (None, Some(Some(package))) => package.clone(),
                (None, _) => key,
            };
            // Our packages carry a prefix that our crates do not.
            let package = package.strip_prefix("spanwise-").unwrap_or(&package);
            found.extend(forbidden(&name, package));
        }
    }
    Ok(found)
}

fn read(manifest: &Path) -> Result<String, String> {
    std::fs::read_to_string(manifest)
        .map_err(|error| format!("cannot read `{}`: {error}", manifest.display()))
}

fn folders(root: &Path) -> Result<Vec<std::path::PathBuf>, String> {
    let list = |folder: &Path| -> Result<Vec<std::path::PathBuf>, String> {
        let entries = std::fs::read_dir(folder)
            .map_err(|error| format!("cannot list `{}`: {error}", folder.display()))?;
        Ok(entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.join("Cargo.toml").is_file())
            .collect())
    };
    let mut folders = list(&root.join("crates"))?;
    folders.extend(list(&root.join("bindings"))?);
    folders.sort();
    Ok(folders)
}

/// Whether a section lists what is compiled in, or run while it is compiled; what tests need is not counted.
fn is_of_dependencies(section: &str) -> bool {
    let kind = section.rsplit('.').next().unwrap_or_default();
    let is_plain = section == kind || section.starts_with("target.");
    is_plain && matches!(kind, "dependencies" | "build-dependencies")
}

/// The names under the sections that `is_ours` accepts, each with the package that it renames.
fn dependencies(manifest: &str, is_ours: &dyn Fn(&str) -> bool) -> BTreeMap<String, Option<String>> {
    let mut section = String::new();
    let mut names = BTreeMap::new();
    for line in manifest
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#'))
    {
        if let Some(header) = line.strip_prefix('[') {
            section = header
                .split(']')
                .next()
                .unwrap_or_default()
                .replace(['"', ' '], "");
            // `[dependencies.x]` is the section `dependencies` and the name `x`.
            if let Some((parent, name)) = section.rsplit_once('.')
                && is_ours(parent)
            {
                names.insert(name.to_owned(), None);
            }
            continue;
        }
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let key = key.trim().replace('"', "");
        let name = key.split('.').next().unwrap_or_default().to_owned();
        if is_ours(&section) {
            let package = if key == format!("{name}.package") {
                quoted(value)
            } else {
                value.split("package").nth(1).and_then(quoted)
            };
            let known = names.entry(name).or_insert(None);
            *known = package.or(known.take());
        } else if let Some((parent, name)) = section.rsplit_once('.')
            && key == "package"
            && is_ours(parent)
        {
            names.insert(name.to_owned(), quoted(value));
        }
    }
    names
}

/// The first text in quotes.
fn quoted(text: &str) -> Option<String> {
    let quote = text.find(['"', '\''])?;
    let rest = &text[quote + 1..];
    let end = rest.find(['"', '\''])?;
    Some(rest[..end].to_owned())
}

fn forbidden(name: &str, dependency: &str) -> Option<String> {
    if let Some((_, allowed)) = ARROWS.iter().find(|(crate_, _)| *crate_ == name)
        && ARROWS.iter().any(|(crate_, _)| *crate_ == dependency)
        && !allowed.contains(&dependency)
    {
        return Some(format!(
            "crates/{name} depends on `{dependency}`, expected one of {allowed:?} (ARCHITECTURE.md)"
        ));
    }
    // A family lives where its head does: `datafusion-sql` with `datafusion`.
    let is_of = |head: &str| {
        let rest = dependency.strip_prefix(head);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
    };
    let (_, homes) = FENCED.iter().find(|(fenced, _)| is_of(fenced))?;
    (!homes.contains(&name))
        .then(|| format!("crates/{name} depends on `{dependency}`, which lives only in {homes:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn planted(name: &str, dependency: &str) -> Vec<String> {
        planted_lines(name, &format!("[dependencies]\n{dependency}.workspace = true"))
    }

    fn planted_lines(name: &str, lines: &str) -> Vec<String> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let root = std::env::temp_dir().join(format!(
            "spanwise-arrows-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        let folder = root.join("crates").join(name);
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        std::fs::create_dir_all(root.join("bindings")).expect("a temporary folder can be made");
        let workspace = "[workspace.dependencies]\nserve = { path = \"x\", package = \"spanwise-serve\" }\nweb = { version = \"1\", package = \"axum\" }\n";
        let manifest =
            format!("[package]\nname = \"x\"\n\n{lines}\n\n[dev-dependencies]\nserve.workspace = true\n");
        for (path, text) in [
            (root.join("Cargo.toml"), workspace),
            (folder.join("Cargo.toml"), &manifest),
        ] {
            std::fs::write(path, text).expect("a temporary file can be written");
        }
        let found = violations(&root).expect("the manifests can be read");
        std::fs::remove_dir_all(&root).expect("a temporary folder can be removed");
        found
    }

    #[test]
    fn every_way_to_write_a_dependency_is_seen() {
        for lines in [
            "[dependencies.axum]\nversion = \"1\"",
            "[dependencies]\nweb.workspace = true",
            "[dependencies]\nother = { version = \"1\", package = \"axum\" }",
            "[dependencies.other]\nversion = \"1\"\npackage = \"axum\"",
            "[build-dependencies]\naxum = \"1\"",
            "[target.'cfg(unix)'.dependencies]\naxum = \"1\"",
            "[target.'cfg(unix)'.build-dependencies.axum]\nversion = \"1\"",
            "[dependencies]\naxum-extra = \"1\"",
        ] {
            let found = planted_lines("learn", lines);
            assert!(
                found.len() == 1 && found[0].contains("axum"),
                "{lines}: {found:?}"
            );
        }
        assert!(planted("profile", "datafusion-sql")[0].contains("lives only in"));
        assert!(planted("profile", "pyo3-arrow")[0].contains("lives only in"));
        let own = "[dependencies]\nother = { path = \"x\", package = \"spanwise-serve\" }";
        assert!(planted_lines("learn", own)[0].contains("`serve`"));
        assert!(planted_lines("learn", "[dev-dependencies.axum]\nversion = \"1\"").is_empty());
    }

    #[test]
    fn a_planted_forbidden_dependency_is_found() {
        assert!(planted("learn", "serve")[0].contains("crates/learn depends on `serve`"));
        assert!(planted("stats", "table")[0].contains("`table`"));
        assert!(planted("profile", "datafusion")[0].contains("lives only in"));
        assert!(planted("report", "learn")[0].contains("`learn`"));
    }

    #[test]
    fn an_allowed_one_is_not() {
        assert_eq!(planted("learn", "bundle"), Vec::<String>::new());
        assert_eq!(planted("query", "datafusion"), Vec::<String>::new());
    }

    #[test]
    fn the_workspace_keeps_its_arrows() {
        assert_eq!(
            violations(&crate::shell::root()).expect("the manifests can be read"),
            Vec::<String>::new()
        );
    }
}
