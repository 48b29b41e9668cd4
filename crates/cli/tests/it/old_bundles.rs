//! Bundles of every format version stay readable and keep their answers (`conformance/bundles`).

use bundle::Bundle;
use std::path::PathBuf;

#[test]
fn bundles_of_version_one_are_read_and_answer_as_they_did() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../conformance/bundles/v1");
    let mut n = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "bundle") {
            // Loading answers the golden rows, bit for bit.
            let bundle = Bundle::load(&path).unwrap();
            let hash = std::fs::read_to_string(path.with_extension("hash")).unwrap();
            assert_eq!(bundle.hash().to_hex(), hash.trim(), "{}", path.display());
            n += 1;
        }
    }
    assert!(0 < n);
}
