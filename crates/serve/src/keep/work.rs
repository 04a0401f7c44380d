//! What the keeper does each time it wakes, and what it remembers from one time to the next.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use flow::{Flow, Request, Summary, ask};
use port::{Error, Kind, Result};
use tokio::runtime::Runtime;

use super::said::Said;
use super::standing::{Outlook, Standing};
use super::telling::Telling;
use super::tidy::Tidy;
use crate::api::warm;
use crate::events::{Event, Run, Text};
use crate::server::App;

pub struct Work<'a> {
    app: &'a Arc<App>,
    runtime: &'a Runtime,
    every: Duration,
    /// Orders that pages know.
    shown: HashSet<String>,
    generation: Option<u64>,
    tidy: Tidy,
    /// The last failure of a whole run, as it was told.
    told: Option<Said>,
    /// The same of models.
    told_of: HashMap<String, Option<Said>>,
    /// What failed is not tried again yet.
    standing: Option<Standing>,
    /// What pages were told of it.
    stands: Option<Text>,
    /// Pages show that a run failed.
    is_failed: bool,
    /// Pages show why no run began.
    is_hindered: bool,
}

/// How an attempt went.
enum Went {
    /// Nothing was tried: nothing changed since it failed.
    Waits,
    Ran(Box<Summary>),
}

