//! Rows set aside earlier, typed again.

use connect::files::Inbox;
use port::{RawRow, Source};

use super::*;

fn retype(table: &LandedTable, rows: &[RawRow]) -> Found {
    let inbox = Inbox::new("/nowhere".into(), "Europe/London", NOW).unwrap();
    let chunk = inbox.retype(table, rows).unwrap();
    assert_eq!(chunk.batch.schema(), Chunk::schema(table));
    let mut found = Found::default();
    found.add(&chunk);
    found
}

#[test]
fn a_mended_table_takes_rows_back_under_their_numbers() {
    let text = "order_id,amount,ordered_at\na,\"1,5\",\nb,2.5,\nc,\"3,5\"\nd,x,\n";
    let strict = read(&orders(""), "a.csv", text);
    let rows: Vec<RawRow> =
        strict.rejected.iter().map(|found| RawRow { row: found.row, raw: found.raw.clone() }).collect();
    assert_eq!(rows.len(), 3);
    let again = retype(&orders(""), &rows);
    let same =
        |found: &Found| found.rejected.iter().map(|r| (r.row, r.rule.clone(), r.raw.clone())).collect::<Vec<_>>();
    assert_eq!(same(&again), same(&strict));
    let mended = retype(&orders("decimal = \",\""), &rows);
    assert_eq!(mended.rows, [["a", "1.5000", "∅", "1"]]);
    assert_eq!(mended.raw, [rows[0].raw.clone()]);
    assert_eq!(mended.rules(), [("ragged", 3, 0), ("bad_decimal", 4, 0)]);
}

#[test]
fn raw_rows_type_as_they_did() {
    let text = "Order ID,amount,ordered_at\n\" a \",\"1.5\",2011-11-23\n\"two\nlines \"\"q\"\"\",,\n";
    let first = read(&orders(""), "a.csv", text);
    let rows: Vec<RawRow> = first.raw.iter().zip(1..).map(|(raw, row)| RawRow { row, raw: raw.clone() }).collect();
    assert_eq!(retype(&orders(""), &rows).rows, first.rows);
}

#[test]
fn nonsense_is_set_aside() {
    let rows = ["", "nonsense", "{}", "[]"].iter().zip(5..).map(|(raw, row)| RawRow { row, raw: (*raw).to_owned() });
    let found = retype(&orders(""), &rows.collect::<Vec<_>>());
    assert_eq!(found.rules(), [("bad_json", 5, 0), ("bad_json", 6, 0), ("missing", 7, 0), ("bad_json", 8, 0)]);
    assert_eq!(retype(&orders(""), &[]).rows.len(), 0);
}
