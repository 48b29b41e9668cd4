//! One section's keys, taken out by name; what is not taken is unknown.

use super::keys::{KeyKind, keys_of};
use super::problem::{Located, Problem};
use std::cell::RefCell;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where problems are gathered while a file is read.
pub(super) type Gathered = RefCell<Vec<Problem>>;

/// The keys of one table of the file.
pub(super) struct Reader<'a> {
    /// What the table is called in messages: `[model.churn]`.
    pub(super) name: String,
    pub(super) span: Range<usize>,
    table: &'a DeTable<'a>,
    problems: &'a Gathered,
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        name: String,
        span: Range<usize>,
        table: &'a DeTable<'a>,
        problems: &'a Gathered,
    ) -> Reader<'a> {
        Reader {
            name,
            span,
            table,
            problems,
        }
    }

    /// The same under another name.
    pub(super) fn named(self, name: &str) -> Reader<'a> {
        Reader {
            name: name.to_owned(),
            ..self
        }
    }

    /// Complains about keys that `section` does not declare.
    pub(super) fn check_keys(&self, section: &str) {
        for (key, _) in self.table {
            let known = || keys_of(section).map(|spec| spec.key);
            if !known().any(|name| name == key.get_ref()) {
                let expected = format!("one of {}", table::quoted_list(known(), 20));
                let problem = Problem::new(
                    &self.name,
                    format!("unknown key `{}`", key.get_ref()),
                    expected,
                    key.span(),
                );
                self.add(problem.did_you_mean(key.get_ref(), known()));
            }
        }
    }

    pub(super) fn add(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    /// Complains about the value of `key`.
    pub(super) fn wrong(
        &self,
        key: &str,
        found: impl Into<String>,
        expected: impl Into<String>,
        span: Range<usize>,
    ) {
        self.add(Problem::new(
            format!("{}.{key}", self.name),
            found,
            expected,
            span,
        ));
    }

    fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    fn typed<T>(
        &self,
        key: &str,
        kind: KeyKind,
        read: impl Fn(&DeValue<'a>) -> Option<T>,
    ) -> Option<Located<T>> {
        let value = self.value(key)?;
        let read = read(value.get_ref());
        if read.is_none() {
            self.wrong(key, describe(value.get_ref()), kind.words(), value.span());
        }
        Some(Located {
            value: read?,
            span: value.span(),
        })
    }

    pub(super) fn text(&self, key: &str) -> Option<Located<String>> {
        self.typed(key, KeyKind::Text, |value| value.as_str().map(str::to_owned))
    }

    /// Some text, or nothing in it where a table stands.
    pub(super) fn text_or_table(&self, key: &str, kind: KeyKind) -> Option<Option<Located<String>>> {
        match self.value(key)?.get_ref() {
            DeValue::Table(_) => Some(None),
            _ => self
                .typed(key, kind, |value| value.as_str().map(str::to_owned))
                .map(Some),
        }
    }

    /// Some number, or nothing in it where a table stands.
    pub(super) fn number_or_table(&self, key: &str) -> Option<Option<Located<f64>>> {
        match self.value(key)?.get_ref() {
            DeValue::Table(_) => Some(None),
            _ => self
                .typed(key, KeyKind::NumberOrTable, |value| number(value))
                .map(Some),
        }
    }

    /// A text that must be there.
    pub(super) fn required(&self, key: &str) -> Option<Located<String>> {
        if self.value(key).is_none() {
            self.add(Problem::new(
                &self.name,
                format!("no `{key}`"),
                format!("`{key} = \"...\"`"),
                self.span.clone(),
            ));
        }
        self.text(key)
    }

    pub(super) fn whole(&self, key: &str) -> Option<Located<u64>> {
        self.typed(key, KeyKind::Whole, |value| {
            let integer = value.as_integer()?;
            u64::from_str_radix(&integer.as_str().replace('_', ""), integer.radix()).ok()
        })
    }

    pub(super) fn number(&self, key: &str) -> Option<Located<f64>> {
        self.typed(key, KeyKind::Number, |value| number(value))
    }

    pub(super) fn truth(&self, key: &str) -> Option<Located<bool>> {
        self.typed(key, KeyKind::Truth, DeValue::as_bool)
    }

    pub(super) fn texts(&self, key: &str) -> Option<Vec<Located<String>>> {
        let located = self.typed(key, KeyKind::Texts, |value| {
            let items = value.as_array()?.iter();
            items
                .map(|item| {
                    Some(Located {
                        value: item.get_ref().as_str()?.to_owned(),
                        span: item.span(),
                    })
                })
                .collect()
        });
        located.map(|located| located.value)
    }

    /// A table inside this one.
    pub(super) fn table(&self, key: &str) -> Option<Reader<'a>> {
        let value = self.value(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Reader::new(
                format!("{}.{key}", self.name),
                value.span(),
                table,
                self.problems,
            )),
            other => {
                self.wrong(key, describe(other), KeyKind::Table.words(), value.span());
                None
            }
        }
    }

    /// The keys in the order of the file.
    pub(super) fn entries(&self) -> Vec<(Located<String>, &'a Spanned<DeValue<'a>>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| {
                (
                    Located {
                        value: key.get_ref().to_string(),
                        span: key.span(),
                    },
                    value,
                )
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.span.start);
        entries
    }

    /// The keys of this table with texts as values, in the order of the file.
    pub(super) fn text_entries(&self) -> Vec<(Located<String>, Located<String>)> {
        let entries = self.entries().into_iter();
        entries
            .filter_map(|(key, _)| Some((key.clone(), self.text(&key.value)?)))
            .collect()
    }
}

pub(super) fn number(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str().replace('_', "").parse().ok(),
        DeValue::Float(float) => float
            .as_str()
            .replace('_', "")
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite()),
        _ => None,
    }
}

/// A value as an error shows it.
pub(super) fn describe(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("the text {text:?}"),
        DeValue::Integer(integer) => format!("the number {}", integer.as_str()),
        DeValue::Float(float) => format!("the number {}", float.as_str()),
        DeValue::Boolean(value) => format!("{value}"),
        DeValue::Datetime(value) => format!("the time {value}"),
        DeValue::Array(list) => format!("a list of {}", list.len()),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
