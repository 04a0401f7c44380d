//! `wharf try` and `wharf demo`: no project, no questions.

use std::process::Command;

use crate::client::Server;
use crate::shop::{self, Shop, WHARF};

fn try_files(shop: &Shop, files: &[&str]) -> Server {
    let mut command = shop.command(&["try", "--port", "0"]);
    command.args(files);
    Server::of(command)
}

fn orders(server: &Server) -> f64 {
    let overview = server.json("/overview");
    let figures = overview["metrics"].as_array().unwrap();
    figures.iter().find(|figure| figure["name"] == "orders").unwrap()["value"].as_f64().unwrap()
}

#[test]
fn an_export_that_a_preset_knows_and_any_table_of_orders() {
    let shop = Shop::new();
    shop.write("some export.csv", &shop::made_shop(500));
    let server = try_files(&shop, &["some export.csv"]);
    assert!(orders(&server) > 50.0);
    assert_eq!(server.json("/shop")["currency"], "GBP");
    assert_eq!(server.stop(), Some(0));

    let text = "order_id,date,customer,product,qty,price\n1,2024-05-01,anna,Tea,2,3.50\n1,2024-05-01,anna,Mug,1,9.00\n2,2024-05-02,ben,Mug,1,9.00\n";
    shop.write("simple.csv", text);
    let server = try_files(&shop, &["simple.csv", "--keep", "kept"]);
    assert_eq!(orders(&server), 2.0);
    assert_eq!(server.stop(), Some(0));
    // What was kept is a project.
    let told = Command::new(WHARF).args(["sales", "--format", "csv"]).current_dir(shop.path("kept")).output().unwrap();
    assert!(String::from_utf8_lossy(&told.stdout).contains("25.0000"), "{told:?}");

    shop.write("else.csv", "a,b\n1,2\n");
    shop.wharf(&["try", "else.csv", "--port", "0"]).fails(1, &["no order lines"]);
    shop.wharf(&["try", "none.csv"]).fails(1, &["there is no file none.csv"]);
}

/// Gross sales, units and orders of a file, with what is said on stderr.
fn figures(name: &str, text: &str) -> (f64, f64, f64, String) {
    let shop = Shop::new();
    shop.write(name, text);
    let told = std::fs::File::create(shop.path("told")).unwrap();
    let mut command = shop.command(&["try", "--port", "0", name]);
    command.stderr(told);
    let server = Server::of(command);
    let rows = server.sql(
        "select coalesce(sum(amount), 0) as gross, coalesce(sum(quantity), 0) as units, count(distinct order_id) as orders
         from order_lines_wide where is_sale_line and is_merchandise",
        &[],
    );
    let answer: serde_json::Value = serde_json::from_slice(&rows.body).unwrap();
    assert_eq!(server.json("/shop")["name"], name.split('.').next().unwrap());
    let value = |at: usize| {
        let cell = &answer["rows"][0][at];
        cell.as_f64().or_else(|| cell.as_str()?.parse().ok()).unwrap_or_else(|| panic!("{answer}"))
    };
    let numbers = (value(0), value(1), value(2));
    assert_eq!(server.stop(), Some(0));
    (numbers.0, numbers.1, numbers.2, std::fs::read_to_string(shop.path("told")).unwrap())
}

#[track_caller]
fn gives(name: &str, text: &str, numbers: (f64, f64, f64), tells: &[&str]) {
    let (gross, units, orders, told) = figures(name, text);
    assert_eq!((gross, units, orders), numbers, "{told}");
    tells.iter().for_each(|part| assert!(told.contains(part), "{part} in\n{told}"));
}

#[test]
fn the_currency_is_the_one_that_a_file_states() {
    let header = "order,date,customer,product,quantity,price,Currency\n";
    let euros = "1,2024-05-01,anna,Tea,2,2.50,EUR\n2,2024-05-02,ben,Mug,1,9,EUR\n";
    gives("euros.csv", &format!("{header}{euros}"), (14.0, 3.0, 2.0), &["amounts are in EUR: Currency says so;"]);
    let mixed = format!("{header}9,2024-05-01,cleo,Tea,1,3,USD\n{euros}");
    gives(
        "mixed.csv",
        &mixed,
        (14.0, 3.0, 2.0),
        &["EUR: Currency says so most often", "1 of them set aside", "1 × other_currency, like: the row is in USD"],
    );
    gives("till.csv", "date,item,Amount (CHF)\n2024-05-01,Tea,3.5\n", (3.5, 1.0, 1.0), &["amounts are in CHF"]);
}

