//! The datatypes of tensors: how wide, and how a value becomes a cell.

use crate::refusal::{Refusal, clip};
use crate::rows::{Cell, Column};
use table::Kind;

/// What the elements of a tensor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Datatype {
    Bool,
    /// A whole number of so many bytes.
    Int(usize),
    /// The same without sign.
    Uint(usize),
    Fp16,
    Bf16,
    Fp32,
    Fp64,
    Bytes,
}

impl Datatype {
    const ALL: [(&'static str, Datatype); 14] = [
        ("BOOL", Datatype::Bool),
        ("INT8", Datatype::Int(1)),
        ("INT16", Datatype::Int(2)),
        ("INT32", Datatype::Int(4)),
        ("INT64", Datatype::Int(8)),
        ("UINT8", Datatype::Uint(1)),
        ("UINT16", Datatype::Uint(2)),
        ("UINT32", Datatype::Uint(4)),
        ("UINT64", Datatype::Uint(8)),
        ("FP16", Datatype::Fp16),
        ("BF16", Datatype::Bf16),
        ("FP32", Datatype::Fp32),
        ("FP64", Datatype::Fp64),
        ("BYTES", Datatype::Bytes),
    ];

    /// The datatype called `name`.
    pub(super) fn from_name(name: &str) -> Result<Datatype, Refusal> {
        let found = Datatype::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, datatype)| *datatype);
        let known = || table::quoted_list(Datatype::ALL.iter().map(|(name, _)| *name), 14);
        found.ok_or_else(|| Refusal::NoTensor {
            what: "datatype",
            name: clip(name),
            known: known(),
        })
    }

    /// The datatype that metadata gives for columns of `kind`.
    pub(super) fn name_of(kind: Kind) -> &'static str {
        match kind {
            Kind::Boolean => "BOOL",
            Kind::Integer => "INT64",
            Kind::Number => "FP64",
            Kind::Text | Kind::Date | Kind::Time => "BYTES",
        }
    }

    /// Bytes per element; `None` if they differ.
    pub(super) fn width(self) -> Option<usize> {
        match self {
            Datatype::Bool => Some(1),
            Datatype::Int(width) | Datatype::Uint(width) => Some(width),
            Datatype::Fp16 | Datatype::Bf16 => Some(2),
            Datatype::Fp32 => Some(4),
            Datatype::Fp64 => Some(8),
            Datatype::Bytes => None,
        }
    }

    /// Adds an element that came as JSON.
    pub(super) fn push_json(self, column: &mut Column<'_>, cell: Cell<'_>) -> Result<(), Refusal> {
        match (self, cell) {
            (_, Cell::Missing) | (Datatype::Bool, Cell::Boolean(_)) | (Datatype::Bytes, Cell::Text(_)) => {
                column.push(cell)
            }
            (Datatype::Bool, Cell::Integer(value @ (0 | 1))) => column.push(Cell::Boolean(value == 1)),
            (Datatype::Int(_) | Datatype::Uint(_), Cell::Integer(value)) if self.holds(value) => {
                column.push_exact(value)
            }
            (Datatype::Int(_) | Datatype::Uint(_), Cell::Number(value)) if value.fract() == 0.0 => {
                column.push(cell)
            }
            // A tensor of this type holds the nearest value that the type has.
            (Datatype::Fp32, Cell::Number(value)) => column.push(Cell::Number(f64::from(value as f32))),
            (Datatype::Fp32, Cell::Integer(value)) => column.push(Cell::Number(f64::from(value as f32))),
            (Datatype::Fp64 | Datatype::Fp16 | Datatype::Bf16, Cell::Number(_) | Cell::Integer(_)) => {
                column.push(cell)
            }
            _ => Err(column.refuse(&cell)),
        }
    }

    /// Adds the elements that stand in `bytes`, little-endian and without padding.
    pub(super) fn push_binary(self, column: &mut Column<'_>, bytes: &[u8]) -> Result<(), Refusal> {
        let Some(width) = self.width() else {
            return push_texts(column, bytes);
        };
        if !bytes.len().is_multiple_of(width) {
            return Err(Refusal::malformed(format!(
                "input `{}` has {} bytes, expected a multiple of {width}",
                column.name(),
                bytes.len()
            )));
        }
        bytes
            .chunks_exact(width)
            .try_for_each(|element| self.push_element(column, element))
    }

    fn push_element(self, column: &mut Column<'_>, element: &[u8]) -> Result<(), Refusal> {
        let mut word = [0u8; 8];
        word[..element.len()].copy_from_slice(element);
        self.push_bits(column, u64::from_le_bytes(word))
    }

    /// Adds the element whose bits are the lowest of `bits`.
    pub(super) fn push_bits(self, column: &mut Column<'_>, bits: u64) -> Result<(), Refusal> {
        match self {
            Datatype::Bool if bits <= 1 => column.push(Cell::Boolean(bits == 1)),
            Datatype::Bool => Err(column.refuse(&Cell::Integer(bits as i64))),
            Datatype::Int(width) => {
                // Moves the sign to the top and back.
                let unused = 64 - 8 * width as u32;
                column.push_exact(((bits << unused) as i64) >> unused)
            }
            Datatype::Uint(_) => match i64::try_from(bits) {
                Ok(value) => column.push_exact(value),
                Err(_) => Err(column.refuse(&Cell::Number(bits as f64))),
            },
            Datatype::Fp16 => column.push(Cell::Number(half(bits as u16))),
            Datatype::Bf16 => column.push(Cell::Number(f64::from(f32::from_bits((bits as u32) << 16)))),
            Datatype::Fp32 => column.push(Cell::Number(f64::from(f32::from_bits(bits as u32)))),
            Datatype::Fp64 => column.push(Cell::Number(f64::from_bits(bits))),
            Datatype::Bytes => Err(Refusal::Internal),
        }
    }

    /// Whether a whole number is in the type's range.
    pub(super) fn holds(self, value: i64) -> bool {
        match self {
            Datatype::Int(8) => true,
            Datatype::Int(width) => (-(1i64 << (8 * width - 1))..1i64 << (8 * width - 1)).contains(&value),
            Datatype::Uint(8) => 0 <= value,
            Datatype::Uint(width) => (0..1i64 << (8 * width)).contains(&value),
            _ => false,
        }
    }
}

