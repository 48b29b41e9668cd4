//! The as-of join as it runs: the right side is held and indexed once, left rows stream by in their order.

use super::index::{Candidate, Index};
use super::rows::{Keys, moments};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{Distribution, EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::distribution_requirements::InputDistributionRequirements;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType, ReplaceChildrenOptions};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties,
};
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt};
use std::fmt;
use std::sync::Arc;

/// What is compared.
#[derive(Clone, Debug)]
pub(super) struct Compared {
    pub(super) left_keys: Vec<Arc<dyn PhysicalExpr>>,
    pub(super) right_keys: Vec<Arc<dyn PhysicalExpr>>,
    pub(super) moment: Arc<dyn PhysicalExpr>,
    pub(super) event: Arc<dyn PhysicalExpr>,
    pub(super) known: Vec<Arc<dyn PhysicalExpr>>,
    pub(super) is_strict: bool,
}

/// The join.
#[derive(Debug)]
pub(super) struct AsOfExec {
    left: Arc<dyn ExecutionPlan>,
    right: Arc<dyn ExecutionPlan>,
    compared: Compared,
    properties: Arc<PlanProperties>,
}

impl AsOfExec {
    pub(super) fn new(
        left: Arc<dyn ExecutionPlan>,
        right: Arc<dyn ExecutionPlan>,
        compared: Compared,
    ) -> AsOfExec {
        let of_right = right.schema();
        let missing = of_right
            .fields()
            .iter()
            .map(|field| Arc::new(field.as_ref().clone().with_nullable(true)));
        let fields: Vec<_> = left.schema().fields().iter().cloned().chain(missing).collect();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::new(Schema::new(fields))),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        AsOfExec {
            properties: Arc::new(properties),
            left,
            right,
            compared,
        }
    }
}

impl DisplayAs for AsOfExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.compared.is_strict { ">" } else { ">=" };
        write!(
            f,
            "AsOfExec: {} {sign} {}",
            self.compared.moment, self.compared.event
        )
    }
}

impl ExecutionPlan for AsOfExec {
    fn name(&self) -> &str {
        "AsOfExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    /// Whatever parts a side has, they are read one after the other: put together by the engine, rows of equal moments
    /// would come in the order in which threads are done.
    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        InputDistributionRequirements::new(vec![Distribution::UnspecifiedDistribution; 2])
    }

    /// No order is told of the answer, so that none may be asked of the left side in its place.
    fn maintains_input_order(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false, false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.left, &self.right]
    }

    fn apply_expressions(
        &self,
        see: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let Compared {
            left_keys,
            right_keys,
            moment,
            event,
            known,
            ..
        } = &self.compared;
        for expression in left_keys
            .iter()
            .chain(right_keys)
            .chain([moment, event])
            .chain(known)
        {
            if see(expression)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [left, right]: [Arc<dyn ExecutionPlan>; 2] = children
            .try_into()
            .map_err(|_| DataFusionError::Internal("an as-of join has two sides".to_owned()))?;
        Ok(Arc::new(AsOfExec::new(left, right, self.compared.clone())))
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [left, right]: [Arc<dyn ExecutionPlan>; 2] = children
            .try_into()
            .map_err(|_| DataFusionError::Internal("an as-of join has two sides".to_owned()))?;
        Ok(Arc::new(AsOfExec::new(left, right, self.compared.clone())))
    }

    fn execute(&self, _: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let left = in_turn(&self.left, &context)?;
        let (right, compared) = (Arc::clone(&self.right), self.compared.clone());
        let schema = self.schema();
        let of_rows = Arc::clone(&schema);
        let joined = futures::stream::once(async move {
            let held = hold(right, &compared, context).await?;
            let joined = left.map(move |batch| held.join(&batch?, &compared, &of_rows));
            Ok::<_, DataFusionError>(joined)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(
            schema,
            joined.try_flatten(),
        )))
    }
}

