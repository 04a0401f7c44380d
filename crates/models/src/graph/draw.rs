//! The graph as text, for people and for programs that draw.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::Graph;
use crate::model::Layer;

impl Graph {
    /// A line a model, in the order they are made.
    pub fn to_text(&self) -> String {
        let width = self.order.iter().map(String::len).max().unwrap_or(0);
        let mut text = String::new();
        for model in self.models() {
            let reads: Vec<String> = self.reads(&model.name).collect();
            let what = format!("{} {}", model.layer.name(), model.header.kind.name());
            let reads = if reads.is_empty() { String::new() } else { format!("  ← {}", reads.join(", ")) };
            let _ = writeln!(text, "{:width$}  {what:33}{reads}", model.name);
        }
        trimmed_lines(&text)
    }

    /// A Mermaid flowchart, as GitHub shows it.
    pub fn to_mermaid(&self) -> String {
        let mut text = String::from("flowchart LR\n");
        for external in self.all_externals() {
            let _ = writeln!(text, "  {}[(\"{external}\")]", node(&external));
        }
        for layer in [Layer::Staging, Layer::Marts, Layer::Insight] {
            let names: Vec<&str> = self.models().filter(|m| m.layer == layer).map(|m| m.name.as_str()).collect();
            if names.is_empty() {
                continue;
            }
            let _ = writeln!(text, "  subgraph {}", layer.name());
            for name in names {
                let _ = writeln!(text, "    {}[\"{name}\"]", node(name));
            }
            text.push_str("  end\n");
        }
        for (from, to) in self.edges() {
            let _ = writeln!(text, "  {} --> {}", node(&from), node(&to));
        }
        text
    }

    /// Graphviz.
    pub fn to_dot(&self) -> String {
        let mut text = String::from("digraph models {\n  rankdir=LR;\n  node [shape=box];\n");
        for external in self.all_externals() {
            let _ = writeln!(text, "  \"{external}\" [shape=cylinder];");
        }
        for model in self.models() {
            let style = if model.layer == Layer::Staging { "dashed" } else { "solid" };
            let _ = writeln!(text, "  \"{}\" [style={style}];", model.name);
        }
        for (from, to) in self.edges() {
            let _ = writeln!(text, "  \"{from}\" -> \"{to}\";");
        }
        text + "}\n"
    }

    fn reads(&self, name: &str) -> impl Iterator<Item = String> {
        let landed = self.externals(name).iter().map(|external| self.external_label(external));
        landed.chain(self.parents(name).iter().cloned())
    }

    fn all_externals(&self) -> BTreeSet<String> {
        self.externals.values().flatten().map(|external| self.external_label(external)).collect()
    }

    /// A landed table that a model has its name from is told apart from it.
    fn external_label(&self, external: &str) -> String {
        if self.models.contains_key(external) { format!("landed {external}") } else { external.to_owned() }
    }

    fn edges(&self) -> Vec<(String, String)> {
        self.order.iter().flat_map(|name| self.reads(name).map(move |read| (read, name.clone()))).collect()
    }
}

/// Mermaid takes some words and all dots for its own.
fn node(name: &str) -> String {
    format!("t_{}", name.replace(|c: char| !c.is_alphanumeric(), "_"))
}

fn trimmed_lines(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
