#![allow(clippy::unwrap_used)]
use bundle::Link;
use stats::random::Draw;

use super::*;

const N: usize = 4000;

/// A known mean with errors of size 1 in group `calm` and 3 in `wild`, a quarter of the rows.
struct Case {
    truths: Vec<f64>,
    sizes: Vec<f64>,
    groups: Vec<Option<String>>,
}

fn case(n: usize, seed: u64) -> Case {
    let mut draw = Draw::new(seed, 0);
    let is_wild: Vec<bool> = (0..n).map(|_| draw.below(4) == 0).collect();
    let sizes: Vec<f64> = is_wild.iter().map(|wild| if *wild { 3.0 } else { 1.0 }).collect();
    Case {
        truths: sizes.iter().map(|size| size * draw.normal()).collect(),
        groups: is_wild
            .iter()
            .map(|wild| Some(if *wild { "wild" } else { "calm" }.to_owned()))
            .collect(),
        sizes,
    }
}

fn out_of_fold(margins: Vec<f64>, levels: &[f64]) -> OutOfFold {
    let n_outputs = levels.len().max(1);
    let n_rows = margins.len() / n_outputs;
    OutOfFold {
        n_outputs,
        link: Link::Identity,
        levels: levels.to_vec(),
        margins,
        fold_of_row: (0..n_rows).map(|row| Some(row % 5)).collect(),
    }
}

fn wish(level: f64) -> Wish<'static> {
    Wish {
        level,
        by: None,
        goes_forward: false,
    }
}

/// The share of fresh rows held, by group: calm, wild.
fn held(intervals: &Intervals, fresh: &Case, told: impl Fn(usize) -> Vec<f64>) -> [f64; 2] {
    ["calm", "wild"].map(|group| {
        let members = (0..fresh.truths.len()).filter(|row| fresh.groups[*row].as_deref() == Some(group));
        let inside = members.map(|row| {
            let own = intervals.by.as_ref().and_then(|by| by.quantile(group));
            let [low, high] = intervals
                .method
                .interval(&told(row), own.unwrap_or(intervals.quantile));
            f64::from(u8::from((low..=high).contains(&fresh.truths[row])))
        });
        stats::sum::mean(&inside.collect::<Vec<f64>>())
    })
}

/// Four standard deviations of a share of `n` rows, and of the quantile fitted on as many.
fn near(found: f64, level: f64, n: usize) -> bool {
    (found - level).abs() < 4.0 * (2.0 * level * (1.0 - level) / n as f64).sqrt()
}

#[test]
fn one_quantile_is_right_for_all_and_wrong_for_each_group_and_groups_are_right() {
    let (seen, fresh) = (case(N, 1), case(20_000, 2));
    let told = out_of_fold(vec![0.0; N], &[]);
    let target = Target::Number(seen.truths.clone());
    let (plain, check) = fit(&told, &target, None, &wish(0.9)).unwrap();
    assert!(check.coverage.low < 0.9 && 0.9 < check.coverage.high, "{check:?}");
    assert!(near(check.coverage.value, 0.9, N));
    let [calm, wild] = held(&plain, &fresh, |_| vec![0.0]);
    assert!(near(0.75 * calm + 0.25 * wild, 0.9, N), "{calm} {wild}");
    assert!(0.95 < calm && wild < 0.75, "{calm} {wild}");

    let by = Grouping {
        column: "g",
        of_row: &seen.groups,
    };
    let (grouped, check) = fit(
        &told,
        &target,
        None,
        &Wish {
            by: Some(by),
            ..wish(0.9)
        },
    )
    .unwrap();
    let [calm, wild] = held(&grouped, &fresh, |_| vec![0.0]);
    assert!(
        near(calm, 0.9, 3 * N / 4) && near(wild, 0.9, N / 4),
        "{calm} {wild}"
    );
    assert_eq!(grouped.quantile, plain.quantile);
    let told: Vec<(&str, u64)> = check
        .groups
        .iter()
        .map(|g| (g.value.as_str(), g.n_rows))
        .collect();
    assert_eq!((told[0].0, told[1].0), ("calm", "wild"));
    assert_eq!(told[0].1 + told[1].1, N as u64);
    for group in &check.groups {
        assert!(group.coverage.low < 0.9 && 0.9 < group.coverage.high, "{group:?}");
    }
    assert!(check.groups[0].width < check.groups[1].width);
}

#[test]
fn widths_are_those_of_intervals_held_where_truths_can_lie() {
    let mut draw = Draw::new(3, 0);
    // Counts of a mean below a half: their intervals would reach below zero.
    let truths: Vec<f64> = (0..N).map(|_| f64::from(u8::from(draw.below(3) == 0))).collect();
    let told = OutOfFold {
        link: Link::Exp,
        ..out_of_fold(vec![-1.1; N], &[])
    };
    let (intervals, check) = fit(&told, &Target::Number(truths), None, &wish(0.9)).unwrap();
    let mean = Link::Exp.answer(-1.1);
    assert!(mean < intervals.quantile);
    let width = mean + intervals.quantile;
    assert!((check.width.value - width).abs() < 0.01 * width, "{check:?}");
}

