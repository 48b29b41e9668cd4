#![allow(clippy::unwrap_used)]
use super::*;
use std::sync::Arc;
use table::arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use table::arrow::compute::cast;
use table::arrow::datatypes::DataType;

fn numbers(n_rows: usize) -> (Rows, Vec<f64>) {
    let mut draw = stats::random::Draw::new(2, 0);
    let a: Vec<f64> = (0..n_rows).map(|_| draw.normal()).collect();
    let b: Vec<f64> = (0..n_rows).map(|_| draw.normal()).collect();
    let y = a.iter().zip(&b).map(|(a, b)| a + b * b).collect();
    let names = ["x0".to_owned(), "x1".to_owned()];
    (Rows::of_numbers(&names, n_rows, vec![a, b]), y)
}

fn lesson(rows: Rows, aim: Aim) -> Lesson {
    Lesson {
        rows,
        aim,
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

fn estimator(rounds: i64) -> Estimator {
    Estimator::new("boost", &[("rounds".to_owned(), Value::Whole(rounds))]).unwrap()
}

fn decided(bundle: &Bundle, margins: &[f64]) -> Vec<u32> {
    bundle.decisions(&bundle.probabilities(margins), &bundle.predictions(margins))
}

fn codes(y: &[f64]) -> Aim {
    Aim::Classes {
        names: vec!["no".to_owned(), "yes".to_owned()],
        codes: y.iter().map(|y| u32::from(0.5 < *y)).collect(),
    }
}

#[test]
fn a_bundle_scores_what_was_learnt_and_says_where_it_comes_from() {
    let (rows, y) = numbers(300);
    let features = rows.features.clone();
    let bundle = estimator(20)
        .fit(lesson(rows, codes(&y)), &Context::new(1))
        .unwrap();
    let margins = bundle
        .margins(&features, &bundle::ScoreOptions::default())
        .unwrap();
    let decisions = decided(&bundle, &margins);
    let n_right = decisions
        .iter()
        .zip(&y)
        .filter(|(code, y)| (**code == 1) == (0.5 < **y))
        .count();
    assert!(270 < n_right, "{n_right}");
    assert_eq!(n_trees(&bundle), 20);
    assert_eq!(bundle.lineage.n_rows, 300);
    assert!(
        bundle
            .lineage
            .parameters
            .contains(&("rounds".to_owned(), "20".to_owned()))
    );
    assert_eq!(bundle.baseline.columns.len(), 2);
    let again = Bundle::from_bytes(&bundle.to_bytes(), "again").unwrap();
    assert_eq!(again.hash(), bundle.hash());
}

#[test]
fn threads_do_not_change_a_byte() {
    let (rows, y) = numbers(300);
    let hash = |n_threads| {
        let context = Context {
            n_threads,
            ..Context::new(1)
        };
        estimator(10)
            .fit(lesson(rows.clone(), Aim::Numbers(y.clone())), &context)
            .unwrap()
            .hash()
    };
    assert_eq!(hash(1), hash(2));
}

#[test]
fn whole_weights_are_repeated_rows_and_zero_is_no_row() {
    let (rows, y) = numbers(200);
    let weights: Vec<f64> = (0..200).map(|row| f64::from(row % 4)).collect();
    let repeated: Vec<usize> = (0..200).flat_map(|row| vec![row; row % 4]).collect();
    let weighted = Lesson {
        weights: Some(weights),
        ..lesson(rows.clone(), Aim::Numbers(y.clone()))
    };
    let copies = lesson(
        rows.take(&repeated).unwrap(),
        Aim::Numbers(repeated.iter().map(|row| y[*row]).collect()),
    );
    let margins = |lesson| {
        let estimator = Estimator::new("boost", &[]).unwrap();
        let bundle = estimator.fit(lesson, &Context::new(1)).unwrap();
        bundle
            .margins(&rows.features, &bundle::ScoreOptions::default())
            .unwrap()
    };
    assert_eq!(margins(weighted), margins(copies));
}

#[test]
fn small_weights_are_scaled() {
    let (rows, y) = numbers(100);
    let fit = |weight: f64| {
        let lesson = Lesson {
            weights: Some((0..100).map(|row| weight * f64::from(1 + row % 2)).collect()),
            ..lesson(rows.clone(), Aim::Numbers(y.clone()))
        };
        estimator(5).fit(lesson, &Context::new(1))
    };
    assert!(fit(1e-6).is_ok());
    assert_eq!(fit(1e-6).unwrap().hash(), fit(1e-5).unwrap().hash());
}

#[test]
fn what_cannot_be_learnt_is_refused() {
    let (rows, y) = numbers(50);
    let refused = |lesson| {
        estimator(5)
            .fit(lesson, &Context::new(1))
            .unwrap_err()
            .to_string()
    };
    let one = Aim::Classes {
        names: vec!["a".to_owned(), "b".to_owned()],
        codes: vec![1; 50],
    };
    assert!(refused(lesson(rows.clone(), one)).contains("only one class, b"));
    let without = Lesson {
        weights: Some(vec![0.0; 50]),
        ..lesson(rows.clone(), Aim::Numbers(y.clone()))
    };
    assert!(refused(without).contains("no rows with a positive weight"));
    let short = Lesson {
        weights: Some(vec![1.0; 3]),
        ..lesson(rows, Aim::Numbers(y))
    };
    assert!(refused(short).contains("`weights` has 3 entries"));
    assert!(Estimator::new("boost", &[("rouns".to_owned(), Value::Whole(3))]).is_err());
}

#[test]
fn held_out_rows_are_not_learnt_from_whatever_they_weigh() {
    let (rows, y) = numbers(200);
    let spoilt: Vec<f64> = y
        .iter()
        .enumerate()
        .map(|(row, y)| if row < 150 { *y } else { 1e6 })
        .collect();
    let fit = |y: Vec<f64>| {
        let lesson = Lesson {
            n_held_out: 50,
            weights: Some((0..200).map(|row| f64::from(row % 2)).collect()),
            ..lesson(rows.clone(), Aim::Numbers(y))
        };
        let patient = ("patience".to_owned(), Value::Whole(20_000));
        let estimator = Estimator::new("boost", &[("rounds".to_owned(), Value::Whole(1)), patient]).unwrap();
        estimator.fit(lesson, &Context::new(1)).unwrap()
    };
    assert_eq!(fit(y).model.grid(), fit(spoilt.clone()).model.grid());
    assert_eq!(fit(spoilt).lineage.n_rows, 75);
}

fn batch() -> RecordBatch {
    let n = 60;
    let texts: StringArray = (0..n)
        .map(|row| (row % 7 != 0).then_some(if row % 2 == 0 { "a" } else { "b" }))
        .collect();
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Int64));
    let grades: ArrayRef = Arc::new((0..n).map(|row| Some(row % 3)).collect::<Int64Array>());
    let grades = cast(&grades, &dictionary).unwrap();
    let numbers: Float64Array = (0..n).map(|row| (row % 5 != 0).then_some(row as f64)).collect();
    let constant: ArrayRef = Arc::new(Float64Array::from(vec![7.0; n as usize]));
    RecordBatch::try_from_iter([
        ("text", Arc::new(texts) as ArrayRef),
        ("grade", grades),
        ("number", Arc::new(numbers)),
        ("constant", constant),
    ])
    .unwrap()
}

