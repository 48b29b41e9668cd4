//! A project as a graph of steps: tables, contracts, questions, candidates, bundles, stories.

use crate::file::{Data, ModelSection, Origin, Project, Question, WhySection};
use crate::lineage::Lineage;
use crate::records::{ContractRecord, SourceRecord, from_json, to_json};
use crate::train::{
    Lesson, Order, OutOfFoldRecord, SearchRecord, assemble, candidates, evaluate, search, weak_of_folds,
};
use crate::{Clock, Observer, ProjectError, moments};
use crate::{question, story, why};
use bundle::Bundle;
use prepare::contract::{Action, Contract, check_rows};
use query::{Config, Engine};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;
use table::arrow::array::StringArray;
use table::read::Format;
use table::{Hash, Table, write};
use workflow::{Graph, Inputs, Outputs, Step};

/// Part of every step's identity: another build of Spanwise does not trust the results of this one. The second part
/// is the hash of the sources (`build.rs`).
const BUILD: &str = concat!(env!("CARGO_PKG_VERSION"), " ", env!("SPANWISE_SOURCES"));

type StepResult = Result<Outputs, Box<dyn Error + Send + Sync>>;

/// The steps that make tables.
pub(crate) fn tables(project: &Project) -> Result<Graph<'_>, ProjectError> {
    let all = project.data.iter().map(|data| data.name.value.clone()).collect();
    tables_among(project, &all)
}

/// The steps that make these tables, which must name all that they are made from.
pub(crate) fn tables_among<'p>(
    project: &'p Project,
    names: &BTreeSet<String>,
) -> Result<Graph<'p>, ProjectError> {
    let mut graph = Graph::default();
    for data in in_order(project)?
        .into_iter()
        .filter(|data| names.contains(&data.name.value))
    {
        add_table(&mut graph, project, data)?;
    }
    Ok(graph)
}

/// The steps that make tables, and a search for each of some sections.
pub(crate) fn searches<'p>(
    project: &'p Project,
    lineage: &'p Lineage,
    open: &[(&'p ModelSection, u64, String)],
    observer: &'p dyn Observer,
    clock: &'p dyn Clock,
) -> Result<Graph<'p>, ProjectError> {
    let mut graph = tables(project)?;
    for (section, budget_s, of) in open {
        let (section, budget_s, of) = (*section, *budget_s, of.clone());
        let need = table_step(project, &section.data.value);
        let step = search_step(section);
        graph.add(Step::new(
            &step.clone(),
            &identity(&[&of]),
            &[&need.clone()],
            move |inputs| {
                let lesson = Lesson::new(project, section, lineage, &read_table(inputs, &need)?)?;
                let order = Order {
                    step: &step,
                    of: of.clone(),
                    budget_s,
                    observer,
                    clock,
                };
                Ok(one("record", to_json(&search(project, &lesson, order)?)))
            },
        ));
    }
    Ok(graph)
}

/// The step that searches a section's parameters.
pub(crate) fn search_step(section: &ModelSection) -> String {
    format!("search {}", section.name.value)
}

/// All steps, with what searches decided by model; the columns that they name must have been checked.
pub(crate) fn all<'p>(
    project: &'p Project,
    lineage: &'p Lineage,
    decided: &'p BTreeMap<String, SearchRecord>,
) -> Result<Graph<'p>, ProjectError> {
    let mut graph = questions(project, lineage)?;
    add_changes(&mut graph, project, lineage);
    for section in &project.models {
        let decided = decided.get(&section.name.value);
        add_model(&mut graph, project, lineage, section, decided);
    }
    story::add_steps(&mut graph, project, lineage);
    Ok(graph)
}

/// The step that answers a question.
pub(crate) fn question_step(question: &Question) -> String {
    format!("question {}", question.name.value)
}

