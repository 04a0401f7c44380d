/* wharf
description: Which products go with which, the ten best for each product, in the last two years. Guests' baskets count too.
analysis: association_rules
settings: {min_items: 2, max_items: 2000, partners: 10, alpha: 0.05, min_certainty: 0.1}
grain: [antecedent, consequent]
checks:
  - not_null(antecedent, consequent, rank)
  - unique(antecedent, consequent)
  - support > 0 and support <= 1
  - confidence > 0 and confidence <= 1
  - lift > 1
columns:
  antecedent: {description: "The product that is in a basket."}
  antecedent_name: {description: "Its name."}
  consequent: {description: "The product that goes with it."}
  consequent_name: {description: "Its name."}
  baskets: {description: "Baskets looked at: orders of the two years up to the last sale with two or more different products."}
  antecedent_baskets: {description: "Of these, those with the antecedent."}
  consequent_baskets: {description: "Those with the consequent."}
  both_baskets: {description: "Those with both."}
  support: {description: "both_baskets / baskets.", unit: ratio}
  confidence: {description: "both_baskets / antecedent_baskets: how often the consequent is there when the antecedent is.", unit: ratio}
  lift: {description: "confidence / (consequent_baskets / baskets): how many times more often than usual.", unit: ratio}
  leverage: {description: "support less what chance alone would give; times baskets it is baskets.", unit: ratio}
  conviction: {description: "How many times more often the rule would fail by chance than it does; null where it never fails.", unit: ratio}
  zhang: {description: "Zhang's metric, -1 (they avoid each other) to 1 (always together).", unit: ratio}
  jaccard: {description: "both_baskets / baskets with either.", unit: ratio}
  certainty: {description: "How far the antecedent moves the consequent from its usual share (0) towards always (1).", unit: ratio}
  kulczynski: {description: "Mean of the confidences both ways.", unit: ratio}
  p_value: {description: "Fisher's exact test, corrected for all pairs (Benjamini-Hochberg): the share of chance among rules up to here.", unit: ratio}
  rank: {description: "Place among the antecedent's rules by certainty; 1 is the best."}
*/
select
  order_id as basket,
  product_id as item,
  product_name as name
from order_lines_wide
where is_sale_line and is_merchandise
  -- What went together long ago says little of today's products, and a new day should not cost more the older a shop gets.
  and day > (select max(day) - 730 from order_lines_wide where is_sale_line)
