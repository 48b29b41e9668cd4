//! Which of the conjunctions that hold are named: few, each for what is left without those before it.

use super::search::{Candidate, FEWEST_INSIDE, Search};
use super::{Slice, Sought};
use crate::ProfileError;
use crate::segment::bits::Bits;
use crate::segment::moments::Moments;
use crate::segment::outcome::Outcome;
use stats::Estimate;

/// The most slices named.
const MOST_NAMED: usize = 6;
/// A slice of which the named ones hold more than this is told already.
const MOST_TOLD: f64 = 0.5;

impl Search<'_> {
    /// Places of those named: the strongest that holds, then the strongest that holds without its rows, and so on.
    pub(super) fn name(
        &self,
        found: &[Candidate],
        weights: &[f64],
        adjusted: &[f64],
        n_conditions: usize,
    ) -> Vec<usize> {
        let alpha = 1.0 - self.options.level;
        let holding: Vec<usize> = (0..found.len())
            .filter(|place| adjusted[*place] < alpha)
            .collect();
        let mut open: Vec<usize> = holding
            .into_iter()
            .filter(|place| self.says_more(&found[*place], n_conditions, alpha))
            .collect();
        let mut taken = Bits::of((0..self.centred.present.n_rows()).map(|_| false));
        let mut named = Vec::new();
        while named.len() < MOST_NAMED {
            // As many rejections as there are names: overlapping ones that hold for one reason do not count.
            let line = alpha * (named.len() + 1) as f64;
            let left = self.total.without(&self.centred.within(&taken));
            let holds = |place: &usize| {
                let one = &found[*place];
                let inside = self.centred.within(&self.rows_of(one).without(&taken));
                let rest = left.without(&inside);
                let apart = self.compare(&inside, &rest)?;
                let is_new = (1.0 - MOST_TOLD) * one.n <= inside.n;
                let is_beyond = apart.p_value * weights[one.parts.len() - 1] <= line;
                (is_new && is_beyond && self.is_sought(&inside, &rest)).then_some((*place, apart.t))
            };
            let standing: Vec<(usize, f64)> = open.iter().filter_map(holds).collect();
            let Some((next, _)) = standing
                .iter()
                .copied()
                .reduce(|a, b| if a.1 < b.1 { b } else { a })
            else {
                break;
            };
            named.push(next);
            taken = taken.or(&self.rows_of(&found[next]));
            open = standing
                .into_iter()
                .map(|(place, _)| place)
                .filter(|place| *place != next)
                .collect();
        }
        named
    }

    fn is_sought(&self, inside: &Moments, rest: &Moments) -> bool {
        let (inside, rest) = (self.centred.mean(inside), self.centred.mean(rest));
        match self.options.sought {
            Sought::Larger { by } => rest * by <= inside,
            Sought::OffZero => rest.abs() < inside.abs(),
        }
    }

    /// Whether each of the conditions is needed: without it the slice would hold rows of which the same is not true.
    fn says_more(&self, one: &Candidate, n_conditions: usize, alpha: f64) -> bool {
        let rows = self.rows_of(one);
        let inside = self.centred.within(&rows);
        one.parts.len() == 1
            || one.parts.iter().all(|left_out| {
                let wider = self.rows(one.parts.iter().copied().filter(|place| place != left_out));
                let rest = self.centred.within(&wider.without(&rows));
                let apart = inside.apart(&rest, self.options.sought);
                FEWEST_INSIDE <= rest.n && apart.p_value * (n_conditions as f64) < alpha
            })
    }

    pub(super) fn slice(
        &self,
        one: &Candidate,
        p_adjusted: f64,
        outcome: &[f64],
    ) -> Result<Option<Slice>, ProfileError> {
        let rows = self.rows_of(one);
        let Some((inside, outside, difference)) = self.means(&rows, outcome)? else {
            return Ok(None);
        };
        if self.options.sought == Sought::OffZero && inside.covers(0.0) {
            return Ok(None);
        }
        let label = |place: &usize| self.parts[*place].label.clone();
        Ok(Some(Slice {
            columns: self.columns(one).map(str::to_owned).collect(),
            label: one.parts.iter().map(label).collect::<Vec<_>>().join(" and "),
            rows: rows.rows().collect(),
            inside,
            outside,
            difference,
            p_adjusted,
        }))
    }

    /// The means inside and of all other rows, and their difference.
    fn means(
        &self,
        rows: &Bits,
        outcome: &[f64],
    ) -> Result<Option<(Estimate, Estimate, Estimate)>, ProfileError> {
        let level = self.options.level;
        if self.options.design.is_plain() {
            return Ok(Outcome::means(outcome.to_vec()).both(rows, level)?);
        }
        let inside = self.centred.within(rows);
        let rest = self.total.without(&inside);
        let means = [&inside, &rest].map(|side| self.centred.estimate(side, level));
        let difference = self.centred.difference(&inside, &rest, level);
        Ok(match (means, difference) {
            ([Some(inside), Some(rest)], Some(difference)) => Some((inside, rest, difference)),
            _ => None,
        })
    }
}
