//! Order, selection, fingerprints and what is told about graphs that are none.

use std::collections::BTreeMap;

use super::*;
use crate::model::Layer;

fn model(name: &str, header: &str, sql: &str) -> Model {
    let layer = if name.starts_with("stg") { Layer::Staging } else { Layer::Marts };
    let text = format!("/* wharf\n{header}\n*/\n{sql}");
    Model::parse(name, &format!("{name}.sql"), layer, &text).unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// landed → stg_a, stg_b → wide → daily, summary; other alone.
fn shop() -> Vec<Model> {
    vec![
        model("summary", "tags: [slow]", "select a from wide"),
        model("daily", "kind: view\ntags: [fast, daily]", "select a from wide join stg_a on true"),
        model("wide", "", "select x.a from stg_a x join stg_b y on true"),
        model("stg_b", "", "select a from landed"),
        model("stg_a", "", "select a from landed"),
        model("other", "", "select 1 as a"),
    ]
}

fn graph() -> Graph {
    Graph::build(shop(), &["landed", "spare"]).unwrap()
}

fn problems(models: Vec<Model>) -> Vec<String> {
    Graph::build(models, &["landed"]).unwrap_err().iter().map(Problem::to_string).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn order_is_topological_and_stable() {
    let graph = graph();
    assert_eq!(graph.order(), ["other", "stg_a", "stg_b", "wide", "daily", "summary"]);
    assert_eq!(*graph.parents("daily"), set(&["stg_a", "wide"]));
    assert_eq!(*graph.children("wide"), set(&["daily", "summary"]));
    assert_eq!(graph.ancestors("summary"), set(&["stg_a", "stg_b", "wide"]));
    assert_eq!(graph.descendants("stg_b"), set(&["wide", "daily", "summary"]));
    assert_eq!((graph.readers("landed"), graph.externals("stg_a").len()), (set(&["stg_a", "stg_b"]), 1));
    let mut reversed = shop();
    reversed.reverse();
    assert_eq!(Graph::build(reversed, &["landed"]).unwrap().order(), graph.order());
}

#[test]
fn checks_see_what_is_made_in_fewer_steps() {
    let mut models = shop();
    models.push(model(
        "asks",
        "checks: [\"a in (select a from other)\", \"a in (select a from last)\"]",
        "select a from wide",
    ));
    models.push(model("last", "", "select a from asks"));
    let graph = Graph::build(models, &["landed"]).unwrap();
    let awaited = graph.awaited();
    assert_eq!(awaited["asks"], BTreeSet::from(["other", "wide"]));
    assert_eq!((awaited["last"].len(), awaited["other"].len(), awaited.len()), (1, 0, 8));
}

#[test]
fn selection() {
    let graph = graph();
    let select = |text: &str| graph.select(text).unwrap_or_else(|problem| panic!("{problem}"));
    assert_eq!(select("daily"), set(&["daily"]));
    assert_eq!(select("+wide"), set(&["stg_a", "stg_b", "wide"]));
    assert_eq!(select("stg_a+ other"), set(&["stg_a", "wide", "daily", "summary", "other"]));
    assert_eq!(select("+wide+").len(), 5);
    assert_eq!(select("stg_*"), set(&["stg_a", "stg_b"]));
    assert_eq!(select("tag:fast tag:sl*"), set(&["daily", "summary"]));
    assert_eq!((select("layer:staging"), select("kind:view")), (set(&["stg_a", "stg_b"]), set(&["daily"])));
    assert_eq!(select("landed+").len(), 5);
    assert_eq!(select("*").len(), 6);
    assert!(select("").is_empty());
    let problem = |text: &str| graph.select(text).unwrap_err().to_string();
    assert_eq!(problem("wide +dayly"), "--select:1:7: nothing is selected by `dayly`\n  did you mean `daily`?");
    assert_eq!(problem("tag:fsat"), "--select:1:1: nothing is selected by `tag:fsat`\n  did you mean `fast`?");
    assert_eq!(problem("tga:x"), "--select:1:1: `tga:` is not known\n  did you mean `tag`?");
}

#[test]
fn a_later_model_overrides_an_earlier_one() {
    let mut models = shop();
    models.push(Model { file: "mine/wide.sql".into(), ..model("wide", "", "select a from stg_b") });
    let graph = Graph::build(models, &["landed"]).unwrap();
    assert_eq!(*graph.parents("wide"), set(&["stg_b"]));
    let overridden = Overridden { name: "wide".into(), file: "wide.sql".into(), by: "mine/wide.sql".into() };
    assert_eq!(graph.overridden(), [overridden]);
}

#[test]
fn a_disabled_model_is_left_out() {
    let mut models = shop();
    models.push(model("summary", "enabled: false", "select 1 as a"));
    assert!(Graph::build(models.clone(), &["landed"]).unwrap().model("summary").is_none());
    models.push(model("reader", "", "select a from summary"));
    assert_eq!(
        problems(models),
        [
            "reader.sql:4:15: the table `summary` is disabled\n  remove `enabled: false` from summary.sql, or disable this model too"
        ]
    );
}

#[test]
fn a_model_may_have_the_name_of_the_table_it_cleans() {
    let graph = Graph::build(
        vec![model("landed", "", "select a from landed"), model("b", "", "select a from landed")],
        &["landed"],
    );
    let graph = graph.unwrap();
    assert_eq!((graph.parents("landed").len(), graph.externals("landed").len()), (0, 1));
    assert_eq!((graph.parents("b").len(), graph.externals("b").len()), (1, 0));
    assert!(
        graph.to_dot().contains("  \"landed landed\" -> \"landed\";\n  \"landed\" -> \"b\";\n"),
        "{}",
        graph.to_dot()
    );
}

#[test]
fn unknown_tables_and_cycles_are_told() {
    let models = vec![
        model("stg_a", "checks: [\"relationships(a, lnded.a)\"]", "select a from landd"),
        model("b", "", "select a from c"),
        model("c", "", "select a from d where exists (select 1 from stg_a)"),
        model("d", "", "select\n  a from b"),
    ];
    assert_eq!(
        problems(models),
        [
            "b.sql:4:15: these models read each other in a circle: b → c → d → b\n  \
             take one of these reads away, or move the shared part to a model of its own",
            "stg_a.sql:2:11: there is no table `lnded`\n  did you mean `landed`?",
            "stg_a.sql:4:15: there is no table `landd`\n  did you mean `landed`?",
        ]
    );
    assert!(problems(vec![model("a", "", "select a from a")])[0].starts_with("a.sql:4:15: `a` reads itself"));
}

#[test]
fn fingerprints_follow_meaning() {
    let print = |models: Vec<Model>, name: &str, landed: &str| {
        let externals = BTreeMap::from([("landed".to_owned(), landed.to_owned())]);
        Graph::build(models, &["landed"]).unwrap().fingerprint(name, &externals).unwrap()
    };
    let first = print(shop(), "summary", "1");
    assert_eq!(first.len(), 32);
    let with = |stg_b: Model| {
        let mut models = shop();
        models.push(stg_b);
        print(models, "summary", "1")
    };
    let said =
        model("stg_b", "description: Words.\ntags: [x]\nchecks: [a > 0]", "SELECT /* why */ A\n FROM Landed -- yes");
    assert_eq!(with(said), first, "words about a model and white space change nothing");
    assert_ne!(with(model("stg_b", "", "select a from landed where a > 0")), first, "a parent's SQL");
    assert_ne!(
        with(model("stg_b", "", "select 'A' as a from landed")),
        with(model("stg_b", "", "select 'a' as a from landed"))
    );
    assert_ne!(with(model("stg_b", "partitioned_by: a", "select a from landed")), first, "a parent's storage");
    assert_ne!(print(shop(), "summary", "2"), first, "a landed table");
    assert_eq!(print(shop(), "other", "2"), print(shop(), "other", "1"));
    assert_eq!(shop()[0].fingerprint(), shop()[0].fingerprint());
}

#[test]
fn an_analysis_and_its_readers_follow_its_settings_and_its_code() {
    let print = |header: &str, code: &str| {
        let externals = BTreeMap::from([("analysis rules".to_owned(), code.to_owned())]);
        let rules = model("rules", header, "select a from landed");
        let reader = model("reader", "", "select x from rules");
        let graph = Graph::build(vec![rules, reader], &["landed"]).unwrap();
        graph.fingerprint("reader", &externals).unwrap()
    };
    let first = print("analysis: rules\nsettings: {least: 2}", "1");
    assert_eq!(print("description: Words.\nanalysis: rules\nsettings: {least: 2}", "1"), first);
    assert_ne!(print("analysis: rules\nsettings: {least: 3}", "1"), first);
    assert_ne!(print("analysis: rules\nsettings: {least: 2}", "2"), first);
}

#[test]
fn drawings() {
    let graph = graph();
    let text = graph.to_text();
    assert!(text.contains("\nstg_a    staging full                       ← landed\n"), "{text}");
    assert!(text.contains("\ndaily    marts view                         ← stg_a, wide\n"), "{text}");
    let mermaid = graph.to_mermaid();
    assert!(
        mermaid.starts_with("flowchart LR\n  t_landed[(\"landed\")]\n  subgraph staging\n    t_stg_a[\"stg_a\"]\n"),
        "{mermaid}"
    );
    assert!(mermaid.ends_with("  t_wide --> t_summary\n"), "{mermaid}");
    assert!(graph.to_dot().contains("  \"landed\" [shape=cylinder];\n"), "{}", graph.to_dot());
}

#[test]
fn models_that_run_by_day_mean_the_day_of_what_drives_them() {
    let by = |name: &str, column: &str, from: &str| {
        model(
            name,
            &format!("kind: incremental_by_time_range\ntime_column: {column}"),
            &format!("select day, week from {from}"),
        )
    };
    let orders = || {
        let text = "/* wharf\n*/\nselect a as day, a as week from landed";
        Model::parse("orders", "orders.sql", Layer::Staging, text).unwrap()
    };
    assert!(
        Graph::build(vec![orders(), by("daily", "day", "orders"), by("next", "day", "daily")], &["landed"]).is_ok()
    );
    // One without days is made as a whole, and so is what it drives.
    let whole = model("whole", "", "select day, week from orders");
    assert!(Graph::build(vec![orders(), whole, by("weekly", "week", "whole")], &["landed"]).is_ok());
    assert_eq!(
        problems(vec![orders(), by("daily", "day", "orders"), by("weekly", "week", "daily")]),
        ["weekly.sql:5:23: `weekly` runs by `week`, and `daily`, which drives it, by `day`\n  \
          make it `kind: full`, or run by `day` too"]
    );
}
