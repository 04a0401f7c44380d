//! The manifest: which files make up each table now. wharf reads through it alone, and replacing it is the one moment at
//! which a run becomes visible.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use arrow::datatypes::SchemaRef;
use port::{Error, Kind, Result, Saved};
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::{chapters, pack, recover, remembered};

/// Raised when a lake's layout changes; `docs/operations.md` says how to go from one to the next.
pub const FORMAT: u32 = 3;
/// The oldest that is read; publishing makes it this one.
const OLDEST: u32 = 1;

const NAME: &str = "manifest.json";

#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// Counts publishes.
    pub generation: u64,
    pub tables: BTreeMap<String, Arc<Table>>,
    /// Queries that stand for tables.
    pub views: BTreeMap<String, String>,
    /// What became of rows, and which units stand; oldest first.
    pub packs: Vec<pack::Named>,
    /// Fate and key files, a pair a load, until they are in packs: lakes of before format 3 have them.
    pub loads: BTreeMap<i64, LoadFiles>,
    /// What `flow` remembers; opaque here.
    pub state: Saved,
}

/// The manifest as its file has it.
#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    generation: u64,
    tables: BTreeMap<String, Arc<Table>>,
    #[serde(default)]
    views: BTreeMap<String, String>,
    #[serde(default)]
    packs: Vec<pack::Named>,
    /// Chapters of `Manifest::loads`.
    #[serde(default)]
    load_chapters: Vec<String>,
    /// The same in format 1.
    #[serde(default, skip_serializing)]
    loads: BTreeMap<i64, LoadFiles>,
    /// The head of `Manifest::state`, and its chapters.
    #[serde(default)]
    state: String,
    #[serde(default)]
    state_chapters: Vec<String>,
}

/// Loads are in one chapter by their number.
const LOADS_A_CHAPTER: i64 = 64;

/// One table as of a manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Table {
    /// `staging`, `marts`, `insight` or `wharf`: the folder it lies in.
    pub layer: String,
    /// The Delta version that holds just these files.
    pub version: u64,
    #[serde(with = "schema_json")]
    pub schema: SchemaRef,
    pub files: Vec<DataFile>,
    /// What is in it, of a table without days that a model made whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}

impl Table {
    pub fn rows(&self) -> u64 {
        self.files.iter().map(|file| file.rows).sum()
    }
}

/// One Parquet file of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// Relative to the table's folder.
    pub path: String,
    pub bytes: u64,
    pub rows: u64,
    /// Least and greatest value of the `day` column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<(i32, i32)>,
    /// Least and greatest value of the unit of replacement, when it is one text column; of wharf's own tables, the numbers of
    /// loads or runs as [`crate::numbered`] writes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<(String, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadFiles {
    pub fates: String,
    pub keys: String,
    /// Rows of the load; 0 where a manifest does not say.
    #[serde(default)]
    pub rows: u64,
}

/// The published manifest; `None` for a lake that has none yet.
pub fn read(root: &Path) -> Result<Option<Manifest>> {
    let Some(mut stored) = stored(root)? else { return Ok(None) };
    let state = Saved {
        head: std::mem::take(&mut stored.state),
        chapters: remembered::named(std::mem::take(&mut stored.state_chapters)),
    };
    Ok(Some(Manifest { state, ..without_state(root, stored)? }))
}

/// What is remembered with it, and nothing else.
pub fn state(root: &Path) -> Result<Option<Saved>> {
    let saved = |stored: Stored| Saved { head: stored.state, chapters: remembered::named(stored.state_chapters) };
    Ok(stored(root)?.map(saved))
}

/// Names of the files in which the published manifest has its chapters.
pub fn chapters(root: &Path) -> Result<BTreeSet<String>> {
    let stored = stored(root)?.into_iter();
    Ok(stored.flat_map(|stored| stored.load_chapters.into_iter().chain(stored.state_chapters)).collect())
}

