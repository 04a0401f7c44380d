/* wharf
description: Stock codes, under the first name that a line gave them.
kind: incremental_by_unique_key
unique_key: product_id
grain: [product_id]
merge: {name: oldest, _load: oldest, _row: oldest}
checks:
  - not_null(product_id, is_merchandise)
  - unique(product_id)
*/
-- The first name, since a name that changed with each file would change the days already told.
select
  product_id,
  product_id as sku,
  max(case when name_age = 1 then name end) as name,
  null as category,
  not (
    product_id in ('POST', 'DOT', 'M', 'm', 'C2', 'D', 'S', 'B', 'BANK CHARGES', 'AMAZONFEE', 'CRUK', 'PADS')
    or substr(product_id, 1, 5) = 'gift_'
  ) as is_merchandise,
  null as list_price,
  null as unit_cost,
  max(case when row_age = 1 then _load end) as _load,
  max(case when row_age = 1 then first_row end) as _row
from (
  select
    product_id, name, _load, first_row,
    row_number() over (partition by product_id order by _load, first_row) as row_age,
    row_number() over (
      partition by product_id
      order by case when name is null then 1 else 0 end, _load, first_row
    ) as name_age
  from (
    select product_id, name, _load, min(_row) as first_row
    from order_lines
    group by product_id, name, _load
  ) as names
) as oldest_first
group by product_id
