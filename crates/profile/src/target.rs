//! The target in the form that questions need.

use crate::ProfileError;
use crate::cells::{Cells, Codes};
use std::collections::BTreeMap;
use table::{Kind, Table};

/// Different whole numbers up to which a target counts as classes when it has no more than that.
const FEW_CLASSES: usize = 2;

/// What is to be explained, `(n_rows,)`; rows without a value are `None` or NaN.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// Two classes: whether it is the positive one.
    Flag(Vec<Option<bool>>),
    /// More classes.
    Classes { codes: Codes, missing: Vec<bool> },
    /// Numbers.
    Numbers(Vec<f64>),
}

impl Target {
    /// The target `name` of `table`. With two classes and no `positive`, the one that sounds like yes, else the greater.
    pub(crate) fn of(table: &Table, name: &str, positive: Option<&str>) -> Result<Target, ProfileError> {
        let cells = Cells::of(&table.column(name)?);
        let counts = count(&cells);
        if counts.is_empty() {
            return Err(ProfileError::EmptyTarget {
                column: name.to_owned(),
                n_rows: table.n_rows(),
            });
        }
        let is_number = table.kind(name).is_some_and(Kind::is_numeric) || matches!(cells, Cells::Numbers(_));
        match (positive, cells) {
            (Some(positive), cells) => flag(name, &cells, &counts, positive),
            (None, cells) if counts.len() == FEW_CLASSES => {
                let positive = sounds_like_yes(&counts);
                flag(name, &cells, &counts, &positive)
            }
            (None, Cells::Numbers(numbers)) if is_number => Ok(Target::Numbers(numbers)),
            (None, cells) => Ok(Target::Classes {
                codes: cells.codes(),
                missing: cells.missing(),
            }),
        }
    }

    /// Which rows have no value.
    pub(crate) fn missing(&self) -> Vec<bool> {
        match self {
            Target::Flag(flags) => flags.iter().map(Option::is_none).collect(),
            Target::Classes { missing, .. } => missing.clone(),
            Target::Numbers(numbers) => numbers.iter().map(|x| x.is_nan()).collect(),
        }
    }
}

fn count(cells: &Cells) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for text in (0..cells.len()).filter_map(|row| cells.text(row)) {
        *counts.entry(text).or_default() += 1;
    }
    counts
}

fn flag(
    name: &str,
    cells: &Cells,
    counts: &BTreeMap<String, usize>,
    positive: &str,
) -> Result<Target, ProfileError> {
    // A class may be written `1` where the column holds 1.0.
    let as_number = positive.parse::<f64>().ok().map(|x| x.to_string());
    let is_it = |text: &str| text == positive || as_number.as_deref() == Some(text);
    if !counts.keys().any(|class| is_it(class)) {
        return Err(ProfileError::NoSuchClass {
            column: name.to_owned(),
            positive: positive.to_owned(),
            found: table::quoted_list(counts.keys().map(String::as_str), 12),
        });
    }
    Ok(Target::Flag(
        (0..cells.len())
            .map(|row| cells.text(row).map(|text| is_it(&text)))
            .collect(),
    ))
}

fn sounds_like_yes(counts: &BTreeMap<String, usize>) -> String {
    let yes = |class: &&String| {
        matches!(
            class.to_ascii_lowercase().as_str(),
            "yes" | "y" | "true" | "t" | "churned" | "left" | "positive"
        )
    };
    let greatest = counts
        .keys()
        .max_by(|a, b| match (a.parse::<f64>(), b.parse::<f64>()) {
            (Ok(a), Ok(b)) => a.total_cmp(&b),
            _ => a.cmp(b),
        });
    counts.keys().find(yes).or(greatest).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::sync::Arc;
    use table::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray};

    fn target(array: ArrayRef, positive: Option<&str>) -> Result<Target, ProfileError> {
        Target::of(&Table::new(vec![("y".to_owned(), array)]).unwrap(), "y", positive)
    }

    #[test]
    fn two_classes_are_a_flag() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("No"), Some("Yes"), None]));
        let Target::Flag(flags) = target(texts, None).unwrap() else {
            panic!("expected a flag")
        };
        assert_eq!(flags, [Some(false), Some(true), None]);
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 2]));
        let Target::Flag(flags) = target(numbers, None).unwrap() else {
            panic!("expected a flag")
        };
        assert_eq!(flags, [Some(false), Some(true), Some(true)]);
    }

    #[test]
    fn a_class_is_found_however_its_number_is_written() {
        let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0, 3.0]));
        let Target::Flag(flags) = target(numbers, Some("2.0")).unwrap() else {
            panic!("expected a flag")
        };
        assert_eq!(flags, [Some(false), Some(true), Some(false)]);
    }

    #[test]
    fn a_class_that_never_occurs_is_refused() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["No", "Yes"]));
        let message = target(texts, Some("yes")).unwrap_err().to_string();
        assert_eq!(message, "target `y` never is `yes`: found `No`, `Yes`");
    }

    #[test]
    fn an_empty_target_is_refused() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![None::<&str>, None]));
        assert!(matches!(
            target(texts, None),
            Err(ProfileError::EmptyTarget { n_rows: 2, .. })
        ));
    }
}
