//! Very many small loads: what is kept of them is put together, is found there by all that needs it, and by people too.

mod shop;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Instant;

use shop::kept::assert_same;
use shop::lines::HEADER;
use shop::{Done, Shop, elsewhere};

/// An order a file; each has a row that is set aside, and corrects or repeats an order of before.
fn file(number: usize) -> (String, String) {
    let line = |order: usize, pieces: usize| {
        format!("{},A,POT,{pieces},2011-{:02}-03 10:00:00,1.50,7,France\n", 1000 + order, 1 + order % 12)
    };
    let before = number.saturating_sub(2);
    let again = line(before, if number.is_multiple_of(3) { 2 } else { 1 + number });
    let broken = format!("{},A,POT,many,2011-01-03 10:00:00,1.50,7,France\n", 1000 + number);
    (
        format!("{number:04}.csv"),
        format!("{HEADER}\n{}{}{broken}", line(number, 2), if number > 2 { again } else { String::new() }),
    )
}

/// A shop that has run `runs` times with a few files each.
fn shop_of(runs: usize) -> Shop {
    let shop = Shop::new();
    for run in 0..runs {
        drop_some(&shop, run);
        shop.run();
    }
    shop
}

fn drop_some(shop: &Shop, run: usize) {
    for number in run * 4..run * 4 + 4 {
        let (name, text) = file(number);
        shop.drop_file(&name, text);
    }
}

fn optimize(shop: &Shop) {
    shop.wharf(&["optimize", "--keep-days", "0"]).well();
}

#[test]
fn a_folder_of_many_loads_has_few_files() {
    let (shop, loose) = (shop_of(6), shop_of(6));
    assert_eq!(loose.names("lake/landing").len(), 24);
    optimize(&shop);
    let landing = shop.names("lake/landing");
    assert_eq!(landing.iter().filter(|name| name.ends_with(".zip")).count(), 1, "{landing:?}");
    assert!(landing.iter().all(|name| name.ends_with(".zip") || name == ".lock"), "{landing:?}");
    let packs = |shop: &Shop| (!elsewhere::is_database()).then(|| shop.manifest()["packs"].clone());
    if !elsewhere::is_database() {
        assert_eq!(shop.names("lake/fates").len(), 1);
    }
    shop.assert_fates();
    assert_same("what was packed", &shop.tables(), &loose.tables());

    // Nothing is left to do.
    let before = packs(&shop);
    optimize(&shop);
    assert_eq!((shop.names("lake/landing"), packs(&shop)), (landing, before));

    // The same content is known, whatever its name; an order of before is corrected.
    shop.drop_file("again.csv", file(3).1);
    assert!(shop.run().contains("load 4"), "it is load 4's");
    for shop in [&shop, &loose] {
        shop.drop_file("later.csv", format!("{HEADER}\n1001,A,POT,9,2011-02-03 10:00:00,1.50,7,France\n"));
        shop.run();
        shop.assert_fates();
    }
    let fates = "select load, row, fate, by_load, by_row from fates order by load, row";
    assert_eq!(shop.query(fates), loose.query(fates));
    optimize(&shop);
    let export = |shop: &Shop| shop.wharf(&["rejects", "export"]).well();
    assert_eq!(export(&shop).lines().count(), 25);
    assert_eq!(export(&shop), export(&loose));
    for arguments in [&["undo", "7"][..], &["rejects", "replay"], &["run", "--full-refresh"]] {
        for shop in [&shop, &loose] {
            shop.wharf(arguments).well();
            shop.assert_fates();
        }
        assert_eq!(shop.query(fates), loose.query(fates), "{arguments:?}");
        assert_same(&format!("{arguments:?}"), &shop.said(), &loose.said());
        optimize(&shop);
    }
    assert_eq!(shop.wharf(&["loads", "--format", "csv"]).well().lines().count(), 26);
}

#[test]
fn runs_alone_keep_the_files_few() {
    if elsewhere::is_database() {
        return;
    }
    let shop = shop_of(5);
    let named = shop.manifest()["packs"].as_array().unwrap().len();
    assert_eq!(named, 1, "small packs are one");
    shop.assert_fates();
}

