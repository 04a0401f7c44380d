//! Any bytes as files, through to staging: never a panic, never a row without a fate, none lost on the way.
//!
//! In one process, so that thousands of files can be tried; `WHARF_CASES=1000` tries so many for each preset.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::Int64Type;
use connect::files::{Inbox, Settings, read_path};
use flow::{Event, Flow, Project, Request, Silent};
use futures::TryStreamExt;
use lake::Lake;
use models::{Graph, Layer, Model};
use port::{Arrival, Fetched, Kind, Query, Rows, Seen};
use retail::exchange::Exchange;
use retail::preset::preset;
use retail::source::{LandedTable, Source};

mod shop;

use shop::Random;

/// 2027-01-15 08:00 UTC.
const NOW: i64 = 1_800_000_000_000_000;
/// Files that one shop is given, one after another.
const FILES: usize = 12;

struct Small {
    folder: tempfile::TempDir,
    flow: Flow,
    lake: Arc<Lake>,
    runtime: tokio::runtime::Runtime,
}

impl Small {
    fn of(name: &str) -> Small {
        let folder = tempfile::tempdir().unwrap();
        let preset = preset(name).unwrap();
        let source: Source = preset.source.clone();
        let landed: Vec<&str> = source.tables.iter().map(|table| table.name.as_str()).collect();
        let staging =
            preset.staging.iter().map(|file| Model::parse(&file.name, &file.file, Layer::Staging, &file.text));
        let graph = Graph::build(staging.collect::<Result<_, _>>().unwrap(), &landed).unwrap();
        let options = lake::Options { zone: source.timezone.clone(), threads: 2, memory: 256 << 20 };
        let lake = Arc::new(Lake::open(&folder.path().join("lake"), &options).unwrap());
        std::fs::create_dir(folder.path().join("inbox")).unwrap();
        let reader = Inbox::new(folder.path().join("inbox"), &source.timezone, NOW).unwrap();
        let exchange = Arc::new(Exchange::new(&source.currency, None));
        let flow = Flow {
            warehouse: lake.clone(),
            reader: Arc::new(reader),
            landing: lake.landing(),
            project: Project {
                source: Arc::new(source),
                source_fingerprint: String::new(),
                exchange,
                graph,
                merge_exact_duplicates: false,
            },
            observer: Arc::new(Silent),
            now_micros: NOW,
            room: flow::analysis::Room { threads: 2, memory: 64 << 20 },
            patience: Duration::ZERO,
            remembered: Arc::default(),
            keep_runs: 10,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        Small { folder, flow, lake, runtime }
    }

    /// Drops a file and runs. True when it landed; what cannot be read is told, and leaves all as it was.
    fn land(&self, name: &str, bytes: &[u8], case: &str) -> bool {
        let path = self.folder.path().join("inbox").join(name);
        std::fs::write(&path, bytes).unwrap();
        let before = self.count("select count(*) from fates");
        match self.runtime.block_on(self.flow.run(&Request::default())) {
            Ok(_) => true,
            Err(error) => {
                assert!(error.kind != Kind::Internal, "{case}: {error}");
                std::fs::remove_file(&path).unwrap();
                self.runtime.block_on(self.flow.run(&Request::default())).unwrap();
                assert_eq!(self.count("select count(*) from fates"), before, "{case}");
                false
            }
        }
    }

    fn count(&self, sql: &str) -> i64 {
        let rows = self.rows(sql);
        rows.iter().find_map(|batch| batch.column(0).as_primitive::<Int64Type>().iter().next().flatten()).unwrap_or(0)
    }

    /// No rows where nothing has landed yet.
    fn rows(&self, sql: &str) -> Vec<RecordBatch> {
        self.runtime.block_on(async {
            match self.lake.query(sql).await {
                Ok(answer) => answer.rows.try_collect().await.unwrap(),
                Err(error) => {
                    assert_eq!(error.kind, Kind::NotFound, "{sql}: {error}");
                    Vec::new()
                }
            }
        })
    }

    /// Fates are as many as the rows that the reader finds in each load's copy, and each is one of the five.
    fn check(&self, case: &str) {
        let state = self.runtime.block_on(self.flow.state()).unwrap();
        if state.loads.is_empty() {
            return;
        }
        let settings = Settings::new(&self.flow.project.source.timezone, NOW).unwrap();
        let stored = self.fates_by_load();
        for load in state.in_force() {
            let table = self.flow.project.source.tables.iter().find(|table| table.name == load.table).unwrap();
            let mut rows = read_path(table, &self.flow.landing.join(&load.fetched.file), &settings).unwrap();
            let mut found = 0;
            while let Some(chunk) = rows.next_chunk().unwrap() {
                found += (chunk.batch.num_rows() + chunk.rejected.len()) as i64;
            }
            let fates = stored.get(&load.id).copied().unwrap_or(0);
            assert_eq!(fates, found, "{case}: load {} of {}", load.id, load.name);
            let told = load.used + load.rejected + load.pending + load.merged + load.superseded;
            assert_eq!((load.rows as i64, told as i64), (found, found), "{case}: load {}", load.id);
        }
        let odd = "select count(*) from fates where fate is null \
                   or fate not in ('used', 'rejected', 'pending', 'merged', 'superseded')";
        assert_eq!(self.count(odd), 0, "{case}");
        let aside = self.count("select count(*) from fates where fate in ('rejected', 'pending')");
        assert_eq!(self.count("select count(*) from rejects"), aside, "{case}");
    }

    fn fates_by_load(&self) -> BTreeMap<i64, i64> {
        let batches = self.rows("select load, count(*) as rows from fates group by load");
        let pairs = batches.iter().flat_map(|batch| {
            let column = |at: usize| batch.column(at).as_primitive::<Int64Type>().values().to_vec();
            column(0).into_iter().zip(column(1))
        });
        pairs.collect()
    }
}

/// What files are made of: a header, whole lines, and pieces of lines.
struct Of {
    name: &'static str,
    header: &'static str,
    lines: &'static [&'static str],
}

