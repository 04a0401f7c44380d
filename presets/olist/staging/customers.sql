/* wharf
description: Persons; one may have several of Olist's customer_id, one for each order.
kind: full
grain: [customer_id]
checks:
  - not_null(customer_id)
  - unique(customer_id)
*/
select
  c.customer_id,
  null as name,
  null as email,
  c.city,
  c.region,
  'Brazil' as country,
  null as accepts_marketing,
  o.created_at,
  c._load,
  c._row
from (
  select
    coalesce(customer_unique_id, customer_id) as customer_id,
    customer_city as city,
    customer_state as region,
    _load,
    _row,
    row_number() over (
      partition by coalesce(customer_unique_id, customer_id) order by _load desc, _row desc
    ) as age
  from olist_customers
) as c
left join (
  select customer_id, min(ordered_at) as created_at
  from orders
  group by customer_id
) as o on o.customer_id = c.customer_id
where c.age = 1
