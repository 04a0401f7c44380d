/* wharf
description: Every known customer with a sale line, over all days.
kind: full
grain: [customer_id]
checks:
  - not_null(customer_id, first_day, rank)
  - unique(customer_id)
  - last_day >= first_day
columns:
  customer_id: {description: "The customer.", pii: true}
  first_day: {description: "Day of the first purchase."}
  last_day: {description: "Day of the last purchase."}
  active_days: {description: "Days with a purchase."}
  orders: {description: "Orders with a sale line."}
  lines: {description: "Sale lines."}
  units: {description: "Pieces on sale lines."}
  spend: {description: "Sum of amount over sale lines.", unit: currency}
  average_order_value: {description: "(gross_sales - discounts) / orders.", unit: currency}
  is_repeat: {description: "Two or more orders, ever."}
  rank: {description: "Place by spend, 1 is the highest; equals share a place."}
*/
-- What is told of a customer over all days leaves out what was taken back, whenever that was.
select
  customer_id,
  min(day) as first_day,
  max(day) as last_day,
  count(*) as active_days,
  cast(sum(orders) as bigint) as orders,
  cast(sum(lines) as bigint) as lines,
  cast(sum(units) as bigint) as units,
  cast(sum(spend) as decimal(18, 4)) as spend,
  cast(sum(after_discounts) / nullif(sum(orders), 0) as decimal(18, 4)) as average_order_value,
  sum(orders) >= 2 as is_repeat,
  cast(rank() over (order by sum(spend) desc) as bigint) as rank
from (
  select
    day,
    customer_id,
    sum(case when is_first_sale_line then 1 else 0 end) as orders,
    count(*) as lines,
    sum(quantity) as units,
    cast(sum(amount) as decimal(18, 4)) as spend,
    cast(sum(case when is_merchandise then amount - discount else 0 end) as decimal(18, 4)) as after_discounts
  from order_lines_wide
  where is_sale_line and not is_cancelled and customer_id is not null
  group by day, customer_id
) as days
group by customer_id
