//! A failure that stands: what failed would fail again, for hours on end, as long as nothing is another. So it is tried again
//! once something changed, and else ever more rarely.

use std::time::{Duration, Instant};

use flow::{Flow, Plan, Request};
use port::{Arrival, Result};
use retail::rates::Rates;

use crate::server::App;

/// The longest wait; what failed for want of memory or space may do some day.
const LONGEST: Duration = Duration::from_secs(3600);

/// All that a run goes by.
#[derive(PartialEq)]
pub struct Outlook {
    plan: Plan,
    arrivals: Vec<Arrival>,
    models: u64,
    source: String,
    rates: Option<Rates>,
    published: u64,
}

impl Outlook {
    pub async fn of(app: &App, flow: &Flow) -> Result<Outlook> {
        let (plan, arrivals) = flow.ahead(&Request::default()).await?;
        Ok(Outlook {
            plan,
            arrivals,
            models: app.shop.models.version(),
            source: flow.project.source_fingerprint.clone(),
            rates: flow.project.exchange.rates.clone(),
            published: flow.warehouse.published().await?,
        })
    }

    /// Something is there to be landed.
    pub fn lands(&self) -> bool {
        !self.arrivals.is_empty() || self.plan.rebuild.is_some()
    }
}

pub struct Standing {
    outlook: Outlook,
    wait: Duration,
    again: Instant,
}

impl Standing {
    /// What goes by this outlook failed, and is not tried again for `wait`.
    pub fn new(outlook: Outlook, wait: Duration) -> Standing {
        let wait = wait.min(LONGEST);
        Standing { outlook, wait, again: Instant::now() + wait }
    }

    pub fn is_of(&self, outlook: &Outlook) -> bool {
        self.outlook == *outlook
    }

    pub fn is_due(&self) -> bool {
        self.again <= Instant::now()
    }

    /// How long to wait where it fails once more.
    pub fn longer(&self, least: Duration) -> Duration {
        (self.wait * 2).max(least)
    }
}
