//! ONNX: the trees as `ai.onnx.ml` operators, everything around them as plain ones.
//!
//! Inputs have the names of the bundle's. If all are numbers they are one tensor `features`, `(n, n_features)`, else
//! each column is a tensor of its own, `(n, 1)`; a missing number is `NaN`, a missing text is empty.
//! Outputs are `margins`, `(n, n_outputs)`, and `label` and `probabilities`, `(n, n_classes)`, or `prediction`, `(n, 1)`.
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
use crate::{Bundle, Calibration, Link, Model, Task};
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
    answer(bundle, &mut graph);
    Ok(graph.to_bytes(&bundle.name))
}

/// From `margins` to the outputs.
fn answer(bundle: &Bundle, graph: &mut Graph) {
    let n_outputs = bundle.model.n_outputs();
    graph.number_output("margins", n_outputs);
    match &bundle.task {
        Task::Regression { .. } => {
            let link = match bundle.calibration {
                Calibration::Source { link, .. } => link,
                _ => Link::Identity,
            };
            let prediction = linked(link, graph);
            graph.name_output(&prediction, "prediction");
            graph.number_output("prediction", 1);
        }
        Task::Binary {
            negative, positive, ..
        } => {
            let scaled = match bundle.calibration {
                Calibration::None => "margins".to_owned(),
                Calibration::Platt { slope, intercept } => {
                    let slope = graph.scalar(slope);
                    let intercept = graph.scalar(intercept);
                    let scaled = graph.node("Mul", &["margins", &slope]);
                    graph.node("Add", &[&scaled, &intercept])
                }
                Calibration::Source { link, .. } => sloped(link, graph),
            };
            let yes = graph.node("Sigmoid", &[&scaled]);
            let one = graph.scalar(1.0);
            let no = graph.node("Sub", &[&one, &yes]);
            graph.concat(&[&no, &yes], "probabilities");
            graph.number_output("probabilities", 2);
            let threshold = bundle
                .decision
                .as_ref()
                .map_or(0.5, |decision| decision.threshold);
            let threshold = graph.scalar(threshold);
            let acts = graph.node("GreaterOrEqual", &[&yes, &threshold]);
            let position = graph.cast(&acts, Element::Int64);
            let position = graph.flatten(&position);
            graph.label(&position, &[negative, positive]);
        }
        Task::Classes { classes, .. } => {
            let probabilities = match bundle.calibration {
                Calibration::Source {
                    link: link @ Link::Sigmoid { .. },
                    ..
                } => {
                    let sloped = sloped(link, graph);
                    graph.node("Sigmoid", &[&sloped])
                }
                _ => graph.softmax("margins"),
            };
            graph.name_output(&probabilities, "probabilities");
            graph.number_output("probabilities", classes.len());
            let position = graph.arg_max("probabilities");
            let classes: Vec<&str> = classes.iter().map(String::as_str).collect();
            graph.label(&position, &classes);
        }
    }
}

/// The margins times a sigmoid's slope.
fn sloped(link: Link, graph: &mut Graph) -> String {
    match link {
        Link::Sigmoid { slope } if slope != 1.0 => {
            let slope = graph.scalar(slope);
            graph.node("Mul", &["margins", &slope])
        }
        _ => "margins".to_owned(),
    }
}

fn linked(link: Link, graph: &mut Graph) -> String {
    match link {
        Link::Identity | Link::Softmax => graph.node("Identity", &["margins"]),
        Link::Exp => graph.node("Exp", &["margins"]),
        Link::Sigmoid { .. } => {
            let sloped = sloped(link, graph);
            graph.node("Sigmoid", &[&sloped])
        }
        Link::SignedSquare => {
            let size = graph.node("Abs", &["margins"]);
            graph.node("Mul", &["margins", &size])
        }
        Link::Softplus => {
            let e = graph.node("Exp", &["margins"]);
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
