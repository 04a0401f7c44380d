//! Cuts a stream of text into blocks at record boundaries, so that blocks can be read side by side.

use std::io::Read;

use port::{Error, Result};

use super::dialect::Dialect;
use super::input::Origin;

/// A stream being cut.
pub struct Blocks {
    input: Box<dyn Read + Send>,
    origin: Origin,
    pub dialect: Dialect,
    /// Bytes of a block, roughly.
    target: usize,
    /// What was sampled and is in no block yet.
    ahead: Vec<u8>,
    /// What was read beyond the last cut: starts with a record.
    carry: Vec<u8>,
    /// The input gave its last byte.
    ended: bool,
}

/// What is looked at to find the dialect out.
pub const SAMPLE: usize = 64 << 10;
/// A record longer than this is no record: the file is not what it says.
const RECORD_LIMIT: usize = 64 << 20;

impl Blocks {
    pub fn new(input: Box<dyn Read + Send>, origin: Origin, dialect: Dialect, target: usize) -> Blocks {
        Blocks { input, origin, dialect, target: target.max(1), ahead: Vec::new(), carry: Vec::new(), ended: false }
    }

    /// The bytes before the first block: [`SAMPLE`] of them, unless the stream ends before.
    pub fn sample(&mut self) -> Result<&[u8]> {
        self.look_ahead(SAMPLE)?;
        Ok(&self.ahead[..self.ahead.len().min(SAMPLE)])
    }

    /// Drops `count` lines before the first block, whatever is in them.
    pub fn skip_lines(&mut self, count: usize) -> Result<()> {
        for _ in 0..count {
            loop {
                if let Some(end) = memchr::memchr(self.dialect.line_end, &self.ahead) {
                    self.ahead.drain(..=end);
                    break;
                }
                if self.ended {
                    self.ahead.clear();
                    break;
                }
                self.look_ahead(self.ahead.len() + SAMPLE)?;
            }
        }
        Ok(())
    }

    /// Whether the last block was given.
    pub fn ended(&self) -> bool {
        self.ended && self.carry.is_empty() && self.ahead.is_empty()
    }

    /// The next block: whole records, never empty.
    pub fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let carry = std::mem::take(&mut self.carry);
        let mut want = self.target.max(carry.len());
        let mut block = Vec::with_capacity(want);
        block.extend_from_slice(&carry);
        drop(carry);
        loop {
            self.read(&mut block, want)?;
            if self.ended && self.ahead.is_empty() {
                return Ok(if block.is_empty() { None } else { Some(block) });
            }
            let end = self.dialect.last_record_end(&block);
            if end > 0 {
                self.carry = block[end..].to_vec();
                block.truncate(end);
                return Ok(Some(block));
            }
            if block.len() > RECORD_LIMIT {
                let limit = RECORD_LIMIT >> 20;
                return Err(Error::input(format!("{}: no line break within {limit} MB", self.origin.name()))
                    .advise("is this the right file, and is its format or encoding stated right in source.toml?"));
            }
            want = block.len() * 2;
        }
    }

    /// Reads until `buffer` has `want` bytes or the stream ends: first what was sampled, then the input.
    fn read(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<()> {
        let sampled = want.saturating_sub(buffer.len()).min(self.ahead.len());
        buffer.extend(self.ahead.drain(..sampled));
        self.read_input(buffer, want)
    }

    fn look_ahead(&mut self, want: usize) -> Result<()> {
        let mut ahead = std::mem::take(&mut self.ahead);
        let read = self.read_input(&mut ahead, want);
        self.ahead = ahead;
        read
    }

    fn read_input(&mut self, buffer: &mut Vec<u8>, want: usize) -> Result<()> {
        let missing = want.saturating_sub(buffer.len());
        if missing == 0 || self.ended {
            return Ok(());
        }
        buffer.reserve(missing);
        let read = self.input.by_ref().take(missing as u64).read_to_end(buffer);
        self.ended = read.map_err(|error| self.origin.error(error))? < missing;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_whole_records_whatever_their_size() {
        let text = "a,b\n1,\"x\ny\"\n\n2,\"z\"\"\n\"\n3,stray\n4,end";
        for target in 1..text.len() + 2 {
            let dialect = Dialect { delimiter: b',', quote: b'"', line_end: b'\n', quote_limit: 16 };
            let mut blocks = Blocks::new(Box::new(std::io::Cursor::new(text)), Origin::plain("a.csv"), dialect, target);
            let mut all = Vec::new();
            while let Some(block) = blocks.next().unwrap() {
                let outside = block.iter().filter(|&&byte| byte == b'"').count() % 2 == 0;
                assert!(outside && (block.ends_with(b"\n") || blocks.ended()), "{target}");
                all.extend(block);
            }
            assert_eq!(String::from_utf8(all).unwrap(), text);
        }
    }
}
