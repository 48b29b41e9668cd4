//! From the node of an as-of join to what runs.

use super::exec::{AsOfExec, Compared};
use super::node::{AsOf, counted};
use datafusion::catalog::Session;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use std::sync::Arc;

/// Plans everything as DataFusion does, and as-of joins beside.
#[derive(Debug)]
pub(crate) struct Planner;

#[async_trait::async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        logical_plan: &LogicalPlan,
        session: &dyn Session,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Planner)])
            .create_physical_plan(logical_plan, session)
            .await
    }
}

#[async_trait::async_trait]
impl ExtensionPlanner for Planner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical: &[&LogicalPlan],
        physical: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<AsOf>() else {
            return Ok(None);
        };
        let ([of_left, of_right], [left, right]) = (logical, physical) else {
            return Err(DataFusionError::Internal(
                "an as-of join has two sides".to_owned(),
            ));
        };
        let over = |expression: &Expr, side: &LogicalPlan| -> Result<Arc<dyn PhysicalExpr>> {
            planner.create_physical_expr(expression, side.schema(), session, context)
        };
        let moment = |expression: &Expr, side: &LogicalPlan| over(&counted(expression, side.schema())?, side);
        let compared = Compared {
            left_keys: node
                .keys
                .iter()
                .map(|(key, _)| over(key, of_left))
                .collect::<Result<_>>()?,
            right_keys: node
                .keys
                .iter()
                .map(|(_, key)| over(key, of_right))
                .collect::<Result<_>>()?,
            moment: moment(&node.moment, of_left)?,
            event: moment(&node.event, of_right)?,
            known: node
                .known
                .iter()
                .map(|known| moment(known, of_right))
                .collect::<Result<_>>()?,
            is_strict: node.is_strict,
        };
        Ok(Some(Arc::new(AsOfExec::new(
            Arc::clone(left),
            Arc::clone(right),
            compared,
        ))))
    }
}
