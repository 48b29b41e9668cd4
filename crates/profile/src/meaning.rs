//! What a column is about, beyond the type of its cells.

use crate::pass::{NumberPass, TextPass};
use table::Kind;

/// Fewest values from which uniqueness says anything.
const ENOUGH: usize = 20;
/// Mean words from which texts read as sentences.
const SENTENCE_WORDS: f64 = 4.0;

/// What a column is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Meaning {
    /// Names its row: unique or nearly so, and without a meaning of its own.
    Identifier,
    /// One value throughout, apart from missing cells.
    Constant,
    /// No values.
    AllMissing,
    /// One of some levels.
    Category,
    /// Yes or no.
    Flag,
    /// Whole numbers from 0 upwards.
    Count,
    /// Other numbers.
    Amount,
    /// Sums of money, by their name.
    Money,
    /// Shares from 0 to 1 or from 0 to 100, by their name and range.
    Percent,
    /// Places: coordinates by name and range, countries and the like by name.
    Place,
    /// Calendar days.
    Date,
    /// Points in time.
    Time,
    /// Sentences.
    FreeText,
    /// What is to be explained or predicted.
    Target,
}

impl Meaning {
    /// Whether it is one of some levels: a category, a flag or a place that is named.
    #[must_use]
    pub fn has_levels(self, kind: Kind) -> bool {
        matches!(self, Meaning::Category | Meaning::Flag)
            || (self == Meaning::Place && matches!(kind, Kind::Text | Kind::Boolean))
    }

    /// The word shown, such as `free text`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Meaning::Identifier => "identifier",
            Meaning::Constant => "constant",
            Meaning::AllMissing => "all missing",
            Meaning::Category => "category",
            Meaning::Flag => "flag",
            Meaning::Count => "count",
            Meaning::Amount => "amount",
            Meaning::Money => "money",
            Meaning::Percent => "percent",
            Meaning::Place => "place",
            Meaning::Date => "date",
            Meaning::Time => "time",
            Meaning::FreeText => "free text",
            Meaning::Target => "target",
        }
    }
}

/// What is known about a column before its meaning.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: Kind,
    pub(crate) n_present: usize,
    /// Different values.
    pub(crate) distinct: f64,
}

