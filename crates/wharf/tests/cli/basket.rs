//! What is bought together: known answers, the table that a run makes, files without a project, mistakes.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::shop::{Data, Shop, data, wharf};

/// Rows of csv with their header's names.
pub struct Rows {
    header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Rows {
    pub fn of(csv: &str) -> Rows {
        let mut lines = csv.lines().map(cells);
        Rows { header: lines.next().unwrap(), rows: lines.collect() }
    }

    pub fn cell<'a>(&self, row: &'a [String], column: &str) -> &'a str {
        let at = self.header.iter().position(|name| name == column).unwrap_or_else(|| panic!("no {column}"));
        &row[at]
    }

    #[track_caller]
    fn rule(&self, antecedent: &str, consequent: &str) -> &[String] {
        let is = |row: &&Vec<String>| {
            self.cell(row, "antecedent") == antecedent && self.cell(row, "consequent") == consequent
        };
        self.rows.iter().find(is).unwrap_or_else(|| panic!("no rule from {antecedent} to {consequent}"))
    }

    /// Counts of a rule: all baskets, those of each side, those of both.
    fn counts(&self, rule: &[String]) -> [u64; 4] {
        ["baskets", "antecedent_baskets", "consequent_baskets", "both_baskets"]
            .map(|of| self.cell(rule, of).parse().unwrap())
    }

    /// A metric to six digits.
    fn six(&self, rule: &[String], metric: &str) -> String {
        format!("{:.6}", self.cell(rule, metric).parse::<f64>().unwrap())
    }
}
/// A line's cells; names with a comma stand in quotes.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            _ => cells.last_mut().unwrap().push(letter),
        }
    }
    cells
}

const PINK: &str = "22698";
const GREEN: &str = "22697";

#[test]
fn teacups_of_known_customers_and_of_all() {
    let Some(shop) = Data::OnlineRetail.shop("teacups_of_known_customers_and_of_all") else { return };
    let answers = [
        ("known", [17_087, 551, 691, 460], ["0.026921", "0.834846", "20.644007"]),
        ("all", [18_273, 760, 1_013, 632], ["0.034587", "0.831579", "15.000436"]),
    ];
    for (customers, counts, metrics) in answers {
        let ran = shop.wharf(&["basket", "--customers", customers, "--format", "csv"]).succeeds();
        let rules = Rows::of(&ran.out);
        let rule = rules.rule(PINK, GREEN);
        assert_eq!(rules.cell(rule, "antecedent_name"), "PINK REGENCY TEACUP AND SAUCER");
        assert_eq!(rules.counts(rule), counts, "{customers}");
        assert_eq!(["support", "confidence", "lift"].map(|metric| rules.six(rule, metric)), metrics, "{customers}");
        let back = rules.rule(GREEN, PINK);
        assert_eq!(rules.counts(back), [counts[0], counts[2], counts[1], counts[3]]);
        // The support was chosen: as many rules as one can look at, seen often enough to mean something.
        assert!((1_000..=20_000).contains(&rules.rows.len()), "{} rules", rules.rows.len());
        let seldom = rules.rows.iter().map(|row| rules.counts(row)[3]).min().unwrap();
        assert!(seldom >= 5, "{seldom}");
    }
    // The table that the run made holds the same rule.
    let sql = format!(
        "select both_baskets, cast(lift as decimal(18, 6)) from basket_rules where antecedent = '{PINK}' and consequent = '{GREEN}'"
    );
    assert_eq!(shop.rows(&sql), ["632,15.000436"]);
}

#[test]
fn a_person_reads_names_and_what_was_left_out() {
    let Some(shop) = Data::OnlineRetail.shop("a_person_reads_names_and_what_was_left_out") else { return };
    let ran = shop.wharf(&["basket", "--of", "pink regency teacup and saucer", "--customers", "known"]).succeeds();
    ran.says(&[
        "PINK REGENCY TEACUP AND SAUCER",
        "0.834846",
        "17,087 baskets; 1,",
        "chosen so that",
        "have a lift of about",
    ]);
    let ran = shop.wharf(&["basket", "--max-items", "1000", "--limit", "3"]).succeeds();
    ran.says(&["1 basket with more than 1000 different items left out, the largest with 1108"]);
    let ran = shop.wharf(&["basket", "--max-items", "1000", "--limit", "3", "--format", "csv"]).succeeds();
    assert_eq!(ran.out.lines().count(), 4);
    ran.tells(&["the largest with 1108"]);
}

