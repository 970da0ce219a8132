-- family:  sequence
-- grain:   one row a customer with an order
-- source:  transactions
-- meaning: the last orders one by one, against each other and against what is usual for the customer
SELECT
    customer_id,
    {% for nth, words in [("last", "last order"), ("second_last", "last order but one"),
                          ("third_last", "last order but two")] %}
    --: Value of the {{ words }}
    max(amount) FILTER (WHERE nth_last = {{ loop.index }}) AS order_amount_{{ nth }},
    --: Lines of the {{ words }}
    max(lines) FILTER (WHERE nth_last = {{ loop.index }}) AS order_lines_{{ nth }},
    {% endfor %}
    --: Pieces in the last order
    max(quantity) FILTER (WHERE nth_last = 1) AS order_quantity_last,
    --: Share of the last order's value that is in its dearest line
    max(line_amount_max) FILTER (WHERE nth_last = 1)
        / nullif(max(amount) FILTER (WHERE nth_last = 1), 0) AS order_top_line_share_last,
    --: Lines of the last order as a multiple of the customer's average order
    max(lines) FILTER (WHERE nth_last = 1) / nullif(avg(lines), 0) AS order_lines_last_ratio,
    --: Average value of the last three orders
    avg(amount) FILTER (WHERE nth_last <= 3) AS order_amount_avg_last_3,
    --: Largest value among the last three orders
    max(amount) FILTER (WHERE nth_last <= 3) AS order_amount_max_last_3,
    --: Value of the customer's first order
    max(amount) FILTER (WHERE amount_before IS NULL) AS order_amount_first,
    --: Days between the last order and the one three orders before it
    max(days_ago) FILTER (WHERE nth_last = 4) - max(days_ago) FILTER (WHERE nth_last = 1) AS days_of_last_4_orders,
    --: By how much the value grows from order to order, over the last five orders
    (
        sum(nth_last) FILTER (WHERE nth_last <= 5) * sum(amount) FILTER (WHERE nth_last <= 5)
        - count(*) FILTER (WHERE nth_last <= 5) * sum(nth_last * amount) FILTER (WHERE nth_last <= 5)
    ) / nullif(
        count(*) FILTER (WHERE nth_last <= 5) * sum(nth_last * nth_last) FILTER (WHERE nth_last <= 5)
        - sum(nth_last) FILTER (WHERE nth_last <= 5) * sum(nth_last) FILTER (WHERE nth_last <= 5), 0
    ) AS order_amount_slope_last_5,
FROM order_steps
GROUP BY customer_id
