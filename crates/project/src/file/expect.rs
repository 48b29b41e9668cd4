//! `[expect.*]`

use super::data::known_kind;
use super::problem::Located;
use super::read::Reader;
use super::sections::Expect;
use super::service::{one_of, seconds};
use prepare::contract::{Action, ColumnRule, Contract, Rule, TableRule};

pub(super) fn expect(table: Located<String>, reader: &Reader<'_>) -> Expect {
    let mut contract = Contract::default();
    let mut columns = Vec::new();
    for (column, _) in reader.entries() {
        let Some(rules) = reader.table(&column.value) else {
            continue;
        };
        rules.check_keys("expect");
        if column.value == "*" {
            let (least, most) = (rules.whole("min_rows"), rules.whole("max_rows"));
            in_order(&rules, "max_rows", least.as_ref(), most.as_ref());
            contract
                .table
                .extend(least.map(|least| TableRule::MinRows(least.value)));
            contract
                .table
                .extend(most.map(|most| TableRule::MaxRows(most.value)));
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

/// Complains about a least that is above the most: nothing could ever keep both.
fn in_order<T: PartialOrd + std::fmt::Display>(
    reader: &Reader<'_>,
    key: &str,
    least: Option<&Located<T>>,
    most: Option<&Located<T>>,
) {
    if let (Some(least), Some(most)) = (least, most)
        && most.value < least.value
    {
        let expected = format!("at least the smallest allowed, {}", least.value);
        reader.wrong(key, most.value.to_string(), expected, most.span.clone());
    }
}

pub(super) fn column_rules(column: &str, reader: &Reader<'_>, contract: &mut Contract) {
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
    let (least, most) = (reader.number("min"), reader.number("max"));
    in_order(reader, "max", least.as_ref(), most.as_ref());
    rules.extend(least.map(|least| Rule::Min(least.value)));
    rules.extend(most.map(|most| Rule::Max(most.value)));
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
