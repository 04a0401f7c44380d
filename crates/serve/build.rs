//! Lists the dashboard's files, so that they are in the binary.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    let assets = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets");
    println!("cargo::rerun-if-changed={}", assets.display());
    let mut files = Vec::new();
    below(&assets, &mut files);
    files.sort();
    let mut list = format!("static ASSETS: [Asset; {}] = [\n", files.len());
    for path in &files {
        let name = path.strip_prefix(&assets).expect("it lies there").to_string_lossy().replace('\\', "/");
        let tag = blake3::hash(&fs::read(path).expect("it can be read")).to_hex();
        let _ =
            writeln!(list, "    Asset {{ name: {name:?}, bytes: include_bytes!({path:?}), tag: {:?} }},", &tag[..16]);
    }
    list.push_str("];\n");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("assets.rs"), list).expect("it can be written");
}

fn below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        println!("cargo::rerun-if-changed={}", path.display());
        if path.is_dir() { below(&path, files) } else { files.push(path) }
    }
}