/// What docs/operations.md says of a lake that is lost.
#[test]
fn a_lake_is_made_again_from_its_originals() {
    let shop = shop_of(3);
    optimize(&shop);
    drop_some(&shop, 3);
    shop.run();
    let loads = shop.query("select name, hash from loads where not undone order by load");
    let originals = shop.path("originals");
    std::fs::create_dir(&originals).unwrap();
    let run = |command: &str, arguments: &[&str]| {
        let done = Command::new(command).args(arguments).current_dir(&originals).output();
        assert!(done.as_ref().is_ok_and(|done| done.status.success()), "{command}: {done:?}");
    };
    for name in shop.names("lake/landing") {
        let path = shop.path("lake/landing").join(&name);
        match name.ends_with(".zip") {
            // Any tool reads them; this one is where the tests of other engines run.
            true => run("python3", &["-m", "zipfile", "-e", path.to_str().unwrap(), "."]),
            false => drop(std::fs::copy(&path, originals.join(&name)).unwrap()),
        }
    }
    let found: BTreeSet<String> = shop.names("originals");
    let new = Shop::new();
    for load in loads {
        let (name, hash) = load.split_once(',').unwrap();
        let original = found.iter().find(|name| name.starts_with(hash)).unwrap();
        new.drop_file(name, std::fs::read(originals.join(original)).unwrap());
        new.run();
    }
    assert_same("made from originals", &new.said(), &shop.said());
}

#[test]
fn optimize_stopped_anywhere_loses_and_doubles_nothing() {
    // A project's twin has no tables in a database.
    if elsewhere::is_database() {
        return;
    }
    let before = shop_of(4);
    // Some are in an archive already, which is joined to the next.
    optimize(&before);
    for run in 4..6 {
        drop_some(&before, run);
        before.run();
    }
    let tables = before.tables();
    let undisturbed = before.twin();
    optimize(&undisturbed);
    drop_some(&undisturbed, 6);
    undisturbed.run();
    for point in ["pack", "packed", "unpacked:1", "unpacked:4", "unpacked:9", "commit", "manifest", "published"] {
        for go_on in ["optimize", "run"] {
            let shop = before.twin();
            let what = format!("stopped at {point}, then {go_on}");
            let stopped = Done::of(shop.fault_in(&["optimize", "--keep-days", "0"], point));
            assert!(stopped.code.is_none() && stopped.err.contains("fault: stopping at"), "{what}: {}", stopped.err);
            if go_on == "optimize" {
                optimize(&shop);
                assert_same(&what, &shop.tables(), &tables);
                assert_eq!(shop.names("lake/landing"), settled(&before), "{what}");
            }
            drop_some(&shop, 6);
            shop.run();
            shop.assert_fates();
            shop.assert_delta();
            assert_same(&what, &shop.tables(), &undisturbed.tables());
            shop.wharf(&["run", "--full-refresh"]).well();
            assert_same(&what, &shop.said(), &undisturbed.said());
            shop.assert_fates();
        }
    }
}

/// The landing folder when nothing stops the command.
fn settled(before: &Shop) -> BTreeSet<String> {
    let shop = before.twin();
    optimize(&shop);
    shop.names("lake/landing")
}

/// `cargo test -p wharf --release --test packs -- --ignored --nocapture`; `WHARF_LOADS` asks for another number.
#[test]
#[ignore = "a bench"]
fn time_of_a_small_file_onto_very_many() {
    let loads: usize = std::env::var("WHARF_LOADS").map_or(20_000, |text| text.parse().unwrap());
    let shop = Shop::new();
    let timed = |what: &str, work: &dyn Fn()| {
        let start = Instant::now();
        work();
        println!("{what}: {:.3} s", start.elapsed().as_secs_f64());
    };
    (0..loads).for_each(|number| shop.drop_file(&file(number).0, file(number).1));
    timed(&format!("{loads} files in one run"), &|| drop(shop.run()));
    for number in loads..loads + 3 {
        shop.drop_file(&file(number).0, file(number).1);
        timed("a run of one more file", &|| drop(shop.run()));
    }
    timed("optimize", &|| optimize(&shop));
    for number in loads + 3..loads + 6 {
        shop.drop_file(&file(number).0, file(number).1);
        timed("a run of one more file", &|| drop(shop.run()));
    }
    timed("count of fates", &|| drop(shop.query("select fate, count(*) from fates group by fate")));
    timed("full refresh", &|| drop(shop.wharf(&["run", "--full-refresh"]).well()));
    println!("landing {} files, fates {} files", shop.names("lake/landing").len(), shop.names("lake/fates").len());
}