#[test]
fn rules_as_asked_for() {
    let Some(shop) = Data::OnlineRetail.shop("rules_as_asked_for") else { return };
    let rules = |more: &[&str]| {
        let all = [&["basket", "--format", "csv"], more].concat();
        Rows::of(&shop.wharf(&all).succeeds().out)
    };
    let by_lift = rules(&["--min-count", "300", "--sort", "lift", "--min-confidence", "0.5", "--min-lift", "2"]);
    let lifts: Vec<f64> = by_lift.rows.iter().map(|row| by_lift.cell(row, "lift").parse().unwrap()).collect();
    assert!(lifts.len() > 10 && lifts.is_sorted_by(|a, b| a >= b) && lifts.iter().all(|lift| *lift >= 2.0));
    // Three products in a rule, from frequent sets; its pairs are those of the quick way.
    let long = rules(&["--min-count", "400", "--max-length", "3"]);
    let pairs = rules(&["--min-count", "400"]);
    let triples = long.rows.iter().filter(|row| long.cell(row, "antecedent").contains(" + ")).count();
    assert!(triples > 0);
    assert_eq!(long.rows.len() - triples, pairs.rows.len());
    assert_eq!(long.counts(long.rule(PINK, GREEN)), pairs.counts(pairs.rule(PINK, GREEN)));
    // Corrected p-values, and revenue of both in the baskets with both.
    let tested = rules(&["--min-count", "400", "--p-values", "--alpha", "0.01", "--revenue", "--sort", "p-value"]);
    let p_values: Vec<f64> = tested.rows.iter().map(|row| tested.cell(row, "p_value").parse().unwrap()).collect();
    assert!(p_values.is_sorted() && p_values.iter().all(|p| (0.0..=0.01).contains(p)));
    let revenue = format!(
        "select sum(amount) from order_lines_wide where is_sale_line and product_id in ('{PINK}', '{GREEN}') and order_id in \
         (select order_id from order_lines_wide where is_sale_line and product_id = '{PINK}') and order_id in \
         (select order_id from order_lines_wide where is_sale_line and product_id = '{GREEN}')"
    );
    assert_eq!(tested.cell(tested.rule(PINK, GREEN), "revenue"), shop.rows(&revenue)[0]);
    let by_customer =
        rules(&["--by", "customer", "--min-count", "100", "--country", "United Kingdom", "--since", "2011-06-01"]);
    assert!(by_customer.counts(&by_customer.rows[0])[0] < 4_338);
    let days = rules(&["--by", "customer-day", "--min-count", "300"]);
    assert!(days.counts(days.rule(PINK, GREEN))[0] < 17_087);
}

#[test]
fn the_best_of_all_rules_without_a_support_chosen() {
    let Some(shop) = Data::OnlineRetail.shop("the_best_of_all_rules_without_a_support_chosen") else { return };
    let csv = |arguments: &[&str]| shop.wharf(&[&["basket", "--format", "csv"], arguments].concat()).succeeds().out;
    // The same as all rules in order, cut off.
    let asked: [&[&str]; 6] = [
        &[],
        &["--sort", "lift"],
        &["--sort", "leverage", "--of", PINK],
        &["--sort", "count", "--revenue"],
        &["--sort", "confidence", "--min-lift", "50", "--min-count", "20"],
        &["--sort", "kulczynski", "--p-values", "--alpha", "0.01", "--min-support", "0.1%"],
    ];
    for asked in asked {
        let floor = if asked.iter().any(|flag| flag.starts_with("--min-")) { &[][..] } else { &["--min-count", "5"] };
        let best = csv(&[asked, &["--top", "30"]].concat());
        assert_eq!(best.lines().count(), 31, "{asked:?}");
        assert!(best == csv(&[asked, floor, &["--limit", "30"]].concat()), "{asked:?}");
    }
    let longer = ["--max-length", "3", "--customers", "known", "--since", "2011-11-01", "--revenue"];
    let best = csv(&[&longer[..], &["--top", "12", "--sort", "leverage"]].concat());
    assert!(best == csv(&[&longer[..], &["--min-count", "5", "--sort", "leverage", "--limit", "12"]].concat()));
    // Rarer than what the chosen support leaves.
    let ran = shop.wharf(&["basket", "--top", "25", "--sort", "lift"]).succeeds();
    let ran = ran.says(&["The 25 best of all rules by lift, each in 5 baskets or more (0.03%).", "3654.6"]);
    // And three remarks.
    assert_eq!(ran.out.lines().filter(|line| line.contains('.')).count(), 25 + 3, "{}", ran.out);
}

