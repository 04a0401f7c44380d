//! Who asks, and what they may.
//!
//! On loopback without credentials everyone on the machine is an admin, and requests that name another host are refused: a
//! page from elsewhere could have made the browser ask. With credentials a request carries a bearer token, or the cookie of
//! a log-in. Whatever changes something must also carry the header X-Wharf, which other sites cannot make a browser send.

mod attempts;
mod credentials;
mod door;
mod errors;
mod headers;
mod login;

use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use attempts::Attempts;
pub use credentials::{Access, Credentials, Wrong, hash_password};
pub(crate) use door::{door, session};
pub(crate) use errors::errors;
pub(crate) use headers::headers;
pub(crate) use login::{__path_log_in, __path_log_out, log_in, log_out};

/// What an asker may: viewers look, and do not see what is personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Viewer,
    Admin,
}

/// Who asks.
#[derive(Debug, Clone)]
pub struct Asker {
    pub role: Role,
    pub name: String,
    pub address: String,
}

impl Asker {
    /// A line in the log for whatever is changed.
    pub fn audit(&self, what: &str) {
        tracing::info!(target: "audit", who = self.name, role = ?self.role, from = self.address, what, "audit: a change");
    }
}
