//! From the text of a project file to typed sections, or to everything that is wrong with it.

use super::keys::SECTIONS;
use super::problem::{Located, Problem, Problems};
use super::read::{Gathered, Reader, describe, number};
use super::sections::{
    Data, Decide, Expect, ModelSection, Monitor, Origin, Project, Question, Report, Service, SplitBy,
    TaskWord,
};
use crate::ProjectError;
use prepare::contract::{Action, ColumnRule, Contract, Rule, TableRule};
use prepare::recipe::Derived;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use table::Kind;
use toml::de::{DeTable, DeValue};

/// What the caller decides instead of the file or the environment.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Files for `[data.NAME]`, by name.
    pub sources: BTreeMap<String, PathBuf>,
    /// Threads.
    pub n_threads: Option<usize>,
}

/// Reads the project file at `path` (or `spanwise.toml` in the folder `path`).
///
/// # Errors
/// [`ProjectError::Table`] if the file cannot be read, [`ProjectError::File`] with everything that is wrong with it.
pub fn load(path: &Path, overrides: &Overrides) -> Result<Project, ProjectError> {
    let path = if path.is_dir() {
        path.join("spanwise.toml")
    } else {
        path.to_owned()
    };
    let bytes = table::file::read_whole(&path, 16 << 20)?;
    let text = String::from_utf8(bytes).map_err(|_| table::TableError::NotThatFormat {
        name: path.display().to_string(),
        expected: "a project file in UTF-8",
        found: "other bytes".to_owned(),
    })?;
    let environment = |name: &str| std::env::var(name).ok();
    Ok(parse(&path, &text, overrides, &environment)?)
}

/// Reads the text of a project file; `environment` answers `${NAME}`.
///
/// # Errors
/// [`Problems`] with everything that is wrong.
pub fn parse(
    path: &Path,
    text: &str,
    overrides: &Overrides,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Project, Problems> {
    let gathered: Gathered = RefCell::new(Vec::new());
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        gathered
            .borrow_mut()
            .push(Problem::new("the project file", error.message(), "TOML", span));
    }
    let loader = Loader {
        path,
        overrides,
        environment,
        problems: &gathered,
    };
    let mut project = loader.project(text, document.get_ref());
    if gathered.borrow().is_empty() {
        references(&mut project, &gathered);
    }
    let mut list = gathered.into_inner();
    list.sort_by_key(|problem| problem.span.start);
    list.dedup();
    match list.is_empty() {
        true => Ok(project),
        false => Err(Problems {
            path: path.to_owned(),
            text: text.to_owned(),
            list,
        }),
    }
}

struct Loader<'a> {
    path: &'a Path,
    overrides: &'a Overrides,
    environment: &'a dyn Fn(&str) -> Option<String>,
    problems: &'a Gathered,
}

impl<'a> Loader<'a> {
    fn project(&self, text: &str, document: &'a DeTable<'a>) -> Project {
        let top = Reader::new("the project file".to_owned(), 0..0, document, self.problems);
        for (key, _) in top.entries() {
            if !SECTIONS.contains(&key.value.as_str()) {
                let expected = format!("one of {}", table::quoted_list(SECTIONS, 20));
                let problem = Problem::new(
                    "the project file",
                    format!("unknown section `[{}]`", key.value),
                    expected,
                    key.span.clone(),
                );
                top.add(problem.did_you_mean(&key.value, SECTIONS));
            }
        }
        let folder = self.path.canonicalize().ok().and_then(|path| {
            path.parent()?
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
        });
        let main = top.table("project").map(|table| table.named("[project]"));
        if let Some(main) = &main {
            main.check_keys("project");
        }
        let name = main
            .as_ref()
            .and_then(|main| main.text("name"))
            .map(|name| name.value);
        let all_cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = main
            .as_ref()
            .and_then(|main| main.whole("threads"))
            .map(|threads| threads.value.clamp(1, 1024) as usize);
        Project {
            path: self.path.to_owned(),
            text: text.to_owned(),
            name: name.or(folder).unwrap_or_else(|| "project".to_owned()),
            seed: main
                .as_ref()
                .and_then(|main| main.whole("seed"))
                .map_or(7, |seed| seed.value),
            memory_bytes: main
                .as_ref()
                .and_then(|main| self.memory(main))
                .unwrap_or(2 << 30),
            n_threads: self.overrides.n_threads.or(threads).unwrap_or(all_cores),
            data: self.named(&top, "data", |name, reader| self.data(name, reader)),
            expect: self.named(&top, "expect", |name, reader| Some(expect(name, reader))),
            questions: self.named(&top, "question", question),
            models: self.named(&top, "model", model),
            reports: self.named(&top, "report", |name, reader| Some(report(name, reader))),
            services: self.named(&top, "service", service),
            monitors: self.named(&top, "monitor", monitor),
        }
    }

