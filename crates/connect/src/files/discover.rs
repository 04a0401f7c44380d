//! What lies in the inbox, and which table each file is for.

use std::collections::{HashMap, HashSet};
use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};
use port::{Arrival, Error, Kind, Position, Result, Seen};
use retail::source::LandedTable;

use super::input::without_compression;
use super::natural::natural;

/// Arrivals that are not known yet, in natural order of their names.
pub fn discover(inbox: &Path, tables: &[LandedTable], ignore: &[String], seen: &[Seen<'_>]) -> Result<Vec<Arrival>> {
    let patterns = Patterns::new(tables, ignore)?;
    let found = walk(inbox)?;
    let known = known(&found, seen);
    let mut arrivals = Vec::new();
    for (at, file) in found.into_iter().enumerate() {
        let Some(table) = patterns.table(&file.name).filter(|_| !known.contains(&at)) else { continue };
        let table = table.to_owned();
        arrivals.push(Arrival { name: file.name, table, position: file.position, path: file.path, note: None });
    }
    Ok(arrivals)
}

/// Places of the files that were seen as they are. A shop has seen far more files than lie there now, so it is those that lie
/// there that are put in a table.
fn known(found: &[Found], seen: &[Seen<'_>]) -> HashSet<usize> {
    let places: HashMap<&str, usize> = found.iter().enumerate().map(|(at, file)| (file.name.as_str(), at)).collect();
    let same = |seen: &Seen<'_>| places.get(seen.name).copied().filter(|at| found[*at].position == *seen.position);
    seen.iter().filter_map(same).collect()
}

/// Names of files that no table takes.
pub fn unmatched(inbox: &Path, tables: &[LandedTable], ignore: &[String]) -> Result<Vec<String>> {
    let patterns = Patterns::new(tables, ignore)?;
    let stray = |name: &String| patterns.table(name).is_none() && !patterns.ignores(name);
    Ok(walk(inbox)?.into_iter().map(|file| file.name).filter(stray).collect())
}

struct Found {
    name: String,
    path: PathBuf,
    position: Position,
}

/// All files below the inbox but hidden and unfinished ones.
fn walk(inbox: &Path) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    let mut folders = vec![(inbox.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && prefix.is_empty() => {
                return Err(no_inbox(inbox));
            }
            // A folder that went away meanwhile.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(Error::io("look into", &folder, error).advise("let this user read the folder")),
        };
        for entry in entries {
            let entry = entry.map_err(|error| Error::io("look into", &folder, error))?;
            let base = entry.file_name().to_string_lossy().into_owned();
            if is_unfinished(&base) {
                continue;
            }
            let name = format!("{prefix}{base}");
            // Links to files count as files; links to folders are not followed, they might lead round in circles.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push((entry.path(), format!("{name}/")));
            } else if let Ok(metadata) = fs::metadata(entry.path())
                && metadata.is_file()
            {
                found.push(Found { name, path: entry.path(), position: position(&metadata) });
            }
        }
    }
    found.sort_by(|a, b| natural(&a.name, &b.name));
    Ok(found)
}

fn no_inbox(inbox: &Path) -> Error {
    Error::new(Kind::NotFound, format!("there is no inbox folder {}", inbox.display()))
        .advise("make the folder and drop files into it, or set `inbox` in wharf.toml")
}

/// Hidden files, those that another program still writes, and what Excel puts beside a workbook that somebody has open.
fn is_unfinished(base: &str) -> bool {
    let lower = base.to_lowercase();
    lower.starts_with('.') || lower.starts_with("~$") || lower.ends_with(".part") || lower.ends_with(".tmp")
}

/// Size, time of change and inode.
pub fn position(metadata: &Metadata) -> Position {
    let modified_nanos = metadata.modified().map_or(0, |time| match time.duration_since(std::time::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_nanos()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_nanos()).map_or(i64::MIN, |nanos| -nanos),
    });
    #[cfg(unix)]
    let inode = std::os::unix::fs::MetadataExt::ino(metadata);
    #[cfg(not(unix))]
    let inode = 0;
    Position::File { size: metadata.len(), modified_nanos, inode }
}

/// The table that takes a file of this name in the inbox.
pub fn table_for<'a>(tables: &'a [LandedTable], ignore: &[String], name: &str) -> Result<Option<&'a str>> {
    Ok(Patterns::new(tables, ignore)?.table(name))
}

/// The tables' globs, compiled.
struct Patterns<'a> {
    /// Glob, whether it is of the whole path, and its table, in the tables' order.
    globs: Vec<(GlobMatcher, bool, &'a str)>,
    /// The same for files that no table may take.
    ignored: Vec<(GlobMatcher, bool)>,
}

