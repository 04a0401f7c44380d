//! Full disks, read-only folders and broken files: a clear error, the right exit code, nothing half published, and a clean
//! run once the cause is gone.

mod shop;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use shop::kept::assert_same;
use shop::{Done, Shop, WHARF, made_shop};

fn shop_with(files: &[(&str, &str)]) -> Shop {
    let shop = Shop::new();
    files.iter().for_each(|(name, text)| shop.drop_file(name, text));
    shop
}

/// A shop of one landed export, and a second one in its inbox.
fn before_second() -> Shop {
    let all = made_shop(12_000);
    let (header, rows) = all.split_once('\n').unwrap();
    let rows: Vec<&str> = rows.lines().collect();
    let file = |rows: &[&str]| format!("{header}\n{}\n", rows.join("\n"));
    let shop = shop_with(&[("a.csv", &file(&rows[..8_000]))]);
    shop.run();
    shop.drop_file("b.csv", file(&rows[6_000..]));
    shop
}

/// Files that a run may make no larger than this.
fn limited(shop: &Shop, kilobytes: u32) -> Done {
    // Ignored, the signal becomes an error of the write.
    let script = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" run");
    let mut command = Command::new("bash");
    command.args(["-c", &script, WHARF]).current_dir(shop.root()).stdin(Stdio::null());
    Done::of(command.output().unwrap())
}

#[test]
fn files_that_may_not_grow_publish_nothing() {
    let undisturbed = before_second().twin();
    undisturbed.run();
    let (before, after) = (before_second(), undisturbed.tables());
    let published = before.tables();
    for kilobytes in [0, 1, 4, 16, 40, 80, 150] {
        let shop = before.twin();
        let done = limited(&shop, kilobytes);
        if done.code != Some(0) {
            let done = done.fails(1, &["error:"]);
            assert!(done.err.contains("too large") || done.err.contains("os error 27"), "{kilobytes}: {}", done.err);
            assert_same(&format!("{kilobytes} kB"), &shop.tables(), &published);
        }
        shop.run();
        assert_same(&format!("after {kilobytes} kB"), &shop.tables(), &after);
        shop.assert_delta();
        shop.assert_fates();
    }
}

