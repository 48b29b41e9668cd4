//! `[data.*]`

use super::load::Loader;
use super::problem::{Located, Problem};
use super::read::Reader;
use super::reading;
use super::sections::{Data, Origin};
use std::path::{Path, PathBuf};
use table::Kind;

impl<'a> Loader<'a> {
    pub(super) fn data(&self, name: Located<String>, reader: &Reader<'a>) -> Option<Data> {
        let overridden = self.overrides.sources.get(&name.value);
        let (source, sql) = (reader.text("source"), reader.text("sql"));
        let origin = match (overridden, source, sql) {
            (Some(path), _, _) => Some(Origin::File(Located {
                value: path.clone(),
                span: name.span.clone(),
            })),
            (None, Some(source), None) => self.expand(reader, source).map(Origin::File),
            (None, None, Some(sql)) => Some(Origin::Sql(sql)),
            (None, Some(source), Some(_)) => {
                reader.add(Problem::new(
                    &reader.name,
                    "both `source` and `sql`",
                    "one of them",
                    source.span,
                ));
                None
            }
            (None, None, None) => {
                reader.add(Problem::new(
                    &reader.name,
                    "neither `source` nor `sql`",
                    "one of them",
                    reader.span.clone(),
                ));
                None
            }
        };
        let options = reading::options(reader);
        let key = reader.text("key");
        let private = reader.texts("private").unwrap_or_default();
        Some(Data {
            name,
            origin: origin?,
            key,
            private,
            options,
        })
    }

    /// `${NAME}` from the environment, then relative to the project file.
    fn expand(&self, reader: &Reader<'a>, source: Located<String>) -> Option<Located<PathBuf>> {
        let mut expanded = String::new();
        let mut rest = source.value.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            expanded.push_str(before);
            match (self.environment)(name) {
                Some(value) => expanded.push_str(&value),
                None => {
                    let problem = Problem::new(
                        format!("{}.source", reader.name),
                        format!("no environment variable `{name}`"),
                        "one that holds the path",
                        source.span,
                    );
                    let table = reader.name.trim_start_matches("[data.").trim_end_matches(']');
                    reader.add(Problem {
                        hint: Some(format!("set {name}, or pass --data {table}=PATH")),
                        ..problem
                    });
                    return None;
                }
            }
            rest = behind;
        }
        expanded.push_str(rest);
        let base = self.path.parent().unwrap_or(Path::new(""));
        Some(Located {
            value: base.join(expanded),
            span: source.span,
        })
    }
}

pub(super) fn known_kind(reader: &Reader<'_>, key: &str, kind: &Located<String>) -> Option<Kind> {
    let known = Kind::from_name(&kind.value);
    if known.is_none() {
        let names = Kind::ALL.map(Kind::name);
        let problem = Problem::new(
            format!("{}.{key}", reader.name),
            format!("{:?}", kind.value),
            format!("one of {}", table::quoted_list(names, 10)),
            kind.span.clone(),
        );
        reader.add(problem.did_you_mean(&kind.value, names));
    }
    known
}
