//! Names of other sections: defaults filled in, wrong ones reported.

use super::experiment::BaselineSection;
use super::problem::{Located, Problem};
use super::read::Gathered;
use super::sections::Project;

/// Fills in default tables and checks that names of other sections exist.
pub(super) fn references(project: &mut Project, problems: &Gathered) {
    let tables: Vec<String> = project.data.iter().map(|data| data.name.value.clone()).collect();
    let models: Vec<String> = project
        .models
        .iter()
        .map(|model| model.name.value.clone())
        .collect();
    let questions: Vec<String> = project
        .questions
        .iter()
        .map(|question| question.name.value.clone())
        .collect();
    let changes: Vec<String> = project
        .changes
        .iter()
        .map(|change| change.name.value.clone())
        .collect();
    if tables.is_empty() {
        problems.borrow_mut().push(Problem::new(
            "the project file",
            "no `[data.NAME]`",
            "at least one table",
            0..0,
        ));
        return;
    }
    let check = |offender: String, name: &Located<String>, known: &[String]| {
        if !known.contains(&name.value) {
            let names = || known.iter().map(String::as_str);
            let problem = Problem::new(
                offender,
                format!("`{}`", name.value),
                format!("one of {}", table::quoted_list(names(), 20)),
                name.span.clone(),
            );
            problems
                .borrow_mut()
                .push(problem.did_you_mean(&name.value, names()));
        }
    };
    for question in &mut project.questions {
        default_to(&mut question.data, &tables[0]);
        check(
            format!("[question.{}].data", question.name.value),
            &question.data,
            &tables,
        );
    }
    for change in &mut project.changes {
        default_to(&mut change.data, &tables[0]);
        let section = format!("[why.{}]", change.name.value);
        check(format!("{section}.data"), &change.data, &tables);
        if let Some(before) = &change.before_data {
            check(format!("{section}.before_data"), before, &tables);
        }
    }
    for experiment in &mut project.experiments {
        let name = experiment.name.value.clone();
        default_to(&mut experiment.data, &tables[tables.len() - 1]);
        check(format!("[experiment.{name}].data"), &experiment.data, &tables);
        if let BaselineSection::Data(data) = &experiment.baseline.value {
            let span = experiment.baseline.span.clone();
            let data = Located {
                value: data.clone(),
                span,
            };
            check(format!("[experiment.{name}].baseline.data"), &data, &tables);
        }
    }
    for model in &mut project.models {
        default_to(&mut model.data, &tables[tables.len() - 1]);
        check(format!("[model.{}].data", model.name.value), &model.data, &tables);
    }
    for expect in &project.expect {
        check(format!("[expect.{}]", expect.table.value), &expect.table, &tables);
    }
    for report in &project.reports {
        let names = |list: &Option<Vec<Located<String>>>| list.clone().unwrap_or_default();
        names(&report.models)
            .iter()
            .for_each(|name| check(format!("[report.{}].models", report.name.value), name, &models));
        names(&report.changes)
            .iter()
            .for_each(|name| check(format!("[report.{}].changes", report.name.value), name, &changes));
        names(&report.questions).iter().for_each(|name| {
            check(
                format!("[report.{}].questions", report.name.value),
                name,
                &questions,
            )
        });
    }
    let bare = |name: &Located<String>| Located {
        value: name.value.split('@').next().unwrap_or_default().to_owned(),
        span: name.span.clone(),
    };
    for service in &project.services {
        check(
            format!("[service.{}].model", service.name.value),
            &bare(&service.model),
            &models,
        );
    }
    for score in &project.scores {
        check(
            format!("[score.{}].model", score.name.value),
            &bare(&score.model),
            &models,
        );
    }
    for monitor in &project.monitors {
        check(
            format!("[monitor.{}].model", monitor.name.value),
            &bare(&monitor.model),
            &models,
        );
    }
}

pub(super) fn default_to(name: &mut Located<String>, default: &str) {
    if name.value.is_empty() {
        default.clone_into(&mut name.value);
    }
}
