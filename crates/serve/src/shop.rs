//! What is served.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use models::{Graph, Metrics};
use port::Query;

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
    pub models: Models,
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

/// The models as the project last had them: its files may change while it is served.
pub struct Models(RwLock<(u64, Arc<Graph>)>);

impl Models {
    pub fn new(graph: Arc<Graph>) -> Models {
        Models(RwLock::new((0, graph)))
    }

    pub fn graph(&self) -> Arc<Graph> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Counts changes.
    pub(crate) fn version(&self) -> u64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).0
    }

    pub(crate) fn replace(&self, graph: &Graph) {
        if *self.graph() != *graph {
            let mut models = self.0.write().unwrap_or_else(PoisonError::into_inner);
            *models = (models.0 + 1, Arc::new(graph.clone()));
        }
    }
}
