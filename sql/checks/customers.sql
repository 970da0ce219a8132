-- table:   customers
-- grain:   one row a customer whose statements contradict each other; a sound table yields none
-- meaning: each customer is in exactly one class of each dimension, and the dimensions fit one another
WITH counted AS (
    SELECT
        *,
        count(*) OVER (PARTITION BY customer_id) AS copies,
        lifecycle = 'prospect' AS is_prospect
    FROM customers
)

SELECT customer_id
FROM counted
WHERE
    copies <> 1
    OR lifecycle IS NULL
    OR lifecycle NOT IN ('prospect', 'new', 'regular', 'old', 'loyal', 'lapsing', 'lost', 'returned')
    OR (days_in_lifecycle IS NULL) <> is_prospect
    OR days_in_lifecycle < 0
    OR prospect_kind NOT IN ('quasi', 'refusing', 'unexplored')
    OR (prospect_kind IS NOT NULL AND NOT is_prospect)
    OR (dormancy IS NULL) <> is_prospect
    OR dormancy NOT IN ('awake', 'drowsy', 'half_asleep', 'deep_sleep')
    OR (relationship IS NULL) <> is_prospect
    OR relationship NOT IN ('transactional', 'relational')
    OR relationship_kind NOT IN ('most_profitable', 'promising', 'losing_value')
    OR (relationship_kind IS NOT NULL AND relationship <> 'relational')
    OR (relationship_kind IS NULL AND relationship = 'relational' AND abc IS NOT NULL)
    OR (recency_score IS NULL) <> is_prospect
    OR recency_score NOT BETWEEN 1 AND 5
    OR (frequency_score IS NULL) <> is_prospect
    OR frequency_score NOT BETWEEN 1 AND 5
    OR (monetary_score IS NOT NULL AND is_prospect)
    OR monetary_score NOT BETWEEN 1 AND 5
    OR abc NOT IN ('a', 'b', 'c')
    OR (abc IS NULL) <> (is_prospect OR revenue IS NULL)
    OR (is_core IS NULL) <> (abc IS NULL)
    OR (is_core AND is_potential_core)
    OR (is_key_account_candidate AND (is_prospect OR key_account_reason IS NULL))
    OR alive_probability NOT BETWEEN 0 AND 1
    OR (alive_probability IS NOT NULL AND is_prospect)
    OR expected_orders < 0
    OR expected_value < 0
    OR open_complaints < 0
    OR referral_value IS NULL AND referred_customers IS NOT NULL
    OR segment IS NULL
    OR action IS NULL
    OR action NOT IN ('keep', 'grow', 'wake', 'win_back', 'convert', 'let_go')
    OR (action = 'convert' AND NOT is_prospect)
    OR (action IN ('keep', 'grow', 'wake', 'win_back') AND is_prospect)
    OR (action IN ('wake', 'win_back', 'convert') AND action_value <= 0)
    OR (action = 'let_go' AND (action_value IS NULL OR action_value < 0))
