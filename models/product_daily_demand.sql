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
select
  day,
  product_id,
  cast(sum(case when is_sale_line then quantity else 0 end) as bigint) as units,
  cast(sum(case when is_sale_line then amount else 0 end) as decimal(18, 4)) as revenue,
  cast(sum(case when not is_sale_line then 0 when kind = 'cancellation' then -1 else 1 end) as bigint) as lines,
  cast(sum(case when is_return_line then -quantity else 0 end) as bigint) as returned_units,
  cast(sum(case when is_return_line then discount - amount else 0 end) as decimal(18, 4)) as returns
from order_lines_wide
where is_sale_line or is_return_line
group by day, product_id
