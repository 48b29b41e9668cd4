//! The bundle that an estimator goes on from.

use super::{Aim, Categories, Estimator, Lesson, Rows};
use crate::ProjectError;
use crate::continuing::{Obstacle, check, check_columns, check_loss};
use bundle::{Bundle, Task};
use learn::{Target, Trainer};
use prepare::Features;
use prepare::recipe::Recipe;
use table::Kind;

/// How callers ask for it.
const ASKED: &str = "`init_model`";

/// What a caller may not ask for beside it, and why.
const INTERVALS: &str = "one of the two: rows that the first model learnt from look easier than they are, and intervals would be too narrow";
const BUDGET: &str = "one of the two: a search begins anew with each trial";

impl Rows {
    /// Rows as the bundle that a training goes on from sees them: its recipe is kept.
    pub fn as_before(before: &Bundle, features: Features) -> Rows {
        Rows {
            recipe: before.recipe.clone(),
            features,
        }
    }
}

/// Refuses a table of other columns than a bundle reads, in another order, or with other categories.
///
/// # Errors
/// [`ProjectError::Data`] naming the column and the nearest.
pub fn check_table(before: &Bundle, columns: &[String], categories: &Categories) -> Result<(), ProjectError> {
    check_columns(before, columns).map_err(refusal)?;
    let Categories::Named(named) = categories else {
        return Ok(());
    };
    let texts = texts(&before.recipe);
    match named.iter().find(|name| !texts.contains(name)) {
        None => Ok(()),
        Some(name) => Err(refusal(Obstacle {
            found: format!("a bundle to which `{name}` is no category"),
            expected: format!(
                "its categories, because its recipe is kept: {}",
                table::quoted_list(texts.iter().map(String::as_str), 20)
            ),
        })),
    }
}

/// The categories of a recipe.
pub(super) fn texts(recipe: &Recipe) -> Vec<String> {
    let is_text = |input: &&prepare::recipe::Input| input.kind() == Some(Kind::Text);
    let texts = recipe.inputs.iter().filter(is_text);
    texts.map(|input| input.name.clone()).collect()
}

impl Estimator {
    /// The trainer that adds to the trees of `before`, if it tells what is to be told now.
    pub(super) fn going_on(
        &self,
        before: &Bundle,
        aim: &Aim,
        target: &Target,
    ) -> Result<Box<dyn Trainer>, ProjectError> {
        check(before, &self.task(before, aim)).map_err(refusal)?;
        check_loss(before, self.trainer.link(target), &self.parameters, "loss=...").map_err(refusal)?;
        Ok(self.trainer.after(&before.model)?)
    }

    /// The task of `aim`; the names of columns are those of the bundle, because callers give arrays without any.
    fn task(&self, before: &Bundle, aim: &Aim) -> Task {
        match (
            aim.task(before.task.target(), self.trainer.levels()),
            &before.task,
        ) {
            (Task::Ranking { target, .. }, Task::Ranking { query, .. }) => Task::Ranking {
                target,
                query: query.clone(),
            },
            (task, _) => task,
        }
    }
}

impl Lesson {
    /// Refuses what cannot be had beside a bundle to go on from.
    pub(super) fn check_before(&self, is_searched: bool) -> Result<(), ProjectError> {
        let (beside, expected) = match (&self.before, is_searched, self.intervals.is_some()) {
            (None, ..) | (Some(_), false, false) => return Ok(()),
            (Some(_), true, _) => ("`budget` beside it", BUDGET),
            (Some(_), false, true) => ("`intervals` beside it", INTERVALS),
        };
        Err(ProjectError::data(ASKED, beside, expected))
    }
}

