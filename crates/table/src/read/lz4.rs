//! How much a frame of LZ4 may hold, told from its blocks without decompressing one: decoders read it to its end, whatever
//! its length was said to be.

const MAGIC: u32 = 0x184d_2204;

/// Whether a frame holds at most `n_bytes`, save for a last block.
///
/// Source: the LZ4 frame format 1.6.4.
pub(super) fn frame_fits(frame: &[u8], n_bytes: u64) -> bool {
    blocks(frame).is_some_and(|(n_blocks, block_bytes)| n_blocks.saturating_sub(1) * block_bytes <= n_bytes)
}

/// Whether `bytes` begin as a frame.
pub(super) fn is_frame(bytes: &[u8]) -> bool {
    word(bytes, 0) == Some(MAGIC)
}

/// How many blocks there are and the most that one holds; `None` if it is no frame.
fn blocks(frame: &[u8]) -> Option<(u64, u64)> {
    let flags = *frame.get(4).filter(|_| is_frame(frame))?;
    let block_bytes = match frame.get(5)? >> 4 & 7 {
        size @ 4..=7 => 1u64 << (8 + 2 * u32::from(size)),
        _ => return None,
    };
    let has = |bit: u8| usize::from(flags >> bit & 1);
    // magic, flags, block size, the content's size, the dictionary, a checksum of these
    let mut at = 7 + 8 * has(3) + 4 * has(0);
    let mut n_blocks = 0;
    while let Some(size) = word(frame, at).filter(|size| *size != 0) {
        n_blocks += 1;
        // the highest bit says that the block is not compressed
        at = at.checked_add(4 + (size & 0x7fff_ffff) as usize + 4 * has(4))?;
    }
    Some((n_blocks, block_bytes))
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let word = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(word.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_counted_without_being_read() {
        // three blocks of at most 64 KiB, of 2, 1 and 3 bytes
        let mut frame = [&MAGIC.to_le_bytes()[..], &[0b0100_0000, 0x40, 0]].concat();
        for n in [2u32, 1, 3] {
            frame.extend(n.to_le_bytes());
            frame.extend(vec![7; n as usize]);
        }
        frame.extend([0; 4]);
        assert!(frame_fits(&frame, 2 << 16) && !frame_fits(&frame, (2 << 16) - 1));
        assert!(!frame_fits(b"no frame at all", 1 << 40));
    }
}
