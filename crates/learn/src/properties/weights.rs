//! Weights are repeated rows, exactly or nearly.

use super::*;

#[test]
fn a_whole_weight_equals_rows_repeated_in_its_place() {
    let (features, values) = broad_table(800);
    let weights: Vec<f64> = (0..800).map(|row| f64::from(row * row % 4)).collect();
    let repeated: Vec<usize> = (0..800)
        .flat_map(|row| vec![row; weights[row] as usize])
        .collect();
    for case in all(&values, |params| params) {
        // Repeated rows of a query make more pairs than heavy ones.
        if case.name == "rank" {
            continue;
        }
        let weighted = fit(&case, &features, &case.target, Some(&weights), 2);
        let whole = fit(
            &case,
            &features.take(&repeated),
            &case.target.take(&repeated),
            None,
            1,
        );
        assert!(parts(&weighted) == parts(&whole), "{}", case.name);
    }
}

/// The same queries, each as often as its weight says, with a number of its own each time.
fn repeat_queries(features: &Features, target: &Target, weights: &[f64]) -> (Features, Target) {
    let Target::Ranks { relevance, query } = target else {
        panic!("ranks")
    };
    let copies = |row: usize| (0..weights[row] as u32).map(move |copy| (row, copy));
    let rows: Vec<(usize, u32)> = (0..query.len()).flat_map(copies).collect();
    let places: Vec<usize> = rows.iter().map(|(row, _)| *row).collect();
    let ranks = Target::Ranks {
        relevance: places.iter().map(|row| relevance[*row]).collect(),
        query: rows.iter().map(|(row, copy)| 1000 * copy + query[*row]).collect(),
    };
    (features.take(&places), ranks)
}

#[test]
fn the_weight_of_a_query_equals_the_query_repeated() {
    let (features, values) = table(2000);
    for gradients in [GradientMode::Exact, GradientMode::Auto] {
        let cases = losses(&values, |params| boost::Params { gradients, ..params });
        let case = cases.iter().find(|case| case.name == "rank").unwrap();
        let weights: Vec<f64> = (0..2000).map(|row| f64::from(row / 20 * 7 % 4)).collect();
        let weighted = fit(case, &features, &case.target, Some(&weights), 2);
        let (features, target) = repeat_queries(&features, &case.target, &weights);
        assert!(parts(&weighted) == parts(&fit(case, &features, &target, None, 1)));
    }
}

#[test]
fn held_out_queries_count_by_their_weight() {
    let (mut features, values) = table(2000);
    // What is right in half of the queries is wrong in the others, of which the last are held out.
    if let FeatureColumn::Number(b) = &mut features.columns[1] {
        b.iter_mut()
            .enumerate()
            .filter(|(row, _)| row / 20 % 2 == 0)
            .for_each(|(_, b)| *b = -*b);
    }
    let case = losses(&values, |params| params).pop().unwrap();
    let fit_with = |features: &Features, target: &Target, weights: Option<&[f64]>, n_held_out| {
        let data = Training {
            features,
            target,
            weights,
            names: &[],
        };
        case.trainer
            .fit_holding_out(&data, n_held_out, &Context::new(1))
            .unwrap()
    };
    let weights: Vec<f64> = (0..2000).map(|row| f64::from(1 + row / 20 % 2 * 3)).collect();
    let weighted = fit_with(&features, &case.target, Some(&weights), 400);
    let (repeated, target) = repeat_queries(&features, &case.target, &weights);
    let n_held_out = weights[1600..].iter().sum::<f64>() as usize;
    let whole = fit_with(&repeated, &target, None, n_held_out);
    assert!(parts(&weighted) == parts(&whole));
}

#[test]
fn rows_without_weight_are_absent_whatever_they_hold() {
    let (features, values) = table(600);
    let weights: Vec<f64> = (0..600).map(|row| f64::from(u32::from(row % 3 != 0))).collect();
    let kept: Vec<usize> = (0..600).filter(|row| row % 3 != 0).collect();
    let spoilt: Vec<f64> = (0..600)
        .map(|row| if row % 3 == 0 { 4.0 } else { values[row] })
        .collect();
    let whole = all(&values, |params| params);
    for (case, spoilt) in whole.iter().zip(all(&spoilt, |params| params)) {
        let model = fit(case, &features, &spoilt.target, Some(&weights), 1);
        let alone = fit(case, &features.take(&kept), &case.target.take(&kept), None, 1);
        assert!(parts(&model) == parts(&alone), "{}", case.name);
    }
}

