"""`wharf serve` under load on loopback, beside FastAPI over DuckDB.   usage: serve.py WHARF_BINARY

Online-retail. First bytes after a cold start, idle memory; the overview at 500 requests a second by `oha` (one address, and during a full
run); then each period asked once, so that no answer is kept: 200 periods one after the other, in turns with the peer. Recommendations for
products, baskets of three and customers, each asked once too.
Prints tables and writes benches/runs/DATE-serve.md.
"""
import datetime, json, os, pathlib, platform, random, re, shutil, statistics, subprocess, sys, tempfile, time, urllib.parse, urllib.request

HERE = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("WHARF_TEST_DATA", HERE / "../shared/data")).resolve() / "online-retail/online_retail.csv"
OHA = os.environ.get("OHA", "oha")
RATE, SECONDS, CLIENTS = 500, 15, 10
PERIOD = ("2011-11-01", "2011-11-30")


def start(command, **options):
    return subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)


def first_byte(url):
    begun = time.perf_counter()
    while True:
        try:
            return urllib.request.urlopen(url, timeout=5).read(), time.perf_counter() - begun
        except OSError:
            time.sleep(0.002)


def rss(pid, what="VmRSS"):
    return int(re.search(what + r":\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


def load(url, seconds=SECONDS):
    """Requests at a constant rate. A late answer counts from when its request was due, so that a server that stops for a while hides nothing."""
    command = [OHA, "-z", f"{seconds}s", "-w", "-c", str(CLIENTS), "-q", str(RATE), "--latency-correction", "--no-tui", "--output-format", "json", url]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return figures(told) if told["statusCodeDistribution"] else sys.exit(f"nobody answers {url}: {told['errorDistribution']}")


def figures(told):
    """What oha tells in JSON, as a row: requests a second, milliseconds, and answers that were none or another than 200."""
    millis = [told["latencyPercentiles"][name] * 1000 for name in ("p50", "p95", "p99")] + [told["summary"]["slowest"] * 1000]
    errors = sum(told["errorDistribution"].values()) + sum(count for code, count in told["statusCodeDistribution"].items() if code != "200")
    return [f"{told['summary']['requestsPerSec']:.0f}", *(f"{one:.2f}" for one in millis), str(errors)]


def once(url):
    begun = time.perf_counter()
    urllib.request.urlopen(url).read()
    return (time.perf_counter() - begun) * 1000


def recommendations(wharf, shop):
    """What goes with 1,000 of each, drawn from a seed: the first answer reads the files that the others find in memory."""
    def column(sql):
        out = subprocess.run([wharf, "query", sql, "--format", "csv", "--project", shop], check=True, capture_output=True, text=True).stdout
        return out.split()[1:]
    random.seed(7)
    products = column("select distinct antecedent from basket_rules")
    customers = column("select customer_id from customer_summary")
    baskets = [",".join(random.sample(products, 3)) for _ in range(1000)]
    rows = []
    for what, key, values in (("a customer", "customer", customers), ("a product", "product", products), ("a basket of three", "product", baskets)):
        values = random.sample(values, 1000)
        took = [once("http://127.0.0.1:18080/api/v1/recommendations?" + urllib.parse.urlencode({key: value})) for value in values]
        first, took = took[0], sorted(took)
        rows.append([what, f"{first:.2f}", f"{took[500]:.2f}", f"{took[990]:.2f}", f"{took[-1]:.2f}"])
    return rows


def main():
    wharf = pathlib.Path(sys.argv[1]).resolve()
    if not shutil.which(OHA):
        sys.exit("oha is missing: scripts/bench.sh serve installs it")
    (HERE / "target/bench").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HERE / "target/bench") as folder:
        shop = pathlib.Path(folder) / "shop"
        subprocess.run([wharf, "init", "--preset", "online-retail", shop], check=True, stdout=subprocess.DEVNULL)
        (shop / "inbox/online_retail.csv").symlink_to(DATA)
        subprocess.run([wharf, "run", "-q", "--project", shop], check=True)
        for name in ("daily_sales", "daily_customer_stats", "customer_summary", "orders"):
            subprocess.run([wharf, "query", f"select * from {name}", "--out", f"{folder}/{name}.parquet", "--project", shop], check=True)
        ours = start([wharf, "serve", "--project", shop, "--port", "18080"], stdout=subprocess.DEVNULL)
        _, cold = first_byte("http://127.0.0.1:18080/api/v1/overview?from=%s&to=%s" % PERIOD)
        time.sleep(2)
        idle = rss(ours.pid)
        peer = start([sys.executable, "-m", "uvicorn", "serve_peer:app", "--port", "18081", "--log-level", "warning"], cwd=HERE / "benches", env={**os.environ, "TABLES": folder})
        of_peer, cold_peer = first_byte("http://127.0.0.1:18081/api/v1/overview?first=%s&last=%s" % PERIOD)
        idle_peer = rss(peer.pid)
        of_ours = json.loads(urllib.request.urlopen("http://127.0.0.1:18080/api/v1/overview?from=%s&to=%s" % PERIOD).read())
        for a, b in zip(of_ours["metrics"], json.loads(of_peer)["metrics"]):
            for key in ("value", "previous"):
                # Averages and rates are decimals of four and six places with us.
                assert a["name"] == b["name"] and (a[key] == b[key] or abs(a[key] - b[key]) < 1e-3), (a, b)
        our_url, peer_url = "http://127.0.0.1:18080/api/v1/overview?from=%s&to=%s" % PERIOD, "http://127.0.0.1:18081/api/v1/overview?first=%s&last=%s" % PERIOD
        rows = [["wharf, idle", *load(our_url)], ["FastAPI + DuckDB, idle", *load(peer_url)]]
        refresh = start([wharf, "run", "--full-refresh", "-q", "--project", shop], stdout=subprocess.DEVNULL)
        during = load(our_url, 6)
        rows.append([f"wharf, during a full run of another process{' (which ended well)' if refresh.wait() == 0 else ' (WHICH FAILED)'}", *during])
        first = datetime.date(2010, 12, 1)
        pairs = []
        for turn in range(200):
            a, b = first + datetime.timedelta(turn), first + datetime.timedelta(turn + 7 + turn % 90)
            pairs.append((once(f"http://127.0.0.1:18080/api/v1/overview?from={a}&to={b}"), once(f"http://127.0.0.1:18081/api/v1/overview?first={a}&last={b}")))
        asked = recommendations(wharf, shop)
        peak = rss(ours.pid, "VmHWM")
        ours.terminate(), peer.terminate()
        ours.wait(), peer.wait()
    a, b = sorted(p[0] for p in pairs), sorted(p[1] for p in pairs)
    ratio = sorted(x / y for x, y in pairs)
    lines = table(["", "requests/s", "ms: median", "95%", "99%", "slowest", "errors"], rows)
    lines += table(["each period once, ms", "median", "99%"], [["wharf", f"{a[100]:.2f}", f"{a[198]:.2f}"], ["FastAPI + DuckDB", f"{b[100]:.2f}", f"{b[198]:.2f}"], ["ratio, pair by pair", f"{ratio[100]:.2f}", ""]])
    lines += table(["recommendations, each once, ms", "first", "median", "99%", "slowest"], asked)
    lines += table(["", "cold start to first answer, ms", "idle MiB", "peak MiB"], [["wharf", f"{cold * 1000:.0f}", f"{idle:.0f}", f"{peak:.0f}"], ["FastAPI + DuckDB", f"{cold_peer * 1000:.0f}", f"{idle_peer:.0f}", ""]])
    text = "\n".join([f"# {datetime.date.today()}: serve", "", f"- {machine(wharf)}", f"- Python {platform.python_version()}; `scripts/bench.sh serve`; {version()}, {CLIENTS} clients, {RATE} requests/s for {SECONDS} s", "",
                      "The requests a second ask one address: wharf keeps an answer until the next publish, the peer computes each. The periods after it are computed by both.", "", *lines])
    print(text)
    (HERE / f"benches/runs/{datetime.date.today()}-serve.md").write_text(text + "\n")


def version():
    return subprocess.run([OHA, "--version"], check=True, capture_output=True, text=True).stdout.strip()


def machine(wharf):
    profile = "release" if "release" in wharf.parts else "dev"
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    return f"{cpu.group(1) if cpu else platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}, {profile} profile"


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *["| " + " | ".join(row) + " |" for row in rows], ""]


if __name__ == "__main__":
    main()
