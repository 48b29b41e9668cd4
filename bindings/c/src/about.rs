//! Bundles opened, closed, and what they say of themselves.

// The functions of the ABI take addresses of the caller; each use says what it relies on.
#![allow(unsafe_code)]

use crate::border::{Code, Fault, Place, answered, check_address};
use crate::rows::code_of;
use crate::{handles, text};
use bundle::Bundle;
use prepare::contract::{Action, Rule};
use std::ffi::{c_char, c_int};
use std::path::Path;

/// Opens the bundle at `path`; all of it is checked, and its golden rows are answered.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_open(path: *const c_char, bundle: *mut u64) -> c_int {
    answered(|| {
        // SAFETY: the caller vouches for both, as the header asks.
        let (path, place) = unsafe { (text::read(path, "path")?, Place::at(bundle, "bundle")?) };
        let opened = Bundle::load(Path::new(path)).map_err(not_a_bundle)?;
        place.put(handles::keep(opened));
        Ok(())
    })
}

/// Opens the bundle that `bytes` are; they are copied.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_open_bytes(bytes: *const u8, n_bytes: usize, bundle: *mut u64) -> c_int {
    answered(|| {
        check_address(bytes, "bytes")?;
        if bundle::MAX_BYTES < n_bytes as u64 {
            let sentence = format!("found {n_bytes} bytes, expected at most {}", bundle::MAX_BYTES);
            return Err(Fault::new(Code::NotABundle, sentence));
        }
        // SAFETY: not null and not larger than any object can be; the caller vouches that so many bytes are there.
        let (bytes, place) = unsafe {
            (
                std::slice::from_raw_parts(bytes, n_bytes),
                Place::at(bundle, "bundle")?,
            )
        };
        let opened = Bundle::from_bytes(bytes, "bytes").map_err(not_a_bundle)?;
        place.put(handles::keep(opened));
        Ok(())
    })
}

/// Closes a bundle; calls under way with it are answered.
#[unsafe(no_mangle)]
pub extern "C" fn spanwise_close(bundle: u64) -> c_int {
    answered(|| handles::close(bundle))
}

/// The model's name in its project.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_name(
    bundle: u64,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> c_int {
    // SAFETY: the caller vouches for buffer and length, as the header asks.
    answered(|| unsafe { text::write(&handles::find(bundle)?.name, buffer, capacity, length) })
}

/// The hash of the bundle's bytes, 64 hexadecimal digits.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_hash(
    bundle: u64,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> c_int {
    // SAFETY: the caller vouches for buffer and length, as the header asks.
    answered(|| unsafe { text::write(&handles::find(bundle)?.hash().to_hex(), buffer, capacity, length) })
}

/// What the model does: `classification`, `regression`, `ranking` or `anomaly`.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_task(
    bundle: u64,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> c_int {
    // SAFETY: the caller vouches for buffer and length, as the header asks.
    answered(|| unsafe { text::write(handles::find(bundle)?.task.word(), buffer, capacity, length) })
}

/// How many inputs a row must bring.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_n_inputs(bundle: u64, n: *mut usize) -> c_int {
    // SAFETY: the caller vouches for `n`, as the header asks.
    answered(|| unsafe { count(bundle, n, |bundle| bundle.recipe.inputs.len()) })
}

/// The input at `position`: its name, its kind, and whether a row without it is refused (1) or not (0).
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_input(
    bundle: u64,
    position: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
    kind: *mut u32,
    is_required: *mut c_int,
) -> c_int {
    answered(|| {
        let bundle = handles::find(bundle)?;
        let inputs = &bundle.recipe.inputs;
        let input = inputs
            .get(position)
            .ok_or_else(|| beyond("input", position, inputs.len()))?;
        let found = input
            .kind()
            .ok_or_else(|| Fault::new(Code::Internal, "an input without a kind"))?;
        // SAFETY: the caller vouches for all four, as the header asks.
        unsafe {
            let (kind, is_required) = (Place::at(kind, "kind")?, Place::at(is_required, "is_required")?);
            // a call that is refused writes lengths alone
            text::write(&input.name, buffer, capacity, length)?;
            kind.put(code_of(found));
            is_required.put(c_int::from(is_required_in(&bundle, &input.name)));
            Ok(())
        }
    })
}

/// How many margins and answers each row has: 1, or one for each class or quantile.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_n_outputs(bundle: u64, n: *mut usize) -> c_int {
    // SAFETY: the caller vouches for `n`, as the header asks.
    answered(|| unsafe { count(bundle, n, |bundle| bundle.model.n_outputs()) })
}

/// How many columns an answer as Arrow has, besides those that options add.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_n_columns(bundle: u64, n: *mut usize) -> c_int {
    // SAFETY: the caller vouches for `n`, as the header asks.
    answered(|| unsafe { count(bundle, n, |bundle| bundle.output_names().len()) })
}

/// The name of the column at `position` of an answer as Arrow.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_column(
    bundle: u64,
    position: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> c_int {
    answered(|| {
        let names = handles::find(bundle)?.output_names();
        let name = names
            .get(position)
            .ok_or_else(|| beyond("column", position, names.len()))?;
        // SAFETY: the caller vouches for buffer and length, as the header asks.
        unsafe { text::write(name, buffer, capacity, length) }
    })
}

/// How many classes are decided for; 0 for numbers and orders.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_n_classes(bundle: u64, n: *mut usize) -> c_int {
    // SAFETY: the caller vouches for `n`, as the header asks.
    answered(|| unsafe { count(bundle, n, |bundle| bundle.task.classes().len()) })
}

/// The class at `position`, which is what a decision is.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_class(
    bundle: u64,
    position: usize,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> c_int {
    answered(|| {
        let bundle = handles::find(bundle)?;
        let classes = bundle.task.classes();
        let class = classes
            .get(position)
            .ok_or_else(|| beyond("class", position, classes.len()))?;
        // SAFETY: the caller vouches for buffer and length, as the header asks.
        unsafe { text::write(class, buffer, capacity, length) }
    })
}

/// # Safety
/// `n` is null or valid for writing.
unsafe fn count(bundle: u64, n: *mut usize, of: impl FnOnce(&Bundle) -> usize) -> Result<(), Fault> {
    // SAFETY: vouched for by the caller.
    let place = unsafe { Place::at(n, "n") }?;
    place.put(of(&*handles::find(bundle)?));
    Ok(())
}

fn is_required_in(bundle: &Bundle, name: &str) -> bool {
    bundle
        .contract
        .columns
        .iter()
        .any(|rule| rule.column == name && rule.rule == Rule::Required && Action::Flag < rule.action)
}

fn not_a_bundle(error: bundle::BundleError) -> Fault {
    Fault::new(Code::NotABundle, error.to_string())
}

fn beyond(what: &str, position: usize, n: usize) -> Fault {
    let sentence = format!("no {what} at position {position}, found {n}, counted from 0");
    Fault::new(Code::WrongSize, sentence)
}
