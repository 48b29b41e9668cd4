//! Bundles hold what was learnt.

use bundle::intervals::IntervalMethod;
use bundle::{
    Baseline as Seen, Bundle, Calibration, Card, Draft, Evaluation, IntervalGroup, IntervalGroups, Intervals,
    Lineage, Link, ScoreOptions, Task,
};
use prepare::contract::Contract;
use prepare::recipe::RecipeBuilder;

use super::*;

/// A table of text as a service would get it.
fn text_table() -> table::Table {
    let level = |row: usize| ["red", "blue", "green", ""][row * row % 7 % 4];
    let row = |row: usize| format!("{},{},{}\n", row % 83, (row * 37 % 101) as f64 / 7.0, level(row));
    let text = "a,b,c\n".to_owned() + &(0..500).map(row).collect::<String>();
    let options = table::read::Options::default();
    table::read::from_bytes(text.as_bytes(), table::read::Format::Csv, "t", &options)
        .unwrap()
        .table
}

fn task_of(case: &Case) -> Task {
    let target = "y".to_owned();
    match &case.target {
        Target::Binary(_) => Task::Binary {
            target,
            negative: "no".into(),
            positive: "yes".into(),
        },
        Target::Classes { .. } => Task::Classes {
            target,
            classes: vec!["a".into(), "b".into(), "c".into()],
        },
        Target::Number(_) => match case.trainer.levels() {
            [] => Task::Regression { target },
            levels => Task::Quantiles {
                target,
                levels: levels.to_vec(),
            },
        },
        Target::Ranks { .. } => Task::Ranking {
            target,
            query: "q".into(),
        },
        Target::Nothing(_) => Task::Anomaly,
    }
}

#[test]
fn a_bundle_is_the_model_bit_for_bit_and_answers_as_its_link_says() {
    let table = text_table();
    let recipe = RecipeBuilder::default().fit(&table, None).unwrap().recipe;
    let features = recipe.apply(&table).unwrap();
    let mut draw = Draw::new(6, 0);
    let values: Vec<f64> = (0..500)
        .map(|row| (row % 83) as f64 / 20.0 - 2.0 + draw.normal())
        .collect();
    for case in all(&values, |params| params) {
        let model = fit(&case, &features, &case.target, None, 1);
        let task = task_of(&case);
        let link = case.trainer.link(&case.target);
        let draft = Draft {
            name: "m".into(),
            task,
            private: vec![],
            recipe: recipe.clone(),
            contract: Contract::default(),
            model: model.clone(),
            link,
            calibration: Calibration::None,
            intervals: intervals_of(&task_of(&case)),
            decision: None,
            evaluation: Evaluation::default(),
            baseline: Seen::of(&table, &[]).unwrap(),
            lineage: Lineage::default(),
            card: Card::default(),
        };
        let built = Bundle::build(draft).unwrap();
        let read = Bundle::from_bytes(&built.to_bytes(), case.name).unwrap();
        assert!(parts(&read.model) == parts(&model), "{}", case.name);
        assert_eq!(read.hash(), built.hash());
        let scores = read.score(&table, &ScoreOptions::default()).unwrap();
        assert!(
            scores.margins == model.all_margins(&features).unwrap(),
            "{}",
            case.name
        );
        check_answers(&case, link, &scores);
        check_intervals(read.intervals.as_ref(), link, &table, &scores);
    }
}

/// Intervals with a reach of their own for one level of the category, where the task has any.
fn intervals_of(task: &Task) -> Option<Intervals> {
    let red = IntervalGroup {
        value: "red".into(),
        quantile: 1.0 / 3.0,
    };
    let by = IntervalGroups {
        column: "c".into(),
        groups: vec![red],
    };
    Some(Intervals {
        level: 0.9,
        method: IntervalMethod::of(task)?,
        quantile: 0.7,
        by: Some(by),
    })
}

fn check_intervals(intervals: Option<&Intervals>, link: Link, table: &table::Table, scores: &bundle::Scores) {
    let (Some(intervals), Some(found)) = (intervals, &scores.intervals) else {
        assert!(intervals.is_none() && scores.intervals.is_none());
        return;
    };
    let groups = bundle::intervals::group_texts(table, "c").unwrap();
    let n_told = scores.predictions.len() / table.n_rows();
    for (row, told) in scores.predictions.chunks(n_told).enumerate() {
        let is_red = groups[row].as_deref() == Some("red");
        let reach = if is_red { 1.0 / 3.0 } else { 0.7 };
        let [least, most] = link.range();
        let expected = intervals
            .method
            .interval(told, reach)
            .map(|end| end.clamp(least, most));
        assert_eq!(found[row], expected);
    }
}

fn check_answers(case: &Case, link: Link, scores: &bundle::Scores) {
    let near = |found: f64, expected: f64| (found - expected).abs() <= 1e-12 * expected.abs().max(1.0);
    match (&case.target, case.name) {
        (Target::Classes { .. }, _) => {
            let sums = scores.probabilities.chunks(3).map(|row| row.iter().sum::<f64>());
            assert!(sums.into_iter().all(|sum| near(sum, 1.0)), "{}", case.name);
        }
        (_, "quantile") => assert!(scores.predictions.chunks(3).all(|row| row.is_sorted())),
        (_, "poisson" | "gamma" | "tweedie") => {
            assert_eq!(link, Link::Exp);
            assert!(scores.predictions.iter().all(|mean| 0.0 < *mean));
        }
        (_, "cross_entropy" | "isolation") => {
            assert!(
                scores
                    .predictions
                    .iter()
                    .all(|share| 0.0 < *share && *share < 1.0)
            );
        }
        (Target::Binary(_), _) => assert!(scores.probabilities.iter().all(|p| (0.0..=1.0).contains(p))),
        _ => assert!(scores.predictions == scores.margins, "{}", case.name),
    }
}
