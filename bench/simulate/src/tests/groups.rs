//! Means of several groups, and the test that is chosen for groups.

use stats::compare_groups;
use stats::random::Draw;
use stats::test::{SumsOfSquares, anova_of, two_way_anova, welch_anova_of};

use crate::data::{exponentials, groups, heavy, in_groups, normals};
use crate::study::Limit::{Close, Exact, Off, Rough};
use crate::study::{Study, p};

const LEVEL: f64 = 0.95;

pub(super) fn studies() -> Vec<Study> {
    [one_way(), two_ways(), chosen()].into_iter().flatten().collect()
}

fn one_way() -> Vec<Study> {
    let split = |values: &[f64], sizes: &[usize]| -> Vec<Vec<f64>> {
        let mut rest = values;
        let take = |size: &usize| {
            let (group, after) = rest.split_at(*size);
            rest = after;
            group.to_vec()
        };
        sizes.iter().map(take).collect()
    };
    let study = move |what: &str, scenario: &str, limit, is_welch: bool, sizes: [usize; 3], sds: [f64; 3]| {
        Study::level(what, scenario, limit, move |draw| {
            let samples = split(&in_groups(draw, &sizes, &sds), &sizes);
            let samples: Vec<&[f64]> = samples.iter().map(Vec::as_slice).collect();
            p(if is_welch {
                welch_anova_of(&samples, LEVEL)
            } else {
                anova_of(&samples, LEVEL)
            })
        })
    };
    let (equal, unequal) = ([1.0; 3], [1.0, 2.0, 3.0]);
    vec![
        study("ANOVA", "normal, 3 groups of 5", Exact, false, [5; 3], equal),
        study(
            "ANOVA",
            "normal, groups of 10, 20, 40",
            Exact,
            false,
            [10, 20, 40],
            equal,
        ),
        study(
            "ANOVA",
            "normal, groups of 40, 20, 10, sd 1, 2, 3",
            Off(0.10, 0.25),
            false,
            [40, 20, 10],
            unequal,
        )
        .at_5_percent()
        .note("unequal spreads: Welch's ANOVA is right"),
        study(
            "ANOVA, Welch",
            "normal, 3 groups of 10",
            Close,
            true,
            [10; 3],
            equal,
        ),
        study(
            "ANOVA, Welch",
            "normal, groups of 40, 20, 10, sd 1, 2, 3",
            Close,
            true,
            [40, 20, 10],
            unequal,
        ),
        study(
            "ANOVA, Welch",
            "normal, 3 groups of 5, sd 1, 2, 3",
            Rough,
            true,
            [5; 3],
            unequal,
        ),
    ]
}

/// The other factor has an effect, which must not show in the one that has none.
fn two_ways() -> Vec<Study> {
    let study = |scenario: &str, per_cell: [usize; 6], sums, interaction: bool| {
        Study::level("ANOVA, two-way", scenario, Exact, move |draw| {
            let (mut values, mut first, mut second) = (Vec::new(), Vec::new(), Vec::new());
            for (cell, n) in per_cell.into_iter().enumerate() {
                for _ in 0..n {
                    first.push((cell / 3) as u32);
                    second.push((cell % 3) as u32);
                    values.push((cell / 3) as f64 + draw.normal());
                }
            }
            let table = two_way_anova(&values, (&first, 2), (&second, 3), true, sums, LEVEL);
            table.map_or(f64::NAN, |table| match table.interaction {
                Some(term) if interaction => term.test.p_value,
                _ => table.second.test.p_value,
            })
        })
    };
    let uneven = [3, 6, 4, 5, 3, 8];
    vec![
        study("2 x 3 cells of 4", [4; 6], SumsOfSquares::BeyondOther, false),
        study(
            "2 x 3 cells of 3 to 8, type II",
            uneven,
            SumsOfSquares::BeyondOther,
            false,
        ),
        study(
            "2 x 3 cells of 3 to 8, type III",
            uneven,
            SumsOfSquares::BeyondAll,
            false,
        ),
        study(
            "2 x 3 cells of 3 to 8, interaction",
            uneven,
            SumsOfSquares::BeyondAll,
            true,
        ),
    ]
}

/// The test that `compare_groups` picks from the shape of the data: the level of the whole procedure.
fn chosen() -> Vec<Study> {
    let study = |scenario: &str, sizes: [usize; 3], values: fn(&mut Draw, usize) -> Vec<f64>| {
        Study::level("groups, test chosen by shape", scenario, Rough, move |draw| {
            let values: Vec<f64> = sizes.into_iter().flat_map(|n| values(draw, n)).collect();
            let choice = compare_groups(&values, &groups(&sizes), 3, LEVEL);
            choice.map_or(f64::NAN, |choice| choice.result.p_value)
        })
        .at_5_percent()
    };
    vec![
        study("normal, 3 groups of 20", [20; 3], |draw, n| normals(draw, n, 0.0, 1.0)),
        study("exponential, groups of 30, 100, 100", [30, 100, 100], exponentials),
        study("heavy tails, groups of 20, 40, 60", [20, 40, 60], heavy),
        Study::level("groups, test chosen by shape", "normal, n = 15 and 60, sd 3 and 1", Off(0.05, 0.10), |draw| {
            let values = in_groups(draw, &[15, 60], &[3.0, 1.0]);
            let choice = compare_groups(&values, &groups(&[15, 60]), 2, LEVEL);
            choice.map_or(f64::NAN, |choice| choice.result.p_value)
        })
        .at_5_percent()
        .note("the small group looks skewed at times, and ranks take spreads for alike: Welch's t by name is right"),
    ]
}
