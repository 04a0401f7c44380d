/* wharf
description: Orders, with the person who placed them and the freight of their items.
kind: full
grain: [order_id]
checks:
  - not_null(order_id, customer_id, ordered_at, day, status)
  - unique(order_id)
*/
-- full, since an order's person and freight come from other tables, which change on their own.
select
  o.order_id,
  -- Olist's customer_id is made anew for each order; customer_unique_id is the person.
  coalesce(c.customer_unique_id, o.customer_id) as customer_id,
  o.order_purchase_timestamp as ordered_at,
  shop_day(o.order_purchase_timestamp) as day,
  o.order_status as status,
  o.order_status in ('canceled', 'unavailable') as is_cancelled,
  -- Olist does not say when.
  null as cancelled_at,
  false as is_test,
  'marketplace' as channel,
  'Brazil' as country,
  null as currency,
  coalesce(i.freight, 0) as shipping,
  0 as tax,
  coalesce(i.goods, 0) + coalesce(i.freight, 0) as total,
  i.first_item as first_sale_line,
  o._load,
  o._row
from olist_orders as o
left join olist_customers as c on c.customer_id = o.customer_id
left join (
  select order_id, sum(price) as goods, sum(freight_value) as freight, min(order_item_id) as first_item
  from olist_items
  group by order_id
) as i on i.order_id = o.order_id
