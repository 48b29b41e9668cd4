//! Groups of rows named where there is nothing to name.

use profile::{Design, SliceOptions, Sought, slices};
use stats::random::Draw;
use std::sync::Arc;
use table::Table;
use table::arrow::array::{ArrayRef, Float64Array, StringArray};

use crate::study::Limit::{Off, Safe};
use crate::study::Study;

const N_ROWS: usize = 1_500;

/// Rows of skewed losses that know of none of their columns.
struct Rows {
    table: Table,
    losses: Vec<f64>,
    clusters: Vec<u32>,
}

pub(super) fn studies() -> Vec<Study> {
    let study = |scenario: &str, limit, n_in_cluster: usize, design: fn(&mut Draw, &Rows) -> Design| {
        Study::level("weak slices", scenario, limit, move |draw| {
            let rows = rows(draw, n_in_cluster);
            let options = SliceOptions {
                exclude: Vec::new(),
                sought: Sought::Larger { by: 1.1 },
                most_conditions: 3,
                level: 0.95,
                design: design(draw, &rows),
            };
            slices(&rows.table, &rows.losses, &options).map_or(f64::NAN, |found| {
                found.named.iter().map(|one| one.p_adjusted).fold(1.0, f64::min)
            })
        })
        .costly(20)
    };
    let plain: fn(&mut Draw, &Rows) -> Design = |_, _| Design::default();
    let clustered: fn(&mut Draw, &Rows) -> Design = |_, rows| Design {
        weights: None,
        clusters: Some(rows.clusters.clone()),
    };
    let both: fn(&mut Draw, &Rows) -> Design = |draw, rows| Design {
        clusters: Some(rows.clusters.clone()),
        ..weighted(draw, rows)
    };
    vec![
        study("1,500 rows", Safe, 1, plain),
        study("1,500 rows, weights 0.1 to 3", Safe, 1, weighted),
        study("300 clusters of 5", Safe, 5, clustered),
        study("150 clusters of 10, weights 0.1 to 3", Safe, 10, both),
        study("300 clusters of 5, taken for rows", Off(0.08, 1.0), 5, plain)
            .at_5_percent()
            .note("rows of a cluster move together: its column is to be named"),
    ]
}

fn weighted(draw: &mut Draw, rows: &Rows) -> Design {
    Design {
        weights: Some(rows.losses.iter().map(|_| 0.1 + 2.9 * draw.uniform()).collect()),
        clusters: None,
    }
}

/// Two categories and two numbers, and losses with a long upper tail; a cluster has all but one column in common, and
/// half the variance of what its rows lose.
fn rows(draw: &mut Draw, n_in_cluster: usize) -> Rows {
    let n_clusters = N_ROWS / n_in_cluster;
    let clusters: Vec<u32> = (0..N_ROWS).map(|row| (row / n_in_cluster) as u32).collect();
    let mut of_clusters = |most: u64| -> Vec<u64> { (0..n_clusters).map(|_| draw.below(most)).collect() };
    let (cities, plans, ages) = (of_clusters(5), of_clusters(3), of_clusters(60));
    let shared: Vec<f64> = (0..n_clusters).map(|_| draw.normal()).collect();
    let of_row = |all: &[u64], name: &str| -> ArrayRef {
        let text = |cluster: &u32| format!("{name}{}", all[*cluster as usize]);
        Arc::new(StringArray::from_iter_values(clusters.iter().map(text)))
    };
    let number = |all: &[u64]| -> ArrayRef {
        let value = |cluster: &u32| all[*cluster as usize] as f64;
        Arc::new(Float64Array::from_iter_values(clusters.iter().map(value)))
    };
    let spends: ArrayRef = Arc::new(Float64Array::from_iter_values(
        (0..N_ROWS).map(|_| draw.uniform()),
    ));
    let is_alone = n_in_cluster == 1;
    let losses = clusters
        .iter()
        .map(|cluster| {
            let own = draw.normal();
            let error = if is_alone {
                own
            } else {
                (own + shared[*cluster as usize]) / 2.0_f64.sqrt()
            };
            error * error
        })
        .collect();
    let columns = vec![
        ("city".to_owned(), of_row(&cities, "c")),
        ("plan".to_owned(), of_row(&plans, "p")),
        ("age".to_owned(), number(&ages)),
        ("spend".to_owned(), spends),
    ];
    Rows {
        table: Table::new(columns).expect("columns of one length"),
        losses,
        clusters,
    }
}
