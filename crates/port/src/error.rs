//! One error for every room: what happened, where, and what to do next.

use std::fmt;

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A closed list: what may be done about an error follows from its kind alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Config, preset or model is wrong: the user edits it. Exit code 2.
    Config,
    /// A file's content is wrong as a whole (truncated, not what it says it is).
    Input,
    /// What was asked for does not exist.
    NotFound,
    /// Another process holds what is needed.
    Locked,
    /// The machine refused: disk full, no permission.
    Io,
    /// An outage that may heal by itself: retried with backoff.
    Unavailable,
    /// What was being read changed meanwhile: a run begins anew by itself.
    Changed,
    /// A check of severity `error` failed. Exit code 3.
    Check,
    /// The user or a limit stopped it.
    Cancelled,
    /// A defect of wharf.
    Internal,
}

/// Where in which file; line and column count from 1, 0 is unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    pub file: String,
    pub line: usize,
    pub column: usize,
}

#[derive(Debug)]
pub struct Error {
    pub kind: Kind,
    /// What happened, in words of the user's world.
    pub message: String,
    pub location: Option<Box<Location>>,
    /// What to do next.
    pub advice: Option<String>,
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub fn new(kind: Kind, message: impl Into<String>) -> Error {
        Error { kind, message: message.into(), location: None, advice: None, cause: None }
    }

    pub fn config(message: impl Into<String>) -> Error {
        Error::new(Kind::Config, message)
    }

    pub fn input(message: impl Into<String>) -> Error {
        Error::new(Kind::Input, message)
    }

    pub fn internal(message: impl Into<String>) -> Error {
        Error::new(Kind::Internal, message)
    }

    /// An I/O error on `path`, with advice for the ones a user can mend.
    pub fn io(doing: &str, path: &std::path::Path, cause: std::io::Error) -> Error {
        use std::io::ErrorKind as E;
        let advice = match cause.kind() {
            E::StorageFull | E::QuotaExceeded | E::FileTooLarge => {
                Some("free some space and run again: nothing was lost")
            }
            E::PermissionDenied | E::ReadOnlyFilesystem => Some("give this user write access to the folder"),
            E::NotFound => Some("check the path"),
            _ => None,
        };
        let mut error = Error::new(Kind::Io, format!("cannot {doing} {}: {cause}", path.display()));
        error.advice = advice.map(str::to_owned);
        error.cause = Some(Box::new(cause));
        error
    }

    pub fn at(mut self, file: impl Into<String>, line: usize, column: usize) -> Error {
        self.location = Some(Box::new(Location { file: file.into(), line, column }));
        self
    }

    /// Names the text that a place without a file lies in.
    pub fn within(mut self, text: &str) -> Error {
        if let Some(at) = self.location.as_mut().filter(|at| at.file.is_empty()) {
            at.file = text.to_owned();
        }
        self
    }

    pub fn advise(mut self, advice: impl Into<String>) -> Error {
        self.advice = Some(advice.into());
        self
    }

    pub fn because(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Error {
        self.cause = Some(Box::new(cause));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(at) = &self.location {
            write!(f, "{}", at.file)?;
            if at.line > 0 {
                write!(f, ":{}:{}", at.line, at.column.max(1))?;
            }
            write!(f, ": ")?;
        }
        write!(f, "{}", self.message)?;
        if let Some(advice) = &self.advice {
            write!(f, "\n  {advice}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_ref().map(|cause| cause.as_ref() as _)
    }
}
