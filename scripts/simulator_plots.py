"""Plots of a simulated shop beside the same plots of online-retail.   usage: simulator_plots.py WHARF_BINARY [ONLINE_RETAIL_CSV]

Makes a shop of 100,000 orders in target/plots and writes docs/simulator/*.svg. Run it by scripts/simulator-plots.sh.
"""
import csv, datetime, pathlib, shutil, subprocess, sys, zoneinfo
from collections import Counter, defaultdict

HERE = pathlib.Path(__file__).resolve().parent.parent
OUT = HERE / "docs/simulator"
SHOP = HERE / "target/plots/shop"
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
BLUE, GREY = "#2563a8", "#8a8f98"


def main():
    shutil.rmtree(SHOP, ignore_errors=True)
    subprocess.run([sys.argv[1], "simulate", "--orders", "100000", "--seed", "7", "--quiet", "--out", SHOP], check=True, stdout=subprocess.DEVNULL)
    shops = {"simulated": simulated()}
    if len(sys.argv) > 2:
        shops["online-retail"] = online_retail(sys.argv[2])
    OUT.mkdir(parents=True, exist_ok=True)
    for name, (title, picture) in PLOTS.items():
        (OUT / f"{name}.svg").write_text(side_by_side(title, {shop: picture(lines) for shop, lines in shops.items()}))
        print(f"docs/simulator/{name}.svg")


class Line:
    __slots__ = "order", "at", "customer", "product", "quantity", "value"

    def __init__(self, order, at, customer, product, quantity, value):
        self.order, self.at, self.customer, self.product, self.quantity, self.value = order, at, customer, product, quantity, value