#[test]
fn quantiles_that_are_too_narrow_are_widened_and_beat_one_width() {
    let (seen, fresh) = (case(N, 3), case(20_000, 4));
    let target = Target::Number(seen.truths.clone());
    // Right in shape, but far too narrow; and crossing, as levels learnt apart may.
    let ends = |case: &Case, row: usize| vec![0.8 * case.sizes[row], -0.8 * case.sizes[row]];
    let margins = (0..N).flat_map(|row| ends(&seen, row)).collect();
    let (cqr, check) = fit(&out_of_fold(margins, &[0.05, 0.95]), &target, None, &wish(0.9)).unwrap();
    assert_eq!(cqr.method, IntervalMethod::Cqr);
    assert!(0.0 < cqr.quantile);
    let rising = |row: usize| ends(&fresh, row).into_iter().rev().collect::<Vec<f64>>();
    let [calm, wild] = held(&cqr, &fresh, rising);
    assert!(near(0.75 * calm + 0.25 * wild, 0.9, N), "{calm} {wild}");
    let (_, one_width) = fit(&out_of_fold(vec![0.0; N], &[]), &target, None, &wish(0.9)).unwrap();
    assert!(
        check.width.value < one_width.width.value,
        "{check:?} {one_width:?}"
    );
    assert!(near(check.coverage.value, 0.9, N));
}

#[test]
fn a_promise_that_is_not_kept_is_seen() {
    // The world moves: what holds in earlier folds does not in later ones.
    let truths: Vec<f64> = (0..N)
        .map(|row| (1.0 + (row * 5 / N) as f64) * Draw::new(6, row as u64).normal())
        .collect();
    let mut told = out_of_fold(vec![0.0; N], &[]);
    told.fold_of_row = (0..N).map(|row| Some(row * 5 / N)).collect();
    let target = Target::Number(truths);
    let forward = Wish {
        goes_forward: true,
        ..wish(0.9)
    };
    let (_, check) = fit(&told, &target, None, &forward).unwrap();
    assert!(check.coverage.high < 0.85, "{check:?}");
    assert_eq!(
        check.n_rows,
        (N - N / 5) as u64,
        "nothing comes before the first fold"
    );
}

#[test]
fn rows_that_no_fold_tests_do_not_count() {
    let seen = case(N, 7);
    let target = Target::Number(seen.truths.clone());
    let all = fit(&out_of_fold(vec![0.0; N], &[]), &target, None, &wish(0.8)).unwrap();
    let mut truths = seen.truths.clone();
    truths.splice(0..0, vec![1e9; 100]);
    let mut told = out_of_fold(vec![0.0; N], &[]);
    told.margins.splice(0..0, vec![f64::NAN; 100]);
    told.fold_of_row.splice(0..0, vec![None; 100]);
    assert_eq!(
        fit(&told, &Target::Number(truths), None, &wish(0.8)).unwrap(),
        all
    );
}

#[test]
fn whole_weights_are_repeated_rows_and_zero_is_no_row() {
    let seen = case(300, 8);
    let weights: Vec<f64> = (0..300).map(|row| f64::from(row % 4)).collect();
    let repeated: Vec<usize> = (0..300).flat_map(|row| vec![row; row % 4]).collect();
    let at = |rows: &[usize]| {
        let mut told = out_of_fold(vec![0.0; rows.len()], &[]);
        told.fold_of_row = rows.iter().map(|row| Some(row % 5)).collect();
        let groups: Vec<Option<String>> = rows.iter().map(|row| seen.groups[*row].clone()).collect();
        let truths = rows.iter().map(|row| seen.truths[*row]).collect();
        (told, Target::Number(truths), groups)
    };
    let once: Vec<usize> = (0..300).collect();
    let fit_at = |rows: &[usize], weights: Option<&[f64]>| {
        let (told, target, groups) = at(rows);
        let by = Grouping {
            column: "g",
            of_row: &groups,
        };
        let wish = Wish {
            by: Some(by),
            ..wish(0.8)
        };
        fit(&told, &target, weights, &wish).unwrap()
    };
    let (weighted, check) = fit_at(&once, Some(&weights));
    let (copies, of_copies) = fit_at(&repeated, None);
    assert_eq!(weighted, copies);
    assert!((check.coverage.value - of_copies.coverage.value).abs() < 1e-12);
    // Weighted rows are fewer than they count: the doubt is larger.
    assert!(check.coverage.low < of_copies.coverage.low);
}

#[test]
fn ties_are_held_together() {
    let truths: Vec<f64> = (0..200).map(|row| f64::from(row % 2)).collect();
    let told = out_of_fold(vec![0.0; 200], &[]);
    let (intervals, check) = fit(&told, &Target::Number(truths), None, &wish(0.4)).unwrap();
    assert_eq!(intervals.quantile, 0.0);
    assert_eq!(check.coverage.value, 0.5, "an end belongs to the interval");
    let constant = Target::Number(vec![0.0; 200]);
    let (intervals, check) = fit(&told, &constant, None, &wish(0.9)).unwrap();
    assert_eq!((intervals.quantile, check.width.value), (0.0, 0.0));
}

