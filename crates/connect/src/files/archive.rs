//! Zip archives: exactly one file in each, since an arrival is rows of one table. A workbook is a zip archive too.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

use flate2::Crc;
use port::{Error, Result};
use zip::CompressionMethod;

use super::input::Input;

/// A reader of the only file in the archive and that file's name; `None` when it is a workbook.
pub fn only_member(input: &Input, name: &str) -> Result<Option<(Box<dyn Read + Send>, String)>> {
    let damaged = |error: zip::result::ZipError| {
        Error::input(format!("{name} is not a whole zip archive: {error}"))
            .advise("fetch it again, whole, and drop it into the inbox under the same name")
            .because(error)
    };
    let mut archive = zip::ZipArchive::new(BufReader::new(input.open()?)).map_err(damaged)?;
    let names: Vec<String> = archive
        .file_names()
        .map(|name| name.map(|name| name.into_owned()))
        .collect::<Result<_, _>>()
        .map_err(damaged)?;
    if names.iter().any(|member| member == "xl/workbook.xml") {
        return Ok(None);
    }
    let hidden = |member: &str| member.starts_with("__MACOSX/") || member.split('/').any(|part| part.starts_with('.'));
    let files: Vec<&String> = names.iter().filter(|member| !member.ends_with('/') && !hidden(member)).collect();
    let [member] = files.as_slice() else {
        let listed: Vec<&str> = files.iter().take(10).map(|member| member.as_str()).collect();
        return Err(Error::input(format!("{name} holds {} files, not one: {}", files.len(), listed.join(", ")))
            .advise("unpack it into the inbox: each file there is matched to its own table"));
    };
    let index = archive.index_for_name(member).unwrap_or_default();
    let file = archive.by_index_raw(index).map_err(damaged)?;
    if file.encrypted() {
        return Err(Error::input(format!("{name} is locked with a password")).advise("unpack it into the inbox"));
    }
    let (packed, crc, size, method) = (file.compressed_size(), file.crc32(), file.size(), file.compression());
    let start = file.data_start();
    drop(file);
    let start =
        start.ok_or_else(|| Error::input(format!("{name}: the zip archive does not say where its file starts")))?;
    let mut bytes = archive.into_inner().into_inner();
    bytes.seek(SeekFrom::Start(start)).map_err(|error| Error::io("read", name.as_ref(), error))?;
    let bytes = BufReader::with_capacity(256 << 10, bytes.take(packed));
    let reader: Box<dyn Read + Send> = match method {
        CompressionMethod::Stored => Box::new(bytes),
        CompressionMethod::Deflated => Box::new(flate2::bufread::DeflateDecoder::new(bytes)),
        other => {
            return Err(Error::input(format!("{name} is packed with {other}, which is not read"))
                .advise("pack it again with plain deflate, or unpack it into the inbox"));
        }
    };
    Ok(Some((Box::new(Checked { reader, crc: Crc::new(), left: size, wanted: crc }), (*member).clone())))
}

/// Reads a member and compares its length and checksum at the end.
struct Checked {
    reader: Box<dyn Read + Send>,
    crc: Crc,
    left: u64,
    wanted: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.crc.update(&buffer[..read]);
        self.left = self.left.saturating_sub(read as u64);
        if read == 0 && !buffer.is_empty() {
            if self.left > 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if self.crc.sum() != self.wanted {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum differs"));
            }
        }
        Ok(read)
    }
}
