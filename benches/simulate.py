"""Whole processes in turns: `wharf simulate` beside the Python Faker way of making the same tables.   usage: simulate.py WHARF_BINARY

CSV and Parquet on one and two cores, and shop_faker.py; rows of all tables a second. Then peak memory at sizes apart.
Prints tables and writes benches/runs/DATE-simulate.md. Rounds: WHARF_ROUNDS (3), after one that is not counted.
"""
import datetime, os, pathlib, platform, re, shutil, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent.parent
WORK = HERE / "target/bench"
ROUNDS = int(os.environ.get("WHARF_ROUNDS", 3))
ORDERS, FAKER_ORDERS = 1_000_000, 100_000
SIZES = [250_000, 1_000_000, 4_000_000]


def run(command):
    """Seconds, peak MiB, and what it printed."""
    before = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{' '.join(map(str, command))} failed\n{out}")
    return time.perf_counter() - before, usage.ru_maxrss / 1024, out


def warm(orders):
    """Touches as much memory as the files will take in the page cache, and a bit: what a virtual machine gave back to its host comes
    again slowly, to whoever asks for it first. That shall not be what is timed."""
    with tempfile.TemporaryFile(dir=WORK) as file:
        for _ in range(300 + orders // 1000):
            file.write(bytes(1 << 20))


def simulate(wharf, orders, threads, form, *more):
    warm(orders)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        seconds, memory, out = run([wharf, "simulate", "--orders", str(orders), "--threads", str(threads), "--format", form,
                                    "--no-truth", "--quiet", "--out", f"{folder}/shop", *more])
    lines, rows = (int(text.replace(",", "")) for text in re.search(r"with ([\d,]+) lines, ([\d,]+) rows", out).groups())
    return rows / seconds, lines / seconds, seconds, memory


def faker(form):
    warm(FAKER_ORDERS)
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        seconds, memory, out = run([sys.executable, HERE / "benches/shop_faker.py", str(FAKER_ORDERS), f"{folder}/shop", form])
    return int(out) / seconds, 0, seconds, memory


def main():
    wharf = pathlib.Path(sys.argv[1]).resolve()
    WORK.mkdir(parents=True, exist_ok=True)
    ways = {f"wharf, {form}, {threads} core{'s' * (threads > 1)}": (lambda form=form, threads=threads: simulate(wharf, ORDERS, threads, form))
            for form in ("csv", "parquet") for threads in (1, 2)}
    peers = {form: f"Faker, {form}, 1 core ({FAKER_ORDERS:,} orders)" for form in ("csv", "parquet")}
    ways |= {name: (lambda form=form: faker(form)) for form, name in peers.items()}
    figures = {name: [] for name in ways}
    for turn in range(ROUNDS + 1):
        for name, way in ways.items():
            figure = way()
            print(f"{name}: {figure[0]:,.0f} rows/s, {figure[2]:.2f} s, {figure[3]:.0f} MiB{' (not counted)' if turn == 0 else ''}", flush=True)
            if turn:
                figures[name].append(figure)
    lines = table(["", "rows/s: min", "median", "max", "order lines/s: median", "seconds: median", "peak MiB"],
                  [[name, *(f"{value:,.0f}" for value in three(f[0] for f in of)), f"{statistics.median(f[1] for f in of):,.0f}" if of[0][1] else "",
                    f"{statistics.median(f[2] for f in of):.2f}", f"{max(f[3] for f in of):.0f}"] for name, of in figures.items()])
    times = lambda name, peer: [f"{value:,.0f}" for value in three(a[0] / b[0] for a, b in zip(figures[name], figures[peer]))]
    lines += table(["times Faker's rows/s with the same format, round by round", "min", "median", "max"],
                   [[name, *times(name, peer)] for name in ways for form, peer in peers.items() if name.startswith(f"wharf, {form}")])
    sizes = []
    for orders in SIZES:
        figure = simulate(wharf, orders, 2, "csv")
        print(f"{orders:,} orders: {figure[2]:.2f} s, {figure[3]:.0f} MiB", flush=True)
        sizes.append([f"{orders:,}", f"{figure[2]:.2f}", f"{figure[1]:,.0f}", f"{figure[3]:.0f}"])
    lines += ["## Memory by size", "", "CSV on two cores, a file a month.", ""] + table(["orders", "seconds", "order lines/s", "peak MiB"], sizes)
    core = run([wharf.parent / "examples/into_memory", str(ORDERS)]) if (wharf.parent / "examples/into_memory").exists() else None
    if core:
        lines += ["## Into memory", "", "`examples/into_memory`: the same rows, made and thrown away.", "", *(f"    {line}" for line in core[2].splitlines()), ""]
    write(wharf, lines)


def three(values):
    values = sorted(values)
    return values[0], statistics.median(values), values[-1]


def table(header, rows):
    text = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header), *("| " + " | ".join(row) + " |" for row in rows)]
    print("\n".join(text), flush=True)
    return [*text, ""]


def write(wharf, lines):
    import faker as library
    said = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout.strip()
    cpu = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    today = datetime.date.today()
    head = [f"# {today}: simulate", "",
            f"- {cpu}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, load before {os.getloadavg()[0]:.2f}",
            f"- {said('rustc', '--version')}, {'release' if 'release' in wharf.parts else 'dev'} profile; {said(str(wharf), '--version')}",
            f"- Python {platform.python_version()}, Faker {library.VERSION}", "- `scripts/bench.sh simulate`", "",
            f"`wharf simulate --orders {ORDERS} --no-truth` and `python benches/shop_faker.py {FAKER_ORDERS} … csv|parquet`, in turns, {ROUNDS} rounds; rows of all tables.", ""]
    path = HERE / f"benches/runs/{today}-simulate.md"
    path.write_text("\n".join(head + lines).rstrip() + "\n")
    print(f"wrote {path.relative_to(HERE)}")


main()