    /// The sections `[kind.NAME]`, in the order of the file.
    fn named<T>(
        &self,
        top: &Reader<'a>,
        kind: &'static str,
        read: impl Fn(Located<String>, &Reader<'a>) -> Option<T>,
    ) -> Vec<T> {
        let Some(group) = top.table(kind) else {
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (name, value) in group.entries() {
            if let DeValue::Table(table) = value.get_ref() {
                let reader = Reader::new(
                    format!("[{kind}.{}]", name.value),
                    name.span.clone(),
                    table,
                    self.problems,
                );
                if kind != "expect" {
                    reader.check_keys(kind);
                }
                sections.extend(read(name, &reader));
            } else {
                let problem = Problem::new(
                    format!("[{kind}]"),
                    format!("`{}` = {}", name.value, describe(value.get_ref())),
                    format!("sections `[{kind}.NAME]`"),
                    name.span,
                );
                top.add(problem);
            }
        }
        sections
    }

    fn memory(&self, main: &Reader<'a>) -> Option<u64> {
        let memory = main.text("memory")?;
        let parsed = [("GiB", 30), ("MiB", 20), ("KiB", 10)]
            .iter()
            .find_map(|(unit, shift)| {
                let number: f64 = memory.value.trim().strip_suffix(unit)?.trim().parse().ok()?;
                (0.0 < number && number < 1e6).then_some((number * f64::from(1u32 << shift)) as u64)
            });
        if parsed.is_none() {
            main.wrong(
                "memory",
                format!("{:?}", memory.value),
                "a number with MiB or GiB, such as \"2GiB\"",
                memory.span,
            );
        }
        parsed
    }

    fn data(&self, name: Located<String>, reader: &Reader<'a>) -> Option<Data> {
        let overridden = self.overrides.sources.get(&name.value);
        let (source, sql) = (reader.text("source"), reader.text("sql"));
        let origin = match (overridden, source, sql) {
            (Some(path), _, _) => Some(Origin::File(Located {
                value: path.clone(),
                span: name.span.clone(),
            })),
            (None, Some(source), None) => self.expand(reader, source).map(Origin::File),
            (None, None, Some(sql)) => Some(Origin::Sql(sql)),
            (None, Some(source), Some(_)) => {
                reader.add(Problem::new(
                    &reader.name,
                    "both `source` and `sql`",
                    "one of them",
                    source.span,
                ));
                None
            }
            (None, None, None) => {
                reader.add(Problem::new(
                    &reader.name,
                    "neither `source` nor `sql`",
                    "one of them",
                    reader.span.clone(),
                ));
                None
            }
        };
        let options = self.read_options(reader);
        let key = reader.text("key");
        let private = reader.texts("private").unwrap_or_default();
        Some(Data {
            name,
            origin: origin?,
            key,
            private,
            options,
        })
    }

    /// `${NAME}` from the environment, then relative to the project file.
    fn expand(&self, reader: &Reader<'a>, source: Located<String>) -> Option<Located<PathBuf>> {
        let mut expanded = String::new();
        let mut rest = source.value.as_str();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, behind) = after.split_once('}').unwrap_or((after, ""));
            expanded.push_str(before);
            match (self.environment)(name) {
                Some(value) => expanded.push_str(&value),
                None => {
                    let problem = Problem::new(
                        format!("{}.source", reader.name),
                        format!("no environment variable `{name}`"),
                        "one that holds the path",
                        source.span,
                    );
                    let table = reader.name.trim_start_matches("[data.").trim_end_matches(']');
                    reader.add(Problem {
                        hint: Some(format!("set {name}, or pass --data {table}=PATH")),
                        ..problem
                    });
                    return None;
                }
            }
            rest = behind;
        }
        expanded.push_str(rest);
        let base = self.path.parent().unwrap_or(Path::new(""));
        Some(Located {
            value: base.join(expanded),
            span: source.span,
        })
    }

    fn read_options(&self, reader: &Reader<'a>) -> table::read::Options {
        let mut options = table::read::Options::default();
        if let Some(separator) = reader.text("separator") {
            match separator.value.as_bytes() {
                [byte] => options.separator = Some(*byte),
                _ => reader.wrong(
                    "separator",
                    format!("{:?}", separator.value),
                    "one ASCII character",
                    separator.span,
                ),
            }
        }
        options.encoding = reader.text("encoding").map(|encoding| encoding.value);
        if let Some(words) = reader.texts("null_words") {
            options.null_words = words.into_iter().map(|word| word.value).collect();
        }
        if let Some(limit) = reader.whole("max_columns") {
            options.max_columns = limit.value as usize;
        }
        for (column, kind) in reader
            .table("types")
            .map(|types| types.text_entries())
            .unwrap_or_default()
        {
            if let Some(kind) = known_kind(reader, &format!("types.{}", column.value), &kind) {
                options.kinds.insert(column.value, kind);
            }
        }
        options
    }
}

