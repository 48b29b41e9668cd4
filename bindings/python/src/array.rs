//! Numbers across the border: in through the buffer protocol, out through it without a copy.

use crate::SpanwiseError;
use prepare::{FeatureColumn, Features};
use pyo3::buffer::{Element, PyBuffer, PyUntypedBuffer};
use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::{c_int, c_void};
use std::ops::Range;
use std::ptr;

/// Rows copied at a time from an array that lies row by row: their cells stay in the cache meanwhile.
const TILE_ROWS: usize = 64;

/// Numbers that Rust made, on their way to Python.
#[derive(Clone, Debug)]
pub(crate) struct Array {
    values: Values,
    shape: Vec<isize>,
    strides: Vec<isize>,
}

#[derive(Clone, Debug)]
enum Values {
    Numbers(Vec<f64>),
    Whole(Vec<i64>),
}

/// An array that Python owns: `numpy.asarray` takes the numbers where they lie, and may write to them.
#[pyclass(module = "spanwise._spanwise")]
#[derive(Debug)]
pub(crate) struct Buffer {
    array: Array,
}

/// Becomes a numpy array, or a buffer where numpy is not installed.
impl<'py> IntoPyObject<'py> for Array {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let buffer = Bound::new(py, Buffer { array: self })?.into_any();
        match py.import("numpy") {
            Ok(numpy) => numpy.call_method1("asarray", (buffer,)),
            Err(_) => Ok(buffer),
        }
    }
}

const ITEM_BYTES: isize = 8;

impl Array {
    /// Numbers in row order.
    pub(crate) fn numbers(values: Vec<f64>, shape: &[usize]) -> Array {
        Array::new(Values::Numbers(values), shape)
    }

    /// Whole numbers in row order.
    pub(crate) fn whole(values: Vec<i64>, shape: &[usize]) -> Array {
        Array::new(Values::Whole(values), shape)
    }

    /// Numbers along one axis.
    pub(crate) fn list(values: Vec<f64>) -> Array {
        let n = values.len();
        Array::numbers(values, &[n])
    }

    /// The numbers in row order, and of two axes the number of columns.
    pub(crate) fn numbers_and_columns(&self) -> (&[f64], Option<usize>) {
        let n_columns = self.shape.get(1).map(|n| *n as usize);
        match &self.values {
            Values::Numbers(values) => (values, n_columns),
            Values::Whole(_) => (&[], None),
        }
    }

    fn new(values: Values, shape: &[usize]) -> Array {
        let mut strides = vec![ITEM_BYTES; shape.len()];
        for axis in (1..shape.len()).rev() {
            strides[axis - 1] = strides[axis] * shape[axis] as isize;
        }
        Array {
            values,
            shape: shape.iter().map(|length| *length as isize).collect(),
            strides,
        }
    }

    /// The same numbers with their axes in another order.
    pub(crate) fn with_axes(self, order: &[usize]) -> Array {
        Array {
            shape: order.iter().map(|axis| self.shape[*axis]).collect(),
            strides: order.iter().map(|axis| self.strides[*axis]).collect(),
            values: self.values,
        }
    }

    fn n_bytes(&self) -> isize {
        ITEM_BYTES * self.shape.iter().product::<isize>()
    }
}

