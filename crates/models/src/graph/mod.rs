//! The models as a graph: who reads whom, in which order they are made, and what their texts amount to.

mod draw;
mod fingerprint;
mod order;
mod select;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Model;
use crate::problem::{Place, Problem};
use crate::sql::Input;

/// Whole and without cycles, once it is built.
#[derive(Debug, Clone, PartialEq)]
pub struct Graph {
    models: BTreeMap<String, Model>,
    /// What each model reads, models and external tables apart.
    parents: BTreeMap<String, BTreeSet<String>>,
    externals: BTreeMap<String, BTreeSet<String>>,
    children: BTreeMap<String, BTreeSet<String>>,
    order: Vec<String>,
    /// What each model's text amounts to, comments and white space left out: fingerprints are asked for again and again.
    texts: BTreeMap<String, Vec<String>>,
    overridden: Vec<Overridden>,
}

/// A model whose place another file took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overridden {
    pub name: String,
    pub file: String,
    pub by: String,
}

impl Graph {
    /// Of models by one name the later wins: pass ours first, then the user's. `externals` are tables that no model makes:
    /// the landed ones. A model that reads its own name reads the external table of that name.
    pub fn build(models: Vec<Model>, externals: &[&str]) -> Result<Graph, Vec<Problem>> {
        let (models, overridden) = unite(models);
        let (models, disabled): (BTreeMap<_, _>, BTreeMap<_, _>) =
            models.into_iter().partition(|(_, model): &(String, Model)| model.header.enabled);
        let none = || models.keys().map(|name| (name.clone(), BTreeSet::new())).collect();
        let (parents, children, read) = (none(), none(), none());
        let texts = models.iter().map(|(name, model)| (name.clone(), fingerprint::own_parts(model))).collect();
        let mut graph = Graph { models, parents, children, externals: read, order: Vec::new(), texts, overridden };
        let mut problems = graph.connect(&disabled, externals);
        match order::topological(&graph.parents) {
            Ok(order) => graph.order = order,
            Err(cycle) => problems.push(graph.cycle_problem(&cycle)),
        }
        problems.sort_by(|a, b| (&a.file, a.line, a.column).cmp(&(&b.file, b.line, b.column)));
        if problems.is_empty() { Ok(graph) } else { Err(problems) }
    }

    pub fn model(&self, name: &str) -> Option<&Model> {
        self.models.get(name)
    }

    /// Every model after those it reads; by name where that leaves a choice.
    pub fn order(&self) -> &[String] {
        &self.order
    }

