"""What a team would write: the overview of a period by FastAPI over DuckDB.   usage: uvicorn serve_peer:app, with TABLES=folder of Parquet files

The same tables and the same figures as wharf's /api/v1/overview, asked in one query a period; tables are in DuckDB's memory.
"""
import datetime, os

import duckdb
from fastapi import FastAPI

app = FastAPI()
base = duckdb.connect()
for name in ("daily_sales", "daily_customer_stats", "customer_summary", "orders"):
    base.execute(f"create table {name} as select * from '{os.environ['TABLES']}/{name}.parquet'")

OVERVIEW = """
select s.gross_sales, s.net_sales, s.orders, c.customers, (s.gross_sales - s.discounts) / nullif(s.orders, 0) as average_order_value,
  s.units, s.returns, p.cancel_rate, c.new_customers, c.customers - c.new_customers as returning_customers
from (select coalesce(sum(orders), 0) as orders, coalesce(sum(units), 0) as units, coalesce(sum(gross_sales), 0) as gross_sales,
    coalesce(sum(discounts), 0) as discounts, coalesce(sum(returns), 0) as returns, coalesce(sum(net_sales), 0) as net_sales
  from daily_sales where day between $first and $last) as s,
(select count(*) as customers, coalesce(sum(case when f.first_day >= $first then 1 else 0 end), 0) as new_customers
  from (select distinct customer_id from daily_customer_stats where day between $first and $last and products > 0) as b
  join customer_summary as f using (customer_id)) as c,
(select sum(case when is_cancelled then 1 else 0 end) / nullif(count(*), 0) as cancel_rate from orders
  where day between $first and $last and not is_test and (first_sale_line is not null or is_cancelled)) as p
"""


def figures(first, last):
    cursor = base.cursor()
    row = cursor.execute(OVERVIEW, {"first": first, "last": last}).fetchone()
    return dict(zip([column[0] for column in cursor.description], [None if value is None else float(value) for value in row]))


@app.get("/api/v1/overview")
def overview(first: datetime.date, last: datetime.date):
    days = (last - first).days + 1
    now, before = figures(first, last), figures(first - datetime.timedelta(days), first - datetime.timedelta(1))
    return {"metrics": [{"name": name, "value": now[name], "previous": before[name]} for name in now]}