#[pymethods]
#[expect(unsafe_code, reason = "the buffer protocol hands out a pointer")]
impl Buffer {
    /// Hands the numbers out.
    ///
    /// # Safety
    /// Python passes a `Py_buffer` that may be written. The pointers written into it stay valid: the lists are never
    /// changed once made, and `obj` keeps this object alive until the last buffer is released. Nothing in Rust reads
    /// or writes the numbers after they were handed out.
    unsafe fn __getbuffer__(slf: Bound<'_, Self>, view: *mut ffi::Py_buffer, flags: c_int) -> PyResult<()> {
        let mut buffer = slf.borrow_mut();
        let array = &mut buffer.array;
        let n_bytes = array.n_bytes();
        let n_axes = array.shape.len() as c_int;
        let (start, format): (*mut c_void, _) = match &mut array.values {
            Values::Numbers(values) => (values.as_mut_ptr().cast(), c"d"),
            Values::Whole(values) => (values.as_mut_ptr().cast(), c"q"),
        };
        let asks = |flag: c_int| flags & flag == flag;
        let or_null = |is_asked: bool, list: *mut isize| if is_asked { list } else { ptr::null_mut() };
        let shape = or_null(asks(ffi::PyBUF_ND), array.shape.as_mut_ptr());
        let strides = or_null(asks(ffi::PyBUF_STRIDES), array.strides.as_mut_ptr());
        drop(buffer);
        // SAFETY: see above.
        unsafe {
            (*view).buf = start;
            (*view).len = n_bytes;
            (*view).itemsize = ITEM_BYTES;
            (*view).readonly = 0;
            (*view).ndim = n_axes;
            (*view).format = match asks(ffi::PyBUF_FORMAT) {
                true => format.as_ptr().cast_mut(),
                false => ptr::null_mut(),
            };
            (*view).shape = shape;
            (*view).strides = strides;
            (*view).suboffsets = ptr::null_mut();
            (*view).internal = ptr::null_mut();
            (*view).obj = slf.into_any().into_ptr();
        }
        Ok(())
    }
}

/// Numbers of 64 or 32 bits from Python, `(n_rows, n_columns)`, row after row or column after column.
#[derive(Debug)]
pub(crate) enum Matrix {
    Double(PyBuffer<f64>),
    Single(PyBuffer<f32>),
}

impl Matrix {
    /// Takes up an array.
    pub(crate) fn of(data: &Bound<'_, PyAny>) -> PyResult<Matrix> {
        let buffer = PyUntypedBuffer::get(data).map_err(|_| {
            SpanwiseError::new_err(format!(
                "found a `{}`, expected an array of numbers or a table such as a pandas, Polars or pyarrow one",
                data.get_type()
            ))
        })?;
        let (shape, format) = (buffer.shape().to_vec(), buffer.format().to_owned());
        let is_contiguous = buffer.is_c_contiguous() || buffer.is_fortran_contiguous();
        let matrix = match buffer.item_size() {
            4 => PyBuffer::get(data).map(Matrix::Single),
            _ => PyBuffer::get(data).map(Matrix::Double),
        };
        match matrix {
            Ok(matrix) if shape.len() == 2 && is_contiguous => Ok(matrix),
            _ => Err(SpanwiseError::new_err(format!(
                "found an array of shape {shape:?} and format {format:?}, expected two axes of float64 or float32 without gaps"
            ))),
        }
    }

    fn shape(&self) -> &[usize] {
        match self {
            Matrix::Double(buffer) => buffer.shape(),
            Matrix::Single(buffer) => buffer.shape(),
        }
    }

    pub(crate) fn n_rows(&self) -> usize {
        self.shape()[0]
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.shape()[1]
    }

    /// Some rows, column by column.
    pub(crate) fn columns(&self, py: Python<'_>, rows: Range<usize>) -> Vec<Vec<f64>> {
        match self {
            Matrix::Double(buffer) => columns(buffer, py, rows),
            Matrix::Single(buffer) => columns(buffer, py, rows),
        }
    }

    /// Some rows as features.
    pub(crate) fn features(&self, py: Python<'_>, rows: Range<usize>) -> Features {
        Features {
            n_rows: rows.len(),
            columns: self
                .columns(py, rows)
                .into_iter()
                .map(FeatureColumn::Number)
                .collect(),
        }
    }
}

