//! `[question.*]`, `[model.*]` and `[report.*]`

use super::problem::{Located, Problem};
use super::read::{Reader, describe, number};
use super::sections::{Decide, ModelSection, Question, Report, SplitBy, TaskWord};
use super::service::one_of;
use prepare::recipe::Derived;
use toml::de::DeValue;

pub(super) fn question(name: Located<String>, reader: &Reader<'_>) -> Option<Question> {
    let (outcome, by) = (reader.required("outcome"), reader.required("by"));
    let (outcome, by) = (outcome?, by?);
    let ask = reader.text("ask").map(|ask| ask.value);
    Some(Question {
        ask: ask.unwrap_or_else(|| format!("Does `{}` differ by `{}`?", outcome.value, by.value)),
        data: reader.text("data").unwrap_or(Located {
            value: String::new(),
            span: name.span.clone(),
        }),
        positive: reader.text("positive"),
        outcome,
        by,
        name,
    })
}

pub(super) fn model(name: Located<String>, reader: &Reader<'_>) -> Option<ModelSection> {
    let task = reader
        .text("task")
        .and_then(|task| one_of(reader, "task", &task, &["classification", "regression"]));
    let trainer = reader.text("trainer").filter(|trainer| {
        one_of(
            reader,
            "trainer",
            trainer,
            &["auto", "boost", "linear", "baseline"],
        )
        .is_some()
    });
    let n_folds = reader.whole("folds");
    if let Some(folds) = n_folds.as_ref().filter(|folds| !(2..=20).contains(&folds.value)) {
        reader.wrong("folds", folds.value.to_string(), "2 to 20", folds.span.clone());
    }
    let split = match (reader.text("group"), reader.text("time")) {
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
    };
    let features = reader
        .table("features")
        .map(|features| derived(&features))
        .unwrap_or_default();
    let params = reader
        .table("params")
        .map(|params| values(&params))
        .unwrap_or_default();
    let target = reader.required("target");
    Some(ModelSection {
        task: task.map(|task| {
            if task == "regression" {
                TaskWord::Regression
            } else {
                TaskWord::Classification
            }
        }),
        data: reader.text("data").unwrap_or(Located {
            value: String::new(),
            span: name.span.clone(),
        }),
        target: target?,
        positive: reader.text("positive"),
        trainer: trainer.filter(|trainer| trainer.value != "auto"),
        n_folds: n_folds.map_or(5, |folds| folds.value.clamp(2, 20) as usize),
        split,
        weight: reader.text("weight"),
        exclude: reader.texts("exclude").unwrap_or_default(),
        decide: reader
            .table("decide")
            .map_or(Decide::Half, |decide_| decide(&decide_)),
        features,
        params,
        name,
    })
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
        name,
    }
}
