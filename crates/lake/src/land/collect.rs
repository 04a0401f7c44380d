//! The general way: all loads of a source are placed, and staging made from the rows that stand.

use std::sync::Arc;

use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use port::{Land, Result};

use super::all::{self, Standing};
use super::place::{Units, resolve};
use super::rejects::RejectLog;
use super::rules::Rules;
use super::{Placement, stage, stopped, survey, upsert};
use crate::engine::failed;
use crate::run::LakeRun;

pub async fn rebuild(run: &LakeRun, request: &Land) -> Result<Placement> {
    let session = run.session().await?;
    let (asked, engine) = (request.clone(), run.engine.clone());
    let work = move || -> Result<(Vec<Standing>, RejectLog)> {
        let mut rejects = RejectLog::new();
        let rules = |table: &_| Rules::new(&engine.session(), &asked, table);
        Ok((all::place(&asked, &rules, &mut rejects)?, rejects))
    };
    let (placed, rejects) = tokio::task::spawn_blocking(work).await.map_err(stopped)??;
    let mut placement = Placement { rejects, ..Placement::new() };
    for standing in placed {
        register(&session, &standing)?;
        let keys = standing.loads.iter().filter_map(|load| Some((load.id, load.keys.as_ref()?)));
        let mut units = Units::new();
        resolve(&mut units, &keys.collect::<Vec<_>>());
        placement.units.add_units(&standing.table.name, units.into_values());
        placement.loads.extend(standing.loads);
    }
    for staging in &request.staging {
        let frame = stage::plan(&session, staging, request).await?;
        let staged = stage::stage(run, frame, staging, true).await?;
        let touched = upsert::replace(run, staging, staged).await?;
        placement.touched.extend(touched.map(|touched| (staging.name.clone(), touched)));
        if let Some(table) = run.table(&staging.name) {
            let provider = Arc::new(run.provider(&staging.name, &table));
            session.deregister_table(staging.name.as_str()).map_err(|e| failed("make staging", e))?;
            session.register_table(staging.name.as_str(), provider).map_err(|e| failed("make staging", e))?;
        }
    }
    Ok(placement)
}

fn register(session: &SessionContext, standing: &Standing) -> Result<()> {
    let Standing { table, rows, .. } = standing;
    let rows = MemTable::try_new(survey::schema(table), vec![rows.clone()]).map_err(|e| failed("make staging", e))?;
    session.deregister_table(table.name.as_str()).map_err(|e| failed("make staging", e))?;
    session.register_table(table.name.as_str(), Arc::new(rows)).map_err(|e| failed("make staging", e))?;
    Ok(())
}
