-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: what the customer brought beside others: fifths, classes and the core; NULL for prospects
SELECT
    customer_id,
    --: Orders of the customer
    orders AS orders,
    {% if has("customer", "revenue") %}
    --: Money the customer brought so far, less what was given back
    revenue AS revenue,
    --: The same within the last 180 days
    revenue_180d AS revenue_180d,
    --: The same within the 180 days before those
    revenue_180d_before AS revenue_180d_before,
    --: Share of the shop's revenue that the customer brought
    revenue / nullif($shop_revenue, 0) AS revenue_share,
    {% else %}
    --: Money the customer brought so far: not known, there is no `amount`
    CAST(NULL AS DOUBLE) AS revenue,
    --: The same within the last 180 days: not known
    CAST(NULL AS DOUBLE) AS revenue_180d,
    --: The same within the 180 days before those: not known
    CAST(NULL AS DOUBLE) AS revenue_180d_before,
    --: Share of the shop's revenue that the customer brought: not known
    CAST(NULL AS DOUBLE) AS revenue_share,
    {% endif %}
    --: Fifth by recency among buyers, 5 the most recent
    CASE
        WHEN purchase_days > 0
            THEN 1
                + CASE WHEN days_since_purchase <= $recency_2 THEN 1 ELSE 0 END
                + CASE WHEN days_since_purchase <= $recency_3 THEN 1 ELSE 0 END
                + CASE WHEN days_since_purchase <= $recency_4 THEN 1 ELSE 0 END
                + CASE WHEN days_since_purchase <= $recency_5 THEN 1 ELSE 0 END
    END AS recency_score,
    --: Fifth by orders among buyers, 5 the most frequent
    CASE
        WHEN purchase_days > 0
            THEN 1
                + CASE WHEN orders >= $frequency_2 THEN 1 ELSE 0 END
                + CASE WHEN orders >= $frequency_3 THEN 1 ELSE 0 END
                + CASE WHEN orders >= $frequency_4 THEN 1 ELSE 0 END
                + CASE WHEN orders >= $frequency_5 THEN 1 ELSE 0 END
    END AS frequency_score,
    --: Fifth by revenue among buyers, 5 the greatest
    {% if has("customer", "revenue") %}
    CASE
        WHEN purchase_days > 0
            THEN 1
                + CASE WHEN revenue >= $monetary_2 THEN 1 ELSE 0 END
                + CASE WHEN revenue >= $monetary_3 THEN 1 ELSE 0 END
                + CASE WHEN revenue >= $monetary_4 THEN 1 ELSE 0 END
                + CASE WHEN revenue >= $monetary_5 THEN 1 ELSE 0 END
    END AS monetary_score,
    {% else %}
    CAST(NULL AS BIGINT) AS monetary_score,
    {% endif %}
    {% if has("customer", "revenue") %}
    --: Class by orders x spend an order, which is revenue: a, b or c of the cumulated sum
    CASE
        WHEN purchase_days = 0 THEN NULL
        WHEN revenue >= $a_from THEN 'a'
        WHEN revenue >= $b_from THEN 'b'
        ELSE 'c'
    END AS abc,
    --: One of the smallest set of customers who bring the core's share of revenue
    CASE WHEN purchase_days > 0 THEN coalesce(revenue >= $core_from, false) END AS is_core,
    {% else %}
    --: Class by orders x spend: not known, there is no `amount`
    CAST(NULL AS VARCHAR) AS abc,
    --: One of the core customers: not known, there is no `amount`
    CAST(NULL AS BOOLEAN) AS is_core,
    {% endif %}
FROM customer
