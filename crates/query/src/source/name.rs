//! URIs of sources, taken apart: scheme, what follows it, parameters; and the same without secrets.

use super::Ask;
use percent_encoding::percent_decode_str;
use std::path::{Path, PathBuf};
use table::read::Format;

/// How databases in one file end.
const DATABASES: [&str; 4] = [".db", ".sqlite", ".sqlite3", ".db3"];
/// Parameters that say what is read, and are none of the database's own.
const OURS: [&str; 2] = ["table", "query"];
/// Parameters that the driver of Postgres knows, as it spells them.
const OF_POSTGRES: [&str; 20] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
    "table",
    "query",
];
/// Parts of the names of those whose values are secrets.
const SECRET: [&str; 7] = ["password", "passwd", "pwd", "secret", "token", "sig", "key"];
/// Those whose values may be shown; of all others the values may be secrets.
const SHOWN: [&str; 12] = [
    "table",
    "query",
    "sheet",
    "sslmode",
    "ssl-mode",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "application_name",
    "statement-cache-capacity",
];

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
            Some(Scheme::File | Scheme::Sqlite) => behind.split_once('?').unwrap_or((behind, "")),
            Some(scheme) => parted(scheme, behind),
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

    /// What is wrong with the parameters, and what is expected: a name that says nothing, or two that say one thing.
    pub(super) fn check(&self) -> Result<(), (String, &'static str)> {
        let (known, expected): (&[&str], _) = match &self.scheme {
            Scheme::File => (&["sheet"], "`sheet`"),
            Scheme::Sqlite => (&OURS, "`table` or `query`"),
            Scheme::Postgres => (&OF_POSTGRES, "`table`, `query`, or a parameter of Postgres"),
            Scheme::Object(_) | Scheme::Other(_) => return Ok(()),
        };
        for (position, (name, _)) in self.parameters.iter().enumerate() {
            if !known.contains(&name.as_str())
                && !(name.starts_with("options[") && known.contains(&"options"))
            {
                let hint = table::nearest(name, known.iter().copied());
                let hint = hint
                    .map(|known| format!("; did you mean `{known}`?"))
                    .unwrap_or_default();
                return Err((format!("the parameter `{name}`{hint}"), expected));
            }
            if self.parameters[..position]
                .iter()
                .any(|(before, _)| before == name)
            {
                return Err((format!("the parameter `{name}` twice"), "each once"));
            }
        }
        match OURS.iter().all(|name| self.parameter(name).is_some()) {
            true => Err(("both `table` and `query`".to_owned(), "one of them")),
            false => Ok(()),
        }
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
        let rest = self.rest_masked();
        let mut text = match self.scheme {
            Scheme::Sqlite if self.front.is_empty() => rest,
            Scheme::Sqlite => format!("sqlite:{rest}"),
            Scheme::File => rest,
            _ => format!("{}{rest}", self.front),
        };
        let pairs = self.raw_parameters.split('&').filter(|pair| !pair.is_empty());
        for (position, pair) in pairs.enumerate() {
            text.push(if position == 0 { '?' } else { '&' });
            let shown = match pair.split_once('=') {
                Some((name, _)) if SHOWN.contains(&name) => pair.to_owned(),
                Some((name, _)) => format!("{name}=***"),
                None => "***".to_owned(),
            };
            text.push_str(&shown);
        }
        text
    }

    /// What follows the scheme, up to the parameters, without secrets.
    pub(super) fn rest_masked(&self) -> String {
        match self.scheme {
            Scheme::File | Scheme::Sqlite => self.rest.clone(),
            Scheme::Postgres | Scheme::Other(_) => without_password(&self.rest, self.rest.rfind('@')),
            // A token may stand alone.
            Scheme::Object("http" | "https") => match end_of_user(&self.rest) {
                Some(end) => format!("***{}", &self.rest[end..]),
                None => self.rest.clone(),
            },
            // A key may hold such signs, and a container stands where a user does elsewhere.
            Scheme::Object(_) => without_password(&self.rest, end_of_user(&self.rest)),
        }
    }
}

