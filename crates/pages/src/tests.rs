//! What is written is what the library reads.

use std::sync::Arc;

use arrow::array::*;
use arrow::compute::concat_batches;
use arrow::datatypes::*;
use bytes::Bytes;
use parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReaderBuilder, RowSelection, RowSelector};
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;

use super::Writer;

fn written(batches: &[RecordBatch], properties: WriterProperties) -> Bytes {
    let schema = batches[0].schema();
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, schema, properties).unwrap();
    batches.iter().for_each(|batch| writer.write(batch).unwrap());
    writer.finish().unwrap();
    assert!(writer.bytes_written() > 0);
    drop(writer);
    Bytes::from(bytes)
}

fn read(bytes: Bytes, schema: SchemaRef) -> RecordBatch {
    let options = parquet::arrow::arrow_reader::ArrowReaderOptions::new().with_schema(schema.clone());
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.collect::<Result<_, _>>().unwrap();
    concat_batches(&schema, &batches).unwrap()
}

fn snappy() -> WriterProperties {
    WriterProperties::builder().set_compression(Compression::SNAPPY).build()
}

/// A sequence that looks like nothing (splitmix64).
fn noise(seed: u64) -> impl FnMut() -> u64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

fn schema() -> SchemaRef {
    let time = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let field = |name: &str, kind: DataType| Field::new(name, kind, true);
    Arc::new(Schema::new(vec![
        Field::new("row", DataType::Int64, false),
        field("number", DataType::Int64),
        field("small", DataType::Int32),
        field("day", DataType::Date32),
        field("time", time),
        field("money", DataType::Decimal128(18, 4)),
        field("rate", DataType::Decimal128(9, 2)),
        field("sum", DataType::Decimal128(38, 4)),
        field("flag", DataType::Boolean),
        field("real", DataType::Float64),
        field("word", DataType::Utf8View),
        field("id", DataType::Utf8View),
        field("texts", DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true)))),
        field("none", DataType::Utf8View),
        field("even", DataType::Int64),
    ]))
}

/// `nulls`: one row in so many has none.
fn batch(rows: usize, seed: u64, nulls: u64) -> RecordBatch {
    let mut noise = noise(seed);
    let mut some = |make: &mut dyn FnMut(u64) -> u64| -> Vec<Option<u64>> {
        (0..rows).map(|_| (nulls == 0 || !noise().is_multiple_of(nulls)).then(|| make(noise()))).collect()
    };
    // All widths of differences come up, those of the whole range too.
    let wide = some(&mut |n| n >> (n % 64));
    let extreme = some(&mut |n| [i64::MIN, i64::MAX, 0, -1][n as usize % 4] as u64);
    let even = some(&mut |_| 7);
    let small = |values: &[Option<u64>]| values.iter().map(|n| n.map(|n| n as i32)).collect::<Vec<_>>();
    let decimal = |values: &[Option<u64>], most: i128| {
        values.iter().map(|n| n.map(|n| i128::from(n as i64) % most)).collect::<Decimal128Array>()
    };
    let lengths = some(&mut |n| n);
    let word = |n: u64| match n % 5 {
        0 => String::new(),
        1 => "twelve bytes".to_owned(),
        2 => "thirteen byte".to_owned(),
        3 => format!("ünïcode {}", n % 97),
        _ => format!("a text of more than twelve bytes {}", n % 31),
    };
    let words: StringViewArray = lengths.iter().map(|n| n.map(word)).collect();
    let ids: StringViewArray =
        lengths.iter().enumerate().map(|(row, n)| n.map(|n| format!("{seed}-{row}-{n}"))).collect();
    let mut lists = ListBuilder::new(StringBuilder::new());
    for n in &lengths {
        match n {
            Some(n) => lists.append_value((0..n % 3).map(|at| Some(format!("{at}")))),
            None => lists.append_null(),
        }
    }
    let times = wide.iter().map(|n| n.map(|n| n as i64)).collect::<TimestampMicrosecondArray>();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values((0..rows as i64).map(|row| row * 3))),
        Arc::new(extreme.iter().map(|n| n.map(|n| n as i64)).collect::<Int64Array>()),
        Arc::new(Int32Array::from(small(&extreme.iter().map(|n| n.map(|n| n ^ n >> 32)).collect::<Vec<_>>()))),
        Arc::new(Date32Array::from(small(&wide))),
        Arc::new(times.with_timezone("UTC")),
        Arc::new(decimal(&wide, 10i128.pow(18)).with_precision_and_scale(18, 4).unwrap()),
        Arc::new(decimal(&wide, 10i128.pow(9)).with_precision_and_scale(9, 2).unwrap()),
        Arc::new(decimal(&even, 10i128.pow(18)).with_precision_and_scale(38, 4).unwrap()),
        Arc::new(wide.iter().map(|n| n.map(|n| n % 3 == 0)).collect::<BooleanArray>()),
        Arc::new(wide.iter().map(|n| n.map(|n| n as f64 / 3.0 + 1.0)).collect::<Float64Array>()),
        Arc::new(words),
        Arc::new(ids),
        Arc::new(lists.finish()),
        Arc::new(StringViewArray::new_null(rows)),
        Arc::new(even.iter().map(|n| n.map(|n| n as i64)).collect::<Int64Array>()),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