impl Manifest {
    /// Names of the files in `fates/` that are part of it.
    pub fn of_loads(&self) -> BTreeSet<String> {
        let loose = self.loads.values().flat_map(|load| [load.fates.clone(), load.keys.clone()]);
        loose.chain(self.packs.iter().map(|pack| pack.file.clone())).collect()
    }
}

fn without_state(root: &Path, stored: Stored) -> Result<Manifest> {
    let Stored { generation, tables, views, packs, mut loads, load_chapters, .. } = stored;
    for text in chapters::read(root, &load_chapters)? {
        let mut chapter: BTreeMap<i64, LoadFiles> =
            serde_json::from_str(&text).map_err(|error| damaged(&root.join(NAME), &error))?;
        loads.append(&mut chapter);
    }
    Ok(Manifest { generation, tables, views, packs, loads, state: Saved::default() })
}

fn stored(root: &Path) -> Result<Option<Stored>> {
    let path = root.join(NAME);
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return not_lost(root).map(|()| None),
        Err(error) => return Err(Error::io("read", &path, error)),
    };
    let Format { format } = serde_json::from_slice(&text).map_err(|error| damaged(&path, &error))?;
    if format > FORMAT {
        return Err(Error::config(format!("{} has format {format}, this wharf knows up to {FORMAT}", path.display()))
            .advise("upgrade wharf, or restore a backup made by this version (docs/operations.md)"));
    }
    if format < OLDEST {
        return Err(Error::config(format!("{} has format {format}, this wharf writes {FORMAT}", path.display()))
            .advise("rebuild the lake from its landing/ folder (docs/operations.md, From the originals)"));
    }
    serde_json::from_slice(&text).map(Some).map_err(|error| damaged(&path, &error))
}

fn damaged(path: &Path, error: &serde_json::Error) -> Error {
    Error::config(format!("{} is damaged: {error}", path.display()))
        .advise("restore it from a backup (docs/operations.md)")
}

/// A lake may be without a manifest before the end of its first run, and then it has no tables or a run is at work: else the
/// manifest is gone, and a run would take what it no longer knows for what a stopped run left.
fn not_lost(root: &Path) -> Result<()> {
    let path = root.join(NAME);
    // The manifest is looked for again, since a first run may have ended meanwhile.
    if !recover::has_tables(root)? || !recover::is_clean(root) || path.exists() {
        return Ok(());
    }
    Err(Error::config(format!("{} is missing, though there are tables beside it", path.display())).advise(
        "restore it from a backup, or rebuild the lake from its landing/ folder (docs/operations.md, From the originals)",
    ))
}

/// What is told where a lake without a manifest is asked.
pub fn none_yet(root: &Path) -> Error {
    Error::new(Kind::NotFound, format!("there are no tables in {} yet", root.display()))
        .advise("put files into inbox/ and run `wharf run`")
}

/// The manifest for those who ask. A server does before each answer, and with thousands of loads it takes longer to read than
/// many an answer: the file is read again only where it is another one.
#[derive(Default)]
pub struct Latest(Mutex<Option<(FileId, Arc<Manifest>)>>);

/// A publish puts a new file in place of the old one.
type FileId = (SystemTime, u64, u64);

impl Latest {
    /// Without the state, which is for runs alone. `None` for a lake that has none yet.
    pub fn read(&self, root: &Path) -> Result<Option<Arc<Manifest>>> {
        let path = root.join(NAME);
        let id = match fs::metadata(&path) {
            Ok(about) => (about.modified().unwrap_or(SystemTime::UNIX_EPOCH), about.len(), inode(&about)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return not_lost(root).map(|()| None),
            Err(error) => return Err(Error::io("read", &path, error)),
        };
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, manifest)) = &*known
            && *of == id
        {
            return Ok(Some(manifest.clone()));
        }
        let manifest = stored(root)?.map(|stored| without_state(root, stored).map(Arc::new)).transpose()?;
        *known = manifest.clone().map(|manifest| (id, manifest));
        Ok(manifest)
    }
}

#[cfg(unix)]
fn inode(about: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(about)
}

