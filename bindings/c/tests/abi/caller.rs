//! The ABI as a caller uses it: what tests share.

use bundle::Bundle;
use spanwise_c::*;
use std::ffi::{CStr, CString, c_char, c_int};
use std::path::{Path, PathBuf};
use std::ptr::{null, null_mut};
use table::arrow::array::{Array, ArrayData, AsArray, RecordBatch, StructArray, make_array};
use table::arrow::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi};
use table::{Kind, Table};

pub(crate) const NULL_POINTER: c_int = 1;
pub(crate) const NO_HANDLE: c_int = 2;
pub(crate) const WRONG_SIZE: c_int = 3;
pub(crate) const NOT_UTF8: c_int = 4;
pub(crate) const NOT_A_BUNDLE: c_int = 5;
pub(crate) const WRONG_ROWS: c_int = 6;
pub(crate) const BROKEN_CONTRACT: c_int = 7;
pub(crate) const WRONG_OPTION: c_int = 8;

pub(crate) const BUNDLES: [&str; 6] = [
    "v1/churn",
    "v2/softmax",
    "v2/exp",
    "v3/imported",
    "v4/intervals",
    "v5/decisions",
];

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../conformance/bundles/{name}.bundle"))
}

pub(crate) fn read(name: &str) -> Bundle {
    Bundle::load(&path(name)).unwrap()
}

pub(crate) fn opened(bytes: &[u8]) -> u64 {
    let mut handle = 0;
    let code = unsafe { spanwise_open_bytes(bytes.as_ptr(), bytes.len(), &mut handle) };
    assert_eq!(code, 0, "{}", message());
    assert_ne!(handle, 0);
    handle
}

pub(crate) fn message() -> String {
    let mut buffer = [0 as c_char; 4096];
    let code = unsafe { spanwise_message(buffer.as_mut_ptr(), buffer.len(), null_mut()) };
    assert_eq!(code, 0);
    unsafe { CStr::from_ptr(buffer.as_ptr()) }
        .to_str()
        .unwrap()
        .to_owned()
}

pub(crate) fn told(ask: impl Fn(*mut c_char, usize, *mut usize) -> c_int) -> String {
    let mut length = 0;
    assert_eq!(ask(null_mut(), 0, &mut length), 0, "{}", message());
    let mut buffer = vec![b'?'; length + 1];
    assert_eq!(ask(buffer.as_mut_ptr().cast(), length, &mut length), WRONG_SIZE);
    assert_eq!(buffer[0], b'?', "a buffer that is too small stays as it was");
    assert_eq!(ask(buffer.as_mut_ptr().cast(), buffer.len(), &mut length), 0);
    CStr::from_bytes_with_nul(&buffer)
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned()
}

/// A table as columns of the ABI; owns what they point to.
pub(crate) struct Columns {
    pub(crate) columns: Vec<SpanwiseColumn>,
    _names: Vec<CString>,
    _table: Table,
    _offsets: Vec<Vec<i64>>,
    _validity: Vec<Vec<u8>>,
    _truths: Vec<Vec<u8>>,
}

impl Columns {
    pub(crate) fn of(table: &Table) -> Columns {
        let mut all = Columns {
            columns: Vec::new(),
            _names: Vec::new(),
            _table: table.clone(),
            _offsets: Vec::new(),
            _validity: Vec::new(),
            _truths: Vec::new(),
        };
        for ((name, kind), cells) in table.columns().iter().zip(table.batch().columns()) {
            all.push(name, *kind, &cells.to_data());
        }
        all
    }

    fn push(&mut self, name: &str, kind: Kind, cells: &ArrayData) {
        self._names.push(CString::new(name).unwrap());
        self._validity.push(
            (0..cells.len())
                .map(|row| u8::from(cells.is_valid(row)))
                .collect(),
        );
        let validity = self._validity.last().unwrap();
        let mut column = SpanwiseColumn {
            name: self._names.last().unwrap().as_ptr(),
            kind: code_of(kind),
            values: cells.buffers()[0].as_ptr().cast(),
            n_values: cells.len(),
            offsets: null(),
            n_offsets: 0,
            validity: validity.as_ptr(),
            n_validity: validity.len(),
        };
        if kind == Kind::Text {
            let array = make_array(cells.clone());
            let offsets: Vec<i64> = array
                .as_string::<i32>()
                .value_offsets()
                .iter()
                .map(|at| i64::from(*at))
                .collect();
            self._offsets.push(offsets);
            column.offsets = self._offsets.last().unwrap().as_ptr();
            column.n_offsets = cells.len() + 1;
            (column.values, column.n_values) = (cells.buffers()[1].as_ptr().cast(), cells.buffers()[1].len());
        }
        if kind == Kind::Boolean {
            let array = make_array(cells.clone());
            let truths = array.as_boolean();
            self._truths
                .push((0..truths.len()).map(|row| u8::from(truths.value(row))).collect());
            column.values = self._truths.last().unwrap().as_ptr().cast();
        }
        self.columns.push(column);
    }
}

