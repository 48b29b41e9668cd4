//! The values of a tensor in protobuf: one field for each datatype, read straight into a column.

use super::super::datatype::{Datatype, push_text};
use super::wire::{Fields, Value, not_a_message, varint};
use crate::refusal::Refusal;
use crate::rows::Column;

/// Adds the values that stand in `contents`, a message `InferTensorContents`, to an empty column; `more` is the refusal
/// of more than `n`.
pub(in crate::protocol::oip) fn push(
    datatype: Datatype,
    column: &mut Column<'_>,
    contents: &[u8],
    n: usize,
    more: &dyn Fn() -> Refusal,
) -> Result<(), Refusal> {
    let expected = field_of(datatype);
    for field in Fields::new(contents) {
        let (number, value) = field?;
        if expected != Some(number) {
            return Err(misplaced(column, expected));
        }
        let mut push = |value: Value<'_>| match column.len() < n {
            true => push_one(datatype, column, value),
            false => Err(more()),
        };
        match value {
            Value::Bytes(packed) if datatype != Datatype::Bytes => each(datatype, packed, &mut push)?,
            alone => push(alone)?,
        }
    }
    Ok(())
}

/// The field of a datatype; those of 16 bits have none.
fn field_of(datatype: Datatype) -> Option<u64> {
    match datatype {
        Datatype::Bool => Some(1),
        Datatype::Int(8) => Some(3),
        Datatype::Int(_) => Some(2),
        Datatype::Uint(8) => Some(5),
        Datatype::Uint(_) => Some(4),
        Datatype::Fp32 => Some(6),
        Datatype::Fp64 => Some(7),
        Datatype::Bytes => Some(8),
        Datatype::Fp16 | Datatype::Bf16 => None,
    }
}

fn misplaced(column: &Column<'_>, expected: Option<u64>) -> Refusal {
    const NAMES: [&str; 8] = ["bool", "int", "int64", "uint", "uint64", "fp32", "fp64", "bytes"];
    let name = expected.and_then(|number| NAMES.get(number as usize - 1));
    let place = match name {
        Some(name) => format!("in `{name}_contents`, as its datatype says"),
        None => "in `raw_input_contents`: its datatype has no other place".to_owned(),
    };
    Refusal::malformed(format!(
        "input `{}` has values elsewhere than {place}",
        column.name()
    ))
}

