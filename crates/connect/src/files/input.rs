//! Opens a landed copy: recognises what it is by its first bytes, and gives its content decompressed.

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use port::{Error, Result};
use retail::source::Format;

use super::archive;
use super::arriving::Arriving;

/// Where bytes come from.
#[derive(Debug, Clone)]
pub enum Input {
    File(PathBuf),
    Memory(bytes::Bytes),
    /// A text that is being copied.
    Arriving(Arc<Arriving>),
}

pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// What a file is, by its content.
pub enum Content {
    /// Delimited text or JSON lines, decompressed, in its own encoding.
    Text {
        format: Format,
        reader: Box<dyn Read + Send>,
        origin: Origin,
    },
    Parquet,
    Workbook,
}

/// The file's name and compression, to say what is wrong with it.
#[derive(Debug, Clone)]
pub struct Origin {
    name: String,
    compression: Option<&'static str>,
}

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
const ZIP: &[u8] = b"PK\x03\x04";
const EMPTY_ZIP: &[u8] = b"PK\x05\x06";
const OLE: &[u8] = &[0xd0, 0xcf, 0x11, 0xe0];
const PARQUET: &[u8] = b"PAR1";

impl Input {
    pub fn open(&self) -> Result<Box<dyn ReadSeek>> {
        Ok(match self {
            Input::File(path) => Box::new(File::open(path).map_err(|error| Error::io("read", path, error))?),
            Input::Memory(bytes) => Box::new(Cursor::new(bytes.clone())),
            // It was a text, of which no part is looked for.
            Input::Arriving(copy) => return Err(copy.changed()),
        })
    }

    /// Its bytes from the first to the last.
    fn reader(&self) -> Result<Box<dyn Read + Send>> {
        match self {
            Input::Arriving(copy) => Ok(Box::new(copy.open()?)),
            Input::File(_) | Input::Memory(_) => Ok(Box::new(self.open()?)),
        }
    }

    /// `name` is the arrival's name; `format` what source.toml says about it.
    pub fn content(&self, name: &str, format: Format) -> Result<Content> {
        let plain = Origin::plain(name);
        let mut head = Vec::new();
        self.reader()?.take(8).read_to_end(&mut head).map_err(|error| plain.error(error))?;
        if head.starts_with(OLE) {
            return Err(Error::input(format!("{name} is an old Excel workbook (.xls), or one with a password"))
                .advise("save it as .xlsx without a password, or as CSV"));
        }
        if head.starts_with(PARQUET) {
            return agree(name, format, Format::Parquet, Content::Parquet);
        }
        if head.starts_with(ZIP) || head.starts_with(EMPTY_ZIP) {
            let Some((reader, member)) = archive::only_member(self, name)? else {
                return agree(name, format, Format::Xlsx, Content::Workbook);
            };
            let origin = Origin { compression: Some("zip"), ..plain };
            return text(name, &member, format, reader, origin);
        }
        let (reader, compression): (Box<dyn Read + Send>, _) = if head.starts_with(GZIP) {
            let buffered = BufReader::with_capacity(256 << 10, self.open()?);
            (Box::new(flate2::bufread::MultiGzDecoder::new(buffered)), Some("gzip"))
        } else if head.starts_with(ZSTD) {
            let decoder = zstd::Decoder::new(self.open()?).map_err(|error| plain.error(error))?;
            (Box::new(decoder), Some("zstd"))
        } else {
            (self.reader()?, None)
        };
        text(name, without_compression(name), format, reader, Origin { compression, ..plain })
    }
}

/// Whether a file is a text by its first bytes, and no compressed one.
pub fn is_plain(mut file: &File) -> std::io::Result<bool> {
    let mut head = Vec::new();
    file.take(8).read_to_end(&mut head)?;
    file.rewind()?;
    Ok(![OLE, PARQUET, ZIP, EMPTY_ZIP, GZIP, ZSTD].into_iter().any(|magic| head.starts_with(magic)))
}

