//! Any bytes at all: never a panic, every row typed or set aside, and the same whatever the size of blocks.

use super::*;

/// A small generator of random numbers (splitmix64), seeded so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}

fn bytes(random: &mut Random, pieces: &[&[u8]]) -> Vec<u8> {
    let count = random.below(60);
    let mut bytes = Vec::new();
    for _ in 0..count {
        if random.below(40) == 0 {
            bytes.push(random.next() as u8);
        } else {
            bytes.extend_from_slice(pieces[random.below(pieces.len())]);
        }
    }
    bytes
}

/// Rows numbered from 1 without a gap, each typed or set aside.
fn check(found: &Found, seed: u64) {
    let mut numbers: Vec<i64> = found.rows.iter().map(|row| row[row.len() - 1].parse().unwrap()).collect();
    numbers.extend(found.rejected.iter().map(|rejected| rejected.row));
    numbers.sort_unstable();
    assert!(numbers.iter().zip(1..).all(|(number, at)| *number == at), "seed {seed}: {numbers:?}");
}

fn same_in_all_blocks(table: &LandedTable, name: &str, bytes: &[u8], seed: u64) {
    let base = settings().with_quote_limit(24);
    let whole = read_with(table, name, bytes, &base);
    let whole = match whole {
        Ok(found) => found,
        Err(error) => {
            let again = read_with(table, name, bytes, &base.clone().with_block_bytes(7));
            assert_eq!(again.err().map(|error| error.to_string()), Some(error.to_string()), "seed {seed}");
            return;
        }
    };
    check(&whole, seed);
    for size in [1, 7, 16, 64] {
        let found = read_with(table, name, bytes, &base.clone().with_block_bytes(size)).unwrap();
        assert_eq!(found, whole, "seed {seed}, blocks of {size}: {:?}", String::from_utf8_lossy(bytes));
    }
}

/// Cases of each test; `WHARF_CASES=100000` tries more.
fn cases() -> u64 {
    std::env::var("WHARF_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(1500)
}

#[test]
fn delimited_bytes() {
    let pieces: [&[u8]; 18] = [
        b",",
        b",",
        b"\n",
        b"\n",
        b"\r\n",
        b"\r",
        b"\"",
        b"\"\"",
        b"a",
        b"1",
        b"2.5",
        b"x,1,\n",
        b"\"q\n\",1,\n",
        b" ",
        b"\xc3\xa9",
        b"\xff",
        b"2011-11-23",
        b"a long text beyond twelve",
    ];
    for seed in 0..cases() {
        let mut random = Random(seed);
        let mut text = b"order_id,amount,ordered_at\n".to_vec();
        if random.below(8) == 0 {
            text.clear();
        }
        text.extend(bytes(&mut random, &pieces));
        let table = orders(if random.below(2) == 0 { "delimiter = \",\"" } else { "" });
        same_in_all_blocks(&table, "a.csv", &text, seed);
    }
}

#[test]
fn json_bytes() {
    let pieces: [&[u8]; 12] = [
        b"{\"order_id\":\"a\",\"amount\":1}\n",
        b"{\"order_id\":\"a\\n\",\"x\":[1,{}],\"ordered_at\":null}\n",
        b"{",
        b"}",
        b"\n",
        b"\"",
        b"\\",
        b":",
        b"{\"order_id\":1}",
        b"\xff",
        b"null",
        b"[",
    ];
    for seed in 0..cases() {
        let mut random = Random(seed);
        let mut text = b"{\"order_id\":\"a\",\"amount\":1,\"ordered_at\":\"2011-11-23\"}\n".to_vec();
        text.extend(bytes(&mut random, &pieces));
        same_in_all_blocks(&orders(""), "a.jsonl", &text, seed);
    }
}

#[test]
fn any_bytes_under_any_name() {
    let heads: [&[u8]; 9] = [
        b"",
        b"\x1f\x8b\x08\0\0\0\0\0\0\xff",
        b"\x28\xb5\x2f\xfd",
        b"PK\x03\x04",
        b"PAR1",
        b"\xff\xfe",
        b"\xfe\xff",
        b"\xef\xbb\xbf",
        b"order_id,amount,ordered_at\n",
    ];
    for seed in 0..cases() {
        let mut random = Random(seed);
        let mut text = heads[random.below(heads.len())].to_vec();
        for _ in 0..random.below(200) {
            text.push(random.next() as u8);
        }
        if random.below(4) == 0 {
            text.extend(b"PAR1");
        }
        let name = ["a.csv", "a.jsonl", "a.parquet", "a.xlsx", "a.zip", "a"][random.below(6)];
        // An error is an answer; a panic is not.
        if let Ok(found) = read_with(&orders(""), name, &text, &settings()) {
            check(&found, seed);
        }
    }
}
