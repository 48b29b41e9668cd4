//! *Why did the number change?*
//!
//! [`why`](why()) compares a metric in two periods (or groups) of one table, [`why_between`] in two tables. The change is split
//! over every dimension into volume, mix and rate ([`DimensionEffects`]), and told by the few segments that moved beyond what
//! the rest of the table did ([`Finding`]), by what everything did ([`Shift`]), and by one line for everything else.
//!
//! # What a finding is
//! A segment is a conjunction of up to three levels of different columns. It is a finding if its share of rows (volume for
//! totals, mix for means), or its own rate beyond what its composition explains, moved differently from the rest of the table
//! *given all other findings*. So a movement of everything is no finding but a [`Shift`]; a segment inside a larger one
//! that moved is told only if it moved differently; and a parent that moved because of its child gives way to the child.
//!
//! No two groups move quite alike: a segment inside a told one is another finding only if it moved by a tenth of that movement
//! more or less, beyond chance.
//!
//! # How they are found, and what their p-values mean
//! Shares are a regression of the period on segments; rates are a regression of the metric's residual on the period's residual
//! within segments (Robinson 1988), both residuals taken from main effects of all columns, so that a mix that moved is not
//! mistaken for a rate that moved. Segments enter one by one, are tried against their neighbours, and leave if they no longer
//! hold (`search.rs`). Each is tested given the others; its p-value is multiplied by the number of segments of as many
//! conditions that were looked at, by the number of kinds of movement, and by a share for its number of conditions (Bonferroni
//! with weights). That holds under any dependence between overlapping segments: the chance of *any* false finding while
//! nothing moved is at most `alpha`, and with it the share of false ones among findings is controlled. A split of the sample
//! would cost half of the rows, a permutation of the periods hundreds of scans; and permuting periods tests that *nothing*
//! moved, where a movement of everything must be allowed.
//!
//! # Reference
//! E. M. Kitagawa (1955), JASA 50, 1168-1194; P. M. Robinson (1988), Econometrica 56, 931-954. Others at the same question:
//! R. Bhagwan et al. (2014), Adtributor, NSDI (one dimension, no test); Y. Sun et al. (2018), HotSpot, IEEE Access 6; Z. Li et
//! al. (2019), Squeeze, ISSRE (leaves of sums against a forecast, no test); Y. Chung et al. (2019), Slice Finder, ICDE
//! (alpha-investing over slices, which may overlap).

mod answer;
mod axes;
mod candidates;
mod caveat;
mod channel;
mod coding;
mod dimension;
mod effects;
mod error;
mod expect;
mod explain;
mod halves;
mod lines;
mod measure;
mod movement;
mod question;
mod resampled;
mod rows;
mod scan;
mod search;
mod segment;
mod story;
mod subsets;
mod tables;
mod tail;
mod twins;
mod values;

pub use answer::{
    Cells, Condition, DimensionEffects, Effect, Finding, LevelEffects, Period, Shift, ShiftScale, Why,
};
pub use caveat::Caveat;
pub use error::WhyError;
pub use question::{Metric, Options};
pub use tables::why_between;

use axes::Axes;
use explain::Explained;
use rows::Rows;
use table::Table;

/// Explains the change of `metric` between the rows before (`Some(false)`) and after (`Some(true)`) of one table.
///
/// # Shapes and units
/// `period` is `(n_rows,)`; rows with `None` are left out, as are rows without the metric, its denominator or the weight.
/// Missing is a level of its own. Effects are in the metric's unit, shares and p-values in [0, 1]. Levels with fewer than 10
/// rows are never named. Tried up to 1M rows and 10 dimensions.
///
/// ```
/// use profile::why::{Effect, Metric, Options};
/// let text = "shop,day,sales\n".to_owned()
///     + &(0..2_000)
///         .map(|i| {
///             let (shop, after) = (["east", "west", "north"][i % 3], i % 2);
///             let moved = if shop == "west" && after == 1 { 5 } else { 0 };
///             format!("{shop},{after},{}\n", 20 + i * 7 % 11 + moved)
///         })
///         .collect::<String>();
/// let table = table::read::from_bytes(text.as_bytes(), table::read::Format::Csv, "shops", &Default::default())?.table;
/// let period: Vec<Option<bool>> = (0..2_000).map(|i| Some(i % 2 == 1)).collect();
/// let metric = Metric::Mean { column: "sales".to_owned() };
/// let answer = profile::why(&table, &period, &metric, &Options { exclude: vec!["day".to_owned()], ..Default::default() })?;
/// assert_eq!(answer.findings[0].label, "shop is west");
/// assert_eq!(answer.findings[0].effect_kind, Effect::Rate);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`WhyError`]: a column that is not there or has no numbers, negative weights or denominators, a period with fewer than 30
/// usable rows, a setting outside its range.
pub fn why(
    table: &Table,
    period: &[Option<bool>],
    metric: &Metric,
    options: &Options,
) -> Result<Why, WhyError> {
    options.check()?;
    let (rows, mut caveats) = Rows::of(table, period, metric, options)?;
    let mut axes = Axes::of(table, metric, options, &rows)?;
    caveats.append(&mut axes.caveats);
    let explained = Explained::of(&rows, &axes, metric, options, &mut caveats);
    Ok(explained.answer(&rows, &axes, metric, options, caveats))
}

#[cfg(test)]
mod tests;
