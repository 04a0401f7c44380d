//! The search for frequent itemsets.

mod encode;
mod rows;

mod database;
mod prefixes;
mod sparse;

mod dense;
mod kernel;

mod closed;
mod closed_dense;

mod budget;
mod queue;
mod sink;
mod worker;

pub use budget::{Budget, Stop};
pub use encode::encode;
pub use prefixes::{Bucket, Prefixes};
pub use rows::{Buckets, Range, Rows, START, ranges};

use super::itemsets::Block;
use super::{Baskets, Counts, Error, Family, Itemsets, Mining, threads};
use dense::Table;
use queue::Queue;
use sink::{Count, Keep, Lengths, Sink};
use sparse::bits_are_quicker;
use worker::{Goal, Plan, Worker};

pub fn itemsets(baskets: Baskets<'_>, mining: &Mining) -> Result<Itemsets, Error> {
    let budget = Budget::new(mining.memory_limit, u64::MAX);
    let lengths = lengths(mining);
    let kept = search(baskets, mining, &budget, || Keep::new(lengths, &budget))?;
    budget.outcome("finding itemsets")?;
    let blocks: Vec<Block> = kept.into_iter().flat_map(Keep::finish).collect();
    Ok(Itemsets::of(baskets.len() as u64, blocks))
}

/// The number of sets; `None` where there are more than `most`.
pub fn count(baskets: Baskets<'_>, mining: &Mining, most: u64) -> Result<Option<Counts>, Error> {
    let budget = Budget::new(mining.memory_limit, most);
    let lengths = lengths(mining);
    let counted = search(baskets, mining, &budget, || Count::new(lengths, &budget))?;
    let mut by_items: Vec<u64> = Vec::new();
    for mut count in counted {
        // What is beyond is told by the outcome.
        let _ = count.tell();
        by_items.resize(by_items.len().max(count.by_items.len()), 0);
        by_items.iter_mut().zip(&count.by_items).for_each(|(sum, more)| *sum = sum.saturating_add(*more));
    }
    Ok(budget.outcome("counting itemsets")?.then_some(Counts { by_items }))
}

fn lengths(mining: &Mining) -> Lengths {
    Lengths { least: mining.min_items.max(1), most: mining.max_items }
}

fn search<S: Sink>(
    baskets: Baskets<'_>,
    mining: &Mining,
    budget: &Budget,
    sink: impl Fn() -> S + Sync,
) -> Result<Vec<S>, Error> {
    let least = mining.least_count(baskets.len())?;
    if least > baskets.len() as u64 || mining.max_items == 0 {
        return Ok(Vec::new());
    }
    let goal = Goal {
        least: least as u32,
        most_items: mining.max_items,
        family: mining.family,
        maximal: mining.family == Family::Maximal,
        shortest: if mining.family == Family::All { 2 } else { 1 },
    };
    let rows = encode(baskets, goal.least, goal.shortest, budget)?;
    let threads = threads::number(mining.threads);
    let Ok(plan) = plan(&rows, goal, threads, budget) else { return Ok(Vec::new()) };
    let queue = Queue::new(plan.len(), threads);
    Ok(threads::on_each(threads, || {
        let mut worker = Worker::new(goal, budget, &queue, &rows, sink());
        worker.work(&plan);
        worker.sink
    }))
}

fn plan(rows: &Rows, goal: Goal, threads: usize, budget: &Budget) -> Result<Plan, Stop> {
    let closing = goal.family != Family::All;
    if !bits_are_quicker(rows.items(), rows.len(), rows.pairs()) {
        let reach = rows.reach(closing);
        return Ok(Plan::Sparse { ranges: ranges(&reach, threads), reach });
    }
    budget.take(rows.items() * rows.len() / 8)?;
    let names = if closing { (0..rows.items() as u32).collect() } else { rows.names.clone() };
    Ok(Plan::Dense(Table::of(rows, names)))
}