#[test]
fn quantities_and_amounts_by_other_names() {
    let text = "Order ID,Product,Quantity Ordered,Price Each,Order Date\n1,USB,2,11.95,04/19/19 08:46\n2,Bose,1,99.99,04/07/19 22:30\n";
    gives("ordered.csv", text, (123.89, 3.0, 2.0), &["quantity from Quantity Ordered", "XXX", "UTC"]);
    // Ten by three has no exact price; what the line comes to has.
    let text = "order_id,date,customer,product,quantity,Sales\n1,2024-05-01,a,Tea,3,10.00\n2,2024-05-02,b,Mug,1,9.99\n";
    gives("sales.csv", text, (19.99, 4.0, 2.0), &["amount from Sales"]);
    let text = "order_id,date,customer,product,total\n1,2024-05-01,a,Tea,10.00\n2,2024-05-02,b,Mug,-9.99\n";
    gives("total.csv", text, (10.0, 1.0, 1.0), &["quantity (each row is one piece)"]);
    // A share is no amount, and what a line comes to is after it.
    let text = "Order ID,Order Date,Product Name,Sales,Quantity,Discount\nCA-1,11/28/2016,Bush,261.96,2,0\n\
                CA-1,11/28/2016,Hon,731.9475,3,0.45\n";
    gives("superstore.csv", text, (993.9075, 5.0, 1.0), &["Discount is left out"]);
    let text = "order_id,date,product,quantity,price\n1,2024-05-01,Flour,1.5,2.00\n2,2024-05-01,Rice,2,3.00\n";
    gives("weighed.csv", text, (9.0, 2.0, 2.0), &["quantities have fractions"]);
}

#[test]
fn cancelled_orders_and_lines_sell_nothing() {
    let text = "order_id,date,customer,product,quantity,price,status\n1,2024-05-01,a,Tea,3,10,paid\n1,2024-05-01,a,Mug,1,7,Cancelled\n\
                2,2024-05-02,b,Mug,1,9.99,canceled\n3,2024-05-02,b,Mug,1,5,Refunded\n";
    gives("status.csv", text, (30.0, 3.0, 1.0), &["count as cancelled whose status is like `Cancelled`, `canceled`"]);
}

#[test]
fn what_could_be_read_otherwise_is_told() {
    // A mark before three digits.
    let head = "order_id;date;customer;product;quantity;price\n";
    let text = format!("{head}1;2024-05-01;a;Tea;1;1.200\n2;2024-05-02;b;Mug;1;3.500\n");
    let tells = ["`1.200` in price is read as 1.2: is its mark one of decimals, or of thousands?"];
    gives("points.csv", &text, (4.7, 2.0, 2.0), &tells);
    let text = format!("{HEAD}1,2024-05-01,a,Tea,1,\"1,000\"\n2,2024-05-02,b,Mug,1,\"3,000\"\n");
    gives("commas.csv", &text, (4000.0, 2.0, 2.0), &["`1,000` in price is read as 1000: "]);
    let text = format!("{head}1;2024-05-01;a;Tea;1;1.200 €\n2;2024-05-02;b;Mug;1;3.500 €\n");
    gives("euros.csv", &text, (4.7, 2.0, 2.0), &["`1.200 €` in price is read as 1.2: "]);
    let text = format!("{head}1;2024-05-01;a;Tea;1;1.200,00\n2;2024-05-02;b;Mug;1;3,50\n");
    let (.., told) = figures("clear.csv", &text);
    assert!(!told.contains("is read as"), "{told}");
    // Statuses.
    let rows: String = ["paid", "failed", "Voided", "chargeback", "shipped", "declined", "expired", "cancelled"]
        .iter()
        .enumerate()
        .map(|(id, status)| format!("{id},2024-05-01,a,Tea,1,2,{status}\n"))
        .collect();
    gives(
        "status.csv",
        &format!("order_id,date,customer,product,quantity,price,status\n{rows}"),
        (4.0, 2.0, 2.0),
        &[
            "whose status is like `failed`, `Voided`, `chargeback`, `declined`, `expired`, `cancelled`",
            "as sold where it is like `paid`, `shipped`",
        ],
    );
    // A time of day in a column of its own.
    let text = "order_id,Date,Time,product,quantity,price\n1,2024-05-01,18:30,Tea,2,3\n2,2024-05-02,9:05,Mug,1,3\n";
    gives("till.csv", text, (9.0, 3.0, 2.0), &["Time is left out: orders are of the day that Date tells"]);
}

