//! Sizes that a caller claims are checked before memory is taken for them: each of these once aborted the process.

use crate::StatsError;
use crate::interval::{BootstrapMethod, Resampling, Summary, Units, bootstrap, bootstrap_percentile};
use crate::metric::{Binning, ClassTable, gain_curve, multiclass_f1, reliability};
use crate::test::*;
use crate::{calibration, digits, experiment, linalg, metric};

const HUGE: [usize; 3] = [100_001, 1_000_000_000, usize::MAX];
const VALUES: [f64; 8] = [1.0, 4.0, 2.0, 8.0, 5.0, 7.0, 3.0, 9.0];
const CODES: [u32; 8] = [0, 1, 0, 1, 0, 1, 0, 1];

fn refused<T>(what: &str, found: Result<T, StatsError>) {
    assert!(found.is_err(), "{what} is not refused");
}

#[test]
fn codes_are_not_believed_before_they_occur() {
    for n in HUGE {
        for (interaction, sums) in [
            (false, SumsOfSquares::Sequential),
            (true, SumsOfSquares::BeyondAll),
        ] {
            refused(
                "two_way_anova",
                two_way_anova(&VALUES, (&CODES, n), (&CODES, 2), interaction, sums, 0.95),
            );
            refused(
                "two_way_anova",
                two_way_anova(&VALUES, (&CODES, n), (&CODES, n), interaction, sums, 0.95),
            );
        }
        refused("anova", anova(&VALUES, &CODES, n, 0.95));
        refused("welch_anova", welch_anova(&VALUES, &CODES, n, 0.95));
        refused("anova_table", anova_table(&VALUES, &CODES, n));
        refused("tukey_hsd", tukey_hsd(&VALUES, &CODES, n, 0.95));
        refused("games_howell", games_howell(&VALUES, &CODES, n, 0.95));
        refused("dunn", dunn(&VALUES, &CODES, n, 0.95));
        refused("kruskal", kruskal(&VALUES, &CODES, n, 0.95));
        refused("bartlett", bartlett(&VALUES, &CODES, n, 0.95));
        refused("levene", levene(&VALUES, &CODES, n, Centre::Median, 0.95));
        refused("fligner", fligner_killeen(&VALUES, &CODES, n, 0.95));
        refused("friedman", friedman(&VALUES, n, 0.95));
        refused("friedman", friedman(&[], n, 0.95));
        refused("chi_square", chi_square_from_codes(&CODES, n, &CODES, n, 0.95));
        refused("ClassTable", ClassTable::new(&CODES, &CODES, n, None));
        refused(
            "assignment_mismatch",
            experiment::assignment_mismatch(&CODES, &CODES, n),
        );
        refused("multiclass_f1", multiclass_f1(&[0], &[0.5, 0.5], n, None, 0.95));
    }
    for n in &HUGE[1..] {
        refused(
            "group_quantiles",
            calibration::conformal::group_quantiles(&VALUES, &CODES, *n, 0.5),
        );
        refused("exposures", experiment::exposures(&CODES, *n, &CODES, 2));
        refused(
            "quantile_arm",
            experiment::quantile_arm_of_events(&VALUES, &CODES, *n, 0.5),
        );
    }
}

#[test]
fn degrees_lags_bins_and_resamples_are_bounded() {
    let targets = [1.0, 2.0, 4.0, 3.0, 6.0, 8.0, 7.0, 9.0];
    let long: Vec<f64> = (0..60_000).map(|t| f64::from(t * 7919 % 1013)).collect();
    for n in HUGE {
        refused("polynomial_fit", polynomial_fit(&VALUES, n, &targets));
        refused("breusch_godfrey", breusch_godfrey(&[&VALUES], &targets, n, 0.95));
        refused("ramsey_reset", ramsey_reset(&[&VALUES], &targets, n, 0.95));
        refused(
            "adf",
            adf(&VALUES, Deterministic::Constant, UnitRootLags::Fixed(n), 0.95),
        );
        refused("kpss", kpss(&VALUES, false, VarianceLags::Fixed(n)));
        refused("autocorrelation", autocorrelation(&VALUES, n));
        refused("ljung_box", ljung_box(&VALUES, n, 0, 0.95));
        refused("mase", metric::mase(&VALUES, &targets, &targets, n));
        refused("crps", metric::crps_samples(&[1.0], &VALUES, n));
        refused("normal_equations", linalg::normal_equations(&[], n, &[], None));
        assert!(digits::significant(1.5, n) == 1.5);
        assert!(experiment::equal_times(n).len() <= 10_000);
    }
    // 60,000 values with 20,000 lags would be 9.6 GB
    let many = UnitRootLags::Fixed(20_000);
    refused("adf", adf(&long, Deterministic::Constant, many, 0.95));
    refused("breusch_godfrey", breusch_godfrey(&[&long], &long, 20_000, 0.95));
    refused("polynomial_fit", polynomial_fit(&long, 20_000, &long));
    let labels = CODES.map(|code| code == 1);
    let shares = VALUES.map(|v| v / 10.0);
    for n in [2_000_000_000, usize::MAX] {
        for binning in [
            Binning::Width(n),
            Binning::Count(n),
            Binning::WidthFromAbove(n),
            Binning::Quantiles(n),
        ] {
            refused("reliability", reliability(&labels, &shares, None, binning, 0.95));
        }
        refused("gain_curve", gain_curve(&labels, &shares, None, n));
        let resampling = Resampling {
            n_resamples: n,
            seed: 1,
            level: 0.95,
        };
        refused("bootstrap", bootstrap_percentile(8, &resampling, |_| Some(1.0)));
        refused(
            "bootstrap",
            bootstrap(
                &[&[&VALUES]],
                Summary::Mean,
                Units::Rows,
                BootstrapMethod::Percentile,
                &resampling,
                n,
            ),
        );
        let arrangements = Arrangements {
            n_resamples: n,
            seed: 1,
            n_threads: n,
        };
        refused(
            "permutation",
            permutation_two_sample(
                &long,
                &VALUES,
                TwoSampleScore::Mean,
                Alternative::TwoSided,
                &arrangements,
                0.95,
            ),
        );
    }
}