/// The steps that make tables and answer questions; the columns that they name must have been checked.
pub(crate) fn questions<'p>(project: &'p Project, lineage: &'p Lineage) -> Result<Graph<'p>, ProjectError> {
    let mut graph = tables(project)?;
    for question in &project.questions {
        let need = table_step(project, &question.data.value);
        let name = question_step(question);
        let identity = identity(&[
            &question.ask,
            &format!("{:?}", question.asked),
            &project.seed.to_string(),
            &format!("{:?}", lineage.private(project, &question.data.value)),
        ]);
        graph.add(Step::new(&name, &identity, &[&need.clone()], move |inputs| {
            let record = question::answer(project, question, lineage, &read_table(inputs, &need)?)?;
            Ok(one("record", to_json(&record)))
        }));
    }
    Ok(graph)
}

/// The step that explains a change.
pub(crate) fn change_step(section: &WhySection) -> String {
    format!("why {}", section.name.value)
}

/// The steps that make tables and explain changes; the columns that they name must have been checked.
pub(crate) fn changes<'p>(project: &'p Project, lineage: &'p Lineage) -> Result<Graph<'p>, ProjectError> {
    let mut graph = tables(project)?;
    add_changes(&mut graph, project, lineage);
    Ok(graph)
}

fn add_changes<'p>(graph: &mut Graph<'p>, project: &'p Project, lineage: &'p Lineage) {
    for section in &project.changes {
        let tables = [Some(&section.data), section.before_data.as_ref()];
        let needs: Vec<String> = tables
            .iter()
            .flatten()
            .map(|name| table_step(project, &name.value))
            .collect();
        let identity = identity(&[
            &section.ask,
            &format!("{:?}", section.asked),
            &project.seed.to_string(),
            &format!("{:?}", why::private(project, section, lineage)),
        ]);
        let steps: Vec<&str> = needs.iter().map(String::as_str).collect();
        graph.add(Step::new(&change_step(section), &identity, &steps, {
            let needs = needs.clone();
            move |inputs| {
                let table = read_table(inputs, &needs[0])?;
                let before = needs.get(1).map(|need| read_table(inputs, need)).transpose()?;
                let record = why::of_section(project, section, lineage, &table, before.as_ref())?;
                Ok(one("record", to_json(&record)))
            }
        }));
    }
}

/// The step whose `table` is the table called `name`, as others may use it.
pub(crate) fn table_step(project: &Project, name: &str) -> String {
    let checked = project.expect.iter().any(|expect| expect.table.value == name);
    format!("{} {name}", if checked { "contract" } else { "table" })
}

/// The table that a step left.
pub(crate) fn read_table(inputs: &Inputs<'_>, step: &str) -> Result<Table, Box<dyn Error + Send + Sync>> {
    let bytes = inputs.read(step, "table")?;
    // A table without rows is a fair result of a query; only files must have some.
    Ok(table::read::from_bytes_allowing_empty(&bytes, Format::Arrow, step)?.table)
}

pub(crate) fn identity(parts: &[&str]) -> Vec<u8> {
    let parts = std::iter::once(BUILD).chain(parts.iter().copied());
    Hash::of_parts(parts.map(str::as_bytes)).to_hex().into_bytes()
}

fn one(name: &str, bytes: Vec<u8>) -> Outputs {
    [(name.to_owned(), bytes)].into()
}

