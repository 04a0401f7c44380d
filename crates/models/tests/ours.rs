//! The models and presets that wharf ships parse, and each preset with the marts is a whole graph.

// The room has no I/O; this test of what is shipped reads it.
#![allow(clippy::disallowed_methods)]

use std::path::{Path, PathBuf};

use models::{Graph, Layer, Metrics, Model};

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn parse_folder(folder: &Path, layer: Layer) -> Vec<Model> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort();
    let parse = |file: &PathBuf| {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(file).unwrap();
        Model::parse(name, &file.to_string_lossy(), layer, &text).unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(|problem| format!("{problem}\n")).collect::<String>())
        })
    };
    files.iter().map(parse).collect()
}

/// The names after each `[[table]]` line.
fn landed_tables(source: &str) -> Vec<String> {
    let mut lines = source.lines();
    let mut names = Vec::new();
    while lines.any(|line| line.trim() == "[[table]]") {
        let name = lines.find_map(|line| line.trim().strip_prefix("name = \""));
        names.extend(name.and_then(|name| name.split('"').next()).map(str::to_owned));
    }
    names
}

#[test]
fn every_preset_makes_a_graph_with_the_marts() {
    let marts = parse_folder(&workspace().join("models"), Layer::Marts);
    assert!(!marts.is_empty());
    let mut presets = 0;
    for preset in std::fs::read_dir(workspace().join("presets")).unwrap() {
        let preset = preset.unwrap().path();
        let Ok(source) = std::fs::read_to_string(preset.join("source.toml")) else { continue };
        let landed = landed_tables(&source);
        let landed: Vec<&str> = landed.iter().map(String::as_str).collect();
        let mut all = parse_folder(&preset.join("staging"), Layer::Staging);
        all.extend(marts.iter().cloned());
        let graph = Graph::build(all, &landed).unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(|problem| format!("{problem}\n")).collect::<String>())
        });
        assert!(graph.ancestors("customer_summary").contains("orders"), "{}", graph.to_text());
        presets += 1;
    }
    assert!(presets >= 2);
}

#[test]
fn the_metrics_parse() {
    let text = std::fs::read_to_string(workspace().join("models/metrics.yaml")).unwrap();
    let metrics = Metrics::parse("models/metrics.yaml", &text).unwrap_or_else(|problems| panic!("{problems:#?}"));
    assert!(metrics.get("net_sales").is_some());
}
