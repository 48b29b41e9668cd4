//! An even sample of rows.

use stats::sketch::hash_bytes;
use table::arrow::array::{ArrayRef, RecordBatch, UInt32Array, new_empty_array};
use table::arrow::compute::{concat, take};
use table::arrow::error::ArrowError;
use table::{Kind, Table, TableError};

/// The rows whose numbers hash lowest: which ones depends on how many rows there are and on nothing else.
#[derive(Debug)]
pub(super) struct Sample {
    n: usize,
    /// Hash and number of each row held, in the order in which they are held.
    rows: Vec<(u64, u64)>,
    parts: Vec<Vec<ArrayRef>>,
    /// Rows that hash above this are no longer wanted.
    most: u64,
}

impl Sample {
    pub(super) fn new(n: usize) -> Sample {
        Sample {
            n,
            rows: Vec::new(),
            parts: Vec::new(),
            most: u64::MAX,
        }
    }

    pub(super) fn see(&mut self, batch: &RecordBatch, first: u64) -> Result<(), TableError> {
        let rows = first..first + batch.num_rows() as u64;
        let hashed = rows.map(|row| (hash_bytes(&row.to_le_bytes()), row));
        let wanted: Vec<(u64, u64)> = hashed.filter(|(hash, _)| *hash <= self.most).collect();
        let places: UInt32Array = wanted
            .iter()
            .map(|(_, row)| (row - first) as u32)
            .collect::<Vec<_>>()
            .into();
        let taken = batch.columns().iter().map(|column| take(column, &places, None));
        self.parts.push(taken.collect::<Result<_, _>>().map_err(refused)?);
        self.rows.extend(wanted);
        if self.rows.len() > 2 * self.n.max(1024) {
            self.prune()?;
        }
        Ok(())
    }

    /// Keeps the rows that hash lowest, in the order of their numbers.
    fn prune(&mut self) -> Result<(), TableError> {
        if self.n < self.rows.len() {
            let mut hashes: Vec<u64> = self.rows.iter().map(|(hash, _)| *hash).collect();
            let (_, most, _) = hashes.select_nth_unstable(self.n);
            // the first that is too many
            self.most = most.saturating_sub(1);
        }
        let held = self
            .rows
            .iter()
            .enumerate()
            .filter(|(_, (hash, _))| *hash <= self.most);
        let mut kept: Vec<(u64, u32)> = held.map(|(place, (_, row))| (*row, place as u32)).collect();
        kept.sort_unstable();
        let places: UInt32Array = kept.iter().map(|(_, place)| *place).collect::<Vec<_>>().into();
        let n_columns = self.parts.first().map_or(0, Vec::len);
        let mut columns = Vec::with_capacity(n_columns);
        for column in 0..n_columns {
            let parts: Vec<&dyn table::arrow::array::Array> =
                self.parts.iter().map(|part| part[column].as_ref()).collect();
            let whole = concat(&parts).map_err(refused)?;
            columns.push(take(&whole, &places, None).map_err(refused)?);
        }
        self.rows = kept
            .iter()
            .map(|(row, place)| (self.rows[*place as usize].0, *row))
            .collect();
        self.parts = vec![columns];
        Ok(())
    }

    pub(super) fn table(&mut self, names: &[(String, Kind)]) -> Result<Table, TableError> {
        self.prune()?;
        let mut columns = self.parts.pop().unwrap_or_default().into_iter();
        let column = |(name, kind): &(String, Kind)| {
            let array = columns
                .next()
                .unwrap_or_else(|| new_empty_array(&kind.data_type()));
            (name.clone(), array)
        };
        Table::new(names.iter().map(column).collect())
    }
}

fn refused(source: ArrowError) -> TableError {
    let name = "the sample of rows".to_owned();
    TableError::Arrow { name, source }
}
