#![allow(clippy::unwrap_used)]
use super::*;
use bundle::{Baseline, Bundle, Calibration, Card, Constant, Draft, Evaluation, Lineage, Model, Task};
use prepare::contract::Contract;
use prepare::recipe::RecipeBuilder;
use stats::random::Draw;
use table::Table;
use table::read::{Format, Options, from_bytes};

const TOLERANCE: Tolerance = Tolerance {
    alpha: 0.01,
    floor: 0.1,
};

/// Rows of a number, a category and a number with gaps; `shift` moves the first.
fn rows(n: usize, seed: u64, shift: f64) -> Table {
    let mut draw = Draw::new(seed, 1);
    let mut text = "x,c,g\n".to_owned();
    for _ in 0..n {
        let gap = if draw.uniform() < 0.05 {
            String::new()
        } else {
            format!("{:.3}", draw.uniform())
        };
        let level = if draw.uniform() < 0.7 { "a" } else { "b" };
        text.push_str(&format!("{:.4},{level},{gap}\n", draw.normal() + shift));
    }
    from_bytes(text.as_bytes(), Format::Csv, "t", &Options::default())
        .unwrap()
        .table
}

fn bundle() -> Bundle {
    let table = rows(5000, 1, 0.0);
    let recipe = RecipeBuilder::default().fit(&table, None).unwrap().recipe;
    let model = Model::Constant(
        Constant::from_parts(bundle::model::ConstantParts {
            grid_exponent: 10,
            base: vec![0],
        })
        .unwrap(),
    );
    let task = Task::Binary {
        target: "y".into(),
        negative: "no".into(),
        positive: "yes".into(),
    };
    Bundle::build(Draft {
        name: "m".into(),
        link: task.link(),
        task,
        private: Vec::new(),
        contract: Contract::default(),
        model,
        calibration: Calibration::None,
        intervals: None,
        decision: None,
        evaluation: Evaluation::default(),
        baseline: Baseline::of(&table, &[]).unwrap(),
        lineage: Lineage::default(),
        card: Card::default(),
        recipe,
    })
    .unwrap()
}

fn watch(table: &Table) -> Watch {
    let bundle = bundle();
    compare(&bundle, &Window::of_table(&bundle, table).unwrap(), TOLERANCE).unwrap()
}

fn state(watch: &Watch, column: &str, kind: CheckKind) -> State {
    watch
        .checks
        .iter()
        .find(|check| check.column == column && check.kind == kind)
        .unwrap()
        .state
}

#[test]
fn windows_without_change_alarm_no_more_often_than_stated() {
    let bundle = bundle();
    let alarms = (0..300).filter(|seed| {
        let window = Window::of_table(&bundle, &rows(400, 100 + seed, 0.0)).unwrap();
        let tolerance = Tolerance {
            alpha: 0.05,
            floor: 0.0,
        };
        compare(&bundle, &window, tolerance).unwrap().verdict == State::Alarm
    });
    // 300 windows at 5 %: 15 expected at most; 27 is the 99.9 % point of that binomial.
    let n = alarms.count();
    assert!(n <= 27, "{n} alarms");
}

#[test]
fn a_shift_a_gap_and_a_new_level_are_each_found_where_they_are() {
    let shifted = watch(&rows(1000, 2, 0.5));
    assert_eq!(shifted.verdict, State::Alarm);
    assert_eq!(state(&shifted, "x", CheckKind::Drift), State::Alarm);
    assert_eq!(state(&shifted, "c", CheckKind::Drift), State::Calm);
    assert_eq!(shifted.checks[0].column, "x");

    let csv = |text: String| {
        from_bytes(text.as_bytes(), Format::Csv, "t", &Options::default())
            .unwrap()
            .table
    };
    let gaps = csv(format!(
        "x,c,g\n{}",
        (0..500)
            .map(|i| format!(
                "{},a,{}\n",
                (i % 7) as f64 / 3.0 - 1.0,
                if i % 2 == 0 { "" } else { "0.5" }
            ))
            .collect::<String>()
    ));
    assert_eq!(state(&watch(&gaps), "g", CheckKind::Missing), State::Alarm);
    let new_level = csv(format!(
        "x,c,g\n{}",
        (0..500)
            .map(|i| format!("0.1,{},0.5\n", if i % 5 == 0 { "new" } else { "a" }))
            .collect::<String>()
    ));
    assert_eq!(state(&watch(&new_level), "c", CheckKind::Range), State::Alarm);
}

#[test]
fn a_sure_but_small_difference_is_watched_not_alarmed() {
    let watch = watch(&rows(50_000, 3, 0.12));
    assert_eq!(state(&watch, "x", CheckKind::Drift), State::Watch);
}

#[test]
fn a_missing_or_mistyped_column_alarms_and_few_rows_are_refused() {
    let table = rows(100, 4, 0.0);
    let missing = watch(&table.select(&["x", "c"]).unwrap());
    assert_eq!(state(&missing, "g", CheckKind::Schema), State::Alarm);
    let mistyped = table.with_column("x", table.column("c").unwrap()).unwrap();
    assert_eq!(state(&watch(&mistyped), "x", CheckKind::Schema), State::Alarm);
    let bundle = bundle();
    let few = Window::of_table(&bundle, &table.slice(0, 29)).unwrap();
    assert!(
        compare(&bundle, &few, TOLERANCE)
            .unwrap_err()
            .to_string()
            .contains("29 rows")
    );
}

#[test]
fn refused_rows_alarm_even_if_nothing_else_is_left() {
    let bundle = bundle();
    let refused = |n_rows: u64, n_answered: usize| {
        let rows = rows(n_answered.max(1), 5, 0.0).slice(0, n_answered);
        let window = Window {
            rows,
            private: Vec::new(),
            margins: Vec::new(),
            share: 1.0,
            n_broken: 0,
            refused: Refused {
                n_rows,
                reasons: [("column `x` breaks max".to_owned(), n_rows)].into(),
                n_seen: n_rows + n_answered as u64,
            },
            from_micros: None,
            to_micros: None,
        };
        compare(&bundle, &window, TOLERANCE)
    };
    assert_eq!(refused(500, 0).unwrap().verdict, State::Alarm);
    let some = refused(60, 500).unwrap();
    assert_eq!(state(&some, "(rows)", CheckKind::Refused), State::Alarm);
    let few = refused(1, 500).unwrap();
    assert_ne!(state(&few, "(rows)", CheckKind::Refused), State::Alarm);
    assert_eq!(refused(0, 500).unwrap().verdict, State::Calm);
    assert!(refused(20, 5).is_err());
}
