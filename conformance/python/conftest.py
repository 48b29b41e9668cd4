"""What the tests share: the binary, the churn demo, a running service."""

import datetime
import json
import os
import pathlib
import random
import signal
import subprocess

import pytest

# Before anything imports scipy: without it some of scikit-learn's checks skip themselves.
os.environ["SCIPY_ARRAY_API"] = "1"

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("SPANWISE_BINARY", str(ROOT / "target/release/spanwise"))
SHARED = ROOT.parent / "shared"
PAGES = ["story", "monitor", "experiment", "profile", "why", "changes", "explain", "course"]
# Nothing that speaks to the network by itself.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


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
        self.told = json.loads(text)
        self.address = self.told["address"]
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


@pytest.fixture(scope="module")
def browser():
    """A browser for the tests of one file: its event loop is in the way of other tests."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


EXPERIMENT = """
[data.orders]
source = "orders.csv"
[experiment.price]
ask = "Does showing delivery costs early sell more?"
unit = "user"
arm = "arm"
control = "as now"
treatments = ["on the product page", "in the basket"]
primary = "bought"
detect = { absolute = 0.03 }
baseline = { share = 0.2 }
monitoring = "always-valid"
covariates = ["earlier"]
segments = ["device"]
[experiment.price.metrics.bought]
kind = "proportion"
[experiment.price.metrics.spend]
kind = "mean"
[experiment.price.metrics.seconds]
kind = "quantile"
at = 0.9
better = "lower"
"""


def experiment(folder):
    """A made experiment, looked at three times."""
    (folder / "spanwise.toml").write_text(EXPERIMENT)
    spanwise("experiment", "plan", cwd=folder)
    draw = random.Random(3)
    lines = ["user,arm,earlier,device,bought,spend,seconds"]
    for user in range(12_000):
        arm = user % 3
        bought = int(draw.random() < (0.2, 0.26, 0.21)[arm])
        lines.append(f"{user},{('as now', 'on the product page', 'in the basket')[arm]},{draw.random():.4f},{draw.choice(['phone', 'desktop'])},{bought},{bought * draw.expovariate(0.05):.2f},{draw.expovariate(0.2):.3f}")
        if user in (3_000, 7_000, 11_999):
            (folder / "orders.csv").write_text("\n".join(lines) + "\n")
            spanwise("experiment", "analyse", cwd=folder)
    return folder / "out/experiment-price.html"


def visits():
    """Two years of days in three shops: a week's pattern, one shop that rises, one that falls at once."""
    draw = random.Random(5)
    lines = ["day,shop,sales"]
    for day in range(730):
        for shop in range(3):
            level = 100 + (0.1 * day if shop == 0 else -40 * (400 <= day) if shop == 1 else 0)
            lines.append(f"{datetime.date(2022, 1, 1) + datetime.timedelta(day)},shop {shop},{level + 20 * (day % 7 == 6) + draw.gauss(0, 5):.2f}")
    return "\n".join(lines) + "\n"


def changes(demo, folder):
    """The demo's story of all customers beside that of 7,000."""
    for name in ("customers.csv", "spanwise.toml"):
        (folder / name).write_bytes((demo / name).read_bytes())
    spanwise("run", cwd=folder)
    rows = (folder / "customers.csv").read_text().splitlines(keepends=True)
    (folder / "customers.csv").write_text("".join(rows[:7_001]))
    spanwise("report", "churn", "--against", "last", cwd=folder)
    return folder / "out/churn-changes.html"


@pytest.fixture(scope="session")
def pages(demo, tmp_path_factory):
    """A page of every kind, by name."""
    spanwise("monitor", "churn", "--table", "later.csv", cwd=demo, ok=(5,))
    looks = tmp_path_factory.mktemp("looks")
    spanwise("explore", demo / "customers.csv", "--target", "churned", "--against", demo / "later.csv", "--out", "profile.html", cwd=looks)
    arguments = ["--file", demo / "customers.csv", "--metric", "rate", "--of", "churned", "--by", "contract"]
    spanwise("why", *arguments, "--before", "two years", "--after", "monthly", "--out", "why.html", cwd=looks)
    spanwise("explain", demo / "out/churn.bundle", demo / "customers.csv", "--out", "explain.html", cwd=looks)
    (looks / "visits.csv").write_text(visits())
    spanwise("explore", "visits.csv", "--time", "day", "--by", "shop", "--out", "course.html", cwd=looks)
    return {
        "story": demo / "out/churn.html",
        "monitor": demo / "out/monitor-churn.html",
        "experiment": experiment(tmp_path_factory.mktemp("experiment")),
        "profile": looks / "profile.html",
        "why": looks / "why.html",
        "explain": looks / "explain.html",
        "course": looks / "course.html",
        "changes": changes(demo, tmp_path_factory.mktemp("changes")),
    }