#[test]
fn text_and_dictionaries_are_categories_and_all_columns_stay() {
    let rows = Rows::of_batch(&batch(), &Categories::ByType, None).unwrap();
    let kinds: Vec<&str> = rows
        .recipe
        .inputs
        .iter()
        .map(|input| input.kind.as_str())
        .collect();
    assert_eq!(kinds, ["text", "text", "number", "number"]);
    // Missing numbers are not equal to themselves.
    let again = features_of_batch(&batch(), &rows.recipe).unwrap();
    assert_eq!(format!("{again:?}"), format!("{:?}", rows.features));
    let named = Categories::Named(vec!["constant".to_owned()]);
    let rows = Rows::of_batch(&batch(), &named, None).unwrap();
    let kinds: Vec<&str> = rows
        .recipe
        .inputs
        .iter()
        .map(|input| input.kind.as_str())
        .collect();
    assert_eq!(kinds, ["text", "integer", "number", "text"]);
    let unknown = Categories::Named(vec!["constnt".to_owned()]);
    let error = Rows::of_batch(&batch(), &unknown, None).unwrap_err().to_string();
    assert!(
        error.contains("`constnt`") && error.contains("`constant`"),
        "{error}"
    );
}

#[test]
fn infinity_is_refused() {
    let infinite: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::INFINITY]));
    let batch = RecordBatch::try_from_iter([("a", infinite)]).unwrap();
    let error = Rows::of_batch(&batch, &Categories::ByType, None)
        .unwrap_err()
        .to_string();
    assert!(error.contains("`a`: found inf"), "{error}");
}

