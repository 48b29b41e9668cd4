//! The descriptors of gRPC's services, which reflection tells: compiled here, so that no user needs a compiler for them.

use crate::shell::{output, run};

const FOLDER: &str = "crates/serve/proto";
/// In the order in which reflection lists their services; none imports another.
const FILES: [&str; 4] = [
    "inference.proto",
    "grpc/health/v1/health.proto",
    "grpc/reflection/v1/reflection.proto",
    "grpc/reflection/v1alpha/reflection.proto",
];

/// Writes `descriptors.bin` anew, with Debian's compiler where there is none.
pub(crate) fn write() -> Result<(), String> {
    if output("protoc", &["--version"]).is_err() {
        run("apt-get", &["update", "-qq"])?;
        let packages = [
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "protobuf-compiler",
        ];
        run("apt-get", &packages)?;
    }
    let (folder, out) = (
        format!("--proto_path={FOLDER}"),
        format!("--descriptor_set_out={FOLDER}/descriptors.bin"),
    );
    let mut arguments = vec![folder.as_str(), out.as_str()];
    arguments.extend(FILES);
    run("protoc", &arguments)
}