#[test]
fn the_best_rules_of_a_file_and_what_contradicts_them() {
    let folder = tempfile::tempdir().unwrap();
    let lines: String = (0..40).map(|row| format!("{} {} {} 9\n", row % 2, 2 + row % 3, 5 + row % 4)).collect();
    std::fs::write(folder.path().join("rows.dat"), lines).unwrap();
    let basket = |arguments: &[&str]| wharf(folder.path(), &[&["basket", "--file", "rows.dat"], arguments].concat());
    let best = basket(&["--top", "4", "--sort", "lift", "--max-length", "3", "--format", "csv"]).succeeds().out;
    let all = ["--rules", "--min-count", "5", "--sort", "lift", "--max-length", "3", "--limit", "4", "--format", "csv"];
    assert_eq!((best.lines().count(), &best), (5, &basket(&all).succeeds().out));
    basket(&["--top", "0"]).ends_with(2);
    for (flag, value) in [("--limit", Some("5")), ("--itemsets", Some("all")), ("--count-only", None)] {
        let more: Vec<&str> = [flag].into_iter().chain(value).collect();
        basket(&[&["--top", "3"], &more[..]].concat()).ends_with(2).tells(&["cannot be used with", flag]);
    }
    basket(&["--top", "3", "--sort", "p-value"]).ends_with(2).tells(&["by a metric", "--sort p-value --limit 3"]);
    basket(&["--top", "3", "--max-length", "1"]).ends_with(2).tells(&["two items or more"]);
    let shop = Shop::new("online-retail");
    shop.wharf(&["basket", "--top", "3", "--by", "lift"])
        .ends_with(2)
        .tells(&["--by says what a basket is", "--sort lift"]);
    shop.wharf(&["basket", "--top", "3", "--by", "lifft"]).ends_with(2).tells(&["customer-day"]);
    shop.wharf(&["basket", "--top", "3", "--revenue", "--sort", "revenue"])
        .ends_with(2)
        .tells(&["by a metric", "--revenue --sort revenue --limit 3"]);
}

#[test]
fn itemsets_of_a_shop() {
    let Some(shop) = Data::OnlineRetail.shop("itemsets_of_a_shop") else { return };
    let sets = |kind: &str| {
        let arguments = ["basket", "--min-count", "500", "--itemsets", kind, "--revenue", "--format", "csv"];
        Rows::of(&shop.wharf(&arguments).succeeds().out)
    };
    let all = sets("all");
    let pair = all.rows.iter().find(|row| all.cell(row, "items") == format!("{GREEN} + {PINK}")).unwrap();
    assert_eq!((all.cell(pair, "count"), all.cell(pair, "length")), ("632", "2"));
    assert!(all.cell(pair, "names").contains("GREEN REGENCY TEACUP AND SAUCER + PINK"));
    let (closed, maximal) = (sets("closed").rows.len(), sets("maximal").rows.len());
    assert!(maximal <= closed && closed <= all.rows.len() && maximal > 0);
    let counts: Vec<u64> = all.rows.iter().map(|row| all.cell(row, "count").parse().unwrap()).collect();
    assert!(counts.is_sorted_by(|a, b| a >= b));
    // What they are worth obeys the limit that their finding does.
    let many =
        ["basket", "--itemsets", "all", "--min-count", "30", "--max-length", "3", "--threads", "1", "--limit", "1"];
    let within = |more: &[&str]| shop.wharf(&[&many, more].concat());
    within(&["--memory", "80MB"]).succeeds();
    within(&["--memory", "80MB", "--revenue"]).ends_with(1).tells(&[
        "adding up what sets are worth takes more than the memory limit of 80 MiB",
        "or let it take more: --memory",
    ]);
    within(&["--memory", "500MB", "--revenue"]).succeeds();
}

#[test]
fn what_goes_with_a_product_a_basket_and_a_customer() {
    let Some(shop) = Data::OnlineRetail.shop("what_goes_with_a_product_a_basket_and_a_customer") else { return };
    let first = |arguments: &[&str]| {
        let all = [&["recommend", "--format", "csv"], arguments].concat();
        let rows = Rows::of(&shop.wharf(&all).succeeds().out);
        assert!(!rows.rows.is_empty() && rows.rows.len() <= 10);
        let product = |row: &Vec<String>| rows.cell(row, "product_id").to_owned();
        rows.rows.iter().map(product).collect::<Vec<_>>()
    };
    assert_eq!(first(&[PINK])[0], GREEN);
    assert_eq!(first(&["Pink Regency Teacup and Saucer"]), first(&[PINK]));
    let both = first(&[PINK, GREEN]);
    assert!(!both.contains(&PINK.to_owned()) && !both.contains(&GREEN.to_owned()));
    assert_eq!(first(&["573585", "--limit", "3"]), first(&["--order", "573585", "--limit", "3"]));
    let bought = shop.rows("select distinct product_id from order_lines where customer_id = '12748' and kind = 'sale'");
    assert!(first(&["--customer", "12748"]).iter().all(|product| !bought.contains(product)));
    shop.wharf(&["recommend", "PINK REGENCY TEACUP AND SAUCE"]).ends_with(1).tells(&["did you mean `PINK REGENCY"]);
    shop.wharf(&["recommend", PINK, "nonesuch"]).ends_with(1).tells(&["there is no product `nonesuch`"]);
    shop.wharf(&["recommend"]).ends_with(2);
    shop.wharf(&["recommend", "--customer", "nobody"]).ends_with(1).tells(&["there is no customer `nobody`"]);
    // One who took all back is a customer all the same.
    let never = "select customer_id from customers where customer_id not in (select customer_id from order_lines where kind = 'sale' and \
                 customer_id is not null) order by 1 limit 1";
    shop.wharf(&["recommend", "--customer", &shop.rows(never)[0]]).succeeds().tells(&["no product is bought with it"]);
}

