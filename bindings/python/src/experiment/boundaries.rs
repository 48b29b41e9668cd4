//! Group-sequential experiments.

use super::arm::Arm;
use super::comparison::{Comparison, Unit, absolute, question};
use super::estimate::Estimate;
use crate::numbers::refusal;
use crate::tidy::{Record, Tidy, result_class, row};
use crate::{add_functions, computed};
use pyo3::prelude::*;
use stats::experiment;

result_class! {
    /// Group-sequential boundaries: stop at a look where the z-value reaches its boundary.
    "spanwise.experiment" Boundaries {
        /// A z-value per look; infinite where no error may be spent.
        z: Vec<f64>,
        /// The share of the planned information at each look.
        times: Vec<f64>,
        /// The type I error spent up to and with each look.
        spent: Vec<f64>,
        /// Whether one may stop on both sides.
        two_sided: bool,
        /// The type I error of the whole experiment.
        alpha: f64,
    }

    /// The chance of stopping above at any look, where the z-value of all the information has the mean ``drift``.
    fn power(&self, drift: f64) -> PyResult<f64> {
        computed(|| Ok(self.inner().power(drift)))
    }

    /// How many times the units of a fixed experiment are planned for the same power.
    fn inflation(&self, power: f64) -> PyResult<f64> {
        computed(|| self.inner().inflation(power))
    }

    /// Two arms at look number ``look``, counted from 0, when the earlier looks did not stop the experiment.
    #[pyo3(signature = (look, control, treatment, *, difference = absolute(), alternative = None, level = 0.95, null = 0.0))]
    fn look(
        &self,
        look: usize,
        control: Py<Arm>,
        treatment: Py<Arm>,
        difference: Unit,
        alternative: Option<&str>,
        level: f64,
        null: f64,
    ) -> PyResult<Look> {
        let side = if self.two_sided { "two-sided" } else { "greater" };
        let question = question(difference, alternative.unwrap_or(side), level, null)?;
        let (control, treatment) = (control.get().inner(), treatment.get().inner());
        let found = computed(|| self.inner().look(look, &control, &treatment, &question))?;
        Ok(Look {
            boundary: found.boundary,
            crossed: found.crossed,
            repeated: found.repeated.into(),
            comparison: found.comparison.into(),
        })
    }

    fn __repr__(&self) -> String {
        format!("Boundaries(z={:?})", self.z)
    }
}

/// A row for each look.
impl Tidy for Boundaries {
    fn rows(&self) -> Vec<Record> {
        let looks = self.z.iter().zip(&self.times).zip(&self.spent).enumerate();
        looks
            .map(|(look, ((z, time), spent))| {
                row([
                    ("look", (look as u64).into()),
                    ("time", (*time).into()),
                    ("z", (*z).into()),
                    ("spent", (*spent).into()),
                ])
            })
            .collect()
    }
}

impl Boundaries {
    fn inner(&self) -> experiment::Boundaries {
        experiment::Boundaries {
            z: self.z.clone(),
            times: self.times.clone(),
            spent: self.spent.clone(),
            sides: match self.two_sided {
                true => experiment::Sides::Two,
                false => experiment::Sides::One,
            },
            alpha: self.alpha,
        }
    }
}

result_class! {
    /// What a look at a group-sequential experiment says.
    "spanwise.experiment" Look {
        /// The two arms, with the p-value and interval in the stage-wise order, and the median-unbiased effect.
        comparison: Comparison,
        /// The z-value at which one stops.
        boundary: f64,
        /// Whether it is reached.
        crossed: bool,
        /// The interval that holds at every look, stopped or not.
        repeated: Estimate,
    }

    fn __repr__(&self) -> String {
        let crossed = if self.crossed { "crossed" } else { "not crossed" };
        format!("<Look: boundary {:?} {crossed}, {}>", self.boundary, self.comparison.told())
    }
}

/// A row for the comparison and one for the repeated interval.
impl Tidy for Look {
    fn rows(&self) -> Vec<Record> {
        let named = |name: &str, cells: Record| -> Record {
            let look = row([
                ("estimate", name.into()),
                ("boundary", self.boundary.into()),
                ("crossed", self.crossed.into()),
            ]);
            look.into_iter().chain(cells).collect()
        };
        vec![
            named("effect", self.comparison.rows().swap_remove(0)),
            named("repeated", row(self.repeated.cells())),
        ]
    }
}

