//! What stays true of a column wherever queries carry it: that it is private, a key, or under a rule.

use crate::ProjectError;
use crate::file::{Data, Origin, Project};
use crate::steps::{in_order, read_outcome_table, used_tables};
use prepare::contract::{Contract, TableRule};
use query::{Config, Engine, Passage};
use std::collections::{BTreeMap, BTreeSet};
use table::Table;
use workflow::Outcome;

/// The columns of tables, and where those of queries come from.
#[derive(Debug, Default)]
pub(crate) struct Lineage {
    /// The tables without their rows.
    heads: BTreeMap<String, Table>,
    /// The columns of each table that a query made.
    queried: BTreeMap<String, Vec<query::Lineage>>,
}

impl Lineage {
    /// Follows all queries of a project whose tables were made.
    ///
    /// # Errors
    /// [`ProjectError`] if a table cannot be read, or a query cannot be planned.
    pub(crate) fn of(project: &Project, tables: &Outcome) -> Result<Lineage, ProjectError> {
        let mut lineage = Lineage::default();
        let engine = project
            .data
            .iter()
            .any(|data| matches!(data.origin, Origin::Sql(_)))
            .then(|| Engine::new(&Config::default()))
            .transpose()?;
        for data in in_order(project)? {
            let name = &data.name.value;
            let head = read_outcome_table(tables, &format!("table {name}"))?.slice(0, 0);
            if let Some(engine) = &engine {
                engine.register(name, &head)?;
                if let Origin::Sql(sql) = &data.origin {
                    lineage.queried.insert(name.clone(), engine.lineage(&sql.value)?);
                }
            }
            lineage.heads.insert(name.clone(), head);
        }
        Ok(lineage)
    }

    /// The tables without their rows, by name.
    pub(crate) fn heads(&self) -> impl Iterator<Item = (&str, &Table)> {
        self.heads.iter().map(|(name, head)| (name.as_str(), head))
    }

    /// The columns of a query's answer; none for a table that comes from a file.
    pub(crate) fn columns(&self, table: &str) -> &[query::Lineage] {
        self.queried.get(table).map_or(&[], Vec::as_slice)
    }

    /// The columns of a table whose values are shown to nobody: those that its section names, and those in which anything
    /// of a private column is.
    pub(crate) fn private(&self, project: &Project, table: &str) -> BTreeSet<String> {
        let declared = |data: &Data| data.private.iter().map(|column| column.value.clone()).collect();
        self.marked(project, table, &declared, |_| true)
    }

    /// The columns of a table that name rows: its key, and keys of other tables, as they were or computed from one.
    pub(crate) fn keys(&self, project: &Project, table: &str) -> BTreeSet<String> {
        let declared = |data: &Data| data.key.iter().map(|column| column.value.clone()).collect();
        self.marked(project, table, &declared, |column| {
            column.passage < Passage::Gathered && column.sources.len() == 1
        })
    }

    fn marked(
        &self,
        project: &Project,
        table: &str,
        declared: &impl Fn(&Data) -> BTreeSet<String>,
        passes: fn(&query::Lineage) -> bool,
    ) -> BTreeSet<String> {
        let mut names = project.data(table).map(declared).unwrap_or_default();
        let mut below: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
        for column in self.columns(table).iter().filter(|column| passes(column)) {
            let is_marked = column.sources.iter().any(|source| {
                below
                    .entry(&source.table)
                    .or_insert_with(|| self.marked(project, &source.table, declared, passes))
                    .contains(&source.column)
            });
            if is_marked {
                names.insert(column.name.clone());
            }
        }
        names
    }

    /// The declared rules of a table and of the tables that it is made from: a rule about a column goes where the column
    /// goes, under its new name, and ends where a query computes something else from it.
    pub(crate) fn contract(&self, project: &Project, table: &str) -> Contract {
        let mut contract = Contract::default();
        for source in project
            .data(table)
            .map(|data| used_tables(project, data))
            .unwrap_or_default()
        {
            let rules = self.contract(project, &source);
            for rule in rules.columns {
                let names = self.names_of(table, &source, &rule.column);
                contract.columns.extend(names.map(|name| {
                    let mut rule = rule.clone();
                    rule.column = name.to_owned();
                    rule
                }));
            }
            for rule in &rules.table {
                contract.table.extend(self.renamed(table, &source, rule));
            }
        }
        if let Some(expect) = project.expect.iter().find(|expect| expect.table.value == table) {
            contract.columns.extend(expect.contract.columns.clone());
            contract.table.extend(expect.contract.table.clone());
        }
        contract.columns = unique(contract.columns);
        contract.table = unique(contract.table);
        contract
    }

    /// The rules of a table's sources that end at its query, as `(source, column, the columns computed from it)`.
    pub(crate) fn ended_rules(&self, project: &Project, table: &str) -> Vec<(String, String, Vec<String>)> {
        let mut ended = Vec::new();
        for source in project
            .data(table)
            .map(|data| used_tables(project, data))
            .unwrap_or_default()
        {
            let rules = self.contract(project, &source).columns;
            let columns: BTreeSet<String> = rules.into_iter().map(|rule| rule.column).collect();
            for column in columns {
                let computed: Vec<String> = self
                    .columns(table)
                    .iter()
                    .filter(|other| other.passage != Passage::AsItWas && holds(other, &source, &column))
                    .map(|other| other.name.clone())
                    .collect();
                if self.names_of(table, &source, &column).next().is_none() && !computed.is_empty() {
                    ended.push((source.clone(), column, computed));
                }
            }
        }
        ended
    }

    /// What a column of `source` is called in `table`, if it is passed on as it was.
    fn names_of<'l>(
        &'l self,
        table: &str,
        source: &'l str,
        column: &'l str,
    ) -> impl Iterator<Item = &'l str> + use<'l> {
        self.columns(table)
            .iter()
            .filter(move |other| other.passage == Passage::AsItWas && holds(other, source, column))
            .map(|other| other.name.as_str())
    }

    fn renamed(&self, table: &str, source: &str, rule: &TableRule) -> Vec<TableRule> {
        match rule.column() {
            None => vec![rule.clone()],
            Some(column) => {
                let names = self.names_of(table, source, column);
                names.map(|name| rule.clone().about(name)).collect()
            }
        }
    }
}

fn holds(column: &query::Lineage, table: &str, name: &str) -> bool {
    let is_it = |source: &query::Source| source.table == table && source.column == name;
    column.sources.iter().any(is_it)
}

/// Each item once: a table may be reached by two ways.
fn unique<T: PartialEq>(items: Vec<T>) -> Vec<T> {
    let mut kept: Vec<T> = Vec::with_capacity(items.len());
    for item in items {
        if !kept.contains(&item) {
            kept.push(item);
        }
    }
    kept
}
