"""Shared by the benchmarks of serving: the demo's two versions, a service, clients that check every answer, its log."""

import http.client
import io
import json
import multiprocessing
import os
import pathlib
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from common import BINARY

ADMIN = "swordfish"
COLUMNS = ["contract", "tenure_months", "monthly_charge", "support_calls", "payment", "region", "age", "channel"]
CONTRACTS, PAYMENTS, REGIONS = ("monthly", "one year", "two years"), ("card", "transfer"), ("north", "south", "east", "west", "centre")
PLACE = pathlib.Path(os.environ.get("SPANWISE_BENCH_FOLDER", "/tmp/spanwise-bench-serve"))


def spanwise(*arguments, cwd):
    done = subprocess.run([str(BINARY), *map(str, arguments)], cwd=cwd, capture_output=True, text=True)
    if done.returncode not in (0, 5):
        raise SystemExit(f"{arguments}: {done.stderr}")
    return done.stdout


def demo():
    """The folder of the churn demo with two versions in its registry, `1.bundle` and `2.bundle` beside them; made once."""
    folder = PLACE / "demo"
    if not (folder / "2.bundle").exists():
        PLACE.mkdir(parents=True, exist_ok=True)
        spanwise("demo", "churn", "--into", folder, cwd=PLACE)
        (folder / "1.bundle").write_bytes((folder / "out/churn.bundle").read_bytes())
        written = folder / "spanwise.toml"
        # Another feature of the same columns: other answers to the same requests.
        written.write_text(written.read_text().replace('paid_so_far = "monthly_charge * tenure_months"', 'paid_so_far = "monthly_charge + tenure_months"'))
        spanwise("run", "--quiet", cwd=folder)
        made = set((folder / ".spanwise/registry/bundles").iterdir())
        second = next(path for path in made if path.read_bytes() != (folder / "1.bundle").read_bytes())
        (folder / "2.bundle").write_bytes(second.read_bytes())
    return folder


def row(number):
    """A row like the demo's, the same for the same number; one in seven has no age."""
    age = None if number % 7 == 3 else 18 + number * 11 % 60
    return [CONTRACTS[number % 3], 1 + number * 5 % 70, 20.0 + number * 37 % 800 / 10, number * 3 % 7, PAYMENTS[number % 2], REGIONS[number % 5], age, ("web", "shop")[number % 2]]


def rows(first, n):
    return [row(first + at) for at in range(n)]

def request(protocol, data):
    """Path, content type and body that ask for these rows."""
    if protocol == "csv":
        lines = [",".join("" if cell is None else str(cell) for cell in cells) for cells in [COLUMNS, *data]]
        return "/invocations", "text/csv", ("\n".join(lines) + "\n").encode()
    if protocol == "v1":
        body = {"instances": [dict(zip(COLUMNS, cells)) for cells in data]}
        return "/v1/models/churn:predict", "application/json", json.dumps(body).encode()
    if protocol == "v2":
        kinds = ["BYTES", "FP64", "FP64", "FP64", "BYTES", "BYTES", "FP64", "BYTES"]
        tensors = [{"name": name, "shape": [len(data)], "datatype": kind, "data": [cells[at] for cells in data]} for at, (name, kind) in enumerate(zip(COLUMNS, kinds))]
        return "/v2/models/churn/infer", "application/json", json.dumps({"inputs": tensors}).encode()
    body = {"dataframe_split": {"columns": COLUMNS, "data": data}}
    return "/invocations", "application/json", json.dumps(body).encode()


class Service:
    """A running service; `limits` are done in its process before it begins."""

    def __init__(self, folder, *arguments, log_to=None, limits=None):
        environment = dict(os.environ, SPANWISE_ADMIN_KEY=ADMIN)
        self.said = open(log_to or os.devnull, "ab")
        self.process = subprocess.Popen([str(BINARY), "--json", "serve", "--address", "127.0.0.1:0", *map(str, arguments)],
                                        cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=self.said, preexec_fn=limits)
        text = b""
        while not text.rstrip().endswith(b"}"):
            line = self.process.stdout.readline()
            assert line, f"the service did not start: {text}"
            text += line
        host, port = json.loads(text)["address"].rsplit(":", 1)
        self.address = (host, int(port))

    def lives(self):
        return self.process.poll() is None

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def memory(self):
        """Resident megabytes."""
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def metric(self, beginning):
        """The sum of the metrics whose lines begin so."""
        _, page, _ = ask(self.address, "GET", "/metrics")
        return sum(float(line.rsplit(" ", 1)[1]) for line in page.decode().splitlines() if line.startswith(beginning))

    def load(self):
        """Asks for the bundle to be read again."""
        return ask(self.address, "POST", "/v2/repository/models/churn/load", headers={"X-Api-Key": ADMIN})[0]


