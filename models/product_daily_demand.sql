/* wharf
description: What was sold and returned of each product on each day.
kind: incremental_by_time_range
time_column: day
grain: [day, product_id]
partitioned_by: month(day)
checks:
  - not_null(day, product_id)
  - unique(day, product_id)
  - units >= 0
columns:
  day: {description: "The shop's local day."}
  product_id: {description: "The product, merchandise or not."}
  units: {description: "Pieces on sale lines."}
  revenue: {description: "Sum of amount over sale lines.", unit: currency}
  lines: {description: "Sale lines of the product: how often it was asked for."}
  returned_units: {description: "Pieces that came back on this day."}
  returns: {description: "Value of what came back on this day.", unit: currency}
*/
-- Sums are of a column or null: there the engine only marks rows as null, where for a zero it copies them.
select
  day,
  product_id,
  cast(coalesce(sum(case when is_sale_line then quantity end), 0) as bigint) as units,
  cast(coalesce(sum(case when is_sale_line then amount end), 0) as decimal(18, 4)) as revenue,
  cast(coalesce(sum(case when is_sale_line then sign end), 0) as bigint) as lines,
  cast(coalesce(-sum(case when is_return_line then quantity end), 0) as bigint) as returned_units,
  cast(coalesce(sum(case when is_return_line then given_back end), 0) as decimal(18, 4)) as returns
from (
  select
    day, product_id, quantity, amount, is_sale_line, is_return_line,
    discount - amount as given_back,
    case when kind = 'cancellation' then -1 else 1 end as sign
  from order_lines_wide
  where is_sale_line or is_return_line
) as lines
group by day, product_id
