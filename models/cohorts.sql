/* wharf
description: Customers by the month of their first purchase, and how many of them bought again in each later month.
kind: full
grain: [cohort, age]
checks:
  - not_null(cohort, age)
  - unique(cohort, age)
  - age >= 0
  - retention > 0 and retention <= 1
columns:
  cohort: {description: "First day of the local month of the customers' first purchase."}
  age: {description: "Months since then; 0 is that month."}
  customers: {description: "Customers of the cohort with a sale line in the month."}
  cohort_customers: {description: "Customers of the cohort."}
  orders: {description: "Their orders in the month."}
  spend: {description: "Sum of amount over their sale lines in the month.", unit: currency}
  retention: {description: "customers as a share of the cohort.", unit: ratio}
*/
select
  cohort,
  age,
  customers,
  max(customers) over (partition by cohort) as cohort_customers,
  orders,
  spend,
  -- All of a cohort bought in month 0, so the largest count is the cohort's size.
  cast(cast(customers as decimal(18, 6)) / max(customers) over (partition by cohort) as decimal(9, 6)) as retention
from (
  select
    cohort,
    cast(
      extract(year from month) * 12 + extract(month from month)
        - extract(year from cohort) * 12 - extract(month from cohort)
      as bigint
    ) as age,
    count(*) as customers,
    cast(sum(orders) as bigint) as orders,
    cast(sum(spend) as decimal(18, 4)) as spend
  from (
    select
      min(month) over (partition by customer_id) as cohort,
      month,
      orders,
      spend
    from (
      select
        customer_id,
        cast(date_trunc('month', day) as date) as month,
        sum(orders) as orders,
        sum(spend) as spend
      from daily_customer_stats
      group by customer_id, cast(date_trunc('month', day) as date)
    ) as months
  ) as ages
  group by cohort, month
) as counted
