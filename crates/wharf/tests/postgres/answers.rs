//! Known answers, from tables as from files; what is said of mistakes.

use crate::shop::{self, Shop};
use crate::{LINES, Server, retail};

/// Every mart's rows.
const MARTS: [&str; 4] = [
    "select day, customer_id, orders, lines, units, spend, net_sales, products from daily_customer_stats order by 1, 2",
    "select day, country, channel, orders, customers, gross_sales, total_sales from daily_sales order by 1, 2, 3",
    "select day, product_id, units, revenue, lines from product_daily_demand order by 1, 2",
    "select antecedent, consequent, both_baskets from basket_rules order by 1, 2",
];

#[test]
fn online_retail_in_a_table_is_online_retail_in_a_file() {
    let Some(server) = Server::start("online_retail_in_a_table_is_online_retail_in_a_file") else { return };
    let Some(file) = shop::data("online-retail/online_retail.csv") else { return };
    server.sql(
        "create table invoice_lines (id bigserial primary key, \"InvoiceNo\" text, \"StockCode\" text, \"Description\" text, \
         \"Quantity\" int, \"InvoiceDate\" timestamp, \"UnitPrice\" numeric(10, 3), \"CustomerID\" int, \"Country\" text)",
    );
    server.sql(&format!(
        "\\copy invoice_lines (\"InvoiceNo\", \"StockCode\", \"Description\", \"Quantity\", \"InvoiceDate\", \"UnitPrice\", \
         \"CustomerID\", \"Country\") from '{}' with (format csv, header)",
        file.display()
    ));
    server.sql("analyze invoice_lines");
    let tables = retail(&server, "from = \"invoice_lines\"\ncursor = \"id\"");
    let files = Shop::new();
    std::os::unix::fs::symlink(&file, files.path("inbox/online_retail.csv")).unwrap();
    for shop in [&tables, &files] {
        let out = shop.run();
        assert!(out.contains("541,909 rows = 539,392 used + 2,517 rejected"), "{out}");
    }
    for mart in MARTS {
        let (ours, theirs) = (tables.query(mart), files.query(mart));
        assert!(!ours.is_empty());
        assert_eq!(ours.iter().zip(&theirs).find(|(a, b)| a != b), None, "{mart}");
        assert_eq!(ours.len(), theirs.len(), "{mart}");
    }
    tables.assert_idle();
}

#[test]
fn each_type_comes_as_what_it_is() {
    let Some(server) = Server::start("each_type_comes_as_what_it_is") else { return };
    let shop = retail(&server, "query = \"select * from strange\"");
    server.sql(
        "create domain price as numeric(20, 6); create type land as enum ('France', 'Peru'); \
         create table strange (invoice_no uuid, stock_code varchar(9), description jsonb, quantity bigint, \
         invoice_date timestamptz, unit_price price, customer_id int[], country land)",
    );
    server.sql(
        "insert into strange values ('00000000-0000-0000-0000-00000000000a', 'A', '{\"a\": 1}', 3, \
         '2011-03-27 01:30:00+00', 12345.6789, '{1,2,null}', 'Peru'), \
         ('00000000-0000-0000-0000-00000000000b', 'B', null, -2, '2011-12-31 23:59:59.5+00', 0.0001, null, null), \
         ('00000000-0000-0000-0000-00000000000c', 'C', null, 1, 'infinity', 1, null, null), \
         ('00000000-0000-0000-0000-00000000000d', 'D', null, 1, '2011-01-01', 'NaN', null, null)",
    );
    let out = shop.run();
    assert!(out.contains("4 rows = 2 used + 2 rejected"), "{out}");
    assert_eq!(
        shop.query("select order_id, product_id, quantity, unit_price, ordered_at from order_lines join orders using (order_id) order by 1"),
        [
            "00000000-0000-0000-0000-00000000000a,A,3,12345.6789,2011-03-27T01:30:00Z",
            "00000000-0000-0000-0000-00000000000b,B,-2,0.0001,2011-12-31T23:59:59.500Z"
        ]
    );
    assert_eq!(shop.query("select name from order_lines where product_id = 'A'"), ["\"{\"\"a\"\": 1}\""]);
    assert_eq!(
        shop.query("select country, customer_id from orders where country is not null"),
        ["Peru,\"[1,2,null]\""]
    );
    let rejects = shop.wharf(&["rejects"]).well();
    assert!(rejects.contains("invoice_date") && rejects.contains("unit_price"), "{rejects}");
}

#[test]
fn mistakes_are_told_and_the_password_is_not() {
    let Some(server) = Server::start("mistakes_are_told_and_the_password_is_not") else { return };
    server.sql(LINES);
    let shop = retail(&server, "from = \"lines\"\ncursor = \"id\"");
    let toml = std::fs::read_to_string(shop.path("wharf.toml")).unwrap();
    let port = server.port.to_string();
    for (from, to, told) in [
        ("from = \"lines\"", "from = \"lnes\"", &["has no table lnes", "there are: public.lines"][..]),
        ("cursor = \"id\"", "cursor = \"ids\"", &["no column ids", "its columns are"]),
        ("table = \"invoice_lines\"", "table = \"invoice_line\"", &["wharf.toml:9:9", "did you mean", "invoice_lines"]),
        ("postgres:$", "nobody:$", &["authentication failed", "check user, password"]),
        (port.as_str(), "1\"\nwait_seconds = 0\n#", &["does not answer", "is the server running"]),
        ("from = \"lines\"", "query = \"delete from lines returning *\"", &["wharf"]),
    ] {
        assert!(toml.contains(from), "{from}");
        shop.write("wharf.toml", &toml.replacen(from, to, 1));
        let done = shop.wharf(&["run"]);
        assert_ne!(done.code, Some(0), "{to}: {}", done.out);
        let text = format!("{}{}", done.out, done.err);
        told.iter().for_each(|part| assert!(text.contains(part), "{to}: `{part}` is not told in {text}"));
        assert!(!text.contains(crate::PASSWORD) && !text.contains("panicked"), "{text}");
    }
    shop.write("wharf.toml", &toml);
    let shown = shop.wharf(&["config", "show"]).well();
    assert!(!shown.contains(crate::PASSWORD), "{shown}");
}

#[test]
fn tls_is_verified() {
    let Some(server) = Server::start("tls_is_verified") else { return };
    server.sql(LINES);
    server.sql(
        "insert into lines (invoice_no, stock_code, quantity, invoice_date, unit_price) values ('1', 'A', 1, now(), 1)",
    );
    let Some(authority) = server.with_tls("tls_is_verified") else { return };
    let shop = retail(&server, "from = \"lines\"");
    // By its name: the certificate is not one for addresses.
    shop.edit("wharf.toml", "@127.0.0.1:", "@localhost:");
    shop.edit("wharf.toml", "/postgres\"", "/postgres?sslmode=verify-full\"");
    let done = shop.wharf(&["run"]);
    done.fails(2, &["no safe way to the server", "sslrootcert"]);
    shop.edit("wharf.toml", "verify-full", &format!("verify-full&sslrootcert={}", authority.display()));
    let out = shop.run();
    assert!(out.contains("1 rows = 1 used"), "{out}");
    // A server of another name is another server.
    shop.edit("wharf.toml", "@localhost:", "@127.0.0.1:");
    shop.wharf(&["run"]).fails(2, &["no safe way to the server"]);
}
