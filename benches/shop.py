"""Whole processes in turns: `wharf run` cold beside what a user would write today.   usage: shop.py WHARF_BINARY [PARTS…]

small     online-retail (541,909 lines): wharf, DuckDB, Polars; time and peak memory, pair by pair
large     the same 20 times over, ids and days shifted (10.8 million lines), made once into target/bench
rerun     an unchanged rerun of each shop
day       one new day's file on the 20-fold shop beside its full run
backfill  all days of online-retail again: one pass
Prints a table and writes benches/runs/DATE-shop.md. Rounds: WHARF_ROUNDS (5), after one that is not counted.
"""
import csv, datetime, io, os, pathlib, platform, resource, shutil, statistics, subprocess, sys, tempfile, time

HERE = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("WHARF_TEST_DATA", HERE / "../shared/data")).resolve()
PEERS = pathlib.Path(os.environ.get("WHARF_PEERS", HERE / "../shared/peers")).resolve()
WORK = HERE / "target/bench"
ROUNDS = int(os.environ.get("WHARF_ROUNDS", 5))
COPIES = 20
# Copies lie 374 days apart, from 2000 to 2021: the preset takes no day before 2000 and none to come.
SHIFTS = [(copy - 10) * 374 for copy in range(COPIES)]


def main():
    wharf = pathlib.Path(sys.argv[1]).resolve()
    parts = sys.argv[2:] or ["small", "large", "rerun", "day", "backfill"]
    small = next((DATA / "online-retail").glob("*.csv"), None) if (DATA / "online-retail").is_dir() else None
    if small is None:
        sys.exit(f"no online-retail in {DATA}: set WHARF_TEST_DATA")
    WORK.mkdir(parents=True, exist_ok=True)
    report = Report(wharf)
    if "small" in parts:
        beside_peers(report, wharf, small, "online-retail, 541,909 lines")
    if "large" in parts:
        beside_peers(report, wharf, large(small), f"online-retail {COPIES} times over, {COPIES * 541_909:,} lines")
    if "rerun" in parts:
        rerun(report, wharf, small, "online-retail")
    if "backfill" in parts:
        backfill(report, wharf, small)
    if "memory" in parts:
        memory(report, wharf, large(small))
    if "day" in parts:
        new_day(report, wharf, large(small))
    report.write(parts)


class Run:
    """A process that ended: seconds, peak memory in MiB, and what it printed."""

    def __init__(self, command, cwd):
        before = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds = time.perf_counter() - before
        self.memory = usage.ru_maxrss / 1024
        self.cpu = usage.ru_utime + usage.ru_stime
        if os.waitstatus_to_exitcode(status) != 0:
            sys.exit(f"{' '.join(map(str, command))} failed in {cwd}\n{self.out}")


def project(wharf, folder, file):
    """A fresh project with the file in its inbox; neither is timed."""
    subprocess.run([wharf, "init", "--preset", "online-retail", folder], check=True, stdout=subprocess.DEVNULL)
    shutil.copyfile(file, folder / "inbox" / file.name)
    os.sync()
    return folder


def beside_peers(report, wharf, file, what):
    names = ["wharf", "DuckDB", "Polars"]
    if not (PEERS / "shop_duckdb.py").exists():
        sys.exit(f"no shop_duckdb.py and shop_polars.py in {PEERS}: set WHARF_PEERS")
    runs = {name: [] for name in names}
    for turn in range(ROUNDS + 1):
        for name in names:
            with tempfile.TemporaryDirectory(dir=WORK) as folder:
                folder = pathlib.Path(folder)
                if name == "wharf":
                    run = Run([wharf, "run"], project(wharf, folder / "shop", file))
                else:
                    script = PEERS / f"shop_{name.lower()}.py"
                    run = Run([sys.executable, script, file, folder / "out"], folder)
            print(f"{what}: {name} {run.seconds:.3f} s, {run.memory:.0f} MiB{' (not counted)' if turn == 0 else ''}", flush=True)
            if turn > 0:
                runs[name].append(run)
    report.section(what, f"`wharf run` in a fresh project, `python shop_duckdb.py` and `python shop_polars.py`, in turns, {ROUNDS} rounds.")
    report.table(
        ["", "seconds: min", "median", "max", "peak MiB: median", "max", "processor seconds: median"],
        [[name, *three(run.seconds for run in of), f"{statistics.median(run.memory for run in of):.0f}",
          f"{max(run.memory for run in of):.0f}", f"{statistics.median(run.cpu for run in of):.2f}"] for name, of in runs.items()])
    rows = []
    for peer in names[1:]:
        ratios = [ours.seconds / theirs.seconds for ours, theirs in zip(runs["wharf"], runs[peer])]
        rows.append([f"wharf / {peer}", *three(ratios)])
    quicker = [ours.seconds / min(a.seconds, b.seconds) for ours, a, b in zip(runs["wharf"], runs["DuckDB"], runs["Polars"])]
    rows.append(["wharf / the quicker of the round", *three(quicker)])
    report.table(["pair by pair", "min", "median", "max"], rows)
    report.raw([f"{name}: " + " ".join(f"{run.seconds:.3f}" for run in of) for name, of in runs.items()])


