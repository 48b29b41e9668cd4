//! Names of columns in the project file, checked against the tables before anything is learnt.

use crate::ProjectError;
use crate::file::{Located, Problem, Project, SplitBy};
use crate::steps::read_outcome_table;
use std::collections::BTreeMap;
use table::{Kind, nearest, quoted_list};
use workflow::Outcome;

type Columns = Vec<(String, Kind)>;

/// Complains about every column that the project names and its tables lack.
pub(crate) fn check(project: &Project, outcome: &Outcome) -> Result<(), ProjectError> {
    let mut columns: BTreeMap<&str, Columns> = BTreeMap::new();
    for data in &project.data {
        columns.insert(
            &data.name.value,
            read_outcome_table(outcome, &format!("table {}", data.name.value))?.columns(),
        );
    }
    let mut checker = Checker {
        columns,
        problems: Vec::new(),
    };
    for data in &project.data {
        let section = format!("[data.{}]", data.name.value);
        // A key or private column may belong to a table that the query left behind.
        if !matches!(data.origin, crate::file::Origin::Sql(_)) {
            checker.all(&data.name.value, &format!("{section}.key"), data.key.iter());
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
        checker.all(
            &question.data.value,
            &format!("{section}.outcome"),
            [&question.outcome],
        );
        checker.all(&question.data.value, &format!("{section}.by"), [&question.by]);
    }
    for model in &project.models {
        let section = format!("[model.{}]", model.name.value);
        checker.all(&model.data.value, &format!("{section}.target"), [&model.target]);
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
        if let SplitBy::Group(column) | SplitBy::Time(column) = &model.split {
            checker.all(&model.data.value, &format!("{section}.group or .time"), [column]);
        }
        checker.features(&model.data.value, &section, &model.features);
    }
    match checker.problems.is_empty() {
        true => Ok(()),
        false => Err(project.problems(checker.problems).into()),
    }
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

    /// Features may read those before them.
    fn features(
        &mut self,
        table: &str,
        section: &str,
        features: &[(Located<String>, prepare::recipe::Derived)],
    ) {
        let Some(mut columns) = self.columns.get(table).cloned() else {
            return;
        };
        for (name, derived) in features {
            match derived.expression.kind(&columns) {
                Ok(kind) => columns.push((name.value.clone(), kind)),
                Err(error) => {
                    let offender = format!("{section}.features.{}", name.value);
                    self.problems.push(Problem::new(
                        offender,
                        error.to_string(),
                        format!("an expression over columns of `{table}`"),
                        name.span.clone(),
                    ));
                }
            }
        }
    }
}