/// Calls `push` with each of the values that stand side by side.
fn each(
    datatype: Datatype,
    packed: &[u8],
    push: &mut dyn FnMut(Value<'_>) -> Result<(), Refusal>,
) -> Result<(), Refusal> {
    if let (Datatype::Fp32 | Datatype::Fp64, Some(width)) = (datatype, datatype.width()) {
        let values = packed.chunks(width);
        return values.map(Value::Fixed).try_for_each(push);
    }
    let mut rest = packed;
    while !rest.is_empty() {
        push(Value::Varint(varint(&mut rest).ok_or_else(not_a_message)?))?;
    }
    Ok(())
}

fn push_one(datatype: Datatype, column: &mut Column<'_>, value: Value<'_>) -> Result<(), Refusal> {
    match (datatype, value) {
        (Datatype::Bool, Value::Varint(bits)) => datatype.push_bits(column, u64::from(bits != 0)),
        // Whole numbers below zero are sent as if they had 64 bits.
        (Datatype::Int(_), Value::Varint(bits)) if datatype.holds(bits as i64) => {
            column.push_exact(bits as i64)
        }
        (Datatype::Uint(_), Value::Varint(bits)) if i64::try_from(bits).is_ok_and(|n| datatype.holds(n)) => {
            column.push_exact(bits as i64)
        }
        (Datatype::Int(_) | Datatype::Uint(_), Value::Varint(bits)) => {
            Err(column.refuse(&crate::rows::Cell::Number(bits as i64 as f64)))
        }
        (Datatype::Fp32 | Datatype::Fp64, Value::Fixed(bytes)) if datatype.width() == Some(bytes.len()) => {
            datatype.push_binary(column, bytes)
        }
        (Datatype::Bytes, Value::Bytes(text)) => push_text(column, text),
        _ => Err(not_a_message()),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::messages::TensorContents;
    use super::*;
    use prost::Message;
    use table::Kind;
    use table::write::cell_text;

    fn cells(
        datatype: &str,
        kind: Kind,
        contents: &TensorContents,
        n: usize,
    ) -> Result<Vec<Option<String>>, Refusal> {
        let mut column = Column::new("x", kind);
        let datatype = Datatype::from_name(datatype)?;
        push(datatype, &mut column, &contents.encode_to_vec(), n, &|| {
            Refusal::NoRows
        })?;
        let (n, array) = (column.len(), column.finish().into_array());
        Ok((0..n).map(|row| cell_text(array.as_ref(), row)).collect())
    }

    #[test]
    fn each_datatype_is_read_from_its_field() {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| Some((*text).to_owned()))
                .collect::<Vec<_>>()
        };
        let all = TensorContents::default;
        let int = TensorContents {
            int_contents: vec![-1, 127],
            ..all()
        };
        assert_eq!(
            cells("INT8", Kind::Integer, &int, 2).unwrap(),
            texts(&["-1", "127"])
        );
        let int64 = TensorContents {
            int64_contents: vec![i64::MIN],
            ..all()
        };
        assert_eq!(
            cells("INT64", Kind::Integer, &int64, 1).unwrap(),
            texts(&["-9223372036854775808"])
        );
        let uint = TensorContents {
            uint_contents: vec![255],
            ..all()
        };
        assert_eq!(cells("UINT8", Kind::Number, &uint, 1).unwrap(), texts(&["255"]));
        let uint64 = TensorContents {
            uint64_contents: vec![7],
            ..all()
        };
        assert_eq!(cells("UINT64", Kind::Integer, &uint64, 1).unwrap(), texts(&["7"]));
        let bool = TensorContents {
            bool_contents: vec![true, false],
            ..all()
        };
        assert_eq!(
            cells("BOOL", Kind::Boolean, &bool, 2).unwrap(),
            texts(&["true", "false"])
        );
        let fp32 = TensorContents {
            fp32_contents: vec![0.1],
            ..all()
        };
        assert_eq!(
            cells("FP32", Kind::Number, &fp32, 1).unwrap(),
            texts(&["0.10000000149011612"])
        );
        let fp64 = TensorContents {
            fp64_contents: vec![0.1, f64::NAN],
            ..all()
        };
        assert_eq!(
            cells("FP64", Kind::Number, &fp64, 2).unwrap(),
            [Some("0.1".into()), None]
        );
        let bytes = TensorContents {
            bytes_contents: vec!["a".into(), "".into()],
            ..all()
        };
        assert_eq!(
            cells("BYTES", Kind::Text, &bytes, 2).unwrap(),
            [Some("a".into()), None]
        );
    }

    #[test]
    fn values_beyond_type_place_or_number_are_refused() {
        let all = TensorContents::default;
        let fp64 = TensorContents {
            fp64_contents: vec![1.0, 2.0],
            ..all()
        };
        assert_eq!(cells("FP64", Kind::Number, &fp64, 1), Err(Refusal::NoRows));
        let found = cells("FP32", Kind::Number, &fp64, 2).unwrap_err().to_string();
        assert!(found.contains("`fp32_contents`"), "{found}");
        assert!(
            cells("FP16", Kind::Number, &fp64, 2)
                .unwrap_err()
                .to_string()
                .contains("raw")
        );
        let int = TensorContents {
            int_contents: vec![128],
            ..all()
        };
        assert!(cells("INT8", Kind::Integer, &int, 1).is_err());
        let uint64 = TensorContents {
            uint64_contents: vec![u64::MAX],
            ..all()
        };
        assert!(cells("UINT64", Kind::Integer, &uint64, 1).is_err());
        let int64 = TensorContents {
            int64_contents: vec![i64::MAX],
            ..all()
        };
        assert!(cells("INT64", Kind::Number, &int64, 1).is_err());
        let bytes = TensorContents {
            bytes_contents: vec![vec![0xff].into()],
            ..all()
        };
        assert!(cells("BYTES", Kind::Text, &bytes, 1).is_err());
        let mut column = Column::new("x", Kind::Number);
        // a field of eight bytes cut to seven, and one of four bytes
        for contents in [&b"\x3a\x07abcdefg"[..], b"\x3d\0\0\0\0"] {
            assert!(push(Datatype::Fp64, &mut column, contents, 1, &|| Refusal::NoRows).is_err());
        }
    }
}