/// What one call of the ABI with columns answers.
#[derive(Debug, PartialEq)]
pub(crate) struct Answered {
    pub(crate) margins: Vec<u64>,
    pub(crate) answers: Vec<u64>,
    pub(crate) decisions: Vec<i32>,
    pub(crate) kept: Vec<u8>,
}

pub(crate) fn score(
    handle: u64,
    columns: &[SpanwiseColumn],
    n_rows: usize,
    broken_rows: u32,
) -> Result<Answered, c_int> {
    let (mut n_outputs, mut n_classes) = (0, 0);
    unsafe {
        assert_eq!(spanwise_n_outputs(handle, &mut n_outputs), 0);
        assert_eq!(spanwise_n_classes(handle, &mut n_classes), 0);
    }
    let (mut margins, mut answers) = (vec![-7.0; n_rows * n_outputs], vec![-7.0; n_rows * n_outputs]);
    let mut decisions = vec![-7; if n_classes == 0 { 0 } else { n_rows }];
    let mut kept = vec![7; n_rows];
    let places = SpanwiseScores {
        margins: margins.as_mut_ptr(),
        n_margins: margins.len(),
        answers: answers.as_mut_ptr(),
        n_answers: answers.len(),
        decisions: if n_classes == 0 {
            null_mut()
        } else {
            decisions.as_mut_ptr()
        },
        n_decisions: decisions.len(),
        intervals: null_mut(),
        n_intervals: 0,
        kept: kept.as_mut_ptr(),
        n_kept: kept.len(),
    };
    let options = SpanwiseOptions {
        n_threads: 2,
        n_reasons: 0,
        broken_rows,
    };
    let code =
        unsafe { spanwise_score_columns(handle, columns.as_ptr(), columns.len(), n_rows, &options, &places) };
    if code != 0 {
        assert!(
            margins.iter().chain(&answers).all(|value| *value == -7.0),
            "a refusal writes nothing"
        );
        return Err(code);
    }
    let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect();
    Ok(Answered {
        margins: bits(margins),
        answers: bits(answers),
        decisions,
        kept,
    })
}

pub(crate) fn score_arrow(
    handle: u64,
    schema: &FFI_ArrowSchema,
    array: &mut FFI_ArrowArray,
    options: &SpanwiseOptions,
) -> Result<StructArray, c_int> {
    let (mut answer_schema, mut answer) = (FFI_ArrowSchema::empty(), FFI_ArrowArray::empty());
    let code = unsafe {
        spanwise_score_arrow(
            handle,
            (&raw const *schema).cast::<ArrowSchema>(),
            (&raw mut *array).cast::<ArrowArray>(),
            options,
            (&raw mut answer_schema).cast(),
            (&raw mut answer).cast(),
        )
    };
    assert!(array.is_released(), "the array is taken, whatever is answered");
    match code {
        0 => Ok(StructArray::from(
            unsafe { from_ffi(answer, &answer_schema) }.unwrap(),
        )),
        code => Err(code),
    }
}

pub(crate) fn exported(batch: RecordBatch) -> (FFI_ArrowSchema, FFI_ArrowArray) {
    let data = StructArray::from(batch).to_data();
    (
        FFI_ArrowSchema::try_from(data.data_type()).unwrap(),
        FFI_ArrowArray::new(&data),
    )
}

pub(crate) fn nothing() -> SpanwiseScores {
    SpanwiseScores {
        margins: null_mut(),
        n_margins: 0,
        answers: null_mut(),
        n_answers: 0,
        decisions: null_mut(),
        n_decisions: 0,
        intervals: null_mut(),
        n_intervals: 0,
        kept: null_mut(),
        n_kept: 0,
    }
}

/// Kinds are numbered in their order.
pub(crate) fn code_of(kind: Kind) -> u32 {
    Kind::ALL.iter().position(|other| *other == kind).unwrap() as u32 + 1
}