def simulated():
    """Sale lines; the newest file has the order."""
    orders = {}
    for path in sorted(SHOP.glob("orders-*.csv")):
        of_file = defaultdict(list)
        with open(path, newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                of_file[row["order_id"]].append(row)
        orders.update(of_file)
    lines = []
    for rows in orders.values():
        if rows[0]["kind"] != "order" or rows[0]["status"] == "cancelled":
            continue
        at = datetime.datetime.fromisoformat(rows[0]["ordered_at"]).astimezone(BERLIN)
        lines += [Line(row["order_id"], at, row["customer_id"], row["product_id"], int(row["quantity"]), int(row["quantity"]) * float(row["unit_price"])) for row in rows]
    return lines


def online_retail(path):
    lines = []
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["InvoiceNo"].startswith("C") or float(row["UnitPrice"]) <= 0 or int(row["Quantity"]) <= 0:
                continue
            at = datetime.datetime.fromisoformat(row["InvoiceDate"])
            customer = "" if row["CustomerID"] in ("", "NA") else row["CustomerID"]
            lines.append(Line(row["InvoiceNo"], at, customer, row["StockCode"], int(row["Quantity"]), int(row["Quantity"]) * float(row["UnitPrice"])))
    return lines


def orders_of(lines):
    return {line.order: line for line in lines}.values()


def by_day(lines):
    days = Counter(line.at.date() for line in orders_of(lines))
    first, last = min(days), max(days)
    return Picture([((day - first).days, days.get(day, 0)) for day in (first + datetime.timedelta(n) for n in range((last - first).days + 1))],
                   "days", "orders", line=True)


def by_weekday(lines):
    counts = Counter(line.at.weekday() for line in orders_of(lines))
    all_ = sum(counts.values())
    return Picture([(day, 100 * counts[day] / all_) for day in range(7)], "Monday to Sunday", "% of orders", bars=True)


def by_hour(lines):
    counts = Counter(line.at.hour for line in orders_of(lines))
    all_ = sum(counts.values())
    return Picture([(hour, 100 * counts[hour] / all_) for hour in range(24)], "hour of the shop's day", "% of orders", bars=True)


def popularity(lines):
    counts = sorted(Counter(line.product for line in lines).values(), reverse=True)
    return Picture(list(enumerate(counts, 1)), "rank", "lines", log_x=True, log_y=True)


def baskets(lines):
    sizes = Counter(Counter(line.order for line in lines).values())
    all_ = sum(sizes.values())
    return Picture([(size, 100 * count / all_) for size, count in sorted(sizes.items())], "lines in an order", "% of orders", log_x=True, log_y=True)


def orders_per_customer(lines):
    counts = Counter(Counter(line.customer for line in orders_of(lines) if line.customer).values())
    return Picture(sorted(counts.items()), "orders of a customer", "customers", log_x=True, log_y=True)


def gaps(lines):
    last, found = {}, Counter()
    for line in sorted(orders_of(lines), key=lambda line: line.at):
        if line.customer in last and line.customer:
            found[(line.at - last[line.customer]).days // 7] += 1
        last[line.customer] = line.at
    all_ = sum(found.values())
    return Picture([(week, 100 * found[week] / all_) for week in range(52)], "weeks between two orders", "% of repeat orders", line=True)


def spend(lines):
    values = defaultdict(float)
    for line in lines:
        if line.customer:
            values[line.customer] += line.value
    values = sorted(values.values(), reverse=True)
    share = len(values)
    step = max(1, share // 400)
    return Picture([(value, 100 * (at + 1) / share) for at, value in enumerate(values) if at % step == 0 or at < 40], "spends more than", "% of customers", log_x=True, log_y=True)


def intermittent(lines):
    """A product of the middle: pieces a day."""
    counts = Counter(line.product for line in lines).most_common()
    product = counts[len(counts) // 2][0]
    days = Counter()
    for line in lines:
        if line.product == product:
            days[line.at.date()] += min(line.quantity, 60)
    first = min(line.at.date() for line in orders_of(lines))
    return Picture([(n, days.get(first + datetime.timedelta(n), 0)) for n in range(365)], "days", "pieces of a middling product", bars=True)


PLOTS = {
    "orders-by-day": ("Orders by day", by_day),
    "weekdays": ("Weekdays", by_weekday),
    "hours": ("Hours of the day", by_hour),
    "popularity": ("Products by popularity", popularity),
    "baskets": ("Lines in an order", baskets),
    "orders-per-customer": ("Orders of a customer", orders_per_customer),
    "gaps": ("Time between two orders of a customer", gaps),
    "spend": ("What customers spend", spend),
    "intermittent": ("A product of the long tail", intermittent),
}


class Picture:
    def __init__(self, points, x, y, line=False, bars=False, log_x=False, log_y=False):
        self.points, self.x, self.y, self.line, self.bars = points, x, y, line, bars
        self.log_x, self.log_y = log_x, log_y

    def draw(self, left, colour):
        """SVG of 360 x 220 at `left`."""
        width, height, top = 300, 170, 36
        points = [(x, y) for x, y in self.points if (x > 0 or not self.log_x) and (y > 0 or not self.log_y)]
        xs, ys = Axis([x for x, _ in points], self.log_x), Axis([y for _, y in points] + ([] if self.log_y else [0]), self.log_y)
        place = lambda x, y: (left + 48 + xs(x) * width, top + height - ys(y) * height)
        parts = [f'<rect x="{left + 48}" y="{top}" width="{width}" height="{height}" fill="none" stroke="#d0d4da"/>']
        if self.line:
            path = " ".join(f"{a:.1f},{b:.1f}" for a, b in (place(x, y) for x, y in points))
            parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1"/>')
        elif self.bars:
            step = width / (len(points) + 1)
            for at, (_, y) in enumerate(points):
                _, b = place(0, y)
                parts.append(f'<rect x="{left + 48 + (at + 0.6) * step:.1f}" y="{b:.1f}" width="{step * 0.8:.1f}" height="{top + height - b:.1f}" fill="{colour}"/>')
        else:
            seen = set()
            for x, y in points:
                a, b = place(x, y)
                if (round(a), round(b)) not in seen:
                    seen.add((round(a), round(b)))
                    parts.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="1.6" fill="{colour}"/>')
        for value in xs.ticks():
            a = left + 48 + (xs(value) * width if not self.bars else (value - points[0][0] + 1) * width / (len(points) + 1))
            parts.append(f'<text x="{a:.1f}" y="{top + height + 13}" text-anchor="middle">{short(value)}</text>')
        for value in ys.ticks():
            parts.append(f'<text x="{left + 44}" y="{top + height - ys(value) * height + 3:.1f}" text-anchor="end">{short(value)}</text>')
        parts.append(f'<text x="{left + 48 + width / 2}" y="{top + height + 28}" text-anchor="middle" class="name">{self.x}</text>')
        parts.append(f'<text x="{left + 12}" y="{top + height / 2}" text-anchor="middle" class="name" transform="rotate(-90 {left + 12} {top + height / 2})">{self.y}</text>')
        return "\n".join(parts)


class Axis:
    def __init__(self, values, log):
        import math
        self.log = math.log10 if log else (lambda value: value)
        self.is_log, self.low, self.high = log, min(values), max(values)

    def __call__(self, value):
        low, high = self.log(self.low), self.log(self.high)
        return (self.log(value) - low) / (high - low or 1)

    def ticks(self):
        import math
        if self.is_log:
            return [10.0**power for power in range(math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9) + 1)]
        span = self.high - self.low or 1
        step = 10 ** math.floor(math.log10(span))
        step = next(step * part for part in (0.2, 0.25, 0.5, 1, 2) if span / (step * part) <= 6)
        first = math.ceil(self.low / step - 1e-9)
        return [n * step for n in range(first, math.floor(self.high / step + 1e-9) + 1)]


def short(value):
    if value >= 1000:
        return f"{value / 1000:g}k"
    return f"{value:g}"


def side_by_side(title, pictures):
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{380 * len(pictures)}" height="250" viewBox="0 0 {380 * len(pictures)} 250" role="img" aria-label="{title}">',
             '<style>text{font:10px sans-serif;fill:#555}.title{font-size:13px;font-weight:bold;fill:#222}</style>',
             '<rect width="100%" height="100%" fill="#fff"/>']
    for at, (shop, picture) in enumerate(pictures.items()):
        parts.append(f'<text x="{380 * at + 48}" y="22" class="title">{title}: {shop}</text>')
        parts.append(picture.draw(380 * at, BLUE if at == 0 else GREY))
    return "\n".join([*parts, "</svg>", ""])


main()
