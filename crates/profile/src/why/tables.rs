//! Two tables as two periods of one.

use super::{Caveat, Metric, Options, Why, WhyError, why};
use table::Table;

/// As [`why`](why()), for two tables: what they have in common is compared, and what only one has is a caveat.
///
/// # Errors
/// As [`why`](why()); a column that the metric needs must be in both.
pub fn why_between(
    before: &Table,
    after: &Table,
    metric: &Metric,
    options: &Options,
) -> Result<Why, WhyError> {
    let mut needed = metric.columns();
    needed.extend(options.weight.as_deref());
    needed.extend(options.cluster.as_deref());
    for name in &needed {
        before.column(name)?;
        after.column(name)?;
    }
    let (common, caveats) = common(before, after);
    let names: Vec<&str> = common.iter().map(String::as_str).collect();
    let table = Table::concat(&[before.select(&names)?, after.select(&names)?])?;
    let period: Vec<Option<bool>> = (0..table.n_rows())
        .map(|row| Some(before.n_rows() <= row))
        .collect();
    let is_common = |name: &String| common.contains(name);
    let options = Options {
        dimensions: options
            .dimensions
            .iter()
            .filter(|name| is_common(name))
            .cloned()
            .collect(),
        exclude: options
            .exclude
            .iter()
            .filter(|name| is_common(name))
            .cloned()
            .collect(),
        ..options.clone()
    };
    let mut why = why(&table, &period, metric, &options)?;
    why.caveats.extend(caveats);
    Ok(why)
}

/// Columns of the same kind in both tables, and what keeps the others out.
fn common(before: &Table, after: &Table) -> (Vec<String>, Vec<Caveat>) {
    let (mut common, mut caveats) = (Vec::new(), Vec::new());
    for (column, kind) in before.columns() {
        match after.kind(&column) {
            Some(other) if other == kind => common.push(column),
            Some(other) => caveats.push(Caveat::OtherKind {
                column,
                before: kind.name(),
                after: other.name(),
            }),
            None => caveats.push(Caveat::InOnePeriod {
                column,
                period: "before",
            }),
        }
    }
    for column in after.names() {
        if before.kind(&column).is_none() {
            caveats.push(Caveat::InOnePeriod {
                column,
                period: "after",
            });
        }
    }
    (common, caveats)
}
