//! JSON lines.

use super::*;

#[test]
fn objects_become_rows() {
    let text = concat!(
        "{\"order_id\": 17850, \"amount\": 1.10, \"ordered_at\": \"2011-11-23T17:05:00Z\"}\n",
        "\n",
        "{\"Order ID\":\"a\\\"\\u00e9\",\"amount\":\"2,5\",\"x\":{\"y\":[1, 2]}}\r\n",
        "{\"order_id\":{\"y\":[1, 2]},\"amount\":null,\"ordered_at\":\"\"}\n",
        "{\"amount\":1}\n",
        "{\"order_id\":\"b\",\"amount\":1e2}"
    );
    let found = read(&orders(""), "a.jsonl", text);
    assert_eq!(
        found.rows,
        [
            ["17850", "1.1000", "2011-11-23T17:05:00Z", "1"],
            ["{\"y\":[1, 2]}", "∅", "∅", "3"],
            ["b", "100.0000", "∅", "5"],
        ]
    );
    assert_eq!(found.rules(), [("bad_decimal", 2, 3), ("missing", 4, 5)]);
    assert_eq!(found.rejected[0].raw, r#"{"Order ID":"a\"é","amount":"2,5","x":"{\"y\":[1, 2]}"}"#);
    assert_eq!(found.lines, [1, 4, 6]);
    assert!(found.notes[0].contains("does not name: x"), "{:?}", found.notes);
}

#[test]
fn exact_numbers_only() {
    let text = "{\"order_id\":\"a\",\"amount\":0.30000000000000004,\"ordered_at\":null}\n{\"order_id\":\"b\",\"amount\":99999999999999.9999}\n";
    let found = read(&orders(""), "a.jsonl", text);
    assert_eq!(found.rules(), [("bad_decimal", 1, 1)]);
    assert_eq!(found.rows[0][1], "99999999999999.9999");
}

#[test]
fn bad_lines_are_set_aside() {
    let mut text = b"{\"order_id\":\"a\",\"amount\":1,\"ordered_at\":null}\n[1]\n{\"order_id\":\n{\"order_id\":1,\"Order ID\":2}\n".to_vec();
    text.extend(b"{\"order_id\":\"\xff\"}\n{\"order_id\":\"b\"} x\n{\"order_id\":\"\\ud800\"}\n");
    let found = read(&orders(""), "a.ndjson", text);
    assert_eq!(
        found.rules(),
        [
            ("bad_json", 2, 2),
            ("bad_json", 3, 3),
            ("bad_json", 4, 4),
            ("bad_encoding", 5, 5),
            ("bad_json", 6, 6),
            ("bad_json", 7, 7)
        ]
    );
    assert_eq!(found.rejected[0].raw, r#"{"_bad_json":"[1]"}"#);
    assert!(found.rejected[2].reason.contains("is there twice"));
}

#[test]
fn mistakes_of_the_whole_file() {
    assert!(failure(&orders(""), "a.json", "[{\"order_id\":1}]").to_string().contains("one JSON array"));
    let error = failure(&orders(""), "a.jsonl", "{\"order_no\":1,\"amount\":1,\"ordered_at\":null}\n").to_string();
    assert!(error.contains("no column order_id") && error.contains("from = [\"order_no\"]"), "{error}");
}

#[test]
fn a_json_number_has_a_point_whatever_the_table_says() {
    let keys = "decimal = \",\"\nthousands = \".\"";
    let found = read(
        &orders(keys),
        "a.jsonl",
        "{\"order_id\":1,\"amount\":2.555,\"ordered_at\":null}\n{\"order_id\":2,\"amount\":\"2,5\"}\n",
    );
    assert_eq!(found.rows[0][1], "2.5550");
    assert_eq!(found.rows[1][1], "2.5000");
    assert_eq!(found.raw[0], r#"{"order_id":1,"amount":2.555,"ordered_at":null}"#);
}