#[test]
fn remarks_in_parentheses_are_no_part_of_a_name() {
    let text = "Order Number,Order Status,Order Date,Name (Billing),Email (Billing),Product Name (main),SKU,Quantity (- Refund),Item Cost\n                1,completed,2024-05-01 10:00,Anna A,anna@x.example,Tea,T1,2,2.50\n1,completed,2024-05-01 10:00,Anna A,anna@x.example,Mug,M1,1,9.00\n                2,failed,2024-05-02 10:00,Ben B,ben@x.example,Mug,M1,1,9.00\n";
    let tells = [
        "order from Order Number, date from Order Date, customer from Email (Billing), product from SKU, \
         quantity from Quantity (- Refund), unit price from Item Cost",
        "whose Order Status is like `failed`, and as sold where it is like `completed`",
    ];
    gives("woo.csv", text, (14.0, 3.0, 1.0), &tells);
    let text = "Order Number,Order Date,Item #,Item Name,Quantity,Item Cost,Status\n\
                1,2024-05-01,1,Tea,2,2.50,wc-completed\n2,2024-05-01,1,Mug,1,9.00,wc-cancelled\n";
    gives("wc.csv", text, (5.0, 2.0, 1.0), &["like `wc-cancelled`, and as sold where it is like `wc-completed`"]);
    // A name without a remark goes before one with it.
    let text = "order_id,date,product,quantity,price (list),price\n1,2024-05-01,Tea,1,9,2.50\n";
    gives("list.csv", text, (2.5, 1.0, 1.0), &["unit price from price\n"]);
}

#[test]
fn other_languages_and_fewer_columns() {
    let text = "Bestellnummer;Datum;Kunde;Artikel;Menge;Einzelpreis\n1001;01.05.2024;Anna;Tee;2;2,50\n1002;15.05.2024;Jörg;Tasse;1;9,00\n";
    gives("bestellungen.csv", text, (14.0, 3.0, 2.0), &["order from Bestellnummer", "unit price from Einzelpreis"]);
    let text = "date,customer,product,amount\n2024-05-01,a,Tea,10.00\n2024-05-02,a,Mug,9.99\n2024-05-02,a,Mug,9.99\n";
    gives("unnumbered.csv", text, (29.98, 3.0, 3.0), &["order (each row is one)"]);
    let text = "order_id,date,customer,amount\n1,2024-05-01,a,10.00\n2,2024-05-02,b,9.99\n";
    gives("unnamed.csv", text, (19.99, 2.0, 2.0), &["product (all are `unknown`)"]);
    // Shopify tells of an order in its first row alone.
    let text = "Name,Email,Financial Status,Currency,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku\n\
                #1001,a@x.example,paid,EUR,18.90,2024-05-01 10:00:00 +0200,2,Tea,2.50,T1\n#1001,a@x.example,,,,,1,Mug,9.00,\n\
                #1002,b@x.example,refunded,EUR,13.90,2024-05-02 10:00:00 +0200,1,Mug,9.00,\n";
    gives("shopify.csv", text, (14.0, 3.0, 1.0), &["amounts are in EUR", "order from Name"]);
}

