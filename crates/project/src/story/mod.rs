//! Stories: what the steps found, put into questions, answers, evidence and caveats.

mod about_data;
mod about_intervals;
mod about_model;
mod about_questions;
mod about_segments;

use crate::file::{ModelSection, Project, WhySection};
use crate::lineage::Lineage;
use crate::question::{QuestionRecord, correct};
use crate::records::{ContractRecord, SourceRecord, from_json, to_json};
use crate::steps::{identity, read_table, sources_of, table_step};
use crate::stories::IssueRecord;
use crate::weak::{self, WeakRecord};
use crate::why::{self, ChangeRecord};
use bundle::Bundle;
use report::{Fact, Story};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::error::Error;
use table::Table;
use workflow::{Graph, Inputs, Outputs, Step};

/// The form of what a story's step leaves, so that what an older one left is not taken for it.
const FORM: &str = "html, findings, record";

pub(crate) use about_data::without_value;
pub use about_model::model_charts;
pub use about_questions::{answer_sentence, difference_text, effect_text, group_text, question_charts};

/// A segment that stands out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The model whose target differs.
    pub model: String,
    /// The column.
    pub column: String,
    /// The second column, if the segment has two.
    pub other: Option<String>,
    /// The segment: `contract is monthly`.
    pub segment: String,
    /// Rows in it.
    pub n: u64,
    /// The share of positives, or the mean, in the segment.
    pub inside: f64,
    /// The same among all others.
    pub outside: f64,
    /// The difference with its 95 % interval.
    pub difference: [f64; 3],
    /// The p-value corrected over all segments looked at (Benjamini-Hochberg).
    pub p_adjusted: f64,
    /// The finding in words.
    pub sentence: String,
}

/// The names of the stories: the reports, or `story` if there is something to tell and no report.
pub(crate) fn names(project: &Project) -> Vec<String> {
    if !project.reports.is_empty() {
        return project
            .reports
            .iter()
            .map(|report| report.name.value.clone())
            .collect();
    }
    let has_something =
        !(project.models.is_empty() && project.questions.is_empty() && project.changes.is_empty());
    if has_something {
        vec!["story".to_owned()]
    } else {
        Vec::new()
    }
}

/// What one story is about.
struct Plan<'p> {
    project: &'p Project,
    lineage: &'p Lineage,
    title: String,
    models: Vec<&'p ModelSection>,
    questions: Vec<String>,
    changes: Vec<&'p WhySection>,
}

impl<'p> Plan<'p> {
    fn of(project: &'p Project, lineage: &'p Lineage, name: &str) -> Plan<'p> {
        let report = project.reports.iter().find(|report| report.name.value == name);
        let listed = |list: Option<&Vec<crate::file::Located<String>>>, name: &str| {
            list.is_none_or(|list| list.iter().any(|located| located.value == name))
        };
        let models = project
            .models
            .iter()
            .filter(|model| listed(report.and_then(|r| r.models.as_ref()), &model.name.value));
        let questions = project
            .questions
            .iter()
            .map(|question| question.name.value.clone());
        let changes = project
            .changes
            .iter()
            .filter(|change| listed(report.and_then(|r| r.changes.as_ref()), &change.name.value));
        Plan {
            changes: changes.collect(),
            project,
            lineage,
            title: report.map_or_else(|| project.name.clone(), |report| report.title.clone()),
            models: models.collect(),
            questions: questions
                .filter(|name| listed(report.and_then(|r| r.questions.as_ref()), name))
                .collect(),
        }
    }

    /// What decides the story besides what its steps left; where things stand in the file does not.
    fn meaning(&self) -> String {
        let value = |located: &crate::file::Located<String>| located.value.clone();
        let tables = self.project.data.iter().map(|data| {
            let private = self.private(&data.name.value);
            format!(
                "{} {:?} {:?} {private:?}",
                data.name.value,
                origin_text(data),
                data.key.as_ref().map(value)
            )
        });
        let models = self.models.iter().map(|section| {
            format!(
                "{} {} {}",
                section.name.value,
                section.data.value,
                crate::steps::model_meaning(self.project, section)
            )
        });
        let questions = self
            .project
            .questions
            .iter()
            .map(|question| format!("{} {}", question.name.value, question.data.value));
        let changes = self
            .changes
            .iter()
            .map(|change| format!("{} {}", change.name.value, change.data.value));
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?}",
            self.title,
            self.project.name,
            self.questions,
            tables.collect::<Vec<_>>(),
            models.collect::<Vec<_>>(),
            questions.collect::<Vec<_>>(),
            changes.collect::<Vec<_>>()
        )
    }

    /// The columns of a table whose values no story shows.
    fn private(&self, table: &str) -> BTreeSet<String> {
        self.lineage.private(self.project, table)
    }

    /// The tables behind the story, in the order of the file.
    fn tables(&self) -> Vec<String> {
        let mut used = BTreeSet::new();
        self.models
            .iter()
            .for_each(|model| used.extend(sources_of(self.project, &model.data.value)));
        let asked = self
            .project
            .questions
            .iter()
            .filter(|question| self.questions.contains(&question.name.value));
        asked.for_each(|question| used.extend(sources_of(self.project, &question.data.value)));
        for change in &self.changes {
            let tables = [Some(&change.data), change.before_data.as_ref()];
            tables
                .into_iter()
                .flatten()
                .for_each(|name| used.extend(sources_of(self.project, &name.value)));
        }
        self.project
            .data
            .iter()
            .map(|data| data.name.value.clone())
            .filter(|name| used.contains(name))
            .collect()
    }
}