#[test]
fn packed_sums_tell_rows_within_a_twentieth_of_how_exact_ones_do() {
    // Rounding by chance moves each sum; what is left of the loss may differ by 5 % of what was taken off it.
    let (features, values) = table(4000);
    let (learnt, fresh): (Vec<usize>, Vec<usize>) = ((0..2000).collect(), (2000..4000).collect());
    let weights: Vec<f64> = (0..2000).map(|row| f64::from(row % 3)).collect();
    let repeated: Vec<usize> = (0..2000)
        .flat_map(|row| vec![row; weights[row] as usize])
        .collect();
    let longer = |gradients| {
        losses(&values, move |params| boost::Params {
            gradients,
            rounds: Some(60),
            ..params
        })
    };
    for (packed, exact) in longer(GradientMode::Packed)
        .iter()
        .zip(longer(GradientMode::Exact))
    {
        let (train, test) = (packed.target.take(&learnt), packed.target.take(&fresh));
        let rows = features.take(&learnt);
        let error = |model: &Model| error(model, &features.take(&fresh), &test);
        let constant = error(&fit_baseline(&rows, &train));
        let best = error(&fit(&exact, &rows, &train, Some(&weights), 2));
        let near = |found: f64| (found - best).abs() <= 0.05 * (constant - best).abs();
        let found = error(&fit(packed, &rows, &train, Some(&weights), 2));
        assert!(near(found), "{}: {found}, {best} of {constant}", packed.name);
        if packed.name != "rank" {
            let found = error(&fit(
                packed,
                &rows.take(&repeated),
                &train.take(&repeated),
                None,
                2,
            ));
            assert!(
                near(found),
                "{} repeated: {found}, {best} of {constant}",
                packed.name
            );
        }
    }
}

/// One minus the correlation of the first margin with what it should rise with: no loss, but falls with each of them.
fn error(model: &Model, features: &Features, target: &Target) -> f64 {
    let margins = model.all_margins(features).unwrap();
    let n_outputs = model.n_outputs();
    let wanted = |row: usize| match target {
        Target::Number(values) => values[row],
        Target::Binary(labels) => f64::from(u8::from(labels[row])),
        Target::Classes { codes, .. } => f64::from(u8::from(codes[row] == 0)),
        Target::Ranks { relevance, .. } => relevance[row],
        Target::Nothing(_) => 0.0,
    };
    let wanted: Vec<f64> = (0..target.len()).map(wanted).collect();
    let told: Vec<f64> = margins.iter().step_by(n_outputs).copied().collect();
    1.0 - stats::association::spearman(&wanted, &told, 0.95).map_or(0.0, |found| found.effect.estimate.value)
}

#[test]
fn one_heavy_row_does_not_hide_the_others() {
    let (features, values) = table(12_000);
    let mut weights = vec![1.0; 12_000];
    weights[77] = 1e6;
    let cases = losses(&values, |params| boost::Params {
        rounds: Some(40),
        ..params
    });
    let case = cases.iter().find(|case| case.name == "squared").unwrap();
    let off = |weights: Option<&[f64]>| {
        let model = fit(case, &features, &case.target, weights, 1);
        let margins = model.all_margins(&features).unwrap();
        // What stays the same for all rows is the heavy one's.
        let errors: Vec<f64> = margins.iter().zip(&values).map(|(a, b)| a - b).collect();
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let squares: f64 = errors.iter().map(|x| (x - mean) * (x - mean)).sum();
        stats::math::sqrt(squares / errors.len() as f64)
    };
    let (plain, heavy) = (off(None), off(Some(&weights)));
    assert!(heavy < 1.3 * plain, "{heavy} {plain}");
}
