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

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Array::U8(list) => list.clone(),
            Array::U32(list) => list.iter().flat_map(|item| item.to_le_bytes()).collect(),
            Array::I64(list) => list.iter().flat_map(|item| item.to_le_bytes()).collect(),
            Array::F64(list) => list
                .iter()
                .flat_map(|item| item.to_bits().to_le_bytes())
                .collect(),
        }
    }

    /// The list that `bytes` hold; the length must be a multiple of the element's size.
    pub(crate) fn from_bytes(element: &str, bytes: &[u8]) -> Option<Array> {
        fn items<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Option<Vec<T>> {
            let (chunks, rest) = bytes.as_chunks::<N>();
            rest.is_empty()
                .then(|| chunks.iter().map(|chunk| read(*chunk)).collect())
        }
        Some(match element {
            "u8" => Array::U8(bytes.to_vec()),
            "u32" => Array::U32(items(bytes, u32::from_le_bytes)?),
            "i64" => Array::I64(items(bytes, i64::from_le_bytes)?),
            "f64" => Array::F64(items(bytes, |eight| f64::from_bits(u64::from_le_bytes(eight)))?),
            _ => return None,
        })
    }
}
