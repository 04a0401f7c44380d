/* wharf
description: Orders, and returns and refunds as documents of their own.
kind: incremental_by_unique_key
unique_key: order_id
grain: [order_id]
checks:
  - not_null(order_id, ordered_at, day, status)
  - unique(order_id)
*/
-- What is of the order stands on each of its lines; min leaves out a line on which it was left out.
select
  order_id,
  min(customer_id) as customer_id,
  min(ordered_at) as ordered_at,
  shop_day(min(ordered_at)) as day,
  min(status) as status,
  min(status) = 'cancelled' as is_cancelled,
  min(cancelled_at) as cancelled_at,
  false as is_test,
  min(channel) as channel,
  min(country) as country,
  'EUR' as currency,
  min(shipping) as shipping,
  -- Tax that is given back is on the lines of the return.
  sum(case when kind = 'order' then tax else 0 end) + min(shipping_tax) as tax,
  min(order_total) as total,
  min(case when kind = 'order' then line_no end) as first_sale_line,
  min(_load) as _load,
  min(_row) as _row
from shop_orders
group by order_id
