use std::fmt;

/// Why a statistic could not be computed.
///
/// Every variant names the argument at fault (`what`), what was found there and what was expected.
/// A result that would be undefined (0/0, one class, a constant sample) is one of these, never a silent NaN.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum StatsError {
    /// Fewer values than the method needs.
    TooFewValues {
        /// The argument or group at fault.
        what: String,
        /// How many values it has.
        found: usize,
        /// How many it needs at least.
        expected: usize,
    },
    /// Two arguments that must be equally long are not.
    LengthMismatch {
        /// The argument at fault.
        what: &'static str,
        /// Its length.
        found: usize,
        /// The length of the argument that it belongs to.
        expected: usize,
    },
    /// NaN or infinity where a finite number is needed.
    NotFinite {
        /// The argument at fault.
        what: &'static str,
        /// Position of the first such value.
        index: usize,
        /// The value.
        found: f64,
    },
    /// A value outside the range in which the method is defined.
    OutOfRange {
        /// The argument at fault.
        what: &'static str,
        /// The value.
        found: f64,
        /// The range in words, such as `in (0, 1)`.
        expected: &'static str,
    },
    /// All values are equal, so that the statistic is 0/0.
    Constant {
        /// The argument at fault.
        what: String,
    },
    /// Only one class occurs where two or more are needed.
    OneClass {
        /// The argument at fault.
        what: &'static str,
        /// The class that occurs.
        found: String,
    },
    /// The statistic's denominator is empty, such as precision without a predicted positive.
    Undefined {
        /// The statistic.
        what: &'static str,
        /// Why it has no value here.
        reason: &'static str,
    },
    /// A matrix is not positive definite.
    NotPositiveDefinite {
        /// The row at which the factorisation met a pivot that is not positive.
        row: usize,
    },
    /// An iteration ended without reaching its tolerance.
    NotConverged {
        /// The method.
        what: &'static str,
        /// How many steps were taken.
        n_steps: usize,
    },
    /// Two sketches of different settings cannot be merged or compared.
    Incompatible {
        /// The sketch and its setting.
        what: &'static str,
        /// The setting of the right side.
        found: u64,
        /// The setting of the left side.
        expected: u64,
    },
    /// Stored parts contradict each other or the documented form.
    Corrupt {
        /// The structure.
        what: &'static str,
        /// The rule that is broken.
        reason: &'static str,
    },
}

impl fmt::Display for StatsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooFewValues {
                what,
                found,
                expected,
            } => {
                write!(f, "{what} has {found} values, expected at least {expected}")
            }
            Self::LengthMismatch {
                what,
                found,
                expected,
            } => {
                write!(f, "{what} has length {found}, expected {expected}")
            }
            Self::NotFinite { what, index, found } => {
                write!(f, "{what}[{index}] is {found}, expected a finite number")
            }
            Self::OutOfRange {
                what,
                found,
                expected,
            } => {
                write!(f, "{what} is {found}, expected a value {expected}")
            }
            Self::Constant { what } => write!(f, "all values of {what} are equal, expected some variation"),
            Self::OneClass { what, found } => {
                write!(
                    f,
                    "{what} holds only the class {found}, expected at least two classes"
                )
            }
            Self::Undefined { what, reason } => write!(f, "{what} is undefined: {reason}"),
            Self::NotPositiveDefinite { row } => {
                write!(
                    f,
                    "matrix is not positive definite at row {row}, expected independent columns"
                )
            }
            Self::NotConverged { what, n_steps } => {
                write!(f, "{what} did not converge in {n_steps} steps")
            }
            Self::Incompatible {
                what,
                found,
                expected,
            } => {
                write!(
                    f,
                    "{what} is {found} on the right side, expected {expected} as on the left"
                )
            }
            Self::Corrupt { what, reason } => write!(f, "stored {what} is not valid: {reason}"),
        }
    }
}

impl std::error::Error for StatsError {}
