//! What crosses the border: codes, the sentence behind them, and places of the caller that are written to.

// The caller's addresses are used here and in the files of `rows`; each use says what it relies on.
#![allow(unsafe_code)]

use bundle::BundleError;
use std::cell::RefCell;
use std::ffi::{c_char, c_int};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Raised whenever a signature, a structure or the meaning of a code changes.
const ABI: u32 = 1;

/// Why a call is refused; the numbers are part of the ABI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    NullPointer = 1,
    NoHandle = 2,
    WrongSize = 3,
    NotUtf8 = 4,
    NotABundle = 5,
    WrongRows = 6,
    BrokenContract = 7,
    WrongOption = 8,
    Internal = 99,
}

/// A refusal: a code for programs, a sentence for people.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Fault {
    pub(crate) code: Code,
    pub(crate) sentence: String,
}

impl Fault {
    pub(crate) fn new(code: Code, sentence: impl Into<String>) -> Fault {
        Fault {
            code,
            sentence: sentence.into(),
        }
    }

    pub(crate) fn null(what: &str) -> Fault {
        Fault::new(Code::NullPointer, format!("`{what}` is a null pointer"))
    }

    pub(crate) fn rows(error: impl ToString) -> Fault {
        Fault::new(Code::WrongRows, error.to_string())
    }

    /// What a bundle says against rows.
    pub(crate) fn of_scoring(error: &BundleError) -> Fault {
        match error {
            BundleError::Threads { .. } => Fault::new(Code::WrongOption, error.to_string()),
            _ => Fault::rows(error),
        }
    }
}

thread_local! {
    /// The sentence of the last refusal on this thread.
    static SENTENCE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Does the work of one call: 0, or the code of the refusal, whose sentence is kept for this thread.
pub(crate) fn answered(work: impl FnOnce() -> Result<(), Fault>) -> c_int {
    // What a panic leaves half done is dropped here: the work holds nothing that outlives the call.
    let done = catch_unwind(AssertUnwindSafe(work));
    let done = done.unwrap_or_else(|_| {
        let sentence = "a fault in the library, please report it";
        Err(Fault::new(Code::Internal, sentence))
    });
    match done {
        Ok(()) => 0,
        Err(fault) => {
            let code = fault.code as c_int;
            // A thread that is ending has no place for it.
            let _ = SENTENCE.try_with(|sentence| *sentence.borrow_mut() = fault.sentence);
            code
        }
    }
}

/// A place of the caller's for one value.
#[derive(Debug)]
pub(crate) struct Place<T>(*mut T);

impl<T> Place<T> {
    /// # Safety
    /// `address` is null, or valid for writing a `T` until the place is dropped.
    pub(crate) unsafe fn at(address: *mut T, what: &str) -> Result<Place<T>, Fault> {
        check_address(address.cast_const(), what)?;
        Ok(Place(address))
    }

    pub(crate) fn put(self, value: T) {
        // SAFETY: the address is neither null nor unaligned, and whoever made the place vouched for the rest. What stood
        // there is not dropped: it may never have been anything.
        unsafe { self.0.write(value) };
    }
}

/// Refuses what no value can stand at.
pub(crate) fn check_address<T>(address: *const T, what: &str) -> Result<(), Fault> {
    if address.is_null() {
        return Err(Fault::null(what));
    }
    if !address.is_aligned() {
        let sentence = format!(
            "`{what}` is at an address that is no multiple of {}",
            align_of::<T>()
        );
        return Err(Fault::new(Code::WrongSize, sentence));
    }
    Ok(())
}

/// The ABI's number, [`ABI`].
#[unsafe(no_mangle)]
pub extern "C" fn spanwise_abi() -> u32 {
    ABI
}

/// The library's version, such as `0.1.0`.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_version(buffer: *mut c_char, capacity: usize, length: *mut usize) -> c_int {
    // SAFETY: the caller vouches for buffer and length, as the header asks.
    answered(|| unsafe { crate::text::write(env!("CARGO_PKG_VERSION"), buffer, capacity, length) })
}

/// The sentence of the last refusal on this thread; it stays until the next one.
///
/// # Safety
/// As in the header.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn spanwise_message(buffer: *mut c_char, capacity: usize, length: *mut usize) -> c_int {
    answered(|| {
        let sentence = SENTENCE.try_with(|sentence| sentence.borrow().clone());
        // SAFETY: the caller vouches for buffer and length, as the header asks.
        unsafe { crate::text::write_cut(&sentence.unwrap_or_default(), buffer, capacity, length) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_code_and_a_sentence_without_what_is_inside() {
        assert_eq!(answered(|| panic!("the inside")), 99);
        let sentence = SENTENCE.with(|sentence| sentence.borrow().clone());
        assert_eq!(sentence, "a fault in the library, please report it");
    }
}
