//! Rows and answers through the Arrow C data interface.

// Addresses of the caller; each use says what it relies on.
#![allow(unsafe_code)]

use super::{check_inputs, claims};
use crate::border::{Fault, Place, check_address};
use prepare::recipe::Recipe;
use std::sync::Arc;
use table::arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StructArray, make_array};
use table::arrow::datatypes::{DataType, Field, Schema};
use table::arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use table::{ComplaintKind, Complaints, Table};

pub use claims::{ArrowArray, ArrowSchema};

/// An array of the caller's that is ours now; it is released when it is dropped.
pub(crate) struct Taken(FFI_ArrowArray);

impl Taken {
    /// # Safety
    /// `array` is null or leads to a structure of the interface.
    pub(crate) unsafe fn from(array: *mut ArrowArray) -> Result<Taken, Fault> {
        check_address(array.cast_const(), "array")?;
        // SAFETY: not null, and `ArrowArray` has the interface's layout, as Arrow's own structure has.
        Ok(Taken(unsafe { FFI_ArrowArray::from_raw(array.cast()) }))
    }

    /// The columns that the recipe asks for; others are not looked at.
    ///
    /// # Safety
    /// `schema` is null or leads to a structure of the interface; what it and the array point to is as they say.
    pub(crate) unsafe fn table(self, recipe: &Recipe, schema: *const ArrowSchema) -> Result<Table, Fault> {
        // SAFETY: vouched for by the caller.
        unsafe { claims::check(schema, (&raw const self.0).cast()) }?;
        // SAFETY: what can be seen of both is sound, and the caller vouches for the rest.
        let data = unsafe { from_ffi(self.0, &*schema.cast::<FFI_ArrowSchema>()) }.map_err(Fault::rows)?;
        let DataType::Struct(fields) = data.data_type() else {
            return Err(Fault::rows("the array is no struct of columns"));
        };
        if 0 < data.null_count() {
            return Err(Fault::rows("whole rows are missing, expected cells alone to be"));
        }
        let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        check_inputs(recipe, &names)?;
        let is_input = |name: &String| recipe.inputs.iter().any(|input| input.name == *name);
        let (mut known, mut arrays): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
        for (field, cells) in fields.iter().zip(data.child_data()) {
            if is_input(field.name()) {
                let cells = cells.slice(data.offset(), data.len());
                // Texts may not be UTF-8, and codes may point past their dictionary.
                cells
                    .validate_full()
                    .map_err(|error| Fault::rows(format!("column `{}`: {error}", field.name())))?;
                known.push(Field::new(field.name(), cells.data_type().clone(), true));
                arrays.push(make_array(cells));
            }
        }
        let options = RecordBatchOptions::new().with_row_count(Some(data.len()));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::new(known)), arrays, &options);
        in_kinds(&batch.map_err(Fault::rows)?)
    }
}

/// The columns in their kinds; what a reader of files would repair and tell is refused.
fn in_kinds(batch: &RecordBatch) -> Result<Table, Fault> {
    let mut complaints = Complaints::default();
    let rows = table::normalise(batch, &mut complaints).map_err(Fault::rows)?;
    let harmless = [ComplaintKind::Blank, ComplaintKind::NullWord];
    let fault = complaints
        .iter()
        .find(|complaint| !harmless.contains(&complaint.kind));
    match fault {
        Some(complaint) => Err(Fault::rows(complaint)),
        None => Ok(rows),
    }
}

/// Where an answer goes.
#[derive(Debug)]
pub(crate) struct Answer {
    schema: Place<FFI_ArrowSchema>,
    array: Place<FFI_ArrowArray>,
}

impl Answer {
    /// # Safety
    /// Both are null or valid for writing a structure of the interface.
    pub(crate) unsafe fn at(schema: *mut ArrowSchema, array: *mut ArrowArray) -> Result<Answer, Fault> {
        // SAFETY: vouched for by the caller; the structures have the interface's layout.
        unsafe {
            Ok(Answer {
                schema: Place::at(schema.cast(), "answer_schema")?,
                array: Place::at(array.cast(), "answer")?,
            })
        }
    }

    /// Hands the columns over; the caller releases them.
    pub(crate) fn put(self, table: &Table) -> Result<(), Fault> {
        let data = StructArray::from(table.batch().clone()).to_data();
        let schema = FFI_ArrowSchema::try_from(data.data_type()).map_err(Fault::rows)?;
        self.schema.put(schema);
        self.array.put(FFI_ArrowArray::new(&data));
        Ok(())
    }
}