#[test]
fn prices_with_a_sign() {
    let text = "order_id,date,customer,product,quantity,price\n1,2024-05-01,a,Tea,2,$2.50\n2,2024-05-02,b,Mug,1,\"$1,009.00\"\n3,2024-05-02,b,Mug,1,ask us\n";
    gives("dollars.csv", text, (1014.0, 3.0, 2.0), &["USD: price is written with $", "1 × not_a_number_price"]);
    // A comma that groups nothing is no reason to read 1,50 as a hundred and fifty.
    let cheap: String = (10..16).map(|cents| format!("{cents},2024-05-01,a,Tea,1,$1.{cents}\n")).collect();
    let text = format!("order_id,date,customer,product,quantity,price\n{cheap}9,2024-05-01,a,Tea,1,\"$1,50\"\n");
    gives("mistyped.csv", &text, (6.75, 6.0, 6.0), &["1 × not_a_number_price"]);
    let text =
        "order_id;date;customer;product;quantity;price\n1;2024-05-01;a;Tea;2;2,50 €\n2;2024-05-02;b;Mug;1;1.009,00 €\n";
    gives("euros.csv", text, (1014.0, 3.0, 2.0), &["amounts are in EUR"]);
}

#[test]
fn what_was_given_back_is_less_than_nothing() {
    let header = "order_id,date,product,quantity,price\n";
    let plain = format!("{header}1,2024-01-01,A,1,1.50\n2,2024-01-01,B,1,(5.00)\n");
    gives("parentheses.csv", &plain, (1.5, 1.0, 1.0), &[]);
    let dollars = format!("{header}1,2024-01-01,A,1,$1.50\n2,2024-01-01,B,1,($5.00)\n3,2024-01-01,B,1,$1.23456\n");
    gives("dollars.csv", &dollars, (1.5, 1.0, 1.0), &["1 × not_a_number_price"]);
    let euros = "order_id;date;product;quantity;price\n1;2024-01-01;A;1;1,50 €\n2;2024-01-01;B;1;(5,00 €)\n";
    gives("euros.csv", euros, (1.5, 1.0, 1.0), &[]);
    // One among many is one as well.
    let many: String = (1..200).map(|id| format!("{id},2024-01-01,A,1,1.50\n")).collect();
    gives(
        "many.csv",
        &format!("{header}{many}900,2024-01-01,B,1,(5.00)\n"),
        (298.5, 199.0, 199.0),
        &["0 of them set aside"],
    );
    let refund = "order_id,customer,order date,product,qty,price\n1,c1,2018-11-04 00:00:00,a,1,1.0\n\
                  2,c2,2018-11-04 00:30:00,refund,1,-5.0\n";
    gives("refund.csv", refund, (1.0, 1.0, 1.0), &[]);
}

#[test]
fn what_cannot_be_shown_says_what_is_missing() {
    let shop = Shop::new();
    let fails = |text: &str, parts: &[&str]| {
        shop.write("odd.csv", text);
        shop.wharf(&["try", "odd.csv", "--port", "0"]).fails(1, parts);
    };
    fails("", &["odd.csv is empty"]);
    fails("order_id,date,price\n", &["odd.csv has a header and no rows"]);
    fails(
        "order_id,date,product,price\n1,1. Mai,Tea,2\n2,2. Mai,Tea,3\n",
        &["dates (date has", "like `1. Mai`", "2024-05-31"],
    );
    fails(
        "order_id,date,product,quantity,price\n1,45292,Tea,1,2\n2,45293,Tea,1,3\n",
        &["a column of dates (date has some that cannot be read, like `45292`)", "day numbers"],
    );
    fails(
        "order_id,date,product,quantity,wert\n1,2024-05-01,Tea,1,2.50\n",
        &["missing is a column of prices or amounts", "wert"],
    );
    fails(
        "date,customer\n2024-05-01,anna\n",
        &["no order lines", "prices, amounts or quantities", "the columns are date, customer"],
    );
}

