//! Which file and which column seem to mean what: found by the names that shops use, among columns that hold the like.

use connect::files::ColumnLook;
use retail::source::ColumnType;

use super::written::Written;
use super::{Seen, currency};

/// What a column can mean.
#[derive(Clone, Copy, PartialEq)]
pub struct Role {
    /// As [`bare`] writes them; an earlier name is the better one.
    names: &'static [&'static str],
    holds: Holds,
}

#[derive(Clone, Copy, PartialEq)]
enum Holds {
    Text,
    Number,
    Time,
}

const fn text(names: &'static [&'static str]) -> Role {
    Role { names, holds: Holds::Text }
}

const fn number(names: &'static [&'static str]) -> Role {
    Role { names, holds: Holds::Number }
}

#[rustfmt::skip]
mod names {
    use super::{Holds, Role, number, text};

    pub const ORDER: Role = text(&[
        "orderid", "ordernumber", "orderno", "ordernr", "invoiceno", "invoicenumber", "invoiceid", "invoice", "order",
        "amazonorderid", "transactionid", "receiptid", "receiptno", "receiptnumber", "saleid", "ordername",
        "bestellnummer", "bestellnr", "bestellid", "bestellung", "auftragsnummer", "auftragsnr", "auftrag",
        "rechnungsnummer", "rechnungsnr", "rechnung", "belegnummer", "belegnr", "numérodecommande", "commande",
        "numerodepedido", "pedido",
    ]);
    pub const CUSTOMER: Role = text(&[
        "customerid", "customernumber", "customerno", "clientid", "userid", "buyerid", "customer", "customeremail",
        "email", "kundennummer", "kundennr", "kundenid", "customername", "client", "buyer", "kunde", "kundenname",
        "cliente",
    ]);
    pub const PRODUCT: Role = text(&[
        "productid", "stockcode", "sku", "itemid", "articleid", "articleno", "articlenumber", "productcode",
        "variantid", "lineitemsku", "product", "item", "itemsku", "artikelnummer", "artikelnr", "produktnummer",
        "artikel", "produkt", "article", "produit", "producto", "asin",
    ]);
    pub const QUANTITY: Role = number(&[
        "quantity", "qty", "quantityordered", "orderedquantity", "orderquantity", "qtyordered", "orderedqty",
        "orderqty", "quantitysold", "unitssold", "units", "pieces", "lineitemquantity", "itemquantity", "count",
        "menge", "anzahl", "bestellmenge", "stückzahl", "stueckzahl", "stück", "quantité", "quantite", "cantidad",
    ]);
    pub const PRICE: Role = number(&[
        "unitprice", "price", "itemprice", "lineitemprice", "priceeach", "singleprice", "priceperunit", "itemcost",
        "sellingprice", "saleprice", "einzelpreis", "stückpreis", "stueckpreis", "preis", "verkaufspreis",
        "prixunitaire", "prix", "preciounitario", "precio",
    ]);
    /// What a line comes to.
    pub const AMOUNT: Role = number(&[
        "amount", "lineamount", "linetotal", "lineitemtotal", "sales", "salesamount", "totalprice", "totalsales",
        "totalamount", "total", "revenue", "netsales", "grosssales", "turnover", "subtotal", "betrag", "umsatz",
        "gesamtpreis", "gesamtbetrag", "gesamt", "summe", "montant", "importe",
    ]);
    /// What an order comes to: of a line only where the order has no other.
    pub const ORDER_TOTAL: Role = number(&[
        "ordertotal", "orderamount", "ordervalue", "grandtotal", "amountpaid", "rechnungsbetrag", "bestellwert",
        "value",
    ]);
    pub const TIME: Role = Role {
        names: &[
            "orderedat", "orderdate", "orderdatetime", "invoicedate", "orderpurchasetimestamp", "purchasedate",
            "transactiondate", "saledate", "createdat", "placedat", "timestamp", "datetime", "date", "time", "day",
            "bestelldatum", "auftragsdatum", "rechnungsdatum", "kaufdatum", "belegdatum", "datum", "fecha",
        ],
        holds: Holds::Time,
    };
    pub const STATUS: Role = text(&[
        "orderstatus", "status", "financialstatus", "paymentstatus", "bestellstatus", "auftragsstatus",
    ]);
    pub const CANCELLED: Role = Role {
        names: &["cancelledat", "canceledat", "cancelledon", "canceledon", "cancellationdate", "storniertam"],
        holds: Holds::Time,
    };
    pub const CURRENCY: Role = text(&[
        "currency", "currencycode", "ordercurrency", "presentmentcurrency", "währung", "waehrung", "devise", "moneda",
    ]);
    pub const COUNTRY: Role = text(&[
        "country", "shippingcountry", "billingcountry", "customercountry", "shipcountry", "countrycode", "land",
        "lieferland",
    ]);
    pub const CHANNEL: Role = text(&["channel", "saleschannel", "source", "kanal", "vertriebskanal"]);
    pub const SHIPPING: Role = number(&[
        "shipping", "shippingcost", "freight", "freightvalue", "postage", "versandkosten", "versand",
    ]);
    pub const TAX: Role = number(&["tax", "taxes", "vat", "salestax", "mwst", "ust", "steuer"]);
    pub const DISCOUNT: Role = number(&["discount", "discountamount", "rebate", "rabatt"]);
    pub const TITLE: Role = text(&[
        "productname", "description", "title", "itemname", "lineitemname", "producttitle", "productdescription",
        "name", "artikelname", "artikelbezeichnung", "produktname", "bezeichnung",
    ]);
    pub const CATEGORY: Role = text(&[
        "category", "productcategory", "productcategoryname", "producttype", "department", "kategorie", "warengruppe",
    ]);
    pub const SKU: Role = text(&["sku"]);
    pub const NAME: Role = text(&["customername", "fullname", "name", "kundenname"]);
    pub const EMAIL: Role = text(&["email", "customeremail", "emailaddress"]);
    pub const CITY: Role = text(&["city", "customercity", "town", "stadt", "ort"]);
    pub const REGION: Role = text(&["region", "customerstate", "province", "county", "state", "bundesland"]);
    pub const LIST_PRICE: Role = number(&["listprice", "price", "retailprice", "listenpreis", "preis"]);
    pub const COST: Role = number(&["unitcost", "cost", "costperitem", "einkaufspreis"]);
}
pub use names::*;

