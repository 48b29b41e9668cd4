//! Rows as one buffer a column, each of a kind; every length is compared before anything is read.

// Addresses of the caller; each use says what it relies on.
#![allow(unsafe_code)]

use super::{check_inputs, code_of};
use crate::border::{Code, Fault, check_address};
use crate::text;
use prepare::recipe::Recipe;
use std::ffi::{c_char, c_void};
use std::sync::Arc;
use table::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringBuilder, TimestampMicrosecondArray,
};
use table::{Kind, Table, clip};

/// Texts by address, each ended by a zero; null is missing. Only for columns of rows, never the kind of an input.
const STRINGS: u32 = 7;

/// One column of rows, as the header describes it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SpanwiseColumn {
    /// Its name.
    pub name: *const c_char,
    /// What `values` are.
    pub kind: u32,
    /// The cells.
    pub values: *const c_void,
    /// How many there are; of texts, how many bytes.
    pub n_values: usize,
    /// Where texts begin and end among the bytes.
    pub offsets: *const i64,
    /// One more than there are rows.
    pub n_offsets: usize,
    /// 0 for each cell that is missing; null if none is.
    pub validity: *const u8,
    /// As many as there are rows.
    pub n_validity: usize,
}

/// One column while it is read.
#[derive(Clone, Copy)]
struct Reading<'a> {
    name: &'a str,
    n_rows: usize,
    column: &'a SpanwiseColumn,
    validity: Option<&'a [u8]>,
}

/// The columns that the recipe asks for; others are not looked at.
///
/// # Safety
/// `columns` is null or leads to `n_columns` of them, whose addresses lead to as much as they say.
pub(crate) unsafe fn table_of(
    recipe: &Recipe,
    columns: *const SpanwiseColumn,
    n_columns: usize,
    n_rows: usize,
) -> Result<Table, Fault> {
    let mut found = Vec::with_capacity(recipe.inputs.len());
    let mut names = Vec::new();
    // SAFETY: vouched for by the caller.
    for column in unsafe { slice(columns, n_columns, "columns") }? {
        // SAFETY: vouched for by the caller.
        let name = unsafe { text::read(column.name, "name") }?;
        names.push(name);
        if recipe.inputs.iter().any(|input| input.name == name) {
            // SAFETY: vouched for by the caller.
            found.push((name.to_owned(), unsafe { cells(name, column, n_rows) }?));
        }
    }
    check_inputs(recipe, &names)?;
    Table::new(found).map_err(Fault::rows)
}

/// # Safety
/// The column's addresses lead to as much as it says.
unsafe fn cells(name: &str, column: &SpanwiseColumn, n_rows: usize) -> Result<ArrayRef, Fault> {
    let validity = match column.validity.is_null() {
        true => None,
        // SAFETY: vouched for by the caller.
        false => Some(unsafe { slice(column.validity, column.n_validity, "validity") }?),
    };
    let reading = Reading {
        name,
        n_rows,
        column,
        validity,
    };
    if let Some(validity) = validity {
        reading.check_length("validity", validity.len(), n_rows)?;
    }
    // SAFETY: vouched for by the caller.
    unsafe {
        match column.kind {
            kind if kind == code_of(Kind::Boolean) => reading.truths(),
            kind if kind == code_of(Kind::Number) => reading.numbers(),
            kind if kind == code_of(Kind::Text) => reading.texts(),
            STRINGS => reading.strings(),
            kind if kind == code_of(Kind::Integer) => {
                Ok(Arc::new(Int64Array::from_iter(reading.present::<i64>()?)))
            }
            kind if kind == code_of(Kind::Date) => {
                Ok(Arc::new(Date32Array::from_iter(reading.present::<i32>()?)))
            }
            kind if kind == code_of(Kind::Time) => {
                let micros = reading.present::<i64>()?;
                Ok(Arc::new(TimestampMicrosecondArray::from_iter(micros)))
            }
            kind => Err(Fault::rows(format!(
                "column `{name}` has kind {kind}, expected 1 to {STRINGS}"
            ))),
        }
    }
}

impl<'a> Reading<'a> {
    /// The cells that are there; `None` for missing ones.
    ///
    /// # Safety
    /// The values are as many `T` as the column says.
    unsafe fn present<T: Copy>(self) -> Result<impl Iterator<Item = Option<T>> + 'a, Fault>
    where
        T: 'a,
    {
        self.check_length("values", self.column.n_values, self.n_rows)?;
        // SAFETY: vouched for by the caller.
        let values: &'a [T] = unsafe { slice(self.column.values.cast(), self.n_rows, "values") }?;
        Ok((0..self.n_rows).map(move |row| self.is_present(row).then(|| values[row])))
    }