#[test]
fn small_groups_are_not_named_and_fall_back() {
    let mut seen = case(N, 9);
    for row in 0..9 {
        seen.groups[row] = Some("rare".to_owned());
    }
    for row in 9..30 {
        seen.groups[row] = None;
    }
    let by = Grouping {
        column: "g",
        of_row: &seen.groups,
    };
    let target = Target::Number(seen.truths.clone());
    let named_at = |level: f64| {
        let wish = Wish {
            by: Some(by),
            ..wish(level)
        };
        let told = out_of_fold(vec![0.0; N], &[]);
        let (intervals, _) = fit(&told, &target, None, &wish).unwrap();
        let groups = intervals.by.unwrap().groups;
        groups.into_iter().map(|group| group.value).collect::<Vec<_>>()
    };
    assert_eq!(
        named_at(0.5),
        ["calm", "wild"],
        "rare would do for the level, not for privacy"
    );
    assert_eq!(
        named_at(0.9995),
        ["calm"],
        "about a thousand rows are too few for the level"
    );
}

#[test]
fn too_few_rows_are_refused_with_how_many_are_needed() {
    let told = out_of_fold(vec![0.0; 40], &[]);
    let target = Target::Number((0..40).map(f64::from).collect());
    assert!(fit(&told, &target, None, &wish(0.95)).is_ok());
    let error = fit(&told, &target, None, &wish(0.99)).unwrap_err().to_string();
    assert!(error.contains("99") && error.contains("found 32"), "{error}");
    let weights = vec![4.0; 40];
    assert!(fit(&told, &target, Some(&weights), &wish(0.99)).is_ok());
    assert!(fit(&told, &target, None, &wish(1.0)).is_err());
    assert!(fit(&told, &Target::Binary(vec![true; 40]), None, &wish(0.9)).is_err());
    let median = out_of_fold(vec![0.0; 40], &[0.5]);
    let error = fit(&median, &target, None, &wish(0.9)).unwrap_err().to_string();
    assert!(error.contains("a single quantile"), "{error}");
}

/// Names of groups that have a quantile of their own, where each of `groups` rows long stands behind the other.
fn named(sizes: &[usize], weights: Option<&[f64]>) -> Result<Vec<String>, LearnError> {
    let of_row: Vec<Option<String>> = sizes
        .iter()
        .enumerate()
        .flat_map(|(group, size)| vec![Some(format!("{group:05}")); *size])
        .collect();
    let n = of_row.len();
    let truths = (0..n).map(|row| Draw::new(3, row as u64).normal()).collect();
    let by = Grouping {
        column: "g",
        of_row: &of_row,
    };
    let wish = Wish {
        by: Some(by),
        ..wish(0.5)
    };
    let told = out_of_fold(vec![0.0; n], &[]);
    let (intervals, _) = fit(&told, &Target::Number(truths), weights, &wish)?;
    let groups = intervals.by.unwrap().groups;
    Ok(groups.into_iter().map(|group| group.value).collect())
}

#[test]
fn groups_are_named_from_ten_rows_and_ten_in_weight() {
    assert_eq!(named(&[9, 10, 40], None).unwrap(), ["00001", "00002"]);
    let heavy: Vec<f64> = (0..59).map(|row| if row < 9 { 100.0 } else { 1.0 }).collect();
    assert_eq!(named(&[9, 10, 40], Some(&heavy)).unwrap(), ["00001", "00002"]);
    let light: Vec<f64> = (0..59).map(|row| if row < 19 { 0.9 } else { 1.0 }).collect();
    assert_eq!(named(&[9, 10, 40], Some(&light)).unwrap(), ["00002"]);
}

#[test]
fn more_groups_than_a_bundle_takes_are_refused() {
    assert_eq!(named(&[10; MAX_GROUPS], None).unwrap().len(), MAX_GROUPS);
    let error = named(&[10; MAX_GROUPS + 1], None).unwrap_err().to_string();
    assert!(error.contains("1001"), "{error}");
}

#[test]
fn the_more_groups_are_checked_the_less_sure_is_each() {
    let seen = case(1000, 11);
    let target = Target::Number(seen.truths.clone());
    let told = out_of_fold(vec![0.0; 1000], &[]);
    let doubt = |n_others: usize| {
        // The first half is one group, whatever the others are.
        let name = |row: usize| format!("{}", if row < 500 { 0 } else { 1 + row % n_others });
        let of_row: Vec<Option<String>> = (0..1000).map(|row| Some(name(row))).collect();
        let by = Grouping {
            column: "g",
            of_row: &of_row,
        };
        let wish = Wish {
            by: Some(by),
            ..wish(0.8)
        };
        let (_, check) = fit(&told, &target, None, &wish).unwrap();
        let coverage = &check.groups[0].coverage;
        coverage.high - coverage.low
    };
    assert!(doubt(1) < doubt(3) && doubt(3) < doubt(20));
}