/// Columns of numbers, those of amounts first.
pub const NUMBERS: [Role; 9] = [PRICE, AMOUNT, ORDER_TOTAL, DISCOUNT, TAX, SHIPPING, LIST_PRICE, COST, QUANTITY];
pub const MONEY: &[Role] = NUMBERS.split_at(8).0;
/// Columns that name something, be the names numbers or not.
pub const IDENTIFIERS: [Role; 3] = [ORDER, CUSTOMER, PRODUCT];

/// The file that each staging table is made of, where one seems to be it.
pub struct Parts<'a> {
    pub lines: Option<&'a Seen>,
    /// May be the same file as `lines`.
    pub orders: Option<&'a Seen>,
    pub customers: Option<&'a Seen>,
    pub products: Option<&'a Seen>,
}

impl<'a> Parts<'a> {
    pub fn of(seen: &'a [Seen]) -> Parts<'a> {
        let lines = best(seen, |file| {
            let has = |role| usize::from(find(file, role).is_some());
            let has_amount = usize::from(amount(file).is_some());
            let told = has(PRODUCT) * 2 + has(QUANTITY) + has(PRICE) + has_amount;
            // Without an order's number each row is one: a list of prices with a day is none.
            let is_sold = has(TIME) * (has_amount + has(QUANTITY) + has(PRICE) * has(CUSTOMER)) > 0;
            if has(ORDER) > 0 { told * 10 } else { told * usize::from(is_sold) }
        });
        let orders = best(seen, |file| {
            let Some(order) = find(file, ORDER) else { return 0 };
            let has = |role| usize::from(find(file, role).is_some());
            let alone = usize::from(order.is_unique && lines.is_none_or(|lines| lines.table != file.table));
            (has(TIME) * 2 + has(CUSTOMER)) * (1 + alone * 3)
        });
        // Lines that name no order are orders themselves.
        let orders = lines.filter(|lines| find(lines, ORDER).is_none()).or(orders);
        let other = |role: Role| {
            best(seen, move |file| {
                let is_other = find(file, ORDER).is_none() && lines.is_none_or(|lines| lines.table != file.table);
                usize::from(is_other && find(file, role).is_some_and(|id| id.is_unique))
            })
        };
        Parts { lines, orders, customers: other(CUSTOMER), products: other(PRODUCT) }
    }

    /// The files that staging tables are made of.
    pub fn all(&self) -> impl Iterator<Item = &'a Seen> {
        [self.lines, self.orders, self.customers, self.products].into_iter().flatten()
    }

