//! A plan written behind what a project file says already.

use crate::ProjectError;
use crate::file::{Overrides, parse};
use std::path::Path;
use table::file::write_atomic;

/// Appends a plan to the project file at `path`, or begins one: all of it, or nothing where a section is there already or
/// the whole could not be read.
///
/// # Errors
/// [`ProjectError::Data`]: a section is there already; [`ProjectError::File`]: what stands there cannot be read together
/// with the plan; [`ProjectError::Table`]: the file cannot be read or written.
pub fn append(plan: &str, path: &Path) -> Result<(), ProjectError> {
    let before = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(source) => {
            return Err(table::TableError::File {
                action: "read",
                path: path.to_owned(),
                source,
            }
            .into());
        }
    };
    let known = sections(&before);
    let twice: Vec<String> = sections(plan)
        .into_iter()
        .filter(|name| known.contains(name))
        .collect();
    if !twice.is_empty() {
        return Err(ProjectError::data(
            format!("`{}`", path.display()),
            format!(
                "{} already",
                twice
                    .iter()
                    .map(|name| format!("[{name}]"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
            "none of them; hint: print the plan without --write, and change what is there",
        ));
    }
    let text = match before.trim_end() {
        "" => plan.to_owned(),
        before => format!("{before}\n\n{plan}"),
    };
    parse(path, &text, &Overrides::default(), &|name| {
        std::env::var(name).ok()
    })?;
    Ok(write_atomic(path, text.as_bytes())?)
}

/// The sections of a text by their names, such as `data.customers`.
fn sections(text: &str) -> Vec<String> {
    let table: toml::Table = text.parse().unwrap_or_default();
    let inner = |(kind, value): (&String, &toml::Value)| {
        let names = value
            .as_table()
            .map(|table| table.keys().cloned().collect::<Vec<_>>());
        let names = names.unwrap_or_default().into_iter();
        names.map(|name| format!("{kind}.{name}")).collect::<Vec<_>>()
    };
    table.iter().flat_map(inner).collect()
}
