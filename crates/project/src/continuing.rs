//! What training can go on from: a bundle of boosted trees that tells the same, whose recipe is kept.
//!
//! A project asks by `continue_from`, an estimator by `init_model`; each names the offender in its own words.

use bundle::{Bundle, Link, Task};
use table::quoted_list;

/// Why a training cannot go on from a bundle.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Obstacle {
    pub(crate) found: String,
    pub(crate) expected: String,
}

/// Refuses a bundle of another task than `task`, and one without trees of our own to which others can be added.
pub(crate) fn check(before: &Bundle, task: &Task) -> Result<(), Obstacle> {
    if before.task != *task {
        let ordered = |task: &Task| {
            let mut classes: Vec<String> = task.classes().iter().map(ToString::to_string).collect();
            classes.sort_unstable();
            classes
        };
        if !task.classes().is_empty() && ordered(&before.task) == ordered(task) {
            return Err(Obstacle {
                found: format!(
                    "a bundle of the same classes in another order: {}",
                    described(&before.task)
                ),
                expected: format!(
                    "{}; the last of two is the one whose probability is told (`positive` in a project)",
                    described(task)
                ),
            });
        }
        return Err(Obstacle {
            found: format!("a bundle of another task: {}", described(&before.task)),
            expected: format!("the same target, classes and levels: {}", described(task)),
        });
    }
    match before.lineage.trainer.as_str() {
        "boost" => Ok(()),
        other => Err(Obstacle {
            found: format!("a bundle of the trainer `{other}`"),
            expected: "a bundle of `boost`, whose margins new trees can be added to".to_owned(),
        }),
    }
}

/// Refuses a bundle whose margins mean something else than those of a trainer with this link and these parameters.
pub(crate) fn check_loss(
    before: &Bundle,
    link: Link,
    parameters: &[(String, String)],
    hint: &str,
) -> Result<(), Obstacle> {
    let loss = |named: &[(String, String)]| {
        let loss = named.iter().find(|(name, _)| name == "loss");
        loss.map_or("auto".to_owned(), |(_, loss)| loss.clone())
    };
    match link == before.link {
        true => Ok(()),
        false => Err(Obstacle {
            found: format!("a bundle of the loss `{}`", loss(&before.lineage.parameters)),
            expected: format!(
                "one of the loss `{}`: margins of another loss mean something else; hint: `{hint}`",
                loss(parameters)
            ),
        }),
    }
}

/// Refuses a table of other columns than those that the bundle's recipe reads, or in another order.
pub(crate) fn check_columns(before: &Bundle, columns: &[String]) -> Result<(), Obstacle> {
    let inputs: Vec<&str> = before
        .recipe
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    let known = |name: &str| inputs.contains(&name);
    let missing: Vec<&str> = inputs
        .iter()
        .copied()
        .filter(|name| columns.iter().all(|own| own != name))
        .collect();
    let unknown: Vec<&str> = columns
        .iter()
        .map(String::as_str)
        .filter(|name| !known(name))
        .collect();
    let hint = |name: Option<&str>| {
        name.map(|name| format!("; did you mean `{name}`?"))
            .unwrap_or_default()
    };
    let kept = "because its recipe is kept";
    if let Some(name) = unknown.first() {
        let near = table::nearest(name, missing.iter().copied());
        return Err(Obstacle {
            found: format!(
                "the column `{name}`, which the bundle does not read{}",
                hint(near)
            ),
            expected: format!("its columns, {kept}: {}", quoted_list(inputs.iter().copied(), 20)),
        });
    }
    if let Some(name) = missing.first() {
        return Err(Obstacle {
            found: format!("no column `{name}`, which the bundle reads"),
            expected: format!("its columns, {kept}: {}", quoted_list(inputs.iter().copied(), 20)),
        });
    }
    match columns.iter().zip(&inputs).find(|(own, input)| own != *input) {
        None => Ok(()),
        Some((own, input)) => Err(Obstacle {
            found: format!("the column `{own}` where the bundle reads `{input}`"),
            expected: format!(
                "its columns in its order: {}",
                quoted_list(inputs.iter().copied(), 20)
            ),
        }),
    }
}

/// What is told, in a few words.
fn described(task: &Task) -> String {
    let classes = |classes: Vec<&str>| quoted_list(classes, 10);
    match task {
        Task::Binary { target, .. } | Task::Classes { target, .. } => {
            format!("a class of `{target}`, one of {}", classes(task.classes()))
        }
        Task::Regression { target } => format!("a number, `{target}`"),
        Task::Quantiles { target, levels } => {
            let levels: Vec<String> = levels.iter().map(f64::to_string).collect();
            format!("quantiles of `{target}`, {}", levels.join(", "))
        }
        Task::Ranking { target, query } => format!("the order by `{target}` of the rows of each `{query}`"),
        Task::Anomaly => "how unlike the others a row is".to_owned(),
    }
}
