//! One model: must it run, for which days, and why.

use models::{Kind, Model};
use retail::day::Day;

use super::{Request, Step};
use crate::state::{ModelState, Owes};

/// What became, or will become, other in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    Days(Vec<Day>),
    All,
    /// Some days; which ones is not known before rows have landed.
    Landed,
}

impl Change {
    /// What a step will change, as far as is known before. `follows`: something that the model reads changed.
    pub fn of(model: &Model, step: &Step, follows: bool) -> Change {
        // Made as a whole, and then told by the days that came out otherwise.
        let tells_days = model.header.kind == Kind::Full && model.header.time_column.is_some();
        match (&step.days, &step.note) {
            (Some(days), _) => Change::Days(days.clone()),
            (None, Some(_)) => Change::Landed,
            (None, None) if tells_days && follows => Change::Landed,
            (None, None) => Change::All,
        }
    }
}

/// What a view, which never runs, passes on of its parents' changes.
pub fn through_view(model: &Model, parents: &[(&str, &Change)]) -> Option<Change> {
    if model.header.kind != Kind::View || parents.is_empty() {
        return None;
    }
    let mut days: Vec<Day> = Vec::new();
    for (_, change) in parents {
        match change {
            Change::Days(changed) if model.runs_by_day() => days.extend(changed),
            Change::Landed => return Some(Change::Landed),
            _ => return Some(Change::All),
        }
    }
    days.sort_unstable();
    days.dedup();
    Some(Change::Days(days))
}

/// `parents`: those that changed. A joined parent's change stands there as the days of the driving table that it bears on.
pub fn decide(
    model: &Model,
    known: Option<&ModelState>,
    fingerprint: &str,
    request: &Request,
    parents: &[(&str, &Change)],
) -> Option<Step> {
    let step = |reason: &str, days: Option<Vec<Day>>, note: Option<&str>| {
        Some(Step { model: model.name.clone(), reason: reason.to_owned(), days, note: note.map(str::to_owned) })
    };
    let whole = |reason: &str| step(reason, None, None);
    let Some(known) = known else { return whole("missing") };
    if request.full_refresh {
        return whole("full refresh");
    }
    if known.fingerprint != fingerprint {
        return whole("its text or a parent's changed");
    }
    let names: Vec<&str> = parents.iter().map(|(name, _)| *name).collect();
    let follows = format!("follows {}", names.join(", "));
    if model.header.kind == Kind::View {
        return None;
    }
    if model.header.kind != Kind::IncrementalByTimeRange {
        return match (&known.owes, parents.is_empty(), &request.days) {
            (Owes::Nothing, true, None) => None,
            (Owes::Nothing, true, Some(_)) => None,
            (Owes::Nothing, false, _) => whole(&follows),
            _ => whole("not done yet"),
        };
    }
    let mut days: Vec<Day> = Vec::new();
    let mut reasons: Vec<&str> = Vec::new();
    match &known.owes {
        Owes::Everything => return whole("not done yet"),
        Owes::Days(owed) => {
            days.extend(owed);
            reasons.push("not done yet");
        }
        Owes::Nothing => {}
    }
    if let Some((first, last)) = request.days {
        days.extend(first..=last);
        reasons.push("asked for");
    }
    if parents.iter().any(|(_, change)| **change == Change::All) {
        return whole(&follows);
    }
    for (_, change) in parents {
        if let Change::Days(changed) = change {
            let reach = model.header.lookback as Day;
            days.extend(changed.iter().flat_map(|day| *day..=*day + reach));
        }
    }
    if parents.iter().any(|(_, change)| **change == Change::Landed) {
        return step(&follows, None, Some("the days that landed rows touch"));
    }
    if days.is_empty() {
        return None;
    }
    if !parents.is_empty() {
        reasons.push(&follows);
    }
    days.sort_unstable();
    days.dedup();
    step(&reasons.join(", "), Some(days), None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use models::Layer;

    fn model(kind: &str) -> Model {
        let text = format!("/* wharf\ndescription: d\nkind: {kind}\n*/\nselect day, 1 as n from t");
        Model::parse("m", "m.sql", Layer::Marts, &text).unwrap()
    }

    const BY_DAY: &str = "incremental_by_time_range\ntime_column: day\nlookback: 1";

    fn known(owes: Owes) -> ModelState {
        ModelState { fingerprint: "f".into(), owes }
    }

    fn days(step: Option<Step>) -> Option<Vec<Day>> {
        step.and_then(|step| step.days)
    }

    #[test]
    fn nothing_new_is_nothing_to_do() {
        let idle = known(Owes::Nothing);
        assert_eq!(decide(&model("full"), Some(&idle), "f", &Request::default(), &[]), None);
        assert_eq!(decide(&model(BY_DAY), Some(&idle), "f", &Request::default(), &[]), None);
    }

    #[test]
    fn missing_and_changed_models_run_whole() {
        for (state, fingerprint) in [(None, "f"), (Some(known(Owes::Nothing)), "g")] {
            let step = decide(&model(BY_DAY), state.as_ref(), fingerprint, &Request::default(), &[]).unwrap();
            assert_eq!(step.days, None);
        }
    }

    #[test]
    fn changed_days_reach_as_far_as_the_lookback() {
        let change = Change::Days(vec![10, 20]);
        let step =
            decide(&model(BY_DAY), Some(&known(Owes::Days(vec![5]))), "f", &Request::default(), &[("t", &change)]);
        assert_eq!(days(step), Some(vec![5, 10, 11, 20, 21]));
    }

    #[test]
    fn views_pass_on_what_they_read() {
        let days = Change::Days(vec![3, 5]);
        let by_day = model("view\ntime_column: day");
        assert_eq!(
            through_view(&by_day, &[("t", &days), ("u", &Change::Days(vec![4]))]),
            Some(Change::Days(vec![3, 4, 5]))
        );
        assert_eq!(through_view(&by_day, &[("t", &days), ("u", &Change::Landed)]), Some(Change::Landed));
        assert_eq!(through_view(&model("view"), &[("t", &days)]), Some(Change::All));
        assert_eq!(through_view(&model("view"), &[]), None);
        assert_eq!(through_view(&model("full"), &[("t", &days)]), None);
    }

    #[test]
    fn a_whole_model_with_days_tells_days() {
        let step = Step { model: "m".into(), reason: "follows t".into(), days: None, note: None };
        assert_eq!(Change::of(&model("full\ntime_column: day"), &step, true), Change::Landed);
        assert_eq!(Change::of(&model("full\ntime_column: day"), &step, false), Change::All);
        assert_eq!(Change::of(&model("full"), &step, true), Change::All);
    }

    #[test]
    fn asked_days_run_by_day_models_alone() {
        let request = Request { days: Some((3, 5)), ..Request::default() };
        assert_eq!(days(decide(&model(BY_DAY), Some(&known(Owes::Nothing)), "f", &request, &[])), Some(vec![3, 4, 5]));
        assert_eq!(decide(&model("full"), Some(&known(Owes::Nothing)), "f", &request, &[]), None);
    }
}
