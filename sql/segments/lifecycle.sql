-- table:   customers
-- grain:   one row a customer known before the cutoff
-- meaning: which stage of the way from prospect to lost the customer is in, and for how long
-- Each condition is asked in turn; the first that holds decides. Silences are whole days since the last purchase.
{% set life = segments.lifecycle %}
WITH staged AS (
    SELECT
        customer_id,
        days_since_purchase AS silence,
        days_since_first_purchase AS age,
        days_since_waking AS waking,
        days_since_return AS returned,
        days_since_loyal_purchase AS loyal_purchase,
        CASE
            WHEN purchase_days = 0 THEN 'prospect'
            WHEN days_since_purchase >= {{ life.lost }} THEN 'lost'
            WHEN days_since_purchase >= {{ life.lapsing }} THEN 'lapsing'
            WHEN days_since_return <= {{ life.new }} THEN 'returned'
            WHEN days_since_first_purchase <= {{ life.new }} THEN 'new'
            WHEN purchase_days >= {{ life.loyal_days }} AND days_since_first_purchase >= {{ life.loyal }} THEN 'loyal'
            WHEN days_since_first_purchase >= {{ life.old }} THEN 'old'
            ELSE 'regular'
        END AS lifecycle
    FROM customer
)

SELECT
    customer_id,
    --: Stage: prospect, new, regular, old, loyal, lapsing, lost or returned
    lifecycle AS lifecycle,
    --: Days since that stage began; NULL for prospects, of whom only the first day known would tell
    CASE lifecycle
        WHEN 'lost' THEN silence - {{ life.lost }}
        WHEN 'lapsing' THEN silence - {{ life.lapsing }}
        WHEN 'returned' THEN returned
        WHEN 'new' THEN age
        WHEN 'loyal' THEN least(
            coalesce(waking, age), coalesce(returned - {{ life.new }}, age),
            loyal_purchase, age - {{ life.loyal }}, age - {{ life.new }}
        )
        WHEN 'old' THEN least(coalesce(waking, age), coalesce(returned - {{ life.new }}, age), age - {{ life.old }})
        WHEN 'regular' THEN least(coalesce(waking, age), coalesce(returned - {{ life.new }}, age), age - {{ life.new }})
    END AS days_in_lifecycle,
FROM staged