fn add_table<'p>(graph: &mut Graph<'p>, project: &'p Project, data: &'p Data) -> Result<(), ProjectError> {
    let name = format!("table {}", data.name.value);
    let declared = format!("{:?}", moments::of_section(data));
    match &data.origin {
        Origin::File(path) => {
            if path.value.is_dir() {
                return Err(table::TableError::IsFolder {
                    path: path.value.clone(),
                }
                .into());
            }
            let content = Hash::of_file(&path.value)?;
            let format = Format::of(&path.value)?;
            let identity = identity(&[
                &content.to_hex(),
                &format!("{format:?}"),
                &format!("{:?}", data.options),
                &declared,
            ]);
            graph.add(Step::new(&name, &identity, &[], move |_| {
                let (read, found) = table::read::open_hashed(&path.value, &data.options)?;
                if found != content {
                    return Err(Box::new(ProjectError::data(
                        format!("`{}`", path.value.display()),
                        "other bytes than a moment ago",
                        "a file that stays as it is while it is read; run again",
                    )));
                }
                outputs_of(read, data)
            }));
        }
        Origin::Source(source) => {
            let local = project.fetched.get(&source.value, &data.options)?;
            let content = local.hash()?;
            let identity = identity(&[
                &content.to_hex(),
                &format!("{:?}", local.format()?),
                &format!("{:?}", data.options),
                &declared,
            ]);
            graph.add(Step::new(&name, &identity, &[], move |_| {
                outputs_of(local.open(&data.options)?, data)
            }));
        }
        Origin::Sql(sql) => {
            let needs: Vec<(String, String)> = used_tables(project, data)
                .iter()
                .map(|table| (table.clone(), table_step(project, table)))
                .collect();
            let key = data.key.as_ref().or_else(|| {
                needs
                    .iter()
                    .find_map(|(table, _)| project.data(table)?.key.as_ref())
            });
            let key = key.map(|key| key.value.clone());
            let memory = project.memory_bytes.to_string();
            let identity = identity(&[&sql.value, &format!("{key:?}"), &memory, &declared]);
            let steps: Vec<&str> = needs.iter().map(|(_, step)| step.as_str()).collect();
            graph.add(Step::new(&name, &identity, &steps, {
                let needs = needs.clone();
                move |inputs| query_table(project, data, &sql.value, key.as_deref(), &needs, inputs)
            }));
        }
    }
    if let Some(expect) = project
        .expect
        .iter()
        .find(|expect| expect.table.value == data.name.value)
    {
        let identity = identity(&[&format!("{:?}", expect.contract)]);
        graph.add(Step::new(
            &format!("contract {}", data.name.value),
            &identity,
            &[&name.clone()],
            move |inputs| {
                let quotes = |column: &str| may_quote(project, data, column);
                let table = read_table(inputs, &name)?;
                let mut outputs = apply_contract(&data.name.value, &expect.contract, &table, &quotes)?;
                let moments = inputs.read(&name, moments::PART)?;
                outputs.insert(moments::PART.to_owned(), moments.to_vec());
                Ok(outputs)
            },
        ));
    }
    Ok(())
}

fn outputs_of(read: table::read::Read, data: &Data) -> StepResult {
    let record = SourceRecord::new(&read.table, &read.complaints, read.guesses);
    Ok([
        ("table".to_owned(), write::to_bytes(&read.table, Format::Arrow)?),
        ("record".to_owned(), to_json(&record)),
        (
            moments::PART.to_owned(),
            moments::to_bytes(&moments::of_section(data)),
        ),
    ]
    .into())
}

fn query_table(
    project: &Project,
    data: &Data,
    sql: &str,
    key: Option<&str>,
    needs: &[(String, String)],
    inputs: &Inputs<'_>,
) -> StepResult {
    let engine = Engine::new(&Config {
        memory_bytes: project.memory_bytes,
        n_threads: project.n_threads,
        spill_folder: None,
    })?;
    for (table, step) in needs {
        engine.register(table, &read_table(inputs, step)?)?;
        engine.declare(
            table,
            &moments::from_bytes(&inputs.read(step, moments::PART)?, step)?,
        )?;
    }
    let answer = engine
        .training_table(sql, key)
        .map_err(|error| naming_tables(project, error))?;
    let record = SourceRecord::new(&answer.table, &table::Complaints::default(), answer.notes);
    let moments = moments::of_query(data, &engine, sql)?;
    Ok([
        ("table".to_owned(), write::to_bytes(&answer.table, Format::Arrow)?),
        ("record".to_owned(), to_json(&record)),
        (moments::PART.to_owned(), moments::to_bytes(&moments)),
    ]
    .into())
}

/// The engine knows only the tables that a query names; a wrong name is near one of the project's.
fn naming_tables(project: &Project, error: query::QueryError) -> query::QueryError {
    let query::QueryError::Plan { found } = &error else {
        return error;
    };
    let Some(wrong) = found
        .strip_prefix("no table `")
        .and_then(|rest| rest.split('`').next())
    else {
        return error;
    };
    let known = || project.data.iter().map(|data| data.name.value.as_str());
    let hint = table::nearest(wrong, known())
        .map(|name| format!("; did you mean `{name}`?"))
        .unwrap_or_default();
    query::QueryError::Plan {
        found: format!(
            "no table `{wrong}`; found {}{hint}",
            table::quoted_list(known(), 12)
        ),
    }
}

