//! A reader of JSON that keeps lists of numbers flat and reads floats as `f32`, as XGBoost does.

use super::ImportError;
use super::value::{MAX_DEPTH, Value};

/// The value of a whole file.
pub(super) fn parse(bytes: &[u8]) -> Result<Value, ImportError> {
    let mut reader = Reader { bytes, at: 0 };
    let value = reader.value(0)?;
    match reader.peek() {
        None => Ok(value),
        Some(_) => Err(reader.wrong("the end of the file")),
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.bytes.get(self.at) {
            if !byte.is_ascii_whitespace() {
                return Some(*byte);
            }
            self.at += 1;
        }
        None
    }

    fn wrong(&self, expected: &str) -> ImportError {
        let found = match self.bytes.get(self.at) {
            Some(byte) => format!("`{}`", byte.escape_ascii()),
            None => "the end".to_owned(),
        };
        ImportError::malformed(format!("byte {}", self.at), found, expected)
    }

    fn take(&mut self, byte: u8, expected: &str) -> Result<(), ImportError> {
        if self.peek() != Some(byte) {
            return Err(self.wrong(expected));
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Value, ImportError> {
        if MAX_DEPTH < depth {
            return Err(self.wrong("less nesting"));
        }
        match self.peek() {
            Some(b'{') => self.map(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Value::Text(self.text()?)),
            Some(_) => self.word(),
            None => Err(self.wrong("a value")),
        }
    }

    fn map(&mut self, depth: usize) -> Result<Value, ImportError> {
        self.at += 1;
        let mut entries = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(entries));
        }
        loop {
            self.take(b'"', "a key")?;
            self.at -= 1;
            let key = self.text()?;
            self.take(b':', "`:`")?;
            entries.push((key, self.value(depth + 1)?));
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => break,
            }
        }
        self.take(b'}', "`,` or `}`")?;
        Ok(Value::Map(entries))
    }

    fn list(&mut self, depth: usize) -> Result<Value, ImportError> {
        self.at += 1;
        let mut list = Value::Numbers(Vec::new());
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(list);
        }
        loop {
            list = list.push(self.value(depth + 1)?);
            match self.peek() {
                Some(b',') => self.at += 1,
                _ => break,
            }
        }
        self.take(b']', "`,` or `]`")?;
        Ok(list)
    }

    /// A text with its escapes, by the JSON reader that everything else uses.
    fn text(&mut self) -> Result<String, ImportError> {
        let start = self.at;
        let mut end = start + 1;
        while let Some(byte) = self.bytes.get(end) {
            match byte {
                b'"' => {
                    self.at = end + 1;
                    return serde_json::from_slice(&self.bytes[start..=end])
                        .map_err(|error| ImportError::malformed(format!("byte {start}"), error, "a text"));
                }
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        self.at = self.bytes.len();
        Err(self.wrong("`\"`"))
    }

    /// A number, a truth or nothing.
    fn word(&mut self) -> Result<Value, ImportError> {
        let start = self.at;
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let length = self.bytes[start..]
            .iter()
            .take_while(|byte| is_part(byte))
            .count();
        let word = std::str::from_utf8(&self.bytes[start..start + length]).unwrap_or_default();
        let value = match word {
            "null" => Some(Value::Null),
            "true" => Some(Value::Number(1.0)),
            "false" => Some(Value::Number(0.0)),
            _ if word.contains(['.', 'e', 'E']) => word
                .parse::<f32>()
                .ok()
                .map(|number| Value::Number(f64::from(number))),
            _ => word.parse::<f64>().ok().map(Value::Number),
        };
        let value = value.ok_or_else(|| self.wrong("a number, a truth, a text, a list or an object"))?;
        self.at += length;
        Ok(value)
    }
}
