//! URIs of sources, taken apart: scheme, what follows it, parameters; and the same without secrets.

use super::Ask;
use percent_encoding::percent_decode_str;
use std::path::{Path, PathBuf};

/// How databases in one file end.
const DATABASES: [&str; 4] = [".db", ".sqlite", ".sqlite3", ".db3"];
/// Parameters that say what is read, and are none of the database's own.
const OURS: [&str; 2] = ["table", "query"];
/// Parts of parameters' names whose values are secrets.
const SECRET: [&str; 6] = ["password", "passwd", "secret", "token", "signature", "key"];

/// What a source is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scheme {
    File,
    Sqlite,
    Postgres,
    /// A store of objects, by one of its names.
    Object(&'static str),
    /// None that is read.
    Other(String),
}

/// A source's text in parts.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) scheme: Scheme,
    /// The scheme as written, with its colon and slashes; empty for a path.
    front: String,
    /// What follows, up to the parameters.
    pub(super) rest: String,
    /// Decoded, in order.
    parameters: Vec<(String, String)>,
    /// As written.
    raw_parameters: String,
}

impl Parts {
    pub(super) fn of(text: &str) -> Parts {
        let (front, behind) = front(text);
        let scheme = scheme(front.trim_end_matches('/').trim_end_matches(':'));
        let (rest, raw) = match &scheme {
            Some(_) => behind.split_once('?').unwrap_or((behind, "")),
            // A file may have any name; what follows a question mark is told by what it says.
            None => match behind.split_once('?') {
                Some((path, raw)) if is_said(path, raw) => (path, raw),
                _ => (behind, ""),
            },
        };
        let is_database = DATABASES
            .iter()
            .any(|ending| rest.to_lowercase().ends_with(ending));
        let scheme = match scheme {
            Some(scheme) => scheme,
            None if is_database => Scheme::Sqlite,
            None => Scheme::File,
        };
        Parts {
            rest: of_file(&scheme, front, rest),
            front: front.to_owned(),
            parameters: raw.split('&').filter(|pair| !pair.is_empty()).map(pair).collect(),
            raw_parameters: raw.to_owned(),
            scheme,
        }
    }

    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone())
    }

    /// Whether there are parameters that are not ours.
    pub(super) fn has_parameters(&self) -> bool {
        !self.raw_parameters.is_empty()
    }

    pub(super) fn ask(&self) -> Ask {
        match (self.parameter("query"), self.parameter("table")) {
            (Some(query), _) => Ask::Query(query),
            (None, Some(table)) => Ask::Table(table),
            (None, None) => Ask::Only,
        }
    }

    /// The URI as the driver takes it.
    pub(super) fn for_postgres(&self) -> String {
        let is_theirs = |pair: &&str| !OURS.contains(&pair.split('=').next().unwrap_or_default());
        let theirs: Vec<&str> = self
            .raw_parameters
            .split('&')
            .filter(|pair| !pair.is_empty())
            .filter(is_theirs)
            .collect();
        let mark = if theirs.is_empty() { "" } else { "?" };
        format!("postgres://{}{mark}{}", self.rest, theirs.join("&"))
    }

    /// The text with `***` in the place of secrets.
    pub(super) fn masked(&self) -> String {
        let rest = match self.scheme {
            Scheme::File | Scheme::Sqlite => self.rest.clone(),
            _ => without_password(&self.rest),
        };
        let mut text = match self.scheme {
            Scheme::Sqlite if self.front.is_empty() => rest,
            Scheme::Sqlite => format!("sqlite:{rest}"),
            Scheme::File => rest,
            _ => format!("{}{rest}", self.front),
        };
        for (position, pair) in self
            .raw_parameters
            .split('&')
            .filter(|pair| !pair.is_empty())
            .enumerate()
        {
            text.push(if position == 0 { '?' } else { '&' });
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let lower = name.to_lowercase();
            text.push_str(name);
            text.push('=');
            text.push_str(if SECRET.iter().any(|part| lower.contains(part)) {
                "***"
            } else {
                value
            });
        }
        text
    }
}

/// The scheme with what parts it from the rest, and the rest.
fn front(text: &str) -> (&str, &str) {
    if let Some(at) = text.find("://")
        && text[..at]
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    {
        return text.split_at(at + 3);
    }
    match text.strip_prefix("sqlite:") {
        Some(rest) => ("sqlite:", rest),
        None => ("", text),
    }
}

fn scheme(written: &str) -> Option<Scheme> {
    let lower = written.to_lowercase();
    Some(match lower.as_str() {
        "" => return None,
        "file" => Scheme::File,
        "sqlite" | "sqlite3" => Scheme::Sqlite,
        "postgres" | "postgresql" | "postgresql+psycopg" | "postgresql+psycopg2" => Scheme::Postgres,
        "s3" | "s3a" => Scheme::Object("s3"),
        "gs" | "gcs" => Scheme::Object("gs"),
        "az" | "azure" => Scheme::Object("az"),
        "abfs" | "abfss" => Scheme::Object("abfs"),
        "https" => Scheme::Object("https"),
        "http" => Scheme::Object("http"),
        _ => Scheme::Other(lower),
    })
}

/// The path behind `file://` and `sqlite://`: three slashes are a path from here, four one from the root (as SQLAlchemy
/// has it) for databases; `file:///a` is from the root.
fn of_file(scheme: &Scheme, front: &str, rest: &str) -> String {
    let decoded = || percent_decode_str(rest).decode_utf8_lossy().into_owned();
    match (scheme, front) {
        (Scheme::Sqlite, front) if front.ends_with("//") => {
            let path = decoded();
            path.strip_prefix('/').map(str::to_owned).unwrap_or(path)
        }
        (Scheme::File, front) if !front.is_empty() => decoded(),
        _ => rest.to_owned(),
    }
}

/// Whether what follows a question mark in a path is a parameter of ours.
fn is_said(path: &str, raw: &str) -> bool {
    let lower = path.to_lowercase();
    let names: Vec<&str> = raw
        .split('&')
        .filter_map(|pair| Some(pair.split_once('=')?.0))
        .collect();
    let is_database = DATABASES.iter().any(|ending| lower.ends_with(ending));
    let is_workbook = lower.ends_with(".xlsx") || lower.ends_with(".xlsm");
    !names.is_empty()
        && names
            .iter()
            .all(|name| (is_database && OURS.contains(name)) || (is_workbook && *name == "sheet"))
}

fn pair(text: &str) -> (String, String) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    let decoded = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    (decoded(name), decoded(value))
}

/// `user:***@host` for `user:password@host`. An `@` in a path is none of a host.
fn without_password(rest: &str) -> String {
    let host = rest.split('/').next().unwrap_or_default();
    // A password may hold a slash that nobody encoded; the last `@` ends it all the same.
    let end = match host.contains('@') {
        true => host.rfind('@'),
        false => rest.rfind('@'),
    };
    match end.and_then(|end| Some((end, rest[..end].find(':')?))) {
        Some((end, colon)) => format!("{}:***{}", &rest[..colon], &rest[end..]),
        None => rest.to_owned(),
    }
}

/// A path from the folder `base`, with `~` for the home folder.
pub(super) fn path(text: &str, base: &Path) -> PathBuf {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    match text.strip_prefix("~/") {
        Some(below) => home().map_or_else(|| base.join(text), |home| home.join(below)),
        None => base.join(text),
    }
}
