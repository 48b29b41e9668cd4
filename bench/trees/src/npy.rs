//! Reads `.npy` files of 32-bit numbers in C order, and writes columns.

/// Numbers, `(n_rows, n_columns)`.
#[derive(Debug)]
pub struct Array {
    /// Row after row.
    pub values: Vec<f32>,
    /// Numbers a row.
    pub n_columns: usize,
}

/// Reads a file or ends the program, which is a benchmark.
///
/// # Panics
/// If the file is not such an array.
pub fn read(path: &str) -> Array {
    let bytes = std::fs::read(path).expect(path);
    let length = u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
    let header = String::from_utf8_lossy(&bytes[10..10 + length]).into_owned();
    assert!(header.contains("'fortran_order': False"), "{header}");
    let shape = header
        .split("'shape': (")
        .nth(1)
        .and_then(|rest| rest.split(')').next())
        .expect("a shape");
    let sizes: Vec<usize> = shape
        .split(',')
        .filter_map(|size| size.trim().parse().ok())
        .collect();
    let cells = bytes[10 + length..]
        .chunks_exact(4)
        .map(|cell| [cell[0], cell[1], cell[2], cell[3]]);
    let values = match header.contains("<f4") {
        true => cells.map(f32::from_le_bytes).collect(),
        false => cells.map(|cell| i32::from_le_bytes(cell) as f32).collect(),
    };
    Array {
        values,
        n_columns: sizes.get(1).copied().unwrap_or(1),
    }
}

/// Writes numbers as one column.
pub fn write(path: &str, values: &[f64]) {
    let header = format!(
        "{{'descr': '<f8', 'fortran_order': False, 'shape': ({},), }}",
        values.len()
    );
    // The header ends with a new line at a multiple of 64 bytes, 10 of which stand in front of it.
    let length = (header.len() + 11).next_multiple_of(64) - 10;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(format!("{header:<width$}\n", width = length - 1).into_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    std::fs::write(path, bytes).expect(path);
}
