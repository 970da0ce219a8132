//! The truth: every constant and formula by which customers of the simulated shop behave.
//!
//! Time runs in days. On each day a customer does at most one of two things: visits (probability `v`)
//! or orders (probability `o`).
//!
//! **Interest** `x` is what visits and replies leave behind: a visit adds 1, a reply to a newsletter
//! [`REPLY_INTEREST`], and it fades by `exp(-1 / INTEREST_DAYS)` a day. A day's probabilities use the
//! interest of the days before, so what drives them can be seen in `events`; when somebody becomes
//! active, their wish is met and interest starts at what is usual for them.
//!
//! | state | `v` | `o` |
//! |---|---|---|
//! | prospect | own browsing rate, fading with age | `logistic(CONVERSION + own inclination + ln s)`, see [`conversion`] |
//! | active | own visiting rate | `lambda * s * pull`, see [`order`] |
//! | dormant | [`DORMANT_VISITS`] of that | `logistic(…)`, see [`reactivation`] |
//! | gone | [`GONE_VISITS`] of that | 0 |
//!
//! `s` is the season's factor (mean 1 over a year), `pull` grows with interest and has mean 1, so
//! `lambda` is the mean number of orders a day. After each order a customer is lost with their own
//! probability `p`; a complaint or low satisfaction may lose them too, whatever their `p`. The lost are
//! dormant, and may return, or gone for good. `lambda` is gamma and `p` beta distributed: but for the
//! pull, the losses with a cause and the returns this is BG/NBD (Fader, Hardie and Lee, 2005), with
//! dropout possible after the first order too (Batislam, Denizel and Filiztekin, 2007).

/// Shape of the gamma distribution of `lambda`.
pub const LAMBDA_SHAPE: f64 = 1.6;
/// Mean of `lambda`, orders a day.
pub const LAMBDA_MEAN: f64 = 0.032;
/// Parameters of the beta distribution of the dropout probability `p`.
pub const DROPOUT: (f64, f64) = (1.0, 3.8);

/// Days in which interest fades to 1/e.
pub const INTEREST_DAYS: f64 = 20.0;
/// Interest that a reply to a newsletter adds; a visit adds 1.
pub const REPLY_INTEREST: f64 = 1.5;
/// Largest probability of an order on one day.
pub const MOST_A_DAY: f64 = 0.95;
/// Share of the order rate that follows interest; the rest is steady.
pub const PULL: f64 = 0.6;
/// Interest beyond which conversion and reactivation grow no likelier.
pub const MOST_INTEREST: f64 = 3.0;

/// Logit of a prospect's daily conversion probability without interest, and what a unit of it adds.
pub const CONVERSION: (f64, f64) = (-6.8, 2.2);
/// Deviation of the prospects' own inclination to buy, on the logit scale.
pub const INCLINATION: f64 = 0.25;
/// Share of prospects who refuse, and their inclination.
pub const REFUSERS: (f64, f64) = (0.1, -3.0);
/// Logit of a dormant customer's daily probability of return without interest, and what a unit adds.
pub const REACTIVATION: (f64, f64) = (-6.6, 1.6);

/// Least visiting rate of a customer, visits a day, and what an order a day adds to it.
pub const VISITS: (f64, f64) = (0.02, 0.8);
/// Shape of the gamma distribution of the prospects' browsing rates.
pub const BROWSING_SHAPE: f64 = 0.8;
/// Mean browsing rate of a prospect at sign-up, visits a day.
pub const BROWSING: f64 = 0.05;
/// Share of their browsing that prospects keep for ever, and the days in which the rest fades to 1/e.
pub const BROWSING_FADE: (f64, f64) = (0.3, 150.0);
/// Share of their visits that dormant customers keep.
pub const DORMANT_VISITS: f64 = 0.2;
/// Share of their visits that customers keep who are gone.
pub const GONE_VISITS: f64 = 0.05;

