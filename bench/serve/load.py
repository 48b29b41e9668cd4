"""Requests per second and latencies on loopback, beside a bare axum program and other servers of the same model.

    cargo build --profile dist --workspace --bin bench-serve --bin bench-ceiling
    PEERS_HOME=/tmp/peers ../shared/bench/setup_peers.sh gb ceil fastapi mlserver mlflow bento   # once
    (cd ../shared/bench && /tmp/peers/gb/bin/python bench_tree_infer.py make)                    # once
    python3 bench/serve/load.py                                           # apt install wrk nghttp2-client
    python3 bench/serve/load.py --only ceiling,spanwise --lines        # and what else a request may be

One row of 28 numbers a request, LightGBM's 500 trees of 31 leaves, rows that it learnt from, metrics on and a log in mode
`sampled` of every request, or of a tenth. All servers are alive at once and asked in turn, a second each, in an order drawn anew each
round: these machines change their speed within seconds. Told are medians, and the quartiles of CPU time; fewer than nine rounds
tell little. `--lines`: TLS, keys, an audit log, reasons, 100 rows, Arrow, gRPC, bodies of the Open Inference Protocol beside a
program that parses the same.
"""

import argparse
import io
import json
import os
import pathlib
import random
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "bench"
CACHE = pathlib.Path(os.environ.get("BENCH_CACHE", pathlib.Path(tempfile.gettempdir()) / "bench-cache"))
DIST = ROOT / "target" / "dist"
BINARY = os.environ.get("SPANWISE_BINARY", ROOT / "target/release/spanwise")
WORK = pathlib.Path(tempfile.gettempdir()) / "spanwise-bench-load"
FEATURES = 28
JSON = {"Content-Type": "application/json"}
MODEL_INFER = "/inference.GRPCInferenceService/ModelInfer"
SETTLES = 0.25
# what others are asked as well: the slow ones at each number of workers that may be their best
PEERS = ["fastapi:1", "fastapi:2", "mlserver:0", "mlserver:2", "mlflow:1", "mlflow:2", "bentoml:1", "bentoml:2"]
LUA = """
local bodies, i, headers = {}, 0, {}
function init(args)
  for pair in string.gmatch(os.getenv("HEADERS"), "[^\\n]+") do
    local name, value = string.match(pair, "^(.-): (.*)$")
    headers[name] = value
  end
  local file = io.open(os.getenv("BODIES"), "rb")
  local all = file:read("*a")
  for body in string.gmatch(all, "(.-)@@%-%-@@") do bodies[#bodies + 1] = wrk.format("POST", nil, headers, body) end
end
function request() i = i % #bodies + 1; return bodies[i] end
function done(s, latency, requests)
  io.write(string.format('\\nJSON{"requests":%d,"seconds":%.3f,"p50":%.3f,"p99":%.3f,"status":%d,"other":%d}\\n', s.requests, s.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, s.errors.status, s.errors.connect + s.errors.read + s.errors.write + s.errors.timeout))
end
"""


def rows():
    """Rows that the model learnt from: 256 of them."""
    import numpy

    path = CACHE / "higgs-X.npy"
    if not path.exists():
        raise SystemExit(f"{path} is missing: run ../shared/bench/bench_tree_infer.py make")
    features = numpy.load(path, mmap_mode="r")[:256]
    return [[round(float(value), 6) for value in row] for row in features]


def bundle():
    """The bundle, and the names of its inputs."""
    model = CACHE / "infer-500x31.txt"
    if not model.exists():
        raise SystemExit(f"{model} is missing: run ../shared/bench/bench_tree_infer.py make")
    path = WORK / "higgs.bundle"
    if not path.exists():
        subprocess.run([BINARY, "import", model, "--out", path], check=True, capture_output=True)
    return path, [f"Column_{at}" for at in range(FEATURES)]


def tensors(data):
    _, names = bundle()
    return {"inputs": [{"name": name, "shape": [len(data)], "datatype": "FP64", "data": [row[at] for row in data]} for at, name in enumerate(names)]}


def arrow(data):
    import pyarrow
    _, names = bundle()
    sink = io.BytesIO()
    table = pyarrow.table({name: [row[at] for row in data] for at, name in enumerate(names)})
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue()


def message(row):
    """A call of the Open Inference Protocol over gRPC, in its frame."""
    from tritonclient.grpc import service_pb2
    call = service_pb2.ModelInferRequest(model_name="m")
    for name, value in zip(bundle()[1], row):
        tensor = call.inputs.add(name=name, datatype="FP64", shape=[1])
        tensor.contents.fp64_contents.append(value)
    sent = call.SerializeToString()
    return b"\0" + len(sent).to_bytes(4, "big") + sent


def encoded(value):
    return json.dumps(value).encode()


