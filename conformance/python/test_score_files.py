"""Files and folders of any size scored: whole, once, and going on where a run stopped."""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time

import duckdb
import pyarrow.parquet as pq
import pytest

from conftest import BINARY, spanwise

JOURNAL = ".spanwise-score.jsonl"


@pytest.fixture(scope="module")
def table(demo):
    """The demo's header and rows; one in 500 breaks the contract."""
    header, *rows = (demo / "customers.csv").read_text().splitlines()
    at = header.split(",").index("tenure_months")
    for row in range(7, len(rows), 500):
        cells = rows[row].split(",")
        cells[at] = "500"
        rows[row] = ",".join(cells)
    return header, rows


def write(path, table, start, n_rows):
    header, rows = table
    path.parent.mkdir(parents=True, exist_ok=True)
    chosen = (rows[row % len(rows)] for row in range(start, start + n_rows))
    path.write_text("\n".join([header, *chosen]) + "\n")
    return path


@pytest.fixture(scope="module")
def folder(table, tmp_path_factory):
    """Thirty tables below a folder, of a thousand rows each."""
    folder = tmp_path_factory.mktemp("inputs") / "in"
    for file in range(30):
        write(folder / f"region-{file % 3}/day-{file:02}.csv", table, 1000 * file, 1000)
    (folder / "notes.md").write_text("no table")
    (folder / ".hidden.csv").write_text("no table")
    return folder