#[test]
fn forests_do_not_ask_where_a_row_stands() {
    let (rows, y) = numbers(120);
    let weights: Vec<f64> = (0..120).map(|row| f64::from(row % 3)).collect();
    let repeated: Vec<usize> = (0..120).rev().flat_map(|row| vec![row; row % 3]).collect();
    for trainer in DRAWING {
        let aim = |y: Vec<f64>| {
            if *trainer == "isolation" {
                Aim::Anomalies
            } else {
                Aim::Numbers(y)
            }
        };
        let weighted = Lesson {
            weights: Some(weights.clone()),
            ..lesson(rows.clone(), aim(y.clone()))
        };
        let copies = lesson(
            rows.take(&repeated).unwrap(),
            aim(repeated.iter().map(|row| y[*row]).collect()),
        );
        let few = ("trees".to_owned(), Value::Whole(10));
        let margins = |lesson| {
            let estimator = Estimator::new(trainer, std::slice::from_ref(&few)).unwrap();
            let bundle = estimator.fit(lesson, &Context::new(1)).unwrap();
            bundle
                .margins(&rows.features, &bundle::ScoreOptions::default())
                .unwrap()
        };
        assert_eq!(margins(weighted), margins(copies), "{trainer}");
    }
}

#[test]
fn a_share_of_anomalies_is_found_and_held_out_rows_need_rounds() {
    let (rows, _) = numbers(200);
    let features = rows.features.clone();
    let shared = Lesson {
        contamination: Some(0.05),
        ..lesson(rows.clone(), Aim::Anomalies)
    };
    let isolation = Estimator::new("isolation", &[]).unwrap();
    let bundle = isolation.fit(shared, &Context::new(1)).unwrap();
    let margins = bundle
        .margins(&features, &bundle::ScoreOptions::default())
        .unwrap();
    assert_eq!(decided(&bundle, &margins).iter().sum::<u32>(), 10);
    let held_out = Lesson {
        n_held_out: 20,
        ..lesson(rows, Aim::Anomalies)
    };
    let error = isolation.fit(held_out, &Context::new(1)).unwrap_err().to_string();
    assert!(error.contains("no rounds"), "{error}");
}