def ask(address, method, path, body=None, headers=(), timeout=40, connection=None):
    """Status, body and headers of one answer."""
    mine = connection or http.client.HTTPConnection(*address, timeout=timeout)
    mine.request(method, path, body, dict(headers))
    answer = mine.getresponse()
    found = answer.status, answer.read(), answer.headers
    if connection is None:
        mine.close()
    return found


def answers_of(bundle, questions):
    """What a bundle alone answers to each question, byte by byte."""
    service = Service(bundle.parent, bundle, "--watch", "never")
    found = []
    for path, kind, body in questions:
        status, text, _ = ask(service.address, "POST", path, body, {"Content-Type": kind})
        assert status == 200, f"{path}: {status} {text}"
        found.append(text)
    service.stop()
    return found


def client(address, questions, known, keep, stop, pipe):
    """Asks again and again until told to stop, and checks each answer against `known`: a list of answers, by version, for
    each question. Sends (begin, seconds, status, version of the answer, version told) for each; status 0 is a connection that
    failed, -1 an answer that no version gives. A kept connection that the service closed between two requests is opened once more, as clients do."""
    asked, connection, at = [], None, 0
    # Whoever swaps and measures gets the cores first.
    os.nice(5)
    while not stop.is_set():
        path, kind, body = questions[at % len(questions)]
        expected = known[at % len(questions)]
        at += 1
        began, found, told, status = time.time(), None, None, 0
        for attempt in range(2):
            was_kept = connection is not None
            connection = connection or http.client.HTTPConnection(*address, timeout=40)
            try:
                status, text, headers = ask(address, "POST", path, body, {"Content-Type": kind}, connection=connection)
                told = headers.get("X-Spanwise-Version")
                if status == 200:
                    found = next((version for version, answer in enumerate(expected, 1) if answer == text), None)
                    status = 200 if found else -1
                if not keep or headers.get("Connection") == "close":
                    connection.close()
                    connection = None
                break
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                connection, status = None, 0
                if not (was_kept and isinstance(error, (ConnectionError, http.client.BadStatusLine))):
                    break
        asked.append((began, time.time() - began, status, found, told))
        if status in (429, 503):
            time.sleep(0.02)
    pipe.send(asked)


class Clients:
    """Clients in processes of their own: one for each of `protocols`, a name that may end in `/new` for a connection per request."""

    def __init__(self, address, protocols, questions, known):
        self.stop_now = multiprocessing.Event()
        self.running = []
        for protocol in protocols:
            name, _, new = protocol.partition("/")
            mine, theirs = multiprocessing.Pipe(False)
            process = multiprocessing.Process(target=client, args=(address, questions[name], known[name], not new, self.stop_now, theirs))
            process.start()
            self.running.append((process, mine))

    def stop(self):
        self.stop_now.set()
        asked = [row for _, pipe in self.running for row in pipe.recv()]
        for process, _ in self.running:
            process.join()
        return sorted(asked)


def percentile(seconds, share):
    """Of a list of seconds, in milliseconds."""
    found = sorted(seconds)
    return 1000 * found[min(len(found) - 1, int(share * len(found)))] if found else float("nan")


def segment_tables(path):
    """The whole frames of a segment and how many bytes are behind them; see table::segment."""
    import pyarrow.ipc
    data = path.read_bytes()
    if data and not data.startswith(b"SPANSEG1"):
        raise ValueError(f"{path} does not begin like a segment")
    at, tables = 8, []
    while at + 12 <= len(data):
        (length,) = struct.unpack_from("<I", data, at)
        if len(data) < at + 12 + length:
            break
        tables.append(pyarrow.ipc.open_stream(io.BytesIO(data[at + 12:at + 12 + length])).read_all())
        at += 12 + length
    return tables, max(0, len(data) - at)


def logged(folder):
    """The tables of answers in a log folder; a segment beside its compacted file counts once. Unreadable files raise."""
    import pyarrow.parquet
    tables, torn = [], 0
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "refused-")):
            continue
        if path.suffix == ".parquet":
            tables.append(pyarrow.parquet.read_table(path))
        elif path.suffix == ".seg" and not path.with_suffix(".parquet").exists():
            found, rest = segment_tables(path)
            tables += found
            torn += rest != 0
    return tables, torn


def table(head, body):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for cells in body:
        print("| " + " | ".join(map(str, cells)) + " |")
    print()


def machine():
    """A line that tells the machine's load."""
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{os.cpu_count()} cores, load {load}, {time.strftime('%Y-%m-%d %H:%M', time.gmtime())} UTC"


def raw(address, timeout=40):
    return socket.create_connection(address, timeout=timeout)
