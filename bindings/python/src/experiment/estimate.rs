//! A number with its interval.

use crate::tidy::{Tidy, result_class};

result_class! {
    /// A number with its interval.
    "spanwise.experiment" Estimate {
        /// The point estimate.
        value: f64,
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    }

    fn __repr__(&self) -> String {
        self.told()
    }
}

impl Tidy for Estimate {}

impl From<stats::Estimate> for Estimate {
    fn from(estimate: stats::Estimate) -> Estimate {
        Estimate {
            value: estimate.value,
            low: estimate.low,
            high: estimate.high,
        }
    }
}

impl Estimate {
    /// In a few words.
    pub(super) fn told(&self) -> String {
        let Estimate { value, low, high } = self;
        format!("Estimate({value:?}, {low:?} to {high:?})")
    }

    /// Its value and ends as cells of a row.
    pub(super) fn cells(&self) -> [(&'static str, crate::tidy::Value); 3] {
        [
            ("value", self.value.into()),
            ("low", self.low.into()),
            ("high", self.high.into()),
        ]
    }
}
