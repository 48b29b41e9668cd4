//! From the words of an as-of join to its plan: what is compared with what, and since when its rows were known.

use super::node::AsOf;
use super::rewrite::is_as_of;
use super::words::{Sides, alike, column, keys, matched};
use super::{Declared, Moments, is_plain, scanned};
use crate::lineage::origins;
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::sqlparser::ast::{Expr as Words, JoinConstraint, JoinOperator, TableFactor};
use std::sync::Arc;

/// Plans relations that are one as-of join.
#[derive(Debug)]
pub(crate) struct AsOfRelation {
    pub(crate) declared: Declared,
}

impl RelationPlanner for AsOfRelation {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        match relation {
            TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } if matches!(table_with_joins.joins.as_slice(), [only] if is_as_of(only)) => {
                let mut table = *table_with_joins;
                let Some(join) = table.joins.pop() else {
                    return plan_err!("an as-of join without a right side");
                };
                let JoinOperator::AsOf {
                    match_condition,
                    constraint,
                } = join.join_operator
                else {
                    return plan_err!("an as-of join without a condition");
                };
                let sides = Sides {
                    left: context.plan(table.relation)?,
                    right: context.plan(join.relation)?,
                };
                let plan = self.join(sides, match_condition, constraint, context)?;
                Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(
                    plan, alias,
                ))))
            }
            other => Ok(RelationPlanning::Original(Box::new(other))),
        }
    }
}

impl AsOfRelation {
    fn join(
        &self,
        sides: Sides,
        condition: Words,
        constraint: JoinConstraint,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<LogicalPlan> {
        let both = sides.left.schema().join(sides.right.schema())?;
        let condition = context.sql_to_expr(condition, &both)?;
        let mut matched = matched(condition, &sides)?;
        let (event, known) = self.declared_of(&sides.right, matched.known.is_empty())?;
        matched.known.extend(known);
        matched.known.dedup();
        let Some(event) = matched.event.or(event) else {
            return plan_err!(
                "the as-of join compares `{}` with nothing, expected MATCH_CONDITION ({} >= a column of the right table), or `event_time` in the right table's section",
                matched.moment,
                matched.moment
            );
        };
        let mut hidden = Vec::new();
        let keys = match constraint {
            JoinConstraint::On(words) => keys(context.sql_to_expr(words, &both)?, &sides)?,
            JoinConstraint::Using(names) => {
                let names = names
                    .into_iter()
                    .map(|name| context.object_name_to_table_reference(name));
                let names: Vec<String> = names
                    .map(|name| Ok(name?.table().to_owned()))
                    .collect::<Result<_>>()?;
                let mut keys = Vec::with_capacity(names.len());
                for name in names {
                    let right = column(&sides.right, &name)?;
                    keys.push(alike(
                        Expr::Column(column(&sides.left, &name)?),
                        Expr::Column(right.clone()),
                        &sides,
                    )?);
                    hidden.push(right);
                }
                keys
            }
            JoinConstraint::None => Vec::new(),
            JoinConstraint::Natural => return plan_err!("the as-of join is NATURAL, expected ON or USING"),
        };
        let node = AsOf::try_new(
            sides.left,
            sides.right,
            keys,
            matched.moment,
            event,
            matched.known,
            matched.is_strict,
        )?;
        node.check_moments()?;
        let plan = LogicalPlan::Extension(Extension { node: Arc::new(node) });
        if hidden.is_empty() {
            return Ok(plan);
        }
        let kept: Vec<Expr> = plan
            .schema()
            .columns()
            .into_iter()
            .filter(|column| !hidden.contains(column))
            .map(Expr::Column)
            .collect();
        LogicalPlanBuilder::from(plan).project(kept)?.build()
    }

    /// When the rows of a right side happened and became known, by what the tables in it say of themselves.
    fn declared_of(&self, right: &LogicalPlan, must_be_known: bool) -> Result<(Option<Expr>, Vec<Expr>)> {
        let declared = match self.declared.read() {
            Ok(declared) => declared,
            Err(poisoned) => poisoned.into_inner(),
        };
        let origins = origins(right);
        let columns = right.schema().columns();
        let passed_on = |table: &str, name: &str| -> Option<Expr> {
            let at = origins.iter().position(|origin| origin.is(table, name))?;
            Some(Expr::Column(columns.get(at)?.clone()))
        };
        let (mut event, mut known) = (None, Vec::new());
        let (is_plain, mut gathered) = (is_plain(right), None);
        for (table, _) in scanned(right, true) {
            let Some(Moments {
                event_time,
                known_at,
                lost,
            }) = declared.get(&table)
            else {
                continue;
            };
            if let Some(name) = event_time {
                event = event.or_else(|| passed_on(&table, name));
            }
            if let (Some(lost), true) = (lost, must_be_known) {
                return plan_err!(
                    "the right side of the as-of join, `{table}`, is made from rows that became known at `{lost}`, and does not tell when its own did, because the column was left out or other rows have a say in them, expected a table that keeps the column and gathers nothing, or `known_at` in its section"
                );
            }
            if let (Some(name), false) = (known_at.first(), is_plain) {
                gathered.get_or_insert((table.clone(), name.clone()));
                if must_be_known {
                    break;
                }
            }
            for name in known_at {
                match passed_on(&table, name) {
                    Some(column) => known.push(column),
                    None if must_be_known => {
                        return plan_err!(
                            "the right side of the as-of join has no column that is `{table}.{name}`, at which its rows became known, expected it among its columns as it is, or `AND moment >= column` in MATCH_CONDITION"
                        );
                    }
                    None => {}
                }
            }
        }
        if let (Some((table, name)), true) = (gathered, must_be_known) {
            return plan_err!(
                "the right side of the as-of join makes its rows of several of `{table}`, each known at its own `{table}.{name}`, expected `{table}` itself with columns or rows left out, without joins, aggregates, windows, subqueries in expressions, DISTINCT, UNION or LIMIT; hint: `AND moment >= column` in MATCH_CONDITION says when its rows are known"
            );
        }
        Ok((event, known))
    }
}