const PIECES: [&[u8]; 20] = [
    b",",
    b",",
    b"\n",
    b"\n",
    b"\r\n",
    b"\r",
    b"\"",
    b"\"\"",
    b"1",
    b"-2.5",
    b"0",
    b"2011-11-23 10:00:00",
    b"NA",
    b" ",
    b"\xc3\xa9",
    b"\xff",
    b"\0",
    b"536365",
    b"C536365",
    b"99999999999999999999",
];

fn file(random: &mut Random, kind: &Of) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    if !random.one_in(12) {
        bytes.extend(format!("{}\n", kind.header).bytes());
    }
    for _ in 0..random.below(25) {
        match random.below(6) {
            0 => (0..random.below(8)).for_each(|_| bytes.extend(*random.pick(&PIECES))),
            _ => bytes.extend(format!("{}\n", random.pick(kind.lines)).bytes()),
        }
    }
    // A byte here and there is another one, a piece is lost or comes twice.
    for _ in 0..random.below(4) {
        if bytes.is_empty() {
            break;
        }
        let at = random.below(bytes.len());
        match random.below(4) {
            0 => bytes[at] = random.number() as u8,
            1 => drop(bytes.drain(at..(at + random.below(9)).min(bytes.len()))),
            2 => bytes.insert(at, *random.pick(b",\"\n\r;\t1")),
            _ => bytes.extend_from_within(at..),
        }
    }
    bytes
}

fn cases() -> usize {
    std::env::var("WHARF_CASES").ok().and_then(|text| text.parse().ok()).unwrap_or(96)
}