#[cfg(not(unix))]
fn inode(_: &fs::Metadata) -> u64 {
    0
}

#[derive(Deserialize)]
struct Format {
    format: u32,
}

/// Replaces the published manifest in one step, once its chapters are there.
pub fn publish(root: &Path, manifest: &Manifest) -> Result<()> {
    let Manifest { generation, tables, views, packs, loads, state } = manifest;
    let mut by_chapter: BTreeMap<i64, BTreeMap<i64, &LoadFiles>> = BTreeMap::new();
    for (load, files) in loads {
        by_chapter.entry(load / LOADS_A_CHAPTER).or_default().insert(*load, files);
    }
    let internal = |error: serde_json::Error| Error::internal(format!("the manifest cannot be written: {error}"));
    let of_loads: Result<Vec<String>, _> = by_chapter.values().map(serde_json::to_string).collect();
    let stored = Stored {
        format: FORMAT,
        generation: *generation,
        tables: tables.clone(),
        views: views.clone(),
        packs: packs.clone(),
        load_chapters: chapters::write(root, &of_loads.map_err(internal)?)?,
        loads: BTreeMap::new(),
        state: state.head.clone(),
        state_chapters: remembered::write(root, &state.chapters)?,
    };
    let text = serde_json::to_vec(&stored).map_err(internal)?;
    let path = root.join(NAME);
    let temporary = root.join(".manifest.json.tmp");
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&temporary, &path)?;
        File::open(root)?.sync_all()
    };
    write().map_err(|error| Error::io("write", &path, error))
}

