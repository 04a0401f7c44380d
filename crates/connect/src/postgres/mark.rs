//! How far a relation was read: the snapshot of the last load, and what follows from it for the next one.
//!
//! # Why a snapshot and not a time
//! A transaction's `now()` is its start and its ids are drawn before it commits, so a row that becomes visible after a load
//! may lie below any bound that the load could note. What tells it is the transaction that wrote it: a load is of one
//! snapshot, and every transaction below the snapshot's `xmin` had ended by then, with all its savepoints. So the next load
//! reads each row whose version was written by a transaction from that `xmin` on. That is each row that the last one could
//! not see, and perhaps some that it saw; those come again with the content they had and are merged into themselves.

use serde::{Deserialize, Serialize};

/// A position, in the words that are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Which server and database transaction numbers are of.
    pub server: String,
    /// Of the relation as it was asked for: another question begins anew.
    pub question: String,
    /// `pg_current_snapshot()`: `xmin:xmax:those in progress`.
    pub snapshot: String,
    /// The greatest value of the cursor, as text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound: Option<String>,
    /// How many keys there are and a sum over them, where deletions are looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<String>,
}

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Since {
    /// Everything, and why.
    Whole(&'static str),
    /// What changed since a mark.
    Mark { xmin: u64, bound: Option<String> },
}

/// Ages of transactions are told apart within 2^31; half of it is far from the edge.
const FARTHEST: u64 = 1 << 30;

impl Mark {
    pub fn parse(text: &str) -> Option<Mark> {
        serde_json::from_str(text).ok()
    }

    pub fn render(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// What a load at `self` must read after one at `last`.
    pub fn since(&self, last: Option<&Mark>) -> Since {
        let Some(last) = last else { return Since::Whole("first load") };
        if last.question != self.question {
            return Since::Whole("what is asked of the database changed");
        }
        let (Some(before), Some(now)) = (xmin_xmax(&last.snapshot), xmin_xmax(&self.snapshot)) else {
            return Since::Whole("the last position cannot be read");
        };
        if last.server != self.server || now.1 < before.1 {
            return Since::Whole("the server is another one than before");
        }
        if now.1 - before.0 > FARTHEST {
            return Since::Whole("the last load is too long ago");
        }
        Since::Mark { xmin: before.0, bound: last.bound.clone() }
    }
}

fn xmin_xmax(snapshot: &str) -> Option<(u64, u64)> {
    let mut parts = snapshot.split(':');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

/// Holds for rows of a versioned relation that a transaction from `xmin` on wrote.
///
/// `age()` compares as the server does, round the corner of 32 bits; a negative age is of a row so old that it is frozen.
pub fn written_since(xmin: u64) -> String {
    // 0 to 2 are no transactions' numbers.
    let short = (xmin & 0xFFFF_FFFF).max(3);
    format!("age(t.xmin) between 0 and age('{short}'::xid)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(snapshot: &str) -> Mark {
        let text = |text: &str| text.to_owned();
        Mark { server: text("a"), question: text("q"), snapshot: text(snapshot), bound: Some(text("7")), keys: None }
    }

    #[test]
    fn the_next_load_begins_at_the_oldest_transaction_that_ran() {
        let last = mark("100:120:100,110");
        assert_eq!(Mark::parse(&last.render()).as_ref(), Some(&last));
        let since = mark("130:130:").since(Some(&last));
        assert_eq!(since, Since::Mark { xmin: 100, bound: Some("7".to_owned()) });
        assert_eq!(written_since((3 << 32) + 500), "age(t.xmin) between 0 and age('500'::xid)");
        assert_eq!(written_since(1 << 32), "age(t.xmin) between 0 and age('3'::xid)");
    }

    #[test]
    fn whatever_is_in_doubt_is_read_whole() {
        let last = mark("100:120:");
        let whole = |now: Mark| matches!(now.since(Some(&last)), Since::Whole(_));
        assert!(matches!(last.since(None), Since::Whole(_)));
        assert!(whole(mark("90:110:")));
        assert!(whole(mark(&format!("{0}:{0}:", 1_u64 << 31))));
        assert!(whole(Mark { server: "b".to_owned(), ..mark("130:130:") }));
        assert!(whole(Mark { question: "r".to_owned(), ..mark("130:130:") }));
        assert!(whole(mark("x")));
    }
}
