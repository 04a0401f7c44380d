//! CSV, TSV and their faults.

use super::*;

const HEADER: &str = "order_id,amount,ordered_at\n";

#[test]
fn typed_cells_nulls_and_numbers_of_rows() {
    let text = format!("{HEADER}a,2.55,2011-11-23 17:05:00\n b , ,\nc,NA,2011-07-01T00:30:00Z\n");
    let found = read(&orders("null = [\"NA\"]"), "a.csv", text);
    assert_eq!(
        found.rows,
        [["a", "2.5500", "2011-11-23T17:05:00Z", "1"], ["b", "∅", "∅", "2"], ["c", "∅", "2011-07-01T00:30:00Z", "3"],]
    );
    assert_eq!(found.lines, [2, 3, 4]);
    assert_eq!(found.raw[1], r#"{"order_id":" b ","amount":" ","ordered_at":null}"#);
    assert_eq!(found.notes, Vec::<String>::new());
}

#[test]
fn local_times_are_the_shops() {
    let found = read(&orders(""), "a.csv", format!("{HEADER}a,1,2011-07-01 00:30:00\n"));
    assert_eq!(found.rows[0][2], "2011-06-30T23:30:00Z");
}

#[test]
fn every_rule_names_its_row_and_line() {
    let table = table(
        r#"
        [[column]]
        name = "id"
        required = true
        [[column]]
        name = "count"
        type = "integer"
        min = "0"
        [[column]]
        name = "price"
        type = "decimal"
        [[column]]
        name = "gift"
        type = "boolean"
        [[column]]
        name = "day"
        type = "date"
        formats = ["%d/%m/%Y"]
        [[column]]
        name = "status"
        values = ["paid", "open"]
        [[column]]
        name = "at"
        type = "timestamp"
        min = "2000-01-01"
        max = "now+1d"
        "#,
    );
    let text = "id,count,price,gift,day,status,at\n\
        a,1,1.5,yes,23/11/2011,paid,2011-11-23 17:05:00\n\
        ,1,,,,,\n\
        b,x,,,,,\n\
        c,,1.23456,,,,\n\
        d,,,maybe,,,\n\
        e,,,,11/23/2011,,\n\
        f,,,,,lost,\n\
        g,,,,,,yesterday\n\
        h,-1,,,,,\n\
        i,,,,,,1999-12-31 23:59:59\n\
        j,,,,,,2077-01-01 00:00:00\n\
        k,,123456789012345,,,,\n\
        l,x\n\
        m,,,,,,,extra\n\
        n,,,,,,\n";
    let found = read(&table, "a.csv", text);
    let rules = [
        "missing",
        "bad_integer",
        "bad_decimal",
        "bad_boolean",
        "bad_date",
        "not_accepted",
        "bad_timestamp",
        "out_of_range",
        "out_of_range",
        "out_of_range",
        "bad_decimal",
        "ragged",
        "ragged",
    ];
    let expected: Vec<(&str, i64, u64)> =
        rules.iter().zip(2..).map(|(rule, row)| (*rule, row, row as u64 + 1)).collect();
    assert_eq!(found.rules(), expected);
    assert_eq!(found.rows.len(), 2);
    assert_eq!(found.rows[0], ["a", "1", "1.5000", "true", "2011-11-23", "paid", "2011-11-23T17:05:00Z", "1"]);
    assert_eq!(found.rows[1][7], "15");
    assert_eq!(found.rejected[1].reason, "count: \"x\" is not a whole number of 64 bits");
    assert_eq!(
        found.rejected[1].raw,
        r#"{"id":"b","count":"x","price":null,"gift":null,"day":null,"status":null,"at":null}"#
    );
    assert!(found.rejected[4].reason.contains("expected %d/%m/%Y"), "{:?}", found.rejected[4]);
    assert_eq!(found.rejected[11].reason, "2 fields, the header has 7");
    assert_eq!(found.rejected[11].raw, r#"{"_ragged":"l,x"}"#);
}

#[test]
fn line_breaks_in_quotes_keep_lines_exact() {
    let text = format!("\n{HEADER}\"a\nb\",1,\n\n\"say \"\"hi\"\", twice\",2,\nc,x,\n");
    let found = read(&orders(""), "a.csv", text);
    assert_eq!(found.rows, [["a\nb", "1.0000", "∅", "1"], ["say \"hi\", twice", "2.0000", "∅", "2"]]);
    assert_eq!(found.lines, [3, 6]);
    assert_eq!(found.rules(), [("bad_decimal", 3, 7)]);
    assert_eq!(found.raw[1], r#"{"order_id":"say \"hi\", twice","amount":"2","ordered_at":null}"#);
}

#[test]
fn line_ends_of_all_kinds() {
    for end in ["\n", "\r\n", "\r"] {
        let text = format!("{HEADER}a,1,\n\"b\",\"2\",\"\"\n\nc,x,\n").replace('\n', end);
        let found = read(&orders(""), "a.csv", text.trim_end());
        assert_eq!(found.rows, [["a", "1.0000", "∅", "1"], ["b", "2.0000", "∅", "2"]], "{end:?}");
        assert_eq!(found.rules(), [("bad_decimal", 3, 5)], "{end:?}");
    }
}

#[test]
fn separators_are_found_or_stated() {
    for mark in [',', ';', '\t', '|'] {
        let text = "Order ID,Amount,ordered-at,note\na,1.5,,\"x,y;z|\"\n".replace(',', &mark.to_string());
        let found = read(&orders(""), "a.txt", &text);
        assert_eq!(found.rows, [["a", "1.5000", "∅", "1"]], "{mark:?}");
        assert!(
            found.notes[0].contains("a.txt has a column that table orders does not name: note"),
            "{:?}",
            found.notes
        );
    }
    let found = read(&orders("delimiter = \"~\"\nquote = \"'\""), "a.csv", "order_id~amount~ordered_at\n'a~'~1~\n");
    assert_eq!(found.rows, [["a~", "1.0000", "∅", "1"]]);
    assert_eq!(failure(&orders("delimiter = \"§\""), "a.csv", HEADER).kind, port::Kind::Config);
}

#[test]
fn decimal_comma_and_thousands_marks() {
    let keys = "decimal = \",\"\nthousands = \".\"";
    let found = read(&orders(keys), "a.csv", "order_id;amount;ordered_at\na;1.234.567,89;\nb;12,5;\nc;1.23;\n");
    assert_eq!(found.rows[0][1], "1234567.8900");
    assert_eq!(found.rows[1][1], "12.5000");
    assert_eq!(found.rules(), [("bad_decimal", 3, 4)]);
}

#[test]
fn encodings() {
    let text = format!("{HEADER}São Paulo,1,\nnúmero € longer than twelve,2,\n");
    let rows = read(&orders(""), "a.csv", &text).rows;
    assert_eq!(rows[0][0], "São Paulo");
    assert_eq!(read(&orders(""), "a.csv", format!("\u{feff}{text}")).rows, rows);
    let wide = |big: bool| -> Vec<u8> {
        let units = format!("\u{feff}{text}").encode_utf16().collect::<Vec<u16>>();
        units.into_iter().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    assert_eq!(read(&orders(""), "a.csv", wide(true)).rows, rows);
    assert_eq!(read(&orders(""), "a.csv", wide(false)).rows, rows);
    let latin: Vec<u8> = text.chars().map(|c| if c == '€' { 0x80 } else { c as u32 as u8 }).collect();
    assert_eq!(read(&orders("encoding = \"latin1\""), "a.csv", &latin).rows, rows);
    let found = read(&orders(""), "a.csv", &latin);
    assert_eq!(found.rules(), [("bad_encoding", 1, 2), ("bad_encoding", 2, 3)]);
    assert!(found.rejected[0].reason.contains("encoding = \"windows-1252\""));
}

#[test]
fn one_bad_byte_costs_one_row() {
    let mut bytes = HEADER.as_bytes().to_vec();
    bytes.extend(b"a,1,\nb\xff,2,\nc,3,\n");
    let found = read(&orders(""), "a.csv", bytes);
    assert_eq!(found.rules(), [("bad_encoding", 2, 3)]);
    assert_eq!(found.rows.len(), 2);
}

#[test]
fn stray_quotes_cost_their_rows_alone() {
    let found = read(&orders(""), "a.csv", format!("{HEADER}\"a\"x,1,\nb,2,\n\"c,3,\nd,4,\n"));
    assert_eq!(found.rules(), [("bad_quotes", 1, 2), ("bad_quotes", 3, 4)]);
    assert_eq!(found.rows, [["b", "2.0000", "∅", "2"], ["d", "4.0000", "∅", "4"]]);
    assert_eq!(found.rejected[1].raw, "{\"_bad_quotes\":\"\\\"c,3,\"}");
}

#[test]
fn lines_before_the_header() {
    let keys = "skip_lines = 2";
    let found = read(&orders(keys), "a.csv", format!("Export of \"orders\n\n{HEADER}a,1,\n"));
    assert_eq!((found.rows.len(), found.lines[0]), (1, 4));
}

#[test]
fn optional_columns_may_lack() {
    let table = table(
        "[[column]]\nname = \"id\"\n[[column]]\nname = \"note\"\noptional = true\n[[column]]\nname = \"n\"\ntype = \"integer\"\noptional = true",
    );
    assert_eq!(read(&table, "a.csv", "id\na\nb\n").rows, [["a", "∅", "∅", "1"], ["b", "∅", "∅", "2"]]);
}

#[test]
fn missing_and_doubled_columns_stop_the_load() {
    let error = failure(&orders(""), "a.csv", "\nOrder-No,amount,ordered_at\n").to_string();
    assert!(error.starts_with("a.csv:2:1: no column order_id (or \"Order ID\") for table orders"), "{error}");
    assert!(error.contains("from = [\"Order-No\"]"), "{error}");
    assert!(failure(&orders(""), "a.csv", "order_id,amount,amount\n").to_string().contains("two columns are named"));
    assert!(failure(&orders("delimiter = \"|\""), "a.csv", HEADER).to_string().contains("is `delimiter` right?"));
}

#[test]
fn empty_files_have_no_rows() {
    for text in ["", "\n\n", "\u{feff}"] {
        let found = read(&orders(""), "a.csv", text);
        assert_eq!((found.rows.len(), found.notes.len()), (0, 1), "{text:?}");
    }
    let found = read(&orders(""), "a.csv", HEADER);
    assert_eq!((found.rows.len(), found.notes.len()), (0, 0));
}

#[test]
fn chunks_are_small_and_numbers_run_on() {
    let rows: String = (0..200_000).map(|row| format!("{row},1,\n")).collect();
    let found = read(&orders(""), "a.csv", format!("{HEADER}{rows}"));
    assert_eq!(found.rows.len(), 200_000);
    assert!(found.rows.iter().zip(0..).all(|(row, at)| row[0] == at.to_string() && row[3] == (at + 1).to_string()));
    assert!(found.lines.iter().zip(2..).all(|(line, at)| *line == at));
}
