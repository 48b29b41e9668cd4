//! `[model.*]` and `[report.*]`

use super::intervals::intervals;
use super::keys::KeyKind;
use super::problem::{Located, Problem};
use super::read::{Reader, describe, number};
use super::sections::{ClassWeight, Decide, ModelSection, Report, SplitBy, TaskWord};
use super::service::{one_of, parse_seconds};
use prepare::recipe::Derived;
use toml::de::DeValue;

/// A search takes a day at most.
const MAX_BUDGET_S: u64 = 86_400;

pub(super) fn model(name: Located<String>, reader: &Reader<'_>) -> Option<ModelSection> {
    let task = reader
        .text("task")
        .and_then(|task| one_of(reader, "task", &task, &TaskWord::WORDS))
        .and_then(TaskWord::from_word);
    let trainer = trainer(reader);
    let continue_from = reader.text("continue_from");
    if let (Some(from), Some(trainer)) = (&continue_from, &trainer)
        && trainer.value != "boost"
    {
        let (found, expected) = (
            format!("trainer `{}`", trainer.value),
            "`boost`, which alone goes on",
        );
        reader.wrong("continue_from", found, expected, from.span.clone());
    }
    let n_folds = reader.whole("folds");
    if let Some(folds) = n_folds.as_ref().filter(|folds| !(2..=20).contains(&folds.value)) {
        reader.wrong("folds", folds.value.to_string(), "2 to 20", folds.span.clone());
    }
    let split = split(reader, task);
    let features = reader
        .table("features")
        .map(|features| derived(&features))
        .unwrap_or_default();
    let params = reader
        .table("params")
        .map(|params| values(&params))
        .unwrap_or_default();
    let budget_s = budget(reader, task, trainer.as_ref(), continue_from.is_some());
    let (target, query) = targets(reader, task)?;
    Some(ModelSection {
        budget_s,
        task,
        data: reader.text("data").unwrap_or(Located {
            value: String::new(),
            span: name.span.clone(),
        }),
        target,
        query,
        contamination: contamination(reader, task),
        positive: reader.text("positive"),
        trainer: trainer.filter(|trainer| trainer.value != "auto"),
        n_folds: n_folds.map_or(5, |folds| folds.value.clamp(2, 20) as usize),
        split,
        weight: reader.text("weight"),
        class_weight: class_weight(reader),
        continue_from,
        exclude: reader.texts("exclude").unwrap_or_default(),
        decide: reader.table("decide").map_or(Decide::Half, |table| {
            let found = decide(&table);
            if task == Some(TaskWord::Anomaly) && matches!(found, Decide::Money { .. }) {
                let expected = "`capacity`, or `contamination` beside it: a score is no probability, so money has no meaning";
                reader.wrong("decide", "`gain` and `cost`".to_owned(), expected, table.span.clone());
            }
            found
        }),
        intervals: intervals(reader, task),
        features,
        params,
        name,
    })
}

fn trainer(reader: &Reader<'_>) -> Option<Located<String>> {
    let names = learn::trainers::TRAINERS.iter().map(|spec| spec.name);
    let known: Vec<&str> = ["auto"].into_iter().chain(names).collect();
    let trainer = reader.text("trainer")?;
    one_of(reader, "trainer", &trainer, &known).map(|_| trainer)
}

/// The seconds that a search may take; only boosted trees that learn anew are searched.
fn budget(
    reader: &Reader<'_>,
    task: Option<TaskWord>,
    trainer: Option<&Located<String>>,
    goes_on: bool,
) -> Option<u64> {
    let budget = reader.text("budget")?;
    let trainer = trainer.map(|trainer| trainer.value.as_str());
    let refuse = |found: String, expected: &str| reader.wrong("budget", found, expected, budget.span.clone());
    match trainer {
        Some("auto" | "boost") => {}
        None if task != Some(TaskWord::Anomaly) => {}
        trainer => {
            let found = format!("a budget for `{}`", trainer.unwrap_or("isolation"));
            refuse(found, "`boost` or `auto`, whose boosted trees alone are searched");
            return None;
        }
    }
    if goes_on {
        let expected = "one of them: what goes on from a bundle keeps its parameters";
        refuse("`budget` and `continue_from`".to_owned(), expected);
        return None;
    }
    let seconds = parse_seconds(&budget.value).filter(|seconds| *seconds <= MAX_BUDGET_S);
    if seconds.is_none() {
        refuse(
            format!("{:?}", budget.value),
            "a number with s, m or h from \"1s\" to \"24h\", such as \"60s\"",
        );
    }
    seconds
}

