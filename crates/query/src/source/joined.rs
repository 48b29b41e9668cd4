//! Several files as one table.

use super::{Fetch, Local};
use crate::QueryError;
use std::path::{Path, PathBuf};
use table::write::Growing;
use table::{Kind, Table};

/// Several files as one table by the names of their columns: whole numbers become numbers where another file has them,
/// and a column that a file lacks is missing there.
pub(super) fn joined(paths: &[(String, PathBuf)], at: &Fetch<'_>) -> Result<Local, QueryError> {
    let mut options = at.options.clone();
    let (mut tables, mut complaints, mut guesses) = (Vec::new(), table::Complaints::default(), Vec::new());
    let mut columns: Vec<(String, Kind, usize)> = Vec::new();
    for (position, (key, path)) in paths.iter().enumerate() {
        let read = table::read::open(path, &options)?;
        let n_bytes = read.table.batch().get_array_memory_size() as u64;
        options.max_bytes = options.max_bytes.saturating_sub(n_bytes);
        complaints.extend(read.complaints);
        guesses.extend(read.guesses);
        for (name, kind) in read.table.columns() {
            match columns.iter_mut().find(|(known, ..)| *known == name) {
                None => columns.push((name, kind, position)),
                Some((_, known, _)) if *known == kind => {}
                Some((_, known, _)) if known.is_numeric() && kind.is_numeric() => *known = Kind::Number,
                Some((_, known, first)) => {
                    let found = format!(
                        "column `{name}` is {known} in `{}` and {kind} in `{key}`",
                        paths[*first].0
                    );
                    return Err(at.refused(found, "one kind, or `types` to say which"));
                }
            }
        }
        tables.push(read.table);
    }
    guesses.sort();
    guesses.dedup();
    let path = at.folder.join("rows.parquet");
    let fields: Vec<(String, Kind)> = columns
        .iter()
        .map(|(name, kind, _)| (name.clone(), *kind))
        .collect();
    write(&path, &fields, &tables)?;
    Ok(Local {
        complaints,
        guesses,
        ..Local::of(path)
    })
}

fn write(path: &Path, fields: &[(String, Kind)], tables: &[Table]) -> Result<(), QueryError> {
    use table::arrow::array::new_null_array;
    let mut file = Growing::create(path, fields)?;
    for table in tables {
        let n_rows = table.n_rows();
        let column = |(name, kind): &(String, Kind)| {
            let array = match table.batch().column_by_name(name) {
                None => new_null_array(&kind.data_type(), n_rows),
                Some(array) => table::arrow::compute::cast(array, &kind.data_type()).map_err(|source| {
                    table::TableError::Arrow {
                        name: name.clone(),
                        source,
                    }
                })?,
            };
            Ok((name.clone(), array))
        };
        let columns: Result<Vec<_>, table::TableError> = fields.iter().map(column).collect();
        file.push(&Table::new(columns?)?)?;
    }
    Ok(file.finish()?)
}
