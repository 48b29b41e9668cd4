//! Whether the parts of a bundle fit each other: they may come from a stranger's file.

use crate::{BundleError, Draft, Model, Task};
use prepare::recipe::Encoding;

/// Whether the parts of a draft fit each other.
///
/// # Errors
/// [`BundleError::Format`] with the first that does not.
pub(crate) fn check(draft: &Draft, name: &str) -> Result<(), BundleError> {
    let refuse =
        |part: &str, found: String, expected: String| Err(BundleError::format(name, part, found, expected));
    let n_features = draft.recipe.features.len();
    if let Some(wanted) = draft.model.n_features().filter(|wanted| *wanted != n_features) {
        return refuse(
            "the recipe",
            format!("{n_features} features"),
            format!("{wanted}, as the model has"),
        );
    }
    let n_outputs = draft.task.n_outputs();
    if draft.model.n_outputs() != n_outputs {
        return refuse(
            "the task",
            format!("{n_outputs} outputs"),
            format!("{}, as the model has", draft.model.n_outputs()),
        );
    }
    if let Some((found, expected)) = draft.task.fault() {
        return refuse("the task", found, expected.into());
    }
    if let Some(input) = draft.recipe.inputs.iter().find(|input| input.kind().is_none()) {
        return refuse(
            "the recipe",
            format!("kind `{}` of `{}`", input.kind, input.name),
            "a known kind".into(),
        );
    }
    for (feature, levels) in draft
        .recipe
        .features
        .iter()
        .zip(feature_levels(&draft.model).unwrap_or(&[]))
    {
        let expected = match &feature.encoding {
            Encoding::Category { levels } => levels.len() as u32 + 1,
            _ => 0,
        };
        if *levels != expected {
            return refuse(
                "the model",
                format!("{levels} levels of `{}`", feature.name),
                expected.to_string(),
            );
        }
    }
    if !draft.link.is_sound()
        || !draft.calibration.is_sound()
        || draft
            .decision
            .as_ref()
            .is_some_and(|decision| !decision.is_sound())
    {
        return refuse(
            "link, calibration and decision",
            "numbers out of range".into(),
            "a rising link and a threshold in [0, 1]".into(),
        );
    }
    if !draft.link.fits(&draft.task) {
        let expected = format!("a link of {}", draft.task.word());
        return refuse("the link", format!("{:?}", draft.link), expected);
    }
    if !draft.calibration.fits(&draft.task) {
        let expected = "none without two classes".into();
        return refuse("the calibration", "Platt's".into(), expected);
    }
    if !draft.baseline.is_sound() {
        return refuse(
            "the baseline",
            "ranges that do not fit".into(),
            "rising edges with a count between each".into(),
        );
    }
    // anomalies are decided for, but have no truth to be counted by
    let n_classes = match draft.task {
        Task::Anomaly => 0,
        _ => draft.task.classes().len(),
    };
    if let Some((found, expected)) = draft.evaluation.fault(n_classes) {
        return refuse("the evaluation", found, expected);
    }
    if let Some(intervals) = &draft.intervals
        && let Some((found, expected)) = intervals.fault(&draft.task, &draft.recipe, &draft.private)
    {
        return refuse("the intervals", found, expected);
    }
    if draft.decision.is_some() && !matches!(draft.task, Task::Binary { .. } | Task::Anomaly) {
        return refuse(
            "the decision",
            "a threshold".into(),
            "none without two classes or anomalies".into(),
        );
    }
    Ok(())
}

/// Per feature: 0 for a number, else the number of levels; `None` if the model takes any.
fn feature_levels(model: &Model) -> Option<&[u32]> {
    match model {
        Model::Trees(trees) => Some(trees.column_levels()),
        Model::Linear(linear) => Some(&linear.parts().feature_levels),
        Model::Constant(_) => None,
    }
}
