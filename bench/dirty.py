"""Dirty files: what ours, DuckDB's, pandas' and Polars' readers make of them with no parameter, beside what they mean.

    cargo build --release -p spanwise-table --example read
    $PEERS_HOME/dirty/bin/python bench/dirty.py                     # a line per collection and reader
    $PEERS_HOME/dirty/bin/python bench/dirty.py --misses survey     # files where another is right and ours is not
    $PEERS_HOME/dirty/bin/python bench/dirty.py --show survey p012  # what each makes of one file

The peers' Python needs duckdb, pandas, polars and pyarrow. Collections are below ../shared/data/dirty: csv-spectrum with
its JSON, csvkit (which carries no reading: it is what Python's csv gives with the parameters written below, by hand, for
Python's csv alone), Pollock's survey and its polluted files with their clean forms.

The measures are Pollock's (Vitagliano, Hameed, Jiang, Reisener, Wu, Naumann 2023, "Pollock: A data loading benchmark",
PVLDB 16): whether a file is loaded at all; precision, recall and F1 of the cells of the header, of records (their cells
joined) and of all cells, each as multisets; the score is the sum of the ten, so 10 is the best. `right` is ours and
stricter: the header and every row, in order and cell by cell, equal. A reader that finds no header (it gives made-up
names) has no header line; where the file has none and a reader takes the first row for one, all header measures are 0.

Cells are compared after normalising, as there, because readers return values: letter case and blanks around go, a
missing value and the usual words for it are empty, numbers are equal by value whatever marks of thousands, currency or
percent they carry, and days and times are equal if year, day and month (in whichever order) and time are. Digits with
leading zeros are text, so a reader that drops them is wrong.
"""
import argparse, collections, csv, gzip, io, json, os, re, subprocess, sys, tarfile, tempfile, warnings

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
DATA = os.environ.get("DIRTY_DATA", os.path.join(ROOT, "..", "shared", "data", "dirty"))
OURS = os.environ.get("SPANWISE_READ", os.path.join(ROOT, "target", "release", "examples", "read"))
READERS = ("ours", "duckdb", "pandas", "pandas_sniff", "polars")
NULLS = {"", "na", "n/a", "null", "nan", "none", "nat", "<na>", "-", "?", ".", "..", "#n/a", "#ref!", "#value!", "#div/0!", "#name?", "#num!",
         "#null!", "n.a.", "\\n"}
MONTHS = {m: i + 1 for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split())}
# encoding, separator, lines to pass over, lines of header
CSVKIT = {
    "FY09_EDU_Recipients_by_State.csv": ("utf-8", ",", 0, 1), "bad.csv": ("utf-8", ",", 0, 1),
    "blanks.csv": ("utf-8", ",", 0, 1), "determination.csv": ("utf-8", ",", 0, 1), "dummy.csv.gz": ("utf-8", ",", 0, 1),
    "ks_1033_data.csv": ("utf-8", ",", 0, 1), "mac_newlines.csv": ("utf-8", ",", 0, 1),
    "no_header_row.csv": ("utf-8", ",", 0, 0), "null_byte.csv": ("utf-8", ",", 0, 1),
    "optional_quote_characters.csv": ("utf-8", ",", 0, 1), "test_date_format.csv": ("utf-8", ",", 0, 1),
    "test_empty_columns.csv": ("utf-8", ",", 0, 1), "test_join_short_rows.csv": ("utf-8", ",", 0, 1),
    "test_locale.csv": ("utf-8", ",", 0, 1), "test_numeric_date_format.csv": ("utf-8", ",", 0, 1),
    "test_skip_lines.csv": ("utf-8", ",", 3, 1), "test_utf16_little.csv": ("utf-16", ",", 0, 1),
    "test_utf8_bom.csv": ("utf-8-sig", ",", 0, 1),
}


def opened(path):
    with open(path, "rb") as file:
        data = file.read()
    return gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def rows_of(data, encoding="utf-8-sig", separator=","):
    return list(csv.reader(io.StringIO(data.decode(encoding).replace("\0", ""), newline=""), delimiter=separator))


def header_lines(path):
    return int(json.load(open(path)).get("header_lines") or 0) if os.path.exists(path) else 1


