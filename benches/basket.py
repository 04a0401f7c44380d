"""Frequent itemsets beside pyfim (Borgelt's C) and mlxtend, in turns.   usage: basket.py BASKET_BINARY [PARTS…]

fimi      the four FIMI files at three supports each, one thread: the best of pyfim's algorithms, found by trying all of them first
families  closed and maximal sets of the same
threads   one thread beside two
mlxtend   where mlxtend ends within minutes
growth    simulated orders, up to 10 million over 100,000 products: time and memory, with a plot (WHARF=the binary of wharf)
Each run is a process of its own that says how long it mined, reading aside and results kept in memory; peak memory is the whole process's.
Prints tables and writes benches/runs/DATE-basket-PARTS.md. Rounds: WHARF_ROUNDS (5), after one that is not counted.
BASKET_BINARY is the example `basket` of crates/insight (scripts/bench.sh builds it).
"""
import datetime, os, pathlib, platform, re, shutil, statistics, subprocess, sys, time

HERE = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("WHARF_TEST_DATA", HERE / "../shared/data")).resolve()
WORK = HERE / "target/bench"
ROUNDS = int(os.environ.get("WHARF_ROUNDS", 5))
ASKED = {"retail": [88, 9, 5], "T10I4D100K": [100, 10, 5], "mushroom": [1625, 812, 406], "chess": [2000, 1600, 1400]}
FAMILIES = {"all": "s", "closed": "c", "maximal": "m"}
# pyfim's algorithms and, after a stroke, their variants.
PEERS = ["fpgrowth/s", "fpgrowth/c", "fpgrowth/d", "fpgrowth/t", "eclat/a", "eclat/b", "eclat/t", "eclat/d", "eclat/o", "eclat/e",
         "eclat/i", "eclat/r", "eclat/s", "sam", "relim", "apriori"]
# Those that find other families than all sets, and two that find closed and maximal ones alone.
OF_FAMILIES = [peer for peer in PEERS if peer.startswith(("fpgrowth", "eclat", "apriori"))] + ["carpenter", "ista"]
GROWTH = [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000]


def main():
    if sys.argv[1] == "--peer":
        return peer(*sys.argv[2:])
    binary = pathlib.Path(sys.argv[1]).resolve()
    parts = sys.argv[2:] or ["fimi", "families", "threads", "mlxtend", "growth"]
    WORK.mkdir(parents=True, exist_ok=True)
    report = Report(binary, parts)
    if "fimi" in parts:
        beside_pyfim(report, binary, ["all"])
    if "families" in parts:
        beside_pyfim(report, binary, ["closed", "maximal"])
    if "threads" in parts:
        on_threads(report, binary)
    if "mlxtend" in parts:
        beside_mlxtend(report, binary)
    if "growth" in parts:
        growth(report)
    report.write(parts)


class Failed(Exception):
    pass


class Run:
    """A process that ended: the sets and seconds it printed, and peak memory in MiB."""

    def __init__(self, command):
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        out, error = process.stdout.read(), process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            raise Failed(f"{' '.join(map(str, command))} failed\n{out}{error}")
        words = out.split()
        self.sets, self.seconds, self.memory = int(words[1]), float(words[3]), usage.ru_maxrss / 1024


def ours(binary, path, count, family="all", threads=1):
    return Run([binary, path, count, family, threads, "sets"])


def theirs(algorithm, path, count, family="all"):
    return Run([sys.executable, __file__, "--peer", algorithm, path, count, family])


def best_of(algorithms, path, count, family):
    """The peer's quickest algorithm, each tried once: one that fails, or takes three times as long as the best so far, is not it."""
    best, seconds = None, 60.0
    for algorithm in algorithms:
        command = [sys.executable, __file__, "--peer", algorithm, str(path), str(count), family]
        try:
            # Starting and reading take some of the time.
            done = subprocess.run(command, capture_output=True, text=True, timeout=3 * seconds + 10)
        except subprocess.TimeoutExpired:
            print(f"{path.name} {count} {family}: {algorithm} takes too long", flush=True)
            continue
        if done.returncode != 0:
            print(f"{path.name} {count} {family}: {algorithm} failed", flush=True)
        elif best is None or float(done.stdout.split()[3]) < seconds:
            best, seconds = algorithm, float(done.stdout.split()[3])
    return best


