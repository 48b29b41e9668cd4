//! What is decided: told in a sentence, done in the registry.

use super::Guard;
use super::judge::{GuardRecord, RailRecord, Verdict};
use crate::{Clock, ProjectError};
use registry::{Decision, Registry};

impl Guard {
    /// Moves the alias that the verdict asks for: the champion's to the challenger, or the challenger's to the champion.
    /// Whether this did it: another instance may have come first, or somebody else moved an alias.
    pub(super) fn act(&self, record: &GuardRecord, clock: &dyn Clock) -> Result<bool, ProjectError> {
        let what = format!("the guard of service `{}`", record.service);
        let [Some(champion), Some(challenger)] = self.aliases() else {
            let found = format!("`{}` and `{}`", self.names[0], self.names[1]);
            return Err(ProjectError::data(what, found, "aliases, which can be moved"));
        };
        let number = |version: &String| version.parse::<u64>().ok();
        let [Some(old), Some(new)] = [number(&record.versions[0]), number(&record.versions[1])] else {
            return Err(ProjectError::data(
                what,
                "versions without numbers",
                "versions of a registry",
            ));
        };
        let (alias, version) = match record.verdict {
            Verdict::Promote => (champion, new),
            Verdict::Rollback => (challenger, old),
            Verdict::Wait | Verdict::Mistrust => return Ok(false),
        };
        let evidence = serde_json::to_string(record).unwrap_or_default();
        let decision = Decision {
            model: &record.model,
            alias,
            version,
            expected: &[(champion, old), (challenger, new)],
            why: &record.sentence,
            evidence: &evidence,
        };
        let registry = Registry::open(&self.places.registry())?;
        Ok(registry.decide(&decision, clock.now_micros())?)
    }
}

/// What is to be done and why.
pub(super) fn sentence(record: &GuardRecord) -> String {
    let [champion, challenger] = &record.versions;
    let open = || of(record, "open");
    let begin = match record.verdict {
        Verdict::Promote => format!(
            "version {challenger} is within all limits: {}",
            of(record, "within")
        ),
        Verdict::Rollback => format!("version {challenger} is beyond a limit: {}", of(record, "beyond")),
        Verdict::Wait if record.guardrails.iter().all(|rail| rail.verdict == "within") => {
            format!("too few requests yet: {}", of(record, "within"))
        }
        Verdict::Wait => format!("not decided yet: {}", open()),
        Verdict::Mistrust => format!(
            "nothing is decided: {} of the requests came to version {challenger}, and {} were promised",
            percent(record.share.found.unwrap_or(0.0)),
            percent(record.share.expected),
        ),
    };
    format!(
        "{begin}; {} requests of version {challenger} beside {} of version {champion}; false with probability {} at most, \
         whenever one looks",
        record.requests[1], record.requests[0], record.false_decisions,
    )
}

fn of(record: &GuardRecord, verdict: &str) -> String {
    let rails = record.guardrails.iter().filter(|rail| rail.verdict == verdict);
    let texts: Vec<String> = rails.map(of_rail).collect();
    texts.join(", ")
}

fn of_rail(rail: &RailRecord) -> String {
    let show = |x: Option<f64>, none: &str| x.map_or(none.to_owned(), |x| number(rail, x));
    let (low, high) = (show(rail.low, "-inf"), show(rail.high, "inf"));
    let limit = number(rail, rail.limit);
    format!(
        "{} {} ({low} to {high}) where {limit} is allowed",
        rail.name.replace('_', " "),
        show(rail.difference, "unknown"),
    )
}

/// A difference as its guardrail is thought of.
fn number(rail: &RailRecord, x: f64) -> String {
    match rail.name {
        "error_rate" => percent(x),
        "latency" => format!("{x:.3} times"),
        _ => format!("{x:.4}"),
    }
}

fn percent(x: f64) -> String {
    format!("{:.3}%", 100.0 * x)
}
