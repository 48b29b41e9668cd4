use super::*;

fn share(share: f64, null: NullVariance) -> Baseline {
    Baseline::Proportion { share, null }
}

#[test]
fn sample_sizes_match_the_formulas() {
    let plan = Plan::default();
    // E. Miller's formula and Fleiss', scipy 1.17.1 norm; statsmodels 0.15.0 NormalIndPower(effect 0.1, ratio 2)
    close(
        plan.sample_size(share(0.2, NullVariance::Baseline), 0.05)
            .unwrap()
            .control,
        1030.2192831104603,
        1e-10,
    );
    close(
        plan.sample_size(share(0.2, NullVariance::Pooled), 0.05)
            .unwrap()
            .control,
        1093.7390457661652,
        1e-10,
    );
    let plan = Plan { power: 0.9, ..plan };
    close(
        plan.sample_size(share(0.05, NullVariance::Baseline), 0.005)
            .unwrap()
            .control,
        40666.63032979262,
        1e-10,
    );
    let uneven = Plan {
        allocation: 2.0,
        ..Plan::default()
    };
    let size = uneven.sample_size(Baseline::Variance(1.0), 0.1).unwrap();
    // statsmodels counts findings of the wrong sign in, 1e-6 of the size
    close(size.control, 1177.3290763655693, 5e-6);
    assert_eq!(size.treatment, 2.0 * size.control);
}

#[test]
fn size_effect_and_power_agree() {
    let fixed = Plan {
        power: 0.85,
        allocation: 0.5,
        variance_factor: 0.7,
        n_comparisons: 6,
        ..Plan::default()
    };
    let plans = [
        fixed,
        Plan {
            sides: Sides::One,
            ..fixed
        },
        Plan {
            monitoring: Monitoring::AlwaysValid { tuning: 5000.0 },
            ..fixed
        },
        Plan {
            sides: Sides::One,
            monitoring: Monitoring::AlwaysValid { tuning: 5000.0 },
            ..fixed
        },
        Plan {
            monitoring: Monitoring::Inflated(1.2),
            ..fixed
        },
    ];
    let unpooled = share(0.1, NullVariance::Unpooled);
    for plan in plans {
        for (baseline, effect) in [
            (Baseline::Variance(4.0), 0.2),
            (unpooled, 0.02),
            (share(0.9, NullVariance::Pooled), 0.04),
        ] {
            let n = plan.sample_size(baseline, effect).unwrap().control;
            close(plan.power(baseline, effect, n).unwrap(), 0.85, 1e-9);
            close(plan.detectable(baseline, n).unwrap(), effect, 1e-8);
        }
    }
    let size = |plan: Plan| plan.sample_size(unpooled, 0.02).unwrap().control;
    assert!(size(plans[2]) > 1.5 * size(plans[0]));
    close(size(plans[4]), 1.2 * size(plans[0]), 1e-12);
}

#[test]
fn covariates_save_units() {
    assert_eq!(variance_factor(0.6), Ok(0.64));
    assert_eq!(variance_factor(-1.0), Ok(0.0));
    assert!(variance_factor(1.1).is_err());
    let size = |variance_factor| {
        let plan = Plan {
            variance_factor,
            ..Plan::default()
        };
        plan.sample_size(Baseline::Variance(2.0), 0.1).unwrap().control
    };
    close(size(0.64), 0.64 * size(1.0), 1e-12);
}

#[test]
fn impossible_plans_are_refused() {
    let (plan, baseline) = (Plan::default(), share(0.9, NullVariance::Baseline));
    assert!(plan.sample_size(baseline, 0.2).is_err() && plan.sample_size(baseline, 0.0).is_err());
    assert!(plan.sample_size(Baseline::Variance(0.0), 0.2).is_err());
    assert!(plan.detectable(baseline, 3.0).is_err() && plan.detectable(baseline, 0.0).is_err());
    for effect in [1e-200, 1e200] {
        assert!(plan.sample_size(Baseline::Variance(1.0), effect).is_err());
    }
    for broken in [
        Plan { alpha: 0.0, ..plan },
        Plan { power: 1.0, ..plan },
        Plan { power: 0.04, ..plan },
        Plan {
            allocation: 0.0,
            ..plan
        },
        Plan {
            variance_factor: f64::NAN,
            ..plan
        },
        Plan {
            n_comparisons: 0,
            ..plan
        },
        Plan {
            monitoring: Monitoring::Inflated(0.0),
            ..plan
        },
        Plan {
            monitoring: Monitoring::AlwaysValid { tuning: 0.0 },
            ..plan
        },
    ] {
        assert!(broken.sample_size(baseline, 0.05).is_err(), "{broken:?}");
    }
}

#[test]
fn families_are_corrected_together() {
    let of = |effect| {
        let [control, treatment] = arms_apart(effect, 0.1);
        fixed_horizon(&control, &treatment, &absolute()).unwrap()
    };
    let comparisons = [of(0.3), of(0.2), of(0.21), of(0.0)];
    let plain: Vec<f64> = comparisons.iter().map(|comparison| comparison.p_value).collect();
    let holm = family(&comparisons, Correction::Holm, 0.05).unwrap();
    close(holm.adjusted_p_values[0], 4.0 * plain[0], 1e-14);
    assert_eq!(holm.found, [true, false, false, false]);
    let discovered = family(&comparisons, Correction::BenjaminiHochberg, 0.1).unwrap();
    assert_eq!(discovered.found, [true, true, true, false]);
    assert!(family(&[], Correction::Hochberg, 0.05).unwrap().found.is_empty());
    assert!(family(&comparisons, Correction::Bonferroni, 0.0).is_err());
    close(simultaneous_level(0.95, 4).unwrap(), 0.9875, 1e-15);
    assert!(simultaneous_level(0.95, 0).is_err());
}

#[test]
fn segments_are_pooled_and_compared() {
    let of = |effect, error| {
        let [control, treatment] = arms_apart(effect, error);
        fixed_horizon(&control, &treatment, &absolute()).unwrap()
    };
    let comparisons = [of(0.1, 0.08), of(0.3, 0.1), of(-0.05, 0.09)];
    let found = segments(&comparisons, Correction::BenjaminiYekutieli, 0.05, 0.95).unwrap();
    // numpy 2.4.6 by the formulas, scipy 1.17.1 chi2.sf
    close(found.pooled.value, 0.10390164600690913, 1e-10);
    close(found.pooled.low, 0.0033188024588398507, 1e-8);
    close(found.heterogeneity, 6.771997561471245, 1e-10);
    close(found.p_value, 0.033843822901047454, 1e-9);
    assert_eq!(found.found, [false, true, false]);
    assert!(segments(&comparisons[..1], Correction::Holm, 0.05, 0.95).is_err());
    let mut mixed = comparisons.to_vec();
    mixed[0].question.difference = Difference::Relative;
    assert!(segments(&mixed, Correction::Holm, 0.05, 0.95).is_err());
}
