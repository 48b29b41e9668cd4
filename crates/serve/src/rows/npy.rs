//! Rows as an array of NumPy (`.npy`): numbers in the order of the model's inputs. Arrays of objects hold pickles, which are
//! programs; they are never read.
//!
//! Source: `numpy/lib/format.py`, versions 1.0 to 3.0.

use super::{Cell, Column, Rows, RowsBuilder};
use crate::models::Loaded;
use crate::refusal::{Refusal, clip};
use table::arrow::datatypes::{ArrowPrimitiveType, Float16Type};

const MAGIC: &[u8] = b"\x93NUMPY";
const EXPECTED: &str = "an array of numbers or truths";

/// What the head of a file says.
#[derive(Debug, PartialEq)]
struct Head {
    /// `f`, `i`, `u` or `b`.
    kind: u8,
    width: usize,
    is_big_endian: bool,
    is_by_column: bool,
    shape: Vec<usize>,
}

/// Rows of an array `(n_rows, n_inputs)`. An array of one dimension is one row, or of a model of one input one column.
pub(crate) fn from_npy(model: &Loaded, body: &[u8], max_rows: usize) -> Result<Rows, Refusal> {
    let (head, data) = head(body)?;
    let n_inputs = model.inputs.len();
    let wrong_shape = || {
        Refusal::malformed(format!(
            "an array of shape {:?}, expected (n_rows, {n_inputs})",
            head.shape
        ))
    };
    let n_rows = match *head.shape.as_slice() {
        [n] if n_inputs == 1 => n,
        [n] if n == n_inputs => 1,
        [n, width] if width == n_inputs => n,
        _ => return Err(wrong_shape()),
    };
    if max_rows < n_rows {
        return Err(Refusal::TooManyRows { limit: max_rows });
    }
    if n_rows.checked_mul(n_inputs * head.width) != Some(data.len()) {
        let found = format!("{} bytes for an array of shape {:?}", data.len(), head.shape);
        return Err(Refusal::malformed(found));
    }
    let mut rows = RowsBuilder::new(model, max_rows);
    for input in 0..n_inputs {
        let column = rows.whole_column(input)?;
        for row in 0..n_rows {
            let at = if head.is_by_column {
                input * n_rows + row
            } else {
                row * n_inputs + input
            };
            head.push(column, &data[at * head.width..][..head.width])?;
        }
    }
    rows.finish()
}

fn head(body: &[u8]) -> Result<(Head, &[u8]), Refusal> {
    let cut = || Refusal::malformed("the body is not a whole array of NumPy");
    let rest = body.strip_prefix(MAGIC).ok_or_else(cut)?;
    let ([version, _], rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
    let (length, rest) = match version {
        1 => rest
            .split_first_chunk::<2>()
            .map(|(n, rest)| (usize::from(u16::from_le_bytes(*n)), rest)),
        2 | 3 => rest
            .split_first_chunk::<4>()
            .map(|(n, rest)| (u32::from_le_bytes(*n) as usize, rest)),
        _ => None,
    }
    .ok_or_else(cut)?;
    let (text, data) = rest.split_at_checked(length).ok_or_else(cut)?;
    let text = std::str::from_utf8(text).map_err(|_| cut())?;
    Ok((Head::of(text)?, data))
}

impl Head {
    /// Reads `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`.
    fn of(text: &str) -> Result<Head, Refusal> {
        let wrong = || {
            Refusal::malformed(format!(
                "an array described as `{}`, expected {EXPECTED}",
                clip(text)
            ))
        };
        let value = |key: &str| {
            text.split_once(key)
                .map(|(_, rest)| rest.trim_start().trim_start_matches(':').trim_start())
        };
        let descr = value("'descr'").and_then(|rest| rest.strip_prefix('\'')?.split_once('\''));
        let (descr, _) = descr.ok_or_else(wrong)?;
        let order = value("'fortran_order'").ok_or_else(wrong)?;
        let shape = value("'shape'").and_then(|rest| rest.strip_prefix('(')?.split_once(')'));
        let (shape, _) = shape.ok_or_else(wrong)?;
        let parts = shape.split(',').map(str::trim).filter(|part| !part.is_empty());
        let shape: Result<Vec<usize>, _> = parts.take(8).map(str::parse).collect();
        let [order_of_bytes, kind, ..] = descr.as_bytes() else {
            return Err(wrong());
        };
        let width = descr.get(2..).and_then(|width| width.parse().ok());
        match (kind, width) {
            (b'b', Some(1)) | (b'i' | b'u', Some(1 | 2 | 4 | 8)) | (b'f', Some(2 | 4 | 8)) => {}
            (b'O', _) => {
                return Err(Refusal::malformed(format!(
                    "an array of objects, which is a pickle, expected {EXPECTED}"
                )));
            }
            _ => return Err(wrong()),
        }
        Ok(Head {
            kind: *kind,
            width: width.unwrap_or(0),
            is_big_endian: *order_of_bytes == b'>',
            is_by_column: order.starts_with("True"),
            shape: shape.map_err(|_| wrong())?,
        })
    }

    fn push(&self, column: &mut Column<'_>, element: &[u8]) -> Result<(), Refusal> {
        let mut word = [0u8; 8];
        word[..self.width].copy_from_slice(element);
        if self.is_big_endian {
            word[..self.width].reverse();
        }
        let bits = u64::from_le_bytes(word);
        let unused = 64 - 8 * self.width as u32;
        match (self.kind, self.width) {
            (b'b', _) => column.push(Cell::Boolean(bits != 0)),
            // moves the sign to the top and back
            (b'i', _) => column.push_exact(((bits << unused) as i64) >> unused),
            (b'u', _) => match i64::try_from(bits) {
                Ok(value) => column.push_exact(value),
                Err(_) => Err(column.refuse(&Cell::Number(bits as f64))),
            },
            (_, 2) => column.push(Cell::Number(
                <Float16Type as ArrowPrimitiveType>::Native::from_bits(bits as u16).to_f64(),
            )),
            (_, 4) => column.push(Cell::Number(f64::from(f32::from_bits(bits as u32)))),
            _ => column.push(Cell::Number(f64::from_bits(bits))),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn heads_are_read_and_pickles_refused() {
        let head = Head::of("{'descr': '>i4', 'fortran_order': True, 'shape': (3, 4), }").unwrap();
        let expected = Head {
            kind: b'i',
            width: 4,
            is_big_endian: true,
            is_by_column: true,
            shape: vec![3, 4],
        };
        assert_eq!(head, expected);
        assert_eq!(
            Head::of("{'descr': '<f8', 'fortran_order': False, 'shape': (7,), }")
                .unwrap()
                .shape,
            [7]
        );
        let refused = |text: &str| Head::of(text).unwrap_err().to_string();
        assert!(refused("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }").contains("a pickle"));
        for descr in ["'<U3'", "'<f16'", "'<c8'", "[('a', '<f8')]", "'<i3'", "'<'"] {
            let text = format!("{{'descr': {descr}, 'fortran_order': False, 'shape': (1,), }}");
            assert!(
                refused(&text).contains("an array of numbers or truths"),
                "{descr}"
            );
        }
        assert!(Head::of("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }").is_err());
    }
}
