//! Rows into exact sums, exact sums into the answer.

use super::Moment;
use super::state::Sums;
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::datatypes::{Float64Type, Int64Type};
use datafusion::common::{DataFusionError, Result, ScalarValue};
use datafusion::logical_expr::Accumulator;
use stats::sum::central_product_sum;

#[derive(Debug)]
pub(super) struct MomentAccumulator {
    moment: Moment,
    whole: bool,
    sums: Sums,
}

impl MomentAccumulator {
    pub(super) fn new(moment: Moment, whole: bool) -> MomentAccumulator {
        MomentAccumulator {
            moment,
            whole,
            sums: Sums::default(),
        }
    }

    fn add(&mut self, x: f64, y: f64) {
        let [sum_x, sum_y, sum_xx, sum_yy, sum_xy] = &mut self.sums.exact;
        sum_x.add(x);
        if self.moment.is_second() {
            sum_xx.add_product(x, x);
        }
        if self.moment.n_arguments() == 2 {
            sum_y.add(y);
            sum_yy.add_product(y, y);
            sum_xy.add_product(x, y);
        }
    }

    fn add_rows(&mut self, values: &[ArrayRef]) {
        let present = |row: &usize| values.iter().all(|column| column.is_valid(*row));
        for row in (0..values[0].len()).filter(present) {
            self.sums.n += 1;
            if self.whole {
                self.sums.whole += i128::from(values[0].as_primitive::<Int64Type>().value(row));
                continue;
            }
            let x = values[0].as_primitive::<Float64Type>().value(row);
            let y = values
                .get(1)
                .map_or(0.0, |column| column.as_primitive::<Float64Type>().value(row));
            self.add(x, y);
        }
    }

    /// The sum of squared deviations (or of products of deviations) over `n - less`.
    fn central(&self, pair: (usize, usize), product: usize, less: u64) -> Option<f64> {
        let sums = &self.sums;
        let divisor = sums.n.checked_sub(less).filter(|divisor| 0 < *divisor)?;
        let total = central_product_sum(
            &sums.exact[product],
            &sums.exact[pair.0],
            &sums.exact[pair.1],
            sums.n,
        );
        Some(total / divisor as f64)
    }

    fn moment(&self) -> Option<f64> {
        const X: usize = 0;
        const Y: usize = 1;
        match self.moment {
            Moment::Sum => (0 < self.sums.n).then(|| self.sums.exact[X].value()),
            Moment::Mean => (0 < self.sums.n).then(|| self.sums.exact[X].value() / self.sums.n as f64),
            Moment::VarianceSample => self.central((X, X), 2, 1),
            Moment::VariancePopulation => self.central((X, X), 2, 0),
            Moment::DeviationSample => self.central((X, X), 2, 1).map(f64::sqrt),
            Moment::DeviationPopulation => self.central((X, X), 2, 0).map(f64::sqrt),
            Moment::CovarianceSample => self.central((X, Y), 4, 1),
            Moment::CovariancePopulation => self.central((X, Y), 4, 0),
            Moment::Correlation => {
                let (of_x, of_y) = (self.central((X, X), 2, 0)?, self.central((Y, Y), 3, 0)?);
                // The product of two variances may leave the range of numbers where their roots do not.
                let product = of_x * of_y;
                let spread = if product.is_normal() {
                    product.sqrt()
                } else {
                    of_x.sqrt() * of_y.sqrt()
                };
                (0.0 < spread).then_some((self.central((X, Y), 4, 0)? / spread).clamp(-1.0, 1.0))
            }
        }
    }
}

impl Accumulator for MomentAccumulator {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.add_rows(values);
        Ok(())
    }

    /// Rows that leave a sliding window; sums are exact, so that nothing of them stays behind.
    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let mut leaving = MomentAccumulator::new(self.moment, self.whole);
        leaving.add_rows(values);
        self.sums.subtract(&leaving.sums);
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if !self.whole {
            return Ok(ScalarValue::Float64(self.moment()));
        }
        if self.sums.n == 0 {
            return Ok(ScalarValue::Int64(None));
        }
        let total = i64::try_from(self.sums.whole).map_err(|_| {
            DataFusionError::Execution(format!(
                "the sum {} does not fit a 64-bit integer; cast to double",
                self.sums.whole
            ))
        })?;
        Ok(ScalarValue::Int64(Some(total)))
    }

    fn size(&self) -> usize {
        size_of_val(self) + 5 * 64
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![ScalarValue::Binary(Some(self.sums.to_bytes()))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for bytes in states[0].as_binary::<i32>().iter().flatten() {
            self.sums.merge(&Sums::from_bytes(bytes)?);
        }
        Ok(())
    }
}