/// Probability that an order leads to a complaint.
pub const COMPLAINT: f64 = 0.045;
/// Probability that a complaint loses the customer: closed within [`PATIENCE`] days, and otherwise.
pub const COMPLAINT_LOSS: (f64, f64) = (0.2, 0.6);
/// Days after which an open complaint has lasted too long.
pub const PATIENCE: u32 = 7;
/// Probability that an order which satisfied with 1 or 2 of 5 loses the customer.
pub const DISSATISFIED_LOSS: f64 = 0.4;
/// Satisfaction of a customer's orders on the scale of 1 to 5: mean, and deviation between customers.
pub const MOOD: (f64, f64) = (4.1, 0.5);
/// Deviation of satisfaction between the orders of a customer, and what a complaint takes from it.
pub const MOOD_OF_ORDER: (f64, f64) = (0.7, 1.5);
/// Probability that the customer answers the survey: without and with a complaint.
pub const SURVEY: (f64, f64) = (0.15, 0.5);
/// Share of the lost who are dormant and not gone: natural, by dissatisfaction, by complaint.
pub const DORMANT_SHARE: (f64, f64, f64) = (0.65, 0.5, 0.35);

/// Days between two newsletters.
pub const NEWSLETTER_DAYS: u32 = 28;
/// Days without visit, order or reply after which no newsletter is sent any more.
pub const NEWSLETTER_PATIENCE: u32 = 80;
/// Share who take the newsletter: customers, prospects.
pub const SUBSCRIBERS: (f64, f64) = (0.2, 0.18);

/// Probability that a line is sent back.
pub const RETURNS: f64 = 0.05;
/// Share of customers who hunt bargains.
pub const BARGAIN_HUNTERS: f64 = 0.2;
/// Share of their lines bought at a discount: everybody else's mean, bargain hunters' mean.
pub const DISCOUNTED: (f64, f64) = (0.12, 0.8);
/// Lines of an order beyond the first: shape and mean of the customers' gamma distributed means.
pub const MORE_LINES: (f64, f64) = (2.0, 0.55);

/// Share of customers and of prospects known before the period begins.
pub const KNOWN_BEFORE: (f64, f64) = (0.4, 0.3);

/// The logistic function.
pub fn logistic(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// What is left of interest after some days.
pub fn faded(interest: f64, days: u32) -> f64 {
    interest * (-f64::from(days) / INTEREST_DAYS).exp()
}

/// Mean interest of somebody to whose interest each day adds `daily` in the mean.
///
/// A geometric series: today's interest holds yesterday's addition faded once, and so on.
pub fn usual_interest(daily: f64) -> f64 {
    let kept = (-1.0 / INTEREST_DAYS).exp();
    daily * kept / (1.0 - kept)
}

/// Probability that an active customer orders today.
pub fn order(lambda: f64, season: f64, interest: f64, usual: f64) -> f64 {
    let pull = 1.0 - PULL + PULL * interest / usual;
    (lambda * season * pull).min(MOST_A_DAY)
}

/// Probability that a prospect orders for the first time today.
pub fn conversion(inclination: f64, season: f64, interest: f64) -> f64 {
    logistic(CONVERSION.0 + CONVERSION.1 * interest.min(MOST_INTEREST) + inclination + season.ln())
}

/// Probability that a dormant customer returns today.
pub fn reactivation(season: f64, interest: f64) -> f64 {
    logistic(REACTIVATION.0 + REACTIVATION.1 * interest.min(MOST_INTEREST) + season.ln())
}

/// Share of a prospect's browsing that is left so many days after sign-up.
pub fn browsing_left(age: u32) -> f64 {
    BROWSING_FADE.0 + (1.0 - BROWSING_FADE.0) * (-f64::from(age) / BROWSING_FADE.1).exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_interest_is_where_additions_and_fading_balance() {
        let mut interest = 0.0;
        for _ in 0..1_000 {
            interest = faded(interest + 0.04, 1);
        }
        assert!((interest - usual_interest(0.04)).abs() < 1e-9);
    }

    #[test]
    fn usual_interest_pulls_neither_way() {
        assert!((order(0.02, 1.0, 0.5, 0.5) - 0.02).abs() < 1e-15);
        assert!(order(0.02, 1.0, 2.0, 0.5) > 2.0 * order(0.02, 1.0, 0.5, 0.5));
        assert!(order(0.9, 2.0, 2.0, 0.5) <= MOST_A_DAY);
    }
}
