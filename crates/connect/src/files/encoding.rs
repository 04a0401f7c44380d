//! Encodings: whatever a text is in, UTF-8 comes out, as a stream.
//!
//! Bytes that mean nothing in the stated encoding come out as the byte FF, which UTF-8 never has: the row they are in is
//! then recognised and set aside like one of invalid UTF-8.

use std::io::{self, Cursor, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use port::{Error, Result};

use super::input::Origin;

/// The text as UTF-8 without its byte order mark, and the encoding it was in.
///
/// A byte order mark decides; then the label; then UTF-16 is recognised by its zero bytes; else it is UTF-8.
pub fn utf8(
    mut reader: Box<dyn Read + Send>,
    label: Option<&str>,
    origin: &Origin,
) -> Result<(Box<dyn Read + Send>, &'static Encoding)> {
    let stated = label.map(|label| {
        Encoding::for_label(label.trim().as_bytes()).ok_or_else(|| {
            Error::config(format!("encoding = {label:?} is not known"))
                .advise("write it as the web does: \"utf-8\", \"utf-16le\", \"windows-1252\" (Latin-1), \"windows-1250\", \"shift_jis\"")
        })
    });
    let stated = stated.transpose()?;
    let mut head = Vec::new();
    reader.by_ref().take(512).read_to_end(&mut head).map_err(|error| origin.error(error))?;
    let (encoding, mark) = match Encoding::for_bom(&head) {
        Some((encoding, length)) => (encoding, length),
        None => (stated.or_else(|| utf16(&head)).unwrap_or(UTF_8), 0),
    };
    head.drain(..mark);
    let whole: Box<dyn Read + Send> = Box::new(Cursor::new(head).chain(reader));
    if encoding == UTF_8 {
        return Ok((whole, encoding));
    }
    let decoder = encoding.new_decoder_without_bom_handling();
    Ok((
        Box::new(Transcoder {
            reader: whole,
            decoder,
            input: vec![0; INPUT],
            from: 0,
            to: 0,
            ended: false,
            done: false,
            spare: Vec::new(),
        }),
        encoding,
    ))
}

/// Text in UTF-16 that is mostly Latin has a zero in every other byte.
fn utf16(head: &[u8]) -> Option<&'static Encoding> {
    let pairs = head.len() / 2;
    let zeros = |offset: usize| head.iter().skip(offset).step_by(2).filter(|byte| **byte == 0).count();
    match (zeros(0), zeros(1)) {
        (0, odd) if pairs >= 2 && odd * 10 > pairs * 6 => Some(UTF_16LE),
        (even, 0) if pairs >= 2 && even * 10 > pairs * 6 => Some(UTF_16BE),
        _ => None,
    }
}

const INPUT: usize = 256 << 10;
/// Room that a decoder may need to make progress.
const LEAST: usize = 16;

struct Transcoder {
    reader: Box<dyn Read + Send>,
    decoder: Decoder,
    input: Vec<u8>,
    from: usize,
    to: usize,
    /// The reader gave its last byte.
    ended: bool,
    /// And the decoder too.
    done: bool,
    /// Decoded bytes for callers whose buffer is too small to decode into.
    spare: Vec<u8>,
}

impl Read for Transcoder {
    fn read(&mut self, output: &mut [u8]) -> io::Result<usize> {
        if self.spare.is_empty() && output.len() >= LEAST {
            return self.decode(output);
        }
        if self.spare.is_empty() {
            let mut decoded = [0; 4 * LEAST];
            let length = self.decode(&mut decoded)?;
            self.spare.extend_from_slice(&decoded[..length]);
        }
        let length = self.spare.len().min(output.len());
        output[..length].copy_from_slice(&self.spare[..length]);
        self.spare.drain(..length);
        Ok(length)
    }
}

impl Transcoder {
    /// Decodes into `output`, of [`LEAST`] bytes or more; nothing only at the end.
    fn decode(&mut self, output: &mut [u8]) -> io::Result<usize> {
        let mut written = 0;
        while !self.done && output.len() - written >= LEAST {
            if self.from == self.to && !self.ended {
                self.from = 0;
                self.to = self.reader.read(&mut self.input)?;
                self.ended = self.to == 0;
            }
            let input = &self.input[self.from..self.to];
            // One byte is kept free for the mark of malformed input.
            let end = output.len() - 1;
            let (result, read, wrote) =
                self.decoder.decode_to_utf8_without_replacement(input, &mut output[written..end], self.ended);
            self.from += read;
            written += wrote;
            match result {
                DecoderResult::Malformed(..) => {
                    output[written] = 0xff;
                    written += 1;
                }
                DecoderResult::InputEmpty if self.ended => self.done = true,
                DecoderResult::InputEmpty if written > 0 => break,
                DecoderResult::InputEmpty => {}
                DecoderResult::OutputFull => break,
            }
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8], label: Option<&str>) -> (Vec<u8>, &'static str) {
        let origin = Origin::plain("a.csv");
        let (mut reader, encoding) = utf8(Box::new(Cursor::new(bytes.to_vec())), label, &origin).unwrap();
        let mut text = Vec::new();
        reader.read_to_end(&mut text).unwrap();
        (text, encoding.name())
    }

    fn utf16_of(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    #[test]
    fn marks_labels_and_zeros() {
        let text = "número;preço\n1;2,5 €\n";
        assert_eq!(decode(text.as_bytes(), None), (text.into(), "UTF-8"));
        assert_eq!(decode(format!("\u{feff}{text}").as_bytes(), None), (text.into(), "UTF-8"));
        assert_eq!(decode(format!("\u{feff}{text}").as_bytes(), Some("latin1")), (text.into(), "UTF-8"));
        for big in [false, true] {
            let name = if big { "UTF-16BE" } else { "UTF-16LE" };
            assert_eq!(decode(&utf16_of(&format!("\u{feff}{text}"), big), None), (text.into(), name));
            assert_eq!(decode(&utf16_of(text, big), None), (text.into(), name));
        }
        assert_eq!(decode(b"pre\xe7o \x80", Some("latin1")), ("preço €".into(), "windows-1252"));
    }

    #[test]
    fn malformed_input_is_marked() {
        assert_eq!(decode(b"a\x81", Some("shift_jis")).0, b"a\xff");
        assert_eq!(decode(&[0x41, 0, 0, 0xd8, 0x42, 0], Some("utf-16le")).0, b"A\xffB");
        assert_eq!(decode(&[0x41, 0, 0x42], Some("utf-16le")).0, b"A\xff");
    }

    #[test]
    fn small_reads_and_long_texts() {
        let text = "é€😀x".repeat(100_000);
        let bytes = utf16_of(&text, false);
        let (mut reader, _) = utf8(Box::new(Cursor::new(bytes)), Some("utf-16le"), &Origin::plain("a")).unwrap();
        let (mut all, mut buffer) = (Vec::new(), [0; 7]);
        loop {
            let read = reader.read(&mut buffer).unwrap();
            if read == 0 {
                break;
            }
            all.extend_from_slice(&buffer[..read]);
        }
        assert!(all == text.as_bytes());
    }

    #[test]
    fn unknown_labels() {
        let error = utf8(Box::new(io::empty()), Some("latin-nine"), &Origin::plain("a")).err().unwrap();
        assert_eq!(error.kind, port::Kind::Config);
    }
}
