//! Landing into a schema: rows that stand are copied into temporary tables, and staging is made of them by the server.

mod convert;
mod fates;
mod place;
mod stage;
mod units;

use std::sync::Arc;

use lake::Judge;
use lake::landing::{Outcome, PlacedLoad, RejectLog, Unit, can_stream, rejects};
use port::{Land, Landed, Put, Result};

use super::history::put;
use super::work::Work;

const DOING: &str = "record what became of the rows";

/// What placing gives, whichever way it went.
#[derive(Default)]
struct Placement {
    /// Loads whose fates are new or other than before.
    loads: Vec<PlacedLoad>,
    /// Units of earlier loads that gave way.
    outcomes: Vec<(i64, Outcome)>,
    /// What stands of the units of loads that were read. A preset that is always placed anew needs none.
    units: Vec<Unit>,
    rejects: RejectLog,
    landed: Landed,
}

pub async fn land(work: &mut Work, judge: &Arc<Judge>, request: &Land) -> Result<Landed> {
    port::fault::reach("land");
    let rebuild = request.rebuild || !request.undone.is_empty() || !can_stream(request);
    units::take_over(work, request, rebuild).await?;
    // Where a query gives no row of a unit that took another's place, adding is not enough.
    let added = if rebuild { None } else { place::add(work, judge, request).await? };
    let anew = added.is_none();
    let placement = match added {
        Some(placement) => placement,
        None => {
            work.revert_all().await?;
            place::rebuild(work, judge, request).await?
        }
    };
    port::fault::reach("placed");
    finish(work, placement, anew).await
}

async fn finish(work: &mut Work, mut placement: Placement, rebuilt: bool) -> Result<Landed> {
    let log = placement.rejects.take()?;
    let there = work.live.contains_key(rejects::TABLE);
    if rebuilt || !log.is_empty() || !there {
        let how = if rebuilt { Put::InPlaceOfAll } else { Put::Beside };
        put(work, rejects::TABLE, &rejects::schema(), &log, how).await?;
    }
    port::fault::reach("rejects");
    units::store(work, &placement.units, rebuilt).await?;
    let loads = fates::store(work, &mut placement, rebuilt).await?;
    Ok(Landed { loads, ..placement.landed })
}