#[test]
fn rows_come_back_as_they_were() {
    for nulls in [0, 1, 2, 100] {
        let (few, many) = (batch(1, 1, nulls), batch(50_000, 2, nulls));
        // Batches as queries give them: empty, cut out of larger ones, over the ends of pages.
        let batches = [
            few.clone(),
            few.slice(0, 0),
            many.slice(17, 3),
            many.clone(),
            many.slice(1000, 8192),
            batch(127, 3, nulls),
            batch(130, 4, 0),
        ];
        let all = concat_batches(&schema(), &batches).unwrap();
        assert_eq!(read(written(&batches, snappy()), schema()), all, "nulls {nulls}");
        assert_eq!(read(written(&batches, WriterProperties::builder().build()), schema()), all, "plain, nulls {nulls}");
    }
}

#[test]
fn a_file_may_have_no_rows_and_many_groups() {
    let kind = Arc::new(Schema::new(vec![
        Field::new("n", DataType::Int64, true),
        Field::new("texts", DataType::List(Arc::new(Field::new_list_field(DataType::Utf8, true))), true),
    ]));
    let rows = |from: i64, to: i64| {
        let numbers = Arc::new(Int64Array::from_iter_values(from..to));
        let mut lists = ListBuilder::new(StringBuilder::new());
        (from..to).for_each(|n| lists.append_value([Some(n.to_string())]));
        RecordBatch::try_new(kind.clone(), vec![numbers, Arc::new(lists.finish())]).unwrap()
    };
    let none = written(&[rows(0, 0)], snappy());
    assert_eq!(ParquetRecordBatchReaderBuilder::try_new(none).unwrap().metadata().file_metadata().num_rows(), 0);
    let batches: Vec<RecordBatch> = (0..16).map(|at| rows(at * 100_000, (at + 1) * 100_000)).collect();
    let bytes = written(&batches, snappy());
    let groups = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).unwrap().metadata().num_row_groups();
    assert_eq!(groups, 2);
    assert_eq!(read(bytes, kind.clone()), concat_batches(&kind, &batches).unwrap());
}

