//! The house rules that a compiler does not hold: who may use whom, what a room may name, how files open and how long they
//! get.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// A room and the rooms that it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("retail", &[]),
    ("port", &["retail"]),
    ("models", &["retail"]),
    ("insight", &[]),
    ("pages", &[]),
    ("sim", &["pages", "port", "retail"]),
    ("connect", &["port", "retail"]),
    ("lake", &["pages", "port", "retail"]),
    ("warehouses", &["connect", "lake", "port", "retail"]),
    ("flow", &["port", "models", "insight", "retail"]),
    ("serve", &["flow", "port", "lake", "models", "retail"]),
    ("wharf", &["retail", "port", "models", "insight", "sim", "connect", "lake", "warehouses", "flow", "serve"]),
];

/// Crates that only some rooms may use, by the beginning of their names.
const GUARDED: &[(&str, &[&str])] = &[("datafusion", &["lake", "serve"]), ("deltalake", &["lake"])];

/// A file beyond it needs a reason, told here.
const LONGEST: usize = 600;
const LONG_FOR_A_REASON: &[&str] = &[];

fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// What each of our crates depends on, tests aside.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--format-version", "1", "--offline"])
        .current_dir(workspace())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let package = |package: &Value| {
        let used = package["dependencies"].as_array().unwrap().iter().filter(|used| used["kind"] != "dev");
        let names = used.map(|used| used["name"].as_str().unwrap().to_owned()).collect();
        (package["name"].as_str().unwrap().to_owned(), names)
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

#[test]
fn rooms_use_the_rooms_that_they_may() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    for (name, used) in dependencies() {
        let may = rooms.get(name.as_str()).unwrap_or_else(|| panic!("{name} is no room of ARCHITECTURE.md"));
        for other in used.iter().filter(|other| rooms.contains_key(other.as_str())) {
            assert!(may.contains(&other.as_str()), "{name} may not use {other}");
        }
    }
}

#[test]
fn guarded_crates_are_used_where_they_may_be() {
    for (name, used) in dependencies() {
        for (guarded, rooms) in GUARDED {
            let uses = used.iter().find(|used| used.starts_with(guarded));
            assert!(uses.is_none() || rooms.contains(&name.as_str()), "{name} may not use {}", uses.unwrap());
        }
    }
}

/// A source file of a room.
struct Source {
    room: String,
    /// Below crates/.
    name: String,
    /// Lines by number; those of tests are left out.
    code: Vec<(usize, String)>,
    length: usize,
    opens: String,
}

fn sources() -> Vec<Source> {
    let crates = workspace().join("crates");
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = fs::read_dir(&crates)
        .unwrap()
        .map(|room| room.unwrap().path().join("src"))
        .filter(|src| src.is_dir())
        .collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&crates).unwrap().to_string_lossy().into_owned();
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source {
                    room: name.split('/').next().unwrap().to_owned(),
                    code: if is_tests(&path) { Vec::new() } else { without_tests(&text) },
                    length: text.lines().count(),
                    opens: text.lines().next().unwrap_or_default().to_owned(),
                    name,
                });
            }
        }
    }
    assert!(found.len() > 50, "the rooms' sources are not where they were");
    found
}

/// A `mod tests` in a file of its own.
fn is_tests(path: &Path) -> bool {
    path.file_stem().is_some_and(|stem| stem == "tests")
        || path.parent().is_some_and(|folder| folder.ends_with("tests"))
}

/// Lines outside of comments and of `#[cfg(test)]` items. A module of tests is the last thing in a file.
fn without_tests(text: &str) -> Vec<(usize, String)> {
    let mut code = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let trimmed = line.trim();
        if trimmed.starts_with("#[cfg(test)]") {
            match lines.next() {
                Some((_, next)) if next.starts_with("mod ") && next.ends_with('{') => break,
                Some((_, next)) if next.trim_end().ends_with('{') => {
                    let closing = format!("{}}}", &next[..next.len() - next.trim_start().len()]);
                    lines.by_ref().find(|(_, line)| *line == closing);
                }
                _ => {}
            }
        } else if !trimmed.starts_with("//") {
            code.push((number + 1, line.to_owned()));
        }
    }
    code
}