fn known_kind(reader: &Reader<'_>, key: &str, kind: &Located<String>) -> Option<Kind> {
    let known = Kind::from_name(&kind.value);
    if known.is_none() {
        let names = Kind::ALL.map(Kind::name);
        let problem = Problem::new(
            format!("{}.{key}", reader.name),
            format!("{:?}", kind.value),
            format!("one of {}", table::quoted_list(names, 10)),
            kind.span.clone(),
        );
        reader.add(problem.did_you_mean(&kind.value, names));
    }
    known
}

fn one_of<'k>(reader: &Reader<'_>, key: &str, found: &Located<String>, known: &[&'k str]) -> Option<&'k str> {
    let word = known.iter().find(|word| **word == found.value).copied();
    if word.is_none() {
        let expected = format!("one of {}", table::quoted_list(known.iter().copied(), 20));
        let problem = Problem::new(
            format!("{}.{key}", reader.name),
            format!("{:?}", found.value),
            expected,
            found.span.clone(),
        );
        reader.add(problem.did_you_mean(&found.value, known.iter().copied()));
    }
    word
}

fn expect(table: Located<String>, reader: &Reader<'_>) -> Expect {
    let mut contract = Contract::default();
    let mut columns = Vec::new();
    for (column, _) in reader.entries() {
        let Some(rules) = reader.table(&column.value) else {
            continue;
        };
        rules.check_keys("expect");
        if column.value == "*" {
            contract.table.extend(
                rules
                    .whole("min_rows")
                    .map(|least| TableRule::MinRows(least.value)),
            );
            contract
                .table
                .extend(rules.whole("max_rows").map(|most| TableRule::MaxRows(most.value)));
            continue;
        }
        column_rules(&column.value, &rules, &mut contract);
        columns.push(column);
    }
    Expect {
        table,
        contract,
        columns,
    }
}

fn column_rules(column: &str, reader: &Reader<'_>, contract: &mut Contract) {
    let action = reader
        .text("action")
        .and_then(|action| one_of(reader, "action", &action, &["refuse", "quarantine", "flag"]));
    let action = match action {
        Some("refuse") => Action::Refuse,
        Some("quarantine") => Action::Quarantine,
        Some("flag") => Action::Flag,
        _ => Action::Default,
    };
    let mut rules = Vec::new();
    if let Some(kind) = reader.text("type") {
        rules.extend(known_kind(reader, "type", &kind).map(|kind| Rule::Kind(kind.name().to_owned())));
    }
    rules.extend(
        reader
            .truth("required")
            .filter(|required| required.value)
            .map(|_| Rule::Required),
    );
    rules.extend(reader.number("min").map(|least| Rule::Min(least.value)));
    rules.extend(reader.number("max").map(|most| Rule::Max(most.value)));
    rules.extend(
        reader
            .texts("one_of")
            .map(|texts| Rule::OneOf(texts.into_iter().map(|text| text.value).collect())),
    );
    if let Some(pattern) = reader.text("matches") {
        match regex::Regex::new(&pattern.value) {
            Ok(_) => rules.push(Rule::Matches(pattern.value)),
            Err(error) => {
                let found = error.to_string().lines().last().unwrap_or_default().to_owned();
                reader.wrong("matches", found, "a regular expression", pattern.span);
            }
        }
    }
    let column_rule = |rule| ColumnRule {
        column: column.to_owned(),
        rule,
        action,
        declared: true,
    };
    contract.columns.extend(rules.into_iter().map(column_rule));
    let column = column.to_owned();
    if reader.truth("unique").is_some_and(|unique| unique.value) {
        contract.table.push(TableRule::Unique {
            column: column.clone(),
        });
    }
    if let Some(share) = reader.number("null_share") {
        if (0.0..=1.0).contains(&share.value) {
            contract.table.push(TableRule::NullShare {
                column: column.clone(),
                at_most: share.value,
            });
        } else {
            reader.wrong(
                "null_share",
                share.value.to_string(),
                "a share from 0 to 1",
                share.span,
            );
        }
    }
    if let Some(age) = reader.text("fresh") {
        contract
            .table
            .extend(seconds(reader, "fresh", &age).map(|within_s| TableRule::Fresh { column, within_s }));
    }
}

/// `90m`, `12h`, `7d`, `2w` in seconds.
fn seconds(reader: &Reader<'_>, key: &str, text: &Located<String>) -> Option<u64> {
    let parsed = parse_seconds(&text.value);
    if parsed.is_none() {
        reader.wrong(
            key,
            format!("{:?}", text.value),
            "a number with s, m, h, d or w, such as \"7d\"",
            text.span.clone(),
        );
    }
    parsed
}

fn parse_seconds(text: &str) -> Option<u64> {
    let text = text.trim();
    let unit = text.chars().last()?;
    let number: u64 = text[..text.len() - unit.len_utf8()]
        .trim()
        .parse()
        .ok()
        .filter(|number| 0 < *number)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return None,
    };
    number.checked_mul(seconds)
}

