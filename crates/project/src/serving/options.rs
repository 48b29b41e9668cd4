//! Options of a service as texts, under the names that the command line gives them.

use super::{MEMORY_EXPECTED, ServeOverrides};
use crate::ProjectError;
use crate::file::{Act, bytes_of, watch_seconds};
use serve::{Level, LineFormat, Price};
use std::str::FromStr;

/// The options that [`ServeOverrides::set`] knows.
pub const OPTIONS: [&str; 21] = [
    "address",
    "grpc_address",
    "keys",
    "log",
    "log_folder",
    "max_in_flight",
    "challenger",
    "share",
    "act",
    "shadow",
    "watch",
    "memory",
    "price",
    "sample",
    "mask",
    "keep",
    "log_format",
    "log_level",
    "access_log",
    "otlp",
    "audit_log",
];

const TIME: &str = "a number with s, m, h, d or w, such as 90d";
const TIME_OR_NEVER: &str = "a number with s, m, h, d or w, such as 2s, or `never`";

impl ServeOverrides {
    /// Sets what the command line calls `--name text`; `mask` may be set several times.
    ///
    /// # Errors
    /// [`ProjectError::Data`]: there is no such option, or it cannot be that.
    pub fn set(&mut self, name: &str, text: &str) -> Result<(), ProjectError> {
        let own = || Some(text.to_owned());
        match name {
            "address" => self.address = Some(parsed(name, text, "an address such as 127.0.0.1:8080")?),
            "grpc_address" => {
                self.grpc_address = Some(parsed(name, text, "an address such as 127.0.0.1:8081")?)
            }
            "keys" => self.keys = Some(text.into()),
            "log" => self.log = Some(one_of(name, text, &["sampled", "audit", "off"])?),
            "log_folder" => self.log_folder = Some(text.into()),
            "max_in_flight" => self.max_in_flight = Some(parsed(name, text, "a whole number")?),
            "challenger" => self.challenger = own(),
            "share" => self.share = Some(parsed(name, text, "a share above 0 and below 1")?),
            "act" => self.act = Act::of(&one_of(name, text, &Act::WORDS)?),
            "shadow" => self.shadow = own(),
            "watch" => self.watch_s = Some(known(name, text, watch_seconds(text), TIME_OR_NEVER)?),
            "memory" => self.memory_bytes = Some(known(name, text, bytes_of(text), MEMORY_EXPECTED)?),
            "price" => self.price = Some(known(name, text, Price::of(text), Price::EXPECTED)?),
            "sample" => self.sample = Some(parsed(name, text, "a share above 0 and at most 1")?),
            "mask" => self.mask.push(text.to_owned()),
            "keep" => self.keep_s = Some(known(name, text, watch_seconds(text).flatten(), TIME)?),
            "log_format" => {
                let word = one_of(name, text, &LineFormat::WORDS)?;
                self.telling.format = LineFormat::of(&word);
            }
            "log_level" => {
                let word = one_of(name, text, &Level::WORDS)?;
                self.telling.level = Level::of(&word);
            }
            "access_log" => self.telling.access = own(),
            "otlp" => self.telling.otlp = own(),
            "audit_log" => self.telling.audit = Some(text.into()),
            _ => return Err(unknown(name)),
        }
        Ok(())
    }
}

fn unknown(name: &str) -> ProjectError {
    let hint = table::nearest(name, OPTIONS.into_iter());
    let hint = hint.map_or(String::new(), |name| format!("; did you mean `{name}`?"));
    let expected = table::quoted_list(OPTIONS.into_iter(), OPTIONS.len());
    ProjectError::data(
        "an option of a service",
        format!("`{name}`"),
        format!("one of {expected}{hint}"),
    )
}

fn known<T>(name: &str, text: &str, value: Option<T>, expected: &str) -> Result<T, ProjectError> {
    value.ok_or_else(|| ProjectError::data(format!("`{name}`"), format!("`{}`", table::clip(text)), expected))
}

fn parsed<T: FromStr>(name: &str, text: &str, expected: &str) -> Result<T, ProjectError> {
    known(name, text, text.parse().ok(), expected)
}

fn one_of(name: &str, text: &str, words: &[&str]) -> Result<String, ProjectError> {
    let word = words.contains(&text).then(|| text.to_owned());
    let expected = format!(
        "one of {}",
        table::quoted_list(words.iter().copied(), words.len())
    );
    known(name, text, word, &expected)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_option_is_known_and_others_are_refused_with_the_nearest() {
        let mut overrides = ServeOverrides::default();
        for name in OPTIONS {
            let told = overrides.set(name, "?").err().map(|error| error.to_string());
            assert!(
                told.is_none_or(|told| told.starts_with(&format!("`{name}`"))),
                "{name}"
            );
        }
        let told = overrides.set("chalenger", "x").unwrap_err().to_string();
        assert!(told.contains("did you mean `challenger`?"), "{told}");
    }

    #[test]
    fn values_are_read_as_the_command_line_reads_them() {
        let mut overrides = ServeOverrides::default();
        let set = [
            ("watch", "never"),
            ("keep", "2d"),
            ("memory", "2GiB"),
            ("share", "0.25"),
            ("act", "rollback"),
            ("mask", "a"),
            ("mask", "b"),
        ];
        set.into_iter()
            .for_each(|(name, text)| overrides.set(name, text).unwrap());
        assert_eq!((overrides.watch_s, overrides.keep_s), (Some(None), Some(172_800)));
        assert_eq!(
            (overrides.memory_bytes, overrides.share),
            (Some(2 << 30), Some(0.25))
        );
        assert_eq!(overrides.mask, ["a", "b"]);
        assert_eq!(overrides.act, Some(Act::Rollback));
        let told = overrides.set("keep", "never").unwrap_err().to_string();
        assert_eq!(
            told,
            "`keep`: found `never`, expected a number with s, m, h, d or w, such as 90d"
        );
    }
}