    /// All models, in order.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.order.iter().filter_map(|name| self.models.get(name))
    }

    /// What has to be made before each model: its parents, and what its checks read, as far as that is made in fewer steps.
    /// A check may also read what is made of its own model; of that it sees the rows of before.
    pub fn awaited(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut steps: BTreeMap<&str, usize> = BTreeMap::new();
        for name in &self.order {
            let before = self.parents(name).iter().filter_map(|parent| steps.get(parent.as_str())).max();
            let step = before.map_or(0, |before| before + 1);
            steps.insert(name, step);
        }
        let awaited = |name: &str, model: &Model| {
            let checked = model.header.checks.iter().flat_map(|check| check.inputs());
            let checked =
                checked.filter_map(|table| steps.get_key_value(table.as_str()).map(|(name, step)| (*name, *step)));
            let earlier = checked.filter(|(_, step)| *step < steps[name]).map(|(name, _)| name);
            self.parents(name).iter().map(String::as_str).chain(earlier).collect()
        };
        self.models.iter().map(|(name, model)| (name.as_str(), awaited(name, model))).collect()
    }

    /// The models that `name` reads.
    pub fn parents(&self, name: &str) -> &BTreeSet<String> {
        self.parents.get(name).unwrap_or(&NONE)
    }

    /// The models that read `name`.
    pub fn children(&self, name: &str) -> &BTreeSet<String> {
        self.children.get(name).unwrap_or(&NONE)
    }

    /// The tables that no model makes and `name` reads.
    pub fn externals(&self, name: &str) -> &BTreeSet<String> {
        self.externals.get(name).unwrap_or(&NONE)
    }

    /// The models that read the external table.
    pub fn readers(&self, external: &str) -> BTreeSet<String> {
        let reads = self.externals.iter().filter(|(_, externals)| externals.contains(external));
        reads.map(|(name, _)| name.clone()).collect()
    }

    /// All that `name` depends on, itself not among them.
    pub fn ancestors(&self, name: &str) -> BTreeSet<String> {
        order::reach(name, &self.parents)
    }

    /// All that depends on `name`, itself not among them.
    pub fn descendants(&self, name: &str) -> BTreeSet<String> {
        order::reach(name, &self.children)
    }

    pub fn overridden(&self) -> &[Overridden] {
        &self.overridden
    }

    /// Fills in the edges; tells every table that nobody makes.
    fn connect(&mut self, disabled: &BTreeMap<String, Model>, externals: &[&str]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for model in self.models.values() {
            for input in &model.inputs {
                let landed = externals.contains(&input.name.as_str());
                let own = input.name == model.name;
                if self.models.contains_key(&input.name) && !(own && landed) {
                    self.parents.entry(model.name.clone()).or_default().insert(input.name.clone());
                    self.children.entry(input.name.clone()).or_default().insert(model.name.clone());
                } else if landed {
                    self.externals.entry(model.name.clone()).or_default().insert(input.name.clone());
                } else {
                    let at = Place::new(input.line, input.column);
                    problems.push(self.unknown(&model.file, at, &input.name, disabled, externals));
                }
            }
            for check in &model.header.checks {
                for table in check.inputs() {
                    if !self.models.contains_key(&table) && !externals.contains(&table.as_str()) {
                        let at = Place::new(check.line, check.column);
                        problems.push(self.unknown(&model.file, at, &table, disabled, externals));
                    }
                }
            }
        }
        problems.extend(self.models.values().flat_map(|model| self.other_days(model)));
        problems
    }

    /// A model runs for the days that changed in what drives it, so both must mean the same day.
    fn other_days(&self, model: &Model) -> Vec<Problem> {
        let Some(ours) = model.header.time_column.as_deref().filter(|_| model.runs_by_day()) else { return Vec::new() };
        let driving = model.inputs.iter().filter(|input| model.driving.contains(&input.name));
        let differs = |input: &Input| {
            let theirs = self.models.get(&input.name)?.day_column().filter(|theirs| *theirs != ours)?;
            let message =
                format!("`{}` runs by `{ours}`, and `{}`, which drives it, by `{theirs}`", model.name, input.name);
            let problem = Problem::new(&model.file, Place::new(input.line, input.column), message);
            Some(problem.advise(format!("make it `kind: full`, or run by `{theirs}` too")))
        };
        driving.filter_map(differs).collect()
    }

    fn unknown(
        &self,
        file: &str,
        at: Place,
        table: &str,
        disabled: &BTreeMap<String, Model>,
        externals: &[&str],
    ) -> Problem {
        if let Some(model) = disabled.get(table) {
            let problem = Problem::new(file, at, format!("the table `{table}` is disabled"));
            return problem.advise(format!("remove `enabled: false` from {}, or disable this model too", model.file));
        }
        let known = self.models.keys().map(String::as_str).chain(externals.iter().copied());
        Problem::new(file, at, format!("there is no table `{table}`")).suggest(table, known)
    }

    fn cycle_problem(&self, cycle: &[String]) -> Problem {
        let mut path = cycle.join(" → ");
        path = path + " → " + cycle.first().map_or("", String::as_str);
        let first = cycle.first().and_then(|name| self.models.get(name));
        let reads = cycle.get(1).or(cycle.first());
        let Some((model, reads)) = first.zip(reads) else {
            return Problem::new("models", Place::default(), "models read each other in a circle");
        };
        let input = model.inputs.iter().find(|input| input.name == *reads);
        let at = input.map_or(Place::new(1, 1), |input| Place::new(input.line, input.column));
        let message = if cycle.len() == 1 {
            format!("`{}` reads itself", model.name)
        } else {
            format!("these models read each other in a circle: {path}")
        };
        Problem::new(&model.file, at, message)
            .advise("take one of these reads away, or move the shared part to a model of its own")
    }
}

static NONE: BTreeSet<String> = BTreeSet::new();

fn unite(models: Vec<Model>) -> (BTreeMap<String, Model>, Vec<Overridden>) {
    let mut united: BTreeMap<String, Model> = BTreeMap::new();
    let mut overridden = Vec::new();
    for model in models {
        let (name, by) = (model.name.clone(), model.file.clone());
        if let Some(old) = united.insert(name.clone(), model) {
            overridden.push(Overridden { name, file: old.file, by });
        }
    }
    (united, overridden)
}