    unsafe fn numbers(self) -> Result<ArrayRef, Fault> {
        // SAFETY: vouched for by the caller.
        let cells: Vec<Option<f64>> = unsafe { self.present::<f64>() }?
            .map(|cell| cell.filter(|value| !value.is_nan()))
            .collect();
        let infinite = cells.iter().position(|cell| cell.is_some_and(f64::is_infinite));
        match infinite {
            Some(row) => Err(self.wrong(
                row,
                "an infinite number",
                "a finite one, or NaN for a missing one",
            )),
            None => Ok(Arc::new(Float64Array::from(cells))),
        }
    }

    unsafe fn truths(self) -> Result<ArrayRef, Fault> {
        // SAFETY: vouched for by the caller.
        let cells: Vec<Option<u8>> = unsafe { self.present::<u8>() }?.collect();
        let wrong = cells.iter().position(|cell| cell.is_some_and(|byte| 1 < byte));
        match wrong {
            Some(row) => Err(self.wrong(row, &format!("{}", cells[row].unwrap_or(0)), "0 or 1")),
            None => {
                let truths = cells.iter().map(|cell| cell.map(|byte| byte == 1));
                Ok(Arc::new(truths.collect::<BooleanArray>()))
            }
        }
    }

    unsafe fn texts(self) -> Result<ArrayRef, Fault> {
        self.check_length("offsets", self.column.n_offsets, self.n_rows.saturating_add(1))?;
        // SAFETY: vouched for by the caller.
        let (offsets, bytes) = unsafe {
            (
                slice(self.column.offsets, self.column.n_offsets, "offsets")?,
                slice(self.column.values.cast::<u8>(), self.column.n_values, "values")?,
            )
        };
        self.text_array(|row| {
            let ends = [offsets[row], offsets[row + 1]].map(usize::try_from);
            let text = match ends {
                [Ok(start), Ok(end)] => bytes.get(start..end),
                _ => None,
            };
            let found = || format!("offsets {} to {}", offsets[row], offsets[row + 1]);
            text.ok_or_else(|| self.wrong(row, &found(), &format!("rising ones up to {}", bytes.len())))
                .map(Some)
        })
    }

    unsafe fn strings(self) -> Result<ArrayRef, Fault> {
        // SAFETY: vouched for by the caller.
        let addresses: Vec<Option<*const c_char>> = unsafe { self.present() }?.collect();
        self.text_array(|row| {
            let address = addresses[row].filter(|address| !address.is_null());
            // SAFETY: not null, and vouched for by the caller.
            Ok(address.map(|address| unsafe { std::ffi::CStr::from_ptr(address) }.to_bytes()))
        })
    }

    fn text_array(
        &self,
        bytes_of: impl Fn(usize) -> Result<Option<&'a [u8]>, Fault>,
    ) -> Result<ArrayRef, Fault> {
        let (mut builder, mut n_bytes) = (StringBuilder::new(), 0_usize);
        for row in 0..self.n_rows {
            let bytes = if self.is_present(row) {
                bytes_of(row)?
            } else {
                None
            };
            let text = bytes.map(std::str::from_utf8).transpose();
            let text = text.map_err(|_| Fault {
                code: Code::NotUtf8,
                ..self.wrong(row, "bytes that are not UTF-8", "a text")
            })?;
            n_bytes += text.map_or(0, str::len);
            // Columns of texts count their bytes in 31 bits.
            if i32::MAX as usize <= n_bytes {
                return Err(self.wrong(
                    row,
                    "more than 2 GiB of texts",
                    "fewer; hint: score in several calls",
                ));
            }
            builder.append_option(text);
        }
        Ok(Arc::new(builder.finish()))
    }

    fn is_present(&self, row: usize) -> bool {
        self.validity.is_none_or(|validity| validity[row] != 0)
    }

    fn check_length(&self, what: &str, found: usize, expected: usize) -> Result<(), Fault> {
        if found == expected {
            return Ok(());
        }
        let sentence = format!(
            "column `{}` has {found} {what}, expected {expected}",
            clip(self.name)
        );
        Err(Fault::new(Code::WrongSize, sentence))
    }

    fn wrong(&self, row: usize, found: &str, expected: &str) -> Fault {
        Fault::rows(format!(
            "column `{}`, row {row} (counted from 0): found {found}, expected {expected}",
            clip(self.name)
        ))
    }
}

/// `n` values from `address` on; none of them need stand anywhere.
///
/// # Safety
/// `address` is null, or leads to `n` values that stay as they are for `'a`.
unsafe fn slice<'a, T>(address: *const T, n: usize, what: &str) -> Result<&'a [T], Fault> {
    if n == 0 {
        return Ok(&[]);
    }
    check_address(address, what)?;
    if n.checked_mul(size_of::<T>())
        .is_none_or(|bytes| isize::MAX as usize <= bytes)
    {
        let sentence = format!("`{what}` has {n} values, more than memory can hold");
        return Err(Fault::new(Code::WrongSize, sentence));
    }
    // SAFETY: neither null nor unaligned nor larger than any object can be; the caller vouches for the rest.
    Ok(unsafe { std::slice::from_raw_parts(address, n) })
}
