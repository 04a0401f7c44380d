//! Baskets of a file: what chance makes, what is too much to count, and what is easily meant otherwise.

use std::fmt::Write;

use crate::shop::wharf;

/// Pairs of items that have nothing to do with each other are together in five baskets of 60,000, and none passes.
#[test]
fn chance_is_no_rule() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    // Numbers of a linear congruence, the high bits of which are as good as drawn.
    let mut state = 7u64;
    for _ in 0..60_000 {
        let items = [0; 5].map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % 2_000
        });
        writeln!(text, "{}", items.map(|item| item.to_string()).join(" ")).unwrap();
    }
    for _ in 0..9 {
        text.push_str("9001 9002\n");
    }
    std::fs::write(folder.path().join("drawn.dat"), text).unwrap();
    let basket =
        |flags: &[&str]| wharf(folder.path(), &[&["basket", "--file", "drawn.dat", "--rules"], flags].concat());
    let all = basket(&["--min-count", "5", "--format", "csv"]).succeeds();
    assert!(all.out.lines().count() > 10, "{}", all.out);
    let tied = |flags: &[&str]| {
        let ran = basket(&[flags, &["--format", "csv"]].concat()).succeeds();
        let rules: Vec<&str> = ran.out.lines().skip(1).filter_map(|line| line.get(..11)).collect();
        assert_eq!(rules, ["9001,,9002,", "9002,,9001,"], "{flags:?}");
    };
    tied(&[]);
    tied(&["--min-count", "5", "--alpha", "0.05"]);
    tied(&["--min-count", "5", "--alpha", "0.05", "--correction", "benjamini-hochberg"]);
    tied(&["--top", "5", "--sort", "lift", "--alpha", "0.01"]);
    tied(&["--min-count", "5", "--max-length", "3", "--alpha", "0.01"]);
    // The same p-value, whatever is shown beside it.
    let p_value = |flags: &[&str]| {
        let ran = basket(&[&["--min-count", "5", "--p-values", "--format", "csv"], flags].concat()).succeeds();
        ran.out.lines().find(|line| line.starts_with("9001,,9002")).unwrap().rsplit(',').next().unwrap().to_owned()
    };
    assert_eq!(p_value(&[]), p_value(&["--of", "9001", "--min-lift", "3"]));
    basket(&[]).succeeds().says(&["only where that is no chance", "--min-count 5 shows all"]);
}

#[test]
fn more_sets_than_can_be_counted() {
    let folder = tempfile::tempdir().unwrap();
    let row: Vec<String> = (0..70).map(|item| item.to_string()).collect();
    std::fs::write(folder.path().join("six.dat"), format!("{}\n", row.join(" ")).repeat(6)).unwrap();
    let basket = |flags: &[&str]| wharf(folder.path(), &[&["basket", "--file", "six.dat"], flags].concat());
    for format in ["table", "csv"] {
        basket(&["--min-count", "1", "--count-only", "--format", format])
            .ends_with(1)
            .tells(&["more than 2^63 itemsets", "--itemsets closed"]);
    }
    basket(&[])
        .ends_with(1)
        .tells(&["more than 10,000 itemsets are in every one of the 6 baskets", "--itemsets closed"]);
    basket(&["--itemsets", "closed", "--count-only"]).succeeds().says(&["itemsets 1 seconds"]);
    basket(&["--min-count", "6", "--memory", "1KB"]).ends_with(1).tells(&["the memory limit of 1024 bytes"]);
}

#[test]
fn a_header_is_no_basket() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("rows.csv", "order_id,sku\n1,a\n1,b\n2,a\n2,b\n");
    write("baskets.csv", "milk,bread\nbread,milk\nmilk,eggs\n");
    let basket = |file: &str| wharf(folder.path(), &["basket", "--file", file, "--min-count", "1"]).succeeds();
    basket("rows.csv").tells(&["The first line (order_id, sku) was read as a basket", "--group COL --item COL"]);
    let ran = basket("baskets.csv");
    assert!(!ran.err.contains("header"), "{}", ran.err);
    wharf(folder.path(), &["basket", "--file", "-", "--file-format", "fimi"]).ends_with(1).tells(&["/dev/stdin"]);
}