fn try_all(preset: &str, seed: u64, kinds: &[Of], of_used: &[(&str, &str)]) {
    let mut all = 0;
    for shop in 0..cases().div_ceil(FILES) {
        let small = Small::of(preset);
        let mut landed = 0;
        for at in 0..FILES {
            let case = format!("{preset}, seed {}", seed + (shop * FILES + at) as u64);
            let mut random = Random::new(seed + (shop * FILES + at) as u64);
            let kind = random.pick(kinds);
            // The same name again, now and then: a file that is replaced.
            let name = format!("{}-{}.csv", random.below(8), kind.name);
            let _ = std::fs::remove_file(small.folder.path().join("inbox").join(&name));
            landed += usize::from(small.land(&name, &file(&mut random, kind), &case));
            small.check(&case);
            for (used, staged) in of_used.iter().filter(|_| landed > 0) {
                assert_eq!(small.count(used), small.count(staged), "{case}: {staged}");
            }
        }
        all += landed;
    }
    println!("{preset}: {} files, {all} landed", cases().div_ceil(FILES) * FILES);
    assert!(all * 2 > cases(), "most files should land: {all} of {}", cases());
}

#[test]
fn invoice_lines() {
    let lines = Of {
        name: "lines",
        header: "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        lines: &[
            "536365,A,POT,6,2010-12-01 08:26:00,2.55,17850,United Kingdom",
            "536365,B,\"PAN, red\",1,2010-12-01 08:26:00,3.39,17850,United Kingdom",
            "536365,B,PAN,1,2010-12-01 08:26:00,3.39,17850,United Kingdom",
            "536366,A,POT,0,2010-12-01 08:28:00,2.55,17850,France",
            "C536367,A,POT,-6,2010-12-02 08:26:00,2.55,,France",
            "536368,A,,6,12/03/2010 08:26,2.55,17851,Spain",
            "536368,A,POT,6,2010-12-03 08:26:00,0,17851,Spain",
            "536369,A,POT,six,2010-12-03 08:26:00,1,17851,Spain",
            "536370,A,POT,6",
        ],
    };
    // Each used line is a line of an order.
    let used = [("select count(*) from fates where fate = 'used'", "select count(*) from order_lines")];
    try_all("online-retail", 0, &[lines], &used);
}

#[test]
fn olist_files() {
    let kinds = [
        Of {
            name: "customers",
            header: "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state",
            lines: &["k1,p1,01000,rio,RJ", "k1,p1,,,", "k2,p2,01000,natal,RN", "k3,p1,01000,rio,RJ", ",p1,1,rio,RJ"],
        },
        Of {
            name: "orders",
            header: "order_id,customer_id,order_status,order_purchase_timestamp",
            lines: &[
                "o1,k1,delivered,2017-11-24 10:00:00",
                "o1,k1,canceled,2017-11-24 10:00:00",
                "o2,k2,delivered,2017-11-25 10:00:00",
                "o3,k9,delivered,2017-11-25 10:00:00",
                "o4,k1,lost,2017-11-25 10:00:00",
                "o5,k1,delivered,0000-11-25 10:00:00",
            ],
        },
        Of {
            name: "items",
            header: "order_id,order_item_id,product_id,seller_id,shipping_limit_date,price,freight_value",
            lines: &[
                "o1,1,q1,s,2017-11-24 10:00:00,10.50,1.00",
                "o1,2,q1,s,2017-11-24 10:00:00,10.50,1.00",
                "o2,1,q2,s,2017-11-24 10:00:00,-1,1.00",
                "o3,1,q2,s,2017-11-24 10:00:00,4,1.00",
                "o9,1,q2,s,2017-11-24 10:00:00,4,",
            ],
        },
        Of {
            name: "products",
            header: "product_id,product_category_name",
            lines: &["q1,bebes", "q1,", "q2,jogos", "q2,bebes"],
        },
    ];
    let of = |table: &str| {
        format!(
            "select count(*) from fates join loads on loads.load = fates.load \
             where fate = 'used' and landed_table = '{table}'"
        )
    };
    let (items, orders, products) = (of("olist_items"), of("olist_orders"), of("olist_products"));
    let used = [
        (items.as_str(), "select count(*) from order_lines"),
        (orders.as_str(), "select count(*) from orders"),
        (products.as_str(), "select count(*) from products"),
    ];
    try_all("olist", 10_000, &kinds, &used);
}

