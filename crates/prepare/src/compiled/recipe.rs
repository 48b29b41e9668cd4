//! Features taken cell by cell.

use super::Cell;
use crate::expression::DatePart;
use crate::recipe::{Encoding, Positions, Recipe};
use crate::{FeatureColumn, Features, MISSING_CODE};
use table::Kind;

/// A recipe whose features are each taken from one input.
#[derive(Clone, Debug)]
pub struct CompiledRecipe {
    /// The position of an input and what the model sees of its cells.
    features: Vec<(usize, View)>,
}

#[derive(Clone, Debug)]
enum View {
    Number,
    Date(DatePart),
    Category {
        positions: Positions<String>,
        n_levels: u32,
    },
}

impl CompiledRecipe {
    /// `None` for a recipe with derived columns, or with a feature that its column's kind cannot give.
    #[must_use]
    pub fn of(recipe: &Recipe) -> Option<CompiledRecipe> {
        if !recipe.derived.is_empty() {
            return None;
        }
        let features = recipe.features.iter().map(|feature| {
            let at = recipe
                .inputs
                .iter()
                .position(|input| input.name == feature.column)?;
            Some((at, View::of(&feature.encoding, recipe.inputs[at].kind()?)?))
        });
        let features = features.collect::<Option<_>>()?;
        Some(CompiledRecipe { features })
    }

    /// Leaves `features` without rows, with the columns of this recipe; room that they have is used again.
    pub fn clear(&self, features: &mut Features) {
        features.n_rows = 0;
        features.columns.truncate(self.features.len());
        for (column, (_, view)) in features.columns.iter_mut().zip(&self.features) {
            view.clear(column);
        }
        let n_there = features.columns.len();
        let more = self.features[n_there..].iter().map(|(_, view)| view.column());
        features.columns.extend(more);
    }

    /// Adds a row, `cell` being its cell at the position of an input, to features that were [cleared](Self::clear).
    ///
    /// `None`, with the row half added, if a cell is not of its input's kind.
    pub fn push<'a>(&self, features: &mut Features, cell: impl Fn(usize) -> Cell<'a>) -> Option<()> {
        for (column, (at, view)) in features.columns.iter_mut().zip(&self.features) {
            match (column, view) {
                (FeatureColumn::Number(numbers), view) => numbers.push(view.number(cell(*at))?),
                (FeatureColumn::Category { codes, .. }, view) => codes.push(view.code(cell(*at))?),
            }
        }
        features.n_rows += 1;
        Some(())
    }
}

impl View {
    fn of(encoding: &Encoding, kind: Kind) -> Option<View> {
        match (encoding, kind) {
            (Encoding::Number, Kind::Boolean | Kind::Integer | Kind::Number) => Some(View::Number),
            (Encoding::Date(part), Kind::Date | Kind::Time) => Some(View::Date(*part)),
            (Encoding::Category { levels }, Kind::Text) => Some(View::Category {
                positions: Positions::of(levels),
                n_levels: u32::try_from(levels.len()).ok()?.checked_add(1)?,
            }),
            _ => None,
        }
    }

    fn column(&self) -> FeatureColumn {
        match self {
            View::Number | View::Date(_) => FeatureColumn::Number(Vec::new()),
            View::Category { n_levels, .. } => FeatureColumn::Category {
                codes: Vec::new(),
                n_levels: *n_levels,
            },
        }
    }

    fn clear(&self, column: &mut FeatureColumn) {
        match (self, &mut *column) {
            (View::Number | View::Date(_), FeatureColumn::Number(numbers)) => numbers.clear(),
            (View::Category { n_levels, .. }, FeatureColumn::Category { codes, n_levels: n }) => {
                codes.clear();
                *n = *n_levels;
            }
            _ => *column = self.column(),
        }
    }

    fn number(&self, cell: Cell<'_>) -> Option<f64> {
        Some(match (self, cell) {
            (_, Cell::Missing) => f64::NAN,
            (View::Number, Cell::Number(number)) => number,
            (View::Number, Cell::Truth(truth)) => f64::from(u8::from(truth)),
            (View::Date(part), Cell::Day(day)) => part.of_day(day),
            (View::Date(part), Cell::Time(micros)) => part.of(micros),
            _ => return None,
        })
    }

    fn code(&self, cell: Cell<'_>) -> Option<u32> {
        match (self, cell) {
            (View::Category { .. }, Cell::Missing) => Some(MISSING_CODE),
            (View::Category { positions, n_levels }, Cell::Text(text)) => {
                Some(positions.of_text(text).unwrap_or(n_levels - 1))
            }
            _ => None,
        }
    }
}