/// Leaves out the rows that break a rule, or refuses the table if a rule says so.
/// Whether a refusal may quote a column's value. What queries made of private columns is not known yet.
fn may_quote(project: &Project, data: &Data, column: &str) -> bool {
    match data.origin {
        Origin::File(_) | Origin::Source(_) => data.private.iter().all(|private| private.value != column),
        Origin::Sql(_) => project.data.iter().all(|data| data.private.is_empty()),
    }
}

fn apply_contract(
    name: &str,
    contract: &Contract,
    table: &Table,
    quotes: &dyn Fn(&str) -> bool,
) -> StepResult {
    let report = check_rows(contract, table)?;
    let refused: Vec<String> = report
        .breaches
        .iter()
        .filter(|breach| breach.action == Action::Refuse)
        .map(|breach| {
            format!(
                "{} of {} rows break `{}` of column `{}` (first: row {}{})",
                breach.rows.len(),
                report.n_rows,
                breach.rule,
                breach.column,
                breach.rows[0] + 1,
                match quotes(&breach.column) {
                    true => format!(", found `{}`", breach.found),
                    false => String::new(),
                }
            )
        })
        .collect();
    if !refused.is_empty() {
        return Err(Box::new(ProjectError::Contract {
            table: name.to_owned(),
            found: refused.join("; "),
        }));
    }
    let reasons = report.reasons(Action::Quarantine);
    let kept: Vec<usize> = (0..table.n_rows())
        .filter(|row| !reasons.contains_key(row))
        .collect();
    if kept.is_empty() && 0 < table.n_rows() {
        let found = reasons.values().next().cloned().unwrap_or_default();
        return Err(Box::new(ProjectError::Contract {
            table: name.to_owned(),
            found: format!("every one of {} rows: {found}", table.n_rows()),
        }));
    }
    let broken: Vec<usize> = reasons.keys().copied().collect();
    let texts: StringArray = reasons.values().map(Some).collect();
    let quarantine = table.take(&broken)?.with_column("_reason", Arc::new(texts))?;
    let record = ContractRecord::new(&report, broken.len() as u64);
    Ok([
        (
            "table".to_owned(),
            write::to_bytes(&table.take(&kept)?, Format::Arrow)?,
        ),
        (
            "quarantine".to_owned(),
            write::to_bytes(&quarantine, Format::Csv)?,
        ),
        ("record".to_owned(), to_json(&record)),
    ]
    .into())
}

fn add_model<'p>(
    graph: &mut Graph<'p>,
    project: &'p Project,
    lineage: &'p Lineage,
    section: &'p ModelSection,
    decided: Option<&'p SearchRecord>,
) {
    let need = table_step(project, &section.data.value);
    let settings = decided.map(SearchRecord::settings);
    let meaning = format!("{} {settings:?}", model_meaning(project, section));
    let names = candidates(section);
    let mut needs = vec![need.clone()];
    for name in &names {
        let step = format!("evaluate {} {name}", section.name.value);
        let (need, name) = (need.clone(), *name);
        graph.add(Step::new(
            &step,
            &identity(&[&meaning, name]),
            &[&need.clone()],
            move |inputs| {
                let table = read_table(inputs, &need)?;
                let lesson = Lesson::new(project, section, lineage, &table)?.deciding(decided);
                Ok(one("record", to_json(&evaluate(project, &lesson, name)?)))
            },
        ));
        needs.push(step);
    }
    let contract = lineage.contract(project, &section.data.value);
    let private: Vec<String> = lineage
        .private(project, &section.data.value)
        .into_iter()
        .collect();
    let decides = format!(
        "{:?} {contract:?} {private:?}{}",
        section.decide,
        section.interval_meaning()
    );
    let steps: Vec<&str> = needs.iter().map(String::as_str).collect();
    let step = Step::new(
        &format!("model {}", section.name.value),
        &identity(&[&meaning, &decides]),
        &steps,
        {
            let needs = needs.clone();
            move |inputs| {
                let table = read_table(inputs, &needs[0])?;
                let lesson = Lesson::new(project, section, lineage, &table)?.deciding(decided);
                let mut records = Vec::with_capacity(names.len());
                for (name, step) in names.iter().zip(&needs[1..]) {
                    let record: OutOfFoldRecord = from_json(&inputs.read(step, "record")?, step)?;
                    records.push(((*name).to_owned(), record));
                }
                let bundle: Bundle = assemble(project, &lesson, records.clone(), &contract, &private)?;
                let weak = weak_of_folds(&lesson, &bundle, &records, &private)?;
                Ok([
                    ("bundle".to_owned(), bundle.to_bytes()),
                    ("weak".to_owned(), to_json(&weak)),
                ]
                .into())
            }
        },
    );
    graph.add(step);
}

