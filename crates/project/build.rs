//! The hash of the sources that steps run, so that results of another build are not taken for this one's.
#![allow(clippy::print_stdout, reason = "cargo reads what a build script prints")]

use std::collections::BTreeMap;
use std::hash::Hasher;
use std::path::{Path, PathBuf};

/// The crates whose code decides results.
const CRATES: [&str; 10] = [
    "table", "stats", "query", "profile", "prepare", "bundle", "learn", "report", "workflow", "project",
];

fn main() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join("../..");
    let mut files = BTreeMap::new();
    for name in CRATES {
        let folder = root.join("crates").join(name).join("src");
        println!("cargo::rerun-if-changed={}", folder.display());
        gather(&folder, &format!("{name}/"), &mut files);
    }
    let lock = root.join("Cargo.lock");
    println!("cargo::rerun-if-changed={}", lock.display());
    files.extend(
        std::fs::read(lock)
            .ok()
            .map(|bytes| ("Cargo.lock".to_owned(), bytes)),
    );
    // Keyed by nothing: the same sources and compiler give the same digits on every machine.
    let mut hasher = std::hash::DefaultHasher::new();
    for (name, bytes) in files {
        hasher.write_usize(name.len());
        hasher.write(name.as_bytes());
        hasher.write_usize(bytes.len());
        hasher.write(&bytes);
    }
    println!("cargo::rustc-env=SPANWISE_SOURCES={:016x}", hasher.finish());
}

fn gather(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let path = entry.path();
        if path.is_dir() {
            gather(&path, &format!("{name}/"), files);
        } else {
            files.extend(std::fs::read(&path).ok().map(|bytes| (name, bytes)));
        }
    }
}
