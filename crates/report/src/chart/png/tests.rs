#![allow(clippy::unwrap_used)]
use super::*;
use crate::{Bar, Bars};
use flate2::read::ZlibDecoder;
use std::io::Read;

fn chart(label: &str) -> Chart {
    let items = vec![Bar::new(label, 0.5).between(0.4, 0.6)];
    Chart::new(
        "A title",
        Bars {
            items,
            ..Bars::default()
        },
    )
}

/// Width, height and pixels of a file of ours, read as the standard says.
fn read(file: &[u8]) -> (u32, u32, Vec<[u8; 3]>) {
    assert_eq!(file[..8], [0x89, b'P', b'N', b'G', 0x0d, 0x0a, 0x1a, 0x0a]);
    let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
    let (width, height) = (number(16), number(20));
    let start = 8 + 12 + 13;
    assert_eq!(&file[start + 4..start + 8], b"IDAT");
    let packed = &file[start + 8..start + 8 + number(start) as usize];
    let mut lines = Vec::new();
    ZlibDecoder::new(packed).read_to_end(&mut lines).unwrap();
    let mut above = vec![0_u8; 3 * width as usize];
    let mut pixels = Vec::new();
    for line in lines.chunks(1 + 3 * width as usize) {
        assert_eq!(line[0], 2);
        above = line[1..]
            .iter()
            .zip(&above)
            .map(|(apart, above)| apart.wrapping_add(*above))
            .collect();
        pixels.extend(above.chunks(3).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
    }
    assert_eq!(pixels.len(), (width * height) as usize);
    (width, height, pixels)
}

fn pixels(chart: &Chart) -> Vec<[u8; 3]> {
    read(&chart.to_png(1.0).unwrap()).2
}

#[test]
fn pixels_have_the_colours_of_the_palette() {
    let (width, _, drawn) = read(&chart("one").to_png(1.0).unwrap());
    assert_eq!((width, drawn[0]), (732, [255, 255, 255]));
    assert!(1_000 < drawn.iter().filter(|pixel| **pixel == [0x1f, 0x6f, 0xb2]).count());
}

#[test]
fn words_are_drawn() {
    let dark = |label: &str| {
        pixels(&chart(label))
            .iter()
            .filter(|pixel| pixel[0] < 80 && pixel[2] < 80)
            .count()
    };
    assert!(dark("i") + 100 < dark("WWWWWWWWWW"));
    assert!(pixels(&chart("東京")) != pixels(&chart("")));
}

#[test]
fn a_picture_repeats_byte_for_byte_and_grows_with_its_scale() {
    let chart = chart("one");
    assert_eq!(chart.to_png(2.0), chart.to_png(2.0));
    let [(one, two), (wide, tall)] = [1.0, 2.0].map(|scale| {
        let (width, height, _) = read(&chart.to_png(scale).unwrap());
        (width, height)
    });
    assert!(wide == 2 * one && 2 * two - 1 <= tall && tall <= 2 * two);
}

#[test]
fn scales_that_make_no_picture_are_refused() {
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        let message = chart("one").to_png(scale).unwrap_err().to_string();
        assert!(message.contains("above 0 and at most 10"), "{message}");
    }
}
