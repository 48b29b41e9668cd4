//! Tables of results.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use crate::case::{MEASURES, Sort};
use crate::judge::{Judged, Target};
use crate::segments::Move;

/// A planted segment with less signal is hopeless.
const HOPELESS: f64 = 4.0;
/// Goals: recall, share of false findings, chance of any finding where nothing moved.
const GOALS: (f64, f64, f64) = (0.9, 0.1, 0.05);
/// Standard errors by which the rate of cases with a finding may lie above 5%.
const LUCK: f64 = 3.0;

/// Prints everything; whether the goals are reached.
pub fn tables(planted: &[Judged], nulls: &[(Sort, Vec<Judged>)]) -> bool {
    println!("| planted segments | n | found | recall |\n|---|---|---|---|");
    let of = |name: &str, keep: &dyn Fn(&Judged, &Target) -> bool| {
        let all: Vec<&Target> = planted
            .iter()
            .flat_map(|case| case.targets.iter().filter(|one| keep(case, one)))
            .collect();
        let found = all.iter().filter(|one| one.is_found).count();
        let recall = found as f64 / all.len().max(1) as f64;
        println!("| {name} | {} | {found} | {recall:.3} |", all.len());
        recall
    };
    let recall = of("signal of 4 and more", &|_, one| one.signal >= HOPELESS);
    for (low, high) in [
        (0.0, 4.0),
        (4.0, 5.0),
        (5.0, 6.0),
        (6.0, 8.0),
        (8.0, 12.0),
        (12.0, f64::INFINITY),
    ] {
        of(&format!("signal {low} to {high}"), &|_, one| {
            low <= one.signal && one.signal < high
        });
    }
    for n in 1..=3 {
        of(&format!("{n} conditions, 4 and more"), &|_, one| {
            one.n_conditions == n && one.signal >= HOPELESS
        });
    }
    for moves in [Move::Share, Move::Rate] {
        of(&format!("{moves:?}, 4 and more"), &|_, one| {
            one.moves == moves && one.signal >= HOPELESS
        });
    }
    for measure in MEASURES {
        of(&format!("{measure:?}, 4 and more"), &|case, one| {
            case.measure == measure && one.signal >= HOPELESS
        });
    }
    let n_findings: usize = planted.iter().map(|case| case.n_findings).sum();
    let n_wrong: usize = planted.iter().map(|case| case.wrong.len()).sum();
    let of_case = |case: &Judged| case.wrong.len() as f64 / case.n_findings.max(1) as f64;
    let fdr = planted.iter().map(of_case).sum::<f64>() / planted.len().max(1) as f64;
    let pooled = n_wrong as f64 / n_findings.max(1) as f64;
    println!("\n{n_findings} findings, {n_wrong} wrong: {pooled:.3} of all, {fdr:.3} in the mean of cases\n");
    println!("| nothing to be found | cases | with a finding | share |\n|---|---|---|---|");
    for (sort, cases) in nulls {
        null(&format!("{sort:?}"), cases.iter());
    }
    let (n, n_with) = null("all", nulls.iter().flat_map(|(_, cases)| cases));
    let still = nulls
        .iter()
        .filter(|(sort, _)| *sort == Sort::Nothing)
        .flat_map(|(_, cases)| cases);
    let (mut n_still, mut n_held) = (0, 0);
    for case in still {
        n_still += 1;
        n_held += usize::from(case.may_be_still);
    }
    println!("\nwhere nothing moved, the 95% interval of the change holds 0 in {n_held} of {n_still} cases");
    let most = GOALS.2 * n + LUCK * (n * GOALS.2 * (1.0 - GOALS.2)).sqrt();
    let all = || planted.iter().chain(nulls.iter().flat_map(|(_, cases)| cases));
    let adds_up = all().all(|case| case.adds_up);
    let seconds: f64 = all().map(|case| case.seconds).sum();
    let n_rows: usize = all().map(|case| case.n).sum();
    println!(
        "\nparts add up bit for bit in {} of {} cases",
        all().filter(|case| case.adds_up).count(),
        all().count()
    );
    eprintln!("{seconds:.0} s for {n_rows} rows");
    let is_reached = recall >= GOALS.0 && fdr <= GOALS.1 && pooled <= GOALS.1 && n_with <= most && adds_up;
    println!("goals {}", if is_reached { "reached" } else { "MISSED" });
    is_reached
}

fn null<'a>(name: &str, cases: impl Iterator<Item = &'a Judged>) -> (f64, f64) {
    let (mut n, mut n_with) = (0.0, 0.0);
    for case in cases {
        n += 1.0;
        n_with += f64::from(u8::from(case.n_findings > 0));
    }
    println!("| {name} | {n} | {n_with} | {:.3} |", n_with / n);
    (n, n_with)
}