def hashes(folder):
    """The hash of every output, by name: nothing hidden, but nothing else left out."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def temporary(folder):
    return [path for path in folder.rglob(".*") if path.name.endswith(".part")]


def score(bundle, *arguments, ok=(0,), cwd="/"):
    done = spanwise("--json", "score", bundle, *arguments, cwd=cwd, ok=ok)
    return json.loads(done.stdout), done.stderr


@pytest.fixture(scope="module")
def undisturbed(bundle, folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("undisturbed") / "out"
    record, _ = score(bundle, folder, "--out", f"{out}/")
    assert (record["n_files"], record["n_refused"], record["n_rows"]) == (30, 0, 30_000)
    return out, record


def test_outputs_are_those_of_single_files_on_any_threads(bundle, folder, undisturbed, tmp_path):
    out, record = undisturbed
    known = hashes(out)
    assert sorted(name for name in known if not name.endswith("quarantine.csv")) == [file["input"] for file in record["files"]]
    assert record["n_quarantined"] == sum(file["n_quarantined"] for file in record["files"]) > 0
    for name in ("region-0/day-00.csv", "region-2/day-29.csv"):
        single = tmp_path / name.replace("/", "-")
        spanwise("score", bundle, folder / name, "--out", single, cwd=tmp_path)
        assert hashlib.sha256(single.read_bytes()).hexdigest() == known[name]
        kept_out = tmp_path / f"{single.name}.quarantine.csv"
        assert hashlib.sha256(kept_out.read_bytes()).hexdigest() == known[f"{name}.quarantine.csv"]
    for threads in (1, 3):
        other = tmp_path / f"threads-{threads}"
        score(bundle, folder, "--out", f"{other}/", "--threads", threads)
        assert hashes(other) == known


def test_a_second_run_makes_nothing_again_and_a_changed_input_alone(bundle, folder, table, tmp_path):
    inputs, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(folder, inputs)
    score(bundle, inputs, "--out", f"{out}/")
    made = {path: path.stat().st_mtime_ns for path in out.rglob("*.csv")}
    record, told = score(bundle, inputs, "--out", f"{out}/")
    assert record["n_done_before"] == 30 and "30 of 30 files done before" in told
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.csv")} == made

    # other rows of the same length, with the time of the old ones
    changed = inputs / "region-0/day-00.csv"
    times = changed.stat()
    lines = changed.read_text().splitlines(keepends=True)
    changed.write_text("".join([lines[0], *lines[:0:-1]]))
    os.utime(changed, ns=(times.st_atime_ns, times.st_mtime_ns))
    # an output that somebody touched, and one that is gone
    (out / "region-1/day-01.csv").write_text("mine\n")
    (out / "region-2/day-02.csv").unlink()
    # the same bytes at another time
    same = inputs / "region-0/day-03.csv"
    os.utime(same)
    record, _ = score(bundle, inputs, "--out", f"{out}/")
    assert record["n_done_before"] == 27
    again = {path for path, at in made.items() if path.stat().st_mtime_ns != at and "quarantine" not in path.name}
    assert again == {out / "region-0/day-00.csv", out / "region-1/day-01.csv", out / "region-2/day-02.csv"}


def test_killed_at_any_moment_the_outputs_are_those_of_one_run(bundle, folder, undisturbed, tmp_path):
    known, out = hashes(undisturbed[0]), tmp_path / "out"
    draw = random.Random(7)
    command = [BINARY, "--json", "score", str(bundle), str(folder), "--out", f"{out}/", "--threads", "2"]
    kills = 0
    for _ in range(60):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=draw.uniform(0.02, 0.35))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
        # whatever is there is whole
        found = hashes(out) if out.exists() else {}
        assert all(known[name] == digest for name, digest in found.items())
        if process.returncode == 0:
            break
    assert kills > 0
    record, _ = score(bundle, folder, "--out", f"{out}/")
    assert hashes(out) == known and record["n_files"] == 30
    lines = (out / JOURNAL).read_text().splitlines()
    inputs = [json.loads(line)["input"] for line in lines[1:]]
    assert sorted(inputs) == sorted(set(inputs)) and len(inputs) == 30
    assert not temporary(out)


def test_nothing_is_written_over_what_is_read_or_what_is_not_ours(bundle, table, tmp_path):
    folder = tmp_path / "d"
    for file in range(2):
        write(folder / f"{file}.csv", table, file, 50)
    (tmp_path / "link").symlink_to(folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for inputs in ([folder / "0.csv", folder / "1.csv"], [f"{folder}/*.csv"], [folder / "0.csv"]):
        for out in (f"{folder}/", f"{tmp_path}/link/"):
            refused = spanwise("score", bundle, *inputs, "--out", out, cwd=tmp_path, ok=(3,)).stderr
            assert "a file that is read" in refused, refused
    assert before == {path: path.read_bytes() for path in folder.iterdir()}
    # what lies where an output would, or its rows kept out
    for name in ("0.csv", "0.csv.quarantine.csv"):
        out = tmp_path / f"out-{name}"
        out.mkdir()
        (out / name).write_text("precious")
        refused = spanwise("score", bundle, folder / "0.csv", "--out", f"{out}/", cwd=tmp_path, ok=(3,)).stderr
        assert "that no run has written" in refused and "--again" in refused, refused
        assert (out / name).read_text() == "precious"
    # one file's output would be another's rows kept out
    shutil.copy(folder / "1.csv", folder / "0.csv.quarantine.csv")
    both = [folder / "0.csv", folder / "0.csv.quarantine.csv"]
    refused = spanwise("score", bundle, *both, "--out", f"{tmp_path}/both/", cwd=tmp_path, ok=(3,)).stderr
    assert "`0.csv.quarantine.csv` of both" in refused, refused


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(bundle, table, tmp_path):
    inputs, out = tmp_path / "in", tmp_path / "out"
    for file in range(300):
        write(inputs / f"{file:03}.csv", table, file, 2000)
    process = subprocess.Popen([BINARY, "score", str(bundle), str(inputs), "--out", f"{out}/"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while len(list(out.glob("*.csv"))) < 5:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 130, told
    assert "stopped; " in told and "of 300 files are done and kept, run the same again to go on" in told
    assert not temporary(out)
    n_told = int(re.search(r"stopped; (\d+) of 300", told)[1])
    assert n_told == len([path for path in out.glob("*.csv") if "quarantine" not in path.name])
    record, _ = score(bundle, inputs, "--out", f"{out}/")
    assert record["n_files"] == 300 and 0 < record["n_done_before"] == n_told < 300


def test_two_runs_at_a_time_and_another_bundle_or_option_are_refused(bundle, folder, table, demo, tmp_path):
    inputs, out = tmp_path / "in", tmp_path / "out"
    write(inputs / "a.csv", table, 0, 1_000_000)
    first = subprocess.Popen([BINARY, "score", str(bundle), str(inputs), "--out", f"{out}/"], stderr=subprocess.PIPE)
    while not (out / JOURNAL).exists():
        time.sleep(0.01)
    record, _ = score(bundle, inputs, "--out", f"{out}/", ok=(3,))
    assert "found another run that writes to it" in record["error"]
    first.kill()
    first.wait()
    # the lock went with the process
    score(bundle, folder, "--out", f"{out}/")
    record, _ = score(bundle, folder, "--out", f"{out}/", "--keep", "age", ok=(3,))
    assert 'keep null then, ["age"] now' in record["error"] and "--again" in record["error"]
    record, _ = score(bundle, folder, "--out", f"{out}/", "--keep", "age", "--again")
    assert record["n_done_before"] == 0
    assert (out / "region-0/day-00.csv").read_text().startswith("age,margin,")


def test_a_bad_file_does_not_keep_the_others_back(bundle, folder, tmp_path):
    inputs, out = tmp_path / "in", tmp_path / "out"
    shutil.copytree(folder / "region-0", inputs)
    (inputs / "broken.parquet").write_bytes(b"PAR1 is not enough")
    (inputs / "empty.csv").write_text("")
    (inputs / "narrow.csv").write_text("age\n41\n")
    record, told = score(bundle, inputs, "--out", f"{out}/", ok=(3,))
    refused = {file["input"]: file["error"] for file in record["files"] if file["error"]}
    assert sorted(refused) == ["broken.parquet", "empty.csv", "narrow.csv"]
    assert "narrow.csv: no column `" in told or "lacks" in told or "narrow.csv" in told
    assert len(hashes(out)) >= 10
    assert {json.loads(line)["input"] for line in (out / JOURNAL).read_text().splitlines()[1:]} >= set(refused)
    # they are tried again, and what was right is not
    (inputs / "narrow.csv").write_bytes((inputs / "day-00.csv").read_bytes())
    record, _ = score(bundle, inputs, "--out", f"{out}/", ok=(3,))
    assert record["n_done_before"] == 10 and record["n_refused"] == 2


def test_outputs_are_read_by_others_in_the_format_asked_for(bundle, folder, tmp_path):
    out = tmp_path / "out"
    score(bundle, f"{folder}/**/day-0?.csv", "--out", f"{out}/", "--format", "parquet")
    files = sorted(out.rglob("*.parquet"))
    assert [str(path.relative_to(out)) for path in files][:2] == ["region-0/day-00.parquet", "region-0/day-03.parquet"]
    n_rows = sum(pq.read_table(path).num_rows for path in files)
    counted = duckdb.sql(f"select count(*), count(probability), min(probability), max(probability) from '{out}/**/*.parquet'").fetchall()[0]
    assert counted[:2] == (n_rows, n_rows) and 9_900 < n_rows < 10_000
    assert 0 < counted[2] < counted[3] < 1


def test_a_full_disk_is_told_and_the_run_goes_on_later(bundle, folder, undisturbed, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", small], capture_output=True).returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        record, _ = score(bundle, folder, "--out", f"{small}/", ok=(4,))
        assert "No space left on device" in record["error"] and "are done and kept" in record["error"]
        assert not temporary(small)
        known, found = hashes(undisturbed[0]), hashes(small)
        assert found and all(known[name] == digest for name, digest in found.items())
        subprocess.run(["mount", "-o", "remount,size=64m", small], check=True)
        record, _ = score(bundle, folder, "--out", f"{small}/")
        assert record["n_done_before"] > 0 and hashes(small) == known
    finally:
        subprocess.run(["umount", small], check=True)


def peak_kilobytes(process):
    """The most memory of a process while it runs."""
    peak = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as status:
                peak = max([peak, *(int(line.split()[1]) for line in status if line.startswith("VmHWM"))])
        except (FileNotFoundError, ProcessLookupError):
            pass
        time.sleep(0.05)
    return peak


@pytest.mark.parametrize("name", ["big.csv", "big.parquet"])
def test_a_big_file_takes_little_memory_and_gives_the_same(bundle, table, tmp_path, name):
    header, rows = table
    big = tmp_path / "big.csv"
    text = "\n".join(rows) + "\n"
    with open(big, "w") as file:
        file.write(header + "\n")
        while file.tell() < 400 << 20:
            file.write(text)
    n_rows = (big.stat().st_size - len(header) - 1) // len(text) * len(rows)
    source = tmp_path / name
    if name != "big.csv":
        duckdb.sql(f"copy (select * from read_csv('{big}')) to '{source}' (format parquet, compression uncompressed)")
    out = tmp_path / "scored.csv"
    process = subprocess.Popen([BINARY, "score", str(bundle), str(source), "--out", str(out)], stderr=subprocess.DEVNULL)
    peak = peak_kilobytes(process)
    assert process.returncode == 0
    assert peak < 300 << 10, f"{peak >> 10} MB"
    # the same rows again and again have the same scores again and again
    part = tmp_path / "part.csv"
    part.write_text(header + "\n" + text)
    spanwise("score", bundle, part, "--out", tmp_path / "part-scored.csv", cwd=tmp_path)
    if name == "big.csv":
        head, _, body = (tmp_path / "part-scored.csv").read_bytes().partition(b"\n")
        expected = hashlib.sha256(head + b"\n")
        for _ in range(n_rows // len(rows)):
            expected.update(body)
        with open(out, "rb") as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == expected.hexdigest()
    else:
        query = "select sum(probability), count(*) from '{}'"
        whole, one = (duckdb.sql(query.format(path)).fetchall()[0] for path in (out, tmp_path / "part-scored.csv"))
        assert whole[1] == one[1] * (n_rows // len(rows)) and abs(whole[0] / whole[1] - one[0] / one[1]) < 1e-9


def test_rows_are_named_by_their_place_in_the_file(bundle, table, tmp_path):
    header, rows = table
    at = header.split(",").index("tenure_months")
    sound = [row for row in rows if row.split(",")[at] != "500"]
    broken = sound[0].split(",")
    broken[at] = "500"
    n_rows = (80 << 20) // (len(sound[0]) + 1)
    lines = [sound[row % len(sound)] for row in range(n_rows)]
    lines[-2] = ",".join(broken)
    big = tmp_path / "big.csv"
    big.write_text("\n".join([header, *lines]) + "\n")
    record, told = score(bundle, big, "--out", tmp_path / "scored.csv", cwd=tmp_path)
    assert (record["n_rows"], record["n_quarantined"]) == (n_rows - 1, 1)
    kept_out = [breach for breach in record["breaches"] if breach["action"] == "quarantined"]
    assert [(breach["rule"], breach["rows"]) for breach in kept_out] == [("max = 120", [n_rows - 1])]
    assert f"1 of {n_rows} rows break the contract" in told


def test_what_an_earlier_run_made_of_a_file_that_is_refused_now_is_set_aside(bundle, table, tmp_path):
    inputs, out = tmp_path / "in", tmp_path / "out"
    for file in range(2):
        write(inputs / f"{file}.csv", table, 1000 * file, 600)
    score(bundle, inputs, "--out", f"{out}/")
    scores = (out / "0.csv").read_bytes()
    kept_out = (out / "0.csv.quarantine.csv").read_bytes()
    (inputs / "0.csv").write_text("age\n41\n")
    record, told = score(bundle, inputs, "--out", f"{out}/", ok=(3,))
    file = record["files"][0]
    assert file["set_aside"] == ["0.csv.stale", "0.csv.quarantine.csv.stale"] and file["path"] == str(inputs / "0.csv")
    assert "what an earlier run made of it is now `0.csv.stale`, `0.csv.quarantine.csv.stale`" in told
    assert sorted(hashes(out)) == ["0.csv.quarantine.csv.stale", "0.csv.stale", "1.csv", "1.csv.quarantine.csv"]
    assert (out / "0.csv.stale").read_bytes() == scores and (out / "0.csv.quarantine.csv.stale").read_bytes() == kept_out


def test_another_folder_does_not_replace_the_scores_of_the_first(bundle, table, tmp_path):
    for name, start in (("one", 0), ("two", 5000)):
        write(tmp_path / name / "day.csv", table, start, 300)
    out = tmp_path / "out"
    score(bundle, tmp_path / "one", "--out", f"{out}/")
    before = hashes(out)
    record, _ = score(bundle, tmp_path / "two", "--out", f"{out}/", ok=(3,))
    for place in (out / "day.csv", tmp_path / "one/day.csv", tmp_path / "two/day.csv"):
        assert str(place) in record["error"], record
    assert "--again" in record["error"] and hashes(out) == before
    # a folder that moved is the same
    (tmp_path / "one").rename(tmp_path / "moved")
    record, _ = score(bundle, tmp_path / "moved", "--out", f"{out}/")
    assert record["n_done_before"] == 1 and hashes(out) == before


def test_a_journal_that_is_none_is_refused_by_name(bundle, folder, tmp_path):
    out = tmp_path / "out"
    score(bundle, folder / "region-0", "--out", f"{out}/")
    for bytes in (b"\xff\xfe\n", b"{}\n", (out / JOURNAL).read_bytes() + b"\xc3\n"):
        (out / JOURNAL).write_bytes(bytes)
        record, _ = score(bundle, folder / "region-0", "--out", f"{out}/", ok=(3,))
        assert str(out / JOURNAL) in record["error"] and "--again" in record["error"]
        assert (out / JOURNAL).read_bytes() == bytes
    record, _ = score(bundle, folder / "region-0", "--out", f"{out}/", "--again")
    assert record["n_files"] == 10


def test_a_big_file_that_changes_while_it_is_read_leaves_what_was_there(bundle, table, tmp_path):
    big, out = tmp_path / "big.csv", tmp_path / "scored.csv"
    write(big, table, 0, 1_500_000)
    out.write_text("before")
    process = subprocess.Popen([BINARY, "--json", "score", str(bundle), str(big), "--out", str(out)], stdout=subprocess.PIPE, text=True)
    while not temporary(tmp_path):
        assert process.poll() is None
        time.sleep(0.01)
    os.utime(big)
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 3 and "a change while it was read" in json.loads(told)["error"]
    assert out.read_text() == "before" and not temporary(tmp_path)