#[test]
fn intervals_hold_what_they_promise_on_rows_that_come_later() {
    let noisy = |n_rows: usize, seed: u64| {
        let (rows, y) = numbers(n_rows);
        let mut draw = stats::random::Draw::new(seed, 9);
        let y: Vec<f64> = y.iter().map(|y| y + draw.normal()).collect();
        (rows, y)
    };
    let (rows, y) = noisy(1200, 3);
    let (seen, fresh): (Vec<usize>, Vec<usize>) = ((0..700).collect(), (700..1200).collect());
    let aim = |at: &[usize]| Aim::Numbers(at.iter().map(|row| y[*row]).collect());
    let quantile = [
        ("loss".to_owned(), Value::Text("quantile".to_owned())),
        (
            "quantiles".to_owned(),
            Value::List(vec![Value::Number(0.1), Value::Number(0.9)]),
        ),
        ("rounds".to_owned(), Value::Whole(40)),
    ];
    let estimators = [
        estimator(40),
        Estimator::new("boost", &quantile).unwrap(),
        Estimator::new("forest", &[("trees".to_owned(), Value::Whole(20))]).unwrap(),
    ];
    for estimator in &estimators {
        let fit = |n_threads| {
            let asked = Lesson {
                intervals: Some(0.9),
                ..lesson(rows.take(&seen).unwrap(), aim(&seen))
            };
            let context = Context {
                n_threads,
                ..Context::new(1)
            };
            estimator.fit(asked, &context).unwrap()
        };
        let bundle = fit(1);
        assert_eq!(bundle.hash(), fit(2).hash());
        assert_eq!(bundle.to_bytes()[8], 4, "the version that knows intervals");
        let margins = bundle
            .margins(&rows.features.take(&fresh), &bundle::ScoreOptions::default())
            .unwrap();
        let intervals = bundle.intervals_of(&margins, None).unwrap().unwrap();
        let n_held = intervals
            .iter()
            .zip(&fresh)
            .filter(|([low, high], row)| (low..=high).contains(&&y[**row]))
            .count();
        // Four standard deviations of the share and of the quantile together.
        let held = n_held as f64 / 500.0;
        assert!(
            (held - 0.9).abs() < 4.0 * (0.09_f64 / 500.0 + 0.09 / 700.0).sqrt(),
            "{held}"
        );
        let check = bundle.evaluation.intervals.as_ref().unwrap();
        assert!(check.coverage.low < 0.9 && 0.9 < check.coverage.high, "{check:?}");
        assert_eq!(check.n_rows, 700);
    }
}

#[test]
fn intervals_stand_beside_held_out_rows_and_change_no_prediction() {
    let (rows, y) = numbers(300);
    let fit = |intervals| {
        let lesson = Lesson {
            n_held_out: 50,
            intervals,
            ..lesson(rows.clone(), Aim::Numbers(y.clone()))
        };
        estimator(30).fit(lesson, &Context::new(1)).unwrap()
    };
    let (plain, with) = (fit(None), fit(Some(0.8)));
    assert_eq!(plain.golden().margins, with.golden().margins);
    assert_eq!((plain.to_bytes()[8], plain.intervals.is_none()), (1, true));
    assert_eq!(with.evaluation.intervals.as_ref().unwrap().n_rows, 250);
    let few = Lesson {
        intervals: Some(0.99),
        ..lesson(
            rows.take(&(0..60).collect::<Vec<_>>()).unwrap(),
            Aim::Numbers(y[..60].to_vec()),
        )
    };
    let error = estimator(5).fit(few, &Context::new(1)).unwrap_err().to_string();
    assert!(
        error.contains("need 99 rows") && error.contains("found 48"),
        "{error}"
    );
    let classes = Lesson {
        intervals: Some(0.9),
        ..lesson(rows, codes(&y))
    };
    assert!(estimator(5).fit(classes, &Context::new(1)).is_err());
}

/// A batch cut into others of so many rows.
struct Cut(RecordBatch, usize);

impl Passes for Cut {
    fn pass(
        &self,
        take: &mut dyn FnMut(&RecordBatch) -> Result<(), crate::ProjectError>,
    ) -> Result<(), crate::ProjectError> {
        (0..self.0.num_rows())
            .step_by(self.1)
            .try_for_each(|first| take(&self.0.slice(first, self.1.min(self.0.num_rows() - first))))
    }
}

