//! From bytes to text.

use super::super::Options;
use crate::{ComplaintKind, Complaints, TableError};
use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use std::borrow::Cow;

/// How much is looked at to tell text from other bytes.
const SAMPLE_BYTES: usize = 64 * 1024;

/// `bytes` as text: by the given encoding, the byte order mark, or as UTF-8; what is not UTF-8 is read as Windows-1252.
pub(super) fn decode<'a>(
    bytes: &'a [u8],
    name: &str,
    options: &Options,
    complaints: &mut Complaints,
    guesses: &mut Vec<String>,
) -> Result<Cow<'a, str>, TableError> {
    if let Some(label) = &options.encoding {
        let encoding = Encoding::for_label(label.as_bytes()).ok_or(TableError::Option {
            option: "encoding",
            found: label.clone(),
            expected: "a WHATWG encoding label such as `utf-8`, `windows-1252` or `utf-16le`",
        })?;
        return Ok(encoding.decode(bytes).0);
    }
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        if encoding != UTF_8 {
            guesses.push(format!("the text is encoded in {}", encoding.name()));
        }
        return utf8_or_1252(encoding, &bytes[length..], name, complaints);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        guesses.push(format!("the text is encoded in {}", encoding.name()));
        return Ok(encoding.decode_without_bom_handling(bytes).0);
    }
    utf8_or_1252(UTF_8, bytes, name, complaints)
}

fn utf8_or_1252<'a>(
    encoding: &'static Encoding,
    bytes: &'a [u8],
    name: &str,
    complaints: &mut Complaints,
) -> Result<Cow<'a, str>, TableError> {
    if encoding != UTF_8 {
        return Ok(encoding.decode_without_bom_handling(bytes).0);
    }
    refuse_binary(bytes, name)?;
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(error) => {
            let line = 1 + bytes[..error.valid_up_to()]
                .iter()
                .filter(|byte| **byte == b'\n')
                .count();
            let found = format!("first byte that is not UTF-8 on line {line}; read as windows-1252");
            complaints.add(ComplaintKind::Encoding, None, 0, line as u64, &found);
            Ok(WINDOWS_1252.decode_without_bom_handling(bytes).0)
        }
    }
}

/// Text of mostly Latin letters in UTF-16 has a zero in every other byte.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES) & !1];
    let zeros = |offset: usize| {
        sample
            .iter()
            .skip(offset)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd, half) = (zeros(0), zeros(1), sample.len() / 2);
    if half < 2 {
        None
    } else if half * 9 / 10 < odd && even < half / 10 {
        Some(UTF_16LE)
    } else if half * 9 / 10 < even && odd < half / 10 {
        Some(UTF_16BE)
    } else {
        None
    }
}

fn refuse_binary(bytes: &[u8], name: &str) -> Result<(), TableError> {
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    let odd = |byte: &&u8| **byte < 32 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    let n_odd = sample.iter().filter(odd).count();
    if sample.len() < n_odd * 50 {
        let found = format!("{n_odd} control bytes in the first {} bytes", sample.len());
        return Err(TableError::NotThatFormat {
            name: name.to_owned(),
            expected: "a text table",
            found,
        });
    }
    Ok(())
}