/// Of a shop's files: orders with their units, and what was told.
fn sold(shop: &Shop, files: &[&str]) -> (Vec<(String, f64)>, String) {
    let told = std::fs::File::create(shop.path("told")).unwrap();
    let mut command = shop.command(&["try", "--port", "0"]);
    command.args(files).stderr(told);
    let server = Server::of(command);
    let rows = server.sql("select order_id, sum(quantity) as units from order_lines group by 1 order by 1", &[]);
    let answer: serde_json::Value = serde_json::from_slice(&rows.body).unwrap();
    let sold = answer["rows"].as_array().unwrap().iter();
    let sold = sold.map(|row| (row[0].as_str().unwrap().to_owned(), row[1].as_f64().unwrap())).collect();
    assert_eq!(server.stop(), Some(0));
    (sold, std::fs::read_to_string(shop.path("told")).unwrap())
}

#[track_caller]
fn sells(shop: &Shop, files: &[&str], orders: &[(&str, f64)], tells: &[&str]) {
    let (sold, told) = sold(shop, files);
    let orders: Vec<(String, f64)> = orders.iter().map(|(id, units)| ((*id).to_owned(), *units)).collect();
    assert_eq!(sold, orders, "{told}");
    tells.iter().for_each(|part| assert!(told.contains(part), "{part} in\n{told}"));
}

const HEAD: &str = "order_id,date,customer,product,quantity,price\n";

#[test]
fn files_of_equal_columns_are_months_of_one_export() {
    let shop = Shop::new();
    let february = "2,2024-02-01,ben,Mug,3,9\n3,2024-02-01,ben,Tea,1,3.50\n";
    shop.write(
        "sales_01.csv",
        &format!("{HEAD}1,2024-01-01,anna,Tea,2,3\n2,2024-01-31,ben,Mug,1,9\n2,2024-01-31,ben,Tea,1,3\n"),
    );
    shop.write("sales_02.csv", &format!("{HEAD}{february}"));
    // The newest file that has an order has all of its lines.
    sells(
        &shop,
        &["sales_02.csv", "sales_01.csv"],
        &[("1", 2.0), ("2", 3.0), ("3", 1.0)],
        &[
            "sales_01.csv and sales_02.csv have the same columns and are one table; an order in several is as sales_02.csv has it, the last by name",
            "sales_01.csv: 3 rows, 0 of them set aside",
        ],
    );
    // By their days, where these are not in the order of their names.
    for (from, to) in [("sales_01.csv", "sales_jan.csv"), ("sales_02.csv", "sales_feb.csv")] {
        std::fs::copy(shop.path(from), shop.path(to)).unwrap();
    }
    sells(
        &shop,
        &["sales_feb.csv", "sales_jan.csv"],
        &[("1", 2.0), ("2", 3.0), ("3", 1.0)],
        &["an order in several is as sales_feb.csv has it, whose days are the latest", "2/sales_feb.csv: 2 rows"],
    );
    // A preset's, too.
    let head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";
    shop.write("old_jan.csv", &format!("{head}1,A,POT,2,1/3/2011 10:00,1.50,7,France\n"));
    shop.write("old_feb.csv", &format!("{head}1,A,POT,5,2/3/2011 10:00,1.50,7,France\n"));
    sells(&shop, &["old_jan.csv", "old_feb.csv"], &[("1", 5.0)], &["read as online-retail", "2/old_feb.csv"]);
    // Names that have nothing in common, and orders in files of their own beside lines.
    shop.write("may.csv", &format!("{HEAD}1,2024-05-01,anna,Tea,2,3\n"));
    shop.write("june.csv", &format!("{HEAD}2,2024-06-01,anna,Tea,4,3\n"));
    sells(&shop, &["may.csv", "june.csv"], &[("1", 2.0), ("2", 4.0)], &[]);
    for month in [1, 2] {
        let orders = format!("order_id,order_date,customer_id\n{month},2024-0{month}-01,7\n");
        shop.write(&format!("orders_{month}.csv"), &orders);
        shop.write(
            &format!("orders_lines_{month}.csv"),
            &format!("order_id,product_id,quantity,price\n{month},p,5,2\n"),
        );
    }
    let files = ["orders_1.csv", "orders_2.csv", "orders_lines_1.csv", "orders_lines_2.csv"];
    sells(&shop, &files, &[("1", 5.0), ("2", 5.0)], &[]);
    shop.write("comma.csv", "order_id;date;customer;product;quantity;price\n1;2024-05-01;anna;Tea;2;3,50\n");
    shop.write("point.csv", "order_id;date;customer;product;quantity;price\n1;2024-05-01;anna;Tea;2;3.50\n");
    shop.wharf(&["try", "comma.csv", "point.csv"])
        .fails(1, &["have the same columns", "decimal point", "export them alike"]);
}