fn spending_of(word: &str, parameter: Option<f64>) -> PyResult<experiment::Spending> {
    match (word, parameter) {
        ("obrien_fleming", None) => Ok(experiment::Spending::OBrienFleming),
        ("pocock", None) => Ok(experiment::Spending::Pocock),
        ("power", Some(rho)) => Ok(experiment::Spending::Power { rho }),
        ("gamma", Some(gamma)) => Ok(experiment::Spending::Gamma { gamma }),
        (other, _) => Err(refusal(
            format!("the spending function {other:?} with the parameter {parameter:?}"),
            "\"obrien_fleming\" or \"pocock\" without one, \"power\" or \"gamma\" with one",
        )),
    }
}

/// The type I error that may be spent by the share ``t`` of the information: "obrien_fleming", "pocock", "power", "gamma".
///
/// Shapes: numbers.
/// Missing: none: plain numbers.
/// Errors: ``SpanwiseError`` for alpha outside (0, 1), t below 0, a parameter missing or out of range.
/// Source: K. K. G. Lan, D. L. DeMets (1983), Biometrika 70, 659-663; I. K. Hwang, W. J. Shih, J. S. De
/// Cani (1990), Statistics in Medicine 9, 1439-1445.
#[pyfunction]
#[pyo3(signature = (spending, alpha, t, *, parameter = None))]
fn alpha_spent(spending: &str, alpha: f64, t: f64, parameter: Option<f64>) -> PyResult<f64> {
    let spending = spending_of(spending, parameter)?;
    computed(|| spending.spent(alpha, t))
}

/// Boundaries for looks at these shares of the information, or for so many equally spaced looks.
///
/// ``boundary`` is "pocock", "obrien_fleming", "wang_tsiatis" (parameter delta), "haybittle_peto" (parameter z of the interim
/// looks), or "spending:" and the name of a spending function.
///
/// Shapes: looks is a count, or times (n_looks,) that ascend in (0, 1].
/// Missing: refused.
/// Errors: ``SpanwiseError`` for alpha outside (0, 1/2), more than 200 looks, times that do not ascend, a
/// parameter missing.
/// Source: S. J. Pocock (1977), Biometrika 64, 191-199; P. C. O'Brien, T. R. Fleming (1979), Biometrics 35,
/// 549-556; C. Jennison, B. W. Turnbull (2000).
#[pyfunction]
#[pyo3(signature = (boundary, looks, *, alpha = 0.05, two_sided = true, parameter = None))]
fn group_sequential(
    boundary: &str,
    looks: Looks,
    alpha: f64,
    two_sided: bool,
    parameter: Option<f64>,
) -> PyResult<Boundaries> {
    let shape = match (boundary, parameter) {
        ("pocock", None) => experiment::Boundary::Pocock,
        ("obrien_fleming", None) => experiment::Boundary::OBrienFleming,
        ("wang_tsiatis", Some(delta)) => experiment::Boundary::WangTsiatis { delta },
        ("haybittle_peto", Some(interim_z)) => experiment::Boundary::HaybittlePeto { interim_z },
        (other, parameter) => match other.strip_prefix("spending:") {
            Some(spending) => experiment::Boundary::Spending(spending_of(spending, parameter)?),
            None => {
                return Err(refusal(
                    format!("the boundary {other:?} with the parameter {parameter:?}"),
                    "\"pocock\" or \"obrien_fleming\" without one, \"wang_tsiatis\" or \"haybittle_peto\" with one, \"spending:NAME\"",
                ));
            }
        },
    };
    let sides = match two_sided {
        true => experiment::Sides::Two,
        false => experiment::Sides::One,
    };
    let times = match looks {
        // one more than is taken, so that the refusal tells the limit
        Looks::Number(n_looks) => experiment::equal_times(n_looks.min(201)),
        Looks::Times(times) => times,
    };
    let found = computed(|| experiment::group_sequential(shape, &times, alpha, sides))?;
    Ok(Boundaries {
        z: found.z,
        times: found.times,
        spent: found.spent,
        two_sided,
        alpha: found.alpha,
    })
}

#[derive(FromPyObject)]
enum Looks {
    Number(usize),
    Times(Vec<f64>),
}

pub(crate) fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Boundaries>()?;
    module.add_class::<Look>()?;
    add_functions!(module, alpha_spent, group_sequential);
    Ok(())
}
