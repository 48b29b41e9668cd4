//! Every target on its kept corpus, and on so many changed inputs, the same each time.
//!
//! `SPANWISE_WRITE_SEEDS=1` writes the seeds into the corpus anew.

use fuzz::mutate::Mutator;
use fuzz::{TARGETS, Target, seeds};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// No file of the corpus is larger, in bytes; but for bundles, which begin large.
const MAX_FILE: u64 = 16 << 10;

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target)
}

/// The kept inputs of a target, by name.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder(target)).unwrap_or_else(|_| panic!("no corpus of `{target}`"));
    let mut found: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let entry = entry.expect("a folder is listed");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).expect("a kept file is read"))
        })
        .collect();
    found.sort();
    found
}

/// Runs the target; says what it was given if a promise is broken.
fn run(target: &Target, bytes: &[u8], whence: &str) {
    let done = catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    if done.is_err() {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!(
            "`{}` broke a promise on {whence}: {hex}\n{}",
            target.name,
            String::from_utf8_lossy(bytes)
        );
    }
}

fn replay(names: &[&str]) {
    for name in names {
        let target = fuzz::target(name).expect("a target");
        let kept = corpus(name);
        for (file, bytes) in &kept {
            run(target, bytes, file);
        }
        let inputs: Vec<Vec<u8>> = kept.into_iter().map(|(_, bytes)| bytes).collect();
        let mut mutator = Mutator::new(11, &inputs, target.words);
        for n in 0..target.n_runs {
            run(target, &mutator.next(), &format!("changed input {n}"));
        }
    }
}

/// A test for each group, so that they share threads.
macro_rules! groups {
    ($($group:ident: $($name:literal)*;)*) => {
        $(#[test]
        fn $group() {
            replay(&[$($name),*]);
        })*

        #[test]
        fn every_target_is_in_a_group() {
            let mut grouped = vec![$($($name),*),*];
            let mut all: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            grouped.sort();
            all.sort();
            assert_eq!(grouped, all);
        }
    };
}

groups! {
    rows_in_json: "native_json" "explain_json" "mlflow_json" "lines" "lines_flow" "encoded";
    tensors: "oip_json" "oip_binary" "grpc_message" "grpc_frames" "grpc_small";
    rows_in_other_forms: "csv" "libsvm" "npy" "arrow" "arrow_flow" "parquet";
    heads_and_keys: "head" "plain_head" "token" "keys_file" "key_set";
    files: "table_csv" "table_lines" "table_parquet" "table_arrow" "segment";
    bundles: "bundle" "bundle_manifest" "bundle_sections" "import";
    language: "expression" "contract" "project_file";
}

#[test]
fn the_corpus_holds_the_seeds_and_small_files() {
    let is_writing = std::env::var_os("SPANWISE_WRITE_SEEDS").is_some();
    for (target, name, bytes) in seeds::all() {
        assert!(fuzz::target(target).is_some(), "no target `{target}`");
        let file = folder(target).join(format!("seed-{name}"));
        if is_writing {
            std::fs::create_dir_all(folder(target)).expect("a folder is made");
            std::fs::write(&file, &bytes).expect("a seed is written");
        }
        let kept = std::fs::read(&file).unwrap_or_default();
        assert!(
            kept == bytes,
            "`{}` is stale; write it with SPANWISE_WRITE_SEEDS=1",
            file.display()
        );
    }
    for target in TARGETS {
        for (name, bytes) in corpus(target.name) {
            assert!(
                bytes.len() as u64 <= MAX_FILE,
                "`{}/{name}` has {} bytes",
                target.name,
                bytes.len()
            );
        }
    }
}

/// Targets whose seeds are all sound requests for scores.
const SCORING: [&str; 15] = [
    "native_json",
    "explain_json",
    "mlflow_json",
    "oip_json",
    "oip_binary",
    "grpc_message",
    "grpc_frames",
    "lines",
    "lines_flow",
    "csv",
    "libsvm",
    "npy",
    "arrow",
    "arrow_flow",
    "parquet",
];

#[test]
fn sound_seeds_are_answered() {
    for (target, name, bytes) in seeds::all() {
        // No kept bundle has the one input that raw requests are for.
        if SCORING.contains(&target) && name != "raw-body" {
            run(fuzz::target(target).expect("a target"), &bytes, name);
            assert_eq!(fuzz::last_status(), Some(200), "{target} {name}");
        }
    }
}