    /// Orders and their lines lie in one file.
    pub fn is_flat(&self) -> bool {
        self.lines.zip(self.orders).is_some_and(|(lines, orders)| lines.table == orders.table)
    }

    pub fn is_lines(&self, seen: &Seen) -> bool {
        self.lines.is_some_and(|lines| lines.table == seen.table)
    }
}

/// The column that means this.
pub fn find(seen: &Seen, role: Role) -> Option<&ColumnLook> {
    let columns = || seen.look.columns.iter().filter(|column| seen.look.rows == 0 || role.fits(column, seen));
    let whole = role.names.iter().find_map(|name| columns().find(|column| seen.calls(column) == *name));
    let begun = || role.names.iter().find_map(|name| columns().find(|column| begins(column).as_deref() == Some(*name)));
    let named = whole.or_else(begun);
    // A day by any name, where none has a name that tells.
    let is_time = role.names == TIME.names;
    named.or_else(|| columns().find(|column| is_time && column.null_share == 0.0 && !CANCELLED.is(column, seen)))
}

/// A column whose name means this, whatever it holds.
pub fn named(seen: &Seen, role: Role) -> Option<&ColumnLook> {
    let columns = || seen.look.columns.iter();
    let whole = columns().find(|column| role.names.contains(&seen.calls(column).as_str()));
    whole.or_else(|| columns().find(|column| role.is(column, seen)))
}

/// What a line comes to, where its quantity and its price do not tell.
pub fn amount(seen: &Seen) -> Option<&ColumnLook> {
    if find(seen, QUANTITY).is_some() && find(seen, PRICE).is_some() {
        return None;
    }
    find(seen, AMOUNT).or_else(|| find(seen, ORDER_TOTAL).filter(|_| is_order_a_row(seen)))
}

/// A column that may hold what lines come to where none was recognised: one called so, else one of decimals that is nothing else.
pub fn unread_amount(seen: &Seen) -> Option<&ColumnLook> {
    if amount(seen).or(find(seen, PRICE)).is_some() {
        return None;
    }
    let called = [AMOUNT, PRICE, ORDER_TOTAL].into_iter().find_map(|role| named(seen, role));
    let others = [QUANTITY, DISCOUNT, TAX, SHIPPING, COST];
    let is_other = |column: &ColumnLook| others.iter().any(|role| role.is(column, seen));
    let mut decimals = seen.look.columns.iter().filter(|column| column.kind.value == ColumnType::Decimal);
    called.or_else(|| decimals.find(|column| !is_other(column)))
}

/// Reads a column that is called the order's date as one where most of it is: a few bad dates are rows to set aside, and no
/// reason to take another day for the order's.
pub fn read_most_dates(seen: &mut Seen) {
    let is_called = |column: &&ColumnLook| TIME.is(column, seen);
    if seen.look.columns.iter().filter(is_called).any(|column| TIME.fits(column, seen)) {
        return;
    }
    let rank = |column: &ColumnLook| {
        let (whole, begun) = (seen.calls(column), begins(column));
        TIME.names.iter().position(|name| *name == whole || Some(*name) == begun.as_deref())
    };
    let mostly = seen.look.columns.iter().enumerate().filter_map(|(at, column)| {
        let times = column.times.clone().filter(|times| times.are_most)?;
        Some((rank(column)?, at, times))
    });
    let Some((_, at, times)) = mostly.min_by_key(|(rank, ..)| *rank) else { return };
    let column = &mut seen.look.columns[at];
    (column.kind, column.formats, column.alternatives) = (times.kind, times.formats, times.alternatives);
}