#[test]
fn categories_of_olist() {
    let Some(shop) = Data::OlistSample.shop("categories_of_olist") else { return };
    let ran = shop.wharf(&["basket", "--by", "customer", "--level", "category", "--min-count", "1"]).succeeds();
    ran.says(&["both_baskets", " baskets; "]);
    // Hardly anyone buys two products at once here: that is said, and is no failure.
    let ran = shop.wharf(&["basket", "--min-count", "50"]).succeeds();
    ran.says(&[
        "Nothing is together in 50 baskets or more.",
        "Tried: ",
        " pairs of items, the most common in ",
        "--min-count",
    ]);
    let ran = shop.wharf(&["basket", "--min-count", "50", "--format", "csv"]).succeeds();
    let ran = ran.tells(&["Nothing is together in 50 baskets or more."]);
    assert_eq!(ran.out.lines().count(), 1, "{}", ran.out);
    let Some(retail) = Data::OnlineRetail.shop("categories_of_olist") else { return };
    retail.wharf(&["basket", "--level", "category"]).ends_with(1).tells(&["no categories", "--level product"]);
}

/// Six orders with a pot and a pan, some with a lid, one of a single product.
fn small() -> String {
    let mut csv = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n".to_owned();
    for order in 1..=6 {
        for (code, name) in [("A", "POT"), ("K", "PAN"), ("L", "LID")] {
            if code != "L" || order > 3 {
                csv += &format!("{order},{code},{name},1,2011-01-0{order} 10:00:00,2.50,7,France\n");
            }
        }
    }
    for order in 7..=12 {
        csv += &format!(
            "{order},P,CUP,1,2011-01-07 10:00:00,2.50,8,Spain\n{order},Q,MUG,1,2011-01-07 10:00:00,2.50,8,Spain\n"
        );
    }
    csv + "13,A,POT,1,2011-01-08 10:00:00,2.50,8,Spain\n"
}

const RULES: &str = "select antecedent, consequent, baskets, both_baskets, rank from basket_rules order by 1, 2";

#[test]
fn the_table_is_a_step_of_a_run() {
    let shop = Shop::new("online-retail");
    shop.write("inbox/first.csv", &small());
    shop.wharf(&["plan"]).succeeds().says(&["build basket_rules          whole: missing"]);
    shop.wharf(&["run"]).succeeds().says(&["basket_rules", "4 rows"]);
    assert_eq!(shop.rows(RULES), ["A,K,12,6,1", "K,A,12,6,1", "P,Q,12,6,1", "Q,P,12,6,1"]);
    shop.wharf(&["tables"]).succeeds().says(&["insight"]);
    shop.wharf(&["describe", "basket_rules"]).succeeds().says(&["(insight)", "How far the antecedent moves", "double"]);
    shop.wharf(&["models"]).succeeds().says(&["basket_rules          insight"]);
    shop.wharf(&["models", "show", "basket_rules"]).succeeds().says(&[
        "association_rules",
        "min_certainty: 0.1",
        "order_id as basket",
    ]);
    shop.wharf(&["models", "graph", "--format", "mermaid"]).succeeds().says(&["subgraph insight"]);
    shop.wharf(&["check", "--select", "layer:insight"]).succeeds().says(&["basket_rules"]);
    let is_database = crate::elsewhere::is_database();
    assert!(is_database || shop.path("lake/insight/basket_rules/_delta_log").is_dir());
    // Nothing changed, nothing is done.
    let manifest = shop.published();
    shop.wharf(&["plan"]).succeeds().says(&["Nothing to do"]);
    shop.wharf(&["run"]).succeeds().says(&["Nothing to do"]);
    assert_eq!(shop.published(), manifest);
    // New lines are: it follows what it reads.
    let more = small().lines().nth(1).unwrap().replace("1,A", "20,A").replace("01-01", "01-09");
    let header = small().lines().next().unwrap().to_owned();
    shop.write("inbox/second.csv", &format!("{header}\n{more}\n{}\n", more.replace("A,POT", "K,PAN")));
    shop.wharf(&["plan"]).succeeds().says(&["basket_rules          whole: follows order_lines_wide"]);
    shop.wharf(&["run", "--select", "+daily_sales"]).succeeds();
    assert_eq!(shop.rows(RULES)[0], "A,K,12,6,1", "left out, it keeps what it had");
    shop.wharf(&["plan"]).succeeds().says(&["basket_rules", "not done yet"]);
    shop.wharf(&["run", "--select", "basket_rules"]).succeeds().says(&["basket_rules"]);
    assert_eq!(shop.rows(RULES)[0], "A,K,13,7,1");
    shop.wharf(&["undo", "2"]).succeeds();
    assert_eq!(shop.rows(RULES)[0], "A,K,12,6,1");
}

