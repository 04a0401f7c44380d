"""The same lake, read by other engines: daily_customer_stats must be what wharf says.   usage: engines.py WHARF_BINARY

Asked after a first run, after a second file with corrections, after a day was made again, after an undo and after
`wharf optimize`: wharf itself, Python's deltalake, DuckDB (its delta extension, else the files that deltalake lists) and
Polars. Also held: all tables open in deltalake, with as many rows as wharf counts.
"""
import csv, io, pathlib, subprocess, sys, tempfile

import deltalake, duckdb, polars

HERE = pathlib.Path(__file__).resolve().parent.parent
TABLE = "daily_customer_stats"
COLUMNS = ["day", "customer_id", "orders", "lines", "units", "spend", "returns", "average_order_value", "products"]


def main():
    wharf = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        shop = pathlib.Path(folder) / "shop"
        run(wharf, "init", "--preset", "online-retail", shop, cwd=HERE)
        first, second = exports()
        compare(wharf, shop, "a first run", lambda: drop(wharf, shop, "first.csv", first))
        compare(wharf, shop, "an overlapping, corrected file", lambda: drop(wharf, shop, "second.csv", second))
        compare(wharf, shop, "a day made again", lambda: run(wharf, "run", "--day", "2011-05-04", cwd=shop))
        compare(wharf, shop, "optimize", lambda: run(wharf, "optimize", "--keep-days", "0", cwd=shop))
        compare(wharf, shop, "undo", lambda: run(wharf, "undo", "2", cwd=shop))
        compare(wharf, shop, "a full refresh", lambda: run(wharf, "run", "--full-refresh", cwd=shop))


def exports():
    text = subprocess.run(["bash", HERE / "scripts/make-shop.sh", "12000"], check=True, capture_output=True, text=True).stdout
    header, *rows = text.splitlines()
    first, second = rows[:9000], rows[7000:]
    second = [row.replace("France", "Belgium") if at < 300 else row for at, row in enumerate(second)]
    return "\n".join([header, *first, ""]), "\n".join([header, *second, ""])


def drop(wharf, shop, name, text):
    (shop / "inbox" / name).write_text(text)
    run(wharf, "run", cwd=shop)


def compare(wharf, shop, after, act):
    act()
    said = of_wharf(wharf, shop)
    assert said, "wharf has no rows"
    path = str(shop / "lake/marts" / TABLE)
    for name, read in [("deltalake", of_deltalake), ("DuckDB", of_duckdb), ("Polars", of_polars)]:
        read_rows, how = read(path)
        if read_rows != said:
            print(f"after {after}: {name} ({how}) reads {len(read_rows)} rows, wharf {len(said)}")
            print("  only there:", sorted(set(read_rows) - set(said))[:3])
            print("  only wharf:", sorted(set(said) - set(read_rows))[:3])
            sys.exit(1)
        print(f"after {after}: {name} ({how}) and wharf read the same {len(said)} rows")
    for layer in ["staging", "marts", "insight", "wharf"]:
        for folder in sorted((shop / "lake" / layer).iterdir()):
            rows = deltalake.DeltaTable(str(folder)).to_pyarrow_dataset().count_rows()
            counted = int(query(wharf, shop, f"select count(*) from {folder.name}")[0][0])
            assert rows == counted, f"after {after}: {folder.name} has {rows} rows in deltalake, {counted} in wharf"


def of_wharf(wharf, shop):
    rows = query(wharf, shop, f"select {', '.join(COLUMNS)} from {TABLE}")
    return sorted(tuple(row) for row in rows)


def of_deltalake(path):
    table = deltalake.DeltaTable(path).to_pyarrow_dataset().to_table(columns=COLUMNS)
    return texts(zip(*(column.to_pylist() for column in table.columns))), f"version {deltalake.DeltaTable(path).version()}"


def of_duckdb(path):
    connection = duckdb.connect()
    columns = ", ".join(COLUMNS)
    try:
        return texts(connection.execute(f"select {columns} from delta_scan('{path}')").fetchall()), "delta_scan"
    except duckdb.Error:
        # The extension is downloaded at first use; without a network the files of the newest version will do.
        files = [f"{path}/{file}" for file in files_of(path)]
        return texts(connection.execute(f"select {columns} from read_parquet(?)", [files]).fetchall()), "read_parquet"


def of_polars(path):
    return texts(polars.read_delta(path).select(COLUMNS).rows()), "read_delta"


def files_of(path):
    uris = deltalake.DeltaTable(path).file_uris()
    return [pathlib.PurePosixPath(uri).name for uri in uris]


def texts(rows):
    return sorted(tuple("" if cell is None else str(cell) for cell in row) for row in rows)


def query(wharf, shop, sql):
    text = run(wharf, "query", sql, "--format", "csv", cwd=shop).lstrip("\ufeff")
    return list(csv.reader(io.StringIO(text)))[1:]


def run(wharf, *arguments, cwd):
    done = subprocess.run([wharf, *arguments], cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"wharf {' '.join(map(str, arguments))} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


main()