impl<'a> Work<'a> {
    pub fn new(app: &'a Arc<App>, runtime: &'a Runtime, every: Duration) -> Work<'a> {
        Work {
            app,
            runtime,
            every,
            shown: HashSet::new(),
            generation: None,
            tidy: Tidy::new(app.asking.longest(), Instant::now()),
            told: None,
            told_of: HashMap::new(),
            standing: None,
            stands: None,
            is_failed: false,
            is_hindered: false,
        }
    }

    pub fn run(&mut self) {
        let telling = Arc::new(Telling::of(&self.app.events));
        match self.attempt(&telling) {
            Ok(Went::Waits) => {
                // What hindered runs meanwhile is mended; what failed before it is not.
                if let Some(text) = self.stands.clone().filter(|_| self.is_hindered) {
                    self.told = None;
                    self.shows("failed", text);
                }
            }
            Ok(Went::Ran(summary)) => {
                self.told = None;
                let is_news = self.tell_steps(&summary);
                if !summary.is_nothing() {
                    self.done(&summary, is_news);
                } else if telling.has_begun() || self.is_failed {
                    self.shows("done", "nothing is left to do".to_owned());
                }
            }
            // Another process is at work; what it does is seen below.
            Err(error) if error.kind == Kind::Locked => {
                if telling.has_begun() {
                    self.shows("done", "another process is at work".to_owned());
                }
            }
            Err(error) => self.failed(&error, telling.has_begun()),
        }
        self.publish();
    }

    /// Another process runs: its tables are shown as they are published.
    pub fn follow(&mut self) {
        match self.app.shop.project.unchanged() {
            Ok(()) if self.is_failed => {
                self.told = None;
                self.shows("done", "the project is as the server holds it".to_owned());
            }
            Ok(()) => {}
            Err(error) => self.failed(&error, false),
        }
        self.publish();
    }

    fn attempt(&mut self, telling: &Arc<Telling>) -> Result<Went> {
        let (app, runtime) = (self.app, self.runtime);
        let flow = app.shop.project.flow(telling.clone())?;
        // Before tables of them are published, so that these are never without their models.
        app.shop.models.replace(&flow.project.graph);
        let (mut before, mut wait) = (None, self.every * 2);
        if let Some(standing) = self.standing.take() {
            before = runtime.block_on(Outlook::of(app, &flow)).ok();
            if before.as_ref().is_some_and(|before| standing.is_of(before)) {
                if !standing.is_due() {
                    self.standing = Some(standing);
                    return Ok(Went::Waits);
                }
                wait = standing.longer(wait);
            }
        }
        let ran = runtime.block_on(flow.run(&Request::default()));
        let has_failed = match &ran {
            Ok(summary) => summary.failed(),
            // What fails before it does anything is soon asked again: a database that is away.
            Err(error) => error.kind != Kind::Locked && telling.has_begun(),
        };
        if has_failed {
            self.standing = self.stand(&flow, ran.is_ok(), before, wait);
        }
        let summary = ran?;
        if !has_failed {
            app.shop.models.settle();
        }
        if !summary.is_nothing() {
            self.tidy.count(summary.volume);
        }
        if self.tidy.is_due(Instant::now()) {
            if let Err(error) = runtime.block_on(flow.optimize(self.tidy.kept())) {
                tracing::warn!(%error, "tables were not optimized");
            }
            self.tidy.done(Instant::now());
        }
        Ok(Went::Ran(Box::new(summary)))
    }

    /// What a run that failed goes by, as long as nothing changes.
    fn stand(&self, flow: &Flow, has_landed: bool, before: Option<Outlook>, wait: Duration) -> Option<Standing> {
        let now = || self.runtime.block_on(Outlook::of(self.app, flow)).ok();
        match (has_landed, before) {
            // What is to be landed now came while it ran.
            (true, _) => Some(Standing::new(now().filter(|now| !now.lands())?, wait)),
            // It changed nothing: what was ahead of it still is.
            (false, Some(before)) => Some(Standing::new(before, wait)),
            // Something may have come while it ran, and nobody looked before: once more, soon.
            (false, None) => Some(Standing::new(now()?, Duration::ZERO)),
        }
    }

    /// Of a whole run. `has_begun`: pages saw it begin, so they are to see it end, also where they know the text.
    fn failed(&mut self, error: &Error, has_begun: bool) {
        let text = error.to_string();
        let shown = Text::guarded(text.clone(), "the run failed: an admin sees why".to_owned());
        let is_news = Said::is_news(&mut self.told, &text, Instant::now());
        if is_news {
            tracing::error!("run failed: {text}");
            self.app.events.log("error", shown.clone());
        }
        if has_begun || is_news {
            let stands = if has_begun { Some(shown.clone()) } else { self.stands.take() };
            self.ended("failed", shown);
            self.stands = stands;
            self.is_hindered = !has_begun;
        }
    }

    /// Says in the log which models fail, and why, where it did not say so before. Whether the run has anything to tell but
    /// failures that are known.
    fn tell_steps(&mut self, summary: &Summary) -> bool {
        let mut is_news = !(summary.loads.is_empty() && summary.dropped.is_empty());
        for step in summary.steps.iter().filter(|step| !step.skipped) {
            match &step.failure {
                Some(cause) => {
                    let said = self.told_of.entry(step.model.clone()).or_default();
                    if Said::is_news(said, cause, Instant::now()) {
                        tracing::warn!("{} failed: {cause}", step.model);
                        is_news = true;
                    }
                }
                None => {
                    self.told_of.remove(&step.model);
                    is_news = true;
                }
            }
        }
        is_news
    }

    fn done(&mut self, summary: &Summary, is_news: bool) {
        let mut text = summary.told();
        let failed = summary.steps.iter().filter(|step| step.failure.is_some() && !step.skipped);
        let failed: Vec<&str> = failed.map(|step| step.model.as_str()).collect();
        if !failed.is_empty() {
            text += &format!("; failed: {}", failed.join(", "));
        }
        if is_news {
            tracing::info!("{text}");
        }
        self.app.events.log("info", text.clone());
        self.ended(if summary.failed() { "failed" } else { "done" }, text.into());
    }

    fn ended(&mut self, state: &'static str, text: Text) {
        self.stands = Some(text.clone());
        self.app.meters.runs.get_or_create(&crate::ops::Ended { state }).inc();
        self.shows(state, text);
    }

    fn shows(&mut self, state: &'static str, text: impl Into<Text>) {
        self.is_failed = state == "failed";
        self.is_hindered = false;
        self.app.events.tell(Event::Run(Run { state, text: text.into() }));
    }

    /// Tells of other tables, whoever made them, and of orders that are new in them.
    fn publish(&mut self) {
        let Ok(generation) = self.runtime.block_on(self.app.shop.query.published()) else { return };
        if generation == 0 || self.generation == Some(generation) {
            return;
        }
        if let Err(error) = self.app.shop.models.follow(&*self.app.shop.project, generation) {
            // The mistake in them is told already.
            tracing::debug!(%error, "models cannot be read: what is new in tables is hidden from viewers");
        }
        let is_first = self.generation.replace(generation).is_none();
        self.app.meters.published.set(i64::try_from(generation).unwrap_or(i64::MAX));
        let sql = ask::orders::newest(&ask::Filter::default(), 50, 0);
        let orders = self.runtime.block_on(self.app.asking.rows(sql, 50));
        self.app.events.tell(Event::Published(generation));
        let Ok(orders) = orders else { return };
        let mut table = self.app.table(&orders);
        let ids: Vec<String> = orders.texts(0);
        let mut known = ids.iter().map(|id| self.shown.contains(id));
        table.rows.retain(|_| !known.next().unwrap_or(true));
        drop(known);
        self.shown = ids.into_iter().collect();
        if is_first {
            self.runtime.block_on(warm(self.app));
        } else if !table.rows.is_empty() {
            self.app.events.tell(Event::Orders(table));
        }
    }
}