#[test]
fn files_of_one_name_are_all_read_and_one_file_is_read_once() {
    let shop = Shop::new();
    for (folder, row) in [("a", "1,2024-01-01,anna,Tea,2,3\n"), ("b", "2,2024-02-01,ben,Mug,1,9\n")] {
        std::fs::create_dir(shop.path(folder)).unwrap();
        shop.write(&format!("{folder}/export.csv"), &format!("{HEAD}{row}"));
    }
    let files = ["a/export.csv", "b/export.csv", "./a/export.csv"];
    sells(&shop, &files, &[("1", 2.0), ("2", 1.0)], &["b/export.csv goes by the name export_2.csv"]);
    // Also where a preset knows them.
    for (folder, seed) in [("a", 300), ("b", 500)] {
        shop.write(&format!("{folder}/lines.csv"), &shop::made_shop(seed));
    }
    let (_, told) = sold(&shop, &["a/lines.csv", "b/lines.csv"]);
    assert!(told.contains("lines.csv: ") && told.contains("lines_2.csv: "), "{told}");
}

#[test]
fn a_table_is_found_below_a_title_and_in_another_sheet() {
    let table =
        "order_id;date;customer;product;quantity;price\n1;2024-05-01;anna;Tea;2;2,50\n2;2024-05-02;ben;Mug;1;9,00\n";
    gives("sep.csv", &format!("sep=;\r\n{table}"), (14.0, 3.0, 2.0), &["0 of them set aside"]);
    let tells = ["skip_lines = 1: above the header stands `Sales report`", "0 of them set aside"];
    gives("titled.csv", &format!("Sales report\n\n{table}"), (14.0, 3.0, 2.0), &tells);
    let rows = "1,2024-05-01,anna,Tea,2,2.50\n2,2024-05-02,ben,\"Mug\" ,1,9\n";
    let tells = ["1 × bad_quotes, like: blanks follow a closing quote"];
    gives("blanks.csv", &format!("{HEAD}{rows}"), (5.0, 2.0, 1.0), &tells);

    let shop = Shop::new();
    let mut book = rust_xlsxwriter::Workbook::new();
    let cover = book.add_worksheet().set_name("Cover").unwrap();
    cover.write(0, 0, "Sales report").unwrap();
    cover.write(2, 0, "made by").unwrap().write(2, 1, "Anna").unwrap();
    let sheet = book.add_worksheet().set_name("Orders").unwrap();
    for (row, line) in table.lines().enumerate() {
        for (column, cell) in line.split(';').enumerate() {
            sheet.write(row as u32, column as u16, cell.replace(',', ".")).unwrap();
        }
    }
    book.add_worksheet().set_name("Notes").unwrap();
    book.save(shop.path("book.xlsx")).unwrap();
    sells(&shop, &["book.xlsx"], &[("1", 2.0), ("2", 1.0)], &["the sheet Orders is read, not Cover, Notes"]);
    let mut book = rust_xlsxwriter::Workbook::new();
    for (name, cells) in [("Cover", ["a", "b", "c"]), ("Orders", ["order_id", "date", "price"])] {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (column, cell) in cells.iter().enumerate() {
            sheet.write(0, column as u16, *cell).unwrap().write(1, column as u16, "x").unwrap();
        }
    }
    book.save(shop.path("book.xlsx")).unwrap();
    let tells = ["the sheet Cover is read, not Orders: to read another, put it first or save it as a file of its own"];
    shop.wharf(&["try", "book.xlsx"]).fails(1, &tells);
}

