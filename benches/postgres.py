"""Whole processes in turns: a table of PostgreSQL into Parquet, by `wharf run` and by what a user would write.   usage: postgres.py WHARF_BINARY

Starts a PostgreSQL of its own with online-retail's 541,909 lines. wharf's time is a first `wharf run`: it also types, checks and stages
the rows and builds all marts.
Prints tables and writes benches/runs/DATE-postgres.md. Rounds: WHARF_ROUNDS (5), after one that is not counted.
"""
import datetime, os, pathlib, platform, statistics, subprocess, sys, tempfile, time

import postgres_server

HERE = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("WHARF_TEST_DATA", HERE / "../shared/data")).resolve() / "online-retail/online_retail.csv"
WORK = HERE / "target/bench"
ROUNDS = int(os.environ.get("WHARF_ROUNDS", 5))
ROWS = 541_909
PEERS = {
    "pandas.read_sql": "import pandas, sqlalchemy; pandas.read_sql('select * from invoice_lines', sqlalchemy.create_engine(URL.replace('postgresql', 'postgresql+psycopg'))).to_parquet(OUT)",
    "ConnectorX": "import connectorx, pyarrow.parquet; pyarrow.parquet.write_table(connectorx.read_sql(URL, 'select * from invoice_lines', return_type='arrow'), OUT)",
}


def server(folder):
    process, program, port = postgres_server.start(folder)
    psql = lambda sql: subprocess.run([program, "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", "-qc", sql],
                                      stderr=subprocess.DEVNULL).returncode
    psql("create table invoice_lines (id bigserial primary key, \"InvoiceNo\" text, \"StockCode\" text, \"Description\" text, \"Quantity\" int, "
         "\"InvoiceDate\" timestamp, \"UnitPrice\" numeric(10, 3), \"CustomerID\" int, \"Country\" text)")
    columns = '"InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"'
    assert psql(f"\\copy invoice_lines ({columns}) from '{DATA}' with (format csv, header)") == 0
    psql("vacuum analyze invoice_lines")
    return process, f"postgresql://postgres@127.0.0.1:{port}/postgres"


def run(command, cwd):
    before = time.perf_counter()
    process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command} failed\n{out}")
    return time.perf_counter() - before, usage.ru_maxrss / 1024


def wharf_run(wharf, url):
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        subprocess.run([wharf, "init", "--preset", "online-retail", f"{folder}/shop"], check=True, stdout=subprocess.DEVNULL)
        with open(f"{folder}/shop/wharf.toml", "a") as file:
            file.write(f'\n[[source]]\nname = "web"\nurl = "{url}"\n[[source.table]]\ntable = "invoice_lines"\nfrom = "invoice_lines"\ncursor = "id"\n')
        return run([wharf, "run"], f"{folder}/shop")


def peer(code, url):
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        return run([sys.executable, "-c", f"URL, OUT = {url!r}, 'lines.parquet'; {code}"], folder)


def main():
    wharf = pathlib.Path(sys.argv[1]).resolve()
    WORK.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        process, url = server(folder)
        try:
            ways = {"wharf run (all marts too)": lambda: wharf_run(wharf, url)} | {name: (lambda code=code: peer(code, url)) for name, code in PEERS.items()}
            figures = {name: [] for name in ways}
            for turn in range(ROUNDS + 1):
                for name, way in ways.items():
                    seconds, memory = way()
                    print(f"{name}: {seconds:.3f} s, {memory:.0f} MiB{' (not counted)' if turn == 0 else ''}", flush=True)
                    if turn:
                        figures[name].append((seconds, memory))
        finally:
            process.send_signal(2)
            process.wait()
    ours, *theirs = figures
    lines = ["|  | seconds: min | median | max | rows/s: median | peak MiB: max |", "|---|---|---|---|---|---|"]
    for name, of in figures.items():
        seconds = sorted(figure[0] for figure in of)
        middle = statistics.median(seconds)
        lines.append(f"| {name} | {seconds[0]:.3f} | {middle:.3f} | {seconds[-1]:.3f} | {ROWS / middle:,.0f} | {max(f[1] for f in of):.0f} |")
    lines += ["", "| pair by pair | min | median | max |", "|---|---|---|---|"]
    for name in theirs:
        ratios = sorted(a[0] / b[0] for a, b in zip(figures[ours], figures[name]))
        lines.append(f"| wharf / {name} | {ratios[0]:.3f} | {statistics.median(ratios):.3f} | {ratios[-1]:.3f} |")
    print("\n".join(lines))
    model = next(line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    head = [f"# {datetime.date.today()}: a table of PostgreSQL into Parquet, {ROWS:,} rows of 9 columns", "",
            f"- {model}, {os.cpu_count()} cores; Python {platform.python_version()}; dev profile", "- `scripts/bench.sh postgres`", ""]
    path = HERE / f"benches/runs/{datetime.date.today()}-postgres.md"
    path.write_text("\n".join(head + lines) + "\n")
    print(f"wrote {path.relative_to(HERE)}")


main()