/// A small file system of its own; unmounted when it goes.
struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    fn new(at: &'a Path, size: &str) -> Option<Mount<'a>> {
        fs::create_dir_all(at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(at).stderr(Stdio::null());
        mount.status().is_ok_and(|status| status.success()).then_some(Mount(at))
    }

    fn grow(&self, size: &str) {
        let grown = Command::new("mount").args(["-o", &format!("remount,size={size}")]).arg(self.0).status();
        assert!(grown.unwrap().success());
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_is_told_and_mended() {
    let undisturbed = before_second().twin();
    undisturbed.run();
    let after = undisturbed.tables();
    // From "not even the landed copy" to "all but the last bytes".
    for size in ["100k", "600k", "1100k", "1500k", "1800k", "2100k", "2400k"] {
        let shop = shop_with(&[]);
        let lake = shop.path("lake");
        let Some(mount) = Mount::new(&lake, size) else {
            println!("SKIPPED a_full_disk_is_told_and_mended: mounting a small file system needs root");
            return;
        };
        for name in ["a.csv", "b.csv"] {
            fs::copy(undisturbed.path("inbox").join(name), shop.path("inbox").join(name)).unwrap();
            let done = shop.wharf(&["run"]);
            if done.code == Some(0) {
                continue;
            }
            let done = done.fails(1, &["error:"]);
            assert!(done.err.contains("No space left on device"), "{size}: {}", done.err);
        }
        mount.grow("64m");
        shop.run();
        assert_same(&format!("after a full disk of {size}"), &said(&shop), &said_of(&after));
        shop.assert_delta();
        shop.assert_fates();
        shop.assert_idle();
    }
}

/// The shop may have landed both files in one run instead of two: its history tells so, its facts do not.
fn said(shop: &Shop) -> shop::kept::Tables {
    said_of(&shop.tables())
}

fn said_of(tables: &shop::kept::Tables) -> shop::kept::Tables {
    tables.iter().filter(|(name, _)| *name != "checks").map(|(name, rows)| (name.clone(), rows.clone())).collect()
}

/// Runs as somebody who owns nothing here, where we are root; root may write everywhere.
fn as_nobody(shop: &Shop, arguments: &[&str]) -> Option<Done> {
    let root = Command::new("id").arg("-u").output().unwrap().stdout.starts_with(b"0\n");
    if !root {
        return Some(shop.wharf(arguments));
    }
    let own = Command::new("chown").args(["-R", "65534:65534"]).arg(shop.root()).status().unwrap();
    assert!(own.success());
    let run = |arguments: &[&str]| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", WHARF]).args(arguments);
        command.current_dir(shop.root()).stdin(Stdio::null()).output().ok().map(Done::of)
    };
    run(&["--version"]).filter(|done| done.code == Some(0))?;
    run(arguments)
}

fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_read_only_folder_is_told() {
    let shop = before_second();
    let before = shop.tables();
    for folder in ["lake", "lake/staging/orders", "lake/landing", "lake/marts/daily_sales/_delta_log"] {
        let path = shop.path(folder);
        set_mode(&path, 0o555);
        let done = as_nobody(&shop, &["run"]);
        set_mode(&path, 0o755);
        let Some(done) = done else {
            println!("SKIPPED a_read_only_folder_is_told: the binary cannot be run as another user");
            return;
        };
        let table = folder.trim_end_matches("/_delta_log").rsplit('/').next().unwrap();
        done.fails(1, &["Permission denied", table]);
        assert_same(folder, &shop.tables(), &before);
    }
    let done = as_nobody(&shop, &["run"]).unwrap();
    done.well();
    shop.assert_delta();
    shop.assert_fates();
}

#[test]
fn a_file_that_may_not_be_read_is_told() {
    let shop = before_second();
    set_mode(&shop.path("inbox/b.csv"), 0o000);
    let done = as_nobody(&shop, &["run"]);
    set_mode(&shop.path("inbox/b.csv"), 0o644);
    let Some(done) = done else { return };
    done.fails(1, &["Permission denied", "b.csv"]);
    as_nobody(&shop, &["run"]).unwrap().well();
    shop.assert_fates();
}

fn gzip(text: &str) -> Vec<u8> {
    let mut gzip = Command::new("gzip").arg("-c").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = gzip.stdin.take().unwrap();
    let text = text.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap());
    let packed = gzip.wait_with_output().unwrap().stdout;
    writer.join().unwrap();
    packed
}

#[test]
fn broken_files_are_told_and_publish_nothing() {
    let (first, second) = (made_shop(2_000), made_shop(3_000));
    let packed = gzip(&second);
    let broken: [(&str, Vec<u8>); 7] = [
        ("cut.csv.gz", packed[..packed.len() / 2].to_vec()),
        ("not.csv.gz", b"InvoiceNo,StockCode\n1,2\n".to_vec()),
        ("not.parquet", b"PAR1 this is no Parquet file, whatever its name says".to_vec()),
        ("cut.parquet", b"PAR1".to_vec()),
        ("not.xlsx", b"PK\x03\x04 this is no workbook".to_vec()),
        ("not.csv.zip", vec![7; 500]),
        ("not.csv.zst", b"\x28\xb5\x2f\xfd and then nothing of Zstandard".to_vec()),
    ];
    let shop = shop_with(&[("good.csv", &first)]);
    shop.run();
    let before = shop.tables();
    for (name, bytes) in &broken {
        shop.drop_file(name, bytes);
        shop.drop_file("good2.csv", &second);
        let done = shop.wharf(&["run"]);
        done.fails(1, &["error:", name]);
        assert_same(name, &shop.tables(), &before);
        shop.take_away(name);
        shop.take_away("good2.csv");
        shop.assert_idle();
    }
    shop.drop_file("whole.csv.gz", &packed);
    shop.run();
    let plain = shop_with(&[("good.csv", &first)]);
    plain.run();
    plain.drop_file("whole.csv", &second);
    plain.run();
    assert_same("packed and plain", &shop.said(), &plain.said());
    shop.assert_fates();
    shop.assert_delta();
}

#[test]
fn a_first_run_that_fails_leaves_a_clean_start() {
    let shop = shop_with(&[("cut.csv.gz", "")]);
    let packed = gzip(&made_shop(1_000));
    shop.drop_file("cut.csv.gz", &packed[..packed.len() - 9]);
    shop.wharf(&["run"]).fails(1, &["cut.csv.gz"]);
    shop.wharf(&["query", "select 1"]).fails(1, &["wharf run"]);
    shop.drop_file("cut.csv.gz", &packed);
    shop.run();
    shop.assert_fates();
    shop.assert_delta();
}

/// Rows that are what they were do not make it whole.
#[test]
fn a_full_refresh_makes_damaged_tables_anew() {
    let shop = shop_with(&[("a.csv", &made_shop(500))]);
    shop.run();
    let before = said(&shop);
    for (table, is_cut) in [("customer_summary", false), ("cohorts", true), ("daily_sales", false)] {
        let files = fs::read_dir(shop.path(&format!("lake/marts/{table}"))).unwrap();
        let files: Vec<_> = files.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
        assert!(!files.is_empty());
        for file in files {
            if is_cut { fs::write(file, "PAR1").unwrap() } else { fs::remove_file(file).unwrap() }
        }
        shop.wharf(&["query", &format!("select * from {table}")]).fails(1, &[&format!("marts/{table}/part-")]);
    }
    shop.wharf(&["run", "--full-refresh"]).well();
    assert_same("a full refresh", &said(&shop), &before);
}

#[test]
fn a_damaged_manifest_is_told() {
    let shop = shop_with(&[("a.csv", &made_shop(500))]);
    shop.run();
    let whole = fs::read(shop.path("lake/manifest.json")).unwrap();
    fs::write(shop.path("lake/manifest.json"), &whole[..whole.len() / 2]).unwrap();
    for command in [&["run"][..], &["tables"]] {
        shop.wharf(command).fails(2, &["manifest.json"]);
    }
    let newer = String::from_utf8(whole.clone()).unwrap().replacen("\"format\":3", "\"format\":99", 1);
    fs::write(shop.path("lake/manifest.json"), newer).unwrap();
    shop.wharf(&["run"]).fails(2, &["format 99", "upgrade wharf"]);
    fs::write(shop.path("lake/manifest.json"), whole).unwrap();
    let chapters = shop.path("lake/state");
    fs::rename(&chapters, shop.path("aside")).unwrap();
    shop.wharf(&["run"]).fails(2, &["lake/state/", "restore it from a backup"]);
    fs::rename(shop.path("aside"), &chapters).unwrap();
    shop.assert_idle();
}

/// What a build of before had landed when it made `lakes/format-2.tar.gz`; a fourth load was taken back.
const OF_BEFORE: [(&str, &str); 3] = [
    (
        "a.csv",
        "1001,A,POT,2,2011-01-03 10:00:00,1.50,7,France\n1001,B,PAN,1,2011-01-03 10:00:00,2.50,7,France\n\
         1002,A,POT,2,2011-01-04 10:00:00,1.50,8,Norway\n1003,A,POT,many,2011-01-04 11:00:00,1.50,8,Norway\n",
    ),
    ("b.csv", "1002,A,POT,5,2011-01-04 10:00:00,1.50,8,Norway\n1004,C,LID,1,2011-01-05 10:00:00,0.50,7,France\n"),
    ("c.csv", "1004,C,LID,1,2011-01-05 10:00:00,0.50,7,France\n1005,C,LID,3,2011-01-06 10:00:00,0.50,9,France\n"),
];

#[test]
fn lakes_of_formats_of_before_go_on_and_become_ones_of_this_format() {
    let archive = shop::workspace().join("crates/wharf/tests/lakes/format-2.tar.gz");
    for format in [2, 1] {
        let shop = shop_with(&[]);
        let done = Command::new("tar").arg("-xzf").arg(&archive).current_dir(shop.root()).status().unwrap();
        assert!(done.success());
        if format == 1 {
            as_format_1(&shop);
        }
        assert_eq!(shop.query("select count(*) from fates"), ["8"]);
        shop.run();
        shop.assert_fates();
        // It corrects an order that a correction took the place of, and repeats one that stands.
        let later = "1002,A,POT,7,2011-01-04 10:00:00,1.50,8,Norway\n1005,C,LID,3,2011-01-06 10:00:00,0.50,9,France\n";
        let file = |rows: &str| format!("{}\n{rows}", shop::lines::HEADER);
        shop.drop_file("e.csv", file(later));
        shop.run();
        shop.assert_fates();
        let fates = "select fate, by_load, by_row from fates where load in (2, 5) order by load, row";
        assert_eq!(shop.query(fates), ["superseded,5,1", "used,,", "used,,", "merged,3,2"]);
        let manifest = shop.manifest();
        assert_eq!((&manifest["format"], &manifest["load_chapters"]), (&3.into(), &serde_json::json!([])));
        shop.wharf(&["optimize", "--keep-days", "0"]).well();
        assert!(shop.names("lake/fates").iter().all(|name| name.ends_with(".pack")));
        shop.assert_fates();

        let fresh = shop_with(&[]);
        for (name, rows) in OF_BEFORE.iter().chain(&[("e.csv", later)]) {
            fresh.drop_file(name, file(rows));
            fresh.run();
        }
        assert_same(&format!("a lake that was of format {format}"), &fresh.said(), &shop.said());
        shop.wharf(&["run", "--full-refresh"]).well();
        assert_same("after a full refresh", &fresh.said(), &shop.said());
    }
}

/// Format 1 had in manifest.json what format 2 has in `lake/state`.
fn as_format_1(shop: &Shop) {
    let mut manifest = shop.manifest();
    let chapters = |manifest: &serde_json::Value, key: &str| -> Vec<serde_json::Value> {
        let names = manifest[key].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        let read = |name| fs::read(shop.path("lake/state").join(name)).unwrap();
        names.map(|name| serde_json::from_slice(&read(name)).unwrap()).collect()
    };
    let mut state: serde_json::Value = serde_json::from_str(manifest["state"].as_str().unwrap()).unwrap();
    state["loads"] = chapters(&manifest, "state_chapters").remove(0);
    manifest["loads"] = chapters(&manifest, "load_chapters").remove(0);
    manifest["state"] = state.to_string().into();
    manifest["format"] = 1.into();
    for key in ["load_chapters", "state_chapters"] {
        manifest.as_object_mut().unwrap().remove(key);
    }
    fs::remove_dir_all(shop.path("lake/state")).unwrap();
    fs::write(shop.path("lake/manifest.json"), manifest.to_string()).unwrap();
}
