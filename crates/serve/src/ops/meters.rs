//! Counts and durations, as Prometheus reads them.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Answered {
    pub method: &'static str,
    /// As the router has it, so that ids do not make a series each.
    pub route: String,
    pub status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Ended {
    pub state: &'static str,
}

pub struct Meters {
    registry: Registry,
    pub requests: Family<Answered, Counter>,
    pub seconds: Histogram,
    pub at_work: Gauge,
    pub from_cache: Counter,
    pub runs: Family<Ended, Counter>,
    pub published: Gauge,
}

impl Default for Meters {
    fn default() -> Meters {
        let meters = Meters {
            registry: Registry::with_prefix("wharf"),
            requests: Family::default(),
            seconds: Histogram::new(exponential_buckets(0.0005, 2.0, 16)),
            at_work: Gauge::default(),
            from_cache: Counter::default(),
            runs: Family::default(),
            published: Gauge::default(),
        };
        meters.registered()
    }
}

impl Meters {
    fn registered(mut self) -> Meters {
        let registry = &mut self.registry;
        registry.register("http_requests", "Requests answered", self.requests.clone());
        registry.register_with_unit("http_request", "Time to answer", Unit::Seconds, self.seconds.clone());
        registry.register("http_requests_at_work", "Requests not answered yet", self.at_work.clone());
        registry.register("http_answers_from_cache", "Answers that no query was needed for", self.from_cache.clone());
        registry.register("runs", "Runs by how they ended", self.runs.clone());
        registry.register("published_generation", "How often tables were published", self.published.clone());
        self
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
