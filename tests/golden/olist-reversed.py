"""Olist's months where cancelled orders are taken back, computed without wharf: olist-reversed.py FOLDER > olist-sample-reversed-months.csv

Olist does not say when an order was cancelled; here, as in the test, it was on the day for which delivery was promised.
`weighted` is the sum of day of the month times gross sales, so that a row on another day of its month shows.
"""
import collections
import csv
import decimal
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])


def rows(name):
    with open(folder / name, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


items = collections.defaultdict(list)
for item in rows("olist_order_items_dataset.csv"):
    items[item["order_id"]].append((decimal.Decimal(item["price"]), decimal.Decimal(item["freight_value"])))

COLUMNS = ["orders", "lines", "units", "gross_sales", "shipping", "total_sales", "weighted"]
months = collections.defaultdict(lambda: dict.fromkeys(COLUMNS, decimal.Decimal(0)))
for order in rows("olist_orders_dataset.csv"):
    bought = items[order["order_id"]]
    if not bought:
        continue
    goods, freight = sum(price for price, _ in bought), sum(freight for _, freight in bought)
    days = [(order["order_purchase_timestamp"][:10], 1)]
    if order["order_status"] in ("canceled", "unavailable"):
        days.append((max(order["order_estimated_delivery_date"][:10], days[0][0]), -1))
    for day, sign in days:
        month = months[day[:7] + "-01"]
        for column, value in zip(COLUMNS, [1, len(bought), len(bought), goods, freight, goods + freight, int(day[8:]) * goods]):
            month[column] += sign * value

print(",".join(["month", *COLUMNS]))
for month, sums in sorted(months.items()):
    cells = [str(int(sums[name])) for name in COLUMNS[:3]] + [f"{sums[name]:.4f}" for name in COLUMNS[3:]]
    print(",".join([month, *cells]))
