//! Passwords, tokens and sessions.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use port::{Error, Result};
use subtle::ConstantTimeEq;

use super::Role;

/// What a project's configuration says.
#[derive(Clone, Default)]
pub struct Credentials {
    /// PHC strings of Argon2, as [`hash_password`] gives them.
    pub admin_password_hash: Option<String>,
    pub viewer_password_hash: Option<String>,
    /// Bearer tokens.
    pub admin_token: Option<String>,
    pub viewer_token: Option<String>,
}

/// How long a log-in holds without being used.
const IDLE: Duration = Duration::from_secs(12 * 3600);
const SESSIONS: usize = 10_000;
const SHORTEST_TOKEN: usize = 20;

/// Checks askers. Without credentials all are admins, which is for loopback alone.
pub struct Access {
    credentials: Credentials,
    /// By the hash of their cookie, so that a dump of memory logs nobody in.
    sessions: Mutex<HashMap<[u8; 32], Session>>,
}

struct Session {
    role: Role,
    used: Instant,
}

impl Credentials {
    pub fn is_none(&self) -> bool {
        let Credentials { admin_password_hash, viewer_password_hash, admin_token, viewer_token } = self;
        [admin_password_hash, viewer_password_hash, admin_token, viewer_token].iter().all(|given| given.is_none())
    }

    /// What nobody could log in with, or too many could.
    pub(crate) fn mistakes(&self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        for (key, hash) in
            [("admin_password_hash", &self.admin_password_hash), ("viewer_password_hash", &self.viewer_password_hash)]
        {
            if hash.as_deref().is_some_and(|hash| PasswordHash::new(hash).is_err()) {
                let advice = "make one with `wharf serve --hash-password`, which reads the password from stdin";
                wrong.push(Wrong { key, message: "is no hash of a password".to_owned(), advice });
            }
        }
        for (key, token) in [("admin_token", &self.admin_token), ("viewer_token", &self.viewer_token)] {
            if token.as_deref().is_some_and(|token| token.len() < SHORTEST_TOKEN) {
                let message = format!("is shorter than {SHORTEST_TOKEN} characters");
                wrong.push(Wrong {
                    key,
                    message,
                    advice: "make a random one, for example with `openssl rand -hex 24`",
                });
            }
        }
        if self.viewer_token.is_some() && self.viewer_token == self.admin_token {
            let message = "is that of admins: viewers would be some".to_owned();
            wrong.push(Wrong { key: "viewer_token", message, advice: "give each a token of its own" });
        }
        wrong
    }
}

/// A key of `[serve]`, what is wrong with its value, which may be a secret, and what to do.
#[derive(Debug)]
pub struct Wrong {
    pub key: &'static str,
    pub message: String,
    pub advice: &'static str,
}

impl From<Wrong> for Error {
    fn from(wrong: Wrong) -> Error {
        Error::config(format!("serve.{} {}", wrong.key, wrong.message)).advise(wrong.advice)
    }
}

impl Access {
    pub fn new(credentials: Credentials) -> Result<Access> {
        match credentials.mistakes().into_iter().next() {
            Some(wrong) => Err(wrong.into()),
            None => Ok(Access { credentials, sessions: Mutex::default() }),
        }
    }

    pub fn is_open(&self) -> bool {
        self.credentials.is_none()
    }

    pub fn of_token(&self, token: &str) -> Option<Role> {
        let same = |known: &Option<String>| {
            let known = known.as_deref().unwrap_or_default();
            // Hashes have one length, so that the comparison tells nothing about the token's.
            let [asked, known_hash] = [token, known].map(|text| *blake3::hash(text.as_bytes()).as_bytes());
            !known.is_empty() && bool::from(asked.ct_eq(&known_hash))
        };
        if same(&self.credentials.admin_token) {
            Some(Role::Admin)
        } else {
            same(&self.credentials.viewer_token).then_some(Role::Viewer)
        }
    }

    /// A new session's cookie, where the password is right. Takes a while by design.
    pub fn log_in(&self, name: &str, password: &str) -> Option<(Role, String)> {
        let (role, hash) = match name {
            "admin" => (Role::Admin, &self.credentials.admin_password_hash),
            "viewer" => (Role::Viewer, &self.credentials.viewer_password_hash),
            _ => return None,
        };
        let hash = PasswordHash::new(hash.as_deref()?).ok()?;
        Argon2::default().verify_password(password.as_bytes(), &hash).ok()?;
        let cookie = random();
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.used.elapsed() < IDLE);
        if sessions.len() >= SESSIONS {
            return None;
        }
        sessions.insert(*blake3::hash(cookie.as_bytes()).as_bytes(), Session { role, used: Instant::now() });
        Some((role, cookie))
    }

    pub fn of_cookie(&self, cookie: &str) -> Option<Role> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get_mut(blake3::hash(cookie.as_bytes()).as_bytes())?;
        if session.used.elapsed() >= IDLE {
            return None;
        }
        session.used = Instant::now();
        Some(session.role)
    }

    /// Whether a session goes on. To look does not prolong it.
    pub fn goes_on(&self, cookie: &str) -> bool {
        let sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.get(blake3::hash(cookie.as_bytes()).as_bytes()).is_some_and(|session| session.used.elapsed() < IDLE)
    }

    pub fn log_out(&self, cookie: &str) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(blake3::hash(cookie.as_bytes()).as_bytes());
    }
}

/// A password as configuration keeps it: Argon2id with a random salt.
pub fn hash_password(password: &str) -> Result<String> {
    if password.chars().count() < 8 {
        return Err(Error::config("a password has at least 8 characters"));
    }
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| Error::internal(format!("cannot hash a password: {error}")))?.to_string())
}

/// 256 random bits.
fn random() -> String {
    uuid::Uuid::new_v4().simple().to_string() + &uuid::Uuid::new_v4().simple().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> Access {
        Access::new(Credentials {
            admin_password_hash: Some(hash_password("correct horse").unwrap()),
            viewer_token: Some("0123456789abcdefghij".into()),
            ..Credentials::default()
        })
        .unwrap()
    }

    #[test]
    fn a_log_in_holds_until_it_is_ended() {
        let access = access();
        assert!(access.log_in("admin", "wrong").is_none());
        assert!(access.log_in("viewer", "correct horse").is_none(), "it has no password");
        let (role, cookie) = access.log_in("admin", "correct horse").unwrap();
        assert_eq!((role, access.of_cookie(&cookie)), (Role::Admin, Some(Role::Admin)));
        assert!(access.goes_on(&cookie));
        access.log_out(&cookie);
        assert_eq!((access.of_cookie(&cookie), access.goes_on(&cookie)), (None, false));
    }

    #[test]
    fn a_token_is_its_role_and_no_token_is_none() {
        let access = access();
        assert_eq!(access.of_token("0123456789abcdefghij"), Some(Role::Viewer));
        assert_eq!(access.of_token(""), None);
        assert_eq!(access.of_token("0123456789abcdefghi"), None);
    }

    #[test]
    fn weak_credentials_are_refused() {
        let token = Credentials { admin_token: Some("short".into()), ..Credentials::default() };
        assert!(Access::new(token).is_err());
        let hash = Credentials { admin_password_hash: Some("plain".into()), ..Credentials::default() };
        assert!(Access::new(hash).is_err());
        let both = Some("0123456789abcdefghij".to_owned());
        assert!(
            Access::new(Credentials { admin_token: both.clone(), viewer_token: both, ..Credentials::default() })
                .is_err()
        );
        assert!(hash_password("seven77").is_err());
    }
}
