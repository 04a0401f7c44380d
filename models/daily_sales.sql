/* wharf
description: What the shop sold on each day, by country and channel, guests included.
kind: incremental_by_time_range
time_column: day
grain: [day, country, channel]
partitioned_by: month(day)
checks:
  - not_null(day, country, channel)
  - unique(day, country, channel)
  - orders >= 0
  - gross_sales >= 0
columns:
  day: {description: "The shop's local day."}
  country: {description: "The order's country; unknown where the shop has none."}
  channel: {description: "Where the order came from; unknown where the shop does not say."}
  orders: {description: "Orders with a sale line, on the day of the first one."}
  customers: {description: "Known customers with a sale line. Do not add up over days: one customer may buy on several."}
  lines: {description: "Sale lines."}
  units: {description: "Pieces on sale lines."}
  spend: {description: "Sum of amount over sale lines, guests included.", unit: currency}
  gross_sales: {description: "Sum of amount over sale lines of merchandise.", unit: currency}
  discounts: {description: "Discounts on sale lines of merchandise.", unit: currency}
  returns: {description: "Value of merchandise that came back on this day.", unit: currency}
  net_sales: {description: "gross_sales - discounts - returns.", unit: currency}
  shipping: {description: "Shipping of these orders.", unit: currency}
  tax: {description: "Tax of these orders, less the tax of lines that came back on this day.", unit: currency}
  fees: {description: "Lines that are not merchandise (postage, fees, gift cards, adjustments), less those given back.", unit: currency}
  total_sales: {description: "net_sales + shipping + tax + fees.", unit: currency}
*/
select
  day,
  coalesce(country, 'unknown') as country,
  coalesce(channel, 'unknown') as channel,
  cast(sum(case when not is_first_sale_line then 0 when kind = 'cancellation' then -1 else 1 end) as bigint) as orders,
  count(distinct case when not is_sale_line or kind = 'cancellation' then null else customer_id end) as customers,
  cast(sum(case when not is_sale_line then 0 when kind = 'cancellation' then -1 else 1 end) as bigint) as lines,
  cast(sum(case when is_sale_line then quantity else 0 end) as bigint) as units,
  cast(sum(case when is_sale_line then amount else 0 end) as decimal(18, 4)) as spend,
  cast(sum(case when is_sale_line and is_merchandise then amount else 0 end) as decimal(18, 4)) as gross_sales,
  cast(sum(case when is_sale_line and is_merchandise then discount else 0 end) as decimal(18, 4)) as discounts,
  cast(sum(case when is_return_line and is_merchandise then discount - amount else 0 end) as decimal(18, 4)) as returns,
  cast(sum(case when is_merchandise then amount - discount else 0 end) as decimal(18, 4)) as net_sales,
  cast(sum(order_shipping) as decimal(18, 4)) as shipping,
  cast(sum(order_tax) + sum(case when is_return_line then tax else 0 end) as decimal(18, 4)) as tax,
  cast(sum(case when not is_merchandise then amount - discount else 0 end) as decimal(18, 4)) as fees,
  cast(
    sum(amount - discount) + sum(order_shipping) + sum(order_tax)
      + sum(case when is_return_line then tax else 0 end)
    as decimal(18, 4)
  ) as total_sales
from order_lines_wide
where is_sale_line or is_return_line
group by day, coalesce(country, 'unknown'), coalesce(channel, 'unknown')
