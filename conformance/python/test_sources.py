"""Tables from workbooks, databases and stores of objects, as other programs write them."""

import datetime
import json
import math
import os
import pathlib
import pwd
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

import duckdb
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import requests

import spanwise
from conftest import spanwise as command


def port():
    with socket.socket() as open_one:
        open_one.bind(("127.0.0.1", 0))
        return open_one.getsockname()[1]


def rows(source, cwd, sql="SELECT * FROM t", **environment):
    """The answer to a query over a source, as the binary gives it."""
    done = run("--json", "query", "-f", f"t={source}", sql, cwd=cwd, **environment)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    return [{name: row[name] for name in answer["columns"]} for row in answer["rows"]]


def run(*arguments, cwd, **environment):
    from conftest import BINARY
    return subprocess.run([BINARY, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=300, env=os.environ | environment)


# Workbooks

@pytest.fixture
def workbook(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "May"
    sheet.append(["Orders of May"])
    sheet.append([])
    sheet.append(["id", "day", "at", "name", "price", "paid", "zip"])
    for i in range(200):
        day = datetime.date(2024, 5, 1) + datetime.timedelta(days=i % 31)
        at = datetime.datetime(2024, 5, 1, i % 24, 30, 15) + datetime.timedelta(days=i % 31)
        sheet.append([i, day, at, f"n{i % 7}", None if i == 3 else i + 0.5, i % 2 == 0, f"{i:05}"])
    sheet["E10"] = "#DIV/0!"
    sheet["E10"].data_type = "e"
    book.create_sheet("June").append(["x"])
    book["June"].append([1])
    path = tmp_path / "orders.xlsx"
    book.save(path)
    return path


def test_workbooks_read_as_pandas_reads_them(workbook):
    mine = pd.DataFrame(rows(workbook, workbook.parent))
    theirs = pd.read_excel(workbook, header=2, dtype={"zip": str})
    assert list(mine.columns) == list(theirs.columns) and len(mine) == len(theirs)
    assert pd.to_datetime(mine["day"]).equals(theirs["day"]) and pd.to_datetime(mine["at"]).equals(theirs["at"])
    for name in ["id", "name", "paid", "zip"]:
        assert mine[name].tolist() == theirs[name].tolist()
    price = pd.to_numeric(theirs["price"], errors="coerce")
    plain = lambda cells: [None if pd.isna(cell) else cell for cell in cells]
    assert plain(mine["price"]) == plain(price)
    told = run("explore", workbook, "--no-page", cwd=workbook.parent).stderr
    assert "column `price`: 1 cell held an error and became missing (first: row 7, line 10" in told
    assert "sheet `May` was read; others are `June`" in told
    assert rows(f"{workbook}?sheet=June", workbook.parent) == [{"x": 1}]
    assert spanwise.explore(str(workbook)).n_rows == 200
    assert json.loads(run("--json", "explore", workbook, "--sheet", "June", cwd=workbook.parent).stdout)["n_rows"] == 1


# SQLite

@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, sku TEXT, price REAL, day DATE, at TIMESTAMP, big INTEGER)")
        database.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", [
            (i, f"s{i % 3}", None if i % 50 == 7 else i / 3, f"2024-01-{i % 28 + 1:02}", f"2024-01-01 {i % 24:02}:00:00", 2**62 + i)
            for i in range(100_000)
        ])
        database.execute("CREATE TABLE skus (sku TEXT, weight REAL)")
        database.execute("INSERT INTO skus VALUES ('s0', 1.5)")
    database.close()
    return path


def test_sqlite_is_read_as_it_is(shop):
    found = rows("sqlite:shop.db?table=orders", shop.parent, "SELECT count(*) AS n, count(price) AS n_price, sum(price) AS total, max(big) AS big, min(day) AS first FROM t")
    total = math.fsum(i / 3 for i in range(100_000) if i % 50 != 7)
    assert found == [{"n": 100_000, "n_price": 98_000, "total": total, "big": 2**62 + 99_999, "first": "2024-01-01"}]
    assert rows("sqlite:///shop.db?query=SELECT+sku,+count(*)+AS+n+FROM+orders+GROUP+BY+1", shop.parent)[0] == {"sku": "s0", "n": 33_334}
    assert spanwise.explore(f"sqlite:{shop}?table=orders", key="id").n_rows == 100_000
    refused = run("explore", "shop.db", "--no-page", cwd=shop.parent)
    assert refused.returncode != 0 and "2 tables and none named" in refused.stderr and "`orders`, `skus`" in refused.stderr


