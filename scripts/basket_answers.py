"""What public data sets hold, by programs that are not ours: basket_answers.py [--slow] > crates/insight/tests/basket/answers.txt

One line a file, minimum count and family: the number of itemsets and the BLAKE3 of them, sorted by number of items and then by
items, a line each: the items ascending and the support in brackets. All frequent sets come from pyfim; closed and maximal ones follow
from them by definition. Both are compared with what pyfim and mlxtend find by themselves; differences are told on stderr.
--slow compares with mlxtend also where that takes minutes.

Needs blake3, pyfim, mlxtend (scripts/python.sh installs them) and the data (WHARF_TEST_DATA or ../shared/data).
"""
import csv, os, pathlib, sys

import blake3, fim

HERE = pathlib.Path(__file__).resolve().parent.parent
DATA = pathlib.Path(os.environ.get("WHARF_TEST_DATA", HERE / "../shared/data")).resolve()
ASKED = [
    ("fimi/retail.dat", [88, 9]),
    ("fimi/T10I4D100K.dat", [100, 10]),
    ("fimi/mushroom.dat", [1625, 812]),
    ("fimi/chess.dat", [2000, 1600]),
    ("groceries/groceries.csv", [98, 10]),
]
SLOW = {("fimi/retail.dat", 9), ("fimi/T10I4D100K.dat", 10), ("fimi/mushroom.dat", 812), ("fimi/chess.dat", 1600)}


def main():
    for name, counts in ASKED:
        baskets = read(DATA / name)
        for least in counts:
            # eclat, fpgrowth and apriori of pyfim 6.28 leave out the set of an item that all baskets hold; sam does not.
            everything = found(fim.sam(baskets, target="s", supp=-least, report="a"))
            families = {"all": everything, "closed": closed(everything), "maximal": maximal(everything)}
            for family, sets in families.items():
                print(name, least, family, len(sets), digest(sets), flush=True)
            for algorithm in (fim.eclat, fim.fpgrowth):
                for family, target in (("all", "s"), ("closed", "c"), ("maximal", "m")):
                    theirs = found(algorithm(baskets, target=target, supp=-least, report="a"))
                    compare(f"{name} {least} {family} of pyfim's {algorithm.__name__}", families[family], theirs)
            if (name, least) not in SLOW or "--slow" in sys.argv:
                beside_mlxtend(f"{name} {least}", baskets, least, families)


def read(path):
    if path.suffix == ".csv":
        rows = [sorted({item for item in map(str.strip, row) if item}) for row in csv.reader(open(path, newline=""))]
        # Numbers are those of the names in order.
        numbers = {item: number for number, item in enumerate(sorted({item for row in rows for item in row}))}
        return [tuple(numbers[item] for item in row) for row in rows]
    return [tuple(map(int, line.split())) for line in open(path)]


def found(sets):
    return {tuple(sorted(items)): count for items, count in sets}


def closed(sets):
    """Those that no set of one item more has the support of."""
    covered = {part for items, count in sets.items() for part in parts(items) if sets.get(part) == count}
    return {items: count for items, count in sets.items() if items not in covered}


def maximal(sets):
    covered = {part for items in sets for part in parts(items)}
    return {items: count for items, count in sets.items() if items not in covered}


def parts(items):
    return (items[:at] + items[at + 1:] for at in range(len(items)))


def digest(sets):
    text = blake3.blake3()
    for items in sorted(sets, key=lambda items: (len(items), items)):
        text.update(f"{' '.join(map(str, items))} ({sets[items]})\n".encode())
    return text.hexdigest()


def compare(what, ours, theirs):
    more, less = ours.keys() - theirs.keys(), theirs.keys() - ours.keys()
    other = [items for items in ours.keys() & theirs.keys() if ours[items] != theirs[items]]
    said = f"lacks {sorted(more)[:3]} and has {sorted(less)[:3]}, {len(other)} supports differ" if more or less or other else "the same"
    print(f"{what}: {len(theirs)} sets, {said}", file=sys.stderr, flush=True)


def beside_mlxtend(what, baskets, least, families):
    import pandas
    from mlxtend.frequent_patterns import fpgrowth, fpmax
    from mlxtend.preprocessing import TransactionEncoder
    encoder = TransactionEncoder()
    table = encoder.fit(baskets).transform(baskets, sparse=True)
    table = pandas.DataFrame.sparse.from_spmatrix(table, columns=[str(column) for column in encoder.columns_])
    for family, algorithm in (("all", fpgrowth), ("maximal", fpmax)):
        # Just below the share, which need not be a number that floats have.
        sets = algorithm(table, min_support=(least - 0.5) / len(baskets), use_colnames=True)
        counts = (sets["support"] * len(baskets)).round().astype(int)
        theirs = {tuple(sorted(map(int, items))): int(count) for items, count in zip(sets["itemsets"], counts)}
        compare(f"{what} {family} of mlxtend", families[family], theirs)


main()
