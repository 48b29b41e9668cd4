//! Sizes of memory in words.

use super::read::Reader;

const UNITS: [(&str, u64); 6] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("KB", 1_000),
];

/// The bytes of a size such as `2GiB`, `1.5 GB` or `512MiB`; `None` if it is none.
pub fn bytes_of(text: &str) -> Option<u64> {
    UNITS.iter().find_map(|(unit, bytes)| {
        let number: f64 = text.trim().strip_suffix(unit)?.trim().parse().ok()?;
        (0.0 < number && number < 1e6).then_some((number * *bytes as f64) as u64)
    })
}

/// The size under `key`; what is none is told.
pub(super) fn size(reader: &Reader<'_>, key: &str) -> Option<u64> {
    let text = reader.text(key)?;
    let bytes = bytes_of(&text.value);
    if bytes.is_none() {
        let expected = "a number with MiB or GiB, such as \"2GiB\"";
        reader.wrong(key, format!("{:?}", text.value), expected, text.span);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(bytes_of("2GB"), Some(2_000_000_000));
        assert_eq!(bytes_of(" 1.5 GiB"), Some(3 << 29));
        assert_eq!(bytes_of("512KiB"), Some(512 << 10));
        for text in ["2", "GB", "-1GB", "0MiB", "2TB", "infGB"] {
            assert_eq!(bytes_of(text), None, "{text}");
        }
    }
}
