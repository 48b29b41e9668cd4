//! The keys file: hashes of keys, each with what it opens.
//!
//! ```toml
//! [[key]]
//! name = "billing"
//! blake3 = "9f0c..."
//! models = ["churn"]
//! admin = false
//! expires = "2027-01-31"
//! ```
//!
//! A key is 256 random bits, so that a fast hash (BLAKE3) is enough: slow ones guard passwords, which can be guessed one
//! after another; nobody guesses 2^256. What is stolen with the file opens nothing.

use super::caller::{Caller, Scope};
use crate::ServeError;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom, SystemRandom};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// How keys of ours begin, so that they are known where they should not be.
const BEGINNING: &str = "sw_";
/// The largest keys file, in bytes.
const MAX_FILE: u64 = 4 << 20;

/// A key's hash and what it opens.
#[derive(Clone, Debug)]
pub(super) struct Grant {
    name: Arc<str>,
    hash: blake3::Hash,
    scope: Scope,
    is_admin: bool,
    expires_micros: Option<i64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Keys {
    #[serde(default)]
    key: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    name: String,
    blake3: String,
    models: Vec<String>,
    #[serde(default)]
    admin: bool,
    expires: Option<String>,
}

/// What a key that is to be made opens.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Whose it is: no other key of the file is called so.
    pub name: String,
    /// The models that it may ask, `*` for all; at least one.
    pub models: Vec<String>,
    /// Whether it may load and unload them.
    pub is_admin: bool,
    /// The day or time (ISO 8601) from which on it opens nothing.
    pub expires: Option<String>,
}

/// Makes a key of 256 random bits and adds its hash to the file, which is made if it is not there. What is returned is
/// written nowhere.
///
/// # Errors
/// [`ServeError::Keys`]: the file is not a keys file, has a key of this name, or cannot be written; or what the key is
/// to open makes no sense.
pub fn new_key(file: &Path, new: &NewKey) -> Result<String, ServeError> {
    let text = match file.exists() {
        true => read(file)?,
        false => String::new(),
    };
    let wrong = |found: String, expected| fault(file, found, expected);
    let is_there = parsed(file, &text)?
        .key
        .iter()
        .any(|entry| entry.name == new.name);
    if is_there {
        return Err(wrong(format!("a key `{}`", new.name), "another name"));
    }
    let mut bits = [0u8; 32];
    let drawn = SystemRandom::new().fill(&mut bits);
    drawn.map_err(|_| ServeError::System {
        action: "draw random bits",
        source: std::io::ErrorKind::Other.into(),
    })?;
    let key = format!("{BEGINNING}{}", URL_SAFE_NO_PAD.encode(bits));
    let models: Vec<String> = new.models.iter().map(|model| quoted(model)).collect();
    let mut block = format!(
        "[[key]]\nname = {}\nblake3 = \"{}\"\nmodels = [{}]\n",
        quoted(&new.name),
        blake3::hash(key.as_bytes()).to_hex(),
        models.join(", ")
    );
    if new.is_admin {
        block.push_str("admin = true\n");
    }
    if let Some(expires) = &new.expires {
        block.push_str(&format!("expires = {}\n", quoted(expires)));
    }
    let gap = if text.is_empty() { "" } else { "\n" };
    let text = format!("{text}{gap}{block}");
    // What is written can be read: names and days are tried before.
    grants_of(file, &text)?;
    table::file::write_atomic(file, text.as_bytes())
        .map_err(|error| wrong(error.to_string(), "a file that can be written"))?;
    Ok(key)
}

/// A text of TOML.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// The keys of a file.
pub(super) fn grants(file: &Path) -> Result<Vec<Grant>, ServeError> {
    let found = grants_of(file, &read(file)?)?;
    match found.is_empty() {
        true => Err(fault(
            file,
            "no key".to_owned(),
            "at least one `[[key]]`; hint: spanwise key new",
        )),
        false => Ok(found),
    }
}

pub(super) fn grants_of(file: &Path, text: &str) -> Result<Vec<Grant>, ServeError> {
    let keys = parsed(file, text)?.key;
    let mut names = BTreeSet::new();
    for entry in &keys {
        if !names.insert(&entry.name) {
            return Err(fault(
                file,
                format!("two keys `{}`", entry.name),
                "a name for each",
            ));
        }
    }
    keys.iter().map(|entry| entry.grant(file)).collect()
}