/// Text of a kind: as stated, else by the extension, else by its first byte.
fn text(name: &str, inner: &str, stated: Format, mut reader: Box<dyn Read + Send>, origin: Origin) -> Result<Content> {
    let mut head = Vec::new();
    reader.by_ref().take(512).read_to_end(&mut head).map_err(|error| origin.error(error))?;
    if [PARQUET, ZIP, OLE].into_iter().any(|magic| head.starts_with(magic)) {
        return Err(Error::input(format!("{name}: a compressed Parquet file or workbook is not read"))
            .advise("unpack it: Parquet and xlsx are compressed in themselves"));
    }
    let extension = Path::new(inner).extension().map(|ext| ext.to_string_lossy().to_lowercase()).unwrap_or_default();
    let claims = match stated {
        Format::Auto if extension == "parquet" => Format::Parquet,
        Format::Auto if matches!(extension.as_str(), "xlsx" | "xlsm" | "xls") => Format::Xlsx,
        other => other,
    };
    let first = head.iter().copied().find(|byte| !byte.is_ascii_whitespace() && !matches!(byte, 0xef | 0xbb | 0xbf));
    let format = match claims {
        Format::Parquet => return Err(not_a(name, "Parquet file")),
        Format::Xlsx => return Err(not_a(name, "xlsx workbook")),
        Format::Csv | Format::Jsonl => claims,
        Format::Auto => match extension.as_str() {
            "jsonl" | "ndjson" => Format::Jsonl,
            "csv" | "tsv" | "tab" => Format::Csv,
            "json" => Format::Jsonl,
            _ if first == Some(b'{') => Format::Jsonl,
            _ => Format::Csv,
        },
    };
    let reader = Box::new(Cursor::new(head).chain(reader));
    Ok(Content::Text { format, reader, origin })
}

fn not_a(name: &str, what: &str) -> Error {
    Error::input(format!("{name} is not a {what}: its first bytes are not one's"))
        .advise("was it cut off or renamed? Export it again, or state its `format` in source.toml")
}

fn agree(name: &str, stated: Format, found: Format, content: Content) -> Result<Content> {
    if stated == Format::Auto || stated == found {
        return Ok(content);
    }
    let word = |format| match format {
        Format::Parquet => "parquet",
        Format::Xlsx => "xlsx",
        Format::Jsonl => "jsonl",
        _ => "csv",
    };
    Err(Error::input(format!("{name} is {}, but source.toml says format = {:?}", word(found), word(stated)))
        .advise("leave `format` out to have it found from each file"))
}

/// `orders.csv.gz` without `.gz`.
pub fn without_compression(name: &str) -> &str {
    let lower = name.to_ascii_lowercase();
    let packed = [".gz", ".zst", ".zip"].into_iter().find(|ext| lower.ends_with(ext));
    packed.and_then(|ext| name.get(..name.len() - ext.len())).unwrap_or(name)
}

impl Origin {
    pub fn plain(name: &str) -> Origin {
        Origin { name: name.to_owned(), compression: None }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// An error while reading: the content's fault, or the machine's.
    pub fn error(&self, error: std::io::Error) -> Error {
        use std::io::ErrorKind as E;
        let name = &self.name;
        // A file that changed says so itself.
        let error = match error.downcast::<Error>() {
            Ok(ours) => return ours,
            Err(error) => error,
        };
        match self.compression {
            Some(compression) if error.raw_os_error().is_none() => {
                let what = match error.kind() {
                    E::UnexpectedEof => format!("{name} ends in the middle of its {compression} data: it is cut off"),
                    _ => format!("{name}: its {compression} data is damaged ({error})"),
                };
                Error::input(what)
                    .advise("fetch it again, whole, and drop it into the inbox under the same name")
                    .because(error)
            }
            _ => Error::io("read", Path::new(name), error),
        }
    }
}
