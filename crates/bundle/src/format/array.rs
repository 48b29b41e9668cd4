//! Flat lists of numbers as little-endian bytes.

/// A list of one of the four element types of a section.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Array {
    U8(Vec<u8>),
    U32(Vec<u32>),
    I64(Vec<i64>),
    F64(Vec<f64>),
}

impl Array {
    pub(crate) fn element(&self) -> &'static str {
        match self {
            Array::U8(_) => "u8",
            Array::U32(_) => "u32",
            Array::I64(_) => "i64",
            Array::F64(_) => "f64",
        }
    }

    /// Adds its bytes to those of a file.
    pub(crate) fn write(&self, file: &mut Vec<u8>) {
        match self {
            Array::U8(list) => file.extend_from_slice(list),
            Array::U32(list) => list.iter().for_each(|item| file.extend(item.to_le_bytes())),
            Array::I64(list) => list.iter().for_each(|item| file.extend(item.to_le_bytes())),
            Array::F64(list) => list
                .iter()
                .for_each(|item| file.extend(item.to_bits().to_le_bytes())),
        }
    }

    /// An empty list with room for so many bytes of `element`; `None` if they are no whole number of a known one.
    pub(crate) fn with_room(element: &str, n_bytes: u64) -> Option<Array> {
        let n_bytes = usize::try_from(n_bytes).ok()?;
        let room = |size: usize| n_bytes.is_multiple_of(size).then_some(n_bytes / size);
        Some(match element {
            "u8" => Array::U8(Vec::with_capacity(n_bytes)),
            "u32" => Array::U32(Vec::with_capacity(room(4)?)),
            "i64" => Array::I64(Vec::with_capacity(room(8)?)),
            "f64" => Array::F64(Vec::with_capacity(room(8)?)),
            _ => return None,
        })
    }

    /// Adds the elements that `bytes` hold, which are whole.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        fn items<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> impl Iterator<Item = T> {
            bytes.as_chunks::<N>().0.iter().map(move |chunk| read(*chunk))
        }
        match self {
            Array::U8(list) => list.extend_from_slice(bytes),
            Array::U32(list) => list.extend(items(bytes, u32::from_le_bytes)),
            Array::I64(list) => list.extend(items(bytes, i64::from_le_bytes)),
            Array::F64(list) => {
                list.extend(items(bytes, |eight| f64::from_bits(u64::from_le_bytes(eight))));
            }
        }
    }
}
