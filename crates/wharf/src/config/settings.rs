//! Every setting there is: name, kind, default, and what it does. The file, the environment and the flags are read by
//! this list, and `wharf config show` and the template of wharf.toml come from it.

/// What a setting's text must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Choice(&'static [&'static str]),
    /// Bytes with a unit, like 512MB or 2GiB.
    Bytes,
    /// A whole number from 0 on.
    Count,
    /// An IP address.
    Address,
    /// A name that PostgreSQL takes for a schema.
    Schema,
    /// An IANA time zone.
    Zone,
    /// An ISO 4217 code.
    Currency,
}

#[derive(Debug)]
pub struct Setting {
    pub section: &'static str,
    pub key: &'static str,
    pub kind: Kind,
    /// Absent: what the preset says, or nothing.
    pub default: Option<&'static str>,
    pub about: &'static str,
}

impl Setting {
    /// `section.key`, as messages and `--set` have it.
    pub fn name(&self) -> String {
        format!("{}.{}", self.section, self.key)
    }

    /// The largest count there may be: each thread has a stack and buffers of its own.
    pub fn most(&self) -> u32 {
        match (self.section, self.key) {
            ("lake", "threads") => 1024,
            ("serve", "port") => u16::MAX.into(),
            _ => u32::MAX,
        }
    }

    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("WHARF_{}_{}", self.section.to_uppercase(), self.key.to_uppercase())
    }
}

pub const SETTINGS: &[Setting] = &[
    text(
        "shop",
        "preset",
        None,
        "How the shop's files are read: one of `wharf presets`, or preset/ for the project's own.",
    ),
    text("shop", "name", None, "The shop's name, for people."),
    choice(
        "shop",
        "exact_duplicates",
        &["keep", "merge"],
        None,
        "Rows alike in every column; absent: as source.toml says.",
    ),
    Setting { kind: Kind::Currency, ..text("shop", "currency", None, "Reporting currency; absent: the files'.") },
    Setting {
        kind: Kind::Currency,
        ..text("shop", "file_currency", None, "Currency of the files, where they name none; absent: the preset's.")
    },
    Setting { kind: Kind::Zone, ..text("shop", "timezone", None, "Days are this zone's; absent: the preset's.") },
    text("shop", "locale", None, "How pages write numbers and days, like de-DE; absent: as the reader's browser does."),
    text("shop", "id_prefix", None, "Put before every id, so that several shops share a warehouse."),
    choice(
        "shop",
        "cancelled",
        &["exclude", "reverse"],
        Some("exclude"),
        "A cancelled order leaves every metric, or counts and is taken back on the day of its cancellation.",
    ),
    choice(
        "shop",
        "week_start",
        &["monday", "sunday"],
        Some("monday"),
        "First day of a week in `wharf sales --by week`.",
    ),
    text("rates", "file", None, "Exchange rates to the reporting currency: lines of day,currency,rate."),
    count("rates", "max_age_days", "31", "How long a rate holds where no newer one is given."),
    text(
        "warehouse",
        "url",
        None,
        "PostgreSQL database that holds the tables, postgres://user:${PASSWORD}@host/database; absent: the lake does.",
    ),
    Setting {
        kind: Kind::Schema,
        ..text("warehouse", "schema", Some("wharf"), "Its schema for them; wharf makes it.")
    },
    choice(
        "warehouse",
        "kind",
        &["lake", "postgres"],
        None,
        "Which of the two runs fill; absent: postgres where there is a url. `wharf copy` puts one's tables into the other.",
    ),
    text("lake", "path", Some("lake"), "Folder of the tables, below the project."),
    Setting {
        kind: Kind::Bytes,
        ..text("lake", "memory", Some("1GB"), "What queries may hold before they spill to disk.")
    },
    count("lake", "threads", "0", "Threads to work with; 0: one a processor."),
    count("lake", "wait_seconds", "60", "How long a run waits for another that is at work."),
    count(
        "history",
        "keep_runs",
        "10000",
        "Of so many last runs `optimize` leaves what they did in runs, steps and checks; of each check always the latest result.",
    ),
    text("inbox", "path", Some("inbox"), "Folder into which files are dropped, below the project."),
    Setting {
        kind: Kind::Address,
        ..text(
            "serve",
            "address",
            Some("127.0.0.1"),
            "Where `wharf serve` listens; elsewhere than on loopback it needs credentials.",
        )
    },
    count("serve", "port", "8080", "Its port; 0: a free one."),
    count("serve", "every_seconds", "10", "How often it looks for files, beside those that it sees arrive."),
    count("serve", "queries", "0", "Queries that compute at once; 0: two a thread."),
    count("serve", "query_seconds", "30", "How long a query may take."),
    text("serve", "admin_password_hash", None, "Made by `wharf serve --hash-password`; for the name admin."),
    text(
        "serve",
        "viewer_password_hash",
        None,
        "The same for the name viewer, who changes nothing and sees nothing personal.",
    ),
    text("serve", "admin_token", None, "Bearer token of programs that may all."),
    text("serve", "viewer_token", None, "Bearer token of programs that may look."),
    text("serve", "tls_certificate", None, "PEM file of the certificate, with its chain."),
    text("serve", "tls_key", None, "PEM file of its key."),
    choice("log", "level", &["error", "warn", "info", "debug", "trace"], Some("info"), "What is told on stderr."),
    choice("log", "format", &["text", "json"], Some("text"), "How it is told."),
];

pub fn setting(section: &str, key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.section == section && setting.key == key)
}

pub fn sections() -> Vec<&'static str> {
    let mut sections: Vec<&str> = SETTINGS.iter().map(|setting| setting.section).collect();
    sections.dedup();
    sections
}

pub fn keys(section: &str) -> impl Iterator<Item = &'static str> {
    SETTINGS.iter().filter(move |setting| setting.section == section).map(|setting| setting.key)
}

const fn text(section: &'static str, key: &'static str, default: Option<&'static str>, about: &'static str) -> Setting {
    Setting { section, key, kind: Kind::Text, default, about }
}

const fn choice(
    section: &'static str,
    key: &'static str,
    of: &'static [&'static str],
    default: Option<&'static str>,
    about: &'static str,
) -> Setting {
    Setting { section, key, kind: Kind::Choice(of), default, about }
}

const fn count(section: &'static str, key: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { section, key, kind: Kind::Count, default: Some(default), about }
}