/// Whether basket_rules is a table of the layer, and in the lake a folder too.
fn lies_in(shop: &Shop, layer: &str) -> bool {
    let tables = shop.wharf(&["tables", "--format", "csv"]).succeeds().out;
    let is_listed = tables.contains(&format!("basket_rules,{layer},"));
    let is_folder = shop.path(&format!("lake/{layer}/basket_rules")).is_dir();
    assert!(crate::elsewhere::is_database() || is_listed == is_folder);
    is_listed
}

#[test]
fn the_table_is_the_shops_to_change() {
    let shop = Shop::new("online-retail");
    shop.write("inbox/first.csv", &small());
    shop.wharf(&["run"]).succeeds();
    let header = "/* wharf\ndescription: By country.\nanalysis: association_rules\nsettings: {min_count: 2, partners: 1, alpha: 1}\n*/\n";
    let sql = "select order_id as basket, product_id as item from order_lines_wide where is_sale_line";
    shop.write("models/basket_rules.sql", &format!("{header}{sql}\n"));
    shop.wharf(&["plan"]).succeeds().says(&["build basket_rules  whole: its text or a parent's changed"]);
    shop.wharf(&["run"]).succeeds().says(&["basket_rules"]);
    // A lid is in three baskets, all of them with a pot: chance enough to leave that out by default.
    let sql_of_lid =
        "select consequent, both_baskets, cast(p_value as decimal(18, 6)) from basket_rules where antecedent = 'L'";
    assert_eq!(shop.rows(sql_of_lid), ["A,3,0.363636"]);
    assert_eq!(shop.rows("select count(*), max(baskets) from basket_rules"), ["5,12"]);
    // A table of one's own beside it, read by a model, tested like any.
    shop.write("models/pairs.sql", &format!("{header}{sql}\n"));
    let reader = "/* wharf\ndescription: x\n*/\nselect antecedent, lift from pairs where rank = 1\n";
    shop.write("models/best.sql", reader);
    shop.write(
        "tests/pairs.yaml",
        "twice:\n  model: pairs\n  given:\n    order_lines_wide:\n\
         \x20     - {order_id: a, product_id: x, is_sale_line: true}\n      - {order_id: a, product_id: y, is_sale_line: true}\n\
         \x20     - {order_id: b, product_id: x, is_sale_line: true}\n      - {order_id: b, product_id: y, is_sale_line: true}\n\
         \x20     - {order_id: c, product_id: z, is_sale_line: true}\n      - {order_id: c, product_id: v, is_sale_line: true}\n\
         \x20 expect:\n    - {antecedent: x, consequent: y, both_baskets: 2}\n    - {antecedent: y, consequent: x, both_baskets: 2}\n",
    );
    shop.wharf(&["lint"]).succeeds();
    shop.wharf(&["test", "--only", "twice"]).succeeds().says(&["1 passed"]);
    shop.wharf(&["run"]).succeeds().says(&["best"]);
    assert!(!shop.rows("select * from best").is_empty());
    // A query in its place moves the table to the marts, and the old one goes.
    shop.write("models/basket_rules.sql", "/* wharf\ndescription: x\n*/\nselect 1 as antecedent\n");
    shop.wharf(&["run"]).succeeds();
    assert!(lies_in(&shop, "marts") && !lies_in(&shop, "insight"));
    shop.wharf(&["recommend", "A"]).ends_with(2);
    std::fs::remove_file(shop.path("models/basket_rules.sql")).unwrap();
    shop.wharf(&["run"]).succeeds();
    assert!(!lies_in(&shop, "marts") && lies_in(&shop, "insight"));
    shop.wharf(&["recommend", "A"]).succeeds().says(&["PAN"]);
}