def rerun(report, wharf, file, what):
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        shop = project(wharf, pathlib.Path(folder) / "shop", file)
        Run([wharf, "run"], shop)
        runs = [Run([wharf, "run"], shop) for _ in range(ROUNDS + 1)][1:]
        assert all("Nothing to do" in run.out for run in runs), runs[0].out
    report.section(f"An unchanged rerun of {what}", "At most 0.3 s is asked for.")
    report.table(["seconds: min", "median", "max"], [three(run.seconds for run in runs)])


def backfill(report, wharf, file):
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        shop = project(wharf, pathlib.Path(folder) / "shop", file)
        first = Run([wharf, "run"], shop)
        again = Run([wharf, "backfill", "--from", "2010-12-01", "--to", "2011-12-09"], shop)
    steps = {}
    for line in again.out.partition("Models:")[2].splitlines():
        if line.startswith("  ") and " rows " in line:
            steps[line.split()[0]] = steps.get(line.split()[0], 0) + 1
    assert steps and set(steps.values()) == {1}, f"more than one step a model: {steps}"
    report.section("Backfill of all days", f"One pass: a step for each of {', '.join(steps)}.")
    report.table(["", "seconds"], [["first run", f"{first.seconds:.3f}"], ["backfill", f"{again.seconds:.3f}"]])


def new_day(report, wharf, file):
    """The day after the last one, with as many lines as an average day of that shop has."""
    full, days = [], []
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        folder = pathlib.Path(folder)
        for turn in range(3):
            shop = project(wharf, folder / f"shop{turn}", file)
            full.append(Run([wharf, "run"], shop))
            print(f"20-fold, full run: {full[-1].seconds:.3f} s, {full[-1].memory:.0f} MiB", flush=True)
            if turn < 2:
                shutil.rmtree(shop)
        reruns = [Run([wharf, "run"], shop) for _ in range(3)]
        for turn in range(ROUNDS + 1):
            (shop / "inbox" / f"day{turn}.csv").write_text(a_day(file, turn))
            run = Run([wharf, "run"], shop)
            assert "Nothing to do" not in run.out
            print(f"20-fold, one new day: {run.seconds:.3f} s, {run.memory:.0f} MiB{' (not counted)' if turn == 0 else ''}", flush=True)
            if turn > 0:
                days.append(run)
    share = statistics.median(run.seconds for run in days) / statistics.median(run.seconds for run in full)
    report.section("One new day's file on the 20-fold shop", f"{share:.1%} of the full run; at most 5% is asked for.")
    report.table(["", "seconds: min", "median", "max", "peak MiB: max"], [
        ["full run", *three(run.seconds for run in full), f"{max(run.memory for run in full):.0f}"],
        ["one new day", *three(run.seconds for run in days), f"{max(run.memory for run in days):.0f}"],
        ["unchanged rerun", *three(run.seconds for run in reruns), f"{max(run.memory for run in reruns):.0f}"]])


def a_day(file, turn):
    last = datetime.date(2011, 12, 9) + datetime.timedelta(days=SHIFTS[-1] + 1 + turn)
    rows = []
    with open(file, newline="", encoding="utf-8") as source:
        reader = csv.reader(source)
        header = next(reader)
        for row in reader:
            if row[4].startswith("2010-12-01"):
                row[0] = f"9{turn:02}{row[0]}" if row[0][0].isdigit() else f"{row[0][0]}9{turn:02}{row[0][1:]}"
                row[4] = f"{last}{row[4][10:]}"
                rows.append(row)
            elif rows:
                break
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def large(small):
    """The shop 20 times over: other invoices, other customers, other days. Made once."""
    path = WORK / f"online_retail_x{COPIES}.csv"
    if path.exists():
        return path
    print(f"making {path}", flush=True)
    import polars as pl
    lines = pl.read_csv(small, infer_schema=False)
    invoice, customer, at = pl.col("InvoiceNo"), pl.col("CustomerID"), pl.col("InvoiceDate")
    temporary = path.with_suffix(".part")
    with open(temporary, "wb") as out:
        for copy in range(COPIES):
            letter, digits = invoice.str.extract(r"^([A-Za-z]*)", 1), invoice.str.extract(r"([0-9]+)$", 1).cast(pl.Int64)
            known = customer.is_not_null() & ~customer.is_in(["", "NA"])
            day = at.str.slice(0, 10).str.to_date() + pl.duration(days=SHIFTS[copy])
            shifted = lines.with_columns(
                InvoiceNo=letter + (digits + copy * 1_000_000).cast(pl.String),
                InvoiceDate=day.cast(pl.String) + at.str.slice(10),
                CustomerID=pl.when(known).then((customer.cast(pl.Int64, strict=False) + copy * 10_000).cast(pl.String)).otherwise(customer))
            shifted.write_csv(out, include_header=copy == 0)
    temporary.rename(path)
    return path


