//! `[service.*.guard]`

use super::problem::Located;
use super::read::Reader;
use super::service::one_of;
use std::ops::Range;

/// The probability of a false decision where none is said.
const DEFAULT_FALSE_DECISIONS: f64 = 0.05;
/// The requests that each version must have had where nothing is said.
const DEFAULT_MIN_REQUESTS: u64 = 100;

/// What a service may do by itself once a guard has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Make the challenger champion.
    Promote,
    /// Take the challenger's requests away.
    Rollback,
    /// Either.
    Both,
    /// Nothing but tell.
    Tell,
}

/// How far a challenger may be from its champion.
#[derive(Clone, Debug, PartialEq)]
pub struct GuardSection {
    /// The probability that a challenger within all limits is ever rolled back, and that one beyond a limit is ever
    /// promoted, over all looks and guardrails.
    pub false_decisions: f64,
    /// By how much its share of refused requests may be higher.
    pub error_rate: Option<f64>,
    /// How many times the champion's durations its own may be (geometric means); above 1.
    pub latency: Option<f64>,
    /// By how much the mean of its answers may be higher or lower.
    pub score_shift: Option<f64>,
    /// The requests that each version must have had.
    pub min_requests: u64,
    /// What the service may do by itself.
    pub act: Act,
}

impl Act {
    /// The words of the project file and the command line.
    pub const WORDS: [&'static str; 4] = ["tell", "promote", "rollback", "both"];

    /// What a word means.
    #[must_use]
    pub fn of(word: &str) -> Option<Act> {
        Some(match word {
            "tell" => Act::Tell,
            "promote" => Act::Promote,
            "rollback" => Act::Rollback,
            "both" => Act::Both,
            _ => return None,
        })
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Act::Tell => "tell",
            Act::Promote => "promote",
            Act::Rollback => "rollback",
            Act::Both => "both",
        }
    }
}

/// The guard of a service; `beside` are the aliases or versions of champion and challenger, and whether anybody looks.
pub(super) fn guard(reader: &Reader<'_>, beside: &Beside<'_>) -> Option<GuardSection> {
    let table = reader.table("guard")?;
    table.check_keys("service.guard");
    let act = table
        .text("act")
        .and_then(|word| one_of(&table, "act", &word, &Act::WORDS));
    let section = GuardSection {
        false_decisions: share(&table, "false_decisions").unwrap_or(DEFAULT_FALSE_DECISIONS),
        error_rate: share(&table, "error_rate"),
        latency: above(&table, "latency", 1.0),
        score_shift: above(&table, "score_shift", 0.0),
        min_requests: table
            .whole("min_requests")
            .map_or(DEFAULT_MIN_REQUESTS, |least| least.value),
        act: act.and_then(Act::of).unwrap_or(Act::Tell),
    };
    let limits = [section.error_rate, section.latency, section.score_shift];
    let complain = |found: &str, expected: &str, span: Range<usize>| {
        reader.wrong("guard", found, expected, span);
    };
    if limits.iter().all(Option::is_none) {
        let expected = "at least one of `error_rate`, `latency` and `score_shift`";
        complain("no limit", expected, table.span.clone());
    }
    beside.check(section.act, &|found, expected| {
        complain(found, expected, table.span.clone());
    });
    Some(section)
}

/// What a guard needs beside it.
#[derive(Debug)]
pub(super) struct Beside<'a> {
    pub(super) model: Option<&'a Located<String>>,
    pub(super) challenger: Option<&'a Located<String>>,
    pub(super) is_watching: bool,
}

impl Beside<'_> {
    fn check(&self, act: Act, complain: &dyn Fn(&str, &str)) {
        let Some(challenger) = self.challenger else {
            return complain(
                "a guard without a challenger",
                "`challenger` and `share` beside it",
            );
        };
        if !self.is_watching {
            complain("`watch = \"never\"` beside it", "looks, such as `watch = \"2s\"`");
        }
        let names = [self.model, Some(challenger)].into_iter().flatten();
        let fixed = names.into_iter().find(|name| alias_of(&name.value).is_none());
        if let Some(name) = fixed.filter(|_| act != Act::Tell) {
            let found = format!("act = {:?} with `{}`", act.word(), name.value);
            complain(&found, "aliases, which can be moved, such as `churn@champion`");
        }
    }
}

/// The alias that a name such as `churn@champion` stands on; `None` for a number or none.
pub(crate) fn alias_of(name: &str) -> Option<&str> {
    let (_, alias) = name.split_once('@')?;
    alias.parse::<u64>().is_err().then_some(alias)
}

fn share(table: &Reader<'_>, key: &str) -> Option<f64> {
    let found = table.number(key)?;
    if 0.0 < found.value && found.value < 1.0 {
        return Some(found.value);
    }
    let expected = "a share above 0 and below 1";
    table.wrong(key, found.value.to_string(), expected, found.span);
    None
}

fn above(table: &Reader<'_>, key: &str, least: f64) -> Option<f64> {
    let found = table.number(key)?;
    if least < found.value {
        return Some(found.value);
    }
    let expected = format!("a number above {least}");
    table.wrong(key, found.value.to_string(), expected, found.span);
    None
}
