"""PostgreSQL as the warehouse, beside what a user would run there.   usage: warehouse.py WHARF_BINARY

Two comparisons on a server of its own, in turns:
- landing: from the start of `wharf run` until online-retail's rows are in the server (read, hashed, typed, judged, copied), beside psql's
  own \\copy of the same file into a temporary table of the same types;
- daily statistics: `wharf backfill` of daily_customer_stats over the whole history, a whole process with its checks, beside a loop of one
  SQL statement a day (psycopg, one connection) into a table, as the technical test does it, and the same with an index by which a day's rows
  are found; on online-retail and on olist-sample.
Prints tables and writes benches/runs/DATE-warehouse.md. Rounds: WHARF_ROUNDS (5), after one that is not counted.
"""
import datetime, json, os, pathlib, platform, statistics, subprocess, sys, tempfile, time

import psycopg

import postgres_server

HERE = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("WHARF_TEST_DATA", HERE / "../shared/data")).resolve()
WORK = HERE / "target/bench"
ROUNDS = int(os.environ.get("WHARF_ROUNDS", 5))
LINES = "invoice_no text, stock_code text, description text, quantity int, invoice_date timestamp, unit_price numeric(18, 4), customer_id text, country text"

# The shop's tables as they are exported, with an index by which a day's rows are found.
SHOPS = {
    "online-retail": {
        "preset": "online-retail", "files": ["online-retail/online_retail.csv"], "days": ("2010-12-01", "2011-12-09"),
        "tables": [f"create table lines ({LINES})"],
        "copies": [("lines", DATA / "online-retail/online_retail.csv")],
        "index": "create index on lines ((invoice_date::date))",
        "day": "insert into daily select invoice_date::date, customer_id, count(distinct invoice_no), count(*), sum(quantity), sum(quantity * unit_price), "
               "count(distinct stock_code) from lines where invoice_date::date = %s and customer_id is not null and invoice_no not like 'C%%' "
               "and quantity > 0 and unit_price > 0 group by 1, 2",
    },
    "olist-sample": {
        "preset": "olist", "files": [], "days": ("2016-09-04", "2018-10-17"),
        "tables": ["create table customers (customer_id text, customer_unique_id text, zip text, city text, state text)",
                   "create table orders (order_id text, customer_id text, status text, bought timestamp, approved text, carrier text, delivered text, estimated text)",
                   "create table items (order_id text, item int, product_id text, seller_id text, shipping text, price numeric(18, 2), freight numeric(18, 2))"],
        "copies": [("customers", DATA / "olist-sample/olist_customers_dataset.csv"), ("orders", DATA / "olist-sample/olist_orders_dataset.csv"),
                   ("items", DATA / "olist-sample/olist_order_items_dataset.csv")],
        "index": "create index on orders ((bought::date)); create index on items (order_id); create index on customers (customer_id)",
        "day": "insert into daily select bought::date, customer_unique_id, count(distinct o.order_id), count(*), count(*), sum(price), count(distinct product_id) "
               "from orders o join items i using (order_id) join customers c using (customer_id) where bought::date = %s "
               "and status not in ('canceled', 'unavailable') group by 1, 2",
    },
}


def server(folder):
    process, psql, port = postgres_server.start(folder)
    with psycopg.connect(f"postgres://postgres@127.0.0.1:{port}/postgres", autocommit=True) as connection:
        connection.execute("create role wharf login")
        connection.execute("create database shop owner wharf")
    return process, psql, f"postgres://wharf@127.0.0.1:{port}/shop"


def project(folder, shop, url, schema):
    """Makes it; the environment of its commands."""
    about = SHOPS[shop]
    subprocess.run([WHARF, "init", "--preset", about["preset"], folder], check=True, stdout=subprocess.DEVNULL)
    for file in about["files"] or [path for path in (DATA / shop).iterdir() if path.suffix == ".csv"]:
        os.symlink(DATA / file, f"{folder}/inbox/{pathlib.Path(file).name}")
    return os.environ | {"WHARF_WAREHOUSE_URL": url, "WHARF_WAREHOUSE_SCHEMA": schema}


