//! How a command ends: exit codes, and what is told when it fails.

use std::process::ExitCode;

use port::{Error, Kind};

use crate::logging;

pub type Result<T> = std::result::Result<T, Failure>;

/// A command that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// Something of it failed, and was told.
    Failed,
    /// All was done but checks of severity `error` found rows.
    ChecksFailed,
}

/// A command that could not.
#[derive(Debug)]
pub enum Failure {
    Error(Error),
    /// Mistakes in files that a person wrote, each with its place.
    Mistakes(Vec<String>),
    /// Nobody reads the output any more (`wharf … | head`): the end, and no error.
    Closed,
}

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const CHECKS_FAILED: u8 = 3;

impl Failure {
    /// The command line asks for what cannot be.
    pub fn usage(message: impl Into<String>, advice: impl Into<String>) -> Failure {
        Failure::Error(Error::config(message).advise(advice))
    }

    pub fn mistakes<M: ToString>(mistakes: &[M]) -> Failure {
        Failure::Mistakes(mistakes.iter().map(ToString::to_string).collect())
    }

    /// Writing results failed.
    pub fn of_output(error: std::io::Error) -> Failure {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Failure::Closed;
        }
        Failure::Error(Error::new(Kind::Io, format!("cannot write the output: {error}")).because(error))
    }

    fn exit(&self) -> u8 {
        match self {
            Failure::Error(error) if error.kind == Kind::Config => USAGE,
            Failure::Error(error) if error.kind == Kind::Check => CHECKS_FAILED,
            Failure::Error(_) => FAILED,
            Failure::Mistakes(_) => USAGE,
            Failure::Closed => 0,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Error(error)
    }
}

/// For those who know one error alone.
impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        match failure {
            Failure::Error(error) => error,
            Failure::Mistakes(mistakes) => Error::config(mistakes.join("\n")),
            Failure::Closed => Error::internal("the output was closed"),
        }
    }
}

/// Tells what failed, and gives the process's exit code.
pub fn exit_code(result: Result<Outcome>) -> ExitCode {
    ExitCode::from(match result {
        Ok(Outcome::Done) => 0,
        Ok(Outcome::Failed) => FAILED,
        Ok(Outcome::ChecksFailed) => CHECKS_FAILED,
        Err(failure) => {
            tell(&failure);
            failure.exit()
        }
    })
}

/// On stderr: as text, or as lines of the log where that is JSON, so that a program reads one format to the end.
fn tell(failure: &Failure) {
    match failure {
        Failure::Error(error) if logging::is_json() => {
            let place = error.location.as_deref();
            tracing::error!(
                advice = error.advice.as_deref(),
                file = place.map(|at| at.file.as_str()),
                line = place.filter(|at| at.line > 0).map(|at| at.line),
                column = place.filter(|at| at.line > 0).map(|at| at.column),
                "{}",
                error.message
            );
        }
        Failure::Error(error) => eprintln!("error: {error}"),
        Failure::Mistakes(mistakes) if logging::is_json() => {
            mistakes.iter().for_each(|mistake| tracing::error!("{mistake}"));
        }
        Failure::Mistakes(mistakes) => {
            mistakes.iter().for_each(|mistake| eprintln!("error: {mistake}"));
            if mistakes.len() > 1 {
                eprintln!("{} mistakes", mistakes.len());
            }
        }
        Failure::Closed => {}
    }
}
