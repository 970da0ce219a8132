-- family:  customers
-- grain:   one row a customer of the customers source
-- source:  customers
-- meaning: what is known of a customer without watching behaviour
SELECT
    customer_id,
    --: Days since the customer was first known
    max(days_ago) AS days_known,
    {% if has("customers", "birth_year") %}
    --: The customer's age in years, give or take one
    date_part('year', $cutoff) - max(birth_year) AS age_years,
    {% endif %}
    {% if has("customers", "newsletter") %}
    --: The customer takes the newsletter
    bool_or(newsletter) AS takes_newsletter,
    {% endif %}
    {% for slice in slices("customers") %}
    --: The customer's {{ slice.words }}
    count(*) {{ slice.filter }} > 0 AS is_{{ slice }},
    {% endfor %}
FROM customers
GROUP BY customer_id
