//! Functions that a training query may not use.

use crate::QueryError;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};

/// Refuses the first function whose answer may differ from run to run.
pub(crate) fn check(plan: &LogicalPlan) -> Result<(), QueryError> {
    let mut found = None;
    let visited = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            expression.apply(|part| {
                found = refused(part);
                Ok(if found.is_some() {
                    TreeNodeRecursion::Stop
                } else {
                    TreeNodeRecursion::Continue
                })
            })
        })
    });
    match (visited, found) {
        (_, Some((function, reason))) => Err(QueryError::NotRepeatable { function, reason }),
        (Err(error), None) => Err(QueryError::Plan {
            found: error.strip_backtrace(),
        }),
        (Ok(_), None) => Ok(()),
    }
}

fn refused(expression: &Expr) -> Option<(String, &'static str)> {
    match expression {
        Expr::ScalarFunction(call) => match call.func.signature().volatility {
            Volatility::Volatile => Some((
                call.func.name().to_owned(),
                "it is random; use the project's seed",
            )),
            // DataFusion calls functions of the clock stable: the same within one query, not between two.
            Volatility::Stable if is_of_the_clock(call.func.name()) => Some((
                call.func.name().to_owned(),
                "it looks at the clock; write the day or time as a literal",
            )),
            _ => None,
        },
        Expr::AggregateFunction(call) if call.func.name().starts_with("approx_") => Some((
            call.func.name().to_owned(),
            "it is approximate and depends on the order of rows; use the exact function",
        )),
        _ => None,
    }
}

fn is_of_the_clock(name: &str) -> bool {
    name == "now" || name.starts_with("current_") || name == "today"
}
