/* wharf
description: What each known customer bought on each day. A day on which a customer only sent goods back has no row.
kind: incremental_by_time_range
time_column: day
grain: [day, customer_id]
partitioned_by: month(day)
checks:
  - not_null(day, customer_id)
  - unique(day, customer_id)
  - warn: orders >= 1
  - spend >= 0
columns:
  day: {description: "The shop's local day."}
  customer_id: {description: "The customer.", pii: true}
  orders: {description: "Orders with a sale line."}
  lines: {description: "Sale lines."}
  units: {description: "Pieces on sale lines."}
  spend: {description: "Sum of amount over sale lines.", unit: currency}
  gross_sales: {description: "Sum of amount over sale lines of merchandise.", unit: currency}
  discounts: {description: "Discounts on sale lines of merchandise.", unit: currency}
  returns: {description: "Value of merchandise that came back on this day, whenever it was bought. Returns on days without a purchase, and guests' returns, are in daily_sales only.", unit: currency}
  net_sales: {description: "gross_sales - discounts - returns.", unit: currency}
  average_order_value: {description: "(gross_sales - discounts) / orders.", unit: currency}
  products: {description: "Distinct products on sale lines."}
*/
-- Two aggregations, since one with sums and a count(distinct) together carries every sum once for each product; and the
-- distinct products grouped by hand, since the engine keeps a set for each customer's day where it counts an expression.
-- Sums are of a column or null: there the engine only marks rows as null, where for a zero it copies them.
select
  totals.day,
  totals.customer_id,
  totals.orders,
  totals.lines,
  totals.units,
  totals.spend,
  totals.gross_sales,
  totals.discounts,
  totals.returns,
  cast(totals.gross_sales - totals.discounts - totals.returns as decimal(18, 4)) as net_sales,
  cast((totals.gross_sales - totals.discounts) / nullif(totals.orders, 0) as decimal(18, 4)) as average_order_value,
  bought.products
from (
  select
    day,
    customer_id,
    cast(coalesce(sum(case when is_first_sale_line then sign end), 0) as bigint) as orders,
    cast(coalesce(sum(case when is_sale_line then sign end), 0) as bigint) as lines,
    cast(coalesce(sum(case when is_sale_line then quantity end), 0) as bigint) as units,
    cast(coalesce(sum(case when is_sale_line then amount end), 0) as decimal(18, 4)) as spend,
    cast(coalesce(sum(case when is_sale_line and is_merchandise then amount end), 0) as decimal(18, 4)) as gross_sales,
    cast(coalesce(sum(case when is_sale_line and is_merchandise then discount end), 0) as decimal(18, 4)) as discounts,
    cast(coalesce(sum(case when is_merchandise and is_return_line then given_back end), 0) as decimal(18, 4))
      as returns
  from (
    select
      day, customer_id, quantity, amount, discount, is_first_sale_line, is_sale_line, is_return_line, is_merchandise,
      discount - amount as given_back,
      case when kind = 'cancellation' then -1 else 1 end as sign
    from order_lines_wide
    where customer_id is not null and (is_sale_line or is_return_line)
  ) as lines
  group by day, customer_id
) as totals
join (
  -- Sale lines alone, which also leaves out the days that have nothing but returns.
  select day, customer_id, count(product_id) as products
  from (
    select day, customer_id, case when kind <> 'cancellation' then product_id end as product_id
    from order_lines_wide
    where customer_id is not null and is_sale_line
    group by day, customer_id, case when kind <> 'cancellation' then product_id end
  ) as each
  group by day, customer_id
) as bought on bought.day = totals.day and bought.customer_id = totals.customer_id
