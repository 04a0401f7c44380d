//! No text panics: models, metrics and tests broken at random, from one seed, give problems or parse.

use models::{Graph, Layer, Metrics, Model, ModelTest, Problem};

const MODEL: &str = "\
/* wharf
description: \"What, é, 'x'\"
kind: incremental_by_unique_key
unique_key: [day, customer_id]
merge: {spend: max}
checks: [not_null(day, customer_id), accepted_values(kind, 'a', 'b'), {check: \"spend > 0\", severity: warn}]
columns: {spend: {unit: currency}, customer_id: {pii: true}}
*/
with a as (select *, row_number() over (partition by b order by c desc) as n from orders where x in (select y from z))
select day, customer_id, kind, cast(sum(amount) as decimal(18, 4)) as spend, date_trunc('month', day) as month,
  case when n > 1 then 'it''s' else null end as word, count(*) filter (where u is not null) as k
from a left join (values (1, 'b')) as v (p, q) using (day) group by 1, 2 having count(*) > 1 order by 1 limit 3;
";
const METRICS: &str =
    "- name: a\n  description: |\n    Long\n    text.\n  expression: sum(x) / nullif(count(*), 0)\n  see: [a]\n";
const TESTS: &str =
    "t:\n  model: m\n  given: {a: [{x: 1, y: 10.50, z: 'q'}]}\n  expect:\n    - {x: 2011-01-01}\n  order: exact\n";

const PIECES: [&str; 40] = [
    "/*",
    "*/",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "'",
    "\"",
    ",",
    ":",
    ";",
    "- ",
    "#",
    "\n",
    "\t",
    " ",
    "&a",
    "*a",
    "!!x",
    "|",
    ">",
    "--",
    "$1",
    "?",
    "é",
    "\u{feff}",
    "\0",
    "\r\n",
    "select ",
    " from ",
    "with x as ",
    " union ",
    "::",
    "%",
    "@",
    "`",
    "0",
    "not_null(",
];

/// xorshift: the same texts on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end.max(1) as u64) as usize
    }

    fn broken(&mut self, text: &str) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(4) {
            let at = self.below(chars.len() + 1);
            let end = (at + self.below(12)).min(chars.len());
            match self.below(4) {
                0 => drop(chars.drain(at..end)),
                1 => drop(chars.splice(at..at, PIECES[self.below(PIECES.len())].chars())),
                2 => chars.truncate(at.max(1)),
                _ => {
                    let copied = chars[at..end].to_vec();
                    let to = self.below(chars.len() + 1);
                    chars.splice(to..to, copied);
                }
            }
        }
        chars.into_iter().collect()
    }
}

/// Every problem stands inside its text, or one past it.
fn inside(text: &str, problems: Vec<Problem>) {
    let lines = text.split('\n').count();
    for problem in problems {
        assert!(problem.line <= lines + 1 && !problem.to_string().is_empty(), "{problem} in {text:?}");
    }
}

#[test]
fn no_text_panics() {
    let mut random = Random(0x5eed_1234_abcd_9876);
    let (mut parsed, rounds) = (0, 4000);
    for _ in 0..rounds {
        let text = random.broken(MODEL);
        match Model::parse("m", "m.sql", Layer::Marts, &text) {
            Ok(model) => {
                parsed += 1;
                for check in &model.header.checks {
                    check.sql("other.table", 15_301);
                }
                models::rename_tables(&model.statement, &[("orders".to_owned(), "x.y".to_owned())].into());
                if let Ok(graph) = Graph::build(vec![model], &["orders", "z"]) {
                    graph.fingerprints(&Default::default());
                }
            }
            Err(problems) => inside(&text, problems),
        }
        let text = random.broken(METRICS);
        match Metrics::parse("m.yaml", &text) {
            Ok(metrics) => drop(metrics.to_markdown()),
            Err(problems) => inside(&text, problems),
        }
        let text = random.broken(TESTS);
        match ModelTest::parse("t.yaml", &text) {
            Ok(tests) => tests.iter().for_each(|test| drop(test.compare(&["x".to_owned()], &[vec![None]]))),
            Err(problems) => inside(&text, problems),
        }
    }
    // Enough still parse for what comes after parsing to be tried too.
    assert!(parsed > rounds / 50, "{parsed} of {rounds} parsed");
}