#[test]
fn mistakes_in_the_header_of_an_analysis() {
    let shop = Shop::new("online-retail");
    let sql = "select order_id as baskets, product_id as item from order_lines_wide";
    let header =
        "/* wharf\ndescription: x\nanalysis: asociation_rules\nsettings: {min_cnt: 5}\ncolumns: {liift: y}\n*/\n";
    shop.write("models/mine.sql", &format!("{header}{sql}\n"));
    shop.wharf(&["run"]).ends_with(2).tells(&["models/mine.sql:3:11", "did you mean `association_rules`?"]);
    shop.write("models/mine.sql", &format!("{}{sql}\n", header.replace("asoc", "assoc")));
    shop.wharf(&["lint"]).ends_with(2).tells(&[
        "models/mine.sql:4:12: there is no setting `min_cnt`: did you mean `min_count`?",
        "models/mine.sql:7:1: the SELECT gives no column `basket`",
        "nothing is done with the column `baskets`",
        "no column `liift`",
        "did you mean `lift`?",
    ]);
    let header =
        "/* wharf\ndescription: x\nanalysis: association_rules\nsettings: {min_count: 0.5}\nchecks: [lifft > 1]\n*/\n";
    shop.write("models/mine.sql", &format!("{header}{}\n", sql.replace("baskets", "basket")));
    shop.wharf(&["lint"]).ends_with(2).tells(&["`min_count` is a whole number from 0 to", "not `0.5`"]);
    shop.write("models/mine.sql", &format!("{}select * from order_lines_wide\n", header.replace("0.5", "5")));
    shop.wharf(&["lint"]).ends_with(2).tells(&["the SELECT gives no column `basket`", "reads `lifft`"]);
}

#[test]
fn itemsets_of_public_files() {
    let Some(folder) = data("itemsets_of_public_files", "fimi") else { return };
    let known = [
        ("retail.dat", 88, 7_712),
        ("retail.dat", 9, 240_852),
        ("T10I4D100K.dat", 100, 27_532),
        ("T10I4D100K.dat", 10, 411_365),
        // One more than pyfim's eclat, fpgrowth and apriori tell: they leave out the item that every basket has.
        ("mushroom.dat", 812, 574_513),
        ("chess.dat", 1600, 1_261_227),
    ];
    for (file, count, sets) in known {
        let count = count.to_string();
        let arguments = ["basket", "--file", file, "--min-count", &count, "--count-only"];
        let ran = wharf(&folder, &arguments).succeeds();
        assert!(ran.out.starts_with(&format!("itemsets {sets} seconds ")), "{file} at {count}: {}", ran.out);
    }
    let arguments = ["basket", "--file", "retail.dat", "--min-count", "88", "--threads", "1", "--format", "csv"];
    let sets = Rows::of(&wharf(&folder, &arguments).succeeds().out);
    assert_eq!(sets.rows.len(), 7_712);
    let arguments = ["basket", "--file", "retail.dat", "--min-support", "0.1%", "--itemsets", "all", "--format", "csv"];
    // 0.1% of 88,162 is 88.162, so 89 baskets.
    let more = Rows::of(&wharf(&folder, &arguments).succeeds().out);
    let least = more.rows.iter().map(|row| more.cell(row, "count").parse::<u64>().unwrap()).min();
    assert_eq!((least, more.rows.len() < sets.rows.len()), (Some(89), true));
    let counted = wharf(
        &folder,
        &["basket", "--file", "mushroom.dat", "--min-count", "4000", "--count-only", "--format", "json"],
    );
    counted.succeeds().says(&["\"itemsets\":", "\"seconds\":"]);
}