#[test]
fn what_is_no_table_is_told_so() {
    let shop = Shop::new();
    std::fs::create_dir(shop.path("ta")).unwrap();
    shop.wharf(&["try", "ta"]).fails(1, &["ta is a folder", "name its files: wharf try ta/*"]);
    shop.wharf(&["init", "--from", "ta", "new"]).fails(1, &["ta is a folder", "--from FILE for each"]);
    let noise: Vec<u8> = (1..3000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 11) as u8).collect();
    std::fs::write(shop.path("noise.csv"), noise).unwrap();
    shop.wharf(&["try", "noise.csv"]).fails(1, &["noise.csv is no table: its bytes are no text"]);
    shop.write("blanks.csv", "\"order_id\" ,\"date\" ,\"price\"\n\"1\" ,\"2024-05-01\" ,\"2\"\n");
    shop.wharf(&["try", "blanks.csv"]).fails(1, &["blanks.csv: blanks stand between quotes and delimiters"]);
    shop.write("ragged.csv", "order_id,date,price\n1,2024-05-01,2,\n");
    let tells = ["no row that can be read (4 fields, the header has 3)", "skip_lines"];
    shop.wharf(&["try", "ragged.csv"]).fails(1, &tells);
}

#[test]
fn olist_files_are_known_among_others() {
    let Some(folder) = shop::data("olist-sample") else { return };
    let files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "csv"))
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    let shop = Shop::new();
    let server = try_files(&shop, &files.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(server.json("/shop")["currency"], "BRL");
    assert!(orders(&server) > 6_800.0);
}

#[test]
fn the_demo_lives_and_leaves_nothing() {
    let shop = Shop::new();
    let mut command = shop.command(&["demo", "--port", "0", "--orders", "5_000", "--speed", "600x"]);
    let temporary = shop.path("tmp");
    std::fs::create_dir(&temporary).unwrap();
    command.env("TMPDIR", &temporary);
    let server = Server::of(command);
    let info = server.json("/shop");
    assert_eq!(info["is_demo"], true);
    let before = info["published"].as_u64().unwrap();
    let begun = std::time::Instant::now();
    while server.json("/shop")["published"].as_u64().unwrap() < before + 3 {
        assert!(begun.elapsed().as_secs() < 60, "no orders came");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(server.stop(), Some(0));
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0, "it left something behind");
}

/// What hinders a demo is told before a year of orders is made.
#[test]
fn a_demo_that_cannot_be_shown_makes_nothing() {
    let shop = Shop::new();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let made = |name: &str| shop.names(&format!("{name}/inbox")).iter().any(|file| file.ends_with(".csv"));
    let told = format!("cannot listen on 127.0.0.1:{port}");
    shop.wharf(&["demo", "--port", &port, "--keep", "first"]).fails(2, &[&told]);
    assert!(!made("first"));
    shop.write("simple.csv", "order_id,date,customer,product,qty,price\n1,2024-05-01,anna,Tea,2,3.50\n");
    shop.wharf(&["try", "simple.csv", "--port", &port, "--keep", "tried"]).fails(2, &[&told]);
    assert!(!shop.path("tried/lake/manifest.json").exists());

    let demo = ["demo", "--port", "0", "--orders", "2000", "--keep", "second"];
    let server = Server::of(shop.command(&demo));
    let done =
        shop.wharf(&demo).fails(1, &["another wharf is at work here: process ", " since 20", "stop that process"]);
    assert!(!done.err.contains("making a year"), "{}", done.err);
    assert!(made("second"));
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_file_that_nothing_is_made_of_is_told() {
    let shop = Shop::new();
    shop.write("sold.csv", "order_id,date,customer,product,qty,price\n1,2024-05-01,anna,Tea,2,3.50\n");
    shop.write("shelf.csv", "shelf,height\nA,3\n");
    let told = std::fs::File::create(shop.path("told")).unwrap();
    let mut command = shop.command(&["try", "--port", "0", "sold.csv", "shelf.csv"]);
    command.stderr(told);
    let server = Server::of(command);
    server.json("/shop");
    assert_eq!(server.stop(), Some(0));
    let told = std::fs::read_to_string(shop.path("told")).unwrap();
    for part in ["shelf.csv is left out: none of its columns (shelf, height)", "the table shelf in preset/staging/"] {
        assert!(told.contains(part), "{part} in\n{told}");
    }
}
