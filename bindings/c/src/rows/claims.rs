//! What the structures of the Arrow C data interface say of themselves, looked at before Arrow relies on it: Arrow panics
//! at some of it and reads past the end at some.
//!
//! Source: <https://arrow.apache.org/docs/format/CDataInterface.html>.

// Addresses of the caller; each use says what it relies on.
#![allow(unsafe_code)]

use crate::border::{Code, Fault, check_address};
use crate::text;
use std::ffi::{c_char, c_void};

/// Columns within columns deeper than this are refused.
const MAX_DEPTH: usize = 16;

/// `struct ArrowSchema`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ArrowSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ArrowSchema,
    dictionary: *mut ArrowSchema,
    release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    private_data: *mut c_void,
}

/// `struct ArrowArray`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct ArrowArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ArrowArray,
    dictionary: *mut ArrowArray,
    release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    private_data: *mut c_void,
}

/// Whether rows are a struct whose parts fit each other.
///
/// # Safety
/// Both lead to structures of the interface, null or released ones included.
pub(super) unsafe fn check(schema: *const ArrowSchema, array: *const ArrowArray) -> Result<(), Fault> {
    check_address(schema, "schema")?;
    check_address(array, "array")?;
    // SAFETY: neither null nor unaligned, and vouched for by the caller.
    let (about, rows) = unsafe { (&*schema, &*array) };
    if about.release.is_none() || rows.release.is_none() {
        return Err(Fault::rows("the schema or the array was released before"));
    }
    // SAFETY: vouched for by the caller.
    if unsafe { text::read(about.format, "format") }? != "+s" {
        return Err(Fault::rows("the array is no struct of columns"));
    }
    // SAFETY: vouched for by the caller.
    unsafe { check_part(schema, array, 0, 0) }
}

/// # Safety
/// As [`check`].
unsafe fn check_part(
    schema: *const ArrowSchema,
    array: *const ArrowArray,
    least_length: i64,
    depth: usize,
) -> Result<(), Fault> {
    check_address(schema, "schema.children")?;
    check_address(array, "array.children")?;
    // SAFETY: neither null nor unaligned, and vouched for by the caller.
    let (about, rows) = unsafe { (&*schema, &*array) };
    // SAFETY: vouched for by the caller.
    let format = unsafe { text::read(about.format, "format") }?;
    let name = match about.name.is_null() {
        true => "",
        // SAFETY: vouched for by the caller.
        false => unsafe { text::read(about.name, "name") }?,
    };
    let wrong = |found: String| Err(Fault::rows(format!("column `{}`: {found}", table::clip(name))));
    if MAX_DEPTH < depth {
        return wrong(format!("found more than {MAX_DEPTH} columns within each other"));
    }
    let end = rows
        .offset
        .checked_add(rows.length)
        .filter(|end| *end < i64::MAX / 64);
    let (true, Some(end)) = (0 <= rows.length && 0 <= rows.offset, end) else {
        let sentence = format!(
            "column `{name}`: found length {} from {}",
            rows.length, rows.offset
        );
        return Err(Fault::new(Code::WrongSize, sentence));
    };
    if rows.length < least_length {
        return wrong(format!(
            "found {} rows, expected at least {least_length}",
            rows.length
        ));
    }
    if about.n_children != rows.n_children || about.dictionary.is_null() != rows.dictionary.is_null() {
        return wrong("schema and array differ in their parts".to_owned());
    }
    if !(0..=1 << 16).contains(&rows.n_children) || !(0..=1 << 16).contains(&rows.n_buffers) {
        return wrong(format!(
            "found {} parts and {} buffers",
            rows.n_children, rows.n_buffers
        ));
    }
    if 0 < rows.n_buffers {
        check_address(rows.buffers.cast_const(), "buffers")?;
    }
    // SAFETY: the buffers are there, and vouched for by the caller.
    unsafe { check_ends(format, rows, end, &wrong) }?;
    // Only the columns of the rows must be as long as these.
    let least_length = if depth == 0 { end } else { 0 };
    // SAFETY: vouched for by the caller.
    unsafe { check_children(about, rows, least_length, depth) }
}

/// # Safety
/// As [`check`]; both have as many children.
unsafe fn check_children(
    about: &ArrowSchema,
    rows: &ArrowArray,
    least_length: i64,
    depth: usize,
) -> Result<(), Fault> {
    if 0 < rows.n_children {
        check_address(about.children.cast_const(), "schema.children")?;
        check_address(rows.children.cast_const(), "array.children")?;
    }
    for child in 0..rows.n_children as usize {
        // SAFETY: both lists are there and so long, and vouched for by the caller.
        unsafe {
            let (schema, array) = (*about.children.add(child), *rows.children.add(child));
            check_part(schema, array, least_length, depth + 1)?;
        }
    }
    if rows.dictionary.is_null() {
        return Ok(());
    }
    // SAFETY: vouched for by the caller.
    unsafe { check_part(about.dictionary, rows.dictionary, 0, depth + 1) }
}

/// The ends of texts and lists, from which Arrow takes the length of what they point into, and those of views.
///
/// # Safety
/// The list of buffers is there, and vouched for by the caller.
unsafe fn check_ends(
    format: &str,
    rows: &ArrowArray,
    end: i64,
    wrong: &dyn Fn(String) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let least = match format {
        "vu" | "vz" => 3,
        "u" | "z" | "U" | "Z" => 3,
        "n" | "+s" | "+r" => 0,
        _ if format.starts_with("+u") || format.starts_with("+w") => 0,
        _ => 2,
    };
    if rows.n_buffers < least {
        return wrong(format!(
            "found {} buffers, expected at least {least}",
            rows.n_buffers
        ));
    }
    // SAFETY: so many buffers are there.
    let buffer = |at: usize| unsafe { *rows.buffers.add(at) };
    let last = match format {
        "u" | "z" if 0 < rows.length => {
            check_address(buffer(1).cast::<i32>(), "offsets")?;
            // SAFETY: offsets are one more than cells, vouched for by the caller.
            i64::from(unsafe { *buffer(1).cast::<i32>().add(end as usize) })
        }
        "U" | "Z" if 0 < rows.length => {
            check_address(buffer(1).cast::<i64>(), "offsets")?;
            // SAFETY: as above.
            unsafe { *buffer(1).cast::<i64>().add(end as usize) }
        }
        "vu" | "vz" if 3 < rows.n_buffers => {
            let n_parts = rows.n_buffers as usize - 3;
            let lengths = buffer(rows.n_buffers as usize - 1).cast::<i64>();
            check_address(lengths, "lengths of views")?;
            // SAFETY: a length for each part, vouched for by the caller.
            (0..n_parts)
                .map(|part| unsafe { *lengths.add(part) })
                .min()
                .unwrap_or(0)
        }
        _ => 0,
    };
    match 0 <= last && last < i64::MAX / 2 {
        true => Ok(()),
        false => wrong(format!("found an end at {last}")),
    }
}
