//! Truth values.

use super::{Fault, Parse};

#[derive(Debug, Clone, Copy)]
pub struct BooleanFormat;

impl Parse for BooleanFormat {
    type Value = bool;

    #[inline]
    fn parse(&mut self, bytes: &[u8], _native: bool) -> Result<bool, Fault> {
        let is = |word: &str| bytes.eq_ignore_ascii_case(word.as_bytes());
        match bytes {
            b"true" | b"1" => Ok(true),
            b"false" | b"0" => Ok(false),
            _ if ["true", "t", "yes", "y", "on"].into_iter().any(is) => Ok(true),
            _ if ["false", "f", "no", "n", "off"].into_iter().any(is) => Ok(false),
            _ => Err(Fault::Boolean),
        }
    }
}
