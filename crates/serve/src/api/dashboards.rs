//! Pages of a shop's own: dashboards/NAME.yaml, read anew for each request.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use flow::ask::sales::By;
use flow::ask::{Filter, why};
use models::{Asks, Dashboard, Tile};
use serde::Serialize;
use utoipa::ToSchema;

use super::asked::{Asked, Filtered, Named};
use super::problem::Problem;
use super::reply::{self, Refusal, TableReply};
use super::saved::is_name;
use crate::ask;
use crate::guard::Role;
use crate::rows::Table;
use crate::server::App;

/// A page of tiles.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page {
    name: String,
    title: String,
    tiles: Vec<Shown>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct Shown {
    title: String,
    /// `line`, `bar`, `number` or `table`
    chart: &'static str,
    /// Why there are no rows
    error: Option<String>,
    table: Option<Table>,
}

/// Rows of a tile.
const MOST: usize = 2_000;

/// A dashboard of the project
#[utoipa::path(get, path = "/dashboards/{name}", tag = "shop", params(("name" = String, Path), Filtered),
    responses((status = 200, body = Page), Refusal))]
pub async fn dashboard(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Named(name): Named<String>,
    Filtered(filter): Filtered,
) -> Result<Json<Page>, Problem> {
    let page = read(&app, &name)?;
    let mut tiles = Vec::new();
    for tile in &page.tiles {
        let rows = rows(&app, role, tile, &filter).await;
        let (table, error) = match rows {
            Ok(table) => (Some(table), None),
            Err(problem) => {
                let Problem { detail, advice, .. } = match tile.asks {
                    Asks::Metric { .. } => problem,
                    _ => of_a_question(problem, role),
                };
                (None, Some([Some(detail), advice].into_iter().flatten().collect::<Vec<_>>().join(": ")))
            }
        };
        tiles.push(Shown { title: title(&app, tile), chart: tile.chart.name(), error, table });
    }
    Ok(Json(Page { name, title: page.title, tiles }))
}

/// A tile's rows; tiles count from 0
#[utoipa::path(get, path = "/dashboards/{name}/tiles/{tile}", tag = "shop",
    params(("name" = String, Path), ("tile" = usize, Path), Filtered, reply::Page), responses(TableReply))]
pub async fn dashboard_tile(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    Named((name, at)): Named<(String, usize)>,
    Filtered(filter): Filtered,
    Asked(page): Asked<reply::Page>,
) -> Result<Response, Problem> {
    let tiles = read(&app, &name)?.tiles;
    let tile = tiles.get(at).ok_or_else(|| {
        Problem::not_found(format!("{name} has no tile {at}")).advise(format!("it has {}, the first is 0", tiles.len()))
    })?;
    let (by, sql, personal) = question(&app, tile, &filter)?;
    let replied = app.reply_by(by, role, &title(&app, tile), sql, &page, personal).await;
    replied.map_err(|problem| match by {
        ask::By::Them => of_a_question(problem, role),
        ask::By::Us => problem,
    })
}

/// The engine's words about a question may show values, and a viewer may not see all of them.
fn of_a_question(problem: Problem, role: Role) -> Problem {
    match role {
        Role::Viewer => {
            Problem { detail: "the question failed; an admin sees why".to_owned(), advice: None, ..problem }
        }
        Role::Admin => problem,
    }
}

/// The page of a file: its name without the ending, or with it where another file has the name already. Whatever characters
/// it has: a page is found among those that there are, so no name leads out of the folder.
struct Listed {
    name: String,
    path: PathBuf,
}

/// Those that there are, by name.
pub fn names(app: &App) -> Vec<String> {
    listed(app).into_iter().filter(|page| page.path.is_file()).map(|page| page.name).collect()
}

fn listed(app: &App) -> Vec<Listed> {
    let files = std::fs::read_dir(app.shop.dashboards()).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = files.map(|file| file.path()).filter(|path| is_page(path)).collect();
    paths.sort();
    let mut pages: Vec<Listed> = Vec::new();
    for path in paths {
        let text = |part: Option<&OsStr>| part.unwrap_or_default().to_string_lossy().into_owned();
        let (stem, whole) = (text(path.file_stem()), text(path.file_name()));
        let is_taken = pages.iter().any(|page| page.name == stem);
        pages.push(Listed { name: if is_taken { whole } else { stem }, path });
    }
    pages
}

/// YAML, and no half of a file that an editor has open.
fn is_page(path: &Path) -> bool {
    let is_hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let ending = path.extension().unwrap_or_default();
    !is_hidden && ["yaml", "yml"].into_iter().any(|known| ending.eq_ignore_ascii_case(known))
}