def peer(algorithm, path, count, family):
    baskets = [tuple(map(int, line.split())) for line in open(path)]
    count = int(count)
    if algorithm.startswith("mlxtend"):
        import pandas
        from mlxtend.frequent_patterns import fpgrowth, fpmax
        from mlxtend.preprocessing import TransactionEncoder
        encoder = TransactionEncoder()
        table = encoder.fit(baskets).transform(baskets, sparse=True)
        table = pandas.DataFrame.sparse.from_spmatrix(table, columns=[str(column) for column in encoder.columns_])
        start = time.perf_counter()
        found = {"all": fpgrowth, "maximal": fpmax}[family](table, min_support=(count - 0.5) / len(baskets))
    else:
        import fim
        name, _, variant = algorithm.partition("/")
        more = {"algo": variant} if variant else {}
        start = time.perf_counter()
        found = getattr(fim, name)(baskets, target=FAMILIES[family], supp=-count, report="a", **more)
    print(f"itemsets {len(found)} seconds {time.perf_counter() - start:.4f}")


def beside_pyfim(report, binary, families):
    ratios, rows, raw = [], [], []
    for name, counts in ASKED.items():
        path = DATA / f"fimi/{name}.dat"
        for count in counts:
            for family in families:
                best = best_of(PEERS if family == "all" else OF_FAMILIES, path, count, family)
                pairs = in_turns(lambda: ours(binary, path, count, family), lambda: theirs(best, path, count, family))
                ratio = [mine.seconds / peer.seconds for mine, peer in pairs]
                ratios += ratio
                mine, peer = pairs[-1]
                rows.append([f"{name} {count} {family}", f"{mine.sets:,}", f"{peer.sets:,}", best,
                             median(mine.seconds for mine, _ in pairs), median(peer.seconds for _, peer in pairs),
                             *three(ratio), f"{max(mine.memory for mine, _ in pairs):.0f}", f"{max(peer.memory for _, peer in pairs):.0f}"])
                raw += said(f"{name} {count} {family}", pairs)
                print(" | ".join(rows[-1]), flush=True)
    report.section(f"Beside pyfim, one thread: {', '.join(families)}",
                   f"The best of {', '.join(PEERS if families == ['all'] else OF_FAMILIES)} for each row, {ROUNDS} rounds in turns. Median of all ratios {statistics.median(ratios):.3f}; "
                   "at most 0.7 is asked for. Where numbers of sets differ by one, pyfim's eclat and fpgrowth leave out the set of an item that all "
                   "baskets have.")
    report.table(["", "sets", "pyfim's", "best peer", "seconds: ours", "pyfim", "ratio: min", "median", "max", "peak MiB: ours", "pyfim"], rows)
    report.raw(raw)


def on_threads(report, binary):
    rows = []
    for name, counts in ASKED.items():
        path = DATA / f"fimi/{name}.dat"
        for count in counts[1:]:
            pairs = in_turns(lambda: ours(binary, path, count, threads=1), lambda: ours(binary, path, count, threads=2))
            rows.append([f"{name} {count}", median(one.seconds for one, _ in pairs), median(two.seconds for _, two in pairs),
                         *three(one.seconds / two.seconds for one, two in pairs)])
    report.section("Two threads", "How many times as quick as one.")
    report.table(["", "seconds: one thread", "two", "times: min", "median", "max"], rows)


def beside_mlxtend(report, binary):
    rows = []
    for name, count in (("retail", 88), ("T10I4D100K", 100), ("mushroom", 1625), ("chess", 2000)):
        path = DATA / f"fimi/{name}.dat"
        pairs = in_turns(lambda: ours(binary, path, count), lambda: theirs("mlxtend", path, count), rounds=3)
        rows.append([f"{name} {count}", f"{pairs[-1][0].sets:,}", f"{pairs[-1][1].sets:,}", median(mine.seconds for mine, _ in pairs),
                     median(peer.seconds for _, peer in pairs), *three(peer.seconds / mine.seconds for mine, peer in pairs),
                     f"{max(mine.memory for mine, _ in pairs):.0f}", f"{max(peer.memory for _, peer in pairs):.0f}"])
    report.section("Beside mlxtend's fpgrowth, one thread", "At least 50 times as quick is asked for, and a tenth of the peak memory.")
    report.table(["", "sets", "mlxtend's", "seconds: ours", "mlxtend", "times: min", "median", "max", "peak MiB: ours", "mlxtend"], rows)


