//! Names of columns in the project file, checked against the tables before anything is learnt.

use crate::ProjectError;
use crate::file::{ExperimentSection, Located, MetricKind, ModelSection, Problem, Project, SplitBy};
use crate::lineage::Lineage;
use prepare::expression::columns_of;
use std::collections::BTreeMap;
use table::{Kind, nearest, quoted_list};

type Columns = Vec<(String, Kind)>;

/// Complains about every column that the project names and its tables lack.
pub(crate) fn check(project: &Project, lineage: &Lineage) -> Result<(), ProjectError> {
    let mut checker = Checker {
        columns: lineage
            .heads()
            .map(|(name, head)| (name, head.columns()))
            .collect(),
        problems: Vec::new(),
    };
    for data in &project.data {
        let section = format!("[data.{}]", data.name.value);
        // A key or private column may belong to a table that the query left behind.
        if !matches!(data.origin, crate::file::Origin::Sql(_)) {
            checker.all(&data.name.value, &format!("{section}.key"), data.key.iter());
        }
        for (key, column) in [("event_time", &data.event_time), ("known_at", &data.known_at)] {
            checker.all(&data.name.value, &format!("{section}.{key}"), column.iter());
        }
        checker.all(
            &data.name.value,
            &format!("{section}.private"),
            data.private.iter(),
        );
    }
    for expect in &project.expect {
        let section = format!("[expect.{}]", expect.table.value);
        checker.all(&expect.table.value, &section, expect.columns.iter());
    }
    for question in &project.questions {
        let section = format!("[question.{}]", question.name.value);
        for (key, column) in question.columns() {
            checker.all(&question.data.value, &format!("{section}.{key}"), [&column]);
        }
    }
    for change in &project.changes {
        let section = format!("[why.{}]", change.name.value);
        for (key, column) in &change.columns {
            checker.all(&change.data.value, &format!("{section}.{key}"), [column]);
        }
    }
    for experiment in &project.experiments {
        checker.experiment(experiment);
    }
    for model in &project.models {
        let section = format!("[model.{}]", model.name.value);
        checker.all(
            &model.data.value,
            &format!("{section}.target"),
            model.target.iter(),
        );
        checker.all(&model.data.value, &format!("{section}.query"), model.query.iter());
        checker.all(
            &model.data.value,
            &format!("{section}.exclude"),
            model.exclude.iter(),
        );
        checker.all(
            &model.data.value,
            &format!("{section}.weight"),
            model.weight.iter(),
        );
        let by = model
            .intervals
            .as_ref()
            .and_then(|intervals| intervals.by.as_ref());
        checker.all(&model.data.value, &format!("{section}.intervals.by"), by);
        if let SplitBy::Group(column) | SplitBy::Time(column) = &model.split {
            checker.all(&model.data.value, &format!("{section}.group or .time"), [column]);
        }
        checker.features(project, lineage, model, &section);
    }
    match checker.problems.is_empty() {
        true => Ok(()),
        false => Err(project.problems(checker.problems).into()),
    }
}

/// Columns that no feature may read, and what each is.
fn forbidden(project: &Project, lineage: &Lineage, model: &ModelSection) -> BTreeMap<String, String> {
    let keys = lineage.keys(project, &model.data.value);
    let excluded = model
        .exclude
        .iter()
        .map(|column| (column.value.clone(), "a column that is excluded"));
    let weight = model.weight.iter();
    excluded
        .chain(keys.into_iter().map(|column| (column, "a key")))
        .chain(weight.map(|column| (column.value.clone(), "the weight")))
        .chain(
            model
                .target
                .iter()
                .map(|column| (column.value.clone(), "the target")),
        )
        .chain(
            model
                .query
                .iter()
                .map(|column| (column.value.clone(), "the query")),
        )
        .map(|(column, what)| (column, what.to_owned()))
        .collect()
}

struct Checker<'p> {
    columns: BTreeMap<&'p str, Columns>,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn all<'n>(&mut self, table: &str, offender: &str, names: impl IntoIterator<Item = &'n Located<String>>) {
        let Some(columns) = self.columns.get(table) else {
            return;
        };
        for name in names
            .into_iter()
            .filter(|name| !columns.iter().any(|(column, _)| *column == name.value))
        {
            let known = || columns.iter().map(|(column, _)| column.as_str());
            let expected = format!("a column of `{table}`: {}", quoted_list(known(), 12));
            let hint = nearest(&name.value, known()).map(|name| format!("did you mean `{name}`?"));
            let problem = Problem::new(
                offender,
                format!("no column `{}`", name.value),
                expected,
                name.span.clone(),
            );
            self.problems.push(Problem { hint, ..problem });
        }
    }

    fn experiment(&mut self, experiment: &ExperimentSection) {
        let section = format!("[experiment.{}]", experiment.name.value);
        let mut all = |key: &str, names: &[&Located<String>]| {
            self.all(
                &experiment.data.value,
                &format!("{section}.{key}"),
                names.iter().copied(),
            );
        };
        all("unit", &experiment.unit.iter().collect::<Vec<_>>());
        all("arm", &[&experiment.arm]);
        all("covariates", &experiment.covariates.iter().collect::<Vec<_>>());
        all("strata", &experiment.strata.iter().collect::<Vec<_>>());
        all("segments", &experiment.segments.iter().collect::<Vec<_>>());
        all(
            "agree.column",
            &experiment
                .agree
                .iter()
                .map(|agree| &agree.column)
                .collect::<Vec<_>>(),
        );
        for metric in &experiment.metrics {
            all(
                &format!("metrics.{}.column", metric.name.value),
                &[&metric.column],
            );
            if let MetricKind::Ratio { per } = &metric.kind {
                all(&format!("metrics.{}.per", metric.name.value), &[per]);
            }
        }
    }

    /// Features may read those before them, and hide a column of their name from those behind them; what a caller does
    /// not send or the model must not know, no feature may read.
    fn features(&mut self, project: &Project, lineage: &Lineage, model: &ModelSection, section: &str) {
        let table = &model.data.value;
        let Some(mut columns) = self.columns.get(table.as_str()).cloned() else {
            return;
        };
        let mut forbidden = forbidden(project, lineage, model);
        for (name, derived) in &model.features {
            let mut refuse = |found: String, expected: String| {
                let offender = format!("{section}.features.{}", name.value);
                self.problems
                    .push(Problem::new(offender, found, expected, name.span.clone()));
            };
            if let Some(what) = forbidden.get(&name.value) {
                refuse(
                    format!("the name of {what}"),
                    "a name of its own, or the model would never see it".to_owned(),
                );
                continue;
            }
            match derived.expression.kind(&columns) {
                Ok(kind) => {
                    columns.retain(|(column, _)| *column != name.value);
                    columns.push((name.value.clone(), kind));
                }
                Err(error) => refuse(
                    error.to_string(),
                    format!("an expression over columns of `{table}`"),
                ),
            }
            let read = columns_of(&derived.expression);
            if let Some((column, what)) = read.iter().find_map(|column| forbidden.get_key_value(column)) {
                refuse(
                    format!("`{column}`, {what}"),
                    "columns that the model may see: no target, weight, key or excluded column".to_owned(),
                );
                let what = format!("a feature of {what}");
                forbidden.insert(name.value.clone(), what);
            }
        }
    }
}