/// Where the host begins, with its `@`, if a user stands before it. A password may hold signs that nobody encoded: what
/// has a colon and no port behind it is none of a host's.
fn end_of_user(rest: &str) -> Option<usize> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    match authority.contains('@') {
        true if is_host(&rest[..authority.len()]) => authority.rfind('@'),
        false if is_host(authority) => None,
        _ => rest.rfind('@'),
    }
}

/// Whether what follows a user is a host with a port or none.
fn is_host(text: &str) -> bool {
    let host = text.rsplit('@').next().unwrap_or_default();
    let behind = host.rsplit_once(']').map_or(host, |(_, behind)| behind);
    match behind.split_once(':') {
        Some((_, port)) => port.bytes().all(|byte| byte.is_ascii_digit()),
        None => true,
    }
}

/// What follows a scheme in two: up to the parameters, and the parameters. A question mark may stand in a password.
fn parted<'t>(scheme: &Scheme, behind: &'t str) -> (&'t str, &'t str) {
    for (at, _) in behind.match_indices('?') {
        let (front, raw) = (&behind[..at], &behind[at + 1..]);
        let host = front.rfind('@').map_or(front, |user| &front[user..]);
        let name = raw.split_once('=').map_or("", |(name, _)| name);
        let is_name = match scheme {
            Scheme::Postgres => OF_POSTGRES.contains(&name),
            _ => !name.is_empty() && !name.contains('@'),
        };
        if is_host(host.split(['/', '#']).next().unwrap_or_default()) && (is_name || !raw.contains('@')) {
            return (front, raw);
        }
    }
    (behind, "")
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

/// Whether what follows a question mark in a path are parameters, right or wrong.
fn is_said(path: &str, raw: &str) -> bool {
    let lower = path.to_lowercase();
    let is_database = DATABASES.iter().any(|ending| lower.ends_with(ending));
    let is_workbook = lower.ends_with(".xlsx") || lower.ends_with(".xlsm");
    // a sheet of what has none is refused as such by the reader; no file that is read ends so
    let asks_for_a_sheet = raw.starts_with("sheet=") && Format::of(Path::new(path)).is_ok();
    asks_for_a_sheet || (is_database || is_workbook) && raw.split('&').all(|pair| pair.contains('='))
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

/// `user:***@host` for `user:password@host`, whose `@` is at `end`.
fn without_password(rest: &str, end: Option<usize>) -> String {
    match end.and_then(|end| Some((end, rest[..end].find(':')?))) {
        Some((end, colon)) => format!("{}:***{}", &rest[..colon], &rest[end..]),
        None => rest.to_owned(),
    }
}

/// Whether a URI holds a password, in front of its host or among its parameters, that `is_given` does not pass.
pub(super) fn holds_password(text: &str, is_given: impl Fn(&str) -> bool) -> bool {
    let parts = Parts::of(text);
    if !matches!(
        parts.scheme,
        Scheme::Postgres | Scheme::Object(_) | Scheme::Other(_)
    ) {
        return false;
    }
    let of_user = user(&parts)
        .and_then(|user| user.split_once(':'))
        .map(|(_, password)| password);
    let is_secret = |name: &str| SECRET.iter().any(|part| name.to_lowercase().contains(part));
    let secrets = parts.parameters.iter().filter(|(name, _)| is_secret(name));
    of_user
        .into_iter()
        .chain(secrets.map(|(_, value)| value.as_str()))
        .any(|password| !password.is_empty() && !is_given(password))
}

/// What stands before the host.
fn user(parts: &Parts) -> Option<&str> {
    let end = match parts.scheme {
        Scheme::Postgres | Scheme::Other(_) => parts.rest.rfind('@'),
        Scheme::Object(_) => end_of_user(&parts.rest),
        Scheme::File | Scheme::Sqlite => None,
    };
    Some(&parts.rest[..end?])
}

/// Where in a URI the user and password stand, in bytes.
pub(super) fn user_range(text: &str) -> Option<std::ops::Range<usize>> {
    let parts = Parts::of(text);
    let start = parts.front.len();
    Some(start..start + user(&parts)?.len())
}

/// A path from the folder `base`, with `~` for the home folder.
pub(super) fn path(text: &str, base: &Path) -> PathBuf {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    match text.strip_prefix("~/") {
        Some(below) => home().map_or_else(|| base.join(text), |home| home.join(below)),
        None => base.join(text),
    }
}