def collection(name, folder):
    """(key, path, header or None, rows) of each file."""
    if name == "spectrum":
        base = os.path.join(DATA, "csv_spectrum")
        for file in sorted(os.listdir(os.path.join(base, "csvs"))):
            want = json.load(open(os.path.join(base, "json", file[:-3] + "json")))
            yield file, os.path.join(base, "csvs", file), list(want[0]), [list(row.values()) for row in want]
    elif name == "csvkit":
        for file, (encoding, separator, skip, n_header) in CSVKIT.items():
            path = os.path.join(DATA, "csvkit", file)
            rows = [row for row in rows_of(opened(path), encoding, separator)[skip:] if row]
            header = rows.pop(0) if n_header else None
            width = len(header or rows[0])
            yield file, path, header, [(row + [""] * width)[:width] for row in rows]
    else:
        if name == "survey":
            base = os.path.join(DATA, "pollock_survey")
        else:
            base = os.path.join(folder, "polluted")
            if not os.path.isdir(base):
                with tarfile.open(os.path.join(DATA, "pollock_polluted.tar.gz")) as tar:
                    tar.extractall(base, filter="data")
        for file in sorted(os.listdir(os.path.join(base, "csv"))):
            key = file.removesuffix(".gz")
            rows = rows_of(opened(os.path.join(base, "clean", file)))
            short = key.removesuffix(".csv") if name == "survey" else key
            suffix = ".json" if name == "survey" else "_parameters.json"
            has_header = header_lines(os.path.join(base, "parameters", short + suffix))
            header = rows.pop(0) if rows and (has_header or rows[0][0] == "col_0") else None
            header = header if has_header else None  # the clean form of a file without a header has made-up names
            yield short, os.path.join(base, "csv", file), header, [row for row in rows if row]


def is_made_up(names):
    return all(re.fullmatch(r"column_?\d+", name) for name in names)


def texts(names, rows):
    return names, [["" if cell is None else str(cell) for cell in row] for row in rows]


def read_duckdb(path):
    import duckdb
    if os.path.getsize(path) == 0:
        return [], []
    found = duckdb.connect().execute("select * from read_csv(?)", [path])
    return texts([column[0] for column in found.description], found.fetchall())


def read_pandas(path, **options):
    import pandas
    frame = pandas.read_csv(path, **options)
    if not isinstance(frame.index, pandas.RangeIndex):
        frame = frame.reset_index()
    frame = frame.astype(object).where(frame.notna(), None)
    names = ["" if str(name).startswith("Unnamed: ") else str(name) for name in frame.columns]
    return texts(names, frame.values.tolist())


def read_polars(path):
    import polars
    frame = polars.read_csv(path)
    return texts(frame.columns, frame.rows())


PEERS = {
    "duckdb": read_duckdb, "pandas": read_pandas, "polars": read_polars,
    "pandas_sniff": lambda path: read_pandas(path, sep=None, engine="python"),
}


def read_all(files):
    """What each reader makes of each file: {reader: {key: (names, rows) or text of the error}}."""
    results = {reader: {} for reader in READERS}
    paths = [path for _, path, _, _ in files]
    for at in range(0, len(paths), 100):
        out = subprocess.run([OURS, *paths[at:at + 100]], capture_output=True, check=True, text=True).stdout
        for (key, _, _, _), line in zip(files[at:at + 100], out.splitlines()):
            told = json.loads(line)
            results["ours"][key] = told["error"] if "error" in told else (
                told["names"], [["" if cell is None else cell for cell in row] for row in told["rows"]])
    for reader, read in PEERS.items():
        for key, path, _, _ in files:
            try:
                results[reader][key] = read(path)
            except BaseException as error:
                results[reader][key] = f"{type(error).__name__}: {error}"
    return results


