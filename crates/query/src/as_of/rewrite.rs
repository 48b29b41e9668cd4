//! As-of joins brought into a form that is planned as one relation: each alone in parentheses with what stands before it.

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Join, JoinOperator, Select, TableFactor, TableWithJoins, VisitMut, VisitorMut,
};
use std::ops::ControlFlow;

/// Brings every as-of join of a statement into that form.
pub(crate) fn fold(statement: &mut Statement) {
    match statement {
        Statement::Statement(statement) => {
            let _ = VisitMut::visit(statement.as_mut(), &mut Folder);
        }
        Statement::Explain(explain) => fold(&mut explain.statement),
        _ => {}
    }
}

struct Folder;

impl VisitorMut for Folder {
    type Break = ();

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        select.from.iter_mut().for_each(fold_joins);
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let TableFactor::NestedJoin { table_with_joins, .. } = factor
            && !is_folded(table_with_joins)
        {
            fold_joins(table_with_joins);
        }
        ControlFlow::Continue(())
    }
}

pub(super) fn is_as_of(join: &Join) -> bool {
    matches!(join.join_operator, JoinOperator::AsOf { .. })
}

fn is_folded(table: &TableWithJoins) -> bool {
    matches!(table.joins.as_slice(), [only] if is_as_of(only))
}

fn fold_joins(table: &mut TableWithJoins) {
    if !table.joins.iter().any(is_as_of) {
        return;
    }
    let mut before: Vec<Join> = Vec::new();
    for join in std::mem::take(&mut table.joins) {
        if !is_as_of(&join) {
            before.push(join);
            continue;
        }
        let mut left = table.relation.clone();
        if !before.is_empty() {
            left = nested(left, std::mem::take(&mut before));
        }
        table.relation = nested(left, vec![join]);
    }
    table.joins = before;
}

fn nested(relation: TableFactor, joins: Vec<Join>) -> TableFactor {
    TableFactor::NestedJoin {
        table_with_joins: Box::new(TableWithJoins { relation, joins }),
        alias: None,
    }
}
