use crate::test::check_codes;
use crate::{StatsError, check};

/// Rows of an exposure log looked through unit by unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposures {
    /// Units that occur.
    pub n_units: u64,
    /// Units that were seen in two arms or more: take them out, or count them where they were seen first.
    pub n_in_several_arms: u64,
    /// Up to ten of their codes, the lowest first.
    pub in_several_arms: Vec<u32>,
    /// Units with more than one row: counting rows as units makes every interval too narrow.
    pub n_repeated: u64,
    /// The most rows that one unit has.
    pub most_rows: u64,
    /// Units of each arm, by their first row; those in several arms are not among them.
    pub counts: Vec<u64>,
}

impl Exposures {
    /// Whether every unit was in one arm.
    #[must_use]
    pub fn arms_are_apart(&self) -> bool {
        self.n_in_several_arms == 0
    }

    /// Whether every unit has one row.
    #[must_use]
    pub fn rows_are_units(&self) -> bool {
        self.n_repeated == 0
    }
}

/// Looks for units in several arms and for repeated exposure.
///
/// `units` and `arms` are `(n_rows,)`, codes in `0..n_units` and `0..n_arms`.
///
/// # Errors
/// [`StatsError::LengthMismatch`], [`StatsError::OutOfRange`] for a code out of range.
pub fn exposures(
    units: &[u32],
    n_units: usize,
    arms: &[u32],
    n_arms: usize,
) -> Result<Exposures, StatsError> {
    check::same_length("arms", arms.len(), units.len())?;
    check_codes("units", units, n_units)?;
    check_codes("arms", arms, n_arms)?;
    let mut seen = vec![Seen::default(); n_units];
    for (&unit, &arm) in units.iter().zip(arms) {
        seen[unit as usize].add(arm);
    }
    let several = || {
        (0..)
            .zip(&seen)
            .filter(|(_, unit)| unit.in_several)
            .map(|(code, _)| code)
    };
    let mut counts = vec![0; n_arms];
    for unit in seen.iter().filter(|unit| unit.n_rows > 0 && !unit.in_several) {
        counts[unit.arm as usize] += 1;
    }
    let number = |holds: fn(&Seen) -> bool| seen.iter().filter(|unit| holds(unit)).count() as u64;
    Ok(Exposures {
        n_units: number(|unit| unit.n_rows > 0),
        n_in_several_arms: several().count() as u64,
        in_several_arms: several().take(10).collect(),
        n_repeated: number(|unit| unit.n_rows > 1),
        most_rows: seen.iter().map(|unit| unit.n_rows).max().unwrap_or(0),
        counts,
    })
}

#[derive(Debug, Clone, Default)]
struct Seen {
    n_rows: u64,
    arm: u32,
    in_several: bool,
}

impl Seen {
    fn add(&mut self, arm: u32) {
        self.in_several |= self.n_rows > 0 && self.arm != arm;
        if self.n_rows == 0 {
            self.arm = arm;
        }
        self.n_rows += 1;
    }
}

/// Rows in which something else was shown than was assigned, such as the old page to the treatment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Rows looked at.
    pub n_rows: u64,
    /// Rows in which the two differ.
    pub n_mismatched: u64,
    /// Rows by what was assigned (down) and shown (across), `(n_arms, n_arms)` in row order.
    pub counts: Vec<u64>,
}

/// Compares what was assigned with what was shown, row by row; both are codes in `0..n_arms`, `(n_rows,)`.
///
/// # Errors
/// [`StatsError::LengthMismatch`], [`StatsError::OutOfRange`] for a code out of range or more than a thousand arms.
pub fn assignment_mismatch(assigned: &[u32], shown: &[u32], n_arms: usize) -> Result<Mismatch, StatsError> {
    check::same_length("shown", shown.len(), assigned.len())?;
    if n_arms > 1000 {
        return Err(StatsError::OutOfRange {
            what: "n_arms",
            found: n_arms as f64,
            expected: "at most a thousand",
        });
    }
    check_codes("assigned", assigned, n_arms)?;
    check_codes("shown", shown, n_arms)?;
    let mut counts = vec![0; n_arms * n_arms];
    for (&assigned, &shown) in assigned.iter().zip(shown) {
        counts[assigned as usize * n_arms + shown as usize] += 1;
    }
    let same: u64 = (0..n_arms).map(|arm| counts[arm * n_arms + arm]).sum();
    Ok(Mismatch {
        n_rows: assigned.len() as u64,
        n_mismatched: assigned.len() as u64 - same,
        counts,
    })
}
