//! Parquet files, which are encoded by hand, hold what the same shop's CSV files hold, as another reader sees it.

use std::fs::File;
use std::path::Path;

use arrow::array::Array;
use arrow::util::display::array_value_to_string;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::statistics::Statistics;
use sim::bulk::Bulk;
use sim::export::layout::{Every, Layout};
use sim::export::sheet::Format;
use sim::fault::{Fault, Rates};
use sim::options::Options;
use sim::shop::Shop;

const START: i32 = 20_089;
const DAY: i64 = 86_400;

fn shop(orders: u64, days: i32) -> Shop {
    let mut options = Options::new(4, START, START + days, orders);
    options.faults = Rates(Fault::ALL.iter().filter(|(_, it)| !it.needs_text()).map(|(_, it)| (*it, 0.01)).collect());
    Shop::new(&options, START + days).unwrap()
}

fn written(shop: &Shop, every: Every, format: Format) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::new(i64::from(START) * DAY, i64::from(shop.until) * DAY, every).unwrap();
    Bulk::history(layout, format, 0).write(shop, folder.path(), &|_| {}).unwrap();
    folder
}

/// Rows as CSV has them.
fn rows(path: &Path) -> Vec<String> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let mut rows = Vec::new();
    for batch in reader.map(Result::unwrap) {
        for row in 0..batch.num_rows() {
            let cell = |column: &std::sync::Arc<dyn Array>| match column.is_null(row) {
                true => String::new(),
                false => array_value_to_string(column, row).unwrap(),
            };
            rows.push(batch.columns().iter().map(cell).collect::<Vec<_>>().join(","));
        }
    }
    rows
}

#[test]
fn parquet_has_the_rows_of_csv() {
    // Months of several row groups, and hours of a few rows or one.
    for (orders, days, every) in [(90_000, 62, Every::Month), (600, 20, Every::Hour)] {
        let shop = shop(orders, days);
        let [text, typed] = [Format::Csv, Format::Parquet].map(|format| written(&shop, every, format));
        let mut compared = 0;
        for entry in std::fs::read_dir(typed.path()).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.extension().is_none_or(|ending| ending != "parquet") {
                continue;
            }
            let csv = text.path().join(path.with_extension("csv").file_name().unwrap());
            let csv = std::fs::read_to_string(csv).unwrap();
            assert!(!csv.contains('"'));
            let found = rows(&path);
            // The fault bad_date has a text where Parquet has a time too far away.
            let is_equal = |(a, b): (&String, &str)| a == b || b.contains(",0000-00-00T00:00:00Z,");
            assert_eq!(found.len(), csv.lines().count() - 1);
            for pair in found.iter().zip(csv.lines().skip(1)) {
                assert!(is_equal(pair), "{pair:?} in {path:?}");
            }
            compared += found.len();
        }
        assert!(compared as u64 > 3 * orders, "{compared}");
    }
}

#[test]
fn row_groups_tell_the_bounds_of_their_numbers() {
    let shop = shop(30_000, 30);
    let folder = written(&shop, Every::Month, Format::Parquet);
    let file = folder.path().join("orders-2025-01-01.parquet");
    let reader = SerializedFileReader::new(File::open(file).unwrap()).unwrap();
    let (from, to) = (i64::from(START) * DAY * 1_000_000, i64::from(START + 31) * DAY * 1_000_000);
    let mut last = from;
    for group in reader.metadata().row_groups() {
        let column = |name: &str| group.columns().iter().find(|it| it.column_path().string() == name).unwrap();
        let Some(Statistics::Int64(updated)) = column("updated_at").statistics() else { panic!("no bounds") };
        assert!(from < *updated.min_opt().unwrap() && *updated.max_opt().unwrap() < to);
        // A line of an order that nobody knows has none.
        assert!(updated.null_count_opt().unwrap() < group.num_rows() as u64 / 20);
        let Some(Statistics::Int64(cancelled)) = column("cancelled_at").statistics() else { panic!("no bounds") };
        assert!(cancelled.null_count_opt().unwrap() > group.num_rows() as u64 / 2);
        assert!(column("status").dictionary_page_offset().is_some());
        last = last.max(*updated.max_opt().unwrap());
    }
    assert!(last > from);
}
