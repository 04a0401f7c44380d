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
    /// Rows are about to land; which days they touch is not known yet.
    Landed,
}

impl Change {
    /// What a step changes.
    pub fn of(step: &Step) -> Change {
        match (&step.days, &step.note) {
            (Some(days), _) => Change::Days(days.clone()),
            (None, Some(_)) => Change::Landed,
            (None, None) => Change::All,
        }
    }
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
    fn asked_days_run_by_day_models_alone() {
        let request = Request { days: Some((3, 5)), ..Request::default() };
        assert_eq!(days(decide(&model(BY_DAY), Some(&known(Owes::Nothing)), "f", &request, &[])), Some(vec![3, 4, 5]));
        assert_eq!(decide(&model("full"), Some(&known(Owes::Nothing)), "f", &request, &[]), None);
    }
}
