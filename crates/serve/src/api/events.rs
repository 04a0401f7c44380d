//! What happens, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use futures::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::events::Event;
use crate::guard::{Role, session};
use crate::rows::MASK;
use crate::server::App;

const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Events as they happen: `published` (other tables), `orders` (a table of new orders, the newest first), `run` (started, done or
/// failed), `behind` (the reader was too slow: load anew)
#[utoipa::path(get, path = "/events", tag = "shop",
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String)))]
pub async fn events(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
    headers: HeaderMap,
) -> Sse<impl Stream<Item = Result<Sent, Infallible>>> {
    // A page that opens late, or comes back, is told how the run is.
    let (run, listener) = app.events.listen();
    let first = stream::iter(run.map(|run| Ok(told(Event::Run(run), role))));
    let (stopping, session) = (app.stopping.clone(), session(&app, &headers));
    let may_listen = move || session.as_deref().is_none_or(|cookie| app.access.goes_on(cookie));
    let events =
        stream::unfold((listener, stopping, may_listen), move |(mut listener, mut stopping, may_listen)| async move {
            let received = loop {
                tokio::select! {
                    received = listener.recv() => break received,
                    _ = stopping.changed() => return None,
                    // Who has logged out is told no more, also while nothing happens.
                    () = tokio::time::sleep(LOOK_AGAIN) => if !may_listen() { return None },
                }
            };
            let sent = match received {
                _ if !may_listen() => return None,
                Ok(event) => told(event, role),
                Err(RecvError::Lagged(_)) => Sent::default().event("behind").data("{}"),
                Err(RecvError::Closed) => return None,
            };
            Some((Ok(sent), (listener, stopping, may_listen)))
        });
    Sse::new(first.chain(events)).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

fn told(event: Event, role: Role) -> Sent {
    let (name, data) = match event {
        Event::Published(generation) => ("published", json!({ "published": generation })),
        Event::Orders(mut orders) => {
            if role == Role::Viewer
                && let Some(at) = orders.columns.iter().position(|column| column.name == "customer_id")
            {
                let cells = orders.rows.iter_mut().filter_map(|row| row.get_mut(at)).filter(|cell| !cell.is_null());
                cells.for_each(|cell| *cell = Value::from(MASK));
            }
            ("orders", json!(orders))
        }
        Event::Run(run) => ("run", json!({ "state": run.state, "text": run.text.of(role) })),
    };
    Sent::default().event(name).data(data.to_string())
}
