//! Reads `.npy` files of 32-bit numbers in C order part by part, so that nothing is held twice.

use std::fs::File;
use std::io::{BufReader, Read};

/// A file whose header is read; the numbers are next.
pub struct Reader {
    file: BufReader<File>,
    floats: bool,
    /// Numbers a row.
    pub n_columns: usize,
}

impl Reader {
    pub fn open(path: &str) -> Reader {
        let mut file = BufReader::with_capacity(1 << 20, File::open(path).expect(path));
        let mut start = [0; 10];
        file.read_exact(&mut start).expect(path);
        let mut header = vec![0; u16::from_le_bytes([start[8], start[9]]) as usize];
        file.read_exact(&mut header).expect(path);
        let header = String::from_utf8_lossy(&header).into_owned();
        assert!(header.contains("'fortran_order': False"), "{header}");
        let floats = header.contains("<f4");
        assert!(floats || header.contains("<i4"), "{header}");
        Reader {
            file,
            floats,
            n_columns: n_columns(&header),
        }
    }

    /// The next rows.
    pub fn rows(&mut self, n_rows: usize) -> Vec<f32> {
        let mut cell = [0; 4];
        let mut next = || {
            self.file.read_exact(&mut cell).expect("as many rows as said");
            match self.floats {
                true => f32::from_le_bytes(cell),
                false => i32::from_le_bytes(cell) as f32,
            }
        };
        (0..n_rows * self.n_columns).map(|_| next()).collect()
    }
}

fn n_columns(header: &str) -> usize {
    let shape = header.split("'shape': (").nth(1);
    let shape = shape.and_then(|rest| rest.split(')').next()).expect("a shape");
    let second = shape.split(',').nth(1).map(str::trim);
    second.and_then(|size| size.parse().ok()).unwrap_or(1)
}
