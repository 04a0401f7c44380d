//! A connection, what its errors mean, and waiting for a server that is away.

use std::time::{Duration, Instant};

use port::{Error, Kind, Result};
use tokio_postgres::{Client, NoTls};

use super::address::Address;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(10);

/// Opens a connection on which nothing can be written.
pub async fn open(address: &Address) -> Result<Client> {
    let client = connect(address).await?;
    let settings = "set default_transaction_read_only = on; set synchronize_seqscans = off";
    client.batch_execute(settings).await.map_err(|e| told(address, e))?;
    Ok(client)
}

/// Opens a connection that waits for no lock for long and shows values in one way, whatever the server's habits.
pub async fn connect(address: &Address) -> Result<Client> {
    let mut config = address.config.clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT);
    }
    // A server that vanished without a word is noticed by the kernel.
    config.keepalives_idle(Duration::from_secs(30));
    let client = match &address.tls {
        Some(tls) => {
            let (client, connection) = config.connect(tls.clone()).await.map_err(|e| told(address, e))?;
            // It ends with its client; why it ended is told by the client's next answer.
            tokio::spawn(async move { drop(connection.await) });
            client
        }
        None => {
            let (client, connection) = config.connect(NoTls).await.map_err(|e| told(address, e))?;
            tokio::spawn(async move { drop(connection.await) });
            client
        }
    };
    let settings = "set idle_in_transaction_session_timeout = 0; set statement_timeout = 0; set lock_timeout = '30s'; \
                    set datestyle = 'ISO, YMD'; set intervalstyle = 'iso_8601'; set timezone = 'UTC'; \
                    set bytea_output = 'hex'; set extra_float_digits = 1";
    client.batch_execute(settings).await.map_err(|e| told(address, e))?;
    Ok(client)
}

/// What an error of the driver means to a person, and whether waiting helps.
pub fn told(address: &Address, error: tokio_postgres::Error) -> Error {
    let server = address.shown();
    let Some(database) = error.as_db_error() else {
        let cause = causes(&error);
        // A certificate does not become valid by waiting.
        if cause.contains("certificate") || cause.contains("does not support TLS") {
            return Error::config(format!("{server}: no safe way to the server: {cause}")).advise(
                "name the authority that signed its certificate (?sslrootcert=/path/ca.pem), or write \
                 ?sslmode=disable where the way is safe by itself",
            );
        }
        if cause.contains("password missing") {
            return Error::config(format!("{server}: the server asks for a password, and the address has none"))
                .advise("put one into the address: postgres://user:${PASSWORD}@host/database");
        }
        if cause.contains("error serializing") || cause.contains("error deserializing") {
            return Error::internal(format!("{server}: {cause}")).because(error);
        }
        return Error::new(Kind::Unavailable, format!("{server} does not answer: {cause}"))
            .advise("is the server running, and do host and port say where?")
            .because(error);
    };
    let (code, message) = (database.code().code().to_owned(), database.message().to_owned());
    let (kind, advice) = meaning(&code);
    let mut told = Error::new(kind, format!("{server}: {message} ({code})")).because(error);
    told.advice = advice.map(str::to_owned);
    told
}

fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let more = cause.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = cause.source();
    }
    text
}

/// Whether a SQLSTATE heals by itself, and what to do where it does not.
fn meaning(code: &str) -> (Kind, Option<&'static str>) {
    match code {
        "28P01" | "28000" => (Kind::Config, Some("check user, password and pg_hba.conf: this user may not log in")),
        "3D000" => (Kind::Config, Some("check the database's name at the end of the address")),
        "42501" => (
            Kind::Config,
            Some("let the user read it: grant usage on schema …, grant select on … (docs/postgresql.md)"),
        ),
        "42P01" => (Kind::Config, Some("check `from` in wharf.toml: write it as schema.table")),
        "42703" => (Kind::Config, Some("check the columns named in wharf.toml and source.toml")),
        "25006" => (Kind::Config, Some("wharf reads in read-only transactions: a query may not write")),
        // Snapshots and transactions that were lost, conflicts on a standby, limits that pass, a server that goes or comes.
        "40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03" | "57P05" | "57014" | "25P03" | "25P04" | "72000" => {
            (Kind::Unavailable, None)
        }
        // An exported snapshot whose transaction is gone.
        "42704" | "22023" => (Kind::Unavailable, None),
        code if code.starts_with("08") || code.starts_with("53") || code.starts_with("58") => (Kind::Unavailable, None),
        code if code.starts_with("42") || code.starts_with("22") || code.starts_with("0A") => (
            Kind::Config,
            Some("check `from`, `query` and the columns in wharf.toml; the server refused the statement"),
        ),
        _ => (Kind::Io, None),
    }
}

/// Waits between attempts: twice as long each time, shaken so that several readers do not come back together.
pub struct Backoff {
    began: Instant,
    patience: Duration,
    attempt: u32,
    shake: u64,
}

const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

impl Backoff {
    pub fn new(patience: Duration) -> Backoff {
        Backoff { began: Instant::now(), patience, attempt: 0, shake: u64::from(std::process::id()) }
    }

    /// How long to wait before the next attempt; `None`: enough was waited, or waiting does not help.
    pub fn next(&mut self, error: &Error) -> Option<Duration> {
        if error.kind != Kind::Unavailable || self.began.elapsed() >= self.patience {
            return None;
        }
        let wait = FIRST_WAIT.saturating_mul(1 << self.attempt.min(10)).min(LONGEST_WAIT);
        self.attempt += 1;
        self.shake = self.shake.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Half of it, and up to as much again.
        let part = (self.shake >> 33) as u32 % 1000;
        Some(wait / 2 + wait / 2 * part / 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_grows_and_ends() {
        let away = Error::new(Kind::Unavailable, "away");
        let mut backoff = Backoff::new(Duration::from_secs(60));
        let waits: Vec<Duration> = (0..12).filter_map(|_| backoff.next(&away)).collect();
        assert_eq!(waits.len(), 12);
        assert!(waits[0] >= FIRST_WAIT / 2 && waits[0] <= FIRST_WAIT);
        assert!(waits[11] >= LONGEST_WAIT / 2 && waits[11] <= LONGEST_WAIT);
        assert_eq!(Backoff::new(Duration::ZERO).next(&away), None);
        assert_eq!(backoff.next(&Error::config("wrong")), None);
    }

    #[test]
    fn what_heals_is_told_from_what_does_not() {
        for code in ["57P01", "57P03", "08006", "53300", "40001", "22023"] {
            assert_eq!(meaning(code).0, Kind::Unavailable, "{code}");
        }
        for code in ["28P01", "3D000", "42501", "42P01", "42703", "22P02", "42601"] {
            assert_eq!(meaning(code).0, Kind::Config, "{code}");
            assert!(meaning(code).1.is_some(), "{code}");
        }
    }
}
