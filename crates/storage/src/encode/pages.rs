//! Pages of one column chunk: compressed one by one, put together when the row group is complete.

use std::mem;

use arrow::datatypes::{ArrowNativeType, ToByteSlice};
use bytes::Bytes;
use parquet::basic::PageType;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{CompressedPage, Page, PageWriter};
use parquet::column::writer::ColumnCloseResult;
use parquet::errors::{ParquetError, Result};
use parquet::file::metadata::{ColumnChunkMetaData, OffsetIndexBuilder, PageEncodingStats};
use parquet::file::statistics::Statistics;
use parquet::file::writer::{SerializedPageWriter, TrackedWrite};
use parquet::schema::types::ColumnDescPtr;
use zstd::bulk::Compressor;
use zstd::zstd_safe::{CParameter, compress_bound};

/// What repeats in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grain {
    /// Codes of a byte or two: only long repeats are worth a reference.
    Narrow,
    /// Numbers of eight bytes.
    Wide,
}

/// A page before it is compressed.
#[derive(Debug)]
pub(super) struct Raw {
    pub(super) bytes: Vec<u8>,
    pub(super) encoding: Encoding,
    pub(super) grain: Grain,
}

/// Compresses pages; its compressors and buffers serve all columns in turn.
pub(super) struct Packer {
    narrow: Compressor<'static>,
    wide: Compressor<'static>,
    raw: Raw,
    packed: Vec<u8>,
}

/// The packed pages of a column chunk.
#[derive(Default)]
pub(super) struct Pages {
    pages: Vec<CompressedPage>,
}

/// Entries of the table in which a compressor looks for what repeats, as a power of two, and the bytes that a repeat has
/// at least: measured on 513 features, the smallest pages for the time.
const NARROW: (u32, u32) = (10, 7);
const WIDE: (u32, u32) = (12, 5);

/// Bytes of a page's header, about.
const HEADER: usize = 40;

impl Packer {
    pub(super) fn new() -> Result<Self> {
        let compressor = |(table, repeat)| {
            let mut compressor = Compressor::new(1)?;
            compressor.set_parameter(CParameter::HashLog(table))?;
            compressor.set_parameter(CParameter::MinMatch(repeat))?;
            Ok::<_, std::io::Error>(compressor)
        };
        let raw = Raw { bytes: Vec::new(), encoding: Encoding::PLAIN, grain: Grain::Wide };
        Ok(Self { narrow: compressor(NARROW)?, wide: compressor(WIDE)?, raw, packed: Vec::new() })
    }

    /// The page to be filled next, empty.
    pub(super) fn raw(&mut self) -> &mut Raw {
        self.raw.bytes.clear();
        &mut self.raw
    }

    /// The page as it goes into the file.
    fn pack(&mut self, compression: Compression) -> Result<Bytes> {
        let raw = &self.raw.bytes;
        match compression {
            Compression::UNCOMPRESSED => Ok(Bytes::copy_from_slice(raw)),
            Compression::ZSTD(_) => {
                let compressor = match self.raw.grain {
                    Grain::Narrow => &mut self.narrow,
                    Grain::Wide => &mut self.wide,
                };
                self.packed.clear();
                self.packed.reserve(compress_bound(raw.len()));
                compressor.compress_to_buffer(raw, &mut self.packed)?;
                Ok(Bytes::copy_from_slice(&self.packed))
            }
            other => Err(ParquetError::NYI(format!("pages packed with {other}"))),
        }
    }
}

impl Pages {
    /// Packs the page that lies ready.
    pub(super) fn push(&mut self, packer: &mut Packer, compression: Compression, rows: usize) -> Result<()> {
        let page = Page::DataPage {
            buf: packer.pack(compression)?,
            num_values: rows as u32,
            encoding: packer.raw.encoding,
            def_level_encoding: Encoding::RLE,
            rep_level_encoding: Encoding::RLE,
            statistics: None,
        };
        self.pages.push(CompressedPage::new(page, packer.raw.bytes.len()));
        Ok(())
    }

    /// The bytes of the column chunk, its dictionary first, and what the footer says of it.
    pub(super) fn close<T: ArrowNativeType>(
        &mut self,
        packer: &mut Packer,
        column: &ColumnDescPtr,
        compression: Compression,
        dictionary: &[T],
        statistics: Option<Statistics>,
    ) -> Result<(Bytes, ColumnCloseResult)> {
        let data = mem::take(&mut self.pages);
        let coded = data.iter().any(|page| page.encoding() == Encoding::RLE_DICTIONARY);
        let mut pages = Vec::with_capacity(data.len() + 1);
        if coded {
            let raw = packer.raw();
            raw.bytes.extend_from_slice(dictionary.to_byte_slice());
            raw.grain = Grain::Wide;
            let buf = packer.pack(compression)?;
            let (num_values, encoding) = (dictionary.len() as u32, Encoding::PLAIN);
            let page = Page::DictionaryPage { buf, num_values, encoding, is_sorted: false };
            pages.push(CompressedPage::new(page, packer.raw.bytes.len()));
        }
        pages.extend(data);

        let size = pages.iter().map(|page| page.compressed_size() + HEADER).sum();
        let mut sink = TrackedWrite::new(Vec::with_capacity(size));
        let mut written = SerializedPageWriter::new(&mut sink);
        let mut index = OffsetIndexBuilder::new();
        let (mut raw, mut packed, mut rows, mut first) = (0, 0, 0, None);
        let mut encodings = vec![Encoding::RLE];
        let mut kinds: Vec<PageEncodingStats> = Vec::new();
        for page in pages {
            let (page_type, encoding) = (page.page_type(), page.encoding());
            let place = written.write_page(page)?;
            raw += place.uncompressed_size as i64;
            packed += place.compressed_size as i64;
            if page_type != PageType::DICTIONARY_PAGE {
                first.get_or_insert(place.offset as i64);
                rows += i64::from(place.num_values);
                index.append_row_count(i64::from(place.num_values));
                index.append_offset_and_size(place.offset as i64, place.compressed_size as i32);
            }
            if !encodings.contains(&encoding) {
                encodings.push(encoding);
            }
            match kinds.last_mut() {
                Some(kind) if kind.page_type == page_type && kind.encoding == encoding => kind.count += 1,
                _ => kinds.push(PageEncodingStats { page_type, encoding, count: 1 }),
            }
        }
        let mut metadata = ColumnChunkMetaData::builder(column.clone())
            .set_compression(compression)
            .set_encodings(encodings)
            .set_page_encoding_stats(kinds)
            .set_total_uncompressed_size(raw)
            .set_total_compressed_size(packed)
            .set_num_values(rows)
            .set_data_page_offset(first.unwrap_or_default())
            .set_dictionary_page_offset(coded.then_some(0));
        if let Some(statistics) = statistics {
            metadata = metadata.set_statistics(statistics);
        }
        let close = ColumnCloseResult {
            bytes_written: packed as u64,
            rows_written: rows as u64,
            metadata: metadata.build()?,
            bloom_filter: None,
            column_index: None,
            offset_index: Some(index.build()),
        };
        Ok((Bytes::from(sink.into_inner()?), close))
    }
}
