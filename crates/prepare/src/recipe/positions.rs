//! The codes of texts.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Which level a text is; `S` is a text, borrowed or owned.
#[derive(Clone, Debug)]
pub(crate) struct Positions<S> {
    /// Of the levels as they are.
    exact: HashMap<S, u32>,
    /// Of the categories that levels stand for in other letters, such as `1` of `1.0`.
    plain: HashMap<S, u32>,
}

impl<'l, S: Borrow<str> + Eq + Hash + From<&'l str>> Positions<S> {
    pub(crate) fn of(levels: &'l [String]) -> Positions<S> {
        let plain = |(level, code): (&'l String, u32)| Some((table::plain_category(level)?.into(), code));
        Positions {
            exact: levels
                .iter()
                .map(|level| level.as_str().into())
                .zip(0..)
                .collect(),
            plain: levels.iter().zip(0..).filter_map(plain).collect(),
        }
    }
}

impl<S: Borrow<str> + Eq + Hash> Positions<S> {
    /// A level counts before what stands for it; so that nothing that was learnt is taken for something else.
    pub(crate) fn of_text(&self, text: &str) -> Option<u32> {
        let found = self.exact.get(text).or_else(|| {
            let plain = table::plain_category(text);
            let named = plain.and_then(|plain| self.exact.get(plain));
            named.or_else(|| self.plain.get(plain.unwrap_or(text)))
        });
        found.copied()
    }
}
