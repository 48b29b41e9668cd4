//! Texts across the border: in as UTF-8 up to a zero byte, out into a buffer of the caller's.

// Addresses of the caller; each use says what it relies on.
#![allow(unsafe_code)]

use crate::border::{Code, Fault, Place, check_address};
use std::ffi::{CStr, c_char};

/// The text at `address`.
///
/// # Safety
/// `address` is null, or leads to bytes that end with a zero and stay as they are for `'a`.
pub(crate) unsafe fn read<'a>(address: *const c_char, what: &str) -> Result<&'a str, Fault> {
    check_address(address, what)?;
    // SAFETY: not null, and the caller vouches for the zero at the end.
    let bytes = unsafe { CStr::from_ptr(address) };
    let at = |error: std::str::Utf8Error| {
        let sentence = format!(
            "`{what}` is not UTF-8: found byte {} of {} that begins no letter",
            error.valid_up_to(),
            bytes.count_bytes()
        );
        Fault::new(Code::NotUtf8, sentence)
    };
    bytes.to_str().map_err(at)
}

/// Writes `text` and a zero into the buffer, and its length without the zero to `length`.
///
/// A null buffer asks for the length alone; one that is too small is left alone and refused, the length told.
///
/// # Safety
/// `buffer` is null or valid for `capacity` bytes, `length` null or valid for writing.
pub(crate) unsafe fn write(
    text: &str,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> Result<(), Fault> {
    // SAFETY: vouched for by the caller.
    unsafe { Place::at(length, "length") }?.put(text.len());
    if buffer.is_null() {
        return Ok(());
    }
    if capacity <= text.len() {
        let sentence = format!(
            "`buffer` has {capacity} bytes, expected at least {}",
            text.len() + 1
        );
        return Err(Fault::new(Code::WrongSize, sentence));
    }
    // SAFETY: not null, and large enough for the text and a zero.
    unsafe { put(text, buffer) };
    Ok(())
}

/// As [`write`], but cuts a text that is too long, at the end of a letter: a message is of use in part. `length` may be
/// null.
///
/// # Safety
/// As [`write`].
pub(crate) unsafe fn write_cut(
    text: &str,
    buffer: *mut c_char,
    capacity: usize,
    length: *mut usize,
) -> Result<(), Fault> {
    if !length.is_null() {
        // SAFETY: vouched for by the caller.
        unsafe { Place::at(length, "length") }?.put(text.len());
    }
    if !buffer.is_null() && 0 < capacity {
        let end = text.floor_char_boundary(capacity - 1);
        // SAFETY: not null, and large enough for so much and a zero.
        unsafe { put(&text[..end], buffer) };
    }
    Ok(())
}

/// # Safety
/// `buffer` is valid for writing one byte more than the text has.
unsafe fn put(text: &str, buffer: *mut c_char) {
    let bytes = buffer.cast::<u8>();
    // SAFETY: the buffer is the caller's own and large enough, so that it cannot overlap with our text.
    unsafe {
        bytes.copy_from_nonoverlapping(text.as_ptr(), text.len());
        bytes.add(text.len()).write(0);
    }
}
