//! Where the columns of an answer come from, found by planning a query and not running it.

use crate::as_of::is_as_of;
use crate::{Engine, QueryError};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::{
    Aggregate, Cast, Distinct, Expr, Join, JoinType, LogicalPlan, RecursiveQuery, TryCast, Unnest, Window,
};
use std::collections::BTreeSet;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
}

/// How a column came out of its sources; later ways include what earlier ones do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passage {
    /// Its cells are those of its one source, unchanged; its name may be another.
    AsItWas,
    /// The same, but missing where a join found no partner.
    OrMissing,
    /// Each cell is that of one of its sources, perhaps of another kind: casts, `coalesce`, unions.
    Chosen,
    /// Each cell is computed from the cells of its row.
    RowByRow,
    /// Other rows have a say: aggregates, windows, subqueries.
    Gathered,
}

/// Where one column of an answer comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lineage {
    /// Its name in the answer.
    pub name: String,
    /// The columns whose values are in it, computed or not. Columns that only choose, join or order rows are not in it.
    pub sources: BTreeSet<Source>,
    /// How they got there.
    pub passage: Passage,
}

impl Engine {
    /// Where the columns of the answer to `sql` come from, in their order. Where a plan cannot be followed, a column is said
    /// to come from all columns that reach that place: it may name too many sources, never too few.
    ///
    /// # Errors
    /// As [`Engine::query`], for what planning finds.
    pub fn lineage(&self, sql: &str) -> Result<Vec<Lineage>, QueryError> {
        let plan = self.plan(sql)?;
        let origins = of_plan(&plan);
        let names = plan.schema().fields().iter().map(|field| field.name().clone());
        let lineage = |(name, origin): (String, Origin)| Lineage {
            name,
            passage: origin.passage,
            sources: origin.sources,
        };
        Ok(names.zip(origins).map(lineage).collect())
    }
}

/// Where a column comes from, whatever it is called.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Origin {
    pub(crate) sources: BTreeSet<Source>,
    pub(crate) passage: Passage,
}

impl Origin {
    /// A column that holds something of each of `parts`, computed in this way at least.
    fn computed<'o>(parts: impl IntoIterator<Item = &'o Origin>, passage: Passage) -> Origin {
        let nothing = Origin {
            sources: BTreeSet::new(),
            passage,
        };
        parts.into_iter().fold(nothing, |mut all, part| {
            all.sources.extend(part.sources.iter().cloned());
            all.passage = all.passage.max(part.passage);
            all
        })
    }

    /// Whether it is this column of a table as it is, or missing where a join found no partner.
    pub(crate) fn is(&self, table: &str, column: &str) -> bool {
        let is_it = |source: &Source| source.table == table && source.column == column;
        self.passage <= Passage::OrMissing && !self.sources.is_empty() && self.sources.iter().all(is_it)
    }

    /// A column whose cells come from either.
    fn either(&self, other: &Origin) -> Origin {
        if self == other {
            self.clone()
        } else {
            Origin::computed([self, other], Passage::Chosen)
        }
    }

    /// The same column with no more than this said of it.
    fn at_least(mut self, passage: Passage) -> Origin {
        self.passage = self.passage.max(passage);
        self
    }
}

/// The origins of a plan's columns, in their order.
pub(crate) fn origins(plan: &LogicalPlan) -> Vec<Origin> {
    of_plan(plan)
}