def answers(case, url, trusting):
    """One answer, or an error that says why not."""
    if case.path != MODEL_INFER:
        return urllib.request.urlopen(urllib.request.Request(url, case.bodies[0], case.headers), timeout=5, context=trusting).read()
    import grpc
    with grpc.insecure_channel(url.split("/")[2]) as channel:
        try:
            return channel.unary_unary(MODEL_INFER)(case.bodies[0][5:], timeout=5)
        except grpc.RpcError as error:
            raise OSError(error.details()) from None


class Case:
    """A server and what it is asked; `command` names `{port}` and `{log}`."""

    def __init__(self, name, command, path, bodies, headers=JSON, env=None, scheme="http", folder=WORK, port=None):
        self.name, self.command, self.path, self.bodies, self.headers = name, command, path, bodies, headers
        self.env, self.scheme, self.folder, self.port = env or {}, scheme, folder, port


def ours(name, *options, log=True, program=None, **rest):
    command = [str(program or DIST / "bench-serve"), str(bundle()[0]), "{port}", *(["{log}"] if log else []), *options]
    return Case(name, command, rest.pop("path", "/invocations"), rest.pop("bodies", None) or singles(), **rest)


def peer(name, port):
    """Another server as `../shared/bench` starts it."""
    sys.path.insert(0, str(SHARED))
    from bench_serving import plan
    folder = WORK / name.replace(":", "-")
    folder.mkdir(parents=True, exist_ok=True)
    command, env, path, kind = plan(name, str(folder), port)
    flat = lambda row: {"inputs": [{"name": "x", "shape": [1, FEATURES], "datatype": "FP32", "data": row}]}
    bodies = singles() if kind == "inputs" else [encoded(flat(row)) for row in rows()]
    return Case(name, command, path, bodies, env=env, folder=folder, port=port)


def singles():
    return [encoded({"inputs": [row]}) for row in rows()]


def cases(only, programs):
    """`programs` are others of ours, as `NAME=PATH`."""
    wanted = lambda name: not only or name in only or name.split(":")[0] in only
    mine = [ours("spanwise"), ours("a tenth logged", "--share", "0.1")]
    others = [ours(name, program=path) for name, path in (pair.split("=", 1) for pair in programs)]
    peers = [peer(name, 18700 + 10 * at) for at, name in enumerate(PEERS) if wanted(name)]
    return [peer("ceil_axum", 18690), *[case for case in mine if wanted(case.name)], *others, *peers]


def lines():
    """What else a request may be."""
    few = rows()
    hundreds = [encoded({"inputs": [few[(at + k) % 256] for k in range(100)]}) for at in range(16)]
    oip = [encoded(tensors([row])) for row in few]
    reasons = [encoded({"rows": [dict(zip(bundle()[1], row))], "reasons": 3}) for row in few]
    keys, certificate = WORK / "keys.toml", WORK / "certificate.pem"
    keys.unlink(missing_ok=True)
    key = subprocess.run([BINARY, "key", "new", "load", "--model", "m", "--out", keys], check=True, capture_output=True, text=True).stdout.split()[-1]
    if not certificate.exists():
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj", "/CN=localhost",
                        "-keyout", WORK / "key.pem", "-out", certificate], check=True, capture_output=True)
    ceiling = [str(DIST / "bench-ceiling"), "{port}"]
    stream = {"Content-Type": "application/vnd.apache.arrow.stream"}
    return [
        Case("ceiling, OIP body", ceiling, "/v2/models/m/infer", oip),
        ours("OIP body", path="/v2/models/m/infer", bodies=oip),
        ours("no log", log=False),
        ours("audit log", "--audit"),
        ours("keys", "--keys", str(keys), headers={**JSON, "X-Api-Key": key}),
        ours("TLS", "--certificate", str(certificate), "--key", str(WORK / "key.pem"), scheme="https"),
        ours("rows, 3 reasons", path="/v1/models/m:predict", bodies=reasons),
        ours("100 rows", bodies=hundreds),
        ours("gRPC", path=MODEL_INFER, bodies=[message(few[0])], headers={"content-type": "application/grpc", "te": "trailers"}),
        ours("Arrow, 1 row", path="/v1/models/m:predict", bodies=[arrow([row]) for row in few[:64]], headers=stream),
        ours("Arrow, 100 rows", path="/v1/models/m:predict", bodies=[arrow(few[at:at + 100]) for at in range(16)], headers=stream),
    ]