pub(crate) enum Seen<'a> {
    Numbers(&'a NumberPass),
    /// Texts, and their mean number of words.
    Texts(&'a TextPass, f64),
}

pub(crate) fn meaning_of(facts: Facts<'_>, seen: &Seen<'_>) -> Meaning {
    match (facts.n_present, facts.distinct, facts.kind) {
        (0, ..) => Meaning::AllMissing,
        (_, distinct, _) if distinct <= 1.0 => Meaning::Constant,
        (_, _, Kind::Date) => Meaning::Date,
        (_, _, Kind::Time) => Meaning::Time,
        (_, _, Kind::Boolean) => Meaning::Flag,
        _ => match seen {
            Seen::Texts(texts, n_words) => of_texts(facts, texts, *n_words),
            Seen::Numbers(numbers) => of_numbers(facts, numbers),
        },
    }
}

fn of_texts(facts: Facts<'_>, texts: &TextPass, n_words: f64) -> Meaning {
    let is_flag = |text: &str| {
        matches!(
            text.trim().to_ascii_lowercase().as_str(),
            "yes" | "no" | "y" | "n" | "true" | "false" | "t" | "f" | "0" | "1"
        )
    };
    if facts.distinct == 2.0 && texts.levels.counts().all(|(text, _)| is_flag(text)) {
        return Meaning::Flag;
    }
    let share = facts.distinct / facts.n_present as f64;
    let category = match has_word(facts.name, &PLACES) {
        true => Meaning::Place,
        false => Meaning::Category,
    };
    if facts.n_present < ENOUGH || share < 0.5 {
        return category;
    }
    match (n_words >= SENTENCE_WORDS, share) {
        (true, _) => Meaning::FreeText,
        (false, share) if share >= 0.95 || (share >= 0.5 && is_id_name(facts.name)) => Meaning::Identifier,
        _ => category,
    }
}

fn of_numbers(facts: Facts<'_>, numbers: &NumberPass) -> Meaning {
    if numbers.are_flags() {
        return Meaning::Flag;
    }
    let (low, high) = (
        numbers.moments.min().unwrap_or(0.0),
        numbers.moments.max().unwrap_or(0.0),
    );
    let share = facts.distinct / facts.n_present as f64;
    if numbers.are_whole && facts.n_present >= ENOUGH && share >= 0.98 {
        // Numbered rows leave few gaps; unique amounts do.
        let is_numbered = share >= 0.999 && high - low < 1.1 * facts.distinct;
        if is_numbered || is_id_name(facts.name) {
            return Meaning::Identifier;
        }
    }
    let lies_in = |most: f64| -most <= low && high <= most;
    let has = |words: &[&str]| has_word(facts.name, words);
    if (has(&["lat", "latitude"]) && lies_in(90.0))
        || (has(&["lon", "lng", "long", "longitude"]) && lies_in(180.0))
    {
        Meaning::Place
    } else if has(&SHARES) && 0.0 <= low && high <= 100.0 {
        Meaning::Percent
    } else if has(&MONEY) && FEW_SUMS < facts.distinct {
        Meaning::Money
    } else if numbers.are_whole && 0.0 <= low {
        Meaning::Count
    } else {
        Meaning::Amount
    }
}

/// Whole numbers of no more different values are codes or counts, whatever their name.
const FEW_SUMS: f64 = 20.0;

const MONEY: [&str; 26] = [
    "price", "prices", "amount", "revenue", "sales", "cost", "costs", "income", "salary", "wage", "charge",
    "charges", "fee", "fees", "spend", "spent", "paid", "payment", "budget", "profit", "turnover", "usd",
    "eur", "gbp", "fare", "tip",
];
const SHARES: [&str; 6] = ["percent", "percentage", "pct", "share", "rate", "ratio"];
const PLACES: [&str; 14] = [
    "country",
    "countries",
    "city",
    "town",
    "state",
    "region",
    "province",
    "county",
    "zip",
    "zipcode",
    "postcode",
    "postal",
    "location",
    "address",
];

/// Whether a name has one of these words: `unit_price`, `UnitPrice` and `Unit Price` all have `price`.
fn has_word(name: &str, words: &[&str]) -> bool {
    let mut current = String::new();
    let mut was_lower = false;
    for c in name.chars().chain(std::iter::once(' ')) {
        let is_break = !c.is_alphabetic() || (c.is_uppercase() && was_lower);
        if is_break {
            if words.contains(&current.as_str()) {
                return true;
            }
            current.clear();
        }
        if c.is_alphabetic() {
            current.extend(c.to_lowercase());
        }
        was_lower = c.is_lowercase();
    }
    false
}

/// Whether a name ends as those of identifiers do: `id`, `customerID`, `order_key`, `rownames`.
fn is_id_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let last = lower.rsplit(['_', ' ', '-', '.']).next().unwrap_or_default();
    matches!(
        last,
        "id" | "ids"
            | "key"
            | "uuid"
            | "guid"
            | "no"
            | "nr"
            | "number"
            | "code"
            | "rownames"
            | "rowname"
            | "index"
    ) || name.ends_with("ID")
        || name.ends_with("Id")
        || name.ends_with("Number")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Options, profile};
    use std::sync::Arc;
    use table::Table;
    use table::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

    fn meaning(name: &str, array: impl table::arrow::array::Array + 'static) -> Meaning {
        let array: ArrayRef = Arc::new(array);
        let table = Table::new(vec![(name.to_owned(), array)]).unwrap();
        profile(&table, &Options::default()).unwrap().columns[0].meaning
    }

    fn text(name: &str, texts: impl Iterator<Item = String>) -> Meaning {
        meaning(name, StringArray::from_iter_values(texts))
    }

    fn number(name: &str, numbers: &[f64]) -> Meaning {
        meaning(name, Float64Array::from(numbers.to_vec()))
    }

    #[test]
    fn texts_are_told_apart() {
        let few = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
                .into_iter()
        };
        assert_eq!(text("left", few(&["Yes", "No", "No"])), Meaning::Flag);
        assert_eq!(text("gender", few(&["Female", "Male"])), Meaning::Category);
        assert_eq!(text("ShipCountry", few(&["Chile", "Peru"])), Meaning::Place);
        assert_eq!(
            text("customer", (0..50).map(|i| format!("7590-{i}"))),
            Meaning::Identifier
        );
        let said = (0..50).map(|i| format!("they said {i} times that it is dear"));
        assert_eq!(text("note", said), Meaning::FreeText);
    }

    #[test]
    fn numbers_are_told_apart() {
        let rows: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(number("row", &rows), Meaning::Identifier);
        assert_eq!(
            meaning("row", Int64Array::from_iter_values(1..=100)),
            Meaning::Identifier
        );
        let spread: Vec<f64> = (1..=100).map(|i| f64::from(i * i * 7)).collect();
        assert_eq!(number("visits", &spread), Meaning::Count);
        assert_eq!(number("income", &spread), Meaning::Money);
        assert_eq!(number("customer_id", &spread), Meaning::Identifier);
        assert_eq!(number("senior", &[0.0, 1.0, 1.0]), Meaning::Flag);
        assert_eq!(number("balance", &[-3.0, 1.0, 2.5]), Meaning::Amount);
        assert_eq!(number("click_rate", &[0.1, 0.4, 0.2]), Meaning::Percent);
        assert_eq!(number("exchange_rate", &[120.0, 131.0]), Meaning::Count);
        assert_eq!(number("lat", &[48.1, -3.5]), Meaning::Place);
        assert_eq!(number("same", &[4.0, 4.0]), Meaning::Constant);
    }

    #[test]
    fn words_are_found_in_names_of_any_style() {
        for name in ["price", "unit_price", "UnitPrice", "Unit Price", "price2"] {
            assert!(has_word(name, &MONEY), "{name}");
        }
        assert!(!has_word("prices_of", &["price"]) && !has_word("wholesale", &MONEY));
    }
}