/// Adds a step for each story.
pub(crate) fn add_steps<'p>(graph: &mut Graph<'p>, project: &'p Project, lineage: &'p Lineage) {
    for name in names(project) {
        let plan = Plan::of(project, lineage, &name);
        let mut needs: Vec<String> = Vec::new();
        for table in plan.tables() {
            needs.push(format!("table {table}"));
            let step = table_step(project, &table);
            if !needs.contains(&step) {
                needs.push(step);
            }
        }
        // All questions, because the correction is over all of them.
        needs.extend(
            project
                .questions
                .iter()
                .map(|question| format!("question {}", question.name.value)),
        );
        needs.extend(
            plan.changes
                .iter()
                .map(|change| crate::steps::change_step(change)),
        );
        needs.extend(
            plan.models
                .iter()
                .map(|model| format!("model {}", model.name.value)),
        );
        let identity = identity(&[&plan.meaning(), FORM]);
        let steps: Vec<&str> = needs.iter().map(String::as_str).collect();
        graph.add(Step::new(&format!("story {name}"), &identity, &steps, {
            move |inputs| tell(&plan, inputs)
        }));
    }
}

/// Where a table comes from, without folders, for readers of the appendix.
fn origin_text(data: &crate::file::Data) -> String {
    match &data.origin {
        crate::file::Origin::File(path) => path
            .value
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default(),
        crate::file::Origin::Source(source) => source.value.title(),
        crate::file::Origin::Sql(sql) => sql.value.clone(),
    }
}

/// A table of the story with all that is known about it.
struct Told {
    name: String,
    origin: String,
    table: Table,
    source: SourceRecord,
    contract: Option<ContractRecord>,
}

