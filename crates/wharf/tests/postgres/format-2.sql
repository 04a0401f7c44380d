SELECT pg_catalog.set_config('search_path', '', false);
CREATE SCHEMA wharf;
CREATE FUNCTION wharf.shop_day(instant timestamp with time zone) RETURNS date
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $$select (instant at time zone 'Europe/London')::date$$;
CREATE TABLE wharf._wharf (
    format integer NOT NULL,
    generation bigint NOT NULL,
    state text
);
COMMENT ON TABLE wharf._wharf IS 'What wharf published last, and what it remembers of it.';
CREATE TABLE wharf._wharf_chapters (
    place integer NOT NULL,
    digest text NOT NULL,
    chapter text NOT NULL
);
COMMENT ON TABLE wharf._wharf_chapters IS 'What wharf remembers of loads, dozens in a row.';
CREATE TABLE wharf._wharf_keys (
    load bigint NOT NULL,
    keys bytea NOT NULL
);
COMMENT ON TABLE wharf._wharf_keys IS 'The units of replacement that each load holds.';
CREATE TABLE wharf._wharf_tables (
    name text NOT NULL COLLATE pg_catalog."C",
    layer text NOT NULL,
    view text,
    made bigint DEFAULT 0 NOT NULL
);
COMMENT ON TABLE wharf._wharf_tables IS 'The tables that wharf keeps here.';
COMMENT ON COLUMN wharf._wharf_tables.view IS 'The query of a model that is a view.';
COMMENT ON COLUMN wharf._wharf_tables.made IS 'Orders views: each after those it reads.';
CREATE TABLE wharf.basket_rules (
    antecedent text COLLATE pg_catalog."C",
    antecedent_name text COLLATE pg_catalog."C",
    consequent text COLLATE pg_catalog."C",
    consequent_name text COLLATE pg_catalog."C",
    baskets bigint,
    antecedent_baskets bigint,
    consequent_baskets bigint,
    both_baskets bigint,
    support double precision,
    confidence double precision,
    lift double precision,
    leverage double precision,
    conviction double precision,
    zhang double precision,
    jaccard double precision,
    certainty double precision,
    kulczynski double precision,
    p_value double precision,
    rank bigint
);
CREATE TABLE wharf.checks (
    run bigint,
    at timestamp with time zone,
    model text COLLATE pg_catalog."C",
    check_name text COLLATE pg_catalog."C",
    severity text COLLATE pg_catalog."C",
    rows bigint,
    samples text COLLATE pg_catalog."C"
);
CREATE TABLE wharf.cohorts (
    cohort date,
    age bigint,
    customers bigint,
    cohort_customers bigint,
    orders bigint,
    spend numeric(18,4),
    retention numeric(9,6)
);
CREATE TABLE wharf.customer_summary (
    customer_id text COLLATE pg_catalog."C",
    first_day date,
    last_day date,
    active_days bigint,
    orders bigint,
    lines bigint,
    units bigint,
    spend numeric(18,4),
    average_order_value numeric(18,4),
    is_repeat boolean,
    rank bigint
);
CREATE TABLE wharf.customers (
    customer_id text COLLATE pg_catalog."C",
    name text COLLATE pg_catalog."C",
    email text COLLATE pg_catalog."C",
    city text COLLATE pg_catalog."C",
    region text COLLATE pg_catalog."C",
    country text COLLATE pg_catalog."C",
    accepts_marketing boolean,
    created_at timestamp with time zone,
    _load bigint,
    _row bigint
);
CREATE TABLE wharf.daily_customer_stats (
    day date,
    customer_id text COLLATE pg_catalog."C",
    orders bigint,
    lines bigint,
    units bigint,
    spend numeric(18,4),
    gross_sales numeric(18,4),
    discounts numeric(18,4),
    returns numeric(18,4),
    net_sales numeric(18,4),
    average_order_value numeric(18,4),
    products bigint
);
CREATE TABLE wharf.daily_sales (
    day date,
    country text COLLATE pg_catalog."C",
    channel text COLLATE pg_catalog."C",
    orders bigint,
    customers bigint,
    lines bigint,
    units bigint,
    spend numeric(18,4),
    gross_sales numeric(18,4),
    discounts numeric(18,4),
    returns numeric(18,4),
    net_sales numeric(18,4),
    shipping numeric(18,4),
    tax numeric(18,4),
    fees numeric(18,4),
    total_sales numeric(18,4)
);
CREATE TABLE wharf.fates (
    load bigint,
    "row" bigint,
    fate text COLLATE pg_catalog."C",
    by_load bigint,
    by_row bigint,
    unit bigint
);
COMMENT ON COLUMN wharf.fates.unit IS 'The unit of replacement, by its place in _wharf_keys.';
CREATE TABLE wharf.loads (
    load bigint,
    name text COLLATE pg_catalog."C",
    landed_table text COLLATE pg_catalog."C",
    landed_at timestamp with time zone,
    undone boolean,
    rows bigint,
    used bigint,
    rejected bigint,
    pending bigint,
    merged bigint,
    superseded bigint,
    hash text COLLATE pg_catalog."C",
    bytes bigint
);
CREATE TABLE wharf.order_lines (
    order_id text COLLATE pg_catalog."C",
    line_no bigint,
    occurred_at timestamp with time zone,
    day date,
    customer_id text COLLATE pg_catalog."C",
    product_id text COLLATE pg_catalog."C",
    name text COLLATE pg_catalog."C",
    kind text COLLATE pg_catalog."C",
    quantity bigint,
    unit_price numeric(18,4),
    discount numeric(18,4),
    tax numeric(18,4),
    amount numeric(18,4),
    currency text COLLATE pg_catalog."C",
    _load bigint,
    _row bigint
);
CREATE TABLE wharf.order_lines_wide (
    order_id text COLLATE pg_catalog."C",
    line_no bigint,
    day date,
    occurred_at timestamp with time zone,
    customer_id text COLLATE pg_catalog."C",
    product_id text COLLATE pg_catalog."C",
    product_name text COLLATE pg_catalog."C",
    category text COLLATE pg_catalog."C",
    is_merchandise boolean,
    kind text COLLATE pg_catalog."C",
    quantity bigint,
    unit_price numeric(18,4),
    discount numeric(18,4),
    tax numeric(18,4),
    amount numeric(18,4),
    currency text COLLATE pg_catalog."C",
    status text COLLATE pg_catalog."C",
    is_cancelled boolean,
    is_test boolean,
    channel text COLLATE pg_catalog."C",
    country text COLLATE pg_catalog."C",
    is_sale_line boolean,
    is_return_line boolean,
    is_first_sale_line boolean,
    order_day date,
    order_shipping numeric(18,4),
    order_tax numeric(18,4)
);
CREATE TABLE wharf.orders (
    order_id text COLLATE pg_catalog."C",
    customer_id text COLLATE pg_catalog."C",
    ordered_at timestamp with time zone,
    day date,
    status text COLLATE pg_catalog."C",
    is_cancelled boolean,
    cancelled_at timestamp with time zone,
    is_test boolean,
    channel text COLLATE pg_catalog."C",
    country text COLLATE pg_catalog."C",
    currency text COLLATE pg_catalog."C",
    shipping numeric(18,4),
    tax numeric(18,4),
    total numeric(18,4),
    first_sale_line bigint,
    _load bigint,
    _row bigint
);
CREATE TABLE wharf.product_daily_demand (
    day date,
    product_id text COLLATE pg_catalog."C",
    units bigint,
    revenue numeric(18,4),
    lines bigint,
    returned_units bigint,
    returns numeric(18,4)
);
CREATE TABLE wharf.products (
    product_id text COLLATE pg_catalog."C",
    sku text COLLATE pg_catalog."C",
    name text COLLATE pg_catalog."C",
    category text COLLATE pg_catalog."C",
    is_merchandise boolean,
    list_price numeric(18,4),
    unit_cost numeric(18,4),
    _load bigint,
    _row bigint
);
CREATE TABLE wharf.rejects (
    load bigint,
    "row" bigint,
    line bigint,
    file text COLLATE pg_catalog."C",
    landed_table text COLLATE pg_catalog."C",
    rule text COLLATE pg_catalog."C",
    reason text COLLATE pg_catalog."C",
    raw text COLLATE pg_catalog."C",
    status text COLLATE pg_catalog."C"
);
CREATE TABLE wharf.runs (
    run bigint,
    started_at timestamp with time zone,
    millis bigint,
    loads bigint,
    steps bigint,
    status text COLLATE pg_catalog."C"
);
CREATE TABLE wharf.steps (
    run bigint,
    model text COLLATE pg_catalog."C",
    reason text COLLATE pg_catalog."C",
    rows bigint,
    started_millis bigint,
    millis bigint,
    status text COLLATE pg_catalog."C",
    failure text COLLATE pg_catalog."C"
);
INSERT INTO wharf._wharf VALUES (2, 2, '{"again":[],"source_fingerprint":"7024b5dc96b2f9a6d3af9113f1b95cfc2115602d64d0504dc86f630a17ac7aa0:219f38d6a90c613511dbe85aa33dba80:0a89d8a6203e995991988f78d8c0d447:c13c5e910f0ecf92dade3205519813ae:a324bb136ca854ba86e6558c96146e1f","models":{"basket_rules":{"fingerprint":"a738a08a4ab374204a981dee8fc90979","owes":"nothing"},"cohorts":{"fingerprint":"0c66962b0558da5faa103cdcbe1065c9","owes":"nothing"},"customer_summary":{"fingerprint":"11ceb63ebf79f7d974f784fbc907d127","owes":"nothing"},"daily_customer_stats":{"fingerprint":"79365ad456906e975ad9e1d347144afe","owes":"nothing"},"daily_sales":{"fingerprint":"c3d559b61263451c4510f4db43543ec9","owes":"nothing"},"order_lines_wide":{"fingerprint":"6bd4f7b770bdd98f1c139665a24a8f76","owes":"nothing"},"product_daily_demand":{"fingerprint":"92d8bcc5fbf386616e6689aa1976fb51","owes":"nothing"}},"runs":2}');
INSERT INTO wharf._wharf_chapters VALUES (0, '96c9f8b6c3179318a60d9e0cb38df702', '[{"id":1,"name":"1.csv","table":"invoice_lines","position":{"size":563,"modified_nanos":1796052738789499437,"inode":10231873},"fetched":{"hash":"29027d79481304aab1c02edcc6233507cb08756e99b98e935631fd4eefbb7987","file":"29027d79481304aab1c02edcc6233507cb08756e99b98e935631fd4eefbb7987.csv","name":"1.csv","size":563},"landed_at":1796052738865064,"rows":10,"used":5,"superseded":5},{"id":2,"name":"2.csv","table":"invoice_lines","position":{"size":419,"modified_nanos":1796052738790004832,"inode":10231905},"fetched":{"hash":"dab61f3241de3f52cd59d50ed985aff01c1588132c4f3a18e3673941543cdb9f","file":"dab61f3241de3f52cd59d50ed985aff01c1588132c4f3a18e3673941543cdb9f.csv","name":"2.csv","size":419},"landed_at":1796052739308171,"rows":7,"used":7}]');
INSERT INTO wharf._wharf_keys VALUES (1, '\x77686172666b30310a000000000000005e5ccac810e1b17c7098f710bbf2f03b8410cd8384440966e5c270cef18f6d6f92799318b646d498a9784e2e0c2c8d5781c6fd386719b8f814c72685c16795233d827e173a027c7deb77b4f7fef22d79c63d97bff99449f50c81cba329c0cb119e9c4be1e5972091f940005f2da4a7e202c1402e247c21e646f492664266aeaf5a130884689cba53b008194040e455fbd9297b1e53218a3754529878e665c9964ef1bb100b3f3b04314fbc542bfb7ce0811ab92e43d5d7bf3141494eb3364063a21ea71fbc3891bbf31e2aec39dafe28b746cb4e4366962c85ad75b776c79ee95162104d1cac0ed51076dc5e221a0ad10100000000000000020000000000000003000000000000000400000000000000050000000000000006000000000000000700000000000000080000000000000009000000000000000a0000000000000001000000010000000100000001000000010000000100000001000000010000000100000001000000');
INSERT INTO wharf._wharf_keys VALUES (2, '\x77686172666b30310700000000000000c63d97bff99449f50c81cba329c0cb119e9c4be1e5972091f940005f2da4a7e202c1402e247c21e646f492664266aeaf5a130884689cba53b008194040e455fbd9297b1e53218a3754529878e665c996e46f7d230c8bfa49cb81bd7faf0aac43b674f804ed2c9dffaac8b955b9699b5b12f4741e5cd2dcf7259eb38521db6e41213dda9849562cf1899b45ca3b00a16817278759c19665580802f97017abf03ce0917e33bb4523bf010000000000000002000000000000000300000000000000040000000000000005000000000000000600000000000000070000000000000001000000010000000100000001000000010000000100000001000000');
INSERT INTO wharf._wharf_tables VALUES ('rejects', 'wharf', NULL, 0);
INSERT INTO wharf._wharf_tables VALUES ('loads', 'wharf', NULL, 0);
INSERT INTO wharf._wharf_tables VALUES ('runs', 'wharf', NULL, 0);
INSERT INTO wharf._wharf_tables VALUES ('steps', 'wharf', NULL, 0);
INSERT INTO wharf._wharf_tables VALUES ('checks', 'wharf', NULL, 0);
INSERT INTO wharf._wharf_tables VALUES ('basket_rules', 'insight', NULL, 9);
INSERT INTO wharf._wharf_tables VALUES ('order_lines', 'staging', NULL, 12);
INSERT INTO wharf._wharf_tables VALUES ('orders', 'staging', NULL, 13);
INSERT INTO wharf._wharf_tables VALUES ('customers', 'staging', NULL, 14);
INSERT INTO wharf._wharf_tables VALUES ('products', 'staging', NULL, 15);
INSERT INTO wharf._wharf_tables VALUES ('order_lines_wide', 'marts', NULL, 16);
INSERT INTO wharf._wharf_tables VALUES ('daily_customer_stats', 'marts', NULL, 17);
INSERT INTO wharf._wharf_tables VALUES ('daily_sales', 'marts', NULL, 18);
INSERT INTO wharf._wharf_tables VALUES ('product_daily_demand', 'marts', NULL, 19);
INSERT INTO wharf._wharf_tables VALUES ('cohorts', 'marts', NULL, 20);
INSERT INTO wharf._wharf_tables VALUES ('customer_summary', 'marts', NULL, 21);
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'customers', 'not_null(customer_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'customers', 'unique(customer_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'order_lines', 'not_null(order_id, line_no, day, product_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'orders', 'not_null(order_id, ordered_at, day)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'orders', 'unique(order_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'products', 'not_null(product_id, is_merchandise)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'products', 'unique(product_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'order_lines_wide', 'not_null(order_id, line_no, day, is_sale_line, is_merchandise)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'basket_rules', 'not_null(antecedent, consequent, rank)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'basket_rules', 'unique(antecedent, consequent)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'basket_rules', 'support > 0 and support <= 1', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'basket_rules', 'confidence > 0 and confidence <= 1', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'basket_rules', 'lift > 1', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'daily_customer_stats', 'not_null(day, customer_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'daily_customer_stats', 'unique(day, customer_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'daily_customer_stats', 'orders >= 1', 'warn', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'daily_customer_stats', 'spend >= 0', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'daily_sales', 'not_null(day, country, channel)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'daily_sales', 'unique(day, country, channel)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'daily_sales', 'orders >= 0', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'daily_sales', 'gross_sales >= 0', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'product_daily_demand', 'not_null(day, product_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'product_daily_demand', 'unique(day, product_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'product_daily_demand', 'units >= 0', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'cohorts', 'not_null(cohort, age)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'cohorts', 'unique(cohort, age)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'cohorts', 'age >= 0', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'cohorts', 'retention > 0 and retention <= 1', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'customer_summary', 'not_null(customer_id, first_day, rank)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'customer_summary', 'unique(customer_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (1, '2026-11-30 15:32:18.865064+00', 'customer_summary', 'last_day >= first_day', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'customers', 'not_null(customer_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'customers', 'unique(customer_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'order_lines', 'not_null(order_id, line_no, day, product_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'orders', 'not_null(order_id, ordered_at, day)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'orders', 'unique(order_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'products', 'not_null(product_id, is_merchandise)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'products', 'unique(product_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'order_lines_wide', 'not_null(order_id, line_no, day, is_sale_line, is_merchandise)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'daily_customer_stats', 'not_null(day, customer_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'daily_customer_stats', 'unique(day, customer_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'daily_customer_stats', 'orders >= 1', 'warn', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'daily_customer_stats', 'spend >= 0', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'daily_sales', 'not_null(day, country, channel)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'daily_sales', 'unique(day, country, channel)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'daily_sales', 'orders >= 0', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'daily_sales', 'gross_sales >= 0', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'product_daily_demand', 'not_null(day, product_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'product_daily_demand', 'unique(day, product_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'product_daily_demand', 'units >= 0', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'cohorts', 'not_null(cohort, age)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'cohorts', 'unique(cohort, age)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'cohorts', 'age >= 0', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'cohorts', 'retention > 0 and retention <= 1', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'customer_summary', 'not_null(customer_id, first_day, rank)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'customer_summary', 'unique(customer_id)', 'error', 0, '');
INSERT INTO wharf.checks VALUES (2, '2026-11-30 15:32:19.308171+00', 'customer_summary', 'last_day >= first_day', 'error', 0, '');
INSERT INTO wharf.cohorts VALUES ('2011-05-01', 0, 11, 11, 12, 19.0000, 1.000000);
INSERT INTO wharf.customer_summary VALUES ('10', '2011-05-04', '2011-05-21', 2, 2, 2, 2, 3.0000, 1.5000, true, 1);
INSERT INTO wharf.customer_summary VALUES ('4', '2011-05-26', '2011-05-26', 1, 1, 1, 1, 2.0000, 2.0000, false, 2);
INSERT INTO wharf.customer_summary VALUES ('9', '2011-05-03', '2011-05-03', 1, 1, 1, 1, 2.0000, 2.0000, false, 2);
INSERT INTO wharf.customer_summary VALUES ('8', '2011-05-02', '2011-05-02', 1, 1, 1, 1, 2.0000, 2.0000, false, 2);
INSERT INTO wharf.customer_summary VALUES ('6', '2011-05-28', '2011-05-28', 1, 1, 1, 1, 2.0000, 2.0000, false, 2);
INSERT INTO wharf.customer_summary VALUES ('5', '2011-05-27', '2011-05-27', 1, 1, 1, 1, 2.0000, 2.0000, false, 2);
INSERT INTO wharf.customer_summary VALUES ('7', '2011-05-01', '2011-05-01', 1, 1, 1, 1, 2.0000, 2.0000, false, 2);
INSERT INTO wharf.customer_summary VALUES ('1', '2011-05-23', '2011-05-23', 1, 1, 1, 1, 1.0000, 1.0000, false, 8);
INSERT INTO wharf.customer_summary VALUES ('2', '2011-05-24', '2011-05-24', 1, 1, 1, 1, 1.0000, 1.0000, false, 8);
INSERT INTO wharf.customer_summary VALUES ('0', '2011-05-22', '2011-05-22', 1, 1, 1, 1, 1.0000, 1.0000, false, 8);
INSERT INTO wharf.customer_summary VALUES ('3', '2011-05-25', '2011-05-25', 1, 1, 1, 1, 1.0000, 1.0000, false, 8);
INSERT INTO wharf.customers VALUES ('0', NULL, NULL, NULL, NULL, 'France', NULL, '2011-05-22 09:00:00+00', 1, 2);
INSERT INTO wharf.customers VALUES ('1', NULL, NULL, NULL, NULL, 'France', NULL, '2011-05-23 09:00:00+00', 1, 3);
INSERT INTO wharf.customers VALUES ('2', NULL, NULL, NULL, NULL, 'France', NULL, '2011-05-24 09:00:00+00', 1, 4);
INSERT INTO wharf.customers VALUES ('3', NULL, NULL, NULL, NULL, 'France', NULL, '2011-05-25 09:00:00+00', 1, 5);
INSERT INTO wharf.customers VALUES ('10', NULL, NULL, NULL, NULL, 'France', NULL, '2011-05-04 09:00:00+00', 2, 7);
INSERT INTO wharf.customers VALUES ('4', NULL, NULL, NULL, NULL, 'France', NULL, '2011-05-26 09:00:00+00', 2, 1);
INSERT INTO wharf.customers VALUES ('5', NULL, NULL, NULL, NULL, 'France', NULL, '2011-05-27 09:00:00+00', 2, 2);
INSERT INTO wharf.customers VALUES ('6', NULL, NULL, NULL, NULL, 'France', NULL, '2011-05-28 09:00:00+00', 2, 3);
INSERT INTO wharf.customers VALUES ('7', NULL, NULL, NULL, NULL, 'France', NULL, '2011-05-01 09:00:00+00', 2, 4);
INSERT INTO wharf.customers VALUES ('8', NULL, NULL, NULL, NULL, 'France', NULL, '2011-05-02 09:00:00+00', 2, 5);
INSERT INTO wharf.customers VALUES ('9', NULL, NULL, NULL, NULL, 'France', NULL, '2011-05-03 09:00:00+00', 2, 6);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-21', '10', 1, 1, 1, 1.0000, 1.0000, 0.0000, 0.0000, 1.0000, 1.0000, 1);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-24', '2', 1, 1, 1, 1.0000, 1.0000, 0.0000, 0.0000, 1.0000, 1.0000, 1);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-23', '1', 1, 1, 1, 1.0000, 1.0000, 0.0000, 0.0000, 1.0000, 1.0000, 1);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-25', '3', 1, 1, 1, 1.0000, 1.0000, 0.0000, 0.0000, 1.0000, 1.0000, 1);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-22', '0', 1, 1, 1, 1.0000, 1.0000, 0.0000, 0.0000, 1.0000, 1.0000, 1);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-01', '7', 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 2.0000, 1);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-02', '8', 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 2.0000, 1);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-03', '9', 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 2.0000, 1);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-04', '10', 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 2.0000, 1);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-26', '4', 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 2.0000, 1);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-27', '5', 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 2.0000, 1);
INSERT INTO wharf.daily_customer_stats VALUES ('2011-05-28', '6', 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 2.0000, 1);
INSERT INTO wharf.daily_sales VALUES ('2011-05-21', 'France', 'online', 1, 1, 1, 1, 1.0000, 1.0000, 0.0000, 0.0000, 1.0000, 0.0000, 0.0000, 0.0000, 1.0000);
INSERT INTO wharf.daily_sales VALUES ('2011-05-22', 'France', 'online', 1, 1, 1, 1, 1.0000, 1.0000, 0.0000, 0.0000, 1.0000, 0.0000, 0.0000, 0.0000, 1.0000);
INSERT INTO wharf.daily_sales VALUES ('2011-05-23', 'France', 'online', 1, 1, 1, 1, 1.0000, 1.0000, 0.0000, 0.0000, 1.0000, 0.0000, 0.0000, 0.0000, 1.0000);
INSERT INTO wharf.daily_sales VALUES ('2011-05-24', 'France', 'online', 1, 1, 1, 1, 1.0000, 1.0000, 0.0000, 0.0000, 1.0000, 0.0000, 0.0000, 0.0000, 1.0000);
INSERT INTO wharf.daily_sales VALUES ('2011-05-25', 'France', 'online', 1, 1, 1, 1, 1.0000, 1.0000, 0.0000, 0.0000, 1.0000, 0.0000, 0.0000, 0.0000, 1.0000);
INSERT INTO wharf.daily_sales VALUES ('2011-05-01', 'France', 'online', 1, 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 0.0000, 0.0000, 0.0000, 2.0000);
INSERT INTO wharf.daily_sales VALUES ('2011-05-02', 'France', 'online', 1, 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 0.0000, 0.0000, 0.0000, 2.0000);
INSERT INTO wharf.daily_sales VALUES ('2011-05-03', 'France', 'online', 1, 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 0.0000, 0.0000, 0.0000, 2.0000);
INSERT INTO wharf.daily_sales VALUES ('2011-05-04', 'France', 'online', 1, 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 0.0000, 0.0000, 0.0000, 2.0000);
INSERT INTO wharf.daily_sales VALUES ('2011-05-26', 'France', 'online', 1, 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 0.0000, 0.0000, 0.0000, 2.0000);
INSERT INTO wharf.daily_sales VALUES ('2011-05-27', 'France', 'online', 1, 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 0.0000, 0.0000, 0.0000, 2.0000);
INSERT INTO wharf.daily_sales VALUES ('2011-05-28', 'France', 'online', 1, 1, 1, 1, 2.0000, 2.0000, 0.0000, 0.0000, 2.0000, 0.0000, 0.0000, 0.0000, 2.0000);
INSERT INTO wharf.fates VALUES (1, 1, 'used', NULL, NULL, 0);
INSERT INTO wharf.fates VALUES (1, 2, 'used', NULL, NULL, 1);
INSERT INTO wharf.fates VALUES (1, 3, 'used', NULL, NULL, 2);
INSERT INTO wharf.fates VALUES (1, 4, 'used', NULL, NULL, 3);
INSERT INTO wharf.fates VALUES (1, 5, 'used', NULL, NULL, 4);
INSERT INTO wharf.fates VALUES (2, 1, 'used', NULL, NULL, 0);
INSERT INTO wharf.fates VALUES (2, 2, 'used', NULL, NULL, 1);
INSERT INTO wharf.fates VALUES (2, 3, 'used', NULL, NULL, 2);
INSERT INTO wharf.fates VALUES (2, 4, 'used', NULL, NULL, 3);
INSERT INTO wharf.fates VALUES (2, 5, 'used', NULL, NULL, 4);
INSERT INTO wharf.fates VALUES (2, 6, 'used', NULL, NULL, 5);
INSERT INTO wharf.fates VALUES (2, 7, 'used', NULL, NULL, 6);
INSERT INTO wharf.fates VALUES (1, 6, 'superseded', 2, 1, 5);
INSERT INTO wharf.fates VALUES (1, 7, 'superseded', 2, 2, 6);
INSERT INTO wharf.fates VALUES (1, 8, 'superseded', 2, 3, 7);
INSERT INTO wharf.fates VALUES (1, 9, 'superseded', 2, 4, 8);
INSERT INTO wharf.fates VALUES (1, 10, 'superseded', 2, 5, 9);
INSERT INTO wharf.loads VALUES (1, '1.csv', 'invoice_lines', '2026-11-30 15:32:18.865064+00', false, 10, 5, 0, 0, 0, 5, '29027d79481304aab1c02edcc6233507cb08756e99b98e935631fd4eefbb7987', 563);
INSERT INTO wharf.loads VALUES (2, '2.csv', 'invoice_lines', '2026-11-30 15:32:19.308171+00', false, 7, 7, 0, 0, 0, 0, 'dab61f3241de3f52cd59d50ed985aff01c1588132c4f3a18e3673941543cdb9f', 419);
INSERT INTO wharf.order_lines VALUES ('1000', 1, '2011-05-21 09:00:00+00', '2011-05-21', '10', 'P6', 'POT', 'sale', 1, 1.0000, 0.0000, 0.0000, 1.0000, 'GBP', 1, 1);
INSERT INTO wharf.order_lines VALUES ('1001', 1, '2011-05-22 09:00:00+00', '2011-05-22', '0', 'P0', 'POT', 'sale', 1, 1.0000, 0.0000, 0.0000, 1.0000, 'GBP', 1, 2);
INSERT INTO wharf.order_lines VALUES ('1002', 1, '2011-05-23 09:00:00+00', '2011-05-23', '1', 'P1', 'POT', 'sale', 1, 1.0000, 0.0000, 0.0000, 1.0000, 'GBP', 1, 3);
INSERT INTO wharf.order_lines VALUES ('1003', 1, '2011-05-24 09:00:00+00', '2011-05-24', '2', 'P2', 'POT', 'sale', 1, 1.0000, 0.0000, 0.0000, 1.0000, 'GBP', 1, 4);
INSERT INTO wharf.order_lines VALUES ('1004', 1, '2011-05-25 09:00:00+00', '2011-05-25', '3', 'P3', 'POT', 'sale', 1, 1.0000, 0.0000, 0.0000, 1.0000, 'GBP', 1, 5);
INSERT INTO wharf.order_lines VALUES ('1005', 1, '2011-05-26 09:00:00+00', '2011-05-26', '4', 'P4', 'POT', 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 2, 1);
INSERT INTO wharf.order_lines VALUES ('1006', 1, '2011-05-27 09:00:00+00', '2011-05-27', '5', 'P5', 'POT', 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 2, 2);
INSERT INTO wharf.order_lines VALUES ('1007', 1, '2011-05-28 09:00:00+00', '2011-05-28', '6', 'P6', 'POT', 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 2, 3);
INSERT INTO wharf.order_lines VALUES ('1008', 1, '2011-05-01 09:00:00+00', '2011-05-01', '7', 'P0', 'POT', 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 2, 4);
INSERT INTO wharf.order_lines VALUES ('1009', 1, '2011-05-02 09:00:00+00', '2011-05-02', '8', 'P1', 'POT', 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 2, 5);
INSERT INTO wharf.order_lines VALUES ('1010', 1, '2011-05-03 09:00:00+00', '2011-05-03', '9', 'P2', 'POT', 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 2, 6);
INSERT INTO wharf.order_lines VALUES ('1011', 1, '2011-05-04 09:00:00+00', '2011-05-04', '10', 'P3', 'POT', 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 2, 7);
INSERT INTO wharf.order_lines_wide VALUES ('1000', 1, '2011-05-21', '2011-05-21 09:00:00+00', '10', 'P6', 'POT', NULL, true, 'sale', 1, 1.0000, 0.0000, 0.0000, 1.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-21', 0.0000, 0.0000);
INSERT INTO wharf.order_lines_wide VALUES ('1001', 1, '2011-05-22', '2011-05-22 09:00:00+00', '0', 'P0', 'POT', NULL, true, 'sale', 1, 1.0000, 0.0000, 0.0000, 1.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-22', 0.0000, 0.0000);
INSERT INTO wharf.order_lines_wide VALUES ('1002', 1, '2011-05-23', '2011-05-23 09:00:00+00', '1', 'P1', 'POT', NULL, true, 'sale', 1, 1.0000, 0.0000, 0.0000, 1.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-23', 0.0000, 0.0000);
INSERT INTO wharf.order_lines_wide VALUES ('1003', 1, '2011-05-24', '2011-05-24 09:00:00+00', '2', 'P2', 'POT', NULL, true, 'sale', 1, 1.0000, 0.0000, 0.0000, 1.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-24', 0.0000, 0.0000);
INSERT INTO wharf.order_lines_wide VALUES ('1004', 1, '2011-05-25', '2011-05-25 09:00:00+00', '3', 'P3', 'POT', NULL, true, 'sale', 1, 1.0000, 0.0000, 0.0000, 1.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-25', 0.0000, 0.0000);
INSERT INTO wharf.order_lines_wide VALUES ('1005', 1, '2011-05-26', '2011-05-26 09:00:00+00', '4', 'P4', 'POT', NULL, true, 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-26', 0.0000, 0.0000);
INSERT INTO wharf.order_lines_wide VALUES ('1006', 1, '2011-05-27', '2011-05-27 09:00:00+00', '5', 'P5', 'POT', NULL, true, 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-27', 0.0000, 0.0000);
INSERT INTO wharf.order_lines_wide VALUES ('1007', 1, '2011-05-28', '2011-05-28 09:00:00+00', '6', 'P6', 'POT', NULL, true, 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-28', 0.0000, 0.0000);
INSERT INTO wharf.order_lines_wide VALUES ('1008', 1, '2011-05-01', '2011-05-01 09:00:00+00', '7', 'P0', 'POT', NULL, true, 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-01', 0.0000, 0.0000);
INSERT INTO wharf.order_lines_wide VALUES ('1009', 1, '2011-05-02', '2011-05-02 09:00:00+00', '8', 'P1', 'POT', NULL, true, 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-02', 0.0000, 0.0000);
INSERT INTO wharf.order_lines_wide VALUES ('1010', 1, '2011-05-03', '2011-05-03 09:00:00+00', '9', 'P2', 'POT', NULL, true, 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-03', 0.0000, 0.0000);
INSERT INTO wharf.order_lines_wide VALUES ('1011', 1, '2011-05-04', '2011-05-04 09:00:00+00', '10', 'P3', 'POT', NULL, true, 'sale', 1, 2.0000, 0.0000, 0.0000, 2.0000, 'GBP', 'completed', false, false, 'online', 'France', true, false, true, '2011-05-04', 0.0000, 0.0000);
INSERT INTO wharf.orders VALUES ('1003', '2', '2011-05-24 09:00:00+00', '2011-05-24', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 1.0000, 1, 1, 4);
INSERT INTO wharf.orders VALUES ('1004', '3', '2011-05-25 09:00:00+00', '2011-05-25', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 1.0000, 1, 1, 5);
INSERT INTO wharf.orders VALUES ('1002', '1', '2011-05-23 09:00:00+00', '2011-05-23', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 1.0000, 1, 1, 3);
INSERT INTO wharf.orders VALUES ('1001', '0', '2011-05-22 09:00:00+00', '2011-05-22', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 1.0000, 1, 1, 2);
INSERT INTO wharf.orders VALUES ('1000', '10', '2011-05-21 09:00:00+00', '2011-05-21', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 1.0000, 1, 1, 1);
INSERT INTO wharf.orders VALUES ('1006', '5', '2011-05-27 09:00:00+00', '2011-05-27', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 2.0000, 1, 2, 2);
INSERT INTO wharf.orders VALUES ('1011', '10', '2011-05-04 09:00:00+00', '2011-05-04', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 2.0000, 1, 2, 7);
INSERT INTO wharf.orders VALUES ('1005', '4', '2011-05-26 09:00:00+00', '2011-05-26', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 2.0000, 1, 2, 1);
INSERT INTO wharf.orders VALUES ('1007', '6', '2011-05-28 09:00:00+00', '2011-05-28', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 2.0000, 1, 2, 3);
INSERT INTO wharf.orders VALUES ('1008', '7', '2011-05-01 09:00:00+00', '2011-05-01', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 2.0000, 1, 2, 4);
INSERT INTO wharf.orders VALUES ('1010', '9', '2011-05-03 09:00:00+00', '2011-05-03', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 2.0000, 1, 2, 6);
INSERT INTO wharf.orders VALUES ('1009', '8', '2011-05-02 09:00:00+00', '2011-05-02', 'completed', false, NULL, false, 'online', 'France', 'GBP', 0.0000, 0.0000, 2.0000, 1, 2, 5);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-24', 'P2', 1, 1.0000, 1, 0, 0.0000);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-22', 'P0', 1, 1.0000, 1, 0, 0.0000);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-23', 'P1', 1, 1.0000, 1, 0, 0.0000);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-25', 'P3', 1, 1.0000, 1, 0, 0.0000);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-21', 'P6', 1, 1.0000, 1, 0, 0.0000);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-04', 'P3', 1, 2.0000, 1, 0, 0.0000);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-28', 'P6', 1, 2.0000, 1, 0, 0.0000);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-26', 'P4', 1, 2.0000, 1, 0, 0.0000);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-01', 'P0', 1, 2.0000, 1, 0, 0.0000);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-27', 'P5', 1, 2.0000, 1, 0, 0.0000);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-03', 'P2', 1, 2.0000, 1, 0, 0.0000);
INSERT INTO wharf.product_daily_demand VALUES ('2011-05-02', 'P1', 1, 2.0000, 1, 0, 0.0000);
INSERT INTO wharf.products VALUES ('P0', 'P0', 'POT', NULL, true, NULL, NULL, 1, 2);
INSERT INTO wharf.products VALUES ('P1', 'P1', 'POT', NULL, true, NULL, NULL, 1, 3);
INSERT INTO wharf.products VALUES ('P2', 'P2', 'POT', NULL, true, NULL, NULL, 1, 4);
INSERT INTO wharf.products VALUES ('P3', 'P3', 'POT', NULL, true, NULL, NULL, 1, 5);
INSERT INTO wharf.products VALUES ('P6', 'P6', 'POT', NULL, true, NULL, NULL, 1, 1);
INSERT INTO wharf.products VALUES ('P4', 'P4', 'POT', NULL, true, NULL, NULL, 2, 1);
INSERT INTO wharf.products VALUES ('P5', 'P5', 'POT', NULL, true, NULL, NULL, 2, 2);
INSERT INTO wharf.runs VALUES (1, '2026-11-30 15:32:18.865064+00', 323, 1, 7, 'done');
INSERT INTO wharf.runs VALUES (2, '2026-11-30 15:32:19.308171+00', 330, 2, 7, 'done');
INSERT INTO wharf.steps VALUES (1, 'order_lines_wide', 'missing', 10, 235, 9, 'done', NULL);
INSERT INTO wharf.steps VALUES (1, 'basket_rules', 'missing', 0, 250, 40, 'done', NULL);
INSERT INTO wharf.steps VALUES (1, 'daily_customer_stats', 'missing', 10, 250, 36, 'done', NULL);
INSERT INTO wharf.steps VALUES (1, 'daily_sales', 'missing', 10, 250, 37, 'done', NULL);
INSERT INTO wharf.steps VALUES (1, 'product_daily_demand', 'missing', 10, 250, 37, 'done', NULL);
INSERT INTO wharf.steps VALUES (1, 'cohorts', 'missing', 1, 291, 26, 'done', NULL);
INSERT INTO wharf.steps VALUES (1, 'customer_summary', 'missing', 10, 291, 31, 'done', NULL);
INSERT INTO wharf.steps VALUES (2, 'order_lines_wide', 'follows order_lines, orders', 7, 204, 13, 'done', NULL);
INSERT INTO wharf.steps VALUES (2, 'basket_rules', 'follows order_lines_wide', 0, 220, 62, 'done', NULL);
INSERT INTO wharf.steps VALUES (2, 'daily_customer_stats', 'follows order_lines_wide', 7, 220, 64, 'done', NULL);
INSERT INTO wharf.steps VALUES (2, 'daily_sales', 'follows order_lines_wide', 7, 220, 71, 'done', NULL);
INSERT INTO wharf.steps VALUES (2, 'product_daily_demand', 'follows order_lines_wide', 7, 220, 76, 'done', NULL);
INSERT INTO wharf.steps VALUES (2, 'cohorts', 'follows daily_customer_stats', 1, 298, 31, 'done', NULL);
INSERT INTO wharf.steps VALUES (2, 'customer_summary', 'follows daily_customer_stats', 11, 298, 31, 'done', NULL);
ALTER TABLE ONLY wharf._wharf_chapters
    ADD CONSTRAINT _wharf_chapters_pkey PRIMARY KEY (place);
ALTER TABLE ONLY wharf._wharf_keys
    ADD CONSTRAINT _wharf_keys_pkey PRIMARY KEY (load);
ALTER TABLE ONLY wharf._wharf_tables
    ADD CONSTRAINT _wharf_tables_pkey PRIMARY KEY (name);
CREATE INDEX customer_summary_customer_id_idx ON wharf.customer_summary USING btree (customer_id);
CREATE INDEX customers_customer_id_idx ON wharf.customers USING btree (customer_id);
CREATE INDEX daily_customer_stats_customer_id_idx ON wharf.daily_customer_stats USING btree (customer_id);
CREATE INDEX daily_customer_stats_day_idx ON wharf.daily_customer_stats USING btree (day);
CREATE INDEX daily_sales_day_idx ON wharf.daily_sales USING btree (day);
CREATE INDEX fates_load_idx ON wharf.fates USING btree (load);
CREATE INDEX loads_by_load ON wharf.loads USING btree (load);
CREATE INDEX order_lines_customer_id_idx ON wharf.order_lines USING btree (customer_id);
CREATE INDEX order_lines_day_idx ON wharf.order_lines USING btree (day);
CREATE INDEX order_lines_order_id_idx ON wharf.order_lines USING btree (order_id);
CREATE INDEX order_lines_wide_customer_id_idx ON wharf.order_lines_wide USING btree (customer_id);
CREATE INDEX order_lines_wide_day_idx ON wharf.order_lines_wide USING btree (day);
CREATE INDEX orders_customer_id_idx ON wharf.orders USING btree (customer_id);
CREATE INDEX orders_day_idx ON wharf.orders USING btree (day);
CREATE INDEX orders_order_id_idx ON wharf.orders USING btree (order_id);
CREATE INDEX product_daily_demand_day_idx ON wharf.product_daily_demand USING btree (day);
