//! Protobuf's fields one by one: a message of many tiny parts, built whole, would take many times its size.
//!
//! Encoding: <https://protobuf.dev/programming-guides/encoding/>.

use crate::refusal::Refusal;

/// A field's value as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Varint(u64),
    /// Four or eight bytes, little-endian.
    Fixed(&'a [u8]),
    /// A text, bytes, a message, or values packed.
    Bytes(&'a [u8]),
}

/// The fields of a message, each with its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn new(message: &'a [u8]) -> Fields<'a> {
        Fields(message)
    }

    fn read(&mut self) -> Option<(u64, Value<'a>)> {
        let key = varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut self.0)?),
            1 => Value::Fixed(self.cut(8)?),
            2 => {
                let length = varint(&mut self.0)?;
                Value::Bytes(self.cut(usize::try_from(length).ok()?)?)
            }
            5 => Value::Fixed(self.cut(4)?),
            _ => return None,
        };
        Some((key >> 3, value))
    }

    fn cut(&mut self, length: usize) -> Option<&'a [u8]> {
        let (value, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(value)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Refusal>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.read();
        if field.is_none() {
            // Nothing behind it can be read either.
            self.0 = &[];
        }
        Some(field.ok_or_else(not_a_message))
    }
}

impl<'a> Value<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], Refusal> {
        match self {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(not_a_message()),
        }
    }

    pub(super) fn text(self) -> Result<&'a str, Refusal> {
        std::str::from_utf8(self.bytes()?)
            .map_err(|_| Refusal::malformed("a text of the message is not UTF-8"))
    }
}

/// A number of 7 bits a byte, the lowest first, taken off the front.
pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..70).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if shift == 63 && 1 < bits {
            return None;
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// The refusal of bytes that are none of the messages expected.
pub(super) fn not_a_message() -> Refusal {
    Refusal::malformed("the message is not of the type that the method takes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_one_by_one() {
        // `1: 150`, `2: "testing"` and `3: 1.0`, the encoding guide's examples.
        let message = b"\x08\x96\x01\x12\x07testing\x1d\0\0\x80\x3f";
        let fields: Vec<_> = Fields::new(message).collect();
        assert_eq!(
            fields,
            [
                Ok((1, Value::Varint(150))),
                Ok((2, Value::Bytes(b"testing"))),
                Ok((3, Value::Fixed(&[0, 0, 0x80, 0x3f])))
            ]
        );
        let mut most = &b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"[..];
        assert_eq!(varint(&mut most), Some(u64::MAX));
    }

    #[test]
    fn what_cannot_be_read_ends_the_reading() {
        for message in [
            &b"\x08"[..],
            b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02",
            b"\x12\x05abc",
            b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
            b"\x0b\x0c",
            b"\x09abc",
        ] {
            let fields: Vec<_> = Fields::new(message).collect();
            assert_eq!(fields, [Err(not_a_message())], "{message:?}");
        }
    }
}