/// The column to predict and the column of queries, as the task needs them.
#[allow(clippy::type_complexity)]
fn targets(
    reader: &Reader<'_>,
    task: Option<TaskWord>,
) -> Option<(Option<Located<String>>, Option<Located<String>>)> {
    let needless = |key: &str, expected: &str| {
        if let Some(found) = reader.text(key) {
            reader.wrong(key, format!("`{}`", found.value), expected, found.span);
        }
    };
    match task {
        Some(TaskWord::Anomaly) => {
            needless(
                "target",
                "no target for anomalies; leave it out, or say it in `exclude`",
            );
            needless("query", "no query but for ranking");
            Some((None, None))
        }
        Some(TaskWord::Ranking) => {
            let (target, query) = (reader.required("target"), reader.required("query"));
            Some((Some(target?), Some(query?)))
        }
        _ => {
            needless("query", "no query but for task = \"ranking\"");
            Some((Some(reader.required("target")?), None))
        }
    }
}

fn split(reader: &Reader<'_>, task: Option<TaskWord>) -> SplitBy {
    match (reader.text("group"), reader.text("time")) {
        (Some(column), _) | (None, Some(column)) if task == Some(TaskWord::Ranking) => {
            reader.add(Problem::new(
                &reader.name,
                "`group` or `time`",
                "neither for ranking: folds keep the rows of a query together",
                column.span,
            ));
            SplitBy::Target
        }
        (Some(_), Some(time)) => {
            reader.add(Problem::new(
                &reader.name,
                "both `group` and `time`",
                "one of them",
                time.span,
            ));
            SplitBy::Target
        }
        (Some(group), None) => SplitBy::Group(group),
        (None, Some(time)) => SplitBy::Time(time),
        (None, None) => SplitBy::Target,
    }
}

fn class_weight(reader: &Reader<'_>) -> Option<ClassWeight> {
    if let Some(word) = reader.text_or_table("class_weight", KeyKind::TextOrNumbers)? {
        return match word.value.as_str() {
            "balanced" => Some(ClassWeight::Balanced),
            other => {
                let expected = "`balanced`, or a table of classes with a number each";
                reader.wrong("class_weight", format!("`{other}`"), expected, word.span);
                None
            }
        };
    }
    let table = reader.table("class_weight")?;
    let entry = |(class, _): (Located<String>, _)| {
        let weight = table.number(&class.value)?;
        if 0.0 < weight.value {
            return Some((class, weight.value));
        }
        table.wrong(
            &class.value,
            weight.value.to_string(),
            "a number above 0",
            weight.span,
        );
        None
    };
    Some(ClassWeight::Named(
        table.entries().into_iter().filter_map(entry).collect(),
    ))
}

fn contamination(reader: &Reader<'_>, task: Option<TaskWord>) -> Option<f64> {
    let share = reader.number("contamination")?;
    let expected = match task {
        Some(TaskWord::Anomaly) if 0.0 < share.value && share.value <= 0.5 => return Some(share.value),
        Some(TaskWord::Anomaly) => "above 0 and at most 0.5",
        _ => "no contamination but for task = \"anomaly\"",
    };
    reader.wrong("contamination", share.value.to_string(), expected, share.span);
    None
}

