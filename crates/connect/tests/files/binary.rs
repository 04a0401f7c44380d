//! Parquet and workbooks.

use std::io::Write;
use std::sync::Arc;

use arrow::array::*;
use arrow::datatypes::{Int32Type, TimestampNanosecondType};

use super::*;

fn parquet_of(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.into_inner().unwrap()
}

#[test]
fn parquet_columns_are_cast_and_bad_rows_set_aside() {
    let ids: DictionaryArray<Int32Type> =
        vec![Some("a"), Some("a longer name than twelve"), None, Some("d")].into_iter().collect();
    let file = parquet_of(vec![
        ("extra", Arc::new(Int64Array::from(vec![1, 2, 3, 4]))),
        ("Order ID", Arc::new(ids)),
        ("amount", Arc::new(Float64Array::from(vec![Some(0.1 + 0.2), None, Some(1.0), Some(1.23456)]))),
        (
            "ordered_at",
            Arc::new(PrimitiveArray::<TimestampNanosecondType>::from(vec![1_322_067_900_000_000_000_i64; 4])),
        ),
    ]);
    let found = read(&orders(""), "a.parquet", &file);
    assert_eq!(
        found.rows,
        [["a", "0.3000", "2011-11-23T17:05:00Z", "1"], ["a longer name than twelve", "∅", "2011-11-23T17:05:00Z", "2"],]
    );
    assert_eq!(found.rules(), [("missing", 3, 0), ("bad_decimal", 4, 0)]);
    assert_eq!(found.rejected[1].raw, r#"{"Order ID":"d","amount":"1.23456","ordered_at":"2011-11-23T17:05:00"}"#);
    assert!(found.notes[0].contains("extra"));
    let patterns = table("[[column]]\nname = \"ordered_at\"\ntype = \"timestamp\"\nformats = [\"%d/%m/%Y\"]");
    assert_eq!(read(&patterns, "a.parquet", &file).rows.len(), 4);
}

#[test]
fn instants_of_any_zone() {
    let times = PrimitiveArray::<TimestampNanosecondType>::from(vec![1_322_067_900_000_000_000_i64]);
    for (zone, shown) in [(Some("America/Sao_Paulo"), "2011-11-23T17:05:00Z"), (Some("UTC"), "2011-11-23T17:05:00Z")] {
        let times = times.clone().with_timezone_opt(zone);
        let file = parquet_of(vec![("ordered_at", Arc::new(times))]);
        let table = table("[[column]]\nname = \"ordered_at\"\ntype = \"timestamp\"");
        assert_eq!(read(&table, "a.parquet", file).rows, [[shown, "1"]]);
    }
}

#[test]
fn ids_are_not_floats() {
    let file = parquet_of(vec![
        ("order_id", Arc::new(Float64Array::from(vec![17850.0]))),
        ("amount", Arc::new(Decimal128Array::from(vec![255]).with_precision_and_scale(10, 2).unwrap())),
        ("ordered_at", Arc::new(Date32Array::from(vec![14_610]))),
    ]);
    assert_eq!(read(&orders(""), "a.parquet", file).rows, [["17850", "2.5500", "2010-01-01T00:00:00Z", "1"]]);
}

#[test]
fn what_is_no_parquet_says_so() {
    for bytes in [&b"PAR1"[..], b"PAR1 and something else PAR1", b"order_id,amount\n", b""] {
        let error = failure(&orders(""), "a.parquet", bytes);
        assert_eq!(error.kind, port::Kind::Input, "{error}");
        assert!(error.to_string().contains("a.parquet"), "{error}");
    }
    let error = failure(&orders("format = \"csv\""), "a.csv", b"PAR1PAR1");
    assert!(error.to_string().contains("is parquet, but source.toml says format = \"csv\""), "{error}");
}

fn workbook(rows: &str) -> Vec<u8> {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    const REL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PKG: &str = "http://schemas.openxmlformats.org/package/2006/relationships";
    let parts = [
        (
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>".to_owned(),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PKG}\"><Relationship Id=\"r1\" Type=\"{REL}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{REL}\"><sheets><sheet name=\"Info\" sheetId=\"1\" r:id=\"r1\"/><sheet name=\"Orders\" sheetId=\"2\" r:id=\"r2\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{PKG}\"><Relationship Id=\"r1\" Type=\"{REL}/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"r2\" Type=\"{REL}/worksheet\" Target=\"worksheets/sheet2.xml\"/><Relationship Id=\"r3\" Type=\"{REL}/styles\" Target=\"styles.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{MAIN}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!(
                "<worksheet xmlns=\"{MAIN}\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>nothing here</t></is></c></row></sheetData></worksheet>"
            ),
        ),
        ("xl/worksheets/sheet2.xml", format!("<worksheet xmlns=\"{MAIN}\"><sheetData>{rows}</sheetData></worksheet>")),
    ];
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        writer.start_file(name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn orders_book() -> Vec<u8> {
    let text = |at: &str, text: &str| format!("<c r=\"{at}\" t=\"inlineStr\"><is><t>{text}</t></is></c>");
    let header = [text("A2", "Order ID"), text("B2", "Amount"), text("C2", "Ordered At")].concat();
    workbook(&format!(
        "<row r=\"2\">{header}</row>\
         <row r=\"3\"><c r=\"A3\"><v>17850</v></c><c r=\"B3\"><v>2.5499999999999998</v></c><c r=\"C3\" s=\"1\"><v>40513.351388888892</v></c></row>\
         <row r=\"5\">{}<c r=\"B5\" t=\"e\"><v>#N/A</v></c><c r=\"E5\"><v>1</v></c></row>\
         <row r=\"6\">{}<c r=\"B6\"><v>1.5</v></c></row>",
        text("A5", "x"),
        text("A6", "y")
    ))
}

#[test]
fn workbooks_by_sheet() {
    let found = read(&orders("sheet = \"orders\""), "a.xlsx", orders_book());
    assert_eq!(found.rows, [["17850", "2.5500", "2010-12-01T08:26:00Z", "1"], ["y", "1.5000", "∅", "3"]]);
    assert_eq!(found.rules(), [("bad_decimal", 2, 0)]);
    assert_eq!(found.rejected[0].raw, r##"{"Order ID":"x","Amount":"#N/A","Ordered At":null}"##);
    assert!(found.notes[0].contains("1 cells stand right of the header"), "{:?}", found.notes);
}

#[test]
fn mistakes_about_workbooks() {
    let error = failure(&orders("sheet = \"Sales\""), "a.xlsx", orders_book()).to_string();
    assert!(error.contains("has no sheet \"Sales\"") && error.contains("Info, Orders"), "{error}");
    assert!(failure(&orders(""), "a.xlsx", orders_book()).to_string().contains("nothing here"));
    assert!(failure(&orders(""), "a.xlsx", "order_id\n").to_string().contains("is not a xlsx workbook"));
    let book = orders_book();
    assert_eq!(failure(&orders(""), "a.xlsx", &book[..book.len() - 30]).kind, port::Kind::Input);
    assert!(
        failure(&orders(""), "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").to_string().contains("old Excel workbook")
    );
}