def growth(report):
    """Orders of `wharf simulate` over 100,000 products, from its Parquet file, through `wharf basket --file`."""
    wharf = os.environ["WHARF"]
    rows, points = [], []
    for baskets in GROWTH:
        folder = WORK / f"made_{baskets}"
        files = sorted(folder.glob("orders-*.parquet"))
        if not files:
            subprocess.run([wharf, "simulate", "--orders", str(baskets), "--products", "100000", "--every", "all", "--format", "parquet", "--no-truth",
                            "--quiet", "--out", folder], check=True, stdout=subprocess.DEVNULL)
            files = sorted(folder.glob("orders-*.parquet"))
        assert len(files) == 1, files
        count = max(2, baskets // 10_000)
        before = time.perf_counter()
        process = subprocess.Popen([wharf, "basket", "--file", files[0], "--group", "order_id", "--item", "product_id", "--min-count", str(count),
                                    "--count-only", "--threads", "2"], stdout=subprocess.PIPE, text=True)
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        whole = time.perf_counter() - before
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"wharf basket failed on {baskets} baskets\n{out}")
        sets, seconds = (float(number.replace(",", "")) for number in re.findall(r"[\d.,]*\d", out)[:2])
        points.append((baskets, whole, usage.ru_maxrss / 1024))
        rows.append([f"{baskets:,}", f"{sets:,.0f}", f"{seconds:.2f}", f"{whole:.2f}", f"{points[-1][2]:.0f}", f"{files[0].stat().st_size / 2**20:.0f}"])
        print(" | ".join(rows[-1]), flush=True)
        shutil.rmtree(folder)
    report.section("Growth", "Orders of `wharf simulate` over 100,000 products, minimum support 0.01%, two threads, through `wharf basket --file`.")
    report.table(["baskets", "sets", "seconds mining", "seconds of the process", "peak MiB", "file MiB"], rows)
    report.plot(points)


def in_turns(first, second, rounds=ROUNDS):
    return [(first(), second()) for _ in range(rounds + 1)][1:]


def said(what, pairs):
    return [f"{what}: ours " + " ".join(f"{mine.seconds:.4f}" for mine, _ in pairs),
            f"{what}: peer " + " ".join(f"{peer.seconds:.4f}" for _, peer in pairs)]


def median(values):
    return f"{statistics.median(values):.4f}"


def three(values):
    values = sorted(values)
    return [f"{value:.3f}" for value in (values[0], statistics.median(values), values[-1])]


class Report:
    def __init__(self, binary, parts):
        self.lines, self.binary = [], binary
        self.stem = HERE / f"benches/runs/{datetime.date.today()}-basket-{'-'.join(parts)}"

    def section(self, title, text):
        self.lines += [f"## {title}", "", text, ""]

    def table(self, header, rows):
        text = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
        text += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
        print("\n".join(text), flush=True)
        self.lines += [*text, ""]

    def raw(self, lines):
        self.lines += ["Raw seconds, in order:", "", *(f"    {line}" for line in lines), ""]

    def plot(self, points):
        path = self.stem.with_suffix(".svg")
        path.write_text(svg(points))
        self.lines += [f"![seconds and memory by baskets]({path.name})", ""]

    def write(self, parts):
        path = self.stem.with_suffix(".md")
        path.write_text("\n".join([f"# {datetime.date.today()}: baskets, {', '.join(parts)}", "", *machine(), "", *self.lines]).rstrip() + "\n")
        print(f"wrote {path.relative_to(HERE)}")


def svg(points):
    """Seconds and MiB by baskets, both from zero to their greatest."""
    most = [max(column) for column in zip(*points)]
    place = lambda point, column: f"{60 + 480 * point[0] / most[0]:.1f},{260 - 220 * point[column] / most[column]:.1f}"
    lines = ['<svg xmlns="http://www.w3.org/2000/svg" width="640" height="300" font-family="sans-serif" font-size="12">',
             '<rect width="640" height="300" fill="white"/>', '<path d="M60,40 V260 H540" fill="none" stroke="black"/>']
    for column, colour, unit in ((1, "#1f77b4", "s"), (2, "#d62728", "MiB")):
        lines.append(f'<polyline points="{" ".join(place(point, column) for point in points)}" fill="none" stroke="{colour}"/>')
        lines.append(f'<text x="545" y="{30 + 15 * column}" fill="{colour}">{most[column]:.1f} {unit}</text>')
    lines += [f'<text x="60" y="280">0</text><text x="540" y="280" text-anchor="end">{most[0]:,} baskets</text>', "</svg>"]
    return "\n".join(lines) + "\n"


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text() if pathlib.Path("/proc/cpuinfo").exists() else ""
    model = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    from importlib.metadata import version
    rustc = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.strip()
    return [
        f"- {model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, load before {os.getloadavg()[0]:.2f}",
        f"- {rustc}, release profile",
        f"- Python {platform.python_version()}, pyfim {version('pyfim')}, mlxtend {version('mlxtend')}",
        f"- `{' '.join(['scripts/bench.sh', 'basket', *sys.argv[2:]])}`",
    ]


main()
