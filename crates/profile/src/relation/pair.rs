//! Pairs of columns that know of each other.

use super::Side;
use crate::Options;
use crate::cells::{Cells, Codes};
use crate::work::in_order;
use stats::multiplicity::benjamini_hochberg;
use stats::{Estimate, TestResult, correlation_ratio, cramers_v, spearman};

/// Relations that are returned.
const MOST: usize = 100;
/// Weaker relations are not worth a line, however certain.
const WORTH_TELLING: f64 = 0.1;
/// Rows compared: relations that are worth telling show in these.
const MOST_ROWS: usize = 5_000;

/// Two columns that know of each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Relation {
    /// One column.
    pub column: String,
    /// The other.
    pub other: String,
    /// `rank correlation` of numbers, `Cramér's V` of categories, `correlation ratio` of a category with numbers.
    pub measure: &'static str,
    /// Its size with its interval at the profile's level.
    pub estimate: Estimate,
    /// Probability of at least this much if the two had nothing to do with each other, corrected for all pairs tried
    /// (Benjamini and Hochberg).
    pub p_adjusted: f64,
}

/// Pairs that hold, closest first, and how many were tried.
///
/// # Reference
/// Y. Benjamini, Y. Hochberg (1995), JRSS B 57, 289-300.
pub(super) fn pairs(sides: &[Side<'_>], options: &Options, n_threads: usize) -> (Vec<Relation>, usize) {
    let compared: Vec<Compared<'_>> = sides
        .iter()
        .filter(|side| side.is_compared())
        .map(Compared::of)
        .collect();
    let places: Vec<usize> = (0..compared.len()).collect();
    let of_each = in_order(&places, n_threads, |place| {
        let others = compared[place + 1..].iter();
        others
            .filter_map(|other| compared[*place].with(other, options.level))
            .collect::<Vec<_>>()
    });
    let found: Vec<(Relation, f64)> = of_each.concat();
    let n_tried = found.len();
    let adjusted =
        benjamini_hochberg(&found.iter().map(|(_, p)| *p).collect::<Vec<f64>>()).unwrap_or_default();
    let mut relations: Vec<Relation> = found
        .into_iter()
        .zip(adjusted)
        .map(|((relation, _), p_adjusted)| Relation {
            p_adjusted,
            ..relation
        })
        .filter(|relation| relation.p_adjusted < 1.0 - options.level && relation.strength() >= WORTH_TELLING)
        .collect();
    relations.sort_by(|a, b| b.strength().total_cmp(&a.strength()));
    relations.truncate(MOST);
    (relations, n_tried)
}

impl Relation {
    /// How close the two are, from 0 to 1 for every measure and either direction.
    #[must_use]
    pub fn strength(&self) -> f64 {
        self.estimate.value.abs()
    }
}

/// A column ready to be compared with many others.
struct Compared<'a> {
    name: &'a str,
    values: Values<'a>,
}

enum Values<'a> {
    Numbers(&'a [f64]),
    Codes(Codes),
}

impl<'a> Compared<'a> {
    fn of(side: &'a Side<'a>) -> Compared<'a> {
        let values = match &side.cells {
            Cells::Numbers(numbers) => Values::Numbers(&numbers[..numbers.len().min(MOST_ROWS)]),
            Cells::Texts(_) => {
                let mut codes = side.cells.codes();
                codes.codes.truncate(MOST_ROWS);
                Values::Codes(codes)
            }
        };
        let name = side.name();
        Compared { name, values }
    }

    fn with(&self, other: &Compared<'_>, level: f64) -> Option<(Relation, f64)> {
        let (measure, found) = match (&self.values, &other.values) {
            (Values::Numbers(x), Values::Numbers(y)) => ("rank correlation", spearman(x, y, level)),
            (Values::Codes(codes), Values::Numbers(x)) | (Values::Numbers(x), Values::Codes(codes)) => (
                "correlation ratio",
                correlation_ratio(x, &codes.codes, codes.n, level),
            ),
            (Values::Codes(a), Values::Codes(b)) => {
                ("Cramér's V", cramers_v(&a.codes, a.n, &b.codes, b.n, level))
            }
        };
        let TestResult { effect, p_value, .. } = found.ok()?;
        let relation = Relation {
            column: self.name.to_owned(),
            other: other.name.to_owned(),
            measure,
            estimate: effect.estimate,
            p_adjusted: 1.0,
        };
        p_value.is_finite().then_some((relation, p_value))
    }
}
