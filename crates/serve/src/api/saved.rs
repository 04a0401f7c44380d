//! Questions that are kept, as .sql files in the project.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use port::Error;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::asked::{Named, Sent};
use super::problem::Problem;
use super::reply::Refusal;
use crate::guard::{Asker, Role};
use crate::server::App;

#[derive(Debug, Serialize, ToSchema)]
pub struct Saved {
    name: String,
    sql: String,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct Text {
    sql: String,
}

const LONGEST: usize = 100_000;
const NOT_IN_NAMES: &str = "/\\.:*?\"<>|";

/// Saved questions
#[utoipa::path(get, path = "/queries", tag = "sql", responses((status = 200, body = Vec<Saved>), Refusal))]
pub async fn queries(State(app): State<Arc<App>>) -> Result<Json<Vec<Saved>>, Problem> {
    let folder = app.shop.folder.join("queries");
    let mut saved = Vec::new();
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Json(saved)),
        Err(error) => return Err(Error::io("read", &folder, error).into()),
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = path.file_stem().and_then(|name| name.to_str()).filter(|name| is_name(name));
        if let Some(name) = name.filter(|_| path.extension().is_some_and(|extension| extension == "sql"))
            && let Ok(sql) = std::fs::read_to_string(&path)
        {
            saved.push(Saved { name: name.to_owned(), sql });
        }
    }
    saved.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Json(saved))
}

/// Saves a question as queries/NAME.sql in the project
#[utoipa::path(put, path = "/queries/{name}", tag = "sql", params(("name" = String, Path)), request_body = Text,
    responses((status = 204, description = "Saved"), Refusal))]
pub async fn save(
    State(app): State<Arc<App>>,
    Extension(asker): Extension<Asker>,
    Named(name): Named<String>,
    Sent(Text { sql }): Sent<Text>,
) -> Result<StatusCode, Problem> {
    let path = file(&app, &asker, &name)?;
    if sql.trim().is_empty() || sql.len() > LONGEST {
        return Err(Problem::bad(format!("a question has 1 to {LONGEST} bytes")));
    }
    let write = || {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let part = path.with_added_extension("part");
        let written = std::fs::write(&part, &sql).and_then(|()| std::fs::rename(&part, &path));
        if written.is_err() {
            // Half a file helps nobody.
            let _ = std::fs::remove_file(&part);
        }
        written
    };
    write().map_err(|error| Error::io("write", &path, error))?;
    asker.audit(&format!("saved queries/{name}.sql"));
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a saved question
#[utoipa::path(delete, path = "/queries/{name}", tag = "sql", params(("name" = String, Path)),
    responses((status = 204, description = "Removed"), Refusal))]
pub async fn remove(
    State(app): State<Arc<App>>,
    Extension(asker): Extension<Asker>,
    Named(name): Named<String>,
) -> Result<StatusCode, Problem> {
    let path = file(&app, &asker, &name)?;
    match std::fs::remove_file(&path) {
        Ok(()) => {
            asker.audit(&format!("removed queries/{name}.sql"));
            Ok(StatusCode::NO_CONTENT)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Problem::not_found(format!("there is no question {name:?}")))
        }
        Err(error) => Err(Error::io("remove", &path, error).into()),
    }
}

fn file(app: &App, asker: &Asker, name: &str) -> Result<PathBuf, Problem> {
    if asker.role != Role::Admin {
        return Err(Problem::forbidden("viewers change nothing"));
    }
    if !is_name(name) {
        return Err(Problem::bad(format!("{name:?} is no name"))
            .advise(format!("60 letters at most, without {NOT_IN_NAMES} and without a blank before or after")));
    }
    let path = app.shop.folder.join("queries").join(format!("{name}.sql"));
    match path.is_dir() {
        true => Err(Problem::bad(format!("queries/{name}.sql is a folder")).advise("choose another name")),
        false => Ok(path),
    }
}

/// A file's name that every system takes: nothing in it leads out of the folder.
pub fn is_name(name: &str) -> bool {
    let may_be = |letter: char| !letter.is_control() && !NOT_IN_NAMES.contains(letter);
    (1..=60).contains(&name.chars().count()) && name.chars().all(may_be) && name.trim() == name
}
