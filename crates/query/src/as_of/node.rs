//! The as-of join as a node of a logical plan.

use datafusion::arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::{DFSchema, DFSchemaRef, DataFusionError, Result, plan_err};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, UserDefinedLogicalNodeCore, cast};
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

const NAME: &str = "AsOf";

/// Whether a plan is an as-of join; its inputs are the left and the right side.
pub(crate) fn is_as_of(plan: &LogicalPlan) -> bool {
    matches!(plan, LogicalPlan::Extension(extension) if extension.node.name() == NAME)
}

/// Every left row, with the right row that was the latest by then.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct AsOf {
    pub(super) left: LogicalPlan,
    pub(super) right: LogicalPlan,
    /// Expressions over each side that must be equal.
    pub(super) keys: Vec<(Expr, Expr)>,
    /// Over the left side.
    pub(super) moment: Expr,
    /// Over the right side.
    pub(super) event: Expr,
    pub(super) known: Vec<Expr>,
    /// Whether an event of the same moment is too late.
    pub(super) is_strict: bool,
    schema: DFSchemaRef,
}

impl PartialOrd for AsOf {
    fn partial_cmp(&self, other: &AsOf) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl AsOf {
    pub(super) fn try_new(
        left: LogicalPlan,
        right: LogicalPlan,
        keys: Vec<(Expr, Expr)>,
        moment: Expr,
        event: Expr,
        known: Vec<Expr>,
        is_strict: bool,
    ) -> Result<AsOf> {
        let of_right = right.schema().iter().map(|(qualifier, field)| {
            let field = field.as_ref().clone().with_nullable(true);
            (qualifier.cloned(), Arc::new(field))
        });
        let of_left = left
            .schema()
            .iter()
            .map(|(qualifier, field)| (qualifier.cloned(), Arc::clone(field)));
        let schema = DFSchema::new_with_metadata(of_left.chain(of_right).collect(), Default::default())?;
        Ok(AsOf {
            schema: Arc::new(schema),
            left,
            right,
            keys,
            moment,
            event,
            known,
            is_strict,
        })
    }

    /// Refuses moments that are no days or times, and days beside times: a day has no moment within itself.
    pub(super) fn check_moments(&self) -> Result<()> {
        let of_moment = self.moment.get_type(self.left.schema())?;
        let told = |of: &DataType| match of {
            DataType::Date32 => "a day".to_owned(),
            DataType::Timestamp(..) => "a time".to_owned(),
            other => other.to_string(),
        };
        if told(&of_moment) != "a day" && told(&of_moment) != "a time" {
            return plan_err!(
                "the as-of join's moment `{}` is {of_moment}, expected a day or a time",
                self.moment
            );
        }
        for of_right in std::iter::once(&self.event).chain(&self.known) {
            let found = of_right.get_type(self.right.schema())?;
            if told(&found) != told(&of_moment) {
                return plan_err!(
                    "the as-of join compares `{}`, {}, with `{of_right}`, {}, expected both to be days or both to be times; hint: CAST one, and mind that a day becomes its first moment",
                    self.moment,
                    told(&of_moment),
                    told(&found)
                );
            }
        }
        Ok(())
    }

    fn n_left(&self) -> usize {
        self.left.schema().fields().len()
    }
}

/// A day or time as it is counted in the join: days as they are, times in microseconds of their zone.
pub(super) fn counted(moment: &Expr, schema: &DFSchema) -> Result<Expr> {
    Ok(match moment.get_type(schema)? {
        DataType::Timestamp(unit, zone) if unit != TimeUnit::Microsecond => {
            cast(moment.clone(), DataType::Timestamp(TimeUnit::Microsecond, zone))
        }
        _ => moment.clone(),
    })
}

impl UserDefinedLogicalNodeCore for AsOf {
    fn name(&self) -> &str {
        NAME
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.left, &self.right]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        let keys = self.keys.iter().flat_map(|(left, right)| [left, right]);
        keys.chain([&self.moment, &self.event])
            .chain(&self.known)
            .cloned()
            .collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_strict { ">" } else { ">=" };
        write!(f, "AsOf: {} {sign} {}", self.moment, self.event)?;
        self.known
            .iter()
            .try_for_each(|known| write!(f, ", known at {known}"))?;
        self.keys
            .iter()
            .try_for_each(|(left, right)| write!(f, ", {left} = {right}"))
    }

    fn with_exprs_and_inputs(&self, expressions: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<AsOf> {
        let lost = || DataFusionError::Internal("an as-of join lost a part of itself".to_owned());
        let mut inputs = inputs.into_iter();
        let (left, right) = (inputs.next().ok_or_else(lost)?, inputs.next().ok_or_else(lost)?);
        let mut expressions = expressions.into_iter();
        let mut next = || expressions.next().ok_or_else(lost);
        let mut keys = Vec::with_capacity(self.keys.len());
        for _ in &self.keys {
            keys.push((next()?, next()?));
        }
        let (moment, event) = (next()?, next()?);
        AsOf::try_new(
            left,
            right,
            keys,
            moment,
            event,
            expressions.collect(),
            self.is_strict,
        )
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let n_left = self.n_left();
        let (left, right): (Vec<usize>, Vec<usize>) =
            output_columns.iter().partition(|column| **column < n_left);
        Some(vec![
            left,
            right.into_iter().map(|column| column - n_left).collect(),
        ])
    }
}
