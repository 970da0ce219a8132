-- family:  variety
-- grain:   one row a customer with a category, where lines have one
-- source:  transactions
-- meaning: over how many categories a customer spreads, and whether they try new ones
SELECT
    customer_id,
    {% if has("transactions", "category") %}
    {% for w in windows if not w.days or w.days >= 30 %}
    --: Different categories the customer bought from {{ w.words }}
    count(*) {{ w.filter }} AS categories_{{ w }},
    {% endfor %}
    {% for w in windows if w.days and w.days >= 90 %}
    --: Categories the customer bought from for the first time {{ w.words }}
    count(*) FILTER (WHERE first_days_ago <= {{ w.days }}) AS categories_new_{{ w }},
    {% endfor %}
    {% for w in windows if not w.days or w.days >= 90 %}
    --: Share of the lines bought {{ w.words }} that are of the most bought category
    CAST(max(lines_{{ w }}) AS DOUBLE) / nullif(sum(lines_{{ w }}), 0) AS category_top_share_{{ w }},
    --: How evenly the lines bought {{ w.words }} spread over categories (entropy, 0 = always the same)
    CASE
        WHEN sum(lines_{{ w }}) > 0
            THEN ln(sum(lines_{{ w }}))
                - coalesce(sum(lines_{{ w }} * ln(lines_{{ w }})) FILTER (WHERE lines_{{ w }} > 0), 0)
                / sum(lines_{{ w }})
    END AS category_entropy_{{ w }},
    {% endfor %}
    --: Share of the money that went into one category
    max(amount) / nullif(sum(amount), 0) AS category_amount_top_share_lifetime,
    --: Days since the customer last bought from a category for the first time
    min(first_days_ago) AS days_since_new_category,
    {% endif %}
FROM {{ "purchase_categories" if has("transactions", "category") else "purchases" }}
GROUP BY customer_id
