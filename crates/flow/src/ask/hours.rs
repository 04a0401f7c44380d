//! When people buy: by weekday and hour of the shop's clock.

use super::filter::{Filter, SOLD};
use super::question::Literal;

/// Weekdays count from Monday, 1, to Sunday, 7. `zone`: the shop's IANA time zone.
pub fn hours(filter: &Filter, zone: &str) -> String {
    let zone = Literal::Text(zone.to_owned());
    let lines = filter.of_lines().and_also(SOLD);
    format!(
        "select cast(case extract(dow from day) when 0 then 7 else extract(dow from day) end as bigint) as weekday, \
           cast(extract(hour from occurred_at at time zone {zone}) as bigint) as hour, \
           count(distinct order_id) as orders, \
           cast(sum(case when is_merchandise then amount else 0 end) as decimal(18, 4)) as gross_sales \
         from order_lines_wide {lines} group by 1, 2 order by 1, 2"
    )
}