PROJECT = """
[project]
name = "shop"
[data.orders]
source = "{source}"
table = "orders"
key = "id"
[data.dear]
sql = "SELECT id, price FROM orders WHERE price > 30000"
[question.dear]
outcome = "price"
by = "sku"
data = "orders"
"""


def test_a_project_runs_again_only_when_rows_changed(shop):
    (shop.parent / "spanwise.toml").write_text(PROJECT.format(source="sqlite:shop.db"))
    first = json.loads(run("--json", "run", cwd=shop.parent).stdout)
    again = json.loads(run("--json", "run", cwd=shop.parent).stdout)
    with sqlite3.connect(shop) as database:
        # Other pages, same rows.
        database.execute("CREATE TABLE more (x)")
    database.close()
    same = json.loads(run("--json", "run", cwd=shop.parent).stdout)
    with sqlite3.connect(shop) as database:
        database.execute("UPDATE orders SET price = 1e6 WHERE id = 0")
    database.close()
    changed = json.loads(run("--json", "run", cwd=shop.parent).stdout)
    assert first["fresh"] == changed["fresh"] != [] and again["fresh"] == same["fresh"] == [], (first, again, same, changed)
    table = command("query", "SELECT count(*) AS n FROM dear", cwd=shop.parent).stdout
    assert table == "n\n9800\n"


# Postgres