pub(super) fn derived(features: &Reader<'_>) -> Vec<(Located<String>, Derived)> {
    let mut list = Vec::new();
    for (name, expression) in features.text_entries() {
        match Derived::parse(&name.value, &expression.value) {
            Ok(derived) => list.push((
                Located {
                    value: name.value,
                    span: expression.span,
                },
                derived,
            )),
            Err(error) => features.wrong(
                &name.value,
                error.to_string(),
                "a row-wise expression",
                expression.span,
            ),
        }
    }
    list
}

pub(super) fn values(params: &Reader<'_>) -> Vec<(Located<String>, learn::Value)> {
    let mut list = Vec::new();
    for (name, value) in params.entries() {
        match parameter(value.get_ref()) {
            Some(value) => list.push((name, value)),
            None => params.wrong(
                &name.value,
                describe(value.get_ref()),
                "a number, a word, a list or a table of these",
                value.span(),
            ),
        }
    }
    list
}

/// A parameter's value as a project file writes it; a word needs no quotes.
pub fn value_of_text(text: &str) -> learn::Value {
    let line = format!("value = {text}");
    let table = toml::de::DeTable::parse(&line).ok();
    let table = table.as_ref().filter(|table| table.get_ref().len() == 1);
    let value = table.and_then(|table| table.get_ref().get("value"));
    let value = value.and_then(|value| parameter(value.get_ref()));
    value.unwrap_or_else(|| learn::Value::Text(text.to_owned()))
}

fn parameter(value: &DeValue<'_>) -> Option<learn::Value> {
    match value {
        DeValue::Integer(integer) => {
            let digits = integer.as_str().replace('_', "");
            i64::from_str_radix(&digits, integer.radix())
                .ok()
                .map(learn::Value::Whole)
        }
        DeValue::String(text) => Some(learn::Value::Text(text.to_string())),
        DeValue::Array(list) => {
            let list: Option<_> = list.iter().map(|value| parameter(value.get_ref())).collect();
            list.map(learn::Value::List)
        }
        DeValue::Table(table) => {
            let pair = |(name, value): (&toml::Spanned<_>, &toml::Spanned<DeValue<'_>>)| {
                let name: &std::borrow::Cow<'_, str> = name.get_ref();
                Some((name.to_string(), parameter(value.get_ref())?))
            };
            table
                .iter()
                .map(pair)
                .collect::<Option<_>>()
                .map(learn::Value::Table)
        }
        other => number(other).map(learn::Value::Number),
    }
}

pub(super) fn decide(reader: &Reader<'_>) -> Decide {
    let known = ["gain", "cost", "capacity"];
    for (key, _) in reader.entries() {
        if !known.contains(&key.value.as_str()) {
            let problem = Problem::new(
                &reader.name,
                format!("unknown key `{}`", key.value),
                "`gain` and `cost`, or `capacity`",
                key.span.clone(),
            );
            reader.add(problem.did_you_mean(&key.value, known));
        }
    }
    let (gain, cost, capacity) = (
        reader.number("gain"),
        reader.number("cost"),
        reader.number("capacity"),
    );
    match (gain, cost, capacity) {
        (Some(gain), Some(cost), None) if 0.0 < gain.value && 0.0 <= cost.value => Decide::Money {
            gain: gain.value,
            cost: cost.value,
        },
        (None, None, Some(share)) if 0.0 < share.value && share.value <= 1.0 => {
            Decide::Capacity { share: share.value }
        }
        _ => {
            let expected = "`gain` above 0 with `cost` of 0 or more, or `capacity` above 0 and at most 1";
            reader.add(Problem::new(
                &reader.name,
                "numbers that do not fit",
                expected,
                reader.span.clone(),
            ));
            Decide::Half
        }
    }
}

pub(super) fn report(name: Located<String>, reader: &Reader<'_>) -> Report {
    Report {
        title: reader
            .text("title")
            .map_or_else(|| name.value.clone(), |title| title.value),
        models: reader.texts("models"),
        questions: reader.texts("questions"),
        changes: reader.texts("changes"),
        name,
    }
}