/// Two numbers, one with gaps, a text, a weight, and a target as a number and as a text.
fn streamed_batch(n_rows: usize) -> RecordBatch {
    let mut draw = stats::random::Draw::new(4, 0);
    let a: Vec<f64> = (0..n_rows).map(|_| draw.normal()).collect();
    let b: Vec<Option<f64>> = (0..n_rows)
        .map(|row| (row % 7 != 0).then(|| draw.normal()))
        .collect();
    let c: Vec<String> = (0..n_rows).map(|_| format!("c{}", draw.below(30))).collect();
    let w: Vec<f64> = (0..n_rows).map(|row| f64::from(1 + row as u32 % 3)).collect();
    let y: Vec<f64> = (0..n_rows)
        .map(|row| a[row] + b[row].unwrap_or(1.0) + (c[row].len() as f64))
        .collect();
    let z: Vec<&str> = y.iter().map(|y| if *y < 3.0 { "low" } else { "high" }).collect();
    RecordBatch::try_from_iter([
        ("a", Arc::new(Float64Array::from(a)) as ArrayRef),
        ("b", Arc::new(Float64Array::from(b))),
        ("c", Arc::new(StringArray::from(c))),
        ("w", Arc::new(Float64Array::from(w))),
        ("y", Arc::new(Float64Array::from(y))),
        ("z", Arc::new(StringArray::from(z))),
    ])
    .unwrap()
}

fn without(batch: &RecordBatch, names: &[&str]) -> RecordBatch {
    let schema = batch.schema();
    let kept =
        (0..batch.num_columns()).filter(|&place| !names.contains(&schema.field(place).name().as_str()));
    batch.project(&kept.collect::<Vec<_>>()).unwrap()
}

fn stream<'a>(passes: &'a dyn Passes, target: &str, weight: Option<&str>) -> Stream<'a> {
    Stream {
        passes,
        target: target.to_owned(),
        weight: weight.map(str::to_owned),
        told: Told::ByType,
        categories: Categories::ByType,
        name: "model".to_owned(),
        before: None,
    }
}

#[test]
fn rows_that_come_batch_after_batch_make_the_bundle_of_the_whole() {
    let batch = streamed_batch(1100);
    let column = |name: &str| batch.column_by_name(name).unwrap().clone();
    let number = |name: &str| {
        use table::arrow::array::AsArray;
        use table::arrow::datatypes::Float64Type;
        column(name).as_primitive::<Float64Type>().values().to_vec()
    };
    let (y, w) = (number("y"), number("w"));
    let classes = Aim::Classes {
        names: vec!["high".to_owned(), "low".to_owned()],
        codes: y.iter().map(|y| u32::from(*y < 3.0)).collect(),
    };
    for (told, other, aim) in [("y", "z", Aim::Numbers(y.clone())), ("z", "y", classes)] {
        let held = without(&batch, &[told, other, "w"]);
        let rows = Rows::of_batch(&held, &Categories::ByType, Some(&w)).unwrap();
        let lesson = Lesson {
            weights: Some(w.clone()),
            target: told.to_owned(),
            ..lesson(rows, aim)
        };
        let whole = estimator(12).fit(lesson, &Context::new(1)).unwrap();
        for (n_rows, n_threads) in [(1100, 1), (1, 2), (333, 3)] {
            let cut = Cut(without(&batch, &[other]), n_rows);
            let context = Context {
                n_threads,
                ..Context::new(1)
            };
            let found = estimator(12)
                .fit_stream(&stream(&cut, told, Some("w")), &context)
                .unwrap();
            assert_eq!(found.hash(), whole.hash(), "{told} in batches of {n_rows}");
        }
    }
}

