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
-- Sums are of a column or null: there the engine only marks rows as null, where for a zero it copies them.
select
  day,
  country,
  channel,
  orders,
  customers,
  lines,
  units,
  spend,
  gross_sales,
  discounts,
  returns,
  cast(gross_sales - discounts - returns as decimal(18, 4)) as net_sales,
  shipping,
  tax,
  cast(taken - (gross_sales - discounts - returns) as decimal(18, 4)) as fees,
  cast(taken + shipping + tax as decimal(18, 4)) as total_sales
from (
  select
    day,
    country,
    channel,
    cast(coalesce(sum(case when is_first_sale_line then sign end), 0) as bigint) as orders,
    count(distinct case when is_sale_line and sign = 1 then customer_id end) as customers,
    cast(coalesce(sum(case when is_sale_line then sign end), 0) as bigint) as lines,
    cast(coalesce(sum(case when is_sale_line then quantity end), 0) as bigint) as units,
    cast(coalesce(sum(case when is_sale_line then amount end), 0) as decimal(18, 4)) as spend,
    cast(coalesce(sum(case when is_sale_line and is_merchandise then amount end), 0) as decimal(18, 4)) as gross_sales,
    cast(coalesce(sum(case when is_sale_line and is_merchandise then discount end), 0) as decimal(18, 4)) as discounts,
    cast(coalesce(sum(case when is_merchandise and is_return_line then given_back end), 0) as decimal(18, 4))
      as returns,
    -- What goods and all else brought in, less what was given back.
    cast(-sum(given_back) as decimal(18, 4)) as taken,
    cast(sum(order_shipping) as decimal(18, 4)) as shipping,
    cast(sum(order_tax) + coalesce(sum(case when is_return_line then tax end), 0) as decimal(18, 4)) as tax
  from (
    select
      day, customer_id, quantity, amount, discount, tax, order_shipping, order_tax,
      is_first_sale_line, is_sale_line, is_return_line, is_merchandise,
      coalesce(country, 'unknown') as country,
      coalesce(channel, 'unknown') as channel,
      discount - amount as given_back,
      case when kind = 'cancellation' then -1 else 1 end as sign
    from order_lines_wide
    where is_sale_line or is_return_line
  ) as lines
  group by day, country, channel
) as totals
