//! What happens, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use futures::{Stream, StreamExt, stream};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;

use crate::events::Event;
use crate::guard::Role;
use crate::rows::MASK;
use crate::server::App;

/// Events as they happen: `published` (other tables), `orders` (a table of new orders, the newest first), `run` (started, done or
/// failed), `behind` (the reader was too slow: load anew)
#[utoipa::path(get, path = "/events", tag = "shop",
    responses((status = 200, description = "Server-sent events", content_type = "text/event-stream", body = String)))]
pub async fn events(
    State(app): State<Arc<App>>,
    Extension(role): Extension<Role>,
) -> Sse<impl Stream<Item = Result<Sent, Infallible>>> {
    // A page that opens late, or comes back, is told how the run is.
    let (run, listener) = app.events.listen();
    let first = stream::iter(run.map(|run| Ok(told(Event::Run(run), role))));
    let stopping = app.stopping.clone();
    let events = stream::unfold((listener, stopping), move |(mut listener, mut stopping)| async move {
        let received = tokio::select! {
            received = listener.recv() => received,
            _ = stopping.changed() => return None,
        };
        let sent = match received {
            Ok(event) => told(event, role),
            Err(RecvError::Lagged(_)) => Sent::default().event("behind").data("{}"),
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(sent), (listener, stopping)))
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
