//! Parquet files as tables of the engine: read when asked, a piece at a time, through the same reader as all other files.

use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::TableType;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use std::ops::Range;
use std::sync::Arc;
use table::TableError;
use table::read::ParquetFile;

/// A file that is a table.
#[derive(Debug)]
pub(crate) struct ParquetTable {
    file: Arc<ParquetFile>,
    schema: SchemaRef,
}

impl ParquetTable {
    pub(crate) fn new(file: ParquetFile) -> ParquetTable {
        let columns = file.columns();
        let every: Vec<usize> = (0..columns.len()).collect();
        ParquetTable {
            schema: schema_of(&file, &every),
            file: Arc::new(file),
        }
    }
}

fn schema_of(file: &ParquetFile, columns: &[usize]) -> SchemaRef {
    let all = file.columns();
    let field = |column: &usize| {
        let (name, kind) = &all[*column];
        Field::new(name, kind.data_type(), true)
    };
    Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()))
}

#[async_trait::async_trait]
impl TableProvider for ParquetTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let wanted: Vec<usize> = match projection {
            Some(columns) => columns.clone(),
            None => (0..self.schema.fields().len()).collect(),
        };
        // The reader gives columns in the order of the file.
        let mut read = wanted.clone();
        read.sort_unstable();
        read.dedup();
        let order: Vec<usize> = wanted
            .iter()
            .filter_map(|column| read.binary_search(column).ok())
            .collect();
        let schema = schema_of(&self.file, &read);
        let n_groups = self.file.n_row_groups();
        let n_parts = state.config().target_partitions().clamp(1, n_groups.max(1));
        let part = |i: usize| -> Arc<dyn PartitionStream> {
            Arc::new(Part {
                file: Arc::clone(&self.file),
                columns: read.clone(),
                row_groups: i * n_groups / n_parts..(i + 1) * n_groups / n_parts,
                schema: Arc::clone(&schema),
            })
        };
        let parts = (0..n_parts).map(part).collect();
        Ok(Arc::new(StreamingTableExec::try_new(
            Arc::clone(&schema),
            parts,
            Some(&order),
            None,
            false,
            limit,
        )?))
    }
}

/// Some row groups of a file.
#[derive(Debug)]
struct Part {
    file: Arc<ParquetFile>,
    columns: Vec<usize>,
    row_groups: Range<usize>,
    schema: SchemaRef,
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let failed = |error: TableError| DataFusionError::External(Box::new(error));
        let pieces = match self.file.pieces(&self.columns, self.row_groups.clone()) {
            Ok(pieces) => pieces.map(move |piece| piece.map(|piece| piece.batch().clone()).map_err(failed)),
            Err(error) => {
                let error = futures::stream::iter([Err(failed(error))]);
                return Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), error));
            }
        };
        let stream = futures::stream::iter(pieces);
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream))
    }
}