#[test]
fn what_is_wrong_with_rows_that_come_in_batches_is_said() {
    let batch = streamed_batch(40);
    let said = |batch: RecordBatch, target: &str, weight: Option<&str>| {
        let cut = Cut(batch, 16);
        let fitted = estimator(2).fit_stream(&stream(&cut, target, weight), &Context::new(1));
        fitted.unwrap_err().to_string()
    };
    let found = said(batch.clone(), "q", None);
    assert!(found.contains("`q`"), "{found}");
    let found = said(batch.clone(), "b", None);
    assert!(found.contains("nothing in row 0"), "{found}");
    let found = said(batch.clone(), "y", Some("c"));
    assert!(found.contains("`c`") && found.contains("numbers"), "{found}");
    let found = said(batch.slice(0, 0), "y", None);
    assert!(found.contains("row"), "{found}");
    let found = said(batch.clone(), "y", Some("y"));
    assert!(found.contains("which is the target"), "{found}");
    let linear = Estimator::new("linear", &[]).unwrap();
    let cut = Cut(without(&batch, &["z"]), 16);
    let found = linear
        .fit_stream(&stream(&cut, "y", None), &Context::new(1))
        .unwrap_err()
        .to_string();
    assert!(found.contains("needs the whole"), "{found}");
}

/// Rows in another order each time.
struct Turning(RecordBatch, std::sync::atomic::AtomicUsize);

impl Passes for Turning {
    fn pass(
        &self,
        take: &mut dyn FnMut(&RecordBatch) -> Result<(), crate::ProjectError>,
    ) -> Result<(), crate::ProjectError> {
        let at = 1 + self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        take(&self.0.slice(at, self.0.num_rows() - at))?;
        take(&self.0.slice(0, at))
    }
}

#[test]
fn rows_that_are_others_the_next_time_are_refused() {
    let turning = Turning(without(&streamed_batch(60), &["z"]), Default::default());
    let fitted = estimator(2).fit_stream(&stream(&turning, "y", None), &Context::new(1));
    let found = fitted.unwrap_err().to_string();
    assert!(found.contains("other rows"), "{found}");
}

/// Batches of columns whose kinds differ from batch to batch.
struct Batches(Vec<RecordBatch>);

impl Passes for Batches {
    fn pass(
        &self,
        take: &mut dyn FnMut(&RecordBatch) -> Result<(), crate::ProjectError>,
    ) -> Result<(), crate::ProjectError> {
        self.0.iter().try_for_each(take)
    }
}

#[test]
fn whole_numbers_and_numbers_are_one_kind_and_missing_is_any() {
    let whole = Arc::new(Int64Array::from_iter_values(0..40)) as ArrayRef;
    let number = Arc::new(Float64Array::from_iter_values((0..40).map(f64::from))) as ArrayRef;
    let nothing = table::arrow::array::new_null_array(&DataType::Utf8, 40);
    let batch = |a: &ArrayRef, b: &ArrayRef| {
        let columns = [
            ("a", a.clone()),
            ("b", b.clone()),
            ("__index_level_0__", whole.clone()),
            ("y", number.clone()),
        ];
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, cells)| (name, cells, true))).unwrap()
    };
    let batches = [
        batch(&whole, &nothing),
        batch(&number, &whole),
        batch(&whole, &number),
    ];
    let bundle = estimator(3)
        .fit_stream(&stream(&Batches(batches.to_vec()), "y", None), &Context::new(1))
        .unwrap();
    let inputs: Vec<_> = bundle
        .recipe
        .inputs
        .iter()
        .map(|input| (&*input.name, &*input.kind))
        .collect();
    assert_eq!(inputs, [("a", "number"), ("b", "number")]);
    let text = Arc::new(StringArray::from_iter_values(
        (0..40).map(|row| format!("t{row}")),
    )) as ArrayRef;
    let batches = Batches(vec![batch(&whole, &whole), batch(&whole, &text)]);
    let found = estimator(3)
        .fit_stream(&stream(&batches, "y", None), &Context::new(1))
        .unwrap_err()
        .to_string();
    assert!(
        found.contains("`b`") && found.contains("as in the rows before"),
        "{found}"
    );
}
