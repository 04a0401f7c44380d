#!/usr/bin/env bash
# A small shop's invoice lines as CSV on stdout, the same each time: make-shop.sh [LINES]
# A stand-in until `wharf simulate`: repeating customers, a few returns, a few rows that cannot be used.
set -euo pipefail
awk -v lines="${1:-60000}" '
function random(n) { seed = (seed * 1103515245 + 12345) % 2147483648; return int(seed / 65536) % n }
BEGIN {
  seed = 20110101
  split("TEACUP LANTERN CANDLE CUSHION CLOCK BUNTING MUG TIN BASKET RIBBON", thing, " ")
  split("RED WHITE GREEN PINK BLUE", colour, " ")
  split("United Kingdom|France|Germany|Ireland|Spain", country, "|")
  print "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
  invoice = 500000
  for (line = 0; line < lines; ) {
    invoice++
    day = int(line * 334 / lines)
    month = int(day / 28) + 1; if (month > 12) month = 12
    date = sprintf("2011-%02d-%02d %02d:%02d:00", month, day % 28 + 1, 8 + random(10), random(60))
    customer = random(20) ? 12000 + random(1 + int(900 * (day + 40) / 374)) : ""
    place = country[random(10) < 7 ? 1 : 2 + random(4)]
    back = !random(40)
    for (n = 1 + random(8); n > 0 && line < lines; n--) {
      item = random(50)
      quantity = 1 + random(12)
      price = random(400) ? sprintf("%.2f", 0.85 + (item * 37 % 90) / 7) : "0"
      printf "%s%d,%d,%s %s,%d,%s,%s,%s,%s\n", back ? "C" : "", invoice, 20000 + item,
        colour[item % 5 + 1], thing[int(item / 5) + 1], back ? -quantity : quantity, date, price, customer, place
      line++
    }
  }
}'