fn read(app: &App, name: &str) -> Result<Dashboard, Problem> {
    let pages = listed(app);
    let found = pages.iter().find(|page| page.name == name);
    let near = models::nearest(name, pages.iter().map(|page| page.name.as_str()));
    let missing = || {
        let advice =
            near.map_or("docs/serve.md tells how to write one".to_owned(), |near| format!("did you mean {near}?"));
        Problem::not_found(format!("there is no dashboards/{name}.yaml")).advise(advice)
    };
    let path = &found.ok_or_else(missing)?.path;
    let file = format!("dashboards/{}", path.file_name().unwrap_or_default().to_string_lossy());
    let text = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing()),
        text => text.map_err(|error| unreadable(&file, &error))?,
    };
    Dashboard::parse(&file, &text)
        .map_err(|problems| Problem::bad(problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")))
}

/// Of a file that whoever wrote the project can mend; where the project lies is nobody's business.
fn unreadable(file: &str, error: &std::io::Error) -> Problem {
    let (why, advice) = match error.kind() {
        ErrorKind::IsADirectory => ("it is a folder", "put a file there, or give the folder another name"),
        ErrorKind::InvalidData => ("it is not UTF-8", "save it as UTF-8"),
        ErrorKind::PermissionDenied => ("the server may not", "let the server's user read it"),
        _ => ("the system says no", "the file's place is on a disk that fails, or is gone"),
    };
    Problem::bad(format!("{file} cannot be read: {why}")).advise(advice)
}

/// What gives a tile its rows: who wrote it, the query, and what of it is personal.
fn question(app: &App, tile: &Tile, filter: &Filter) -> Result<(ask::By, String, &'static [&'static str]), Problem> {
    let sql = match &tile.asks {
        Asks::Metric { name, by } => {
            let metric = app.shop.metrics.get(name).ok_or_else(|| {
                let near = models::nearest(name, app.shop.metrics.metrics.iter().map(|metric| metric.name.as_str()));
                Problem::not_found(format!("there is no metric `{name}`")).advise(
                    near.map_or("/api/v1/metrics lists them".to_owned(), |near| format!("did you mean `{near}`?")),
                )
            })?;
            super::why::within(metric, &filter.clone().into())?;
            let sql = match by.as_deref() {
                None => why::value(metric, &filter.clone().into()),
                Some(by) => why::by(metric, grouping(app, by), filter),
            };
            let sql = sql.ok_or_else(|| {
                Problem::bad(format!("{name} cannot be asked by {}", by.as_deref().unwrap_or("nothing")))
            })?;
            return Ok((ask::By::Us, sql, &["customer_id"]));
        }
        // Whoever wrote the project wrote these; a viewer sees what they show.
        Asks::Sql(sql) => sql.clone(),
        Asks::Query(name) if is_name(name) => {
            let path = app.shop.folder.join("queries").join(format!("{name}.sql"));
            let file = format!("queries/{name}.sql");
            std::fs::read_to_string(&path).map_err(|error| match error.kind() {
                ErrorKind::NotFound => Problem::not_found(format!("there is no {file}"))
                    .advise("save the question under that name, or mend the tile"),
                _ => unreadable(&file, &error),
            })?
        }
        Asks::Query(name) => return Err(Problem::bad(format!("{name:?} is no name of a saved question"))),
    };
    Ok((ask::By::Them, sql, &[]))
}

async fn rows(app: &App, role: Role, tile: &Tile, filter: &Filter) -> Result<Table, Problem> {
    let (by, sql, personal) = question(app, tile, filter)?;
    let rows = app.asking.rows_by(by, sql, 0, MOST).await?;
    Ok(app.table(&reply::hide(rows, reply::hidden(role, personal))?))
}

fn grouping(app: &App, by: &str) -> By {
    match by {
        "day" => By::Day,
        "week" => By::Week { on_sunday: app.shop.weeks_start_on_sunday },
        "month" => By::Month,
        "country" => By::Country,
        "category" => By::Category,
        _ => By::Channel,
    }
}

fn title(app: &App, tile: &Tile) -> String {
    tile.title.clone().unwrap_or_else(|| match &tile.asks {
        Asks::Metric { name, by } => {
            let title = app.shop.metrics.get(name).map_or(name.as_str(), |metric| &metric.title);
            by.as_ref().map_or(title.to_owned(), |by| format!("{title} by {by}"))
        }
        Asks::Query(name) => name.replace(['_', '-'], " "),
        Asks::Sql(_) => "SQL".to_owned(),
    })
}
