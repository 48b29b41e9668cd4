use super::{Design, PowerAnalysis};
use crate::distribution::{
    ChiSquare, FisherF, NoncentralT, StudentT, noncentral_chi_square_cdf, noncentral_f_cdf,
};
use crate::math::{atanh, sqrt};
use crate::special::{normal_quantile, normal_sf};
use crate::test::Alternative;

impl PowerAnalysis {
    /// The chance of a rejection, for checked settings.
    pub(super) fn rejection(&self, effect: f64, n: f64) -> f64 {
        match self.design {
            Design::OneSampleT => self.of_t(effect * sqrt(n), n - 1.0),
            Design::TwoSampleT { ratio } => {
                self.of_t(effect * sqrt(n * ratio / (1.0 + ratio)), n * (1.0 + ratio) - 2.0)
            }
            Design::OneSampleZ => self.of_z(effect * sqrt(n)),
            Design::TwoSampleZ { ratio } => self.of_z(effect * sqrt(n * ratio / (1.0 + ratio))),
            Design::OneProportion { baseline } => {
                let other = baseline + effect;
                let [null, sample] = [baseline, other].map(|p| sqrt(p * (1.0 - p) / n));
                self.of_proportions(effect, null, sample)
            }
            Design::TwoProportions { baseline, ratio } => {
                let other = baseline + effect;
                let pooled = (baseline + ratio * other) / (1.0 + ratio);
                let variance = |p: f64| p * (1.0 - p) / n;
                let null = sqrt(variance(pooled) * (1.0 + 1.0 / ratio));
                let sample = sqrt(variance(baseline) + variance(other) / ratio);
                self.of_proportions(effect, null, sample)
            }
            Design::Anova { n_groups } => {
                let (df1, df2) = (n_groups as f64 - 1.0, n - n_groups as f64);
                let critical = FisherF::new(df1, df2).map_or(f64::NAN, |f| f.upper_quantile(self.alpha));
                1.0 - noncentral_f_cdf(critical, df1, df2, effect * effect * n)
            }
            Design::ChiSquare { df } => {
                let critical = ChiSquare::new(df).map_or(f64::NAN, |c| c.upper_quantile(self.alpha));
                1.0 - noncentral_chi_square_cdf(critical, df, effect * effect * n)
            }
            Design::Correlation => self.of_z(atanh(effect) * sqrt(n - 3.0)),
        }
    }

    /// Alpha on each side that the alternative looks at.
    fn tail(&self) -> f64 {
        if self.alternative == Alternative::TwoSided {
            0.5 * self.alpha
        } else {
            self.alpha
        }
    }

    /// A statistic that lies `shift` off, given its upper tail at a shift.
    fn on_sides(&self, shift: f64, above: impl Fn(f64) -> f64) -> f64 {
        match self.alternative {
            Alternative::Greater => above(shift),
            Alternative::Less => above(-shift),
            Alternative::TwoSided => (above(shift) + above(-shift)).min(1.0),
        }
    }

    fn of_z(&self, shift: f64) -> f64 {
        let critical = -normal_quantile(self.tail());
        self.on_sides(shift, |shift| normal_sf(critical - shift))
    }

    fn of_t(&self, shift: f64, df: f64) -> f64 {
        let critical = StudentT::new(df).map_or(f64::NAN, |t| t.upper_quantile(self.tail()));
        self.on_sides(shift, |shift| {
            NoncentralT::new(df, shift).map_or(f64::NAN, |law| law.sf(critical))
        })
    }

    /// A difference whose standard error is `null` without an effect and `sample` with it.
    fn of_proportions(&self, difference: f64, null: f64, sample: f64) -> f64 {
        let towards = match self.alternative {
            Alternative::TwoSided => difference.abs(),
            Alternative::Greater => difference,
            Alternative::Less => -difference,
        };
        let critical = -normal_quantile(self.tail());
        normal_sf((critical * null - towards) / sample)
    }
}
