//! Where a server is and how it is spoken to: the address of the configuration, with TLS verified unless the way is local.

use std::path::Path;
use std::sync::Arc;

use port::{Error, Result};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A server, ready to be connected to. Its password is never shown: there is no `Debug`.
#[derive(Clone)]
pub struct Address {
    pub config: Config,
    /// `None`: a local way, or plain because the address says so.
    pub tls: Option<MakeRustlsConnect>,
}

/// What is said of TLS, and taken out of the address: the driver does not know all of it.
#[derive(Default)]
struct Said {
    mode: Option<String>,
    root: Option<String>,
}

impl Address {
    /// Reads `postgres://user:password@host:port/database?…`, or libpq's `host=… dbname=…`.
    ///
    /// `sslmode`: `verify-full` (what is meant without it; `require` and `verify-ca` mean the same here), or `disable`.
    /// `sslrootcert`: a PEM file of the authorities that are trusted in place of the system's. A socket and the loopback
    /// address need no TLS.
    pub fn parse(url: &str) -> Result<Address> {
        let (bare, said) = take_out(url);
        let mut config: Config = bare.parse().map_err(|error: tokio_postgres::Error| {
            // The driver's text may repeat parts of the address, so only its reason is told.
            Error::config(format!("the address of the database cannot be read: {}", reason(&error)))
                .advise("write it like postgres://user:${PASSWORD}@host:5432/database")
        })?;
        let nowhere = |host: &Host| matches!(host, Host::Tcp(name) if name.is_empty());
        if config.get_hosts().iter().all(nowhere) && config.get_hostaddrs().is_empty() {
            return Err(Error::config("the address of the database names no host")
                .advise("write it like postgres://user:${PASSWORD}@host:5432/database"));
        }
        let local = config.get_hosts().iter().all(is_local);
        let tls = match said.mode.as_deref() {
            Some("disable") => None,
            None | Some("prefer" | "allow") if local => None,
            None | Some("prefer" | "allow" | "require" | "verify-ca" | "verify-full") => Some(tls(&said)?),
            Some(other) => {
                return Err(Error::config(format!("sslmode={other} is not known"))
                    .advise("write verify-full, or disable where the way to the server is safe by itself"));
            }
        };
        config.ssl_mode(if tls.is_some() { SslMode::Require } else { SslMode::Disable });
        config.application_name("wharf");
        Ok(Address { config, tls })
    }

    /// Without user and password.
    pub fn shown(&self) -> String {
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            #[cfg(unix)]
            Some(Host::Unix(path)) => path.display().to_string(),
            None => self.config.get_hostaddrs().first().map(ToString::to_string).unwrap_or_default(),
        };
        let port = self.config.get_ports().first().copied().unwrap_or(5432);
        let database = self.config.get_dbname().or(self.config.get_user()).unwrap_or_default();
        format!("{host}:{port}/{database}")
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn take_out(url: &str) -> (String, Said) {
    let mut said = Said::default();
    let mut keep = |pair: &str| match pair.split_once('=') {
        Some(("sslmode", value)) => {
            said.mode = Some(value.trim_matches('\'').to_owned());
            false
        }
        Some(("sslrootcert", value)) => {
            said.root = Some(value.trim_matches('\'').replace("%2F", "/").replace("%20", " "));
            false
        }
        _ => true,
    };
    if !url.contains("://") {
        let kept: Vec<&str> = url.split_whitespace().filter(|pair| keep(pair)).collect();
        return (kept.join(" "), said);
    }
    let Some((before, query)) = url.split_once('?') else { return (url.to_owned(), said) };
    let kept: Vec<&str> = query.split('&').filter(|pair| keep(pair)).collect();
    let bare = if kept.is_empty() { before.to_owned() } else { format!("{before}?{}", kept.join("&")) };
    (bare, said)
}

fn tls(said: &Said) -> Result<MakeRustlsConnect> {
    let mut roots = RootCertStore::empty();
    match &said.root {
        Some(path) => {
            let unreadable = |error: &dyn std::fmt::Display| {
                Error::config(format!("sslrootcert {path} cannot be read: {error}"))
                    .advise("give the PEM file of the authority that signed the server's certificate")
            };
            let certificates = CertificateDer::pem_file_iter(Path::new(path)).map_err(|error| unreadable(&error))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| unreadable(&error))?;
                roots.add(certificate).map_err(|error| unreadable(&error))?;
            }
        }
        None => {
            // Some of a system's certificates may be unusable; what counts is whether the server's own is trusted.
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
        }
    }
    if roots.is_empty() {
        return Err(Error::config("there is no authority to verify the server's certificate with")
            .advise("install ca-certificates, or name a PEM file: ?sslrootcert=/path/ca.pem"));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::internal(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn reason(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| "it is not one".to_owned(), ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_verified_unless_it_is_local() {
        for (url, verified) in [
            ("postgres://a:b@localhost/shop", false),
            ("postgres://a:b@127.0.0.1:5433/shop", false),
            ("host=/run/postgresql dbname=shop", false),
            ("postgres://a:b@db.example.com/shop?sslmode=disable", false),
            ("postgres://a:b@db.example.com/shop", true),
            ("postgres://a:b@db.example.com/shop?sslmode=prefer&connect_timeout=3", true),
            ("postgres://a:b@localhost/shop?sslmode=verify-full", true),
            ("host=db.example.com user=a sslmode=require", true),
        ] {
            assert_eq!(Address::parse(url).unwrap().tls.is_some(), verified, "{url}");
        }
    }

    #[test]
    fn what_is_shown_has_no_password() {
        let address = Address::parse("postgres://ann:secret@db.example.com:6000/shop?sslmode=disable").unwrap();
        assert_eq!(address.shown(), "db.example.com:6000/shop");
    }

    #[test]
    fn mistakes_tell_no_password() {
        for url in [
            "postgres://ann:secret@host:port/shop",
            "postgres:///secret?host=",
            "secret",
            "postgres://ann:secret@h/shop?sslmode=never",
            "postgres://ann:secret@h/shop?sslrootcert=/nowhere/ca.pem",
        ] {
            let error = Address::parse(url).err().expect(url);
            assert_eq!(error.kind, port::Kind::Config, "{url}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }
}
