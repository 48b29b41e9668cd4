"""What the tests share: the binary, the churn demo, a running service."""

import json
import os
import pathlib
import signal
import subprocess

import pytest

# Before anything imports scipy: without it some of scikit-learn's checks skip themselves.
os.environ["SCIPY_ARRAY_API"] = "1"

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SPANWISE_BINARY", str(ROOT / "target/release/spanwise"))
SHARED = ROOT.parent / "shared"


def spanwise(*arguments, cwd, ok=(0,)):
    done = subprocess.run([BINARY, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=900)
    assert done.returncode in ok, done.stderr
    return done


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The folder of the churn demo, run."""
    folder = tmp_path_factory.mktemp("demo")
    spanwise("demo", "churn", "--into", folder / "churn", cwd=folder)
    return folder / "churn"


@pytest.fixture(scope="session")
def bundle(demo):
    return demo / "out/churn.bundle"


class Service:
    def __init__(self, folder, *arguments):
        self.process = subprocess.Popen(
            [BINARY, "--json", "serve", "--address", "127.0.0.1:0", *map(str, arguments)],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        text = ""
        while not text.rstrip().endswith("}"):
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read()
            text += line
        self.address = json.loads(text)["address"]
        self.url = f"http://{self.address}"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=30) == 0


@pytest.fixture(scope="session")
def service(demo):
    """The demo's champion behind HTTP."""
    service = Service(demo, "churn")
    yield service
    service.stop()
