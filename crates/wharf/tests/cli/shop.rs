//! Projects for tests: made by `wharf init`, filled from the data folder, run once and shared.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::{elsewhere, in_time};

pub struct Shop {
    pub folder: TempDir,
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// Data sets whose projects are made once for all tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    OnlineRetail,
    OlistSample,
    OlistFaults,
}

impl Data {
    pub fn name(self) -> &'static str {
        match self {
            Data::OnlineRetail => "online-retail",
            Data::OlistSample => "olist-sample",
            Data::OlistFaults => "olist-faults",
        }
    }

    pub fn preset(self) -> &'static str {
        if self == Data::OnlineRetail { "online-retail" } else { "olist" }
    }

    /// The shop after its first run; `None`, told, where the data is not there. Tests only read it.
    pub fn shop(self, test: &str) -> Option<&'static Shop> {
        static SHOPS: [OnceLock<Shop>; 3] = [OnceLock::new(), OnceLock::new(), OnceLock::new()];
        let folder = self.folder(test)?;
        Some(SHOPS[self as usize].get_or_init(|| {
            let shop = Shop::new(self.preset());
            shop.drop_folder(&folder);
            shop.wharf(&["run"]).succeeds();
            shop
        }))
    }

    /// A shop of one's own with the files in its inbox, not run yet.
    pub fn fresh(self, test: &str) -> Option<Shop> {
        let folder = self.folder(test)?;
        let shop = Shop::new(self.preset());
        shop.drop_folder(&folder);
        Some(shop)
    }

    fn folder(self, test: &str) -> Option<PathBuf> {
        data(test, self.name())
    }
}

/// A folder of public data; `None`, told, where it is not there.
pub fn data(test: &str, name: &str) -> Option<PathBuf> {
    let data = std::env::var_os("WHARF_TEST_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let folder = data.join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no data at {}", folder.display());
    println!("SKIPPED {test}: no data at {}", folder.display());
    None
}

impl Shop {
    pub fn new(preset: &str) -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let shop = Shop { folder };
        let project = shop.path("");
        wharf(Path::new("/"), &["init", "--preset", preset, project.to_str().unwrap()]).succeeds();
        shop
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("shop").join(name)
    }

    pub fn wharf(&self, arguments: &[&str]) -> Ran {
        wharf(&self.path(""), arguments)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// What changes with each publish, and only then.
    pub fn published(&self) -> Vec<u8> {
        match elsewhere::is_database() {
            true => self.rows("select run, started_at, status from runs order by run").join("\n").into_bytes(),
            false => std::fs::read(self.path("lake/manifest.json")).unwrap(),
        }
    }

    /// The rows of a query in csv, without the header.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let ran = self.wharf(&["query", sql, "--format", "csv"]).succeeds();
        ran.out.lines().skip(1).map(str::to_owned).collect()
    }

    fn drop_folder(&self, folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            // Files that no table of the preset takes would only make noise.
            if ["csv", "gz", "zst", "parquet"].iter().any(|ending| name.ends_with(ending)) {
                std::fs::copy(&path, self.path("inbox").join(name)).unwrap();
            }
        }
    }
}

/// Runs the binary in `folder`, without any WHARF_ variable of ours.
pub fn wharf(folder: &Path, arguments: &[&str]) -> Ran {
    wharf_with(folder, arguments, &[])
}

pub fn wharf_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wharf"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WHARF_")) {
        command.env_remove(name);
    }
    elsewhere::place(&mut command, folder);
    command.current_dir(folder).args(arguments).envs(environment.iter().copied()).stdin(Stdio::null());
    let output = in_time::output(command);
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap_or_else(|bytes| format!("{} bytes", bytes.as_bytes().len())),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Ran {
    #[track_caller]
    pub fn succeeds(self) -> Ran {
        self.ends_with(0)
    }

    #[track_caller]
    pub fn ends_with(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// All of these are said on stdout.
    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Ran {
        for part in parts {
            assert!(self.out.contains(part), "{part:?} is not in\n{}\nstderr:\n{}", self.out, self.err);
        }
        self
    }

    /// All of these are told on stderr.
    #[track_caller]
    pub fn tells(self, parts: &[&str]) -> Ran {
        for part in parts {
            assert!(self.err.contains(part), "{part:?} is not in\n{}\nstdout:\n{}", self.err, self.out);
        }
        self
    }
}
