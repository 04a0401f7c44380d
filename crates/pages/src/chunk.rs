//! A column chunk: encoded pages put together as a row group takes them.

use std::io::Write;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, PageType};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, PageEncodingStats};
use parquet::file::page_index::offset_index::{OffsetIndexMetaData, PageLocation};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, SerializedRowGroupWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;

/// A column of a row group, encoded.
pub struct Chunk {
    bytes: Bytes,
    close: ColumnCloseResult,
}

/// Pages of a column until its row group is complete.
pub struct Pages {
    compression: Compression,
    pages: Vec<Data>,
    rows: u64,
}

struct Data {
    page: Packed,
    rows: u32,
    encoding: Encoding,
}

/// A page's bytes as they are stored, and how many they were.
struct Packed {
    bytes: Bytes,
    size: usize,
}

impl Pages {
    /// Of a compression that [`Pages::can`] make.
    pub fn new(compression: Compression) -> Pages {
        Pages { compression, pages: Vec::new(), rows: 0 }
    }

    pub fn can(compression: Compression) -> bool {
        matches!(compression, Compression::UNCOMPRESSED | Compression::SNAPPY)
    }

    /// A page of `rows` rows: definition levels with their length, then the values. `bytes` is emptied.
    pub fn push(&mut self, bytes: &mut Vec<u8>, rows: u32, encoding: Encoding) -> Result<()> {
        let page = self.packed(bytes)?;
        self.rows += u64::from(rows);
        self.pages.push(Data { page, rows, encoding });
        Ok(())
    }

    fn packed(&self, bytes: &mut Vec<u8>) -> Result<Packed> {
        let size = bytes.len();
        let bytes = if self.compression == Compression::SNAPPY {
            let packed = snap::raw::Encoder::new().compress_vec(bytes);
            bytes.clear();
            // It has room for the worst case, and pages wait until their row group is complete.
            let mut packed = packed.map_err(|error| ParquetError::External(Box::new(error)))?;
            packed.shrink_to_fit();
            packed
        } else {
            std::mem::take(bytes)
        };
        Ok(Packed { bytes: Bytes::from(bytes), size })
    }

    /// `dictionary`: its values in plain encoding, and how many they are.
    pub fn finish(
        self,
        described: &ColumnDescPtr,
        dictionary: Option<(Vec<u8>, u32)>,
        statistics: Option<Statistics>,
    ) -> Result<Chunk> {
        let mut metadata = ColumnChunkMetaData::builder(described.clone())
            .set_compression(self.compression)
            .set_num_values(self.rows as i64);
        let (mut encodings, mut used) = (vec![Encoding::RLE], Vec::new());
        let mut uses = |page_type: PageType, encoding: Encoding| {
            let same = |stats: &&mut PageEncodingStats| (stats.page_type, stats.encoding) == (page_type, encoding);
            match used.iter_mut().find(same) {
                Some(stats) => stats.count += 1,
                None => used.push(PageEncodingStats { page_type, encoding, count: 1 }),
            }
            if !encodings.contains(&encoding) {
                encodings.push(encoding);
            }
        };
        let of_pages = self.pages.iter().map(|data| data.page.bytes.len() + 64).sum::<usize>();
        let room = of_pages + dictionary.as_ref().map_or(0, |(bytes, _)| bytes.len() + 64);
        let mut to = TrackedWrite::new(Vec::with_capacity(room));
        let mut pages = SerializedPageWriter::new(&mut to);
        let (mut compressed, mut uncompressed) = (0, 0);
        let mut write = |page: Page, size: usize, first_row_index: u64| -> Result<PageLocation> {
            let written = pages.write_page(CompressedPage::new(page, size))?;
            compressed += written.compressed_size as i64;
            uncompressed += written.uncompressed_size as i64;
            let (offset, compressed_page_size) = (written.offset as i64, written.compressed_size as i32);
            Ok(PageLocation { offset, compressed_page_size, first_row_index: first_row_index as i64 })
        };
        if let Some((mut bytes, num_values)) = dictionary {
            let Packed { bytes: buf, size } = self.packed(&mut bytes)?;
            let encoding = Encoding::PLAIN;
            let at = write(Page::DictionaryPage { buf, num_values, encoding, is_sorted: false }, size, 0)?;
            metadata = metadata.set_dictionary_page_offset(Some(at.offset));
            uses(PageType::DICTIONARY_PAGE, encoding);
        }
        let (mut page_locations, mut first_row) = (Vec::with_capacity(self.pages.len()), 0);
        for Data { page, rows, encoding } in self.pages {
            let page_of = Page::DataPage {
                buf: page.bytes,
                num_values: rows,
                encoding,
                def_level_encoding: Encoding::RLE,
                rep_level_encoding: Encoding::RLE,
                statistics: None,
            };
            page_locations.push(write(page_of, page.size, first_row)?);
            first_row += u64::from(rows);
            uses(PageType::DATA_PAGE, encoding);
        }
        metadata = metadata
            .set_data_page_offset(page_locations.first().map_or(0, |page| page.offset))
            .set_encodings(encodings)
            .set_page_encoding_stats(used)
            .set_total_compressed_size(compressed)
            .set_total_uncompressed_size(uncompressed);
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let bytes = Bytes::from(to.into_inner()?);
        let close = ColumnCloseResult {
            bytes_written: bytes.len() as u64,
            rows_written: self.rows,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            // Who wants few rows reads their pages alone.
            offset_index: Some(OffsetIndexMetaData { page_locations, unencoded_byte_array_data_bytes: None }),
        };
        Ok(Chunk { bytes, close })
    }
}

impl Chunk {
    pub fn append<W: Write + Send>(self, group: &mut SerializedRowGroupWriter<'_, W>) -> Result<()> {
        group.append_column(&self.bytes, self.close)
    }
}
