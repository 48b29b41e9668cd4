//! Bundles of every format version stay readable and keep their answers (`conformance/bundles`).

use bundle::Bundle;
use std::path::{Path, PathBuf};

fn folder(version: u8) -> PathBuf {
    let bundles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/bundles");
    bundles.join(format!("v{version}"))
}

#[test]
fn bundles_of_every_version_are_read_and_answer_as_they_did() {
    // version 2 has its answers beside it: `crates/bundle/src/format/tests.rs`
    for version in [1, 3, 4, 5] {
        let mut n = 0;
        for entry in std::fs::read_dir(folder(version)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|ending| ending == "bundle") {
                // Loading answers the golden rows, bit for bit.
                let bundle = Bundle::load(&path).unwrap();
                let hash = std::fs::read_to_string(path.with_extension("hash")).unwrap();
                assert_eq!(bundle.hash().to_hex(), hash.trim(), "{}", path.display());
                assert_eq!(bundle.to_bytes()[8], version, "{}", path.display());
                n += 1;
            }
        }
        assert!(0 < n, "version {version}");
    }
}

#[test]
fn what_a_version_brought_is_still_in_it() {
    let read = |version, name: &str| Bundle::load(&folder(version).join(name)).unwrap();
    assert!(read(4, "intervals.bundle").intervals.is_some());
    assert!(!read(5, "decisions.bundle").evaluation.confusion.is_empty());
}
