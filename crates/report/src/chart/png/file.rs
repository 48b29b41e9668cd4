//! Pixels as a PNG file (ISO/IEC 15948): eight bits for red, green and blue each.

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use std::io::Write;
use tiny_skia::Pixmap;

const SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a];
/// Eight bits, colours without transparency, the one compression, the one filtering, not interlaced.
const KIND: [u8; 5] = [8, 2, 0, 0, 0];
/// Each line as its difference from the one above, which is nothing for most of a chart.
const UP: u8 = 2;

/// The file; the paper is opaque, so that transparency is left out.
pub(super) fn encode(pixels: &Pixmap) -> std::io::Result<Vec<u8>> {
    let mut head = [pixels.width().to_be_bytes(), pixels.height().to_be_bytes()].concat();
    head.extend(KIND);
    let mut out = SIGNATURE.to_vec();
    chunk(&mut out, b"IHDR", &head);
    chunk(&mut out, b"IDAT", &lines(pixels)?);
    chunk(&mut out, b"IEND", &[]);
    Ok(out)
}

fn lines(pixels: &Pixmap) -> std::io::Result<Vec<u8>> {
    let width = pixels.width() as usize;
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::new(7));
    let mut above = vec![0_u8; 3 * width];
    for row in pixels.pixels().chunks(width) {
        let line: Vec<u8> = row
            .iter()
            .flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()])
            .collect();
        let apart: Vec<u8> = line
            .iter()
            .zip(&above)
            .map(|(here, above)| here.wrapping_sub(*above))
            .collect();
        packed.write_all(&[UP])?;
        packed.write_all(&apart)?;
        above = line;
    }
    packed.finish()
}

fn chunk(out: &mut Vec<u8>, name: &[u8; 4], data: &[u8]) {
    // no line of ours comes near the 2 GiB that a length can say
    out.extend((data.len() as u32).to_be_bytes());
    let mut check = Crc::new();
    for part in [name.as_slice(), data] {
        check.update(part);
        out.extend(part);
    }
    out.extend(check.sum().to_be_bytes());
}
