//! Questions of one's own, in SQL.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::asked::{Asked, Sent};
use super::problem::Problem;
use super::reply::{Page, TableReply};
use crate::guard::Role;
use crate::server::App;

#[derive(Debug, Deserialize, ToSchema)]
pub struct Statement {
    /// One SELECT over the published tables; all are read as of one moment
    sql: String,
}

/// Longer statements are no longer a person's.
const LONGEST: usize = 100_000;

/// Asks in SQL, read only: no files, no addresses, no settings. Viewers may not, since a statement can show what is personal under
/// any name
#[utoipa::path(post, path = "/query", tag = "sql", params(Page), request_body = Statement, responses(TableReply))]
pub async fn query(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Asked(page): Asked<Page>,
    Sent(Statement { sql }): Sent<Statement>,
) -> Result<Response, Problem> {
    if role != Role::Admin {
        return Err(Problem::forbidden("viewers may not ask in SQL: it could show what is personal"));
    }
    if sql.trim().is_empty() {
        return Err(Problem::bad("there is no statement").advise("send {\"sql\": \"select …\"}"));
    }
    if sql.contains('\0') {
        return Err(Problem::bad("the statement has a zero byte"));
    }
    if sql.len() > LONGEST {
        return Err(Problem::bad(format!("the statement is longer than {LONGEST} bytes")));
    }
    app.reply_theirs(role, "query", sql, &page).await
}