fn tell(plan: &Plan<'_>, inputs: &Inputs<'_>) -> Result<Outputs, Box<dyn Error + Send + Sync>> {
    let tables = plan
        .tables()
        .iter()
        .map(|name| told(plan, inputs, name))
        .collect::<Result<Vec<Told>, _>>()?;
    let mut questions = Vec::new();
    for question in &plan.project.questions {
        let step = format!("question {}", question.name.value);
        questions.push(from_json::<QuestionRecord>(
            &inputs.read(&step, "record")?,
            &step,
        )?);
    }
    correct(&mut questions)?;
    questions.retain(|question| plan.questions.contains(&question.name));
    let mut story = Story {
        title: plan.title.clone(),
        subtitle: subtitle(&tables),
        foot: vec![format!(
            "Made by Spanwise {} from the project `{}`. The same project and data give the same page.",
            env!("CARGO_PKG_VERSION"),
            plan.project.name
        )],
        ..Story::default()
    };
    // The data behind each section.
    let mut behind: Vec<Vec<String>> = questions
        .iter()
        .map(|question| vec![question.data.clone()])
        .collect();
    about_questions::tell(&mut story, plan.project, &questions);
    for change in &plan.changes {
        let step = crate::steps::change_step(change);
        let record: ChangeRecord = from_json(&inputs.read(&step, "record")?, &step)?;
        story.sections.push(why::section(&record));
        story.lead.push(why::answer(&record));
        behind.push(asked_of(plan, inputs, change)?);
    }
    let mut findings = Vec::new();
    for section in &plan.models {
        let step = format!("model {}", section.name.value);
        let bundle = Bundle::from_bytes(&inputs.read(&step, "bundle")?, &step)?;
        let rows = read_table(inputs, &table_step(plan.project, &section.data.value))?;
        let weak: Option<WeakRecord> = from_json(&inputs.read(&step, "weak")?, &step)?;
        let private = plan.private(&section.data.value);
        let is_hidden = private.contains(bundle.task.target());
        let told = match is_hidden {
            true => bundle.clone().with_unnamed_classes(),
            false => bundle.clone(),
        };
        let found = about_segments::find(section, &bundle, &told.task, &rows, &private)?;
        let bundle = told;
        // Where there are several models, each section says which one it is about.
        let of_model = match plan.models.len() {
            1 => String::new(),
            _ => format!(" ({})", section.name.value),
        };
        about_segments::tell(&mut story, &bundle, &found, &of_model);
        about_model::tell(
            &mut story,
            &bundle,
            &crate::explain::summarised(&bundle, &rows)?,
            sql_of(plan.project, &section.data.value),
            &of_model,
        );
        let weak = weak.map(|found| {
            if is_hidden {
                weak::without_names(found)
            } else {
                found
            }
        });
        story
            .sections
            .extend(weak.map(|found| weak::section(&found, &of_model)));
        behind.resize(story.sections.len(), vec![bundle.lineage.data.clone()]);
        findings.extend(found);
    }
    about_data::tell(&mut story, &tables, plan)?;
    let all = tables.iter().map(|told| told.table.hash().to_hex());
    behind.resize(story.sections.len(), all.collect());
    let record = IssueRecord::of(&story, &behind);
    Ok([
        ("html".to_owned(), story.to_html().into_bytes()),
        ("findings".to_owned(), to_json(&findings)),
        ("record".to_owned(), to_json(&record)),
    ]
    .into())
}

/// The hashes of the tables that a change was asked of.
fn asked_of(
    plan: &Plan<'_>,
    inputs: &Inputs<'_>,
    change: &WhySection,
) -> Result<Vec<String>, Box<dyn Error + Send + Sync>> {
    let tables = [change.before_data.as_ref(), Some(&change.data)]
        .into_iter()
        .flatten();
    tables
        .map(|name| {
            Ok(read_table(inputs, &table_step(plan.project, &name.value))?
                .hash()
                .to_hex())
        })
        .collect()
}

fn told(plan: &Plan<'_>, inputs: &Inputs<'_>, name: &str) -> Result<Told, Box<dyn Error + Send + Sync>> {
    let raw = format!("table {name}");
    let step = table_step(plan.project, name);
    let contract = match step == raw {
        true => None,
        false => Some(from_json(&inputs.read(&step, "record")?, &step)?),
    };
    let origin = plan.project.data(name).map(origin_text).unwrap_or_default();
    Ok(Told {
        name: name.to_owned(),
        origin,
        table: read_table(inputs, &step)?,
        source: from_json(&inputs.read(&raw, "record")?, &raw)?,
        contract,
    })
}

fn subtitle(tables: &[Told]) -> String {
    let rows = |told: &Told| {
        format!(
            "{} rows of {}",
            report::format_count(told.table.n_rows() as u64),
            told.name
        )
    };
    tables.iter().map(rows).collect::<Vec<_>>().join(", ")
}

fn sql_of(project: &Project, table: &str) -> Option<String> {
    project.data(table).map(origin_text)
}

/// One line of the appendix.
fn fact(
    name: impl Into<String>,
    value: impl Into<String>,
    query: Option<String>,
    data: &str,
    method: &str,
) -> Fact {
    Fact {
        name: name.into(),
        value: value.into(),
        query,
        data_hash: data.chars().take(12).collect(),
        method: method.to_owned(),
    }
}

/// A value with its interval, as it is read; the unit is said once.
fn with_interval(format: &report::Format, value: f64, low: f64, high: f64) -> String {
    let words = |x: f64| match format {
        report::Format::Points => format.value(x).trim_end_matches(" pts").to_owned(),
        _ => format.value(x),
    };
    let unit = match format {
        report::Format::Points => " points",
        _ => "",
    };
    format!("{}{unit} ({} to {})", words(value), words(low), words(high))
}
