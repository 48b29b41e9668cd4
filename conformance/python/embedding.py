"""The examples of `bindings/c`, compiled with warnings as errors, and the library itself through ctypes."""

import ctypes
import pathlib
import shutil
import subprocess

import pytest

from conftest import BINARY, ROOT

FOLDER = ROOT / "bindings/c"
LIBRARIES = pathlib.Path(BINARY).parent
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
# What the static library needs of the system: `cargo rustc --package spanwise-c -- --print native-static-libs`.
SYSTEM = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"]
INTERNAL = 99


def needed(*programs):
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"`{program}` is not installed")


def run(*arguments, ok=True, **options):
    done = subprocess.run([str(argument) for argument in arguments], capture_output=True, text=True, timeout=600, **options)
    assert (done.returncode == 0) == ok, f"{arguments[0]}: {done.returncode} {done.stdout[-2000:]} {done.stderr[-4000:]}"
    return done


def cpp(folder, linked):
    """The example in C++, linked to the shared or into the static library; a command."""
    needed("g++")
    program = folder / f"score-{linked}"
    library = {
        "shared": ["-L", LIBRARIES, f"-Wl,-rpath,{LIBRARIES}", "-lspanwise_c"],
        "static": [LIBRARIES / "libspanwise_c.a", *SYSTEM],
    }[linked]
    run("g++", "-std=c++17", "-O2", *STRICT, "-I", FOLDER / "include", FOLDER / "examples/score.cpp", "-o", program, *library)
    return [program]


def java(folder):
    """The example in Java over JNI; a command."""
    needed("javac", "gcc")
    home = pathlib.Path(shutil.which("javac")).resolve().parents[1]
    include = ["-I", FOLDER / "include", "-I", home / "include", "-I", home / "include/linux"]
    library = ["-L", LIBRARIES, f"-Wl,-rpath,{LIBRARIES}", "-lspanwise_c"]
    run("gcc", "-std=c11", "-O2", "-shared", "-fPIC", *STRICT, *include, FOLDER / "java/spanwise_jni.c", "-o", folder / "libspanwise_jni.so", *library)
    run("javac", "-Xlint:all", "-Werror", "-d", folder, FOLDER / "java/Spanwise.java", FOLDER / "examples/Score.java")
    return ["java", "-Xcheck:jni", f"-Djava.library.path={folder}", "-cp", folder, "Score"]


class Options(ctypes.Structure):
    _fields_ = [("n_threads", ctypes.c_uint32), ("n_reasons", ctypes.c_uint32), ("broken_rows", ctypes.c_uint32)]


class Library:
    """The shared library as any program may load it."""

    def __init__(self):
        self.of = ctypes.CDLL(str(LIBRARIES / "libspanwise_c.so"))

    def message(self):
        buffer = ctypes.create_string_buffer(4096)
        assert self.of.spanwise_message(buffer, ctypes.c_size_t(4096), None) == 0
        return buffer.value.decode()

    def open(self, bytes):
        handle = ctypes.c_uint64()
        code = self.of.spanwise_open_bytes(bytes, ctypes.c_size_t(len(bytes)), ctypes.byref(handle))
        return code, handle

    def score(self, handle, rows, **options):
        """Rows as a struct of Arrow's C data interface, from pyarrow and back to it."""
        import pyarrow as pa
        from pyarrow.cffi import ffi

        schema, array, answer_schema, answer = (ffi.new(f"struct {kind}*") for kind in ("ArrowSchema", "ArrowArray") * 2)
        address = lambda structure: int(ffi.cast("uintptr_t", structure))  # noqa: E731
        rows._export_to_c(address(array), address(schema))
        pointers = [ctypes.c_void_p(address(structure)) for structure in (schema, array)]
        places = [ctypes.c_void_p(address(structure)) for structure in (answer_schema, answer)]
        code = self.of.spanwise_score_arrow(handle, *pointers, ctypes.byref(Options(**options)), *places)
        assert array.release == ffi.NULL, "the array is taken, whatever is answered"
        assert schema.release != ffi.NULL, "the schema is only read"
        schema.release(schema)
        if code != 0:
            return code, self.message()
        return code, pa.StructArray._import_from_c(address(answer), address(answer_schema))
