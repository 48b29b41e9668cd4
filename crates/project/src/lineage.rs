//! What stays true of a column wherever queries carry it: that it is private, a key, or under a rule.

use crate::ProjectError;
use crate::file::{Data, Origin, Project};
use crate::steps::{in_order, read_outcome_table, used_tables};
use prepare::contract::{ColumnRule, Contract, Rule, TableRule};
use query::{Config, Engine, Passage, Source};
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

/// Whether a mark goes over to a column, given which of its sources have it.
type Passes = fn(&query::Lineage, &dyn Fn(&Source) -> bool) -> bool;

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
                let step = format!("table {name}");
                let moments = tables.read(&step, crate::moments::PART)?;
                engine.declare(name, &crate::moments::from_bytes(&moments, &step)?)?;
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
        self.marked(project, table, &declared, |column, is_private| {
            column.sources.iter().any(is_private)
        })
    }

    /// The columns of a table that name rows: its key, and columns that are keys of other tables and nothing else.
    pub(crate) fn keys(&self, project: &Project, table: &str) -> BTreeSet<String> {
        let declared = |data: &Data| data.key.iter().map(|column| column.value.clone()).collect();
        self.marked(project, table, &declared, |column, is_key| {
            column.passage <= Passage::Chosen && column.sources.iter().all(is_key)
        })
    }

    fn marked(
        &self,
        project: &Project,
        table: &str,
        declared: &impl Fn(&Data) -> BTreeSet<String>,
        passes: Passes,
    ) -> BTreeSet<String> {
        let mut names = project.data(table).map(declared).unwrap_or_default();
        let columns = self.columns(table);
        let tables: BTreeSet<&String> = columns
            .iter()
            .flat_map(|column| column.sources.iter().map(|source| &source.table))
            .collect();
        let below: BTreeMap<&String, BTreeSet<String>> = tables
            .into_iter()
            .map(|source| (source, self.marked(project, source, declared, passes)))
            .collect();
        let is_marked = |source: &Source| below[&source.table].contains(&source.column);
        let marked = columns
            .iter()
            .filter(|column| !column.sources.is_empty() && passes(column, &is_marked));
        names.extend(marked.map(|column| column.name.clone()));
        names
    }

    /// The declared rules of a table and of the tables that it is made from: a rule about a column goes where the column
    /// goes, under its new name, and ends where a query computes something else from it. Where a join may find no partner,
    /// nothing is required of the columns that are missing then.
    pub(crate) fn contract(&self, project: &Project, table: &str) -> Contract {
        let mut contract = Contract::default();
        for source in project
            .data(table)
            .map(|data| used_tables(project, data))
            .unwrap_or_default()
        {
            let rules = self.contract(project, &source);
            for rule in &rules.columns {
                let names = self.names_of(table, &source, &rule.column, rule.rule == Rule::Required);
                contract.columns.extend(names.map(|name| ColumnRule {
                    column: name.to_owned(),
                    ..rule.clone()
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
                    .filter(|other| Passage::OrMissing < other.passage && holds(other, &source, &column))
                    .map(|other| other.name.clone())
                    .collect();
                if self.names_of(table, &source, &column, false).next().is_none() && !computed.is_empty() {
                    ended.push((source.clone(), column, computed));
                }
            }
        }
        ended
    }

    /// What a column of `source` is called in `table`, if it is passed on as it was, and wholly if that is asked.
    fn names_of<'l>(
        &'l self,
        table: &str,
        source: &'l str,
        column: &'l str,
        wholly: bool,
    ) -> impl Iterator<Item = &'l str> + use<'l> {
        let most = if wholly {
            Passage::AsItWas
        } else {
            Passage::OrMissing
        };
        self.columns(table)
            .iter()
            .filter(move |other| other.passage <= most && holds(other, source, column))
            .map(|other| other.name.as_str())
    }

    fn renamed(&self, table: &str, source: &str, rule: &TableRule) -> Vec<TableRule> {
        match rule.column() {
            None => vec![rule.clone()],
            Some(column) => {
                let wholly = matches!(rule, TableRule::NullShare { .. });
                let names = self.names_of(table, source, column, wholly);
                names.map(|name| rule.clone().about(name)).collect()
            }
        }
    }
}

fn holds(column: &query::Lineage, table: &str, name: &str) -> bool {
    let is_it = |source: &Source| source.table == table && source.column == name;
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
