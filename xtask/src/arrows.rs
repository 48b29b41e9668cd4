//! Which crate may know which: the arrows of ARCHITECTURE.md, checked against the manifests.

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
    ("sqlx", &["registry", "query"]),
    ("pyo3", &["python"]),
    ("maud", &["report"]),
    ("clap", &["cli"]),
    ("libm", &["stats"]),
];

/// Everything that the manifests under `root` do against the arrows.
pub(crate) fn violations(root: &Path) -> Result<Vec<String>, String> {
    let mut found = Vec::new();
    for folder in folders(root)? {
        let name = folder
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        let manifest = folder.join("Cargo.toml");
        let text = std::fs::read_to_string(&manifest)
            .map_err(|error| format!("cannot read `{}`: {error}", manifest.display()))?;
        let dependencies = dependencies(&text);
        found.extend(
            dependencies
                .iter()
                .filter_map(|dependency| forbidden(&name, dependency)),
        );
    }
    Ok(found)
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

/// Names under `[dependencies]`; what tests need is not counted.
fn dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut names = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[dependencies]"
                || (line.starts_with("[target.") && line.ends_with(".dependencies]"));
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            names.extend(
                line.split(['.', '=', ' '])
                    .next()
                    .map(|name| name.trim_matches('"').to_owned()),
            );
        }
    }
    names
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
    let (_, homes) = FENCED.iter().find(|(fenced, _)| *fenced == dependency)?;
    (!homes.contains(&name))
        .then(|| format!("crates/{name} depends on `{dependency}`, which lives only in {homes:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planted(name: &str, dependency: &str) -> Vec<String> {
        let root = std::env::temp_dir().join(format!(
            "spanwise-arrows-{}-{name}-{dependency}",
            std::process::id()
        ));
        let folder = root.join("crates").join(name);
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        std::fs::create_dir_all(root.join("bindings")).expect("a temporary folder can be made");
        let manifest = format!(
            "[package]\nname = \"x\"\n\n[dependencies]\n{dependency}.workspace = true\n\n[dev-dependencies]\nserve.workspace = true\n"
        );
        std::fs::write(folder.join("Cargo.toml"), manifest).expect("a temporary file can be written");
        let found = violations(&root).expect("the manifests can be read");
        std::fs::remove_dir_all(&root).expect("a temporary folder can be removed");
        found
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
