//! From bytes to text.

use super::super::Options;
use crate::{Complaint, ComplaintKind, Complaints, Example, TableError};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GBK, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252,
};
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
    let text = found_out(bytes, name, complaints, guesses)?;
    Ok(without_nul(text, complaints))
}

fn found_out<'a>(
    bytes: &'a [u8],
    name: &str,
    complaints: &mut Complaints,
    guesses: &mut Vec<String>,
) -> Result<Cow<'a, str>, TableError> {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        if encoding != UTF_8 {
            guesses.push(format!("the text is encoded in {}", encoding.name()));
        }
        return utf8_or_other(encoding, &bytes[length..], name, complaints);
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        guesses.push(format!("the text is encoded in {}", encoding.name()));
        return Ok(encoding.decode_without_bom_handling(bytes).0);
    }
    utf8_or_other(UTF_8, bytes, name, complaints)
}

/// Characters NUL are what is left of fields of fixed width; no reader behind this one expects them.
fn without_nul<'a>(text: Cow<'a, str>, complaints: &mut Complaints) -> Cow<'a, str> {
    let Some(first) = memchr::memchr(0, text.as_bytes()) else {
        return text;
    };
    let line = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..first]).count() as u64;
    let count = memchr::memchr_iter(0, text.as_bytes()).count() as u64;
    complaints.add_group(Complaint {
        kind: ComplaintKind::Nul,
        column: None,
        count,
        examples: vec![Example {
            row: 0,
            line,
            found: String::new(),
        }],
    });
    Cow::Owned(text.replace('\0', ""))
}

fn utf8_or_other<'a>(
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
            let line = 1 + memchr::memchr_iter(b'\n', &bytes[..error.valid_up_to()]).count();
            let encoding = likely(bytes);
            let name = encoding.name().to_lowercase();
            let found = format!("first byte that is not UTF-8 on line {line}; read as {name}");
            complaints.add(ComplaintKind::Encoding, None, 0, line as u64, &found);
            Ok(encoding.decode_without_bom_handling(bytes).0)
        }
    }
}

/// The encoding of text that is not all UTF-8: UTF-8 nevertheless if most of it is, one of East Asia or Cyrillic if its
/// high bytes stand together as they do there, and else Windows-1252.
fn likely(bytes: &[u8]) -> &'static Encoding {
    let (mut n_wrong, mut n_long) = (0usize, 0usize);
    for chunk in bytes.utf8_chunks() {
        n_wrong += usize::from(!chunk.invalid().is_empty());
        n_long += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
    }
    if n_wrong * 4 < n_long {
        return UTF_8;
    }
    let end = bytes.len().min(SAMPLE_BYTES * 4);
    let sample = &bytes[..end];
    let runs = || sample.split(u8::is_ascii).filter(|run| !run.is_empty());
    let n_high: usize = runs().map(<[u8]>::len).sum();
    let n_paired: usize = runs().filter(|run| 1 < run.len()).map(<[u8]>::len).sum();
    let share = |encoding: &'static Encoding, fits: fn(char) -> bool| {
        let text = encoding.decode_without_bom_handling(sample).0;
        let high: Vec<char> = text.chars().filter(|c| !c.is_ascii()).collect();
        let n_broken = high.iter().filter(|c| **c == '\u{fffd}').count();
        let n_fitting = high.iter().filter(|c| fits(**c)).count();
        match n_broken * 100 <= high.len() {
            true => n_fitting * 100 / high.len().max(1),
            false => 0,
        }
    };
    let is_hangul = |c: char| ('\u{ac00}'..='\u{d7a3}').contains(&c);
    let is_kana = |c: char| ('\u{3040}'..='\u{30ff}').contains(&c);
    let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
    let is_small = |c: char| ('\u{0430}'..='\u{045f}').contains(&c);
    let is_capital = |c: char| ('\u{0400}'..='\u{042f}').contains(&c);
    let n_leads = sample.iter().filter(|byte| (0x81..=0x9f).contains(*byte)).count();
    if 8 <= n_high
        && n_high * 3 <= n_leads * 10
        && 90
            <= share(SHIFT_JIS, |c| {
                ('\u{3040}'..='\u{30ff}').contains(&c) || ('\u{4e00}'..='\u{9fff}').contains(&c)
            })
    {
        return SHIFT_JIS;
    }
    if n_high < 8 || n_paired * 10 < n_high * 8 {
        return WINDOWS_1252;
    }
    match () {
        () if 90 <= share(EUC_KR, is_hangul) => EUC_KR,
        () if 20 <= share(SHIFT_JIS, is_kana) => SHIFT_JIS,
        () if 20 <= share(EUC_JP, is_kana) => EUC_JP,
        () if 60 <= share(WINDOWS_1251, is_small) => WINDOWS_1251,
        () if 90 <= share(WINDOWS_1251, is_capital) => WINDOWS_1251,
        () if 70 <= share(GBK, is_han) => GBK,
        () if 70 <= share(BIG5, is_han) => BIG5,
        () => WINDOWS_1252,
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
    let is_odd = |byte: u8| byte < 32 && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b);
    let mut counts = [0usize; 32];
    sample
        .iter()
        .filter(|byte| is_odd(**byte))
        .for_each(|byte| counts[usize::from(*byte)] += 1);
    // One control character alone may separate cells, and NUL is left out.
    let n_nul = std::mem::take(&mut counts[0]);
    let most = counts[1].max(counts[0x1f]);
    let mut n_odd = counts.iter().sum::<usize>() - most;
    if sample.len() < n_nul * 5 {
        n_odd += n_nul;
    }
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
