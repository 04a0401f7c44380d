//! Which file and which column seem to mean what: found by the names that shops use.

use connect::files::ColumnLook;

use super::Seen;

pub const ORDER: &[&str] = &[
    "orderid",
    "ordernumber",
    "orderno",
    "invoiceno",
    "invoicenumber",
    "invoiceid",
    "invoice",
    "order",
    "transactionid",
    "receiptid",
    "ordername",
];
pub const CUSTOMER: &[&str] = &[
    "customerid",
    "customernumber",
    "customerno",
    "clientid",
    "userid",
    "buyerid",
    "customer",
    "customeremail",
    "email",
];
pub const PRODUCT: &[&str] = &[
    "productid",
    "stockcode",
    "sku",
    "itemid",
    "articleid",
    "articleno",
    "productcode",
    "variantid",
    "lineitemsku",
    "product",
    "item",
];
pub const QUANTITY: &[&str] = &["quantity", "qty", "units", "pieces", "lineitemquantity", "count"];
pub const PRICE: &[&str] = &["unitprice", "price", "itemprice", "lineitemprice", "priceeach", "singleprice"];
pub const TIME: &[&str] = &[
    "orderedat",
    "orderdate",
    "invoicedate",
    "orderpurchasetimestamp",
    "purchasedate",
    "createdat",
    "placedat",
    "timestamp",
    "datetime",
    "date",
    "time",
];
pub const STATUS: &[&str] = &["orderstatus", "status", "financialstatus", "state"];
pub const CANCELLED: &[&str] = &["cancelledat", "canceledat", "cancelledon", "canceledon", "cancellationdate"];
pub const CURRENCY: &[&str] = &["currency", "currencycode", "ordercurrency", "presentmentcurrency"];
pub const COUNTRY: &[&str] = &["country", "shippingcountry", "billingcountry", "customercountry"];
pub const CHANNEL: &[&str] = &["channel", "saleschannel", "source"];
pub const SHIPPING: &[&str] = &["shipping", "shippingcost", "freight", "freightvalue", "postage"];
pub const TAX: &[&str] = &["tax", "taxes", "vat", "salestax"];
pub const DISCOUNT: &[&str] = &["discount", "discountamount", "rebate"];
pub const TITLE: &[&str] = &["productname", "description", "title", "itemname", "lineitemname", "name"];
pub const CATEGORY: &[&str] = &["category", "productcategory", "productcategoryname", "producttype", "department"];
pub const NAME: &[&str] = &["customername", "fullname", "name"];
pub const EMAIL: &[&str] = &["email", "customeremail", "emailaddress"];
pub const CITY: &[&str] = &["city", "customercity", "town"];
pub const REGION: &[&str] = &["region", "customerstate", "province", "county", "state"];
pub const LIST_PRICE: &[&str] = &["listprice", "price", "retailprice"];
pub const COST: &[&str] = &["unitcost", "cost", "costperitem"];

/// Columns of amounts.
pub const MONEY: [&[&str]; 6] = [PRICE, DISCOUNT, TAX, SHIPPING, LIST_PRICE, COST];

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
            let has = |words| usize::from(find(file, words).is_some());
            has(ORDER) * (has(PRODUCT) * 2 + has(QUANTITY) + has(PRICE))
        });
        let orders = best(seen, |file| {
            let Some(order) = find(file, ORDER) else { return 0 };
            let has = |words| usize::from(find(file, words).is_some());
            let alone = usize::from(order.is_unique && lines.is_none_or(|lines| lines.table != file.table));
            (has(TIME) * 2 + has(CUSTOMER)) * (1 + alone * 3)
        });
        let other = |words: &'static [&'static str]| {
            best(seen, move |file| {
                usize::from(find(file, ORDER).is_none() && find(file, words).is_some_and(|id| id.is_unique))
            })
        };
        Parts { lines, orders, customers: other(CUSTOMER), products: other(PRODUCT) }
    }

    /// Orders and their lines lie in one file.
    pub fn is_flat(&self) -> bool {
        self.lines.zip(self.orders).is_some_and(|(lines, orders)| lines.table == orders.table)
    }

    pub fn is_lines(&self, seen: &Seen) -> bool {
        self.lines.is_some_and(|lines| lines.table == seen.table)
    }
}

/// The column that goes by one of these names; an earlier name is the better one.
pub fn find<'a>(seen: &'a Seen, words: &[&str]) -> Option<&'a ColumnLook> {
    words.iter().find_map(|word| seen.look.columns.iter().find(|column| bare(&column.header) == *word))
}

/// A header as names are compared: letters and digits alone.
pub fn bare(header: &str) -> String {
    header.chars().filter(|mark| mark.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn best(seen: &[Seen], score: impl Fn(&Seen) -> usize) -> Option<&Seen> {
    let scored = seen.iter().map(|file| (score(file), file)).filter(|(score, _)| *score > 0);
    // Of equals the first that was given.
    scored.rev().max_by_key(|(score, _)| *score).map(|(_, file)| file)
}
