"""Requests per second and latencies on loopback, beside a bare axum program and other servers of the same model.

    cargo build --profile dist --workspace --bin bench-serve --bin bench-ceiling
    PEERS_HOME=/tmp/peers ../shared/bench/setup_peers.sh ceil fastapi mlserver     # once
    python3 bench/serve/load.py                                           # apt install wrk nghttp2-client
    python3 bench/serve/load.py --only ceiling,spanwise --lines        # and what else a request may be

One row of 28 numbers a request, LightGBM's 500 trees of 31 leaves (imported; made by ../shared/bench/bench_tree_infer.py make),
metrics and sampled log on. Each round starts each server anew, in a drawn order; told are medians, and how far CPU time went
from one round to the next: it changes within seconds, up to twofold, so that fewer than nine rounds tell nothing below 15%. `--lines`: TLS, keys, an audit log,
reasons, 100 rows, Arrow, gRPC, bodies of the Open Inference Protocol beside a program that parses the same.
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
PEERS = pathlib.Path(os.environ.get("PEERS_HOME", pathlib.Path(tempfile.gettempdir()) / "peers"))
CACHE = pathlib.Path(os.environ.get("BENCH_CACHE", pathlib.Path(tempfile.gettempdir()) / "bench-cache"))
DIST = ROOT / "target" / "dist"
WORK = pathlib.Path(tempfile.gettempdir()) / "spanwise-bench-load"
FEATURES = 28
JSON = {"Content-Type": "application/json"}
MODEL_INFER = "/inference.GRPCInferenceService/ModelInfer"
FASTAPI = (SHARED / "bench_serving.py").read_text().split("FASTAPI = '''")[1].split("'''")[0]
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

    features = numpy.load(CACHE / "higgs-X.npy", mmap_mode="r")[:256]
    return [[round(float(value), 6) for value in row] for row in features]


def bundle():
    """The bundle, and the names of its inputs."""
    model = CACHE / "infer-500x31.txt"
    if not model.exists():
        raise SystemExit(f"{model} is missing: run ../shared/bench/bench_tree_infer.py make")
    path = WORK / "higgs.bundle"
    if not path.exists():
        binary = os.environ.get("SPANWISE_BINARY", ROOT / "target/release/spanwise")
        subprocess.run([binary, "import", model, "--out", path], check=True, capture_output=True)
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
    """A server and what it is asked."""

    def __init__(self, name, command, path, bodies, headers=JSON, env=None, scheme="http", folder=None):
        self.name, self.command, self.path, self.bodies, self.headers = name, command, path, bodies, headers
        self.env, self.scheme, self.folder = env or {}, scheme, folder


def ours(name, *options, log=True, **rest):
    path, _ = bundle()
    command = [str(DIST / "bench-serve"), str(path), "{port}", *([str(WORK / "log")] if log else []), *options]
    return Case(name, command, rest.pop("path", "/invocations"), rest.pop("bodies", None) or [encoded({"inputs": [row]}) for row in rows()], **rest)


def cases(only):
    plain = [encoded({"inputs": [row]}) for row in rows()]
    fastapi, mlserver = WORK / "fastapi", WORK / "mlserver"
    for folder in (fastapi, mlserver):
        folder.mkdir(parents=True, exist_ok=True)
    (fastapi / "app.py").write_text(FASTAPI)
    model = {"MODEL": str(CACHE / "infer-500x31.txt"), "OMP_NUM_THREADS": "1"}
    shutil.copy(CACHE / "infer-500x31.txt", mlserver / "model.bst")
    (mlserver / "settings.json").write_text(json.dumps({"http_port": 18651, "grpc_port": 18652, "metrics_port": 18653, "parallel_workers": 0, "debug": False, "host": "127.0.0.1"}))
    (mlserver / "model-settings.json").write_text(json.dumps({"name": "m", "implementation": "mlserver_lightgbm.LightGBMModel", "parameters": {"uri": "./model.bst"}}))
    flat = [encoded({"inputs": [{"name": "x", "shape": [1, FEATURES], "datatype": "FP32", "data": row}]}) for row in rows()]
    uvicorn = [str(PEERS / "fastapi/bin/python"), "-m", "uvicorn", "app:app", "--port", "{port}", "--log-level", "warning", "--no-access-log", "--workers"]
    all_cases = [
        Case("ceiling", [str(PEERS / "ceil/target/release/ceil_axum"), "{port}"], "/invocations", plain),
        ours("spanwise"),
        Case("fastapi:1", [*uvicorn, "1"], "/invocations", plain, env=model, folder=fastapi),
        Case("fastapi:2", [*uvicorn, "2"], "/invocations", plain, env=model, folder=fastapi),
        Case("mlserver", [str(PEERS / "mlserver/bin/mlserver"), "start", "."], "/v2/models/m/infer", flat, env=model, folder=mlserver),
    ]
    return [case for case in all_cases if not only or case.name in only]


def lines():
    """What else a request may be."""
    few = rows()
    hundreds = [encoded({"inputs": [few[(at + k) % 256] for k in range(100)]}) for at in range(16)]
    oip = [encoded(tensors([row])) for row in few]
    reasons = [encoded({"rows": [dict(zip(bundle()[1], row))], "reasons": 3}) for row in few]
    keys, certificate = WORK / "keys.toml", WORK / "certificate.pem"
    binary = os.environ.get("SPANWISE_BINARY", ROOT / "target/release/spanwise")
    keys.unlink(missing_ok=True)
    key = subprocess.run([binary, "key", "new", "load", "--model", "m", "--out", keys], check=True, capture_output=True, text=True).stdout.split()[-1]
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


def started(case, port):
    shutil.rmtree(WORK / "log", ignore_errors=True)
    command = [word.format(port=port) for word in case.command]
    process = subprocess.Popen(command, cwd=case.folder or WORK, env={**os.environ, **case.env}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    port = 18651 if case.name == "mlserver" else port
    url = f"{case.scheme}://127.0.0.1:{port}{case.path}"
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    until = time.time() + 90
    while time.time() < until and process.poll() is None:
        try:
            answers(case, url, trusting if case.scheme == "https" else None)
            return process, url
        except OSError as error:
            told = error.read()[:300] if hasattr(error, "read") else error
            time.sleep(0.05)
    os.killpg(process.pid, 9)
    raise SystemExit(f"{case.name} does not answer: {told}")


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


def measured(case, connections, seconds, port):
    """A measurement for each number of connections."""
    process, url = started(case, port)
    (WORK / "bodies").write_bytes(b"".join(body + b"@@--@@" for body in case.bodies))
    (WORK / "wrk.lua").write_text(LUA)
    environment = {**os.environ, "BODIES": str(WORK / "bodies"), "HEADERS": "\n".join(f"{name}: {value}" for name, value in case.headers.items())}

    def asked(n, seconds):
        before = cpu(process.pid)
        found = (h2load if case.path == MODEL_INFER else wrk)(n, seconds)
        found["cpu_us"] = 1e6 * (cpu(process.pid) - before) / max(1, found["requests"])
        found["rps"] = found["requests"] / found["seconds"]
        return found

    def h2load(n, seconds):
        times = WORK / "times"
        headers = [word for name, value in case.headers.items() for word in ("-H", f"{name}: {value}")]
        (WORK / "body").write_bytes(case.bodies[0])
        times.unlink(missing_ok=True)
        subprocess.run(["h2load", "-t1", f"-c{n}", "-m1", f"-D{seconds}", "-d", WORK / "body", f"--log-file={times}", *headers, url], capture_output=True, check=True)
        lines = [line.split() for line in times.read_text().splitlines()]
        took = sorted(int(line[2]) / 1000 for line in lines)
        bad = sum(line[1] != "200" for line in lines)
        return {"requests": len(took), "seconds": seconds, "p50": took[len(took) // 2], "p99": took[len(took) * 99 // 100], "status": bad, "other": 0}

    def wrk(n, seconds):
        done = subprocess.run(["wrk", "-t1", f"-c{n}", f"-d{seconds}s", "--timeout", "10s", "-s", str(WORK / "wrk.lua"), url], capture_output=True, text=True, env=environment)
        return json.loads(done.stdout[done.stdout.index("JSON{") + 4:].splitlines()[0])

    try:
        asked(4, 1)
        return {n: asked(n, seconds) for n in connections}
    finally:
        os.killpg(process.pid, 15)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.wait()


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seconds", type=int, default=2)
    asked.add_argument("--rounds", type=int, default=9)
    asked.add_argument("--seed", type=int, default=1, help="of the order")
    asked.add_argument("--connections", default="1,16,64,256")
    asked.add_argument("--only", default="")
    asked.add_argument("--lines", action="store_true")
    asked = asked.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    connections = [int(n) for n in asked.connections.split(",")]
    chosen = cases(asked.only.split(",") if asked.only else None) + (lines() if asked.lines else [])
    found, port, order = {}, 18660, random.Random(asked.seed)
    for _ in range(asked.rounds):
        for case in order.sample(chosen, len(chosen)):
            port += 1
            for n, one in measured(case, connections, asked.seconds, port).items():
                found.setdefault((case.name, n), []).append(one)
    print(f"load {os.getloadavg()[0]:.1f} at the end\n\n| server | connections | requests/s | of the ceiling | p50, ms | p99, ms | CPU us (least to most) | not 200 | other errors |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    middle = lambda ones, key: statistics.median(one[key] for one in ones)
    spread = lambda ones: " to ".join(f"{find(one['cpu_us'] for one in ones):.1f}" for find in (min, max))
    for (name, n), ones in found.items():
        beside = found.get(("ceiling, OIP body" if "OIP" in name else "ceiling", n))
        share = f"{middle(ones, 'rps') / middle(beside, 'rps'):.2f}" if beside else ""
        print(f"| {name} | {n} | {middle(ones, 'rps'):,.0f} | {share} | {middle(ones, 'p50'):.2f} | {middle(ones, 'p99'):.2f} | {middle(ones, 'cpu_us'):.1f} ({spread(ones)}) | {sum(one['status'] for one in ones)} | {sum(one['other'] for one in ones)} |")


if __name__ == "__main__":
    sys.exit(main())