impl<'a> Patterns<'a> {
    fn new(tables: &'a [LandedTable], ignore: &[String]) -> Result<Patterns<'a>> {
        let mut globs = Vec::new();
        for table in tables {
            for text in &table.files {
                let matcher = glob(text, || format!("table {}: files", table.name))?;
                globs.push((matcher, text.contains('/'), table.name.as_str()));
            }
        }
        let ignored = ignore.iter().map(|text| Ok((glob(text, || "ignore".to_owned())?, text.contains('/'))));
        Ok(Patterns { globs, ignored: ignored.collect::<Result<_>>()? })
    }

    fn ignores(&self, name: &str) -> bool {
        self.ignored.iter().any(|(glob, path)| is_match(glob, *path, name))
    }

    /// The first table with a glob that matches the path, or the file's own name, with or without `.gz`, `.zst`, `.zip`.
    fn table(&self, name: &str) -> Option<&'a str> {
        if self.ignores(name) {
            return None;
        }
        let found = self.globs.iter().find(|(glob, path, _)| is_match(glob, *path, name));
        found.map(|(_, _, table)| *table)
    }
}

/// `path`: the glob is of the whole path, not of the file's own name. A closing .gz, .zst or .zip may be there or not.
fn is_match(glob: &GlobMatcher, path: bool, name: &str) -> bool {
    let name = if path { name } else { name.rsplit('/').next().unwrap_or_default() };
    glob.is_match(name) || glob.is_match(without_compression(name))
}

fn glob(text: &str, of: impl Fn() -> String) -> Result<GlobMatcher> {
    let glob = GlobBuilder::new(text).case_insensitive(true).literal_separator(true).build();
    let glob = glob.map_err(|error| {
        Error::config(format!("{} = [{text:?}] is not a glob: {}", of(), error.kind()))
            .advise("write it like export*.csv or 2011/**/orders_[0-9]*.csv")
    })?;
    Ok(glob.compile_matcher())
}

#[cfg(test)]
mod tests {
    use super::super::tests::table;
    use super::*;

    fn inbox(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        folder
    }

    fn tables() -> Vec<LandedTable> {
        let files = |name: &str, files: &str| {
            let mut table = table("[[column]]\nname = \"id\"");
            table.name = name.to_owned();
            table.files = files.split(' ').map(str::to_owned).collect();
            table
        };
        vec![files("special", "2011/orders*.csv"), files("orders", "orders*.csv *.jsonl")]
    }

    #[test]
    fn files_are_matched_and_ordered() {
        let inbox = inbox(&[
            "Orders10.CSV",
            "orders2.csv.gz",
            "2011/orders1.csv",
            "sub/deep/orders1.csv",
            "note.txt",
            ".orders.csv",
            "orders.csv.part",
            "orders.tmp",
            ".hidden/orders.csv",
            "x.JSONL.zst",
        ]);
        let arrivals = discover(inbox.path(), &tables(), &[], &[]).unwrap();
        let names: Vec<(&str, &str)> = arrivals.iter().map(|a| (a.name.as_str(), a.table.as_str())).collect();
        assert_eq!(
            names,
            [
                ("2011/orders1.csv", "special"),
                ("Orders10.CSV", "orders"),
                ("orders2.csv.gz", "orders"),
                ("sub/deep/orders1.csv", "orders"),
                ("x.JSONL.zst", "orders"),
            ]
        );
        assert_eq!(unmatched(inbox.path(), &tables(), &[]).unwrap(), ["note.txt"]);
        let ignore = ["note.*".to_owned(), "sub/**".to_owned()];
        assert_eq!(unmatched(inbox.path(), &tables(), &ignore).unwrap(), [""; 0]);
        assert_eq!(discover(inbox.path(), &tables(), &ignore, &[]).unwrap().len(), 4);
    }

    #[test]
    fn known_files_are_left_out_until_they_change() {
        let inbox = inbox(&["orders.csv"]);
        let first = discover(inbox.path(), &tables(), &[], &[]).unwrap().remove(0);
        let seen = [Seen { name: &first.name, position: &first.position, file: "" }];
        assert_eq!(discover(inbox.path(), &tables(), &[], &seen).unwrap(), []);
        fs::write(inbox.path().join("orders.csv"), "xy").unwrap();
        assert_eq!(discover(inbox.path(), &tables(), &[], &seen).unwrap().len(), 1);
    }

    #[test]
    fn mistakes_are_told() {
        let error = discover(Path::new("/nowhere/inbox"), &tables(), &[], &[]).unwrap_err();
        assert_eq!(error.kind, Kind::NotFound);
        let mut broken = tables();
        broken[0].files = vec!["orders[.csv".to_owned()];
        assert_eq!(discover(inbox(&[]).path(), &broken, &[], &[]).unwrap_err().kind, Kind::Config);
    }
}
