//! What is served.

use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use flow::{Flow, Observer};
use models::{Graph, Metrics};
use port::{Query, Result};

use crate::apart::Apart;
use crate::download::Sheets;

/// A shop's tables and what is known of them.
pub struct Shop {
    pub query: Arc<dyn Query>,
    /// Answers statements that people write.
    pub apart: Arc<dyn Apart>,
    /// The project's folder, where saved queries and dashboards are.
    pub folder: PathBuf,
    pub name: String,
    pub currency: String,
    /// IANA name.
    pub timezone: String,
    /// How pages write numbers and days, as BCP 47 has it; `None`: as the reader's browser does.
    pub locale: Option<String>,
    pub weeks_start_on_sunday: bool,
    /// Cancelled orders are taken back on a day of their own.
    pub reverses_cancelled: bool,
    /// Its files, read anew.
    pub project: Arc<dyn Project>,
    pub models: Arc<Models>,
    pub metrics: Metrics,
    /// Writes tables as files.
    pub sheets: Arc<dyn Sheets>,
    pub is_demo: bool,
}

impl Shop {
    /// The folder of the project's own pages.
    pub(crate) fn dashboards(&self) -> PathBuf {
        self.folder.join("dashboards")
    }
}

/// The project's files as they are now: they may change while it is served.
pub trait Project: Send + Sync {
    /// What a run needs. Refused where what the server holds, its time zone above all, is no longer what the files say.
    fn flow(&self, observer: Arc<dyn Observer>) -> Result<Flow>;

    /// The models alone.
    fn graph(&self) -> Result<Graph>;

    /// An error where [`Project::flow`] would be refused.
    fn unchanged(&self) -> Result<()>;
}

/// The models as the project last had them.
pub struct Models(RwLock<Held>);

struct Held {
    known: Arc<Known>,
    /// Counts changes.
    version: u64,
    /// The publish after which they were read.
    read_at: u64,
}

/// Models, and those of before that published tables may still be of.
pub struct Known {
    graph: Graph,
    earlier: Vec<Arc<Graph>>,
}

impl Deref for Known {
    type Target = Graph;

    fn deref(&self) -> &Graph {
        &self.graph
    }
}

impl Known {
    pub(crate) fn earlier(&self) -> impl Iterator<Item = &Graph> {
        self.earlier.iter().map(Arc::as_ref)
    }
}

/// Models of before that are kept: the oldest, which the tables were made by, and the latest.
const EARLIER: usize = 16;

impl Models {
    pub fn new(graph: Graph) -> Models {
        let known = Arc::new(Known { graph, earlier: Vec::new() });
        Models(RwLock::new(Held { known, version: 0, read_at: 0 }))
    }

    pub fn graph(&self) -> Arc<Known> {
        self.held().known.clone()
    }

    pub(crate) fn version(&self) -> u64 {
        self.held().version
    }

    pub(crate) fn replace(&self, graph: &Graph) {
        let before = self.graph();
        if before.graph != *graph {
            let mut earlier = before.earlier.clone();
            earlier.push(Arc::new(before.graph.clone()));
            if earlier.len() > EARLIER {
                earlier.remove(1);
            }
            self.put(Known { graph: graph.clone(), earlier });
        }
    }

    /// All tables are made by the models of now: those of before are forgotten.
    pub(crate) fn settle(&self) {
        let known = self.graph();
        if !known.earlier.is_empty() {
            self.put(Known { graph: known.graph.clone(), earlier: Vec::new() });
        }
    }

    /// Reads them anew where tables were published since: another process may have made these of models that came meanwhile.
    pub(crate) fn follow(&self, project: &dyn Project, generation: u64) -> Result<()> {
        if self.held().read_at != generation {
            self.replace(&project.graph()?);
            self.0.write().unwrap_or_else(PoisonError::into_inner).read_at = generation;
        }
        Ok(())
    }

    fn put(&self, known: Known) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        held.known = Arc::new(known);
        held.version += 1;
    }

    fn held(&self) -> std::sync::RwLockReadGuard<'_, Held> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}