mod schema_json {
    //! A schema as `[name, type, nullable]` rows, with the type names that Arrow parses back.
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(schema: &SchemaRef, to: S) -> Result<S::Ok, S::Error> {
        let rows: Vec<(&str, String)> =
            schema.fields().iter().map(|field| (field.name().as_str(), field.data_type().to_string())).collect();
        rows.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<SchemaRef, D::Error> {
        let rows = Vec::<(String, String)>::deserialize(from)?;
        let fields = rows
            .into_iter()
            .map(|(name, text)| Ok(Field::new(name, text.parse::<DataType>().map_err(D::Error::custom)?, true)));
        Ok(Arc::new(Schema::new(fields.collect::<Result<Vec<_>, D::Error>>()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
    use port::Chapter;

    #[test]
    fn a_manifest_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).unwrap().is_none());
        let schema = Schema::new(vec![
            Field::new("at", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
            Field::new("money", DataType::Decimal128(18, 4), true),
            Field::new("text", DataType::Utf8View, true),
            Field::new("day", DataType::Date32, true),
        ]);
        let file = DataFile { path: "a.parquet".into(), bytes: 1, rows: 2, days: Some((1, 2)), keys: None };
        let (layer, schema, digest) = ("staging".into(), Arc::new(schema), Some(Digest::default()));
        let table = Table { layer, version: 3, schema, files: vec![file], digest };
        let state =
            Saved { head: "head".into(), chapters: ["[1]", "[2]"].map(|text| Chapter::New(text.into())).into() };
        let mut manifest = Manifest { generation: 7, state, ..Manifest::default() };
        manifest.packs = vec![pack::Named { file: "a.pack".into(), bytes: 9 }];
        manifest.tables.insert("orders".into(), Arc::new(table));
        publish(folder.path(), &manifest).unwrap();
        let back = read(folder.path()).unwrap().unwrap();
        assert_eq!(back.generation, 7);
        assert_eq!(back.tables["orders"].schema, manifest.tables["orders"].schema);
        assert_eq!(back.tables["orders"].files, manifest.tables["orders"].files);
        assert_eq!(back.tables["orders"].digest, manifest.tables["orders"].digest);
        assert_eq!(
            (&back.packs, &back.loads, &back.state.head),
            (&manifest.packs, &manifest.loads, &manifest.state.head)
        );
        assert_eq!(remembered::texts(folder.path(), &back.state.chapters), ["[1]", "[2]"]);
        let written = chapters(folder.path()).unwrap();
        manifest.state.chapters.push(Chapter::New("[3]".into()));
        publish(folder.path(), &manifest).unwrap();
        assert_eq!(chapters(folder.path()).unwrap().difference(&written).count(), 1, "one chapter more");
    }

    #[test]
    fn a_manifest_of_format_2_is_read_and_becomes_one_of_this_format() {
        let folder = tempfile::tempdir().unwrap();
        let files = |load: i64| LoadFiles { fates: format!("{load}.fates"), keys: format!("{load}.keys"), rows: 3 };
        let loads: BTreeMap<i64, LoadFiles> = (1..100).map(|load| (load, files(load))).collect();
        let half = |of: &dyn Fn(&i64) -> bool| -> String {
            let half: BTreeMap<&i64, &LoadFiles> = loads.iter().filter(|(load, _)| of(load)).collect();
            serde_json::to_string(&half).unwrap()
        };
        let texts = [half(&|load| *load < 64), half(&|load| *load >= 64), "[7]".to_owned()];
        let names = chapters::write(folder.path(), &texts).unwrap();
        let text = format!(
            r#"{{"format":2,"generation":4,"tables":{{}},"views":{{}},"load_chapters":["{}","{}"],
                "state":"head","state_chapters":["{}"]}}"#,
            names[0], names[1], names[2]
        );
        fs::write(folder.path().join(NAME), text).unwrap();
        let old = read(folder.path()).unwrap().unwrap();
        assert_eq!(old.loads, loads);
        assert_eq!(remembered::texts(folder.path(), &old.state.chapters), ["[7]"]);
        assert_eq!(old.of_loads().len(), 198);
        publish(folder.path(), &old).unwrap();
        assert_eq!(stored(folder.path()).unwrap().unwrap().format, FORMAT);
        let new = read(folder.path()).unwrap().unwrap();
        assert_eq!((new.loads, new.state.head, new.packs), (old.loads, old.state.head, Vec::new()));
        assert_eq!(remembered::texts(folder.path(), &new.state.chapters), ["[7]"]);
    }

    #[test]
    fn a_manifest_of_format_1_is_read_and_becomes_one_of_this_format() {
        let folder = tempfile::tempdir().unwrap();
        let text = r#"{"format":1,"generation":4,"tables":{},"views":{"v":"select 1"},
            "loads":{"1":{"fates":"a","keys":"b","rows":2}},"state":"{\"loads\":[]}"}"#;
        fs::write(folder.path().join(NAME), text).unwrap();
        let old = read(folder.path()).unwrap().unwrap();
        assert_eq!((old.generation, old.state.head.as_str()), (4, "{\"loads\":[]}"));
        publish(folder.path(), &old).unwrap();
        let new = read(folder.path()).unwrap().unwrap();
        assert_eq!((new.loads, new.state, new.views), (old.loads, old.state, old.views));
        assert_eq!(stored(folder.path()).unwrap().unwrap().format, FORMAT);
        fs::write(folder.path().join(NAME), r#"{"format":0}"#).unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("rebuild the lake"));
    }

    #[test]
    fn what_was_published_last_is_what_is_asked() {
        let folder = tempfile::tempdir().unwrap();
        let latest = Latest::default();
        assert!(latest.read(folder.path()).unwrap().is_none());
        for generation in 1..20 {
            let state = Saved { head: "of runs alone".to_owned(), chapters: vec![Chapter::New("[]".to_owned())] };
            publish(folder.path(), &Manifest { generation, state, ..Manifest::default() }).unwrap();
            let asked = latest.read(folder.path()).unwrap().unwrap();
            assert_eq!((asked.generation, &asked.state), (generation, &Saved::default()));
            assert!(Arc::ptr_eq(&asked, &latest.read(folder.path()).unwrap().unwrap()));
        }
    }

    #[test]
    fn a_newer_format_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(NAME), format!("{{\"format\":{}}}", FORMAT + 1)).unwrap();
        assert!(read(folder.path()).unwrap_err().to_string().contains("upgrade wharf"));
    }
}