class Server:
    """A case under way."""

    def __init__(self, case, port):
        self.case, port = case, case.port or port
        log = WORK / f"log-{port}"
        shutil.rmtree(log, ignore_errors=True)
        command = [word.format(port=port, log=log) for word in case.command]
        self.process = subprocess.Popen(command, cwd=case.folder, env={**os.environ, **case.env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.url = f"{case.scheme}://127.0.0.1:{port}{case.path}"

    def wait(self):
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        until, told = time.time() + 120, "it ended"
        while time.time() < until and self.process.poll() is None:
            try:
                return answers(self.case, self.url, trusting if self.case.scheme == "https" else None)
            except OSError as error:
                told = error.read()[:300] if hasattr(error, "read") else error
                time.sleep(0.05)
        raise SystemExit(f"{self.case.name} does not answer: {told}")

    def asked(self, n, seconds):
        before = cpu(self.process.pid)
        found = (self.h2load if self.case.path == MODEL_INFER else self.wrk)(n, seconds)
        # what a server does for these requests a moment later, as writing its log, is its own and not the next one's
        time.sleep(SETTLES)
        found["cpu_us"] = 1e6 * (cpu(self.process.pid) - before) / max(1, found["requests"])
        found["rps"] = found["requests"] / found["seconds"]
        return found

    def h2load(self, n, seconds):
        times = WORK / "times"
        headers = [word for name, value in self.case.headers.items() for word in ("-H", f"{name}: {value}")]
        (WORK / "body").write_bytes(self.case.bodies[0])
        times.unlink(missing_ok=True)
        subprocess.run(["h2load", "-t1", f"-c{n}", "-m1", f"-D{seconds}", "-d", WORK / "body", f"--log-file={times}", *headers, self.url], capture_output=True, check=True)
        lines = [line.split() for line in times.read_text().splitlines()]
        took = sorted(int(line[2]) / 1000 for line in lines) or [0.0]
        bad = sum(line[1] != "200" for line in lines)
        return {"requests": len(lines), "seconds": seconds, "p50": took[len(took) // 2], "p99": took[len(took) * 99 // 100], "status": bad, "other": 0}

    def wrk(self, n, seconds):
        (WORK / "bodies").write_bytes(b"".join(body + b"@@--@@" for body in self.case.bodies))
        headers = "\n".join(f"{name}: {value}" for name, value in self.case.headers.items())
        environment = {**os.environ, "BODIES": str(WORK / "bodies"), "HEADERS": headers}
        done = subprocess.run(["wrk", "-t1", f"-c{n}", f"-d{seconds}s", "--timeout", "10s", "-s", str(WORK / "wrk.lua"), self.url], capture_output=True, text=True, env=environment)
        return json.loads(done.stdout[done.stdout.index("JSON{") + 4:].splitlines()[0])

    def end(self):
        try:
            os.killpg(self.process.pid, 15)
            self.process.wait(10)
        except ProcessLookupError:
            pass
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, 9)
            self.process.wait()


def cpu(group):
    """Seconds of CPU of all processes of a group."""
    used = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            words = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(words[2]) == group:
            used += int(words[11]) + int(words[12])
    return used / os.sysconf("SC_CLK_TCK")


def quartiles(ones):
    low, middle, high = statistics.quantiles(ones, n=4) if 1 < len(ones) else ones * 3
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def told(found):
    print(f"load {os.getloadavg()[0]:.1f} at the end\n\n| server | connections | requests/s | of the ceiling | p50, ms | p99, ms | CPU us (quartiles) | not 200 | other errors |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    middle = lambda ones, key: statistics.median(one[key] for one in ones)
    for (name, n), ones in sorted(found.items(), key=lambda pair: pair[0][1]):
        beside = found.get(("ceiling, OIP body" if "OIP" in name else "ceil_axum", n))
        share = f"{middle(ones, 'rps') / middle(beside, 'rps'):.3f}" if beside else ""
        errors = [sum(one[key] for one in ones) for key in ("status", "other")]
        print(f"| {name} | {n} | {middle(ones, 'rps'):,.0f} | {share} | {middle(ones, 'p50'):.2f} | {middle(ones, 'p99'):.2f} | {quartiles([one['cpu_us'] for one in ones])} | {errors[0]} | {errors[1]} |")


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=int, default=1)
    asked.add_argument("--rounds", type=int, default=15)
    asked.add_argument("--seed", type=int, default=1, help="of the order")
    asked.add_argument("--connections", default="1,16,64,256")
    asked.add_argument("--only", default="", help="names of servers: spanwise, fastapi, mlflow:2, ...")
    asked.add_argument("--program", action="append", default=[], metavar="NAME=PATH", help="another bench-serve")
    asked.add_argument("--lines", action="store_true")
    asked = asked.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    (WORK / "wrk.lua").write_text(LUA)
    connections = [int(n) for n in asked.connections.split(",")]
    chosen = cases(asked.only.split(",") if asked.only else None, asked.program) + (lines() if asked.lines else [])
    found, order, servers = {}, random.Random(asked.seed), []
    try:
        for at, case in enumerate(chosen):
            servers.append(Server(case, 18801 + at))
            servers[-1].wait()
            servers[-1].asked(4, 1)
        for _ in range(asked.rounds):
            turns = [(server, n) for server in servers for n in connections]
            for server, n in order.sample(turns, len(turns)):
                found.setdefault((server.case.name, n), []).append(server.asked(n, asked.seconds))
    finally:
        for server in servers:
            server.end()
    told(found)


if __name__ == "__main__":
    sys.exit(main())
