//! `[data.*]`

use super::load::Loader;
use super::problem::{Located, Problem};
use super::read::Reader;
use super::reading;
use super::sections::{Data, Origin};
use query::source::{Ask, Source};
use std::path::Path;
use table::Kind;

impl<'a> Loader<'a> {
    pub(super) fn data(&self, name: Located<String>, reader: &Reader<'a>) -> Option<Data> {
        let overridden = self.overrides.sources.get(&name.value);
        let (source, sql) = (reader.text("source"), reader.text("sql"));
        let origin = match (overridden, source, sql) {
            (Some(path), _, _) => {
                let text = Located {
                    value: path.to_string_lossy().into_owned(),
                    span: name.span.clone(),
                };
                // What the caller names is taken from where the caller is.
                self.origin(reader, text, Path::new(""))
            }
            (None, Some(source), None) => {
                let base = self.path.parent().unwrap_or(Path::new(""));
                self.expand(reader, source)
                    .and_then(|text| self.origin(reader, text, base))
            }
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
            event_time: reader.text("event_time"),
            known_at: reader.text("known_at"),
        })
    }

    /// The file, database or store that a text names.
    fn origin(&self, reader: &Reader<'a>, text: Located<String>, base: &Path) -> Option<Origin> {
        let refuse = |error: query::QueryError, span: std::ops::Range<usize>| {
            let problem = match error {
                query::QueryError::Source { found, expected, .. } => {
                    Problem::new(format!("{}.source", reader.name), found, expected, span)
                }
                other => Problem::new(
                    format!("{}.source", reader.name),
                    other.to_string(),
                    "a source",
                    span,
                ),
            };
            reader.add(problem);
        };
        let mut source = match Source::of(&text.value, base) {
            Ok(source) => source,
            Err(error) => {
                refuse(error, text.span);
                return None;
            }
        };
        let table = reader
            .text("table")
            .map(|table| (table.span, Ask::Table(table.value)));
        let query = reader
            .text("query")
            .map(|query| (query.span, Ask::Query(query.value)));
        for (span, ask) in table.into_iter().chain(query) {
            source = match source.asking(ask) {
                Ok(source) => source,
                Err(error) => {
                    refuse(error, span);
                    return None;
                }
            };
        }
        Some(match source.path() {
            Some(path) => Origin::File(Located {
                value: path.to_owned(),
                span: text.span,
            }),
            None => Origin::Source(Located {
                value: source,
                span: text.span,
            }),
        })
    }

    /// `${NAME}` from the environment. A password in the file itself is refused: files are kept and shown.
    fn expand(&self, reader: &Reader<'a>, source: Located<String>) -> Option<Located<String>> {
        if holds_password(&source.value) {
            let problem = Problem::new(
                format!("{}.source", reader.name),
                "a password in the file",
                "one from the environment",
                source.span,
            );
            reader.add(Problem {
                hint: Some("write `${NAME}` in its place, or leave it out and set PGPASSWORD".to_owned()),
                ..problem
            });
            return None;
        }
        // The marks themselves hold no sign that parts a URI.
        let user = query::source::user_range(&source.value);
        let has_colon = user.clone().is_some_and(|user| source.value[user].contains(':'));
        let mut expanded = String::new();
        let mut rest = source.value.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let at = source.value.len() - after.len();
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            expanded.push_str(before);
            let is_of_user = user.as_ref().is_some_and(|user| user.contains(&at));
            let put = |value: String| match (is_of_user, value.split_once(':')) {
                (false, _) => value,
                (true, Some((name, password))) if !has_colon => {
                    format!("{}:{}", encoded(name), encoded(password))
                }
                (true, _) => encoded(&value),
            };
            match (self.environment)(name) {
                Some(value) => expanded.push_str(&put(value)),
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
        Some(Located {
            value: expanded,
            span: source.span,
        })
    }
}

/// Whether a URI has a password that is not taken from the environment.
fn holds_password(source: &str) -> bool {
    query::source::holds_password(source, |password| password.contains("${"))
}

/// A user or password as it stands in a URI.
fn encoded(text: &str) -> String {
    let encoded = |byte: u8| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(encoded).collect()
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