fn question(name: Located<String>, reader: &Reader<'_>) -> Option<Question> {
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

fn model(name: Located<String>, reader: &Reader<'_>) -> Option<ModelSection> {
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

fn derived(features: &Reader<'_>) -> Vec<(Located<String>, Derived)> {
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

fn values(params: &Reader<'_>) -> Vec<(Located<String>, learn::Value)> {
    let mut list = Vec::new();
    for (name, value) in params.entries() {
        let read = match value.get_ref() {
            DeValue::Integer(integer) => integer
                .as_str()
                .replace('_', "")
                .parse()
                .ok()
                .map(learn::Value::Whole),
            DeValue::String(text) => Some(learn::Value::Text(text.to_string())),
            other => number(other).map(learn::Value::Number),
        };
        match read {
            Some(value) => list.push((name, value)),
            None => params.wrong(
                &name.value,
                describe(value.get_ref()),
                "a number or a word",
                value.span(),
            ),
        }
    }
    list
}

fn decide(reader: &Reader<'_>) -> Decide {
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

fn report(name: Located<String>, reader: &Reader<'_>) -> Report {
    Report {
        title: reader
            .text("title")
            .map_or_else(|| name.value.clone(), |title| title.value),
        models: reader.texts("models"),
        questions: reader.texts("questions"),
        name,
    }
}

fn service(name: Located<String>, reader: &Reader<'_>) -> Option<Service> {
    let address = reader.text("address").unwrap_or(Located {
        value: "127.0.0.1:8080".to_owned(),
        span: name.span.clone(),
    });
    if address.value.parse::<std::net::SocketAddr>().is_err() {
        reader.wrong(
            "address",
            format!("{:?}", address.value),
            "an address and port, such as \"127.0.0.1:8080\"",
            address.span.clone(),
        );
    }
    let log = reader
        .text("log")
        .and_then(|log| one_of(reader, "log", &log, &["sampled", "audit", "off"]));
    let model = reader.required("model");
    Some(Service {
        model: model?,
        address,
        log: log.unwrap_or("sampled").to_owned(),
        name,
    })
}

fn monitor(name: Located<String>, reader: &Reader<'_>) -> Option<Monitor> {
    let text = |key: &str, default: &str| {
        reader.text(key).unwrap_or(Located {
            value: default.to_owned(),
            span: name.span.clone(),
        })
    };
    let window = text("window", "1d");
    let alarms = text("false_alarms", "1 per 12 weeks");
    let rate = parse_rate(&alarms.value);
    if rate.is_none() {
        reader.wrong(
            "false_alarms",
            format!("{:?}", alarms.value),
            "`N per M days` or `N per M weeks`",
            alarms.span.clone(),
        );
    }
    Some(Monitor {
        model: reader.text("model").unwrap_or(Located {
            value: name.value.clone(),
            span: name.span.clone(),
        }),
        window_s: seconds(reader, "window", &window)?,
        false_alarms_per_s: rate?,
        false_alarms: alarms.value,
        floor: reader.number("floor").map_or(0.1, |floor| floor.value),
        name,
    })
}

/// `1 per 12 weeks` as alarms per second.
fn parse_rate(text: &str) -> Option<f64> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (number, count, unit) = match words.as_slice() {
        [number, "per", count, unit] => (*number, *count, *unit),
        [number, "per", unit] => (*number, "1", *unit),
        _ => return None,
    };
    let unit_s = match unit.trim_end_matches('s') {
        "hour" => 3_600.0,
        "day" => 86_400.0,
        "week" => 604_800.0,
        _ => return None,
    };
    let (number, count): (f64, f64) = (number.parse().ok()?, count.parse().ok()?);
    let rate = number / (count * unit_s);
    (0.0 < rate && rate.is_finite()).then_some(rate)
}

/// Fills in default tables and checks that names of other sections exist.
fn references(project: &mut Project, problems: &Gathered) {
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
    for monitor in &project.monitors {
        check(
            format!("[monitor.{}].model", monitor.name.value),
            &bare(&monitor.model),
            &models,
        );
    }
}

fn default_to(name: &mut Located<String>, default: &str) {
    if name.value.is_empty() {
        default.clone_into(&mut name.value);
    }
}
