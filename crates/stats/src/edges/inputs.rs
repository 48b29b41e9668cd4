//! Every test on empty, tiny, constant, tied, missing, infinite, huge and minute input: refused, or a p-value in [0, 1] and
//! an effect within its interval. Never a silent NaN.

use crate::association::{kendall, pearson, spearman};
use crate::test::Alternative::{Greater, Less, TwoSided};
use crate::test::*;
use crate::{Draw, Estimate, StatsError};

fn inputs() -> Vec<(&'static str, Vec<f64>)> {
    let mut draw = Draw::new(5, 1);
    let mut normal = |n: usize, scale: f64| (0..n).map(|_| scale * draw.normal()).collect::<Vec<f64>>();
    let (few, many) = (normal(6, 1.0), normal(40, 1.0));
    vec![
        ("empty", vec![]),
        ("one", vec![1.5]),
        ("two", vec![1.0, 2.0]),
        ("two equal", vec![2.0, 2.0]),
        ("three", vec![1.0, 2.0, 4.0]),
        ("line", (0..12).map(f64::from).collect()),
        ("constant", vec![3.0; 12]),
        ("zeros", vec![0.0; 12]),
        ("all but one equal", [vec![3.0; 11], vec![4.0]].concat()),
        ("two values", [[1.0, 2.0]; 6].concat()),
        ("missing", vec![f64::NAN; 12]),
        ("half missing", [[f64::NAN, 1.0, 2.5, f64::NAN]; 4].concat()),
        ("infinite", [many.clone(), vec![f64::INFINITY]].concat()),
        ("minus infinite", [vec![f64::NEG_INFINITY], few.clone()].concat()),
        (
            "huge",
            normal(12, 1e308).into_iter().filter(|v| v.is_finite()).collect(),
        ),
        ("large", normal(12, 1e139)),
        ("minute", normal(12, 1e-308)),
        (
            "subnormal",
            vec![0.0, 5e-324, 1e-323, 0.0, 5e-324, 2e-323, 1e-322, 3e-323],
        ),
        ("far from 0", many.iter().map(|v| 1e9 + v).collect()),
        (
            "next to each other",
            vec![1.0, 1.0 + f64::EPSILON, 1.0, 1.0 + f64::EPSILON, 1.0],
        ),
        ("few", few),
        ("many", many),
    ]
}

fn estimate(complaint: &mut Vec<String>, name: &str, found: &Estimate) {
    let Estimate { value, low, high } = *found;
    if value.is_nan() || !(low <= value && value <= high) {
        complaint.push(format!("{name}: {low} <= {value} <= {high} is not so"));
    }
}

fn result(complaints: &mut Vec<String>, name: &str, found: Result<TestResult, StatsError>) {
    let Ok(found) = found else { return };
    if !(0.0..=1.0).contains(&found.p_value) || found.ln_p_value.is_nan() || found.ln_p_value > 0.0 {
        complaints.push(format!(
            "{name}: p is {}, its ln {}",
            found.p_value, found.ln_p_value
        ));
    }
    if found.statistic.is_nan() || found.df.iter().any(|df| df.is_nan()) {
        complaints.push(format!(
            "{name}: statistic {}, df {:?}",
            found.statistic, found.df
        ));
    }
    for effect in std::iter::once(&found.effect).chain(&found.more_effects) {
        estimate(complaints, &format!("{name}, {}", effect.name), &effect.estimate);
    }
}

fn pairwise(complaints: &mut Vec<String>, name: &str, found: Result<Pairwise, StatsError>) {
    for pair in found.iter().flat_map(|found| &found.pairs) {
        if !(0.0..=1.0).contains(&pair.p_value) || pair.statistic.is_nan() {
            complaints.push(format!(
                "{name}: p is {}, statistic {}",
                pair.p_value, pair.statistic
            ));
        }
        estimate(complaints, name, &pair.difference);
    }
}

/// Above 0.5, so that one-sided bounds do not pass the estimate.
const LEVELS: [f64; 2] = [0.95, 0.6];
const RANK_METHODS: [RankMethod; 4] = [
    RankMethod::Auto,
    RankMethod::Exact,
    RankMethod::Asymptotic { continuity: true },
    RankMethod::Asymptotic { continuity: false },
];