fn columns<T: Element + Into<f64>>(
    buffer: &PyBuffer<T>,
    py: Python<'_>,
    rows: Range<usize>,
) -> Vec<Vec<f64>> {
    let (n_rows, n_columns) = (buffer.shape()[0], buffer.shape()[1]);
    let rows = rows.start.min(n_rows)..rows.end.min(n_rows);
    let cells = Cells { buffer, py };
    if buffer.is_fortran_contiguous() {
        let column = |column: usize| {
            let first = column * n_rows;
            (first + rows.start..first + rows.end)
                .map(|place| cells.at(place))
                .collect()
        };
        return (0..n_columns).map(column).collect();
    }
    let mut out: Vec<Vec<f64>> = (0..n_columns).map(|_| Vec::with_capacity(rows.len())).collect();
    for first in rows.clone().step_by(TILE_ROWS) {
        let tile = first..(first + TILE_ROWS).min(rows.end);
        for (column, out) in out.iter_mut().enumerate() {
            out.extend(tile.clone().map(|row| cells.at(row * n_columns + column)));
        }
    }
    out
}

/// The numbers of a buffer without gaps, in the order in which they lie.
struct Cells<'a, 'py, T> {
    buffer: &'a PyBuffer<T>,
    /// Holds the interpreter, so that no Python code writes meanwhile.
    #[expect(dead_code, reason = "it is held, not asked")]
    py: Python<'py>,
}

impl<T: Element + Into<f64>> Cells<'_, '_, T> {
    #[inline(always)]
    #[expect(unsafe_code, reason = "a buffer is read where it lies")]
    fn at(&self, place: usize) -> f64 {
        assert!(place < self.buffer.item_count(), "places are within the shape");
        let start: *const T = self.buffer.buf_ptr().cast();
        // SAFETY: the buffer has no gaps and as many items as its shape says, of this type and alignment, as `PyBuffer`
        // checked. It is held open, and read without forming a reference.
        unsafe { start.add(place).read() }.into()
    }
}

/// The numbers of an array of float64 with one axis, or of several in row order.
pub(crate) fn numbers(data: &Bound<'_, PyAny>, what: &str) -> PyResult<Vec<f64>> {
    list(data, what, "float64")
}

/// Numbers along one axis: gathered, or where they lie in an array of Python's.
#[derive(Debug)]
pub(crate) enum Held {
    Own(Vec<f64>),
    Lent(PyBuffer<f64>),
}

impl Held {
    /// The numbers of an array of float64, copied only where they do not lie side by side.
    pub(crate) fn of(data: &Bound<'_, PyAny>, what: &str) -> PyResult<Held> {
        let buffer = PyBuffer::<f64>::get(data).map_err(|error| {
            SpanwiseError::new_err(format!("`{what}`: {error}, expected an array of float64"))
        })?;
        let is_aligned = (buffer.buf_ptr() as usize).is_multiple_of(align_of::<f64>());
        match buffer.is_c_contiguous() && is_aligned && 0 < buffer.item_count() {
            true => Ok(Held::Lent(buffer)),
            false => buffer.to_vec(data.py()).map(Held::Own),
        }
    }

    #[expect(unsafe_code, reason = "the buffer protocol lends a pointer")]
    pub(crate) fn as_slice(&self) -> &[f64] {
        match self {
            Held::Own(values) => values,
            // SAFETY: `of` has checked that there are numbers, aligned and side by side; `get` that they are of 64 bits. The
            // buffer keeps its array alive and in its place while it is held. That nobody writes to an array while a
            // function reads it is the caller's duty, as for numpy's own functions, which let go of the interpreter too;
            // every bit pattern is a number, and no number read here is trusted as a position.
            Held::Lent(buffer) => unsafe {
                std::slice::from_raw_parts(buffer.buf_ptr().cast::<f64>(), buffer.item_count())
            },
        }
    }
}

/// The whole numbers of an array of int64.
pub(crate) fn whole(data: &Bound<'_, PyAny>, what: &str) -> PyResult<Vec<i64>> {
    list(data, what, "int64")
}

fn list<T: Element>(data: &Bound<'_, PyAny>, what: &str, expected: &str) -> PyResult<Vec<T>> {
    let buffer = PyBuffer::<T>::get(data).map_err(|error| {
        SpanwiseError::new_err(format!("`{what}`: {error}, expected an array of {expected}"))
    })?;
    buffer.to_vec(data.py())
}
