-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: how content the customer is; NULL where there are no events
SELECT
    customer_id,
    {% if has("customer", "complaints") %}
    --: Complaints that are not closed yet
    greatest(complaints - complaints_closed, 0) AS open_complaints,
    --: Complaints of the last 90 days less those of the 90 days before
    complaints_90d - complaints_90d_before AS complaint_trend,
    {% else %}
    --: Complaints that are not closed yet: not known, there are no events
    CAST(NULL AS BIGINT) AS open_complaints,
    --: Complaints of the last 90 days less those of the 90 days before: not known
    CAST(NULL AS BIGINT) AS complaint_trend,
    {% endif %}
    {% if has("customer", "last_rating") %}
    --: How satisfied the customer last said to be; NULL if never asked
    last_rating AS satisfaction,
    {% else %}
    --: How satisfied the customer last said to be: not known, events have no `value`
    CAST(NULL AS DOUBLE) AS satisfaction,
    {% endif %}
FROM customer