/// A line's discount, where it is told as an amount of its own: not as `0.2`, nor taken off what the line comes to.
pub fn discount(seen: &Seen) -> Option<&ColumnLook> {
    let value = |sample: &String| sample.replace(',', ".").parse::<f64>();
    let is_share = |column: &ColumnLook| {
        column.samples.iter().all(|sample| value(sample).is_ok_and(|value| value.abs() < 1.0))
            && column.samples.iter().any(|sample| value(sample) != Ok(0.0))
    };
    find(seen, DISCOUNT).filter(|column| amount(seen).is_none() && !is_share(column))
}

/// No order has two rows.
pub fn is_order_a_row(seen: &Seen) -> bool {
    find(seen, ORDER).is_none_or(|order| order.distinct == seen.look.rows)
}

/// Only the first row of an order says when it was ordered, as in Shopify's export.
pub fn is_told_once(seen: &Seen) -> bool {
    let (Some(order), Some(time)) = (find(seen, ORDER), find(seen, TIME)) else { return false };
    let told = (seen.look.rows as f64 * (1.0 - time.null_share)).round() as usize;
    time.null_share > 0.0 && order.null_share == 0.0 && told == order.distinct
}

impl Role {
    pub fn is_number(&self) -> bool {
        self.holds == Holds::Number
    }

    fn is(&self, column: &ColumnLook, seen: &Seen) -> bool {
        self.names.contains(&seen.calls(column).as_str())
            || begins(column).is_some_and(|name| self.names.contains(&name.as_str()))
    }

    fn fits(&self, column: &ColumnLook, seen: &Seen) -> bool {
        use ColumnType::{Date, Decimal, Integer, Timestamp};
        column.null_share < 1.0
            && match self.holds {
                Holds::Text => true,
                Holds::Number => {
                    matches!(column.kind.value, Integer | Decimal) || Written::of(column, &seen.look).is_some()
                }
                Holds::Time => matches!(column.kind.value, Date | Timestamp),
            }
    }
}

impl Seen {
    /// A header as names are compared: letters and digits alone, without the currency that it may end in.
    fn calls(&self, column: &ColumnLook) -> String {
        let name = bare(&column.header);
        // Shopify's orders go by a Name, and its products by a `Lineitem name`.
        let has = |other: &str| self.look.columns.iter().any(|column| bare(&column.header) == other);
        if name == "name" && has("lineitemname") {
            return "ordername".to_owned();
        }
        // WooCommerce's `Item #` counts the lines of an order, beside an `Item Name`.
        if name == "item" && column.header.contains('#') && has("itemname") {
            return "lineno".to_owned();
        }
        name
    }
}

fn bare(header: &str) -> String {
    let mut words: Vec<&str> = header.split(|mark: char| !mark.is_alphanumeric()).filter(|it| !it.is_empty()).collect();
    if words.len() > 1 && words.last().is_some_and(|word| currency::of_word(word).is_some()) {
        words.pop();
    }
    words.concat().to_lowercase()
}

/// What stands before a remark in parentheses: `Quantity (- Refund)` counts pieces. A name with one is somebody's.
fn begins(column: &ColumnLook) -> Option<String> {
    let (before, _) = column.header.split_once(['(', '['])?;
    let name = bare(before);
    match name.as_str() {
        "" => None,
        "name" => Some("customername".to_owned()),
        _ => Some(name),
    }
}

fn best(seen: &[Seen], score: impl Fn(&Seen) -> usize) -> Option<&Seen> {
    let scored = seen.iter().map(|file| (score(file), file)).filter(|(score, _)| *score > 0);
    // Of equals the first that was given.
    scored.rev().max_by_key(|(score, _)| *score).map(|(_, file)| file)
}