#[test]
fn texts_leave_the_dictionary_when_it_serves_no_more() {
    let kind = Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8View, true)]));
    let texts = |texts: &mut dyn Iterator<Item = String>| {
        RecordBatch::try_new(kind.clone(), vec![Arc::new(texts.map(Some).collect::<StringViewArray>())]).unwrap()
    };
    // Few words, then ever new long ones, then the few again.
    let few = texts(&mut (0..40_000).map(|n| format!("word {}", n % 40)));
    let new = texts(&mut (0..40_000).map(|n| format!("a word that is told one time and no more, {n}")));
    let batches = [few.clone(), new, few];
    let bytes = written(&batches, snappy());
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).unwrap();
    let chunk = reader.metadata().row_group(0).column(0);
    let encodings: Vec<Encoding> = chunk.encodings().collect();
    assert!(encodings.contains(&Encoding::RLE_DICTIONARY) && encodings.contains(&Encoding::PLAIN), "{encodings:?}");
    let bounds = chunk.statistics().unwrap();
    assert_eq!(bounds.min_bytes_opt(), Some(&b"a word that is told one time and no more, 0"[..]));
    assert_eq!(bounds.max_bytes_opt(), Some(&b"word 9"[..]));
    assert_eq!(read(bytes, kind.clone()), concat_batches(&kind, &batches).unwrap());
    // Ever new words from the first on: no dictionary at all.
    let ids = texts(&mut (0..20_000).map(|n| format!("{n}")));
    let bytes = written(std::slice::from_ref(&ids), snappy());
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).unwrap();
    assert_eq!(reader.metadata().row_group(0).column(0).dictionary_page_offset(), None);
    assert_eq!(read(bytes, kind), ids);
}

#[test]
fn a_bound_too_long_to_be_kept_hides_no_rows() {
    let kind = Arc::new(Schema::new(vec![Field::new("id", DataType::Utf8View, true)]));
    let mut ids: Vec<String> = (0..40_000).map(|n| format!("{n:05}")).collect();
    ids[7] = "x".repeat(100);
    let ids = RecordBatch::try_new(kind.clone(), vec![Arc::new(StringViewArray::from_iter_values(&ids))]).unwrap();
    let bytes = written(std::slice::from_ref(&ids), snappy());
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).unwrap();
    let bounds = reader.metadata().row_group(0).column(0).statistics().unwrap();
    // Those of later pages alone would say that it is not there.
    assert!(bounds.min_bytes_opt().is_none() && bounds.max_bytes_opt().is_none());
    assert_eq!(read(bytes, kind), ids);
}

#[test]
fn long_texts_make_pages_of_few_rows() {
    let kind = Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8View, true)]));
    let long = "long ".repeat(60_000);
    let texts = StringViewArray::from_iter_values((0..300).map(|n| if n < 200 { long.as_str() } else { "short" }));
    let texts = RecordBatch::try_new(kind.clone(), vec![Arc::new(texts)]).unwrap();
    let other = "other ".repeat(200_000);
    let others = StringViewArray::from_iter_values((0..50).map(|n| format!("{n} {other}")));
    let others = RecordBatch::try_new(kind.clone(), vec![Arc::new(others)]).unwrap();
    for (batches, repeat) in [(vec![texts.clone(), others.clone()], true), (vec![others, texts], false)] {
        let bytes = written(&batches, WriterProperties::builder().build());
        let options = parquet::arrow::arrow_reader::ArrowReaderOptions::new().with_page_index_policy(true.into());
        let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes.clone(), options).unwrap();
        let index = reader.metadata().offset_index().unwrap()[0][0].clone();
        let largest = index.page_locations().iter().map(|page| page.compressed_page_size).max().unwrap();
        assert!(largest < 4 << 20, "{largest}");
        // Those that do not repeat are not kept to see whether they will.
        assert_eq!(reader.metadata().row_group(0).column(0).dictionary_page_offset().is_some(), repeat);
        assert_eq!(read(bytes, kind.clone()), concat_batches(&kind, &batches).unwrap());
    }
}

