/* wharf
description: Customers that have an invoice or a credit note.
kind: incremental_by_unique_key
unique_key: customer_id
grain: [customer_id]
merge: {country: newest, created_at: min, _load: newest, _row: newest}
checks:
  - not_null(customer_id)
  - unique(customer_id)
*/
select
  customer_id,
  null as name,
  null as email,
  null as city,
  null as region,
  max(case when country_age = 1 then country end) as country,
  null as accepts_marketing,
  min(ordered_at) as created_at,
  max(case when age = 1 then _load end) as _load,
  max(case when age = 1 then _row end) as _row
from (
  select
    customer_id, country, ordered_at, _load, _row,
    row_number() over (partition by customer_id order by _load desc, _row desc) as age,
    row_number() over (
      partition by customer_id
      order by case when country is null then 1 else 0 end, _load desc, _row desc
    ) as country_age
  from orders
  where customer_id is not null
) as newest_first
group by customer_id
