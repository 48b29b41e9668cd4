"""The C library in programs of other languages: the examples as they stand, and callers who get it wrong."""

import concurrent.futures
import gc
import re

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import embedding
from conftest import ROOT, spanwise as command


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    """Each example, compiled once, by name."""
    made = {}

    def program(name):
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            made[name] = embedding.java(folder) if name == "java" else embedding.cpp(folder, name)
        return made[name]

    return program


@pytest.fixture(scope="module")
def scored(demo, tmp_path_factory):
    """Rows of the demo, and what `spanwise score` says of them."""
    folder = tmp_path_factory.mktemp("scored")
    rows = pd.read_csv(demo / "later.csv").head(2000)
    rows.to_csv(folder / "rows.csv", index=False)
    command("score", demo / "out/churn.bundle", folder / "rows.csv", "--out", folder / "scores.csv", cwd=demo)
    return folder / "rows.csv", read(folder / "scores.csv")


@pytest.fixture(scope="module")
def library():
    return embedding.Library()


def read(path):
    return pd.read_csv(path)


@pytest.mark.parametrize("name", ["shared", "static", "java"])
def test_examples_score_as_the_command_does(demo, programs, scored, tmp_path, name):
    rows, expected = scored
    done = embedding.run(*programs(name), demo / "out/churn.bundle", rows, tmp_path / "scores.csv", 2)
    assert "WARNING in native method" not in done.stdout + done.stderr
    found = read(tmp_path / "scores.csv")
    assert list(found.columns) == ["margin", "probability", "decision"]
    for column in found.columns:
        assert found[column].equals(expected[column]), column


@pytest.mark.parametrize("name", ["shared", "java"])
def test_examples_say_what_was_wrong(demo, bundle, programs, scored, tmp_path, name):
    rows, _ = scored
    cut = tmp_path / "cut.bundle"
    cut.write_bytes(bundle.read_bytes()[:5000])
    said = lambda *arguments: embedding.run(*programs(name), *arguments, tmp_path / "out.csv", ok=False).stderr  # noqa: E731
    assert "not a sound bundle" in said(cut, rows)
    assert "/no/such.bundle" in said("/no/such.bundle", rows)
    narrow = tmp_path / "narrow.csv"
    pd.read_csv(rows).drop(columns="contract").to_csv(narrow, index=False)
    assert "no column `contract`" in said(bundle, narrow)
    assert not (tmp_path / "out.csv").exists()


def test_only_what_the_header_declares_is_exported():
    embedding.needed("nm")
    told = embedding.run("nm", "-D", "--defined-only", embedding.LIBRARIES / "libspanwise_c.so").stdout
    exported = {line.split()[-1] for line in told.splitlines()}
    header = (ROOT / "bindings/c/include/spanwise.h").read_text()
    assert exported == set(re.findall(r"^\w+ (spanwise_\w+)\(", header, flags=re.M))


@pytest.mark.parametrize("compiler, standard", [("gcc", "c99"), ("g++", "c++11")])
def test_the_header_stands_alone(tmp_path, compiler, standard):
    embedding.needed(compiler)
    source = tmp_path / ("alone.c" if compiler == "gcc" else "alone.cpp")
    source.write_text("#include <spanwise.h>\n#include <spanwise.h>\nint main(void) { return spanwise_abi() == SPANWISE_ABI; }\n")
    embedding.run(compiler, f"-std={standard}", *embedding.STRICT, "-fsyntax-only", "-I", ROOT / "bindings/c/include", source)


def structs(frame, **types):
    table = pa.Table.from_pandas(frame, preserve_index=False)
    for name, kind in types.items():
        table = table.set_column(table.schema.get_field_index(name), name, table[name].cast(kind))
    return table.combine_chunks().to_struct_array().combine_chunks()


def test_arrays_of_pyarrow_go_in_and_come_back(bundle, library, scored):
    rows, expected = pd.read_csv(scored[0]), scored[1]
    code, handle = library.open(bundle.read_bytes())
    assert code == 0, library.message()
    for types in ({}, {"contract": pa.dictionary(pa.int8(), pa.string())}, {"contract": pa.string_view(), "monthly_charge": pa.float64()}):
        code, told = library.score(handle, structs(rows, **types), n_threads=2, n_reasons=2, broken_rows=2)
        assert code == 0, told
        assert told.type.names == ["margin", "probability", "decision", "reasons", "kept"]
        frame = pa.Table.from_struct_array(told).to_pandas()
        for column in ("margin", "probability", "decision"):
            assert frame[column].equals(expected[column]), (types, column)
        assert frame["reasons"].str.contains(" by ").all() and frame["kept"].all()
        # a part of it, whose columns begin elsewhere
        code, part = library.score(handle, structs(rows, **types)[100:200])
        assert code == 0, part
        assert pa.Table.from_struct_array(part).to_pandas()["margin"].equals(expected["margin"][100:200].reset_index(drop=True))


def test_what_was_taken_is_released(bundle, library, scored):
    rows = pd.read_csv(scored[0])
    _, handle = library.open(bundle.read_bytes())
    good, bad = structs(rows), structs(rows.drop(columns="contract"))
    asked = lambda: [library.score(handle, array)[0] for array in (good, bad)] == [0, 6]  # noqa: E731
    assert asked()
    before = pa.total_allocated_bytes()
    for _ in range(20):
        copy = pa.concat_arrays([good])
        assert asked() and library.score(handle, copy)[0] == 0
        del copy
    gc.collect()
    assert pa.total_allocated_bytes() <= before


def test_arrays_that_do_not_fit_are_refused(bundle, library, scored):
    rows = pd.read_csv(scored[0])
    _, handle = library.open(bundle.read_bytes())
    wrong = {
        "no column `contract`": structs(rows.drop(columns="contract")),
        "`monthly_charge`": structs(rows.assign(monthly_charge="much")),
        "type List": structs(rows.assign(contract=[["a"]] * len(rows))),
        "no struct": pa.array([1.0, 2.0]),
        "infinite": structs(rows.assign(monthly_charge=np.inf)),
    }
    for word, array in wrong.items():
        code, message = library.score(handle, array)
        assert code == 6 and word in message, (code, message)
    assert library.of.spanwise_close(handle) == 0
    code, message = library.score(handle, structs(rows))
    assert code == 2 and "no bundle is open" in message


def test_threads_share_a_bundle_and_have_their_own_messages(bundle, library, scored):
    rows, expected = pd.read_csv(scored[0]), scored[1]
    _, handle = library.open(bundle.read_bytes())
    good, bad = structs(rows), structs(rows.drop(columns="contract"))

    def ask(turn):
        code, told = library.score(handle, bad if turn % 3 == 0 else good)
        if turn % 3 == 0:
            return code == 6 and "`contract`" in told
        return pa.Table.from_struct_array(told).to_pandas()["margin"].equals(expected["margin"])

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        assert all(threads.map(ask, range(60)))


def test_hurt_bundles_never_open_and_never_crash(library):
    sound = (ROOT / "conformance/bundles/v5/decisions.bundle").read_bytes()
    draw = np.random.default_rng(5)
    for _ in range(400):
        hurt = bytearray(sound)
        match draw.integers(3):
            case 0:
                del hurt[draw.integers(len(hurt)) :]
            case 1:
                hurt[draw.integers(len(hurt))] ^= 1 << draw.integers(8)
            case _:
                at = draw.integers(len(hurt) - 8)
                hurt[at : at + 8] = draw.bytes(8)
        code, _ = library.open(bytes(hurt))
        assert code == 5, (code, library.message())
    assert library.open(sound)[0] == 0