class Server:
    """A Postgres of our own, as a user that may run one."""

    def __init__(self, folder):
        self.folder, self.port = folder, port()
        postgres = shutil.which("postgres") or next(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"), None)
        self.bin = pathlib.Path(postgres).resolve().parent
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
        (folder / "pw").write_text("s3cr:t/@pw")
        (folder / "pw").chmod(0o644)
        self.do("initdb", "-D", folder / "data", "-U", "me", "-A", "scram-sha-256", "--pwfile", folder / "pw", "-E", "UTF8", "--locale", "C")
        self.do("pg_ctl", "-D", folder / "data", "-o", f"-p {self.port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off", "-l", folder / "log", "-w", "start")

    def do(self, program, *arguments):
        done = subprocess.run([*self.user, self.bin / program, *map(str, arguments)], capture_output=True, text=True, cwd="/")
        assert done.returncode == 0, done.stdout + done.stderr

    def sql(self, text):
        done = subprocess.run([self.bin / "psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "me", "-d", "postgres", "-v", "ON_ERROR_STOP=1", "-qAt", "-c", text],
                              capture_output=True, text=True, env=os.environ | {"PGPASSWORD": "s3cr:t/@pw"})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def uri(self, more=""):
        return f"postgres://me@127.0.0.1:{self.port}/postgres{more}"

    def stop(self):
        self.do("pg_ctl", "-D", self.folder / "data", "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def server():
    import tempfile
    folder = pathlib.Path(tempfile.mkdtemp(prefix="spanwise-pg-"))
    server = Server(folder)
    server.sql("""
        CREATE TYPE mood AS ENUM ('good', 'bad');
        CREATE DOMAIN money2 AS numeric(12, 2);
        CREATE TABLE kinds (id int PRIMARY KEY, small smallint, big bigint, r real, d double precision, whole numeric(12, 0), exact numeric(30, 20),
            price money2, ok boolean, t text, v varchar(9), m mood, u uuid, j jsonb, a int[], day date, at timestamp, atz timestamptz, i interval);
        INSERT INTO kinds VALUES
            (2, -1, 9223372036854775807, 0.1, 0.1, 5, 1.00000000000000000001, 12.34, true, E'tab\\tnew\\nline\\\\N', '', 'good',
             '00000000-0000-0000-0000-000000000001', '{"a": [1, 2]}', '{1,2}', '2024-02-29', '2024-01-01 10:00:00.5', '2024-01-01 10:00:00+02', '1 day 02:00'),
            (1, NULL, NULL, 'NaN', 'Infinity', NULL, 0.5, NULL, false, '\\N', 'é', 'bad', NULL, NULL, NULL, '1969-12-31', '1969-12-31 23:59:59.999999', '2024-07-01 00:00:00Z', NULL),
            (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'infinity', NULL, NULL, NULL);
        CREATE TABLE photos (id int, photo bytea);
        CREATE SCHEMA other; CREATE TABLE other."my table" (x int); INSERT INTO other."my table" VALUES (7);
        CREATE TABLE many AS SELECT i AS id, i / 7.0::float8 AS x, 'k' || i % 10 AS k FROM generate_series(1, 300000) AS i;
    """)
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def test_kinds_of_postgres(server, tmp_path):
    password = {"PGPASSWORD": "s3cr:t/@pw"}
    found = rows(server.uri("?table=kinds"), tmp_path, "SELECT * FROM t", **password)
    assert [row["id"] for row in found] == [1, 2, 3]
    two, one = found[1], found[0]
    assert (two["small"], two["big"], two["r"], two["d"], two["whole"], two["exact"], two["price"]) == (-1, 2**63 - 1, 0.1, 0.1, 5, 1.0, 12.34)
    assert (two["ok"], two["t"], two["v"], two["m"], two["u"]) == (True, "tab\tnew\nline\\N", None, "good", "00000000-0000-0000-0000-000000000001")
    assert (two["j"], two["a"], two["day"], two["i"]) == ('{"a": [1, 2]}', "{1,2}", "2024-02-29", "1 day 02:00:00")
    assert two["at"].startswith("2024-01-01T10:00:00.5") and two["atz"].startswith("2024-01-01T08:00:00")
    assert (one["r"], one["d"], one["t"], one["v"], one["day"]) == (None, None, "\\N", "é", "1969-12-31")
    told = run("explore", server.uri("?table=kinds"), "--no-page", cwd=tmp_path, **password).stderr
    assert "column `d`: 1 infinite number became missing (first: row 1" in told and "column `day`: 1 infinite number" in told
    assert "column `exact`: 1 decimal had more digits than a number keeps" in told and "line 0" not in told
    assert rows(server.uri("?table=other.my%20table"), tmp_path, **password) == [{"x": 7}]
    # Exactly, where it is asked for as text.
    (tmp_path / "spanwise.toml").write_text(f'[project]\nname = "p"\n[data.k]\nsource = "postgres://me:${{PW}}@127.0.0.1:{server.port}/postgres"\nquery = "SELECT exact FROM kinds WHERE id = 2"\ntypes = {{ exact = "text" }}\n')
    done = run("query", "SELECT exact FROM k", cwd=tmp_path, PW="s3cr:t/@pw")
    assert done.stdout == "exact\n1.00000000000000000001\n", done.stderr


def test_postgres_is_only_read_and_passwords_are_told_nobody(server, tmp_path):
    password = {"PGPASSWORD": "s3cr:t/@pw"}
    for ask, expected in [
        ("", "tables and none named"),
        ("?table=kind", "did you mean `kinds`?"),
        ("?table=photos", "column `photo` of type bytea"),
        ("?query=DELETE+FROM+kinds+RETURNING+id", "read-only transaction"),
        ("?query=SELECT+1);+DROP+TABLE+kinds;+--", "expected one SELECT"),
        ("?query=SELECT+nothing+FROM+kinds", 'column "nothing" does not exist'),
    ]:
        refused = run("explore", server.uri(ask), "--no-page", cwd=tmp_path, **password)
        assert refused.returncode != 0 and expected in refused.stderr, (ask, refused.stderr)
    assert server.sql("SELECT count(*) FROM kinds").strip() == "3"
    wrong = run("explore", f"postgres://me:wr0ng@127.0.0.1:{server.port}/postgres?table=kinds", "--no-page", cwd=tmp_path)
    assert wrong.returncode != 0 and "wr0ng" not in wrong.stderr and "password authentication failed" in wrong.stderr
    away = run("explore", f"postgres://me:wr0ng@127.0.0.1:{port()}/postgres?table=kinds", "--no-page", cwd=tmp_path)
    assert away.returncode != 0 and "wr0ng" not in away.stderr and "refused" in away.stderr.lower()
    (tmp_path / "spanwise.toml").write_text('[project]\nname = "p"\n[data.k]\nsource = "postgres://me:wr0ng@127.0.0.1/postgres"\n')
    literal = run("run", cwd=tmp_path)
    assert literal.returncode != 0 and "a password in the file" in literal.stderr
    (tmp_path / "spanwise.toml").write_text(f'[project]\nname = "p"\n[data.many]\nsource = "postgres://me:${{PW}}@127.0.0.1:{server.port}/postgres"\ntable = "many"\n[question.q]\noutcome = "x"\nby = "k"\n')
    done = run("run", cwd=tmp_path, PW="s3cr:t/@pw")
    assert done.returncode == 0, done.stderr
    secret = [path for path in tmp_path.rglob("*") if path.is_file() and any(word in path.read_bytes() for word in (b"s3cr:t", b"s3cr%3A"))]
    assert not secret and "s3cr" not in done.stdout + done.stderr
    again = json.loads(run("--json", "run", cwd=tmp_path, PW="s3cr:t/@pw").stdout)
    assert again["fresh"] == []


def test_postgres_agrees_with_itself(server, tmp_path):
    password = {"PGPASSWORD": "s3cr:t/@pw"}
    found = rows(server.uri("?table=many"), tmp_path, "SELECT count(*) AS n, sum(x) AS total, max(k) AS k FROM t", **password)
    assert found == [{"n": 300_000, "total": math.fsum(i / 7.0 for i in range(1, 300_001)), "k": "k9"}]


# Stores of objects

@pytest.fixture(scope="module")
def store():
    number = port()
    process = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(number)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{number}"
    try:
        for _ in range(200):
            try:
                requests.get(url, timeout=1)
                break
            except requests.RequestException:
                time.sleep(0.1)
        assert requests.put(f"{url}/bucket", timeout=30).ok
        yield url
    finally:
        process.terminate()
        process.wait()


def environment(store):
    return {"AWS_ENDPOINT_URL": store, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s3cret", "AWS_REGION": "us-east-1"}


def test_objects_are_read_like_files(store, tmp_path):
    frame = pd.DataFrame({"id": range(1000), "x": [i / 7 for i in range(1000)], "day": [datetime.date(2024, 1, 1 + i % 28) for i in range(1000)]})
    frame.to_parquet(tmp_path / "a.parquet")
    for year, part in [(2023, frame[:600]), (2024, frame[600:].assign(more="y"))]:
        pq.write_table(pa.Table.from_pandas(part, preserve_index=False), tmp_path / "part.parquet")
        assert requests.put(f"{store}/bucket/y={year}/part.parquet", data=(tmp_path / "part.parquet").read_bytes(), timeout=30).ok
    for key, data in [("deep/a.parquet", (tmp_path / "a.parquet").read_bytes()), ("b.csv", b"id,x\n1,2\n"), ("y=2024/_SUCCESS", b"x"), ("y=2024/empty.parquet", b"")]:
        assert requests.put(f"{store}/bucket/{key}", data=data, timeout=30).ok
    ask = "SELECT count(*) AS n, sum(x) AS total FROM t"
    total = math.fsum(frame["x"])
    assert rows("s3://bucket/deep/a.parquet", tmp_path, ask, **environment(store)) == [{"n": 1000, "total": total}]
    assert rows("s3://bucket/b.csv", tmp_path, **environment(store)) == [{"id": 1, "x": 2}]
    both = rows("s3://bucket/y=*/*.parquet", tmp_path, "SELECT count(*) AS n, sum(x) AS total, count(more) AS m FROM t", **environment(store))
    assert both == [{"n": 1000, "total": total, "m": 400}] == rows("s3a://bucket/**/part.parquet", tmp_path, "SELECT count(*) AS n, sum(x) AS total, count(more) AS m FROM t", **environment(store))
    for source, expected in [
        ("s3://bucket/none.csv", "no such object"),
        ("s3://bucket/none*.csv", "no object that fits the pattern"),
        ("s3://bucket/b.unknown", "no such object"),
        ("s3://bucket/y=2024/_SUCCESS", "unknown format"),
    ]:
        refused = run("explore", source, "--no-page", cwd=tmp_path, **environment(store))
        assert refused.returncode != 0 and expected in refused.stderr and "s3cret" not in refused.stderr, refused.stderr
    # Plain http is for this machine alone, unless the environment allows it.
    far = run("explore", "s3://bucket/b.csv", "--no-page", cwd=tmp_path, **(environment(store) | {"AWS_ENDPOINT_URL": "http://192.0.2.1:9"}))
    assert far.returncode != 0
    # Without keys a store lets nobody in, and a web server everybody.
    refused = run("explore", f"{store}/bucket/b.csv", "--no-page", cwd=tmp_path)
    assert refused.returncode != 0 and "no permission" in refused.stderr


def test_files_of_a_web_server(tmp_path):
    (tmp_path / "a b.csv").write_text("id,x\n1,2\n")
    number = port()
    process = subprocess.Popen([sys.executable, "-m", "http.server", str(number), "--bind", "127.0.0.1", "--directory", tmp_path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            try:
                requests.get(f"http://127.0.0.1:{number}", timeout=1)
                break
            except requests.RequestException:
                time.sleep(0.1)
        assert rows(f"http://127.0.0.1:{number}/a%20b.csv", tmp_path) == [{"id": 1, "x": 2}]
        refused = run("explore", f"http://127.0.0.1:{number}/c.csv", "--no-page", cwd=tmp_path)
        assert refused.returncode != 0 and "no such object" in refused.stderr
    finally:
        process.terminate()
        process.wait()


def test_a_project_over_objects(store, tmp_path):
    requests.put(f"{store}/bucket/orders.csv", data=b"id,sku,price\n" + b"".join(b"%d,s%d,%d\n" % (i, i % 3, i % 17) for i in range(300)), timeout=30)
    (tmp_path / "spanwise.toml").write_text('[project]\nname = "p"\nmemory = "64MiB"\n[data.orders]\nsource = "s3://bucket/orders.csv"\n[question.q]\noutcome = "price"\nby = "sku"\n')
    first = json.loads(run("--json", "run", cwd=tmp_path, **environment(store)).stdout)
    again = json.loads(run("--json", "run", cwd=tmp_path, **environment(store)).stdout)
    assert first["fresh"] and not again["fresh"]


# As of

AS_OF = """
[project]
name = "prices"
[data.orders]
source = "orders.csv"
key = "id"
[data.prices]
source = "prices.csv"
event_time = "since"
known_at = "published"
[data.cheap]
sql = "SELECT sku, price, since, published AS out FROM prices WHERE price < 90"
[data.blind]
sql = "SELECT sku, price, since FROM prices"
[data.training]
sql = "SELECT o.id, o.sku, o.at, p.price FROM orders o ASOF JOIN cheap p MATCH_CONDITION (o.at) ON o.sku = p.sku"
"""


@pytest.fixture
def prices(tmp_path):
    draw = random.Random(3)
    start = datetime.datetime(2024, 1, 1)
    moment = lambda: start + datetime.timedelta(hours=draw.randrange(2000))
    orders = [(i, f"s{draw.randrange(6)}", moment()) for i in range(3000)]
    known = []
    for i in range(2000):
        since = moment()
        known.append((f"s{draw.randrange(5)}", draw.randrange(100), since, since + datetime.timedelta(hours=draw.choice([0, 0, 5, 100, -20]))))
    pd.DataFrame(orders, columns=["id", "sku", "at"]).to_csv(tmp_path / "orders.csv", index=False)
    pd.DataFrame(known, columns=["sku", "price", "since", "published"]).to_csv(tmp_path / "prices.csv", index=False)
    (tmp_path / "spanwise.toml").write_text(AS_OF)
    return tmp_path, orders, known


def test_training_tables_do_not_see_what_was_not_known(prices):
    folder, orders, known = prices
    expected = []
    for number, sku, at in orders:
        there = [(since, out, place, price) for place, (of, price, since, out) in enumerate(known) if of == sku and price < 90 and since <= at and out <= at]
        expected.append(max(there)[3] if there else None)
    done = run("--json", "query", "SELECT id, price FROM training ORDER BY id", cwd=folder)
    assert "rows" in done.stdout, done.stderr + done.stdout
    assert [row["price"] for row in json.loads(done.stdout)["rows"]] == expected
    blind = (folder / "spanwise.toml").read_text().replace("JOIN cheap", "JOIN blind")
    (folder / "spanwise.toml").write_text(blind)
    refused = run("run", cwd=folder)
    assert refused.returncode != 0 and "`prices.published`" in refused.stderr, refused.stderr


def test_as_of_joins_agree_with_duckdb(prices):
    folder, *_ = prices
    sql = "SELECT o.id, p.price FROM orders o ASOF JOIN prices p MATCH_CONDITION (o.at >= p.since) ON o.sku = p.sku ORDER BY o.id"
    theirs = duckdb.sql(f"""WITH p AS (SELECT sku, since, max_by(price, n) AS price FROM (SELECT *, row_number() OVER () AS n FROM read_csv('{folder}/prices.csv')) GROUP BY sku, since)
        SELECT o.id, p.price FROM read_csv('{folder}/orders.csv') o ASOF LEFT JOIN p ON o.sku = p.sku AND o.at >= p.since ORDER BY o.id""").fetchall()
    done = run("--json", "query", "-f", "orders.csv", "-f", "prices.csv", sql, cwd=folder)
    mine = [(row["id"], row["price"]) for row in json.loads(done.stdout)["rows"]]
    assert mine == theirs
