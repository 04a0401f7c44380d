"""The tables of `wharf simulate`, made the way a Python user would: Faker for people, random for the rest, csv or pandas for the files.

usage: shop_faker.py ORDERS FOLDER [csv|parquet]

Customers, products, orders with their lines, carts and stock, in the same columns. No seasons, no habits, no promotions: what
Faker gives out of the box. Prints the number of rows written.
"""
import csv, datetime, pathlib, random, sys
from faker import Faker

ORDERS, FOLDER, FORMAT = int(sys.argv[1]), pathlib.Path(sys.argv[2]), (sys.argv[3:] or ["csv"])[0]
LOCALES = {"Germany": "de_DE", "United Kingdom": "en_GB", "France": "fr_FR", "Netherlands": "nl_NL", "Austria": "de_AT", "Italy": "it_IT", "United States": "en_US"}
START, DAYS = datetime.datetime(2025, 1, 1), 365


def main():
    random.seed(1)
    Faker.seed(1)
    fakers = {country: Faker(locale) for country, locale in LOCALES.items()}
    FOLDER.mkdir(parents=True, exist_ok=True)
    products = make_products(fakers["United Kingdom"])
    customers = make_customers(fakers, max(1, int(ORDERS / 2.4)))
    weights = [1 / (rank + 6) ** 0.85 for rank in range(len(products))]
    rows = len(products) + len(customers)
    rows += write("products", products[0].keys(), (product.values() for product in products)) * 0
    rows += write("customers", customers[0].keys(), (customer.values() for customer in customers)) * 0
    rows += write("orders", ORDER_COLUMNS, orders(customers, products, weights))
    rows += write("carts", CART_COLUMNS, carts(customers, products, weights))
    rows += write("stock", STOCK_COLUMNS, stock(products))
    print(rows)


def write(name, header, rows):
    if FORMAT == "parquet":
        import pandas
        table = pandas.DataFrame(list(rows), columns=list(header))
        table.to_parquet(FOLDER / f"{name}.parquet")
        return len(table)
    with open(FOLDER / f"{name}.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        count = 0
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


def make_products(fake):
    products = []
    for number in range(2000):
        price = round(random.lognormvariate(2.8, 0.6), 2)
        products.append({
            "product_id": f"P{number:06}", "sku": f"KI-{number:04}", "name": " ".join(fake.words(3)).title(),
            "category": random.choice(["Kitchen", "Table", "Bath", "Toys"]), "is_merchandise": "true", "list_price": price,
            "unit_cost": round(price * 0.5, 2), "launched_at": START.isoformat() + "Z", "retired_at": "", "updated_at": START.isoformat() + "Z"})
    return products


def make_customers(fakers, count):
    customers = []
    countries = list(fakers)
    for number in range(count):
        country = random.choice(countries)
        fake = fakers[country]
        at = (START + datetime.timedelta(seconds=random.random() * DAYS * 86400)).strftime("%Y-%m-%dT%H:%M:%SZ")
        customers.append({
            "customer_id": f"C{number:06}", "signed_up_at": at, "updated_at": at, "name": fake.name(), "email": fake.email(),
            "street": fake.street_address(), "postcode": fake.postcode(), "city": fake.city(), "region": fake.city(),
            "country": country, "accepts_marketing": random.choice(["true", "false"])})
    return customers


ORDER_COLUMNS = (
    "order_id line_no kind status ordered_at paid_at shipped_at delivered_at cancelled_at updated_at belongs_to customer_id channel "
    "country currency payment_method coupon product_id product_name quantity unit_price discount tax shipping shipping_tax order_total").split()


def orders(customers, products, weights):
    for number in range(ORDERS):
        customer = random.choice(customers)
        placed = START + datetime.timedelta(seconds=random.random() * DAYS * 86400)
        paid = placed + datetime.timedelta(seconds=random.uniform(3, 40))
        shipped = paid + datetime.timedelta(hours=random.uniform(2, 50))
        delivered = shipped + datetime.timedelta(days=random.uniform(1, 5))
        placed, paid, shipped, delivered = (at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in (placed, paid, shipped, delivered))
        chosen = random.choices(products, weights, k=1 + min(int(random.expovariate(1 / 1.5)), 20))
        lines = []
        for product in chosen:
            quantity, price = random.choice((1, 1, 1, 2, 3)), product["list_price"]
            lines.append((product, quantity, price, round(quantity * price * 0.19, 2)))
        total = round(sum(quantity * price + tax for _, quantity, price, tax in lines) + 5.89, 2)
        for line_no, (product, quantity, price, tax) in enumerate(lines, 1):
            yield (f"O{number:09}", line_no, "order", "delivered", placed, paid, shipped, delivered, "", delivered, "",
                   customer["customer_id"], random.choice(("web", "app")), customer["country"], "EUR", "card", "",
                   product["product_id"], product["name"], quantity, price, 0, tax, 4.95, 0.94, total)


CART_COLUMNS = "cart_id line_no started_at customer_id country product_id product_name quantity unit_price".split()


def carts(customers, products, weights):
    for number in range(int(ORDERS * 0.4)):
        customer = random.choice(customers)
        at = (START + datetime.timedelta(seconds=random.random() * DAYS * 86400)).strftime("%Y-%m-%dT%H:%M:%SZ")
        for line_no, product in enumerate(random.choices(products, weights, k=random.choice((1, 2, 3))), 1):
            yield (f"K{number:09}", line_no, at, customer["customer_id"], customer["country"], product["product_id"],
                   product["name"], 1, product["list_price"])


STOCK_COLUMNS = "product_id at event pieces".split()


def stock(products):
    for product in products:
        for week in range(0, 52, 4):
            at = (START + datetime.timedelta(weeks=week)).strftime("%Y-%m-%dT%H:%M:%SZ")
            yield product["product_id"], at, "received", random.randint(10, 500)


main()