/// An inbox in which a file grows by a line just after it was fetched, while it is copied and read.
struct Growing {
    inbox: Arc<dyn port::Source>,
    file: PathBuf,
    times: AtomicUsize,
}

impl port::Source for Growing {
    fn discover(&self, tables: &[LandedTable], seen: &[Seen<'_>]) -> port::Result<Vec<Arrival>> {
        self.inbox.discover(tables, seen)
    }

    fn fetch(&self, arrival: &Arrival, landing: &Path) -> port::Result<Option<Fetched>> {
        let fetched = self.inbox.fetch(arrival, landing);
        if self.times.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |times| times.checked_sub(1)).is_ok() {
            let mut file = std::fs::File::options().append(true).open(&self.file).unwrap();
            file.write_all(line(0).as_bytes()).unwrap();
        }
        fetched
    }

    fn settle(&self) -> port::Result<()> {
        self.inbox.settle()
    }

    fn tidy(&self, landing: &Path) -> port::Result<usize> {
        self.inbox.tidy(landing)
    }

    fn read(&self, table: &LandedTable, load: &Fetched) -> port::Result<Box<dyn Rows>> {
        self.inbox.read(table, load)
    }
}

fn line(invoice: usize) -> String {
    format!(
        "{},85123A,WHITE HANGING HEART T-LIGHT HOLDER,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n",
        500_000 + invoice
    )
}

/// A file so large that it is read while it is copied: what was read of it before it changed is thrown away, and it is read anew.
#[test]
fn a_large_file_that_grows_while_it_is_read_is_whole() {
    const LINES: usize = 120_000;
    let mut small = Small::of("online-retail");
    let file = small.folder.path().join("inbox/lines.csv");
    let header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n".to_owned();
    std::fs::write(&file, header + &(0..LINES).map(line).collect::<String>()).unwrap();
    assert!(std::fs::metadata(&file).unwrap().len() > 9 << 20);
    let (inbox, times) = (small.flow.reader.clone(), AtomicUsize::new(1));
    small.flow.reader = Arc::new(Growing { inbox, file: file.clone(), times });
    let told = Arc::new(Told::default());
    small.flow.observer = told.clone();

    small.runtime.block_on(small.flow.run(&Request::default())).unwrap();
    let told = told.0.lock().unwrap().join(" ");
    assert!(told.ends_with("lines.csv changed while it was read"), "{told}");
    assert_eq!(small.count("select count(*) from fates") as usize, LINES + 1);
    small.check("a file that grew");
    let copies = std::fs::read_dir(&small.flow.landing).unwrap().count();
    assert_eq!(copies, 1, "nothing is left of what was thrown away");
    let again = small.runtime.block_on(small.flow.run(&Request::default())).unwrap();
    assert!(again.is_nothing() && again.known.is_empty());

    // From now on it is copied first, and what comes later is of the next run.
    std::fs::File::options().append(true).open(&file).unwrap().write_all(line(LINES).as_bytes()).unwrap();
    let (inbox, times) = (small.flow.reader.clone(), AtomicUsize::new(1));
    small.flow.reader = Arc::new(Growing { inbox, file, times });
    for _ in 0..2 {
        small.runtime.block_on(small.flow.run(&Request::default())).unwrap();
    }
    small.check("a file that grew twice");
    assert_eq!(small.count("select count(*) from order_lines") as usize, LINES + 3);
}

/// Why runs began anew.
#[derive(Default)]
struct Told(Mutex<Vec<String>>);

impl flow::Observer for Told {
    fn event(&self, event: &Event<'_>) {
        if let Event::Anew { cause } = event {
            self.0.lock().unwrap().push((*cause).to_owned());
        }
    }
}
