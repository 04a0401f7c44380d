//! Columns as Parquet's column chunks, a page each, with little looking at single values: numbers as differences, texts as keys
//! of a dictionary. The library's own writer takes several times as long, since it knows neither what repeats nor the words.

use pages::bits::{differences, levels, pack, packed, run, width};
use pages::{Chunk, Pages};
use parquet::basic::{Compression, Encoding, Type};
use parquet::errors::Result;
use parquet::file::statistics::Statistics;
use parquet::schema::types::ColumnDescPtr;

use super::columns::{Column, Runs, Values};
use super::table::Kind;

/// A column of a row group, encoded.
pub fn chunk(column: &Column, runs: &Runs<'_>, rows: u32, described: &ColumnDescPtr) -> Result<Chunk> {
    let mut page = Vec::with_capacity(4 * rows as usize);
    let has_lengths = described.physical_type() == Type::BYTE_ARRAY;
    let nulls = levels(&mut page, |page| present(page, runs, rows));
    let (mut dictionary, mut statistics) = (None, None);
    let encoding = match &column.values {
        Values::Numbers(numbers) => {
            let bounds = |(least, most): (i64, i64), number: &i64| (least.min(*number), most.max(*number));
            let (least, most) = numbers.iter().fold((i64::MAX, i64::MIN), bounds);
            let [least, most] = [least, most].map(|number| (!numbers.is_empty()).then_some(number));
            statistics = Some(Statistics::int64(least, most, None, Some(nulls), false));
            // Times of documents of several rows: each is a word of its own, since they hardly meet.
            if column.kind == Kind::Time && 2 * runs.count() < rows as usize && !numbers.is_empty() {
                let mut all = Vec::with_capacity(8 * numbers.len());
                numbers.iter().for_each(|number| all.extend_from_slice(&number.to_le_bytes()));
                dictionary = Some((all, numbers.len() as u32));
                let keys: Vec<u32> = (0..numbers.len() as u32).collect();
                references(&mut page, numbers.len(), runs, &keys, u64::from(rows) - nulls);
                Encoding::RLE_DICTIONARY
            } else {
                differences(&mut page, &runs.spread(numbers));
                Encoding::DELTA_BINARY_PACKED
            }
        }
        Values::Flags(flags) => {
            pack(&mut page, 1, runs.spread(flags).iter().map(|flag| u64::from(*flag)));
            Encoding::PLAIN
        }
        Values::Words(words) => {
            // What hardly repeats is not worth a dictionary.
            if 2 * words.count() as u64 >= u64::from(rows) - nulls {
                let keys = runs.spread(&words.keys);
                keys.iter().for_each(|key| plain(&mut page, words.get(*key), has_lengths));
                Encoding::PLAIN
            } else {
                let mut all = Vec::with_capacity(words.length() + 4 * words.count());
                (0..words.count() as u32).for_each(|key| plain(&mut all, words.get(key), has_lengths));
                dictionary = Some((all, words.count() as u32));
                references(&mut page, words.count(), runs, &words.keys, u64::from(rows) - nulls);
                Encoding::RLE_DICTIONARY
            }
        }
    };
    let mut pages = Pages::new(Compression::UNCOMPRESSED);
    pages.push(&mut page, rows, encoding)?;
    pages.finish(described, dictionary, statistics)
}

/// Which rows have a value; tells how many have none.
fn present(page: &mut Vec<u8>, runs: &Runs<'_>, rows: u32) -> u64 {
    if !runs.has_nulls() {
        run(page, 1, 1, rows as usize);
        return 0;
    }
    let (mut last, mut times, mut nulls) = (true, 0, 0);
    for (has_value, rows) in runs.each() {
        if has_value != last && times > 0 {
            run(page, 1, u64::from(last), times);
            times = 0;
        }
        (last, times) = (has_value, times + rows);
        nulls += if has_value { 0 } else { rows as u64 };
    }
    run(page, 1, u64::from(last), times);
    nulls
}

fn plain(page: &mut Vec<u8>, word: &[u8], has_length: bool) {
    if has_length {
        page.extend_from_slice(&(word.len() as u32).to_le_bytes());
    }
    page.extend_from_slice(word);
}

/// Keys of runs, as runs or packed, whichever is shorter: documents of several rows are runs, single rows' words are not.
fn references(page: &mut Vec<u8>, words: usize, runs: &Runs<'_>, keys: &[u32], rows: u64) {
    let width = width(words as u64 - 1).max(1);
    page.push(width as u8);
    let a_run = 1 + u64::from(width.div_ceil(8));
    let merged = 1 + keys.windows(2).map(|pair| u64::from(pair[0] != pair[1])).sum::<u64>();
    if keys.len() as u64 == rows || merged * a_run * 8 >= rows * u64::from(width) {
        return packed(page, width, runs.spread(keys).iter().map(|key| u64::from(*key)));
    }
    let (mut last, mut times) = (keys[0], 0);
    for ((_, more), key) in runs.each().filter(|(has_value, _)| *has_value).zip(keys) {
        if *key != last {
            run(page, width, u64::from(last), times);
            (last, times) = (*key, 0);
        }
        times += more;
    }
    run(page, width, u64::from(last), times);
}
