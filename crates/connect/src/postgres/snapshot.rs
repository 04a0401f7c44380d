//! One moment of a database, held open so that every connection can read as of it.

use port::{Error, Result};
use tokio_postgres::Client;

use super::address::Address;
use super::session::{open, told};

/// Older servers have no `pg_current_snapshot()`, and no support.
const OLDEST: i32 = 130_000;

pub struct Snapshot {
    /// Ends when it is dropped, and with it the moment for those who have not begun yet.
    pub client: Client,
    /// The name under which others may read as of it.
    exported: String,
    /// `pg_current_snapshot()`.
    pub text: String,
    /// Which server and database its transaction numbers are of.
    pub server: String,
}

const BEGIN: &str = "begin isolation level repeatable read read only";

impl Snapshot {
    pub async fn take(address: &Address) -> Result<Snapshot> {
        let client = open(address).await?;
        let failed = |error| told(address, error);
        let version = client.query_one("select current_setting('server_version_num')::int4", &[]).await;
        let version: i32 = version.map_err(failed)?.get(0);
        if version < OLDEST {
            return Err(Error::config(format!("{} is PostgreSQL {}", address.shown(), version / 10_000))
                .advise("PostgreSQL 13 or newer is needed"));
        }
        client.batch_execute(BEGIN).await.map_err(failed)?;
        let moment = client.query_one(
            "select pg_export_snapshot(), pg_current_snapshot()::text,
                 (select oid::text from pg_database where datname = current_database()),
                 has_function_privilege('pg_control_system()', 'execute')",
            &[],
        );
        let moment = moment.await.map_err(failed)?;
        let mut server: String = moment.get(2);
        if moment.get(3) {
            let system = client.query_one("select system_identifier::text from pg_control_system()", &[]).await;
            server = format!("{}/{server}", system.map_err(failed)?.get::<_, String>(0));
        }
        Ok(Snapshot { exported: moment.get(0), text: moment.get(1), server, client })
    }

    /// Another connection that sees what this one sees.
    pub async fn join(&self, address: &Address) -> Result<Client> {
        let client = open(address).await?;
        let join = format!("{BEGIN}; set transaction snapshot '{}'", self.exported);
        client.batch_execute(&join).await.map_err(|error| told(address, error))?;
        Ok(client)
    }
}
