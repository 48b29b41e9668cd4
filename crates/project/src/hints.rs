//! What a project could do better: said, never enforced.

use crate::file::{ModelSection, Project};
use crate::lineage::Lineage;
use query::Passage;
use table::quoted_list;

/// One sentence for each hint.
pub(crate) fn hints(project: &Project, lineage: &Lineage) -> Vec<String> {
    let of_model = |model| {
        let mut hints = computed_row_by_row(lineage, model);
        hints.extend(ended_rules(project, lineage, model));
        hints.extend(hidden_keys(project, lineage, model));
        hints
    };
    let mut hints: Vec<String> = Vec::new();
    for hint in project.models.iter().flat_map(of_model) {
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    hints
}

/// Features that SQL computed from the cells of their own row. A query that also gathers is left alone: what it computes
/// may stand on the groups that it makes.
fn computed_row_by_row(lineage: &Lineage, model: &ModelSection) -> Vec<String> {
    let table = &model.data.value;
    let columns = lineage.columns(table);
    if columns.iter().any(|column| column.passage == Passage::Gathered) {
        return Vec::new();
    }
    let is_no_input = |name: &String| {
        let others = model.target.iter().chain(&model.query).chain(&model.exclude);
        others.into_iter().any(|other| other.value == *name)
    };
    let computed = columns.iter().filter(|column| {
        column.passage == Passage::RowByRow && !column.sources.is_empty() && !is_no_input(&column.name)
    });
    computed
        .map(|column| {
            format!(
                "`[data.{table}].sql` computes `{}` row by row; move it to `[model.{}.features]`, so that callers need not compute it themselves",
                column.name, model.name.value
            )
        })
        .collect()
}

/// Columns that the model does not see because they are keys of other tables, under names that do not say so.
fn hidden_keys(project: &Project, lineage: &Lineage, model: &ModelSection) -> Vec<String> {
    let table = &model.data.value;
    let own = project.data(table).and_then(|data| data.key.as_ref());
    let mut keys = lineage.keys(project, table);
    keys.retain(|column| own.is_none_or(|own| own.value != *column));
    let sentence = |column: &String| {
        let found = lineage
            .columns(table)
            .iter()
            .find(|other| other.name == *column)?;
        let source = found.sources.iter().find(|source| source.column != *column)?;
        Some(format!(
            "`{column}` names rows and is no input of `{}`: it is `{}` of `{}`, a key",
            model.name.value, source.column, source.table
        ))
    };
    keys.iter().filter_map(sentence).collect()
}

/// Rules that the model's callers are not held to, because a query computes something else from the column.
fn ended_rules(project: &Project, lineage: &Lineage, model: &ModelSection) -> Vec<String> {
    let table = &model.data.value;
    let ended = lineage.ended_rules(project, table).into_iter();
    ended
        .map(|(source, column, computed)| {
            let computed = quoted_list(computed.iter().map(String::as_str), 12);
            format!(
                "the rules of `[expect.{source}]` about `{column}` are not asked of rows that `{}` scores: `[data.{table}].sql` computes {computed} from it; say in `[expect.{table}]` what must hold",
                model.name.value
            )
        })
        .collect()
}