/// What decides a model besides its table; where things stand in the file does not.
pub(crate) fn model_meaning(project: &Project, section: &ModelSection) -> String {
    let value = |located: &crate::file::Located<String>| located.value.clone();
    let split = match &section.split {
        crate::file::SplitBy::Target => "target".to_owned(),
        crate::file::SplitBy::Group(column) => format!("group {}", column.value),
        crate::file::SplitBy::Time(column) => format!("time {}", column.value),
    };
    // A file that cannot be read is complained about when it is needed.
    let path = section
        .continue_from
        .as_ref()
        .map(|path| project.root().join(&path.value));
    let before = path.map(|path| Hash::of_file(&path).map(|hash| hash.to_hex()).ok());
    let keys: Vec<Option<String>> = project
        .data
        .iter()
        .map(|data| data.key.as_ref().map(value))
        .collect();
    format!(
        "{} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {before:?} {} {split} {:?} {:?} {:?} {:?} {keys:?}",
        project.seed,
        section.task,
        section.target.as_ref().map(value),
        section.query.as_ref().map(value),
        section.contamination,
        section.class_weights(),
        section.positive.as_ref().map(value),
        section.trainer.as_ref().map(value),
        section.n_folds,
        section.weight.as_ref().map(value),
        section.exclude.iter().map(value).collect::<Vec<_>>(),
        section
            .features
            .iter()
            .map(|(_, derived)| derived)
            .collect::<Vec<_>>(),
        section
            .params
            .iter()
            .map(|(key, value)| (&key.value, value))
            .collect::<Vec<_>>(),
    )
}

/// A table and all tables that it is made from.
pub(crate) fn sources_of(project: &Project, name: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(name) = open.pop() {
        if let Some(data) = project.data(&name)
            && found.insert(name)
        {
            open.extend(used_tables(project, data));
        }
    }
    found
}

/// The tables of the project that a query reads.
pub(crate) fn used_tables(project: &Project, data: &Data) -> Vec<String> {
    let Origin::Sql(sql) = &data.origin else {
        return Vec::new();
    };
    let mut names = query::tables_of(&sql.value);
    names.retain(|name| project.data(name).is_some());
    names
}

/// The tables, each behind those that it is made from.
pub(crate) fn in_order(project: &Project) -> Result<Vec<&Data>, ProjectError> {
    let mut placed: Vec<&Data> = Vec::new();
    while placed.len() < project.data.len() {
        let is_placed = |name: &String| placed.iter().any(|data| data.name.value == *name);
        let next = project
            .data
            .iter()
            .find(|data| !is_placed(&data.name.value) && used_tables(project, data).iter().all(is_placed));
        match next {
            Some(data) => placed.push(data),
            None => {
                let circle = project.data.iter().find(|data| !is_placed(&data.name.value));
                let (name, span) = circle
                    .map(|data| (data.name.value.clone(), data.name.span.clone()))
                    .unwrap_or_default();
                let problem = crate::file::Problem::new(
                    format!("[data.{name}].sql"),
                    "a table made from itself",
                    "queries that do not go in a circle",
                    span,
                );
                return Err(project.problems(vec![problem]).into());
            }
        }
    }
    Ok(placed)
}

/// The table that a step left, after the run.
pub(crate) fn read_outcome_table(outcome: &workflow::Outcome, step: &str) -> Result<Table, ProjectError> {
    let bytes = outcome.read(step, "table")?;
    Ok(table::read::from_bytes_allowing_empty(&bytes, Format::Arrow, step)?.table)
}
