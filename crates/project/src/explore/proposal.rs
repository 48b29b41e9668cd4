//! A whole plan for a file: how it is read, what its rows keep, what could be learnt from it.

use super::Explored;
use super::personal::personal;
use super::plan::{Spared, expect, key, number, quoted, renamed};
use profile::{ColumnProfile, Meaning, Warning};
use std::collections::BTreeSet;
use table::Kind;
use table::read::Format;

/// Relations with time below this do not ask for folds that go forward.
const WITH_TIME: f64 = 0.1;
/// Classes of a target beyond which it is none that can be told.
const MOST_CLASSES: f64 = 50.0;

pub(super) fn propose(found: &Explored, name: &str, source: &str) -> String {
    let private: Vec<(&ColumnProfile, &str)> = found
        .profile
        .columns
        .iter()
        .filter(|column| Some(&column.name) != found.profile.target.as_ref())
        .filter_map(|column| Some((column, personal(column)?)))
        .collect();
    let sentinels = sentinels(found);
    let spared = Spared {
        private: private.iter().map(|(column, _)| column.name.clone()).collect(),
        with_sentinel: sentinels
            .iter()
            .flat_map(|(_, columns)| columns.clone())
            .collect(),
    };
    let data = data(found, name, source, &private, &sentinels);
    let rules = expect(&found.profile, name, &spared);
    let parts = [Some(data), Some(rules), model(found, name)];
    parts.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

fn data(
    found: &Explored,
    name: &str,
    source: &str,
    private: &[(&ColumnProfile, &str)],
    sentinels: &[(f64, Vec<String>)],
) -> String {
    let mut lines = vec![
        format!("[data.{}]", key(name)),
        format!("source = {}", quoted(source)),
    ];
    lines.extend(key_of(found).map(|column| format!("key = {}  # names its row", quoted(column))));
    lines.extend(list(
        "private",
        private
            .iter()
            .map(|(column, what)| (quoted(&column.name), format!("looks like {what}"))),
    ));
    lines.extend(types(found));
    lines.extend(list(
        "sentinels",
        sentinels.iter().map(|(value, columns)| {
            let names = table::quoted_list(columns.iter().map(String::as_str), 5);
            (
                quoted(&number(*value)),
                format!("far from all other values of {names}"),
            )
        }),
    ));
    let renamed = renamed(&found.complaints);
    if !renamed.is_empty() {
        let names = table::quoted_list(renamed.iter().map(String::as_str), 5);
        lines.push(format!(
            "renames = true  # two columns have one name: {names} have new ones"
        ));
    }
    lines.join("\n") + "\n"
}

/// A list with a reason behind each of its values; nothing if it is empty.
fn list(name: &str, values: impl Iterator<Item = (String, String)>) -> Option<String> {
    let lines: Vec<String> = values
        // A comment ends with its line.
        .map(|(value, reason)| format!("  {value},  # {}\n", reason.replace(['\n', '\r'], " ")))
        .collect();
    (!lines.is_empty()).then(|| format!("{name} = [\n{}]", lines.concat()))
}

/// The column that names a row: the one said, else an identifier that neither repeats nor lacks a value.
fn key_of(found: &Explored) -> Option<&str> {
    let said = found.asked.key.as_deref();
    let columns = found.profile.columns.iter();
    let is_key = |column: &&ColumnProfile| {
        column.meaning == Meaning::Identifier
            && found
                .profile
                .relations
                .keys
                .iter()
                .any(|names| *names == [column.name.clone()])
    };
    said.or_else(|| columns.clone().find(is_key).map(|column| column.name.as_str()))
}

/// The kinds of columns of a text file about which something had to be guessed.
fn types(found: &Explored) -> Option<String> {
    let format = found.source.as_deref().map(Format::of)?.ok()?;
    let is_guessed = |column: &&ColumnProfile| {
        let named = format!("`{}`: ", column.name);
        column.kind != Kind::Text && found.guesses.iter().any(|guess| guess.contains(&named))
    };
    let types: Vec<String> = found
        .profile
        .columns
        .iter()
        .filter(is_guessed)
        .map(|column| format!("{} = {}", key(&column.name), quoted(column.kind.name())))
        .collect();
    let is_text = matches!(format, Format::Csv | Format::Tsv | Format::JsonLines);
    (is_text && !types.is_empty()).then(|| format!("types = {{ {} }}", types.join(", ")))
}

/// Numbers that may stand for missing with their columns, if no other column holds numbers on both sides of them.
fn sentinels(found: &Explored) -> Vec<(f64, Vec<String>)> {
    let mut values: Vec<(f64, Vec<String>)> = Vec::new();
    for warning in &found.profile.warnings {
        let Warning::Sentinel { column, value, .. } = warning else {
            continue;
        };
        match values.iter_mut().find(|(known, _)| known == value) {
            Some((_, columns)) => columns.push(column.clone()),
            None => values.push((*value, vec![column.clone()])),
        }
    }
    let is_elsewhere = |value: f64, columns: &[String]| {
        let others = found
            .profile
            .columns
            .iter()
            .filter(|column| !columns.contains(&column.name));
        let numbers = others.filter(|column| matches!(column.kind, Kind::Integer | Kind::Number));
        numbers
            .filter_map(|column| column.numbers.as_ref())
            .any(|numbers| numbers.min <= value && value <= numbers.max)
    };
    values.retain(|(value, columns)| !is_elsewhere(*value, columns));
    values
}

fn model(found: &Explored, name: &str) -> Option<String> {
    let target = found.profile.target.as_deref()?;
    let column = found
        .profile
        .columns
        .iter()
        .find(|column| column.name == target)?;
    let mut lines = vec![
        format!("[model.{}]", key(name)),
        format!("data = {}", quoted(name)),
        format!("target = {}", quoted(target)),
    ];
    lines.extend(
        found
            .asked
            .positive
            .as_ref()
            .map(|class| format!("positive = {}", quoted(class))),
    );
    let time = time_of(found);
    lines.extend(time.map(|column| {
        format!(
            "time = {}  # the target moves with it: folds go forward",
            quoted(&column.name)
        )
    }));
    lines.extend(list(
        "exclude",
        excluded(found, target, time.map(|column| column.name.as_str())),
    ));
    let text = lines.join("\n") + "\n";
    Some(match obstacle(column) {
        None => text,
        Some(why) => {
            let lines = text.lines().map(|line| format!("# {line}\n"));
            format!(
                "# No model of `{target}` can be learnt yet: {why}.\n{}",
                lines.collect::<String>()
            )
        }
    })
}

/// Why a run would refuse the target.
fn obstacle(target: &ColumnProfile) -> Option<String> {
    let distinct = target.distinct.value;
    if distinct < 2.0 {
        return Some("it has one value".to_owned());
    }
    let are_classes = matches!(target.kind, Kind::Text | Kind::Boolean)
        || (target.kind == Kind::Integer && distinct <= 2.0);
    if matches!(target.kind, Kind::Date | Kind::Time) {
        return Some(format!("it holds values of the kind {}", target.kind.name()));
    }
    if !are_classes {
        return None;
    }
    if MOST_CLASSES < distinct {
        return Some(format!("it has {distinct:.0} different values"));
    }
    let levels = target.levels.as_ref()?;
    let has_rare = levels.top.iter().any(|(_, n)| *n < prepare::recipe::MIN_SEEN)
        || levels.n_other > 0 && (levels.n_other as f64) < 10.0 * (distinct - levels.top.len() as f64);
    has_rare.then(|| "a class has fewer than 10 rows; join rare classes or leave their rows out".to_owned())
}

/// The column of time, if it is whole and the target moves with it.
fn time_of(found: &Explored) -> Option<&ColumnProfile> {
    let said = found
        .asked
        .time
        .as_ref()
        .or(found.profile.course.as_ref().map(|course| &course.time));
    let alpha = 1.0 - found.asked.level;
    let moves = |column: &&ColumnProfile| {
        let goes_along = column
            .association
            .as_ref()
            .is_some_and(|association| association.p_value < alpha && WITH_TIME <= association.strength());
        matches!(column.kind, Kind::Date | Kind::Time) && column.n_missing == 0 && goes_along
    };
    let is_said = |column: &&ColumnProfile| said.is_none_or(|said| *said == column.name);
    found.profile.columns.iter().filter(is_said).find(moves)
}

/// The columns that a model must not see, each with the reason.
fn excluded(found: &Explored, target: &str, time: Option<&str>) -> impl Iterator<Item = (String, String)> {
    let mut seen: BTreeSet<&str> = BTreeSet::from([target]);
    seen.extend(time);
    let mut list = Vec::new();
    for warning in &found.profile.warnings {
        let is_bad = match warning {
            Warning::Leak { .. }
            | Warning::LeakByMissing { .. }
            | Warning::Identifier { .. }
            | Warning::Constant { .. }
            | Warning::AllMissing { .. }
            | Warning::SameAs { .. } => true,
            // Folds that go forward do not let a model peek.
            Warning::TellsTime { .. } => time.is_none(),
            _ => false,
        };
        if let Some(column) = warning.column().filter(|_| is_bad)
            && seen.insert(column)
        {
            list.push((quoted(column), warning.to_string()));
        }
    }
    list.into_iter()
}
