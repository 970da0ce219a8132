//! Files that were computed wrongly once.

const HEAD: &str = "-- grain:   one row a customer\n-- meaning: was wrong once\n";

/// The second file asks a fold for more than the first did: what the first reads of it must stay in place.
const SHARED_FOLD: [&str; 2] = [
    "WITH days AS (
    SELECT customer_id, occurred_on, min(days_ago) AS days_ago
    FROM transactions GROUP BY customer_id, occurred_on HAVING count(*) > 0
), gaps AS (
    SELECT customer_id, days_ago, lag(days_ago) OVER (PARTITION BY customer_id ORDER BY occurred_on) AS before
    FROM days
)
SELECT customer_id, max(before) AS longest, min(days_ago) AS newest,
FROM gaps GROUP BY customer_id",
    "WITH days AS (
    SELECT
        customer_id, occurred_on, min(days_ago) AS days_ago, max(quantity) AS most, sum(weight) AS weight,
        min(line_id) AS first_line
    FROM transactions GROUP BY customer_id, occurred_on HAVING count(*) > 0
), gaps AS (
    SELECT
        customer_id, most, weight, first_line,
        lag(days_ago) OVER (PARTITION BY customer_id ORDER BY occurred_on) AS before
    FROM days
)
SELECT customer_id, max(before) AS longest_again, sum(most) AS all_most, sum(weight) AS weights, max(first_line) AS line,
FROM gaps GROUP BY customer_id",
];

/// Rows that are added but NULL are no rows that count as 0; NULL is not counted; 0 and -0 are one key; a key named
/// twice is one; a median of no rows is NULL.
const VALUES: [&str; 3] = [
    "SELECT
    customer_id,
    sum(CASE WHEN quantity IS NULL THEN quantity ELSE 0 END) AS null_or_zero,
    sum(CASE WHEN order_id IS NOT NULL THEN weight ELSE 0 END) AS orders_weight,
    sum(CASE WHEN days_ago <= 30 THEN weight ELSE 0 END) FILTER (WHERE paid) AS paid_weight,
    count(NULL) AS nothing,
    median(CAST(quantity AS DOUBLE)) FILTER (WHERE days_ago > 100000) AS median_of_none,
FROM transactions WHERE quantity IS NULL OR weight IS NULL GROUP BY customer_id",
    "WITH balances AS (
    SELECT customer_id, balance, count(*) AS n FROM transactions GROUP BY customer_id, balance, balance
)
SELECT customer_id, count(*) AS balances, max(n) AS most, count(*) FILTER (WHERE 1 / balance > 0) AS not_below_zero,
FROM balances WHERE balance <> 1.5 GROUP BY customer_id",
    "SELECT customer_id, median(weight) AS median_of_nobody, min(weight) AS least_of_nobody,
FROM transactions WHERE days_ago > 100000 GROUP BY customer_id",
];

/// The first row is in no window that ends before it.
const WINDOWS: [&str; 1] = ["WITH told AS (
    SELECT
        customer_id,
        first_value(line_id) OVER (
            PARTITION BY customer_id ORDER BY line_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS before,
        first_value(line_id) OVER (PARTITION BY customer_id ORDER BY line_id) AS first_line
    FROM transactions
)
SELECT customer_id, count(before) AS lines_before, count(first_line) AS lines, max(first_line) AS first_line,
FROM told GROUP BY customer_id"];

/// Each set of files that was wrong once.
pub fn sets() -> Vec<Vec<String>> {
    [&SHARED_FOLD[..], &VALUES[..], &WINDOWS[..]]
        .iter()
        .map(|files| files.iter().map(|sql| format!("{HEAD}{sql}\n")).collect())
        .collect()
}
