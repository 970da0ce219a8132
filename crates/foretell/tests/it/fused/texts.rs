//! Texts are read as codes where files only tell them apart, and must say the same.

const HEAD: &str = "-- grain:   one row a customer\n-- meaning: what texts tell\n";

/// Only told apart: grouped by, counted, passed on to the line after, asked for NULL.
const TOLD_APART: [&str; 2] = [
    "WITH kinds AS (
    SELECT customer_id, category, product_id, min(days_ago) AS days_ago, count(*) AS lines
    FROM transactions GROUP BY customer_id, category, product_id
), categories AS (
    SELECT customer_id, category, min(days_ago) AS days_ago, max(lines) AS most FROM kinds GROUP BY customer_id, category
)
SELECT
    customer_id,
    count(*) AS categories,
    count(category) AS named,
    max(most) AS most_of_one,
    count(*) FILTER (WHERE days_ago <= 30) AS categories_30d,
FROM categories GROUP BY customer_id",
    "WITH lines AS (
    SELECT customer_id, days_ago, lag(category) OVER (PARTITION BY customer_id ORDER BY line_id) AS before FROM transactions
), before AS (
    SELECT customer_id, before, count(*) AS lines FROM lines WHERE before IS NOT NULL GROUP BY customer_id, before
)
SELECT customer_id, max(lines) AS most_before, count(*) AS categories_before, FROM before GROUP BY customer_id",
];

/// Compared with certain texts, alone and among other conditions.
const COMPARED: [&str; 1] = ["SELECT
    customer_id,
    count(*) FILTER (WHERE category = 'tea') AS tea,
    count(*) FILTER (WHERE category = 'tea' AND quantity > 1) AS much_tea,
    count(*) FILTER (WHERE category <> 'tea' AND quantity > 1) AS much_else,
    count(*) FILTER (WHERE 'none' = category OR quantity IS NULL) AS none,
    count(*) FILTER (WHERE category IS NULL) AS nameless,
    sum(CASE WHEN category = 'rare' THEN quantity ELSE 0 END) AS rare_quantity,
FROM transactions WHERE category <> 'Café crème' OR category IS NULL GROUP BY customer_id"];

/// Spelled out: in functions, patterns and lists, beside other texts, and by functions that are not folded.
const SPELLED: [&str; 1] = ["WITH lines AS (
    SELECT
        customer_id, category, product_id, upper(category) AS large,
        lag(category) OVER (PARTITION BY customer_id ORDER BY line_id) AS before
    FROM transactions
)
SELECT
    customer_id,
    max(length(category)) AS longest,
    count(*) FILTER (WHERE large LIKE '%E%') AS with_e,
    count(*) FILTER (WHERE category IN ('tea', 'none', 'rare')) AS listed,
    count(*) FILTER (WHERE category = before) AS again,
    count(*) FILTER (WHERE category < 'm') AS early,
    count(DISTINCT category) AS different,
    length(max(product_id)) AS last_length,
FROM lines GROUP BY customer_id"];

/// Sets of files, each run for itself: a text that one file spells out is a text for all.
pub fn sets() -> Vec<Vec<String>> {
    [&TOLD_APART[..], &COMPARED[..], &SPELLED[..]]
        .iter()
        .map(|files| files.iter().map(|sql| format!("{HEAD}{sql}\n")).collect())
        .collect()
}