#[test]
fn files_of_names() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("lines.csv", "milk,bread\nmilk, bread ,\"eggs, brown\"\nbread\n,,\nmilk,milk\n");
    let sets = |arguments: &[&str]| {
        let all = [&["basket", "--format", "csv"], arguments].concat();
        wharf(folder.path(), &all).succeeds().out
    };
    assert_eq!(
        sets(&["--file", "lines.csv", "--min-count", "2"]),
        "items,length,count,support\nbread,1,3,0.6\nmilk,1,3,0.6\nbread + milk,2,2,0.4\n"
    );
    assert!(sets(&["--file", "lines.csv", "--min-count", "1"]).contains("\"eggs, brown\",1,1,0.2"));
    write("rows.csv", "Order ID;sku;n\n1;a;2\n2;a;1\n1;b;1\n2;b;1\n3;c;1\n;d;1\n");
    write(
        "rows.jsonl",
        "{\"order\": 1, \"sku\": \"a\"}\n{\"order\": 1, \"sku\": \"b\"}\n{\"order\": 2, \"sku\": \"b\"}\n",
    );
    let ab = "items,length,count,support\na,1,2,0.666666666";
    let rows = ["--file", "rows.csv", "--group", "order id", "--item", "sku", "--min-count", "2"];
    assert!(sets(&rows).starts_with(ab), "{}", sets(&rows));
    assert!(
        sets(&["--file", "rows.jsonl", "--group", "order", "--item", "sku", "--min-count", "1"])
            .contains("a + b,2,1,0.5")
    );
    let rules = sets(&["--file", "rows.csv", "--group", "Order ID", "--item", "sku", "--min-count", "2", "--rules"]);
    assert!(rules.lines().nth(1).unwrap().starts_with("a,,b,,3,2,2,2,0.666666666"), "{rules}");
    wharf(folder.path(), &["basket", "--file", "rows.csv", "--group", "ordr id", "--item", "sku"])
        .ends_with(2)
        .tells(&["no column `ordr id`", "did you mean `Order ID`?"]);
    wharf(folder.path(), &["basket", "--file", "rows.csv", "--group", "sku"]).ends_with(2).tells(&["--item"]);
    wharf(folder.path(), &["basket", "--file", "rows.csv", "--group", "sku", "--item", "SKU"])
        .ends_with(2)
        .tells(&["same column"]);
    wharf(folder.path(), &["basket", "--file", "rows.jsonl"]).ends_with(2).tells(&["--file-format"]);
}

#[test]
fn files_that_are_none() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let basket = |arguments: &[&str]| wharf(folder.path(), &[&["basket"], arguments].concat());
    basket(&["--file", "nowhere.dat"]).ends_with(1).tells(&["there is no file nowhere.dat"]);
    basket(&["--file", "nowhere.csv", "--group", "a", "--item", "b"]).ends_with(1).tells(&["there is no file"]);
    write("empty.dat", "");
    write("empty.csv", "");
    basket(&["--file", "empty.dat", "--min-count", "1"]).ends_with(1).tells(&["has no baskets"]);
    basket(&["--file", "empty.csv", "--min-count", "1"]).ends_with(1).tells(&["has no baskets"]);
    basket(&["--file", "empty.csv", "--group", "a", "--item", "b"]).ends_with(2).tells(&["no column `a`"]);
    write("words.dat", "1 2 3\n4 five 6\n");
    basket(&["--file", "words.dat"]).ends_with(1).tells(&["words.dat:2:3", "--file-format csv"]);
    write("large.dat", "1 99999999999\n");
    basket(&["--file", "large.dat"]).ends_with(1).tells(&["too large a number"]);
    write("latin.csv", "");
    std::fs::write(folder.path().join("latin.csv"), b"a,b\nc,\xff\xfe\n").unwrap();
    basket(&["--file", "latin.csv"]).ends_with(1).tells(&["latin.csv:2:1", "UTF-8"]);
    // One item, in one basket, without an end of line.
    write("one.dat", "7");
    basket(&["--file", "one.dat", "--min-count", "1"]).succeeds().says(&["7 "]);
    basket(&["--file", "one.dat", "--min-count", "1", "--count-only"]).succeeds().says(&["itemsets 1 seconds"]);
    basket(&["--file", "one.dat", "--min-support", "1", "--count-only"]).succeeds().says(&["itemsets 1 seconds"]);
    basket(&["--file", "one.dat"]).succeeds().says(&["Nothing is together in 5 baskets or more.", "1 basket, none"]);
    basket(&["--file", "one.dat", "--min-count", "1", "--rules"])
        .succeeds()
        .says(&["Nothing is together in 1 basket or more."]);
    for support in ["0", "-0.5", "NaN", "1.5", "many"] {
        let flag = format!("--min-support={support}");
        basket(&["--file", "one.dat", &flag]).ends_with(2).tells(&["a share above 0 and up to 1"]);
    }
    basket(&["--file", "one.dat", "--min-count", "0"]).ends_with(2);
    basket(&["--file", "one.dat", "--min-count", "2", "--min-support", "0.1"]).ends_with(2).tells(&["cannot be used"]);
    basket(&["--file", "one.dat", "--country", "France"]).ends_with(2).tells(&["--country is for a shop's baskets"]);
    basket(&["--file", "one.dat", "--itemsets", "closd"]).ends_with(2).tells(&["closed"]);
    basket(&["--file", "one.dat", "--min-count", "1", "--itemsets", "all", "--min-lift", "2"])
        .ends_with(2)
        .tells(&["is for rules"]);
    basket(&["--min-items", "3", "--max-items", "2", "--file", "one.dat"]).ends_with(2).tells(&["--max-items is less"]);
    basket(&["--group", "a", "--item", "b"]).ends_with(2).tells(&["--file FILE"]);
    basket(&[]).ends_with(2).tells(&["wharf.toml", "wharf init"]);
    basket(&["--threads", "0", "--file", "one.dat"]).ends_with(2).tells(&["whole number from 1"]);
}