def land_ours(url, turn):
    with tempfile.TemporaryDirectory(dir=WORK) as folder:
        environment = project(f"{folder}/shop", "online-retail", url, f"landing_{turn}")
        done = subprocess.run([WHARF, "run", "-v", "--log-format", "json"], cwd=f"{folder}/shop", env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        at = {}
        for line in done.stderr.splitlines():
            event = json.loads(line)
            at.setdefault(event.get("message"), datetime.datetime.fromisoformat(event["timestamp"]))
        return (at["copied to the server"] - at["found new files"]).total_seconds()


def land_theirs(psql, url):
    columns = "invoice_no, stock_code, description, quantity, invoice_date, unit_price, customer_id, country"
    script = f"create temp table lines ({LINES});\n\\copy lines ({columns}) from '{DATA / 'online-retail/online_retail.csv'}' with (format csv, header)\n"
    before = time.perf_counter()
    subprocess.run([psql, url, "-qX", "-v", "ON_ERROR_STOP=1"], input=script, text=True, check=True)
    return time.perf_counter() - before


def backfill(folder, shop, environment):
    first, last = SHOPS[shop]["days"]
    before = time.perf_counter()
    subprocess.run([WHARF, "backfill", "--from", first, "--to", last, "--select", "daily_customer_stats", "--quiet"], cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - before


def loop(url, shop):
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop table if exists daily")
        connection.execute("create table daily (day date, customer_id text, orders int, lines int, units bigint, spend numeric, products int)")
        first, last = (datetime.date.fromisoformat(day) for day in SHOPS[shop]["days"])
        before = time.perf_counter()
        day = first
        while day <= last:
            connection.execute(SHOPS[shop]["day"], [day])
            day += datetime.timedelta(days=1)
        return time.perf_counter() - before, connection.execute("select count(*), sum(spend) from daily").fetchone()


def prepared(url, shop):
    about = SHOPS[shop]
    with psycopg.connect(url, autocommit=True) as connection:
        for table in about["tables"]:
            connection.execute(table)
        for table, path in about["copies"]:
            with connection.cursor().copy(f"copy {table} from stdin with (format csv, header)") as copy:
                copy.write(path.read_bytes())
        connection.execute("analyze")


def table(title, ours, theirs, figures):
    lines = [f"## {title}", "", "|  | seconds: min | median | max |", "|---|---|---|---|"]
    for name in (ours, theirs):
        of = sorted(figures[name])
        lines.append(f"| {name} | {of[0]:.3f} | {statistics.median(of):.3f} | {of[-1]:.3f} |")
    ratios = sorted(a / b for a, b in zip(figures[ours], figures[theirs]))
    times = sorted(b / a for a, b in zip(figures[ours], figures[theirs]))
    lines.append(f"| pair by pair, ours / theirs | {ratios[0]:.3f} | {statistics.median(ratios):.3f} | {ratios[-1]:.3f} |")
    lines.append(f"| times faster | {times[0]:.1f} | {statistics.median(times):.1f} | {times[-1]:.1f} |")
    return [*lines, ""]


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    out = []
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory(dir=WORK) as shops:
        process, psql, url = server(folder)
        try:
            figures = {"wharf": [], "psql": []}
            for turn in range(ROUNDS + 1):
                pair = land_ours(url, turn), land_theirs(psql, url)
                print(f"landing: wharf {pair[0]:.3f} s, psql {pair[1]:.3f} s{' (not counted)' if turn == 0 else ''}", flush=True)
                if turn:
                    [figures[name].append(seconds) for name, seconds in zip(figures, pair)]
            out += table("A CSV file into a table of the server: online-retail, 541,909 rows", "wharf", "psql", figures)
            for shop in SHOPS:
                environment = project(f"{shops}/{shop}", shop, url, "shop_" + shop.replace("-", "_"))
                subprocess.run([WHARF, "run", "--quiet"], cwd=f"{shops}/{shop}", env=environment, check=True, stdout=subprocess.DEVNULL)
                prepared(url, shop)
                for name in ("a statement a day", "a statement a day, with an index"):
                    if "index" in name:
                        with psycopg.connect(url, autocommit=True) as connection:
                            connection.execute(SHOPS[shop]["index"])
                            connection.execute("analyze")
                    figures = {"wharf backfill": [], name: []}
                    for turn in range(ROUNDS + 1):
                        ours = backfill(f"{shops}/{shop}", shop, environment)
                        theirs, sums = loop(url, shop)
                        print(f"{shop}: wharf {ours:.3f} s, {name} {theirs:.3f} s {sums}{' (not counted)' if turn == 0 else ''}", flush=True)
                        if turn:
                            figures["wharf backfill"].append(ours)
                            figures[name].append(theirs)
                    out += table(f"All days of daily customer statistics: {shop}, beside {name}", "wharf backfill", name, figures)
        finally:
            process.send_signal(2)
            process.wait()
    print("\n".join(out))
    model = next(line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name"))
    head = [f"# {datetime.date.today()}: PostgreSQL as the warehouse", "",
            f"- {model}, {os.cpu_count()} cores; PostgreSQL {psycopg.pq.version() // 10000} client, Python {platform.python_version()}; dev profile",
            "- `scripts/bench.sh warehouse`", ""]
    path = HERE / f"benches/runs/{datetime.date.today()}-warehouse.md"
    path.write_text("\n".join(head + out) + "\n")
    print(f"wrote {path.relative_to(HERE)}")


WHARF = str(pathlib.Path(sys.argv[1]).resolve())
main()
