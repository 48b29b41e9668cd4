//! What a caller wishes to know besides margins and scores.

use crate::models::Loaded;
use crate::protocol::DEFAULT_REASONS;
use crate::protocol::records::Parts;
use crate::refusal::{Refusal, clip};
use crate::route::decoded;

/// The keys, in a body beside `rows` and in an address.
const KEYS: [&str; 4] = ["reasons", "intervals", "decision", "broken"];

/// What was asked for; what was not is as `spanwise score` gives it, or with an explanation everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// How many reasons with each row.
    reasons: Option<usize>,
    intervals: Option<bool>,
    decision: Option<bool>,
    /// The flagged rules that a row broke.
    broken: Option<bool>,
}

impl Wish {
    /// The wish in an address, such as `reasons=3&intervals=true`.
    pub(super) fn of_query(query: Option<&str>) -> Result<Wish, Refusal> {
        let mut wish = Wish::default();
        for pair in query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty())
        {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let broken = || Refusal::malformed("an address with a broken percent sign");
            wish.set(
                &decoded(key).ok_or_else(broken)?,
                &decoded(value).ok_or_else(broken)?,
            )?;
        }
        Ok(wish)
    }

    /// Takes the text of one key; a later one counts.
    pub(super) fn set(&mut self, key: &str, value: &str) -> Result<(), Refusal> {
        let wrong = |expected: &str| Refusal::Wish {
            name: format!("`{}`", clip(key)),
            found: format!("`{}`", clip(value)),
            expected: expected.to_owned(),
        };
        let truth = || match value {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            "null" => Ok(None),
            _ => Err(wrong("true or false")),
        };
        match key {
            "reasons" if value == "null" => self.reasons = None,
            "reasons" => self.reasons = Some(value.parse().map_err(|_| wrong("a whole number from 0"))?),
            "intervals" => self.intervals = truth()?,
            "decision" => self.decision = truth()?,
            "broken" => self.broken = truth()?,
            _ => return Err(unknown(key)),
        }
        Ok(())
    }

    /// The columns of the answer, and how many reasons must be found for them, if any.
    pub(super) fn resolved(
        self,
        model: &Loaded,
        is_explained: bool,
    ) -> Result<(Parts, Option<usize>), Refusal> {
        let has = |output: &str| model.outputs.iter().any(|name| name == output);
        for (key, wish, is_there) in [
            ("intervals", self.intervals, has("interval_low")),
            ("decision", self.decision, has("decision")),
        ] {
            if wish == Some(true) && !is_there {
                return Err(Refusal::Wish {
                    name: format!("`{key}`"),
                    found: "true".to_owned(),
                    expected: format!("false, because model `{}` has none", model.name),
                });
            }
        }
        let reasons = self
            .reasons
            .unwrap_or(if is_explained { DEFAULT_REASONS } else { 0 });
        let parts = Parts {
            decision: self.decision.unwrap_or(true),
            intervals: self.intervals.unwrap_or(true),
            contributions: is_explained,
            reasons: 0 < reasons,
            broken: self.broken.unwrap_or(is_explained),
        };
        Ok((parts, (is_explained || 0 < reasons).then_some(reasons)))
    }
}

fn unknown(key: &str) -> Refusal {
    let hint = match table::nearest(key, KEYS) {
        Some(nearest) => format!("; did you mean `{nearest}`?"),
        None => String::new(),
    };
    Refusal::Wish {
        name: "what is asked for".to_owned(),
        found: format!("`{}`", clip(key)),
        expected: format!("{}{hint}", table::quoted_list(KEYS, KEYS.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wishes_come_in_addresses_and_slips_are_named() {
        let found = Wish::of_query(Some("reasons=2&intervals=true&broken=%66alse&")).expect("a wish");
        let expected = Wish {
            reasons: Some(2),
            intervals: Some(true),
            decision: None,
            broken: Some(false),
        };
        assert_eq!((found, Wish::of_query(None)), (expected, Ok(Wish::default())));
        let refused = |query: &str| Wish::of_query(Some(query)).expect_err("a slip").to_string();
        assert!(
            refused("reason=2").contains("did you mean `reasons`?"),
            "{}",
            refused("reason=2")
        );
        assert!(refused("reasons=-1").contains("`reasons`: found `-1`, expected a whole number"));
        assert!(refused("decision").contains("true or false"));
        assert!(refused("decision=%zz").contains("percent"));
    }
}
