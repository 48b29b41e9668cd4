//! How the binary is linked.

/// Links the binary to the address where it will stand.
///
/// A program that may stand anywhere corrects 245,000 addresses before its first line of code: 960 pages that are copied, 5 ms
/// and 10 MB of each start. Heap, stack and libraries stand anywhere all the same; who finds a hole in what is not safe code, such as
/// zstd's C that unpacks strangers' Parquet, knows where ours stands.
/// `SPANWISE_PIE=1` while building gives the other kind, for those whose rules ask for it.
fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=SPANWISE_PIE");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    let is_gnu_linux = is("CARGO_CFG_TARGET_OS", "linux") && is("CARGO_CFG_TARGET_ENV", "gnu");
    if is_gnu_linux && !is("SPANWISE_PIE", "1") {
        println!("cargo:rustc-link-arg-bins=-no-pie");
    }
}