fn of_plan(plan: &LogicalPlan) -> Vec<Origin> {
    let found = match plan {
        LogicalPlan::TableScan(scan) => of_table(scan.table_name.table(), plan.schema()),
        LogicalPlan::Projection(projection) => of_expressions(&projection.expr, &projection.input),
        LogicalPlan::Aggregate(aggregate) => of_aggregate(aggregate),
        LogicalPlan::Window(window) => of_window(window),
        LogicalPlan::Join(join) => of_join(join),
        plan if is_as_of(plan) => of_as_of(plan),
        LogicalPlan::Unnest(unnest) => of_unnest(unnest),
        LogicalPlan::RecursiveQuery(query) => of_recursion(query),
        LogicalPlan::Union(union) => union
            .inputs
            .iter()
            .map(|input| of_plan(input))
            .reduce(|one, other| one.iter().zip(&other).map(|(a, b)| a.either(b)).collect())
            .unwrap_or_default(),
        LogicalPlan::Distinct(Distinct::On(distinct)) => {
            of_expressions(&distinct.select_expr, &distinct.input)
        }
        LogicalPlan::Filter(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Distinct(Distinct::All(_))
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Subquery(_) => plan.inputs().into_iter().flat_map(of_plan).collect(),
        _ => Vec::new(),
    };
    let n_columns = plan.schema().fields().len();
    if found.len() == n_columns {
        found
    } else {
        vec![of_everything(plan); n_columns]
    }
}

fn of_table(table: &str, schema: &DFSchema) -> Vec<Origin> {
    let origin = |column: &String| Origin {
        sources: [Source {
            table: table.to_owned(),
            column: column.clone(),
        }]
        .into(),
        passage: Passage::AsItWas,
    };
    schema.fields().iter().map(|field| origin(field.name())).collect()
}

/// What reaches a plan that is not followed further.
fn of_everything(plan: &LogicalPlan) -> Origin {
    let below: Vec<Origin> = plan.inputs().into_iter().flat_map(of_plan).collect();
    let in_expressions = plan.expressions();
    let queried: Vec<Origin> = in_expressions.iter().flat_map(of_subqueries).collect();
    Origin::computed(below.iter().chain(&queried), Passage::Gathered)
}

/// The columns of both sides, those of a side that may lack a partner missing there.
fn of_join(join: &Join) -> Vec<Origin> {
    let side = |plan: &LogicalPlan, may_lack: bool| -> Vec<Origin> {
        let passage = if may_lack {
            Passage::OrMissing
        } else {
            Passage::AsItWas
        };
        let columns = of_plan(plan).into_iter();
        columns.map(|column| column.at_least(passage)).collect()
    };
    let (left, right) = match join.join_type {
        JoinType::Inner => (Some(false), Some(false)),
        JoinType::Left => (Some(false), Some(true)),
        JoinType::Right => (Some(true), Some(false)),
        JoinType::Full => (Some(true), Some(true)),
        JoinType::LeftSemi | JoinType::LeftAnti => (Some(false), None),
        JoinType::RightSemi | JoinType::RightAnti => (None, Some(false)),
        // A mark is a column of its own, which no side has.
        JoinType::LeftMark | JoinType::RightMark => (None, None),
    };
    let left = left.map(|may_lack| side(&join.left, may_lack));
    let right = right.map(|may_lack| side(&join.right, may_lack));
    left.into_iter().chain(right).flatten().collect()
}

/// The columns of both sides; a left row may have no partner.
fn of_as_of(plan: &LogicalPlan) -> Vec<Origin> {
    let side = |(position, side): (usize, &LogicalPlan)| {
        let passage = if position == 0 {
            Passage::AsItWas
        } else {
            Passage::OrMissing
        };
        of_plan(side)
            .into_iter()
            .map(move |column| column.at_least(passage))
    };
    plan.inputs().into_iter().enumerate().flat_map(side).collect()
}

/// The columns of both terms; what the second one calls by the query's name is its own answer, and no table.
fn of_recursion(query: &RecursiveQuery) -> Vec<Origin> {
    let own = |source: &Source| source.table == query.name;
    let mut again = of_plan(&query.recursive_term);
    again
        .iter_mut()
        .for_each(|column| column.sources.retain(|source| !own(source)));
    let first = of_plan(&query.static_term);
    let both = first.iter().zip(&again);
    both.map(|(a, b)| Origin::computed([a, b], Passage::Gathered))
        .collect()
}

/// Each column is one of those below, unpacked or not.
fn of_unnest(unnest: &Unnest) -> Vec<Origin> {
    let below = of_plan(&unnest.input);
    let of = |position: &usize| {
        let column = below.get(*position).cloned();
        column.map(|column| column.at_least(Passage::RowByRow))
    };
    unnest.dependency_indices.iter().filter_map(of).collect()
}

fn of_expressions(expressions: &[Expr], input: &LogicalPlan) -> Vec<Origin> {
    let below = of_plan(input);
    let origin = |expression| of_expression(expression, input.schema(), &below);
    expressions.iter().map(origin).collect()
}

/// Groups are told by their expressions, then come the aggregates; grouping sets add columns in between.
fn of_aggregate(aggregate: &Aggregate) -> Vec<Origin> {
    let below = of_plan(&aggregate.input);
    let schema = aggregate.input.schema();
    let all = aggregate.group_expr.iter().chain(&aggregate.aggr_expr);
    all.map(|expression| of_expression(expression, schema, &below))
        .collect()
}

fn of_window(window: &Window) -> Vec<Origin> {
    let below = of_plan(&window.input);
    let computed: Vec<Origin> = window
        .window_expr
        .iter()
        .map(|expression| of_expression(expression, window.input.schema(), &below))
        .collect();
    below.into_iter().chain(computed).collect()
}

fn of_expression(expression: &Expr, schema: &DFSchema, below: &[Origin]) -> Origin {
    let of_column = |column: &Column| {
        schema
            .index_of_column(column)
            .ok()
            .and_then(|position| below.get(position))
            .cloned()
    };
    match expression {
        Expr::Alias(alias) => of_expression(&alias.expr, schema, below),
        Expr::Cast(Cast { expr, .. }) | Expr::TryCast(TryCast { expr, .. }) => {
            of_expression(expr, schema, below).at_least(Passage::Chosen)
        }
        Expr::ScalarFunction(call) if is_choice(call.func.name()) => {
            let parts: Vec<Origin> = call
                .args
                .iter()
                .map(|part| of_expression(part, schema, below))
                .collect();
            Origin::computed(&parts, Passage::Chosen)
        }
        Expr::Literal(..) => Origin::computed([], Passage::AsItWas),
        // A column that is not below comes from a query around this one.
        Expr::Column(column) => {
            of_column(column).unwrap_or_else(|| Origin::computed(below, Passage::Gathered))
        }
        _ => {
            let columns = expression.column_refs();
            let read: Vec<Origin> = columns.into_iter().filter_map(of_column).collect();
            let queried = of_subqueries(expression);
            Origin::computed(read.iter().chain(&queried), passage_of(expression))
        }
    }
}

/// Functions whose answer is one of their arguments.
fn is_choice(function: &str) -> bool {
    matches!(function, "coalesce" | "nvl" | "nvl2" | "ifnull")
}

fn passage_of(expression: &Expr) -> Passage {
    let gathers = |part: &Expr| {
        let is_gathering = matches!(
            part,
            Expr::AggregateFunction(_)
                | Expr::WindowFunction(_)
                | Expr::ScalarSubquery(_)
                | Expr::InSubquery(_)
                | Expr::SetComparison(_)
                | Expr::Exists(_)
        );
        Ok(is_gathering)
    };
    match expression.exists(gathers) {
        Ok(false) => Passage::RowByRow,
        _ => Passage::Gathered,
    }
}

/// The origins of what queries inside an expression answer.
fn of_subqueries(expression: &Expr) -> Vec<Origin> {
    let mut origins = Vec::new();
    let visited = expression.apply(|part| {
        match part {
            Expr::ScalarSubquery(query) => origins.extend(of_plan(&query.subquery)),
            Expr::InSubquery(inside) => origins.extend(of_plan(&inside.subquery.subquery)),
            Expr::SetComparison(inside) => origins.extend(of_plan(&inside.subquery.subquery)),
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    });
    visited.map(|_| origins).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::Config;
    use table::read::{Format, Options, from_bytes};

    fn engine() -> Engine {
        let engine = Engine::new(&Config::default()).unwrap();
        for (name, text) in [
            ("t", "id,income,city\n1,2,x\n2,3,y\n"),
            ("u", "id,paid,k\n1,2,4\n2,3,5\n"),
        ] {
            let read = from_bytes(text.as_bytes(), Format::Csv, name, &Options::default()).unwrap();
            engine.register(name, &read.table).unwrap();
        }
        engine
    }

    /// Each column as `name=table.column+…`, with `!` if its cells are as they were, `*` if other rows have a say.
    fn check(sql: &str, expected: &[&str]) {
        let found: Vec<String> = engine()
            .lineage(sql)
            .unwrap()
            .iter()
            .map(|column| {
                let sources = column
                    .sources
                    .iter()
                    .map(|source| format!("{}.{}", source.table, source.column));
                let mark = match column.passage {
                    Passage::AsItWas => "!",
                    Passage::OrMissing => "?",
                    Passage::Chosen => "|",
                    Passage::RowByRow => "",
                    Passage::Gathered => "*",
                };
                let sources: Vec<String> = sources.collect();
                format!("{}={}{mark}", column.name, sources.join("+"))
            })
            .collect();
        assert_eq!(found, expected, "{sql}");
    }

    #[test]
    fn renamed_columns_are_followed() {
        check(
            "SELECT id, income AS inc, city c FROM t WHERE income > 1 ORDER BY city LIMIT 3",
            &["id=t.id!", "inc=t.income!", "c=t.city!"],
        );
        check(
            "WITH w AS (SELECT income AS a FROM t) SELECT b.a AS z FROM (SELECT DISTINCT a FROM w) AS b",
            &["z=t.income!"],
        );
        check(
            "SELECT * FROM t JOIN u USING (id)",
            &[
                "id=t.id!",
                "income=t.income!",
                "city=t.city!",
                "paid=u.paid!",
                "k=u.k!",
            ],
        );
    }

    #[test]
    fn computed_columns_name_all_they_read() {
        check(
            "SELECT income * 2 + u.paid AS both, CAST(income AS DOUBLE) AS income, 7 AS seven FROM t, u",
            &["both=t.income+u.paid", "income=t.income|", "seven=!"],
        );
        check(
            "SELECT city, avg(income) AS m, count(*) AS n FROM t GROUP BY city HAVING max(id) > 0",
            &["city=t.city!", "m=t.income*", "n=*"],
        );
        check(
            "SELECT id, sum(income) OVER (PARTITION BY city ORDER BY id) AS s FROM t",
            &["id=t.id!", "s=t.city+t.id+t.income*"],
        );
        check(
            "SELECT id, (SELECT max(paid) FROM u) AS most FROM t",
            &["id=t.id!", "most=u.paid*"],
        );
        check(
            "SELECT CASE WHEN income > 2 THEN 'rich' ELSE 'poor' END AS kind FROM t",
            &["kind=t.income"],
        );
    }

    #[test]
    fn sides_of_joins_that_may_lack_a_partner_are_told() {
        check(
            "SELECT t.id, paid FROM t LEFT JOIN u ON t.id = u.id",
            &["id=t.id!", "paid=u.paid?"],
        );
        check(
            "SELECT t.income, paid FROM t RIGHT JOIN u ON t.id = u.id",
            &["income=t.income?", "paid=u.paid!"],
        );
        check(
            "SELECT coalesce(t.id, u.id) AS id, city FROM t FULL JOIN u ON t.id = u.id",
            &["id=t.id+u.id|", "city=t.city?"],
        );
        check(
            "SELECT id, city FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id)",
            &["id=t.id!", "city=t.city!"],
        );
        check(
            "SELECT city, unnest(array_agg(income)) AS v FROM t GROUP BY city",
            &["city=t.city", "v=t.income*"],
        );
    }

    #[test]
    fn as_of_joins_are_followed() {
        let sql = "SELECT a.id, a.city, b.v FROM (SELECT id, city, CAST(id AS DATE) AS d FROM t) AS a \
                   ASOF JOIN (SELECT k AS v, id, CAST(paid AS DATE) AS d FROM u) AS b \
                   MATCH_CONDITION (a.d >= b.d) ON a.id = b.id";
        let sql = sql
            .replace("CAST(id AS DATE)", "to_timestamp(id)")
            .replace("CAST(paid AS DATE)", "to_timestamp(paid)");
        check(&sql, &["id=t.id!", "city=t.city!", "v=u.k?"]);
    }

    #[test]
    fn unions_come_from_either_side() {
        check(
            "SELECT income AS v FROM t UNION ALL SELECT paid FROM u",
            &["v=t.income+u.paid|"],
        );
        check(
            "SELECT income AS v FROM t UNION ALL SELECT income FROM t",
            &["v=t.income!"],
        );
        check(
            "WITH RECURSIVE r AS (SELECT income AS v FROM t UNION ALL SELECT v + 1 FROM r WHERE v < 3) SELECT v AS w FROM r",
            &["w=t.income*"],
        );
    }
}