#[test]
fn one_sample() {
    let mut found = Vec::new();
    for (input, values) in inputs() {
        for level in LEVELS {
            let mut check = |name: &str, of| result(&mut found, &format!("{name} of {input} at {level}"), of);
            for side in [TwoSided, Less, Greater] {
                check("one_sample_t", one_sample_t(&values, 0.5, side, level));
                check("mann_kendall", mann_kendall(&values, side, level));
                for method in [KsMethod::Auto, KsMethod::Exact, KsMethod::Limit] {
                    let uniform = |v: f64| v.clamp(0.0, 1.0);
                    check(
                        "ks_one_sample",
                        ks_one_sample(&values, uniform, side, method, level),
                    );
                }
                for method in RANK_METHODS {
                    for zeros in [Zeros::Drop, Zeros::Pratt, Zeros::Split] {
                        check(
                            "wilcoxon",
                            wilcoxon_one_sample(&values, 1.0, side, zeros, method, level),
                        );
                    }
                }
            }
            check(
                "equivalence",
                equivalence_one_sample(&values, Margin { low: -1.0, high: 2.0 }, level),
            );
            check("shapiro_wilk", shapiro_wilk(&values, level));
            check("dagostino_k2", dagostino_k2(&values, level));
            check("jarque_bera", jarque_bera(&values, level));
            check("anderson_darling", anderson_darling(&values, level));
            check("lilliefors", lilliefors(&values, level));
            check("normality", normality(&values, level));
            check("ljung_box", ljung_box(&values, 1, 0, level));
            check("box_pierce", box_pierce(&values, 1, 0, level));
            let lags = UnitRootLags::Akaike { most: None };
            let found = adf(&values, Deterministic::Constant, lags, level);
            check("adf", found.map(|found| found.result));
            for trend in [false, true] {
                check(
                    "kpss",
                    kpss(&values, trend, VarianceLags::Automatic).map(|found| found.result),
                );
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn two_samples() {
    let mut found = Vec::new();
    for (first, a) in inputs() {
        for (second, b) in inputs() {
            let level = 0.95;
            let mut check =
                |name: &str, of| result(&mut found, &format!("{name} of {first} and {second}"), of);
            for side in [TwoSided, Less, Greater] {
                check("welch_t", welch_t(&a, &b, side, level));
                check("student_t", student_t(&a, &b, side, level));
                check("paired_t", paired_t(&a, &b, side, level));
                for method in [KsMethod::Auto, KsMethod::Exact, KsMethod::Limit] {
                    check("ks_two_sample", ks_two_sample(&a, &b, side, method, level));
                }
                for method in RANK_METHODS {
                    check("mann_whitney", mann_whitney(&a, &b, side, method, level));
                    check("kendall", kendall(&a, &b, side, method, level));
                    check(
                        "wilcoxon",
                        wilcoxon_signed_rank(&a, &b, side, Zeros::Pratt, method, level),
                    );
                }
            }
            let margin = Margin { low: -1.0, high: 1.0 };
            check("equivalence_welch", equivalence_welch(&a, &b, margin, level));
            check("equivalence_student", equivalence_student(&a, &b, margin, level));
            check("equivalence_paired", equivalence_paired(&a, &b, margin, level));
            check("pearson", pearson(&a, &b, level));
            check("spearman", spearman(&a, &b, level));
            check("breusch_pagan", breusch_pagan(&b, &[&a], true, level));
            check("white", white(&b, &[&a], level));
            check("breusch_godfrey", breusch_godfrey(&[&a], &b, 1, level));
            check("ramsey_reset", ramsey_reset(&[&a], &b, 2, level));
            if let Ok(fit) = linear_fit(&[&a], &b, true) {
                let p = fit.f_p_value;
                if !(0.0..=1.0).contains(&p) || fit.coefficients.iter().any(|c| !c.is_finite()) {
                    found.push(format!(
                        "linear_fit of {first} and {second}: p {p}, {:?}",
                        fit.coefficients
                    ));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn groups() {
    let mut found = Vec::new();
    for (first, a) in inputs() {
        for (second, b) in inputs().into_iter().step_by(5) {
            let (samples, level) = ([&a[..], &b[..], &[1.0, 2.0, 4.0]], 0.95);
            let name = |of: &str| format!("{of} of {first} and {second}");
            let mut check = |of: &str, result_of| result(&mut found, &name(of), result_of);
            check("anova", anova_of(&samples, level));
            check("welch_anova", welch_anova_of(&samples, level));
            check("kruskal", kruskal_of(&samples, level));
            check("bartlett", bartlett_of(&samples, level));
            check("fligner", fligner_killeen_of(&samples, level));
            for centre in [Centre::Mean, Centre::Median] {
                check("levene", levene_of(&samples, centre, level));
            }
            let values = samples.concat();
            let codes: Vec<u32> = (0..)
                .zip(&samples)
                .flat_map(|(code, s)| vec![code; s.len()])
                .collect();
            pairwise(&mut found, &name("tukey"), tukey_hsd(&values, &codes, 3, level));
            pairwise(
                &mut found,
                &name("games_howell"),
                games_howell(&values, &codes, 3, level),
            );
            pairwise(&mut found, &name("dunn"), dunn(&values, &codes, 3, level));
            let other: Vec<u32> = (0..values.len() as u32).map(|row| row % 2).collect();
            for sums in [
                SumsOfSquares::Sequential,
                SumsOfSquares::BeyondOther,
                SumsOfSquares::BeyondAll,
            ] {
                let table = two_way_anova(&values, (&codes, 3), (&other, 2), true, sums, level);
                for term in table.iter().flat_map(|t| [&t.first, &t.second]) {
                    result(&mut found, &name("two_way_anova"), Ok(term.test.clone()));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn tables_of_counts() {
    let mut found = Vec::new();
    let counts = [0, 1, 2, 7, 1000, 10_000_000, 1 << 53, u64::MAX / 8];
    for a in counts {
        for b in counts {
            for (c, d) in [
                (0, 0),
                (0, 3),
                (5, 0),
                (4, 9),
                (a, b),
                (b, a),
                (10_000_000, 9_999_000),
            ] {
                let table = [[a, b], [c, d]];
                let mut check = |name: &str, of| result(&mut found, &format!("{name} of {table:?}"), of);
                for side in [TwoSided, Less, Greater] {
                    check("fisher", fisher_exact_2x2(table, side, 0.95));
                    check("binomial_test", binomial_test(a, b, 0.3, side, 0.95));
                    check("two_proportions", two_proportions(a, b, c, d, side, 0.95));
                }
                check("chi_square", chi_square(&[a, b, c, d], 2, false, 0.95));
                check("g_test", g_test(&[a, b, c, d], 2, false, 0.95));
                check("goodness_of_fit", goodness_of_fit(&[a, b, c], None, 0, 0.95));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}
