//! Rules applied cell by cell.

use super::Cell;
use crate::contract::{Contract, Rule};
use crate::recipe::Recipe;
use regex::Regex;
use std::collections::HashSet;
use table::Kind;

/// The row rules of a contract about the inputs of a recipe.
#[derive(Clone, Debug)]
pub struct CompiledContract {
    /// The position of an input and what its cells must be.
    rules: Vec<(usize, Test)>,
}

#[derive(Clone, Debug)]
enum Test {
    /// No cell fits, because the rule asks for another kind.
    Missing,
    Present,
    Whole,
    AtLeast(f64),
    AtMost(f64),
    NumberIn(Vec<f64>),
    TextIn(HashSet<String>),
    Matches(Regex),
}

impl CompiledContract {
    /// The rules of `contract` about the inputs of `recipe`; `None` where one is to be applied to whole columns only: patterns
    /// that are not valid, and sets of days or times.
    #[must_use]
    pub fn of(contract: &Contract, recipe: &Recipe) -> Option<CompiledContract> {
        let mut rules = Vec::new();
        for rule in &contract.columns {
            let Some(at) = recipe.inputs.iter().position(|input| input.name == rule.column) else {
                continue;
            };
            let kind = match recipe.inputs[at].kind()? {
                Kind::Integer => Kind::Number,
                kind => kind,
            };
            if let Some(test) = Test::of(&rule.rule, kind)? {
                rules.push((at, test));
            }
        }
        Some(CompiledContract { rules })
    }

    /// Whether a row keeps every rule, `cell` being its cell at the position of an input.
    #[must_use]
    pub fn is_kept<'a>(&self, cell: impl Fn(usize) -> Cell<'a>) -> bool {
        self.rules.iter().all(|(at, test)| test.holds(cell(*at)))
    }
}

impl Test {
    /// What a rule asks of cells of a kind: `Some(None)` if nothing, `None` if it cannot be said cell by cell.
    fn of(rule: &Rule, kind: Kind) -> Option<Option<Test>> {
        if !rule.fits(kind) {
            // refused, unless the whole column is missing
            return Some(Some(Test::Missing));
        }
        Some(match rule {
            Rule::Kind(expected) if expected == kind.name() => None,
            Rule::Kind(expected) if expected == "integer" && kind == Kind::Number => Some(Test::Whole),
            Rule::Kind(_) => Some(Test::Missing),
            Rule::Required => Some(Test::Present),
            Rule::Min(least) => Some(Test::AtLeast(*least)),
            Rule::Max(most) => Some(Test::AtMost(*most)),
            Rule::OneOf(values) if kind == Kind::Number => {
                let spelt = values.iter().filter_map(|value| value.trim().parse().ok());
                Some(Test::NumberIn(spelt.collect()))
            }
            Rule::OneOf(values) => Some(Test::TextIn(values.iter().cloned().collect())),
            Rule::Matches(pattern) => {
                // as `check_rows` holds it, so that nothing escapes the group
                Regex::new(pattern).ok()?;
                Some(Test::Matches(Regex::new(&format!("^(?:{pattern})$")).ok()?))
            }
        })
    }

    fn holds(&self, cell: Cell<'_>) -> bool {
        match (self, cell) {
            (Test::Present, cell) => cell != Cell::Missing,
            (_, Cell::Missing) => true,
            (Test::Whole, Cell::Number(number)) => number.fract() == 0.0,
            (Test::AtLeast(least), Cell::Number(number)) => *least <= number,
            (Test::AtMost(most), Cell::Number(number)) => number <= *most,
            (Test::NumberIn(known), Cell::Number(number)) => known.contains(&number),
            (Test::TextIn(known), Cell::Text(text)) => known.contains(text),
            (Test::TextIn(known), Cell::Truth(truth)) => known.contains(if truth { "true" } else { "false" }),
            (Test::Matches(regex), Cell::Text(text)) => regex.is_match(text),
            // whoever checks whole columns says what is wrong
            _ => false,
        }
    }
}
