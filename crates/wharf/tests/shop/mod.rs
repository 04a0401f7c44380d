//! A shop's project in a temporary folder, driven through the real binary, and what its lake holds afterwards.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod elsewhere;
pub mod in_time;
pub mod kept;
pub mod lines;
pub mod olist;
pub mod separate;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

pub const WHARF: &str = env!("CARGO_BIN_EXE_wharf");

pub struct Shop {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Done {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Shop {
    /// A project of the online-retail preset.
    pub fn new() -> Shop {
        Shop::of("online-retail")
    }

    /// A project of one of our presets, without what `wharf init` writes for people.
    pub fn of(preset: &str) -> Shop {
        let shop = Shop { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(shop.path("inbox")).unwrap();
        shop.write("wharf.toml", &format!("[shop]\npreset = \"{preset}\"\n"));
        shop
    }

    /// A project with a preset of its own: its source.toml and staging models by name.
    pub fn with_preset(source: &str, staging: &[(&str, &str)]) -> Shop {
        let shop = Shop::of("preset/");
        shop.write("preset/source.toml", source);
        for (name, sql) in staging {
            shop.write(&format!("preset/staging/{name}.sql"), sql);
        }
        shop
    }

    /// The online-retail preset as the project's own, to be changed.
    pub fn with_own_retail(change: impl Fn(String) -> String) -> Shop {
        let preset = workspace().join("presets/online-retail");
        let source = change(fs::read_to_string(preset.join("source.toml")).unwrap());
        let staging = ["customers", "products", "orders", "order_lines"]
            .map(|name| (name, fs::read_to_string(preset.join(format!("staging/{name}.sql"))).unwrap()));
        let staging: Vec<(&str, &str)> = staging.iter().map(|(name, sql)| (*name, sql.as_str())).collect();
        Shop::with_preset(&source, &staging)
    }

    /// The same project elsewhere: inbox files are the same files (linked), all else is copied.
    pub fn twin(&self) -> Shop {
        let twin = Shop { folder: tempfile::tempdir().unwrap() };
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let from = entry.unwrap().path();
            let how = if from.ends_with("inbox") { "-al" } else { "-a" };
            let done = Command::new("cp").arg(how).arg(&from).arg(twin.folder.path()).status().unwrap();
            assert!(done.success());
        }
        twin
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    /// At once: a server that watches the project sees no half of it.
    pub fn write(&self, name: &str, text: &str) {
        let (path, written) = (self.path(name), self.path(".written"));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&written, text).unwrap();
        fs::rename(&written, path).unwrap();
    }

    /// Drops a file into the inbox, as a new file that takes an old one's place.
    pub fn drop_file(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path("inbox").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&path);
        fs::write(path, content).unwrap();
    }

    /// Names of the files in a folder, hidden ones too.
    pub fn names(&self, folder: &str) -> BTreeSet<String> {
        let entries = fs::read_dir(self.path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
    }

    pub fn take_away(&self, name: &str) {
        fs::remove_file(self.path("inbox").join(name)).unwrap();
    }

    /// Replaces one text in a file of the project.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.path(name)).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        self.write(name, &text.replacen(from, to, 1));
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(WHARF);
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null());
        command.env_remove("WHARF_FAULT").env("PGPASSWORD", "geheim-und-lang");
        elsewhere::place(&mut command, self.folder.path());
        command
    }

    pub fn wharf(&self, arguments: &[&str]) -> Done {
        Done::of(in_time::output(self.command(arguments)))
    }

    /// `wharf run` that stops itself at a named point.
    pub fn fault(&self, point: &str) -> Output {
        self.fault_in(&["run"], point)
    }

    /// Another command that does.
    pub fn fault_in(&self, arguments: &[&str], point: &str) -> Output {
        let mut command = self.command(arguments);
        command.env("WHARF_FAULT", point);
        in_time::output(command)
    }

    /// `wharf run`, which must end well; what it printed.
    pub fn run(&self) -> String {
        self.wharf(&["run"]).well()
    }

    /// One run for each file, in order.
    pub fn run_each(&self, files: &[(&str, &str)]) {
        for (name, text) in files {
            self.drop_file(name, text);
            self.run();
        }
    }

    /// Rows of an answer, without the header.
    pub fn query(&self, sql: &str) -> Vec<String> {
        let out = self.wharf(&["query", sql, "--format", "csv"]).well();
        out.trim_start_matches('\u{feff}').lines().skip(1).map(str::to_owned).collect()
    }

    /// Nothing was left to do.
    pub fn assert_idle(&self) {
        let out = self.run();
        assert!(out.contains("Nothing to do"), "the run after was not idle:\n{out}");
    }
}

impl Done {
    pub fn of(output: Output) -> Done {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Done { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// It must have ended well; what it printed.
    #[track_caller]
    pub fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.err, self.out);
        self.out
    }

    /// It must have failed with this code and told all of these.
    #[track_caller]
    pub fn fails(self, code: i32, told: &[&str]) -> Done {
        assert_eq!(self.code, Some(code), "{}\n{}", self.err, self.out);
        for text in told {
            assert!(
                self.err.contains(text) || self.out.contains(text),
                "`{text}` is not told:\n{}\n{}",
                self.err,
                self.out
            );
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }
}

pub fn workspace() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// A file of the real data sets, where they are (WHARF_TEST_DATA, else beside the project).
pub fn data(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("WHARF_TEST_DATA").map_or_else(|| workspace().join("../shared/data"), PathBuf::from);
    let file = folder.join(name);
    if file.exists() {
        return Some(file.canonicalize().unwrap());
    }
    let told = format!("SKIPPED: {} is missing; set WHARF_TEST_DATA", file.display());
    assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "{told}");
    eprintln!("{told}");
    None
}

/// Invoice lines of scripts/make-shop.sh.
pub fn made_shop(lines: u32) -> String {
    let script = workspace().join("scripts/make-shop.sh");
    let output = Command::new("bash").arg(script).arg(lines.to_string()).output().unwrap();
    assert!(output.status.success());
    String::from_utf8(output.stdout).unwrap()
}

/// Numbers that are the same each time for a seed.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0xD1B5_4A32_D192_ED03)
    }

    pub fn number(&mut self) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, end: usize) -> usize {
        (self.number() % end.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}