#[test]
fn a_page_of_few_texts_decides_nothing() {
    let kind = Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8View, true)]));
    let texts = (0..100_000).map(|n| match n {
        0..20_000 => (n % 5_000 == 0).then(|| format!("early {n}")),
        _ => Some(format!("word {}", n % 300)),
    });
    let texts = RecordBatch::try_new(kind.clone(), vec![Arc::new(texts.collect::<StringViewArray>())]).unwrap();
    let bytes = written(std::slice::from_ref(&texts), snappy());
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone()).unwrap();
    assert!(reader.metadata().row_group(0).column(0).dictionary_page_offset().is_some());
    assert_eq!(read(bytes, kind), texts);
}

#[test]
fn single_rows_are_found_by_the_offsets_of_pages() {
    let rows = batch(60_000, 11, 9);
    let bytes = written(std::slice::from_ref(&rows), snappy());
    let options = parquet::arrow::arrow_reader::ArrowReaderOptions::new()
        .with_schema(schema())
        .with_page_index_policy(true.into());
    let wanted = [(16_383, 2), (40_000, 1), (59_999, 1)];
    let mut selectors = Vec::new();
    let mut at = 0;
    for (from, count) in wanted {
        selectors.extend([RowSelector::skip(from - at), RowSelector::select(count)]);
        at = from + count;
    }
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes, options).unwrap();
    let reader = reader.with_row_selection(RowSelection::from(selectors)).build().unwrap();
    let found: Vec<RecordBatch> = reader.collect::<Result<_, _>>().unwrap();
    let right: Vec<RecordBatch> = wanted.iter().map(|(from, count)| rows.slice(*from, *count)).collect();
    assert_eq!(concat_batches(&schema(), &found).unwrap(), concat_batches(&schema(), &right).unwrap());
}

#[test]
fn bounds_are_those_of_the_values() {
    let rows = batch(40_000, 9, 5);
    let none =
        WriterProperties::builder().set_column_statistics_enabled(ColumnPath::from("word"), EnabledStatistics::None);
    let bytes = written(std::slice::from_ref(&rows), none.build());
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes).unwrap();
    let (groups, kind) = (reader.metadata().row_groups(), schema());
    for name in ["row", "number", "small", "day", "time", "money", "rate", "flag", "real", "id"] {
        let known = StatisticsConverter::try_new(name, &kind, reader.parquet_schema()).unwrap();
        let (low, high) = (known.row_group_mins(groups).unwrap(), known.row_group_maxes(groups).unwrap());
        let column = rows.column_by_name(name).unwrap();
        let sorted = arrow::compute::sort(column, None).unwrap();
        assert_eq!(*low, *sorted.slice(column.null_count(), 1), "{name}");
        assert_eq!(*high, *sorted.slice(column.len() - 1, 1), "{name}");
        let nulls = known.row_group_null_counts(groups).unwrap();
        assert_eq!(nulls.value(0), column.null_count() as u64, "{name}");
    }
    let of = |name: &str| reader.metadata().row_group(0).column(schema().index_of(name).unwrap()).statistics().cloned();
    assert_eq!(of("word"), None);
    assert!(of("none").unwrap().min_bytes_opt().is_none());
}

#[test]
fn rows_of_another_type_are_refused() {
    let kind = |kind: DataType, nullable: bool| Arc::new(Schema::new(vec![Field::new("n", kind, nullable)]));
    let mut writer = Writer::new(Vec::new(), kind(DataType::Int64, false), snappy()).unwrap();
    let texts: ArrayRef = Arc::new(StringViewArray::from(vec!["1"]));
    let texts = RecordBatch::try_new(kind(DataType::Utf8View, true), vec![texts]).unwrap();
    let error = writer.write(&texts).unwrap_err().to_string();
    assert!(error.contains("n is Int64, not Utf8View"), "{error}");
    let nulls: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(1)]));
    let nulls = RecordBatch::try_new(kind(DataType::Int64, true), vec![nulls]).unwrap();
    assert!(writer.write(&nulls).unwrap_err().to_string().contains("1 nulls"));
}
