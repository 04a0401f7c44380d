//! What can go wrong: baskets or options that say nothing sensible, and a memory limit that is reached.

use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// The slices are not baskets: what is wrong with them.
    Baskets(String),
    /// An option that cannot be used, and why.
    Option { name: &'static str, reason: String },
    /// What was asked for takes more memory than it may.
    Memory {
        /// The limit, in bytes.
        limit: usize,
        /// What was being made when it was reached.
        doing: &'static str,
        /// Sets, pairs or rules that were found until then, 0 where they were found before.
        found: u64,
    },
}

impl Error {
    pub(super) fn option(name: &'static str, reason: impl Into<String>) -> Error {
        Error::Option { name, reason: reason.into() }
    }

    /// What went wrong, without advice.
    pub fn cause(&self) -> String {
        match self {
            Error::Baskets(reason) => format!("these are no baskets: {reason}"),
            Error::Option { name, reason } => format!("{name} {reason}"),
            Error::Memory { limit, doing, found } => {
                let limit = match limit >> 20 {
                    0 => format!("{limit} bytes"),
                    mebibytes => format!("{mebibytes} MiB"),
                };
                let found = if *found > 0 { format!(" ({found} found until then)") } else { String::new() };
                format!("{doing} takes more than the memory limit of {limit}{found}")
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.cause())?;
        match self {
            Error::Memory { .. } => out.write_str(
                ". Raise the minimum support, set a maximum number of items, ask for closed or maximal sets or for their \
                 number only, or raise the limit",
            ),
            _ => Ok(()),
        }
    }
}

impl std::error::Error for Error {}
