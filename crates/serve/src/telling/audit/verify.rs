//! Whether the lines of an audit log still are what was written.

use super::{Link, MAX_LINE, fault};
use crate::ServeError;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// What an audit log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chain {
    /// The lines that fit, from the first one on.
    pub n_lines: u64,
    /// The time in the first one, RFC 3339; `None` of an empty log.
    pub first_time: Option<String>,
    /// The time in the last one that fits.
    pub last_time: Option<String>,
    /// The hash of the last line that fits, in hexadecimal digits: kept elsewhere, it tells whether the log was cut or
    /// written anew.
    pub last_hash: Option<String>,
    /// Whether the line with the hash that was looked for is among them.
    pub holds: bool,
    /// The first line that does not fit.
    pub fault: Option<Break>,
}

/// A line that does not fit those before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Break {
    /// Its number in the file, counted from 1.
    pub line: u64,
    /// What was found.
    pub found: String,
    /// What would fit.
    pub expected: String,
}

/// Reads the audit log at `path` up to the first line that does not fit, and looks for the line with the hash `sought`.
///
/// A last line without its end is one that does not fit: a service that starts sets it aside.
///
/// # Errors
/// [`ServeError::Audit`] if it cannot be read.
pub fn verify(path: &Path, sought: Option<&str>) -> Result<Chain, ServeError> {
    let fail = |error: std::io::Error| fault(path, error.to_string(), "a file that can be read");
    let mut lines = BufReader::new(File::open(path).map_err(fail)?);
    let mut chain = Chain::default();
    let mut previous = "0".repeat(64);
    loop {
        let mut line = Vec::new();
        let read = (&mut lines).take(MAX_LINE + 1).read_until(b'\n', &mut line);
        if read.map_err(fail)? == 0 {
            return Ok(chain);
        }
        match link(&line, chain.n_lines + 1, &previous) {
            Ok(link) => {
                previous = blake3::hash(line.trim_ascii_end()).to_hex().to_string();
                chain.holds |= sought == Some(previous.as_str());
                chain.see(link, &previous);
            }
            Err((found, expected)) => {
                let line = chain.n_lines + 1;
                chain.fault = Some(Break {
                    line,
                    found,
                    expected,
                });
                return Ok(chain);
            }
        }
    }
}

impl Chain {
    fn see(&mut self, link: Link, hash: &str) {
        self.n_lines += 1;
        self.first_time.get_or_insert_with(|| link.time.clone());
        self.last_time = Some(link.time);
        self.last_hash = Some(hash.to_owned());
    }
}

/// The line, if it fits; else what was found, and what was expected.
fn link(line: &[u8], n: u64, previous: &str) -> Result<Link, (String, String)> {
    let Some(line) = line.strip_suffix(b"\n") else {
        let found = format!("{} bytes without an end", line.len());
        return Err((found, "a whole line".to_owned()));
    };
    let link: Link = serde_json::from_slice(line).map_err(|_| {
        let expected = "an object with `n`, `time` and `previous`";
        ("something else".to_owned(), expected.to_owned())
    })?;
    if link.n != n {
        return Err((format!("`n` {}", link.n), n.to_string()));
    }
    if link.previous != previous {
        let found = format!("`previous` {}", table::clip(&link.previous));
        return Err((found, format!("{previous}, the hash of the line before")));
    }
    Ok(link)
}
