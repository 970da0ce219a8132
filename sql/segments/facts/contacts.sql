-- table:   facts
-- grain:   one row a customer with an event
-- source:  events
-- meaning: how the shop and a customer are in touch, and what the customer complained of
SELECT
    customer_id,
    --: Times the shop wrote to the customer
    count(*) FILTER (WHERE is_mailing) AS mailings,
    --: Times the customer replied
    count(*) FILTER (WHERE is_reply) AS replies,
    --: Visits and replies within the last 90 days
    count(*) FILTER (WHERE (is_visit OR is_reply) AND days_ago <= 90) AS interest_90d,
    --: Times the customer wrote, rated, complained or brought somebody within the last 365 days
    count(*) FILTER (
        WHERE (is_reply OR is_rating OR is_complaint OR is_referral) AND days_ago <= 365
    ) AS own_contacts_365d,
    --: Complaints
    count(*) FILTER (WHERE is_complaint) AS complaints,
    --: Complaints that were closed
    count(*) FILTER (WHERE is_complaint_closed) AS complaints_closed,
    --: Complaints within the last 90 days
    count(*) FILTER (WHERE is_complaint AND days_ago <= 90) AS complaints_90d,
    --: Complaints within the 90 days before those
    count(*) FILTER (WHERE is_complaint AND days_ago > 90 AND days_ago <= 180) AS complaints_90d_before,
    --: People the customer brought
    count(*) FILTER (WHERE is_referral) AS referrals,
FROM touches
GROUP BY customer_id