#[test]
fn a_monster_of_a_basket() {
    let folder = tempfile::tempdir().unwrap();
    let monster: Vec<String> = (0..100_000).map(|item| item.to_string()).collect();
    let text = format!("1 2\n1 2\n{}\n1 2\n1 2 3\n1 2\n", monster.join(" "));
    std::fs::write(folder.path().join("monster.dat"), &text).unwrap();
    let basket = |arguments: &[&str]| wharf(folder.path(), &[&["basket", "--file", "monster.dat"], arguments].concat());
    let ran = basket(&["--min-count", "5", "--format", "csv"]).succeeds();
    assert_eq!(ran.out, "items,length,count,support\n1,1,6,1.0\n2,1,6,1.0\n1 + 2,2,6,1.0\n");
    let ran = basket(&["--min-count", "5", "--max-items", "2000", "--format", "csv"]).succeeds();
    assert!(ran.out.contains("1 + 2,2,5,1.0"), "{}", ran.out);
    ran.tells(&["1 basket with more than 2000 different items left out, the largest with 100000"]);
    // All sets of a large basket are more than any memory holds: an error with advice, in time.
    basket(&["--min-count", "1", "--memory", "64MB", "--max-length", "3"])
        .ends_with(1)
        .tells(&["memory limit", "--min-count"]);
    let shop = Shop::new("online-retail");
    let mut csv = small();
    for line in 0..3_000 {
        csv += &format!("99,X{line},THING,1,2011-01-09 10:00:00,2.50,7,France\n");
    }
    shop.write("inbox/first.csv", &csv);
    shop.wharf(&["run"])
        .succeeds()
        .says(&["1 basket with more than 2000 different items left out, the largest with 3000"]);
    assert_eq!(shop.rows(RULES), ["A,K,12,6,1", "K,A,12,6,1", "P,Q,12,6,1", "Q,P,12,6,1"]);
}

#[test]
fn a_shop_without_rules() {
    let shop = Shop::new("online-retail");
    shop.wharf(&["basket"]).ends_with(1).tells(&["there are no tables", "wharf run"]);
    shop.wharf(&["recommend", "A"]).ends_with(1).tells(&["wharf run"]);
    shop.write("inbox/first.csv", &small().lines().take(3).map(|line| format!("{line}\n")).collect::<String>());
    shop.wharf(&["run"]).succeeds().says(&["basket_rules", "0 rows"]);
    shop.wharf(&["basket"]).succeeds().says(&[
        "Nothing is together in 3 baskets or more.\nTried: 1 basket; 1 pair of items, the most common in 1 basket.\n",
        "--min-count 1 shows",
        "--level category",
        "--by customer",
    ]);
    shop.wharf(&["basket", "--min-count", "1"]).succeeds().says(&["POT", "PAN"]);
    shop.wharf(&["recommend", "A"]).succeeds().tells(&["no product is bought with it often enough"]);
    shop.wharf(&["basket", "--country", "Frnce"]).ends_with(1).tells(&["did you mean `France`?"]);
    shop.wharf(&["basket", "--since", "2020-01-01"])
        .ends_with(1)
        .tells(&["no sale lines of merchandise since 2020-01-01"]);
    shop.wharf(&["basket", "--min-items", "3"]).ends_with(1).tells(&["1 have fewer", "--min-items"]);
    shop.wharf(&["basket", "--by", "customer", "--customers", "all"]).ends_with(2).tells(&["guests"]);
    shop.wharf(&["basket", "--min-count", "1", "--of", "POTT"]).ends_with(1).tells(&["did you mean `POT`?"]);
}

#[test]
fn a_reader_of_itemsets_that_leaves_early_is_no_error() {
    let Some(folder) = data("a_reader_of_itemsets_that_leaves_early_is_no_error", "fimi") else { return };
    early(&folder, &["basket", "--file", "retail.dat", "--min-count", "20", "--format", "csv"]);
}

fn early(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_wharf"));
    command.current_dir(folder).args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}
