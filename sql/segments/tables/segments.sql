-- table:   segments
-- grain:   one row a dimension and value
-- meaning: market segments by place, attribute and behaviour: sizes, value, growth, churn and conversion of each
WITH cells AS (
    SELECT
        {% for dimension in dimensions %}
        {{ dimension }},
        {% endfor %}
        count(*) AS customers,
        count(*) FILTER (WHERE lifecycle <> 'prospect') AS buyers,
        count(*) FILTER (WHERE lifecycle_before NOT IN ('prospect', 'lapsing', 'lost')) AS active_before,
        count(*) FILTER (
            WHERE lifecycle_before NOT IN ('prospect', 'lapsing', 'lost') AND lifecycle IN ('lapsing', 'lost')
        ) AS churned,
        count(*) FILTER (WHERE lifecycle_before = 'prospect') AS prospects_before,
        count(*) FILTER (WHERE lifecycle_before = 'prospect' AND lifecycle <> 'prospect') AS converted,
        sum(CAST(revenue AS DECIMAL(28, 6))) AS revenue,
        {% for column in ["revenue_180d", "revenue_180d_before"] %}
        sum(CAST({{ column }} AS DECIMAL(28, 6))) AS {{ column }},
        {% endfor %}
        sum(CAST(alive_probability AS DECIMAL(28, 9))) AS alive,
        sum(CAST(expected_value AS DECIMAL(28, 6))) AS expected_value,
        sum(CAST(action_value AS DECIMAL(28, 6))) AS action_value
    FROM customers
    GROUP BY
        {% for dimension in dimensions %}
        {{ dimension }}{{ "," if not loop.last }}
        {% endfor %}
),

named AS (
    SELECT
        names.dimension,
        CASE names.dimension
            {% for dimension in dimensions %}
            WHEN '{{ dimension }}' THEN CAST(cells.{{ dimension }} AS VARCHAR)
            {% endfor %}
        END AS value,
        cells.customers,
        cells.buyers,
        cells.active_before,
        cells.churned,
        cells.prospects_before,
        cells.converted,
        cells.revenue,
        cells.revenue_180d,
        cells.revenue_180d_before,
        cells.alive,
        cells.expected_value,
        cells.action_value
    FROM cells
    CROSS JOIN (
        VALUES
        {% for dimension in dimensions %}
        ('{{ dimension }}'){{ "," if not loop.last }}
        {% endfor %}
    ) AS names (dimension)
)

SELECT
    --: By what customers are told apart
    dimension AS dimension,
    --: The segment; NULL for customers of whom the dimension does not speak
    value AS value,
    --: Customers in it
    CAST(sum(customers) AS BIGINT) AS customers,
    --: Those of them who ever bought
    CAST(sum(buyers) AS BIGINT) AS buyers,
    --: What they brought so far
    CAST(sum(revenue) AS DOUBLE) AS revenue,
    --: Share of the shop's revenue
    CAST(sum(revenue) AS DOUBLE)
        / nullif(sum(CAST(sum(revenue) AS DOUBLE)) OVER (PARTITION BY dimension), 0) AS revenue_share,
    --: Revenue of the last 180 days over that of the 180 days before, less 1
    CAST(sum(revenue_180d) AS DOUBLE) / nullif(CAST(sum(revenue_180d_before) AS DOUBLE), 0) - 1 AS revenue_growth,
    --: Of those who were active buyers at the cutoff before, the share who are lapsing or lost
    CAST(sum(churned) AS DOUBLE) / nullif(sum(active_before), 0) AS churn,
    --: Of those who were prospects at the cutoff before, the share who have bought; NULL for buyers or prospects alone
    CASE
        WHEN sum(buyers) > 0 AND sum(buyers) < sum(customers)
            THEN CAST(sum(converted) AS DOUBLE) / nullif(sum(prospects_before), 0)
    END AS conversion,
    --: Mean probability that its buyers are still customers
    CAST(sum(alive) AS DOUBLE) / nullif(sum(buyers), 0) AS mean_alive_probability,
    --: What they are expected to bring
    CAST(sum(expected_value) AS DOUBLE) AS expected_value,
    --: What the actions upon them are expected to bring
    CAST(sum(action_value) AS DOUBLE) AS action_value,
FROM named
GROUP BY dimension, value
ORDER BY dimension, value NULLS FIRST
