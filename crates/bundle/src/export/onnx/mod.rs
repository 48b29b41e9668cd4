//! ONNX: the trees as `ai.onnx.ml` operators, everything around them as plain ones.
//!
//! Inputs have the names of the bundle's. If all are numbers they are one tensor `features`, `(n, n_features)`, else
//! each column is a tensor of its own, `(n, 1)`; a missing number is `NaN`, a missing text is empty.
//! Outputs are `margins`, `(n, n_outputs)`, and `label` and `probabilities`, `(n, n_classes)`, or `prediction`, `(n, 1)`, for
//! quantiles `(n, n_levels)` and rising.
//! Prediction intervals are left out.
//!
//! | model | operator | inputs | agrees with the bundle |
//! |---|---|---|---|
//! | trees of numbers | `TreeEnsembleRegressor` (`ai.onnx.ml` 3) | `float` | every row given as `float` reaches the same leaves; sums are `float`, so margins agree to about 1e-6 of the size of the leaves |
//! | XGBoost with categories | `TreeEnsemble` (5) | `float` | the same |
//! | other trees with categories | `TreeEnsemble` (5) | `double` | the same leaves; sums are `double`, so margins agree to about 1e-14 |
//! | linear | plain operators | `double` | to about 1e-12: terms are not rounded to the grid |

mod graph;
mod inputs;
mod linear;
mod proto;
mod trees;

use super::ExportError;
use crate::model::Precision;
use crate::{Bundle, Calibration, Decision, Link, Model, Task};
use graph::{Element, Graph};

/// The bundle as an ONNX model.
///
/// # Errors
/// [`ExportError`] naming what cannot be said: derived columns, days and times, constant models.
pub fn onnx(bundle: &Bundle) -> Result<Vec<u8>, ExportError> {
    let mut graph = match &bundle.model {
        Model::Trees(model) => {
            let element = trees::element(model);
            let mut graph = Graph::new(element);
            let columns = inputs::declare(bundle, &mut graph)?;
            trees::write(model, &columns, &mut graph);
            graph
        }
        Model::Linear(model) => {
            let mut graph = Graph::new(Element::Double);
            let columns = inputs::declare(bundle, &mut graph)?;
            linear::write(model, &columns, &mut graph);
            graph
        }
        Model::Constant(_) => {
            return Err(ExportError::unsupported(
                "the model",
                "a constant",
                "nothing of a row is looked at: no model is needed",
            ));
        }
    };
    answer(bundle, &mut graph)?;
    Ok(graph.to_bytes(&bundle.name))
}

/// From `margins` to the outputs.
fn answer(bundle: &Bundle, graph: &mut Graph) -> Result<(), ExportError> {
    let n_outputs = bundle.model.n_outputs();
    graph.number_output("margins", n_outputs);
    let decision = bundle.decision.as_ref();
    match &bundle.task {
        Task::Regression { .. } | Task::Ranking { .. } => {
            let prediction = linked(bundle.link, "margins", graph);
            graph.name_output(&prediction, "prediction");
            graph.number_output("prediction", 1);
        }
        Task::Anomaly => {
            let score = linked(bundle.link, "margins", graph);
            graph.name_output(&score, "prediction");
            graph.number_output("prediction", 1);
            decide(decision, "prediction", &bundle.task.classes(), graph);
        }
        Task::Quantiles { levels, .. } => {
            graph.rising("margins", levels.len(), "prediction");
            graph.number_output("prediction", levels.len());
        }
        Task::Binary { .. } => {
            let yes = match bundle.calibration {
                Calibration::None => linked(bundle.link, "margins", graph),
                Calibration::Platt { slope, intercept } => {
                    let scaled = scaled(slope, "margins", graph);
                    let intercept = graph.scalar(intercept);
                    let shifted = graph.node("Add", &[&scaled, &intercept]);
                    graph.node("Sigmoid", &[&shifted])
                }
            };
            let one = graph.scalar(1.0);
            let no = graph.node("Sub", &[&one, &yes]);
            graph.concat(&[&no, &yes], "probabilities");
            graph.number_output("probabilities", 2);
            decide(decision, &yes, &bundle.task.classes(), graph);
        }
        Task::Classes { classes, .. } => {
            let probabilities = match bundle.link {
                Link::Softmax => graph.softmax("margins"),
                link => linked(link, "margins", graph),
            };
            graph.name_output(&probabilities, "probabilities");
            graph.number_output("probabilities", classes.len());
            let position = graph.arg_max("probabilities");
            graph.label(&position, &bundle.task.classes());
        }
    }
    Ok(())
}

/// The label: the second class from the threshold on.
fn decide(decision: Option<&Decision>, value: &str, classes: &[&str], graph: &mut Graph) {
    let threshold = decision.map_or(0.5, |decision| decision.threshold);
    let threshold = graph.scalar(match graph.element {
        // The nearest one below would decide for rows that lie just under the threshold, one half among them.
        Element::Float => f64::from(up_to_f32(threshold)),
        _ => threshold,
    });
    let acts = graph.node("GreaterOrEqual", &[value, &threshold]);
    let position = graph.cast(&acts, Element::Int64);
    let position = graph.flatten(&position);
    graph.label(&position, classes);
}

/// The least number of 32 bits that is not below `value`.
fn up_to_f32(value: f64) -> f32 {
    let near = value as f32;
    match f64::from(near) < value {
        true => near.next_up(),
        false => near,
    }
}

fn scaled(slope: f64, margins: &str, graph: &mut Graph) -> String {
    if slope == 1.0 {
        return margins.to_owned();
    }
    let slope = graph.scalar(slope);
    graph.node("Mul", &[margins, &slope])
}

/// What margins mean, number by number.
fn linked(link: Link, margins: &str, graph: &mut Graph) -> String {
    match link {
        Link::Identity | Link::Softmax => graph.node("Identity", &[margins]),
        Link::Share => {
            let (zero, one) = (graph.scalar(0.0), graph.scalar(1.0));
            let held = graph.node("Max", &[margins, &zero]);
            graph.node("Min", &[&held, &one])
        }
        Link::Exp => graph.node("Exp", &[margins]),
        Link::Exp2 => {
            let two = graph.scalar(2.0);
            graph.node("Pow", &[&two, margins])
        }
        Link::Sigmoid { slope } => {
            let scaled = scaled(slope, margins, graph);
            graph.node("Sigmoid", &[&scaled])
        }
        Link::SignedSquare => {
            let size = graph.node("Abs", &[margins]);
            graph.node("Mul", &[margins, &size])
        }
        Link::Softplus => {
            let e = graph.node("Exp", &[margins]);
            let one = graph.scalar(1.0);
            let sum = graph.node("Add", &[&e, &one]);
            graph.node("Log", &[&sum])
        }
    }
}

/// The type of numbers that an imported model of this precision needs.
fn element_of(precision: Precision) -> Element {
    match precision {
        Precision::F32 => Element::Float,
        Precision::F64 => Element::Double,
    }
}
