//! What the rows learnt from are told by the trees that did not learn from them.

use super::{Estimator, Lesson};
use crate::ProjectError;
use bundle::Bundle;
use learn::forest::OutOfBag;
use learn::{Context, LearnError};

impl Estimator {
    /// Learns as [`Estimator::fit`] does, and tells each row of the lesson, in its place, by the trees that did not learn
    /// from it: `NaN` where there are none, and where the row has no weight.
    ///
    /// # Errors
    /// [`LearnError::OutOfBag`] if the trainer leaves no row out, [`LearnError::NoRounds`] if rows are held out; as
    /// [`Estimator::fit`].
    pub fn fit_out_of_bag(
        &self,
        lesson: Lesson,
        context: &Context<'_>,
    ) -> Result<(Bundle, OutOfBag), ProjectError> {
        let n_rows = lesson.rows.features.n_rows;
        let (bundle, places, found) =
            self.learn(lesson, context, &|trainer, data, n_held_out, context| {
                if 0 < n_held_out {
                    return Err(LearnError::NoRounds {
                        trainer: trainer.name(),
                    });
                }
                let (model, found) = trainer.fit_out_of_bag(data, context)?;
                Ok((model, Some(found)))
            })?;
        let found = found.expect("what was just asked for");
        Ok((bundle, at_places(&found, &places, n_rows)))
    }
}

/// What was found of rows that stood at `places` of a table of `n_rows`.
fn at_places(found: &OutOfBag, places: &[usize], n_rows: usize) -> OutOfBag {
    let n_outputs = found.n_outputs;
    let mut margins = vec![f64::NAN; n_rows * n_outputs];
    let mut n_trees = vec![0; n_rows];
    for (row, &place) in places.iter().enumerate() {
        let own = &found.margins[row * n_outputs..][..n_outputs];
        margins[place * n_outputs..][..n_outputs].copy_from_slice(own);
        n_trees[place] = found.n_trees[row];
    }
    OutOfBag {
        margins,
        n_trees,
        ..*found
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::{Aim, Rows};
    use super::*;
    use learn::Value;
    use stats::random::Draw;

    fn lesson(n_rows: usize) -> Lesson {
        let mut draw = Draw::new(8, 0);
        let columns: Vec<Vec<f64>> = (0..3)
            .map(|_| (0..n_rows).map(|_| draw.normal()).collect())
            .collect();
        let y = columns[0]
            .iter()
            .zip(&columns[1])
            .map(|(a, b)| a + b * b)
            .collect();
        let names = ["a", "b", "c"].map(str::to_owned);
        Lesson {
            rows: Rows::of_numbers(&names, n_rows, columns),
            aim: Aim::Numbers(y),
            weights: None,
            n_held_out: 0,
            contamination: None,
            intervals: None,
            interval_groups: None,
            before: None,
            name: "model".to_owned(),
            target: "y".to_owned(),
        }
    }

    fn told(trainer: &str, settings: &[(&str, Value)], lesson: Lesson) -> Result<OutOfBag, ProjectError> {
        let trees = ("trees".to_owned(), Value::Whole(60));
        let others = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()));
        let settings: Vec<(String, Value)> = std::iter::once(trees).chain(others).collect();
        let estimator = Estimator::new(trainer, &settings).unwrap();
        Ok(estimator.fit_out_of_bag(lesson, &Context::new(3))?.1)
    }

    #[test]
    fn rows_are_told_in_their_places_wherever_they_stand() {
        let whole = lesson(200);
        let found = told("forest", &[], whole.clone()).unwrap();
        let Aim::Numbers(y) = &whole.aim else {
            panic!("numbers")
        };
        let error = |margins: &[f64]| -> f64 { margins.iter().zip(y).map(|(a, b)| (a - b).powi(2)).sum() };
        let mean = stats::sum::mean(y);
        assert!(error(&found.margins) < 0.5 * error(&vec![mean; 200]));
        let backwards: Vec<usize> = (0..200).rev().collect();
        let mut turned = told("forest", &[], whole.take(&backwards).unwrap()).unwrap();
        turned.margins.reverse();
        assert_eq!(turned.margins, found.margins);
    }

    #[test]
    fn rows_without_weight_are_told_nothing_and_others_as_if_they_were_not_there() {
        let whole = lesson(120);
        let kept: Vec<usize> = (0..120).filter(|row| row % 3 != 1).collect();
        let weighted = Lesson {
            weights: Some((0..120).map(|row| f64::from(u8::from(row % 3 != 1))).collect()),
            ..whole.clone()
        };
        let found = told("forest", &[], weighted).unwrap();
        let alone = told("forest", &[], whole.take(&kept).unwrap()).unwrap();
        let of_kept: Vec<f64> = kept.iter().map(|row| found.margins[*row]).collect();
        assert_eq!(of_kept, alone.margins);
        assert!(found.margins[1].is_nan() && found.n_trees[1] == 0);
    }

    #[test]
    fn trees_that_learn_from_every_row_are_refused() {
        let no = ("bootstrap", Value::Text("no".to_owned()));
        for (trainer, settings) in [
            ("forest", vec![no.clone()]),
            ("extra_trees", vec![]),
            ("isolation", vec![]),
        ] {
            let settings: Vec<_> = settings;
            let error = told(trainer, &settings, lesson(50)).unwrap_err().to_string();
            assert!(error.contains("out of bag"), "{trainer}: {error}");
        }
        let half = ("row_sample", Value::Number(0.5));
        assert!(told("extra_trees", &[half], lesson(50)).is_ok());
        assert!(told("forest", &[no, ("row_sample", Value::Number(0.5))], lesson(50)).is_ok());
        let held_out = Lesson {
            n_held_out: 10,
            ..lesson(50)
        };
        assert!(told("forest", &[], held_out).is_err());
    }
}
