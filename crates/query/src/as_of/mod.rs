//! As-of joins: to each row of the left side the latest row of the right side that had happened, and was known, by then.
//!
//! `l ASOF JOIN r MATCH_CONDITION (l.t >= r.event) ON l.k = r.k` keeps every left row. Among right rows with the same key
//! whose event is not after `l.t` it takes the one of the latest event; with `>`, an event of the same moment is too late.
//! Where a table says when its rows became known ([`Moments`]), a row counts only if it was known at `l.t` or before,
//! and of several versions of one event the one known last; its right side is rows of that table and of no other. Of equals the later row is taken. A row without its
//! moment, event or key has no partner.

mod exec;
mod index;
mod node;
mod planner;
mod relation;
mod rewrite;
mod rows;
#[cfg(test)]
mod tests;
mod words;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::LogicalPlan;
use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};

pub(crate) use node::is_as_of;
pub(crate) use planner::Planner;
pub(crate) use relation::AsOfRelation;
pub(crate) use rewrite::fold;

/// When the rows of a table happened and became known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moments {
    /// The column of days or times at which rows happened.
    pub event_time: Option<String>,
    /// Columns of days or times at which rows became known; a row is known once all of them have passed.
    pub known_at: Vec<String>,
    /// A column of that kind, as `table.column`, that a query left behind: nobody can tell when its rows became known.
    pub lost: Option<String>,
}

/// What tables say of their moments, by name.
pub(crate) type Declared = Arc<RwLock<BTreeMap<String, Moments>>>;

/// The tables that a plan reads, those that as-of joins look up only where `all` is asked; and whether each stands
/// below a plain join, or in a subquery of an expression, by which rows meet as well.
pub(crate) fn scanned(plan: &LogicalPlan, all: bool) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    scan(plan, all, false, &mut found);
    found
}

fn scan(plan: &LogicalPlan, all: bool, is_joined: bool, found: &mut Vec<(String, bool)>) {
    if let LogicalPlan::TableScan(scan) = plan {
        found.push((scan.table_name.table().to_owned(), is_joined));
    }
    for subquery in subqueries(plan) {
        scan(&subquery, all, true, found);
    }
    let is_joined = is_joined || matches!(plan, LogicalPlan::Join(_));
    let n_seen = if is_as_of(plan) && !all { 1 } else { usize::MAX };
    for input in plan.inputs().into_iter().take(n_seen) {
        scan(input, all, is_joined, found);
    }
}

/// The subqueries in the expressions of a node.
fn subqueries(plan: &LogicalPlan) -> Vec<LogicalPlan> {
    let mut found = Vec::new();
    // The closure refuses nothing.
    let _ = plan.apply_subqueries(|subquery| {
        found.push(subquery.clone());
        Ok(TreeNodeRecursion::Continue)
    });
    found
}

/// Whether a plan is rows of one table as they are, some left out by what they say themselves: no other row has a say
/// in them, so that what the table tells of when they became known holds.
fn is_plain(plan: &LogicalPlan) -> bool {
    let is_passed_on = match plan {
        LogicalPlan::TableScan(_) => true,
        LogicalPlan::Projection(_)
        | LogicalPlan::Filter(_)
        | LogicalPlan::SubqueryAlias(_)
        | LogicalPlan::Subquery(_) => plan.inputs().into_iter().all(is_plain),
        _ => false,
    };
    is_passed_on && subqueries(plan).is_empty()
}

/// Whether rows of a plan, beside those that as-of joins look up, are made with a window over others.
pub(crate) fn has_window(plan: &LogicalPlan) -> bool {
    let n_seen = if is_as_of(plan) { 1 } else { usize::MAX };
    matches!(plan, LogicalPlan::Window(_)) || plan.inputs().into_iter().take(n_seen).any(has_window)
}

/// Whether a plan holds an as-of join.
pub(crate) fn joins(plan: &LogicalPlan) -> bool {
    is_as_of(plan) || plan.inputs().into_iter().any(joins) || subqueries(plan).iter().any(joins)
}
