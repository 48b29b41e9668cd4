//! Which inputs of which model are masked; a model without an input that is to be masked is not logged at all.
//!
//! A column that goes by another name in a later version would be logged in clear otherwise, and so would all of a model
//! whose column was misspelt.

use crate::ServeError;
use crate::models::{Loaded, Models};
use bundle::log::Recording;
use table::{nearest, quoted_list};

/// Columns to mask: `column` of every model, `model:column` of one.
#[derive(Clone, Debug)]
pub(super) struct Masking {
    columns: Vec<String>,
    /// Its key is that of every model's mask.
    recording: Recording,
}

impl Masking {
    pub(super) fn new(columns: Vec<String>, recording: Recording) -> Masking {
        Masking { columns, recording }
    }

    /// The masked columns of a model.
    fn of<'m>(&'m self, model: &'m str) -> impl Iterator<Item = &'m str> {
        let own = move |column: &'m String| match column.split_once(':') {
            Some((name, column)) => (name == model || name.is_empty()).then_some(column),
            None => Some(column.as_str()),
        };
        self.columns.iter().filter_map(own)
    }

    /// The first input to be masked that the model has not got: its rows must not be logged.
    pub(super) fn missing<'m>(&'m self, model: &'m Loaded) -> Option<&'m str> {
        self.of(&model.name)
            .find(|column| !model.input_positions.contains_key(*column))
    }

    /// The share of requests that is logged.
    pub(super) fn share(&self) -> f64 {
        self.recording.share
    }

    /// What is logged of a model.
    pub(super) fn recording(&self, model: &Loaded) -> Recording {
        let columns = self.of(&model.name).map(str::to_owned);
        Recording {
            share: self.recording.share,
            mask: self.recording.mask.over(columns),
        }
    }

    /// Refuses columns that a loaded model has not got, and models that are not listed.
    pub(super) fn check(&self, models: &Models) -> Result<(), ServeError> {
        let slots = models.slots();
        let loaded = slots.iter().filter_map(|slot| slot.loaded.as_deref());
        for model in loaded {
            if let Some(column) = self.missing(model) {
                let names = model.inputs.iter().map(|(name, _)| name.as_str());
                return Err(refusal(
                    format!("input `{column}` of model `{}`", model.name),
                    column,
                    names,
                ));
            }
        }
        let named = self.columns.iter().filter_map(|column| column.split_once(':'));
        for (name, _) in named.filter(|(name, _)| !name.is_empty()) {
            // one that comes later under its right name would be logged in clear
            if slots.iter().all(|slot| slot.model.name != name) {
                let names = slots.iter().map(|slot| slot.model.name.as_str());
                return Err(refusal(format!("model `{name}`"), name, names));
            }
        }
        Ok(())
    }
}

fn refusal<'n>(wanted: String, name: &str, known: impl Iterator<Item = &'n str> + Clone) -> ServeError {
    let hint = nearest(name, known.clone());
    ServeError::Mask {
        wanted,
        known: quoted_list(known, 12),
        hint: hint.map_or_else(String::new, |name| format!("; did you mean `{name}`?")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(columns: &[&str], model: &str) -> Vec<String> {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        let masking = Masking::new(columns, Recording::default());
        masking.of(model).map(str::to_owned).collect()
    }

    #[test]
    fn columns_are_those_of_all_models_or_of_one() {
        let columns = ["email", "churn:phone", ":a:b"];
        assert_eq!(of(&columns, "churn"), ["email", "phone", "a:b"]);
        assert_eq!(of(&columns, "value"), ["email", "a:b"]);
    }
}