/// Texts, each behind its length as four bytes.
fn push_texts(column: &mut Column<'_>, bytes: &[u8]) -> Result<(), Refusal> {
    let mut rest = bytes;
    while !rest.is_empty() {
        let cut = || Refusal::malformed(format!("input `{}` ends within a text", column.name()));
        let (head, after) = rest.split_at_checked(4).ok_or_else(cut)?;
        let length = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let (text, after) = after.split_at_checked(length).ok_or_else(cut)?;
        push_text(column, text)?;
        rest = after;
    }
    Ok(())
}

/// One text as bytes.
pub(super) fn push_text(column: &mut Column<'_>, bytes: &[u8]) -> Result<(), Refusal> {
    match std::str::from_utf8(bytes) {
        Ok(text) => column.push(Cell::Text(text)),
        Err(_) => Err(Refusal::Cell {
            column: column.name().to_owned(),
            row: column.len(),
            found: "bytes that are not UTF-8".to_owned(),
            expected: "a text in UTF-8",
        }),
    }
}

/// A number of 16 bits, IEEE 754; every one is a number of 64 bits.
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i64::from(bits >> 10 & 0x1f), f64::from(bits & 0x3ff));
    let power = |exponent: i64| f64::from_bits(((1023 + exponent) as u64) << 52);
    sign * match exponent {
        0 => fraction * power(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * power(exponent - 15),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use table::write::cell_text;

    fn binary(datatype: &str, kind: Kind, bytes: &[u8]) -> Result<Vec<Option<String>>, Refusal> {
        let mut column = Column::new("x", kind);
        Datatype::from_name(datatype)?.push_binary(&mut column, bytes)?;
        let (n, array) = (column.len(), column.finish().into_array());
        Ok((0..n).map(|row| cell_text(array.as_ref(), row)).collect())
    }

    fn one(datatype: &str, kind: Kind, bytes: &[u8]) -> Option<String> {
        binary(datatype, kind, bytes).unwrap().remove(0)
    }

    #[test]
    fn binary_elements_become_cells() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(one("INT8", Kind::Integer, &[0xff]), text("-1"));
        assert_eq!(one("UINT8", Kind::Number, &[0xff]), text("255"));
        assert_eq!(
            one("INT32", Kind::Integer, &(-70_000i32).to_le_bytes()),
            text("-70000")
        );
        assert_eq!(
            one("FP32", Kind::Number, &0.1f32.to_le_bytes()),
            text("0.10000000149011612")
        );
        assert_eq!(one("FP64", Kind::Number, &0.1f64.to_le_bytes()), text("0.1"));
        assert_eq!(one("FP64", Kind::Number, &f64::NAN.to_le_bytes()), None);
        assert_eq!(one("FP64", Kind::Integer, &3f64.to_le_bytes()), text("3"));
        assert_eq!(one("BF16", Kind::Number, &[0x80, 0x3f]), text("1"));
        // 0x3555 is the half nearest to 1/3, 0x0001 the smallest, 0xfbff the lowest (IEEE 754-2008, table 3.5).
        assert_eq!(one("FP16", Kind::Number, &[0x55, 0x35]), text("0.333251953125"));
        assert_eq!(
            one("FP16", Kind::Number, &[0x01, 0x00]),
            text("0.00000005960464477539063")
        );
        assert_eq!(one("FP16", Kind::Number, &[0xff, 0xfb]), text("-65504"));
        assert_eq!(
            binary("BYTES", Kind::Text, b"\x01\0\0\0a\0\0\0\0").unwrap(),
            [text("a"), None]
        );
    }

    #[test]
    fn binary_faults_are_refused() {
        for (datatype, kind, bytes) in [
            ("FP64", Kind::Number, &[0u8; 7][..]),
            ("FP64", Kind::Number, &f64::INFINITY.to_le_bytes()),
            ("FP64", Kind::Integer, &0.5f64.to_le_bytes()),
            ("FP64", Kind::Text, &0.5f64.to_le_bytes()),
            ("BOOL", Kind::Boolean, &[2]),
            ("UINT64", Kind::Integer, &u64::MAX.to_le_bytes()),
            ("INT64", Kind::Number, &i64::MAX.to_le_bytes()),
            ("BYTES", Kind::Text, b"\xff\xff\xff\xffa"),
            ("BYTES", Kind::Text, b"\x01\0\0"),
            ("BYTES", Kind::Text, b"\x01\0\0\0\xff"),
        ] {
            assert!(
                binary(datatype, kind, bytes).is_err(),
                "{datatype} {kind} {bytes:?}"
            );
        }
        assert!(Datatype::from_name("FP31").is_err());
    }

    #[test]
    fn json_elements_stay_in_the_range_of_their_type() {
        let push = |datatype: &str, kind: Kind, cell: Cell<'_>| {
            let mut column = Column::new("x", kind);
            Datatype::from_name(datatype)
                .unwrap()
                .push_json(&mut column, cell)?;
            Ok::<_, Refusal>(cell_text(column.finish().into_array().as_ref(), 0))
        };
        assert!(push("INT8", Kind::Integer, Cell::Integer(128)).is_err());
        assert!(push("UINT8", Kind::Integer, Cell::Integer(-1)).is_err());
        assert!(push("INT64", Kind::Number, Cell::Integer(i64::MAX)).is_err());
        assert!(push("INT64", Kind::Integer, Cell::Number(0.5)).is_err());
        assert!(push("BYTES", Kind::Text, Cell::Integer(1)).is_err());
        assert!(push("FP64", Kind::Text, Cell::Text("1")).is_err());
        assert_eq!(
            push("BOOL", Kind::Boolean, Cell::Integer(1)).unwrap(),
            Some("true".into())
        );
        assert_eq!(
            push("FP32", Kind::Number, Cell::Number(0.1)).unwrap(),
            Some("0.10000000149011612".into())
        );
        assert_eq!(push("INT64", Kind::Integer, Cell::Missing).unwrap(), None);
    }
}