def moment(text):
    text = re.sub(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? ", "", text)
    found = re.fullmatch(r"(\d{1,4}|[a-z]{3,9})[-/. ,]+(\d{1,2}|[a-z]{3,9})[-/. ,]+(\d{1,4})(?:[t ]+(\d.*))?", text)
    if not found:
        return clock(text)
    parts = [MONTHS.get(part[:3], 0) if part[0].isalpha() else int(part) for part in found.groups()[:3]]
    if 0 in parts[:2]:
        return None
    year = max(parts)
    at = parts.index(year)
    rest = sorted(parts[:at] + parts[at + 1:])
    if len(found[3]) == 2 and len(found[1]) < 4:
        year, rest = parts[2] + (2000 if parts[2] < 69 else 1900), sorted(parts[:2])
    time = clock(found[4]) if found[4] else "00:00:00"
    return time and f"{year}-{rest[0]}-{rest[1]} {time}"


def clock(text):
    found = re.fullmatch(r"(\d{1,2}):(\d\d)(?::(\d\d)(\.\d+)?)? ?(am|pm)?(?: ?(?:z|utc|\+00:?(?:00)?))?", text)
    if not found:
        return None
    hour = int(found[1]) % 12 + (12 if found[5] == "pm" else 0) if found[5] else int(found[1])
    fraction = (found[4] or "").rstrip("0").rstrip(".")
    return f"{hour:02}:{found[2]}:{found[3] or '00'}{fraction}"


def number(text):
    negative = re.fullmatch(r"\((.*)\)", text)
    core = re.sub(r"^[-+]?(us\$|[$€£¥])? ?|[ %€]+$", "", negative[1] if negative else text)
    sign = "-" if negative or re.match(r"^(us\$|[$€£¥])? ?-", text) else ""
    core = core.lstrip("-")
    if re.fullmatch(r"\d{1,3}([, ]\d{3})+(\.\d+)?", core):
        core = re.sub("[, ]", "", core)
    elif re.fullmatch(r"\d{1,3}(\.\d{3}){2,}(,\d+)?", core) or re.fullmatch(r"\d+,\d+", core):
        core = core.replace(".", "").replace(",", ".")
    if not re.fullmatch(r"(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", core) or re.match(r"0\d", core):
        return None
    return f"{float(sign + core) + 0.0:.12g}"


def normal(cell):
    cell = re.sub(r"\s+", " ", cell.strip().lower())
    if cell in NULLS:
        return ""
    return number(cell) or moment(cell) or cell


def normal_names(names):
    plain = [re.sub(r"^(column_?\d+|)$", "", name.strip()) for name in names]
    known = set(plain)
    def base(name):
        found = re.fullmatch(r"(.*?)(?:[._](?:duplicated_)?\d+)", name, re.S)
        return found[1] if found and found[1] in known else name
    return [normal(base(name)) for name in plain]


def share(want, got):
    want, got = collections.Counter(want), collections.Counter(got)
    both = sum((want & got).values())
    if not want:
        return (1.0, 1.0, 1.0)
    if not both:
        return (0.0, 0.0, 0.0)
    precision, recall = both / sum(got.values()), both / sum(want.values())
    return precision, recall, 2 * precision * recall / (precision + recall)


def judged(header, rows, result):
    """({measure: value}, whether all is right)"""
    if isinstance(result, str):
        is_nothing = header is None and not rows
        return ([1.0] * 10, True) if is_nothing else ([0.0] * 10, False)
    names, found = result
    found = [[normal(cell) for cell in row] for row in found]
    rows = [[normal(cell) for cell in row] for row in rows]
    no_names = is_made_up(names)
    got_names = [] if no_names else normal_names(names)
    want_names = normal_names(header) if header else []
    if header is None:
        heads = (1.0,) * 3 if no_names or not (names or rows) else (0.0,) * 3
    else:
        heads = share(want_names, got_names)
    records = share(["\x1f".join(row) for row in rows], ["\x1f".join(row) for row in found])
    flat = lambda names, rows: names + [cell for row in rows for cell in row]
    cells = share(flat(want_names, rows), flat(got_names, found))
    is_right = want_names == got_names and rows == found and (header is not None or no_names or not names)
    return [1.0, *heads, *records, *cells], is_right


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--collections", default="spectrum,csvkit,survey,polluted")
    parser.add_argument("--misses", help="a collection whose files are named where another is right and ours is not")
    parser.add_argument("--wrong", help="a collection whose files are named where ours is not right")
    parser.add_argument("--show", nargs=2, metavar=("COLLECTION", "KEY"))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    folder = os.environ.get("BENCH_CACHE", os.path.join(tempfile.gettempdir(), "bench-cache", "dirty"))
    os.makedirs(folder, exist_ok=True)
    if arguments.show:
        files = [file for file in collection(arguments.show[0], folder) if file[0] == arguments.show[1]]
        _, _, header, rows = files[0]
        print("want", header, *rows[:4], len(rows), sep="\n  ")
        for reader, results in read_all(files).items():
            result = results[arguments.show[1]]
            print(reader, judged(header, rows, result))
            print("  ", result if isinstance(result, str) else (result[0], len(result[1])))
            if not isinstance(result, str):
                got = [[normal(c) for c in row] for row in result[1]]
                want = [[normal(c) for c in row] for row in rows]
                for at, (a, b) in enumerate(zip(want, got)):
                    if a != b:
                        print("   row", at, "want", a, "got", b)
                        break
        return
    names = [arguments.misses or arguments.wrong] if arguments.misses or arguments.wrong else arguments.collections.split(",")
    print("| collection | reader | files | right | loaded | header F1 | record F1 | cell F1 | score of 10 |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name in names:
        files = list(collection(name, folder))
        results = read_all(files)
        judged_all = {r: {key: judged(h, rows, results[r][key]) for key, _, h, rows in files} for r in READERS}
        for reader in READERS:
            marks = list(judged_all[reader].values())
            mean = lambda at: sum(mark[0][at] for mark in marks) / len(marks)
            score = sum(mean(at) for at in range(10))
            right = sum(mark[1] for mark in marks)
            print(f"| {name} | {reader} | {len(files)} | {right} | {mean(0):.3f} | {mean(3):.3f} | {mean(6):.3f} | {mean(9):.3f} | {score:.3f} |")
        for key, _, _, _ in files:
            others = [reader for reader in READERS[1:] if judged_all[reader][key][1]]
            mine = judged_all["ours"][key]
            better = [r for r in READERS[1:] if sum(judged_all[r][key][0]) > sum(mine[0]) + 1e-9]
            if (arguments.misses and (not mine[1] and others or better)) or (arguments.wrong and not mine[1]):
                print(key, "right:", others, "better:", better, "ours:", [round(v, 3) for v in mine[0]])


if __name__ == "__main__":
    sys.exit(main())