def memory(report, wharf, big):
    """Peak memory at 0.1 and 1 GB, the same rows in each format: of reading alone, and of a whole run into a fresh project."""
    rows = []
    for form in ("csv", "jsonl", "parquet"):
        tenth, whole = (sized(big, form, size) for size in (100_000_000, 1_000_000_000))
        for what in ("reading", "wharf run"):
            peaks = []
            for file in (tenth, whole):
                runs = []
                for _ in range(ROUNDS):
                    with tempfile.TemporaryDirectory(dir=WORK) as folder:
                        if what == "reading":
                            runs.append(Run([wharf.parent / "examples/read", file], folder).memory)
                        else:
                            runs.append(Run([wharf, "run"], project(wharf, pathlib.Path(folder) / "shop", file)).memory)
                peaks.append(statistics.median(runs))
            rows.append([form, what, *(f"{peak:.0f}" for peak in peaks), f"{peaks[1] / peaks[0]:.2f}"])
            print(rows[-1], flush=True)
    report.section("Peak memory by size", f"Median of {ROUNDS}, MiB. Equal within 10% is asked of what streams.")
    report.table(["", "", "0.1 GB", "1 GB", "ratio"], rows)


def sized(big, form, size):
    """The first rows of the large shop as a file of about so many bytes. Made once, by a process of its own: what this one has taken
    would count as the peak of those that it starts."""
    path = WORK / f"memory_{size}.{form}"
    if not path.exists():
        child = os.fork()
        if child == 0:
            write_sized(big, form, size, path)
            os._exit(0)
        if os.waitpid(child, 0)[1] != 0:
            sys.exit(f"cannot make {path}")
    return path


def write_sized(big, form, size, path):
    import polars as pl
    lines = pl.read_csv(big, infer_schema=False)
    temporary = path.with_suffix(".part")
    if form == "parquet":
        # Plain and not packed, a file is as large as its values; row groups of one size, however many.
        import pyarrow as pa, pyarrow.parquet as pq
        schema = pa.schema([(name, pa.string()) for name in lines.columns])
        with pq.ParquetWriter(temporary, schema, use_dictionary=False, compression="none") as out:
            for part in lines.iter_slices(100_000):
                out.write_table(part.to_arrow().cast(schema))
                if temporary.stat().st_size >= size:
                    break
    else:
        with open(temporary, "wb") as out:
            for part in lines.iter_slices(100_000):
                part.write_csv(out, include_header=out.tell() == 0) if form == "csv" else part.write_ndjson(out)
                if out.tell() >= size:
                    break
    temporary.rename(path)


def three(values):
    values = sorted(values)
    return [f"{value:.3f}" for value in (values[0], statistics.median(values), values[-1])]


class Report:
    def __init__(self, wharf):
        self.lines = []
        self.wharf = wharf

    def section(self, title, text):
        self.lines += [f"## {title}", "", text, ""]

    def table(self, header, rows):
        text = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
        text += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
        print("\n".join(text), flush=True)
        self.lines += [*text, ""]

    def raw(self, lines):
        self.lines += ["Raw seconds, in order:", "", *(f"    {line}" for line in lines), ""]

    def write(self, parts):
        now = datetime.date.today()
        path = HERE / f"benches/runs/{now}-{'-'.join(parts) if len(parts) < 5 else 'shop'}.md"
        head = [f"# {now}: {', '.join(parts)}", "", *machine(self.wharf), ""]
        path.write_text("\n".join(head + self.lines).rstrip() + "\n")
        print(f"wrote {path.relative_to(HERE)}")


def machine(wharf):
    text = pathlib.Path("/proc/cpuinfo").read_text() if pathlib.Path("/proc/cpuinfo").exists() else ""
    model = next((line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")), platform.processor())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    import duckdb, polars
    said = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout.strip()
    profile = "release" if "release" in wharf.parts else "dev"
    return [
        f"- {model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, load before {os.getloadavg()[0]:.2f}",
        f"- {said('rustc', '--version')}, {profile} profile; {said(str(wharf), '--version')}",
        f"- Python {platform.python_version()}, DuckDB {duckdb.__version__}, Polars {polars.__version__}",
        f"- `{' '.join(['scripts/bench.sh', *sys.argv[2:]])}`",
    ]


main()
