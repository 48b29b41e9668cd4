//! Every trainer by name, declared once: what project files may name, its errors and `docs/trainers.md` follow from here.

use std::fmt::{self, Debug};

use crate::parameter::ParameterSet;
use crate::{Baseline, Parameter, ParameterError, Trainer, Value, boost, forest, isolation, linear};

/// One trainer.
pub struct TrainerSpec {
    /// Its name in project files.
    pub name: &'static str,
    /// What it learns.
    pub what: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    make: Make,
}

/// Checks parameters by name and makes the trainer.
type Make = fn(&[(&str, &Value)]) -> Result<Made, Fault>;

/// A trainer that was made by name.
#[derive(Debug)]
pub struct Made {
    /// The trainer.
    pub trainer: Box<dyn Trainer>,
    /// The values of all its parameters, in the order of their declarations.
    pub values: Vec<Value>,
}

/// Why no trainer was made.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Which of the settings given is at fault; none if they do not fit each other.
    pub position: Option<usize>,
    /// What is wrong with it.
    pub error: ParameterError,
}

/// All trainers.
pub const TRAINERS: &[TrainerSpec] = &[
    TrainerSpec {
        name: "boost",
        what: "Gradient-boosted trees: classes, numbers, quantiles, ranks.",
        parameters: boost::Params::PARAMETERS,
        make: |settings| make(settings, boost::Params::check),
    },
    TrainerSpec {
        name: "forest",
        what: "A random forest: classes and numbers.",
        parameters: forest::Params::PARAMETERS,
        make: |settings| make(settings, forest::Params::check),
    },
    TrainerSpec {
        name: "extra_trees",
        what: "Extremely randomised trees, a forest whose splits are drawn: classes and numbers.",
        parameters: forest::Params::PARAMETERS,
        make: |settings| make(settings, forest::Params::check_extra),
    },
    TrainerSpec {
        name: "linear",
        what: "Logistic and linear regression: classes and numbers.",
        parameters: linear::Params::PARAMETERS,
        make: |settings| make(settings, linear::Params::check),
    },
    TrainerSpec {
        name: "isolation",
        what: "An isolation forest: anomalies, without a target.",
        parameters: isolation::Params::PARAMETERS,
        make: |settings| make(settings, isolation::Params::check),
    },
    TrainerSpec {
        name: "baseline",
        what: "The same answer for every row.",
        parameters: &[],
        make: |settings| make(settings, |_: NoParams| Ok(Baseline)),
    },
];

/// The trainer of this name.
pub fn find(name: &str) -> Option<&'static TrainerSpec> {
    TRAINERS.iter().find(|spec| spec.name == name)
}

impl TrainerSpec {
    /// The trainer with these parameters, the others at their defaults.
    ///
    /// # Errors
    /// [`Fault`] with the first setting that is not known or out of range.
    pub fn make(&self, settings: &[(&str, &Value)]) -> Result<Made, Fault> {
        (self.make)(settings)
    }
}

impl Debug for TrainerSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrainerSpec").field("name", &self.name).finish()
    }
}

fn make<P: ParameterSet, T: Trainer + 'static>(
    settings: &[(&str, &Value)],
    check: impl Fn(P) -> Result<T, ParameterError>,
) -> Result<Made, Fault> {
    let mut params = P::default();
    for (position, (name, value)) in settings.iter().enumerate() {
        params.set_by_name(name, value).map_err(|error| Fault {
            position: Some(position),
            error,
        })?;
    }
    let values = params.all_values();
    let trainer = check(params).map_err(|error| Fault {
        position: None,
        error,
    })?;
    Ok(Made {
        trainer: Box::new(trainer),
        values,
    })
}

/// The parameters of a trainer that has none.
#[derive(Default)]
struct NoParams;

impl ParameterSet for NoParams {
    fn set_by_name(&mut self, name: &str, _value: &Value) -> Result<(), ParameterError> {
        Err(crate::parameter::unknown(&[], name))
    }

    fn all_values(&self) -> Vec<Value> {
        Vec::new()
    }
}

/// The reference page in Markdown, as `docs/trainers.md` holds it.
pub fn reference_page() -> String {
    let mut page = String::from(
        "# Trainers and their parameters\n\nMade from the declarations in `crates/learn` by `cargo xtask docs`; do not edit.\n",
    );
    for spec in TRAINERS {
        page.push_str(&format!("\n## {}\n\n{}\n", spec.name, spec.what));
        if spec.parameters.is_empty() {
            page.push_str("It has no parameters.\n");
            continue;
        }
        page.push_str("\n| parameter | takes | meaning |\n|---|---|---|\n");
        for parameter in spec.parameters {
            let takes = parameter.kind.to_string().replace('`', "");
            let help = parameter.help.trim().replace('\n', " ");
            page.push_str(&format!("| `{}` | {takes} | {help} |\n", parameter.name));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn every_trainer_is_made_with_its_defaults_and_refuses_what_it_does_not_know() {
        for spec in TRAINERS {
            let made = spec.make(&[]).unwrap();
            assert_eq!(made.values.len(), spec.parameters.len());
            let one = Value::Whole(1);
            let fault = spec.make(&[("no_such_thing", &one)]).unwrap_err();
            assert_eq!(fault.position, Some(0));
            assert!(
                fault
                    .error
                    .to_string()
                    .starts_with("unknown parameter `no_such_thing`")
            );
        }
    }
}
