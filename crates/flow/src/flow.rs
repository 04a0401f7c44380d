//! The door: a project, its warehouse and its reader, and what can be asked of them.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use port::{Arrival, Keep, Optimized, Result, Source, Warehouse};

use crate::analysis::Room;
use crate::observe::{Event, Observer};
use crate::plan::{self, Plan, Request};
use crate::project::Project;
use crate::run::{self, CheckResult, Summary, TestResult};
use crate::state::{Remembered, State};

pub struct Flow {
    pub warehouse: Arc<dyn Warehouse>,
    pub reader: Arc<dyn Source>,
    /// Where landed copies go.
    pub landing: PathBuf,
    pub project: Project,
    pub observer: Arc<dyn Observer>,
    /// The time of this run, microseconds since the epoch.
    pub now_micros: i64,
    /// How long to wait for another writer.
    pub patience: Duration,
    /// What analyses may use of the machine.
    pub room: Room,
    /// What was read of the ledger so far, by whoever runs this shop in this process.
    pub remembered: Arc<Remembered>,
    /// Runs of which housekeeping leaves the history.
    pub keep_runs: u64,
}

impl Flow {
    /// What [`Flow::run`] would do.
    pub async fn plan(&self, request: &Request) -> Result<Plan> {
        Ok(self.ahead(request).await?.0)
    }

    /// The same with what has arrived, as it is now.
    pub async fn ahead(&self, request: &Request) -> Result<(Plan, Vec<Arrival>)> {
        let state = self.state().await?;
        let arrivals = match request.is_of_old_loads() {
            true => Vec::new(),
            false => self.reader.discover(&self.project.source.tables, &state.seen())?,
        };
        Ok((plan::plan(&self.project, &state, request, &arrivals)?, arrivals))
    }

    /// Lands what is new, builds what is missing, changed, dirty or failed, and publishes it.
    pub async fn run(&self, request: &Request) -> Result<Summary> {
        run::run(self, request).await
    }

    /// Runs all checks of the published tables and keeps their results.
    pub async fn check(&self, select: Option<&str>) -> Result<Vec<CheckResult>> {
        run::check_all(self, select).await
    }

    /// Runs tests of models.
    pub async fn test(&self, tests: &[models::ModelTest]) -> Result<Vec<TestResult>> {
        run::test_all(self, tests).await
    }

    /// Mistakes that only planning finds: unknown columns, wrong types.
    pub async fn lint(&self) -> Result<Vec<models::Problem>> {
        run::lint(self).await
    }

    /// Mistakes in tests of models.
    pub async fn lint_tests(&self, tests: &[models::ModelTest]) -> Result<Vec<models::Problem>> {
        run::lint_tests(self, tests).await
    }

    /// Joins small files, of landed copies too, and removes those that no state of the last `files` names.
    pub async fn optimize(&self, files: Duration) -> Result<Vec<Optimized>> {
        self.reader.tidy(&self.landing)?;
        self.warehouse.optimize(Keep { files, runs: self.keep_runs }).await
    }

    pub async fn state(&self) -> Result<State> {
        State::read(&*self.warehouse, &self.remembered).await
    }

    pub(crate) fn tell(&self, event: Event<'_>) {
        self.observer.event(&event);
    }
}