/// Places in a room where a word stands by itself.
fn naming(room: &str, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| source.room == room) {
        for (number, line) in &source.code {
            let line = line.split(" // ").next().unwrap_or_default().to_lowercase();
            let named =
                line.split(|letter: char| !letter.is_alphanumeric() && letter != '_').find(|word| words.contains(word));
            found.extend(named.map(|word| format!("{}:{number} names {word}", source.name)));
        }
    }
    found
}

#[test]
fn connect_names_no_shop_table() {
    assert_eq!(naming("connect", &["customers", "products", "orders", "order_lines"]), [""; 0]);
}

#[test]
fn retail_names_no_outside_system() {
    let systems = [
        "postgres",
        "postgresql",
        "mysql",
        "mariadb",
        "sqlite",
        "kafka",
        "clickhouse",
        "bigquery",
        "snowflake",
        "delta",
        "deltalake",
        "datafusion",
        "duckdb",
        "s3",
        "gcs",
        "azure",
        "airflow",
        "shopify",
        "woocommerce",
    ];
    assert_eq!(naming("retail", &systems), [""; 0]);
}

/// `models` knows warehouses by name, since it writes their dialects; the crates it must not know.
#[test]
fn only_lake_and_serve_use_the_query_engine_and_only_lake_the_table_format() {
    let mut found = Vec::new();
    for source in sources().iter().filter(|source| !["lake", "serve"].contains(&source.room.as_str())) {
        for (number, line) in &source.code {
            let uses = ["datafusion::", "datafusion_", "deltalake::", "deltalake_core", "delta_kernel"];
            found.extend(
                uses.iter().filter(|name| line.contains(*name)).map(|name| format!("{}:{number} {name}", source.name)),
            );
        }
    }
    assert_eq!(found, [""; 0]);
}

/// A `panic!` in a constant is the compiler's.
#[test]
fn nothing_outside_tests_gives_up() {
    let mut found = Vec::new();
    for source in sources() {
        for (number, line) in &source.code {
            let gives_up = [".unwrap()", ".expect(", "todo!(", "unimplemented!(", "unreachable!("];
            found.extend(
                gives_up
                    .iter()
                    .filter(|call| line.contains(*call))
                    .map(|call| format!("{}:{number} {call}", source.name)),
            );
        }
    }
    assert_eq!(found, [""; 0]);
}

#[test]
fn files_open_with_what_they_are_for_and_stay_short() {
    for source in sources() {
        assert!(source.opens.starts_with("//!"), "{} does not open with //!", source.name);
        let reason = LONG_FOR_A_REASON.contains(&source.name.as_str());
        assert!(source.length <= LONGEST || reason, "{} has {} lines", source.name, source.length);
    }
    let mut lengths: Vec<usize> = sources().iter().map(|source| source.length).collect();
    lengths.sort_unstable();
    println!(
        "{} files, median {} lines, longest {}",
        lengths.len(),
        lengths[lengths.len() / 2],
        lengths[lengths.len() - 1]
    );
}

#[test]
fn no_room_and_no_module_is_a_drawer_for_anything() {
    for source in sources() {
        for part in source.name.trim_end_matches(".rs").split('/') {
            let drawer = ["common", "core", "utils", "util", "helpers", "helper", "types", "misc"].contains(&part);
            assert!(!drawer, "{}: {part} says nothing", source.name);
        }
    }
}

/// L0 gets files, network, clocks and chance passed in.
#[test]
fn the_ground_floor_does_no_input_or_output() {
    let mut found = Vec::new();
    let reaches_out = [
        "std::fs",
        "std::net",
        "std::process",
        "SystemTime::now",
        "Instant::now",
        "Utc::now",
        "Local::now",
        "thread_rng",
        "rand::",
    ];
    for source in sources()
        .iter()
        .filter(|source| ["retail", "port", "models", "insight", "pages"].contains(&source.room.as_str()))
    {
        // The one place where a test's failures come in, and it ends the process.
        if source.name == "port/src/fault.rs" {
            continue;
        }
        for (number, line) in &source.code {
            found.extend(
                reaches_out
                    .iter()
                    .filter(|name| line.contains(*name))
                    .map(|name| format!("{}:{number} {name}", source.name)),
            );
        }
    }
    assert_eq!(found, [""; 0]);
}
