//! What a query names, found without running or planning it.

use datafusion::common::TableReference;
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{
    self, Expr, Query, Select, SelectItem, SetExpr, TableFactor, TableWithJoins,
};
use std::collections::BTreeSet;

/// The tables that `sql` reads, sorted; none if it cannot be parsed, which planning says better.
///
/// Names in comments, texts and columns are no tables, and neither are those that `WITH` defines.
pub fn tables_of(sql: &str) -> Vec<String> {
    let names: BTreeSet<String> = statements(sql)
        .iter()
        .filter_map(|statement| resolve_table_references(statement, false).ok())
        .flat_map(|(tables, _)| tables)
        .map(|table: TableReference| table.table().to_owned())
        .collect();
    names.into_iter().collect()
}

/// The columns of the answer that `sql` computes or takes from a column of another name; columns that are passed on as
/// they are, and those whose name the engine makes up, are not among them.
pub fn computed_columns(sql: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for statement in statements(sql) {
        if let Statement::Statement(statement) = statement
            && let ast::Statement::Query(query) = *statement
        {
            of_query(&query, &mut names);
        }
    }
    names
}

fn statements(sql: &str) -> Vec<Statement> {
    DFParser::parse_sql(sql).map(Vec::from).unwrap_or_default()
}

fn of_query(query: &Query, names: &mut BTreeSet<String>) {
    for defined in query.with.iter().flat_map(|with| &with.cte_tables) {
        names.extend(
            defined
                .alias
                .columns
                .iter()
                .map(|column| column.name.value.clone()),
        );
        of_query(&defined.query, names);
    }
    of_body(&query.body, names);
}

fn of_body(body: &SetExpr, names: &mut BTreeSet<String>) {
    match body {
        SetExpr::Select(select) => of_select(select, names),
        SetExpr::Query(query) => of_query(query, names),
        SetExpr::SetOperation { left, right, .. } => {
            of_body(left, names);
            of_body(right, names);
        }
        _ => {}
    }
}

fn of_select(select: &Select, names: &mut BTreeSet<String>) {
    for item in &select.projection {
        if let SelectItem::ExprWithAlias { expr, alias } = item
            && column_of(expr) != Some(alias.value.as_str())
        {
            names.insert(alias.value.clone());
        }
    }
    select.from.iter().for_each(|tables| of_joined(tables, names));
}

fn of_joined(tables: &TableWithJoins, names: &mut BTreeSet<String>) {
    of_table(&tables.relation, names);
    tables
        .joins
        .iter()
        .for_each(|join| of_table(&join.relation, names));
}

fn of_table(table: &TableFactor, names: &mut BTreeSet<String>) {
    match table {
        TableFactor::Derived { subquery, alias, .. } => {
            let columns = alias.iter().flat_map(|alias| &alias.columns);
            names.extend(columns.map(|column| column.name.value.clone()));
            of_query(subquery, names);
        }
        TableFactor::NestedJoin { table_with_joins, .. } => of_joined(table_with_joins, names),
        _ => {}
    }
}

/// The column that an expression is, if it is nothing else.
fn column_of(expression: &Expr) -> Option<&str> {
    match expression {
        Expr::Identifier(name) => Some(&name.value),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.as_str()),
        Expr::Nested(inner) => column_of(inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tables_are_tables() {
        let sql = "WITH c AS (SELECT * FROM \"a-b\") -- not d\nSELECT 'e' AS f, g FROM c JOIN h USING (i) WHERE j IN (SELECT k FROM l)";
        assert_eq!(tables_of(sql), ["a-b", "h", "l"]);
        assert_eq!(tables_of("SELECT * FROM"), Vec::<String>::new());
    }

    #[test]
    fn computed_columns_are_told_from_those_passed_on() {
        let of = |sql: &str| computed_columns(sql).into_iter().collect::<Vec<_>>();
        assert_eq!(
            of("SELECT *, x * 100 AS x, t.y AS y, z AS w, (v) AS v FROM t"),
            ["w", "x"]
        );
        assert_eq!(
            of("WITH c(n) AS (SELECT a FROM t) SELECT * FROM (SELECT b + 1 AS b FROM u) AS s JOIN c ON true"),
            ["b", "n"]
        );
        assert_eq!(
            of("SELECT x FROM t WHERE y IN (SELECT 2 * x AS x FROM u)"),
            Vec::<String>::new()
        );
        assert_eq!(of("SELECT x FROM t UNION ALL SELECT -x AS x FROM t"), ["x"]);
    }
}