impl Entry {
    fn grant(&self, file: &Path) -> Result<Grant, ServeError> {
        let wrong = |what: &str, expected| fault(file, format!("key `{}` {what}", self.name), expected);
        if self.name.trim().is_empty() {
            return Err(wrong("without a name", "a name"));
        }
        if self.models.is_empty() {
            return Err(wrong("without models", "names of models, or \"*\" for all"));
        }
        let hash = blake3::Hash::from_hex(&self.blake3)
            .map_err(|_| wrong("with a hash that is none", "64 hexadecimal digits"))?;
        let expires = self.expires.as_deref().map(|text| {
            let instant = table::read::instant_of(text);
            instant.ok_or_else(|| wrong("that expires at no time", "a day or time, such as 2027-01-31"))
        });
        Ok(Grant {
            name: self.name.as_str().into(),
            hash,
            scope: Scope::of(self.models.iter().cloned()),
            is_admin: self.admin,
            expires_micros: expires.transpose()?,
        })
    }
}

impl Grant {
    /// Who brings the key with this hash now; `None` if it is another's or has expired.
    pub(super) fn caller(&self, hash: blake3::Hash, now_micros: i64) -> Option<Caller> {
        let is_over = self.expires_micros.is_some_and(|end| end <= now_micros);
        // Hashes are compared in constant time.
        (self.hash == hash && !is_over).then(|| Caller::Known {
            scope: self.scope.clone(),
            is_admin: self.is_admin,
            name: Some(Arc::clone(&self.name)),
        })
    }
}

fn read(file: &Path) -> Result<String, ServeError> {
    let mut text = String::new();
    let opened = std::fs::File::open(file);
    let read = opened.and_then(|opened| opened.take(MAX_FILE).read_to_string(&mut text));
    read.map_err(|error| fault(file, error.to_string(), "a keys file"))?;
    Ok(text)
}

fn parsed(file: &Path, text: &str) -> Result<Keys, ServeError> {
    toml::from_str(text).map_err(|error| fault(file, error.message().to_owned(), "a keys file"))
}

fn fault(file: &Path, found: String, expected: &'static str) -> ServeError {
    ServeError::Keys {
        file: file.to_owned(),
        found,
        expected,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn new(name: &str, models: &[&str], expires: Option<&str>) -> NewKey {
        NewKey {
            name: name.to_owned(),
            models: models.iter().map(|model| (*model).to_owned()).collect(),
            is_admin: false,
            expires: expires.map(str::to_owned),
        }
    }

    #[test]
    fn keys_are_kept_as_hashes_and_expire() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.toml");
        let first = new_key(&file, &new("a \"b\"", &["churn"], None)).unwrap();
        let second = new_key(&file, &new("b", &["*"], Some("2027-01-31"))).unwrap();
        assert!(first.starts_with("sw_") && first.len() == 46 && first != second);
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains(&first) && !text.contains(&first[3..]));
        let found = grants(&file).unwrap();
        let caller = |grant: &Grant, key: &str, now| grant.caller(blake3::hash(key.as_bytes()), now);
        assert!(caller(&found[0], &first, 0).unwrap().sees("churn"));
        assert!(!caller(&found[0], &first, 0).unwrap().sees("fraud"));
        assert_eq!(caller(&found[0], &second, 0), None);
        // 2027-01-31 in microseconds
        let end = 1_801_353_600_000_000;
        assert!(caller(&found[1], &second, end - 1).unwrap().sees("fraud"));
        assert_eq!(caller(&found[1], &second, end), None);
    }

    #[test]
    fn files_that_make_no_sense_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.toml");
        new_key(&file, &new("a", &["churn"], None)).unwrap();
        for (wrong, word) in [
            (new("a", &["churn"], None), "`a`"),
            (new("b", &[], None), "models"),
            (new("", &["churn"], None), "name"),
            (new("b", &["churn"], Some("soon")), "expires"),
        ] {
            let before = std::fs::read(&file).unwrap();
            let error = new_key(&file, &wrong).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
            assert_eq!(std::fs::read(&file).unwrap(), before);
        }
        for text in [
            "",
            "[[key]]\nname = \"a\"\n",
            "[[key]]\nname = \"a\"\nblake3 = \"xyz\"\nmodels = [\"m\"]\n",
            "[[key]]\nname = \"a\"\nmodel = [\"m\"]\n",
            "\u{0}",
        ] {
            std::fs::write(&file, text).unwrap();
            assert!(matches!(grants(&file), Err(ServeError::Keys { .. })), "{text}");
        }
    }
}
