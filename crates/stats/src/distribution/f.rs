use super::{ChiSquare, at_least_0, positive};
use crate::StatsError;
use crate::math::{exp, ln};
use crate::special::{beta_logit_quantile, ln_beta_i};

/// Beyond so many degrees of freedom a variance does not differ from its mean in more than the last digits.
const KNOWN: f64 = 1e12;

/// What is left when one variance is known.
enum Limit {
    /// That below the fraction.
    Above(ChiSquare),
    /// That above.
    Below(ChiSquare),
}

/// Fisher's F distribution.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FisherF {
    df1: f64,
    df2: f64,
}

impl FisherF {
    /// The distribution with `df1` degrees of freedom in the numerator and `df2` in the denominator.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] unless both are above 0 and finite.
    pub fn new(df1: f64, df2: f64) -> Result<Self, StatsError> {
        let (df1, df2) = (positive("df1", df1)?, positive("df2", df2)?);
        Ok(Self {
            df1: df1.min(KNOWN),
            df2: df2.min(KNOWN),
        })
    }

    /// Probability of a value below `x`.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        match self.limit() {
            Some(Limit::Above(law)) => law.cdf(self.df1 * x),
            Some(Limit::Below(law)) => law.sf(self.df2 / at_least_0(x)),
            None => {
                let (share, rest) = self.shares(x);
                exp(ln_beta_i(0.5 * self.df1, 0.5 * self.df2, share, rest))
            }
        }
    }

    /// Probability of a value above `x`.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        exp(self.ln_sf(x))
    }

    /// `ln` of [`sf`](Self::sf), finite where it underflows.
    #[must_use]
    pub fn ln_sf(&self, x: f64) -> f64 {
        match self.limit() {
            Some(Limit::Above(law)) => law.ln_sf(self.df1 * x),
            Some(Limit::Below(law)) => ln(law.cdf(self.df2 / at_least_0(x))),
            None => {
                let (share, rest) = self.shares(x);
                ln_beta_i(0.5 * self.df2, 0.5 * self.df1, rest, share)
            }
        }
    }

    /// The value below which the share `p` lies.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        self.at_tails(p, 1.0 - p)
    }

    /// The value above which the share `q` lies.
    #[must_use]
    pub fn upper_quantile(&self, q: f64) -> f64 {
        self.at_tails(1.0 - q, q)
    }

    /// One side's variance is as good as known.
    fn limit(&self) -> Option<Limit> {
        let of = |df| ChiSquare::new(df).ok();
        match (self.df1, self.df2) {
            (df1, df2) if KNOWN <= df2 && df1 <= 1e6 => of(df1).map(Limit::Above),
            (df1, df2) if KNOWN <= df1 && df2 <= 1e6 => of(df2).map(Limit::Below),
            _ => None,
        }
    }

    fn at_tails(&self, p: f64, q: f64) -> f64 {
        if !((0.0..=1.0).contains(&p) && (0.0..=1.0).contains(&q)) {
            return f64::NAN;
        }
        if p == 0.0 {
            return 0.0;
        }
        if q == 0.0 {
            return f64::INFINITY;
        }
        let of_law = |law: ChiSquare, p: f64, q: f64| {
            if p < q {
                law.quantile(p)
            } else {
                law.upper_quantile(q)
            }
        };
        match self.limit() {
            Some(Limit::Above(law)) => of_law(law, p, q) / self.df1,
            Some(Limit::Below(law)) => self.df2 / of_law(law, q, p),
            None => exp(beta_logit_quantile(0.5 * self.df1, 0.5 * self.df2, p, q)) * (self.df2 / self.df1),
        }
    }

    /// `df1 x / (df1 x + df2)` and what is missing to 1.
    fn shares(&self, x: f64) -> (f64, f64) {
        if x == f64::INFINITY {
            return (1.0, 0.0);
        }
        // of the two sides the larger is 1, so that no product overflows
        let odds = at_least_0(x) * (self.df1 / self.df2);
        if odds <= 1.0 {
            return (odds / (1.0 + odds), 1.0 / (1.0 + odds));
        }
        let inverse = 1.0 / odds;
        (1.0 / (1.0 + inverse), inverse / (1.0 + inverse))
    }
}
