//! What a query names, found without running or planning it.

use datafusion::common::TableReference;
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::resolve::resolve_table_references;
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

fn statements(sql: &str) -> Vec<Statement> {
    DFParser::parse_sql(sql).map(Vec::from).unwrap_or_default()
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
}