/// The rows of a side, part after part.
fn in_turn(
    side: &Arc<dyn ExecutionPlan>,
    context: &Arc<TaskContext>,
) -> Result<BoxStream<'static, Result<RecordBatch>>> {
    let n_parts = side.output_partitioning().partition_count();
    let parts: Vec<SendableRecordBatchStream> = (0..n_parts)
        .map(|part| side.execute(part, Arc::clone(context)))
        .collect::<Result<_>>()?;
    Ok(futures::stream::iter(parts).flatten().boxed())
}

/// The right side.
#[derive(Debug)]
struct Held {
    batch: RecordBatch,
    index: Index,
    /// Given back when the join is done.
    _reserved: MemoryReservation,
}

async fn hold(right: Arc<dyn ExecutionPlan>, compared: &Compared, context: Arc<TaskContext>) -> Result<Held> {
    let reserved = MemoryConsumer::new("the right side of an as-of join").register(context.memory_pool());
    let (mut batches, mut n_twice) = (Vec::new(), 0);
    let mut arriving = in_turn(&right, &context)?;
    while let Some(batch) = arriving.try_next().await? {
        // The rows are held twice while they are put together.
        let n_bytes = n_bytes(&batch);
        reserved.try_grow(2 * n_bytes + Index::BYTES_PER_ROW * batch.num_rows())?;
        n_twice += n_bytes;
        batches.push(batch);
    }
    let batch = concat_batches(&right.schema(), &batches)?;
    drop(batches);
    reserved.shrink(n_twice);
    if (u32::MAX as usize) < batch.num_rows() {
        let found = format!(
            "{} rows on the right side of an as-of join, expected at most {}",
            batch.num_rows(),
            u32::MAX
        );
        return Err(DataFusionError::Execution(found));
    }
    let keys = Keys::of(&compared.right_keys, &batch)?;
    let event = moments(&compared.event, &batch)?;
    let known = compared
        .known
        .iter()
        .map(|known| moments(known, &batch))
        .collect::<Result<Vec<_>>>()?;
    let candidate = |row: usize| {
        let mut last = i64::MIN;
        for moments in &known {
            last = last.max(moments.at(row)?);
        }
        let candidate = Candidate {
            event: event.at(row)?,
            known: last,
        };
        Some((keys.at(row)?, candidate))
    };
    let index = Index::new((0..batch.num_rows()).map(candidate), compared.is_strict);
    Ok(Held {
        batch,
        index,
        _reserved: reserved,
    })
}

/// The bytes of a batch's own rows: batches may be pieces of one table, whose buffers each of them counts whole.
fn n_bytes(batch: &RecordBatch) -> usize {
    let of_column = |column: &ArrayRef| {
        let views = match column.data_type() {
            DataType::Utf8View => column.as_string_view().total_buffer_bytes_used(),
            DataType::BinaryView => column.as_binary_view().total_buffer_bytes_used(),
            _ => 0,
        };
        match column.to_data().get_slice_memory_size() {
            Ok(n_bytes) => n_bytes + views,
            Err(_) => column.get_array_memory_size(),
        }
    };
    batch.columns().iter().map(of_column).sum()
}

impl Held {
    fn join(&self, left: &RecordBatch, compared: &Compared, schema: &SchemaRef) -> Result<RecordBatch> {
        let keys = Keys::of(&compared.left_keys, left)?;
        let moment = moments(&compared.moment, left)?;
        let asked = |row: usize| self.index.ask(keys.at(row)?, moment.at(row)?);
        let asked: Vec<_> = (0..left.num_rows()).map(asked).collect();
        let partners: UInt32Array = self.index.find(&asked).into_iter().collect();
        let taken = self
            .batch
            .columns()
            .iter()
            .map(|column| Ok(take(column, &partners, None)?));
        let columns: Result<Vec<ArrayRef>> = left.columns().iter().cloned().map(Ok).chain(taken).collect();
        let options =
            datafusion::arrow::array::RecordBatchOptions::new().with_row_count(Some(left.num_rows()));
        Ok(RecordBatch::try_new_with_options(
            Arc::clone(schema),
            columns?,
            &options,
        )?)
    }
}