fn refusal(Obstacle { found, expected }: Obstacle) -> ProjectError {
    ProjectError::data(ASKED, found, expected)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::stream::{Passes, Stream, Told};
    use super::*;
    use bundle::{Model, TreeEnsemble};
    use learn::{Context, Value};
    use stats::random::Draw;
    use std::sync::Arc;
    use table::arrow::array::{ArrayRef, Float64Array, RecordBatch, StringArray};

    fn batch() -> RecordBatch {
        let mut draw = Draw::new(4, 0);
        let x: Vec<f64> = (0..600).map(|_| draw.normal()).collect();
        let g: Vec<u64> = (0..600).map(|_| draw.below(3)).collect();
        let y = x.iter().zip(&g).map(|(x, g)| x * x + *g as f64);
        let columns: [(&str, ArrayRef); 3] = [
            ("y", Arc::new(y.collect::<Float64Array>())),
            ("x", Arc::new(Float64Array::from(x.clone()))),
            (
                "g",
                Arc::new(g.iter().map(|g| Some(format!("g{g}"))).collect::<StringArray>()),
            ),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    struct Held(RecordBatch);

    impl Passes for Held {
        fn pass(
            &self,
            take: &mut dyn FnMut(&RecordBatch) -> Result<(), ProjectError>,
        ) -> Result<(), ProjectError> {
            (0..6).try_for_each(|part| take(&self.0.slice(part * 100, 100)))
        }
    }

    fn boost(rounds: i64) -> Estimator {
        Estimator::new("boost", &[("rounds".to_owned(), Value::Whole(rounds))]).unwrap()
    }

    fn lesson(before: Option<Arc<Bundle>>) -> Lesson {
        let (batch, features) = (batch(), batch().project(&[1, 2]).unwrap());
        let y = batch
            .column(0)
            .as_any()
            .downcast_ref::<Float64Array>()
            .unwrap()
            .values()
            .to_vec();
        let rows = match &before {
            None => Rows::of_batch(&features, &Categories::ByType, None).unwrap(),
            Some(before) => Rows::as_before(
                before,
                super::super::features_of_batch(&features, &before.recipe).unwrap(),
            ),
        };
        Lesson {
            rows,
            aim: Aim::Numbers(y),
            weights: None,
            n_held_out: 0,
            contamination: None,
            intervals: None,
            interval_groups: None,
            before,
            name: "model".to_owned(),
            target: "y".to_owned(),
        }
    }

    fn trees(bundle: &Bundle) -> &TreeEnsemble {
        match &bundle.model {
            Model::Trees(trees) => trees,
            _ => panic!("boosted trees"),
        }
    }

    #[test]
    fn the_trees_before_stay_and_the_stream_makes_the_same_bundle() {
        let first = Arc::new(boost(20).fit(lesson(None), &Context::new(1)).unwrap());
        let second = boost(30)
            .fit(lesson(Some(Arc::clone(&first))), &Context::new(1))
            .unwrap();
        let (old, new) = (trees(&first), trees(&second));
        assert_eq!((old.n_trees(), new.n_trees()), (20, 50));
        assert!(new.parts().feature.starts_with(&old.parts().feature));
        assert!(new.parts().threshold.starts_with(&old.parts().threshold));
        let values = old.parts().value.iter().zip(&new.parts().value);
        for (old_units, new_units) in values {
            let moved = (old.grid().value(*old_units) - new.grid().value(*new_units)).abs();
            assert!(moved <= new.grid().unit(), "a leaf moved by {moved}");
        }
        let continued = ("continue_from".to_owned(), first.hash().to_hex());
        assert!(second.lineage.parameters.contains(&continued));
        let stream = Stream {
            passes: &Held(batch()),
            target: "y".to_owned(),
            weight: None,
            told: Told::Numbers,
            categories: Categories::ByType,
            name: "model".to_owned(),
            before: Some(first),
        };
        let streamed = boost(30).fit_stream(&stream, &Context::new(1)).unwrap();
        assert_eq!(streamed.hash(), second.hash());
    }

    #[test]
    fn held_out_rows_choose_how_many_trees_are_added() {
        let first = Arc::new(boost(10).fit(lesson(None), &Context::new(1)).unwrap());
        let held_out = Lesson {
            n_held_out: 200,
            ..lesson(Some(first))
        };
        let patient = ("patience".to_owned(), Value::Whole(5));
        let estimator = Estimator::new("boost", &[patient]).unwrap();
        let n_trees = super::super::n_trees(&estimator.fit(held_out, &Context::new(1)).unwrap());
        assert!((11..1000).contains(&n_trees), "{n_trees}");
    }

    #[test]
    fn what_was_private_and_refused_before_stays_so() {
        let mut draft = (*boost(5).fit(lesson(None), &Context::new(1)).unwrap()).clone();
        draft.private = vec!["g".to_owned()];
        draft.contract.columns.push(prepare::contract::ColumnRule {
            column: "x".to_owned(),
            rule: prepare::contract::Rule::Max(100.0),
            action: prepare::contract::Action::Default,
            declared: true,
        });
        let first = Arc::new(Bundle::build(draft).unwrap());
        let second = boost(5).fit(lesson(Some(first)), &Context::new(1)).unwrap();
        assert_eq!(second.private, ["g"]);
        let declared: Vec<_> = second
            .contract
            .columns
            .iter()
            .filter(|rule| rule.declared)
            .collect();
        assert_eq!(declared.len(), 1);
        let of_g = second
            .evaluation
            .drivers
            .iter()
            .find(|driver| driver.feature == "g")
            .unwrap();
        assert!(of_g.effects.is_empty());
    }

    #[test]
    fn other_columns_are_refused_with_the_nearest() {
        let first = boost(5).fit(lesson(None), &Context::new(1)).unwrap();
        let refused = |columns: &[&str], categories: &Categories| {
            let columns: Vec<String> = columns.iter().map(|&name| name.to_owned()).collect();
            check_table(&first, &columns, categories).unwrap_err().to_string()
        };
        let by_type = Categories::ByType;
        assert!(
            refused(&["xx", "g"], &by_type)
                .contains("`xx`, which the bundle does not read; did you mean `x`?")
        );
        assert!(refused(&["g"], &by_type).contains("no column `x`"));
        assert!(refused(&["g", "x"], &by_type).contains("in its order: `x`, `g`"));
        let named = Categories::Named(vec!["x".to_owned()]);
        assert!(refused(&["x", "g"], &named).contains("`x` is no category"));
    }
}
