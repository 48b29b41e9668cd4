//! A reader of UBJSON (draft 12), as XGBoost writes it: big-endian, lists with and without type and length.

use super::ImportError;
use super::value::{MAX_DEPTH, Value};

/// The value of a whole file.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, ImportError> {
    let mut reader = Reader { bytes, at: 0 };
    let marker = reader.byte()?;
    let value = reader.value(marker, 0)?;
    match reader.at == bytes.len() {
        true => Ok(value),
        false => Err(reader.wrong("more bytes", "the end of the file")),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn wrong(&self, found: impl ToString, expected: &str) -> ImportError {
        ImportError::malformed(format!("byte {}", self.at), found, expected)
    }

    fn byte(&mut self) -> Result<u8, ImportError> {
        Ok(self.fixed::<1>()?[0])
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], ImportError> {
        let bytes = self.bytes.get(self.at..).and_then(|rest| rest.first_chunk::<N>());
        let bytes = bytes.ok_or_else(|| self.wrong("the end", "more bytes"))?;
        self.at += N;
        Ok(*bytes)
    }

    fn slice(&mut self, n: usize) -> Result<&'a [u8], ImportError> {
        let end = self.at.checked_add(n).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| {
            let left = self.bytes.len() - self.at;
            self.wrong(
                format!("a length of {n}"),
                &format!("at most the {left} bytes left"),
            )
        })?;
        let slice = &self.bytes[self.at..end];
        self.at = end;
        Ok(slice)
    }

    fn value(&mut self, marker: u8, depth: usize) -> Result<Value, ImportError> {
        if MAX_DEPTH < depth {
            return Err(self.wrong("deep nesting", "less"));
        }
        match marker {
            b'{' => self.map(depth),
            b'[' => self.list(depth),
            b'S' => Ok(Value::Text(self.text()?)),
            b'Z' => Ok(Value::Null),
            _ => self.number(marker).map(Value::Number),
        }
    }

    fn number(&mut self, marker: u8) -> Result<f64, ImportError> {
        Ok(match marker {
            b'T' => 1.0,
            b'F' => 0.0,
            b'i' => f64::from(i8::from_be_bytes(self.fixed()?)),
            b'U' | b'C' => f64::from(u8::from_be_bytes(self.fixed()?)),
            b'I' => f64::from(i16::from_be_bytes(self.fixed()?)),
            b'l' => f64::from(i32::from_be_bytes(self.fixed()?)),
            b'L' => i64::from_be_bytes(self.fixed()?) as f64,
            b'd' => f64::from(f32::from_be_bytes(self.fixed()?)),
            b'D' => f64::from_be_bytes(self.fixed()?),
            other => {
                self.at -= 1;
                return Err(self.wrong(
                    format!("the marker `{}`", other.escape_ascii()),
                    "a type of UBJSON",
                ));
            }
        })
    }

    fn length(&mut self) -> Result<usize, ImportError> {
        let marker = self.byte()?;
        let length = self.number(marker)?;
        // No file is as long as 2^53 bytes.
        if !(0.0..=9e15).contains(&length) || length.fract() != 0.0 {
            return Err(self.wrong(format!("a length of {length}"), "a whole number"));
        }
        Ok(length as usize)
    }

    fn text(&mut self) -> Result<String, ImportError> {
        let length = self.length()?;
        let bytes = self.slice(length)?.to_vec();
        String::from_utf8(bytes).map_err(|error| self.wrong(error, "a text in UTF-8"))
    }

    /// The type and length that may stand in front of a container's content.
    fn head(&mut self) -> Result<(Option<u8>, Option<usize>), ImportError> {
        let mut kind = None;
        if self.bytes.get(self.at) == Some(&b'$') {
            self.at += 1;
            kind = Some(self.byte()?);
            if self.bytes.get(self.at) != Some(&b'#') {
                return Err(self.wrong("a type alone", "`#` and a length"));
            }
        }
        if self.bytes.get(self.at) == Some(&b'#') {
            self.at += 1;
            return Ok((kind, Some(self.length()?)));
        }
        Ok((kind, None))
    }

    fn list(&mut self, depth: usize) -> Result<Value, ImportError> {
        let (kind, length) = self.head()?;
        if let (Some(kind), Some(length)) = (kind, length) {
            return self.typed(kind, length, depth);
        }
        let mut list = Value::Numbers(Vec::new());
        // Each item takes a byte at least, so a length that lies ends with the file.
        let mut n = 0;
        while length != Some(n) {
            match self.byte()? {
                b']' if length.is_none() => break,
                b'N' => continue,
                marker => list = list.push(self.value(marker, depth + 1)?),
            }
            n += 1;
        }
        Ok(list)
    }

    /// A list of one type: a number takes 1 to 8 bytes, anything else is read as it comes.
    fn typed(&mut self, kind: u8, length: usize, depth: usize) -> Result<Value, ImportError> {
        let size = match kind {
            b'i' | b'U' | b'C' => 1,
            b'I' => 2,
            b'l' | b'd' => 4,
            b'L' | b'D' => 8,
            b'S' | b'[' | b'{' => 1,
            other => {
                return Err(self.wrong(
                    format!("a list of `{}`", other.escape_ascii()),
                    "a list of numbers",
                ));
            }
        };
        let left = self.bytes.len() - self.at;
        if length.checked_mul(size).is_none_or(|needed| left < needed) {
            return Err(self.wrong(
                format!("a list of {length}"),
                &format!("at most the {left} bytes left"),
            ));
        }
        let mut list = Value::Numbers(Vec::new());
        for _ in 0..length {
            list = list.push(self.value(kind, depth + 1)?);
        }
        Ok(list)
    }

    fn map(&mut self, depth: usize) -> Result<Value, ImportError> {
        let (kind, length) = self.head()?;
        let mut entries = Vec::new();
        while length != Some(entries.len()) {
            if length.is_none() {
                match self.bytes.get(self.at) {
                    Some(b'}') => {
                        self.at += 1;
                        break;
                    }
                    Some(b'N') => {
                        self.at += 1;
                        continue;
                    }
                    _ => {}
                }
            }
            let key = self.text()?;
            let marker = match kind {
                Some(kind) => kind,
                None => self.byte()?,
            };
            entries.push((key, self.value(marker, depth + 1)?));
        }
        Ok(Value::Map(entries))
    }
}
