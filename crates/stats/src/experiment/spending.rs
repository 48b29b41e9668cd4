use crate::math::{exp_m1, ln, pow, sqrt};
use crate::special::{normal_quantile, normal_sf};
use crate::{StatsError, check};

/// How much of the type I error may be spent by each share of the information.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Spending {
    /// Like O'Brien and Fleming's boundaries: `2 - 2 Phi(z / sqrt(t))` with `z` at `1 - alpha / 2`; next to nothing
    /// early.
    OBrienFleming,
    /// Like Pocock's boundaries: `alpha ln(1 + (e - 1) t)`.
    Pocock,
    /// Kim and DeMets' power family: `alpha t^rho`; 1 spends evenly, 3 is near O'Brien and Fleming.
    Power {
        /// Above 0.
        rho: f64,
    },
    /// Hwang, Shih and De Cani's family: `alpha (1 - exp(-gamma t)) / (1 - exp(-gamma))`; -4 is near O'Brien and
    /// Fleming, 1 near Pocock, 0 spends evenly.
    Gamma {
        /// Any finite number.
        gamma: f64,
    },
}

impl Spending {
    /// The error spent when the share `t` of the information is in; 0 at 0 and `alpha` from 1 on.
    ///
    /// # Errors
    /// [`StatsError::OutOfRange`] for `alpha` outside (0, 1), `t` below 0 and a parameter out of its range.
    ///
    /// # Reference
    /// K. K. G. Lan, D. L. DeMets (1983), Biometrika 70, 659-663; K. Kim, D. L. DeMets (1987), Biometrika 74, 149-154;
    /// I. K. Hwang, W. J. Shih, J. S. De Cani (1990), Statistics in Medicine 9, 1439-1445.
    pub fn spent(self, alpha: f64, t: f64) -> Result<f64, StatsError> {
        check::open_unit("alpha", alpha)?;
        self.check()?;
        if !(t >= 0.0 && t.is_finite()) {
            return Err(StatsError::OutOfRange {
                what: "share of information",
                found: t,
                expected: "at least 0",
            });
        }
        if t == 0.0 || t >= 1.0 {
            return Ok(if t == 0.0 { 0.0 } else { alpha });
        }
        let spent = match self {
            Self::OBrienFleming => 2.0 * normal_sf(-normal_quantile(0.5 * alpha) / sqrt(t)),
            Self::Pocock => alpha * ln(1.0 + (std::f64::consts::E - 1.0) * t),
            Self::Power { rho } => alpha * pow(t, rho),
            Self::Gamma { gamma: 0.0 } => alpha * t,
            Self::Gamma { gamma } => alpha * (exp_m1(-gamma * t) / exp_m1(-gamma)),
        };
        Ok(spent.min(alpha))
    }

    fn check(self) -> Result<(), StatsError> {
        match self {
            Self::Power { rho } if !(rho > 0.0 && rho.is_finite()) => Err(StatsError::OutOfRange {
                what: "rho",
                found: rho,
                expected: "above 0 and finite",
            }),
            Self::Gamma { gamma } if !(-500.0..=500.0).contains(&gamma) => Err(StatsError::OutOfRange {
                what: "gamma",
                found: gamma,
                expected: "in [-500, 500]",
            }),
            _ => Ok(()),
        }
    }
}
