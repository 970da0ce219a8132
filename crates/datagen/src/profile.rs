//! Who a customer is: what chance gives once and keeps.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::calendar::Calendar;
use crate::catalogue::{CATEGORIES, category_shares};
use crate::model;
use crate::people::{ACQUISITIONS, Acquisition, CHANNELS, REGIONS};
use crate::random::{Streams, beta, chance, gamma, normal, pick};

/// Largest prime of seven digits, the number of public ids.
const IDS: u64 = 9_999_991;
/// Scatters streams over the ids, so that an id tells neither kind nor age.
const SCATTER: u64 = 4_806_347;

/// How somebody comes to the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Known from their first order on, or from before the period with an early order in it.
    Buyer,
    /// Signs up first, and may or may not buy.
    Prospect,
}

/// What chance gives a customer once and keeps.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Public id; unique.
    pub id: u32,
    /// Number of the random stream.
    pub stream: u64,
    /// How they come to the shop.
    pub kind: Kind,
    /// Orders a day while active.
    pub lambda: f64,
    /// Probability of leaving after an order, for no other cause.
    pub dropout: f64,
    /// Visits a day while active.
    pub visit_rate: f64,
    /// Visits a day at sign-up; prospects only.
    pub browse_rate: f64,
    /// Own part of a prospect's conversion logit.
    pub inclination: f64,
    /// Mean satisfaction with an order, around 1 to 5.
    pub mood: f64,
    /// Probability of replying to a newsletter.
    pub reply_share: f64,
    /// Mean number of an order's lines beyond the first.
    pub more_lines: f64,
    /// Share of lines for which the dearer of two products is taken.
    pub premium: f64,
    /// Share of lines bought at a discount.
    pub discounted: f64,
    /// Cumulative shares of the categories, of 65,535.
    pub tastes: [u16; CATEGORIES],
    /// Day on which the shop learns of them, from the first of the period; negative before it.
    pub known_day: i32,
    /// Second of that day.
    pub known_second: u32,
    /// Day on which they begin to act.
    pub entry_day: u32,
    /// Whether they hunt bargains.
    pub bargain: bool,
    /// Whether they take the newsletter.
    pub newsletter: bool,
    /// How they were won; a referral only once the referrer is found.
    pub acquisition: Acquisition,
    /// Index of the region.
    pub region: u8,
    /// Index of the preferred channel.
    pub channel: u8,
    /// Year of birth, where they told.
    pub birth_year: Option<u16>,
}

impl Profile {
    /// Draws the `number`th customer of a kind.
    pub fn draw(streams: &Streams, calendar: &Calendar, activity: f64, kind: Kind, number: u32) -> Self {
        let stream = 2 * u64::from(number) + u64::from(kind == Kind::Prospect);
        let rng = &mut streams.profile(stream);
        let own_lambda = gamma(rng, model::LAMBDA_SHAPE, model::LAMBDA_MEAN);
        let (known_day, known_second, entry_day) = arrival(rng, calendar, kind);
        let bargain = chance(rng, model::BARGAIN_HUNTERS);
        let share = if bargain { model::DISCOUNTED.1 } else { model::DISCOUNTED.0 };
        let refuses = chance(rng, model::REFUSERS.0);
        let inclination = normal(rng, 0.0, model::INCLINATION);
        let subscribers = if kind == Kind::Buyer { model::SUBSCRIBERS.0 } else { model::SUBSCRIBERS.1 };
        Self {
            id: ((stream + 1) * SCATTER % IDS) as u32,
            stream,
            kind,
            // Never 0: a rate of 0 has no usual interest.
            lambda: own_lambda.max(1e-5) * activity,
            dropout: beta(rng, model::DROPOUT.0, model::DROPOUT.1),
            visit_rate: model::VISITS.0 + model::VISITS.1 * own_lambda * normal(rng, 0.0, 0.4).exp(),
            browse_rate: if kind == Kind::Prospect {
                gamma(rng, model::BROWSING_SHAPE, model::BROWSING)
            } else {
                0.0
            },
            inclination: if refuses { model::REFUSERS.1 } else { inclination },
            mood: normal(rng, model::MOOD.0, model::MOOD.1),
            reply_share: 0.4 * rng.random::<f64>().powi(2),
            more_lines: gamma(rng, model::MORE_LINES.0, model::MORE_LINES.1),
            premium: beta(rng, 0.8, 1.6),
            discounted: beta(rng, 12.0 * share, 12.0 * (1.0 - share)),
            tastes: tastes(rng),
            known_day,
            known_second,
            entry_day,
            bargain,
            newsletter: chance(rng, subscribers),
            acquisition: ACQUISITIONS[pick(rng, &ACQUISITIONS.map(Acquisition::share))],
            region: pick(rng, &REGIONS.map(|(_, share)| share)) as u8,
            channel: pick(rng, &CHANNELS.map(|(_, share)| share)) as u8,
            birth_year: chance(rng, 0.85).then(|| normal(rng, 1979.0, 14.0).clamp(1938.0, 2005.0) as u16),
        }
    }

    /// Settles how the customer was won, which also says how faithful they are.
    pub fn won_by(&mut self, acquisition: Acquisition) {
        let odds = acquisition.dropout_odds() * self.dropout / (1.0 - self.dropout).max(1e-9);
        self.acquisition = acquisition;
        self.dropout = odds / (1.0 + odds);
    }

    /// Interest that visits and replies keep up in the mean while the customer is active.
    pub fn usual_interest(&self) -> f64 {
        let replies = if self.newsletter { self.reply_share } else { 0.0 };
        let daily = model::REPLY_INTEREST * replies / f64::from(model::NEWSLETTER_DAYS);
        model::usual_interest(self.visit_rate + daily)
    }

    /// Draws a category by taste.
    pub fn category(&self, rng: &mut impl Rng) -> usize {
        let u = rng.random::<u16>();
        self.tastes.iter().position(|share| u <= *share).unwrap_or(CATEGORIES - 1)
    }

    /// Share of each category in the customer's lines.
    pub fn category_shares(&self) -> [f64; CATEGORIES] {
        let mut before = -1.0;
        self.tastes.map(|share| {
            let width = f64::from(share) - before;
            before = f64::from(share);
            width / 65_536.0
        })
    }
}

/// Day and second at which the shop learns of somebody, and the day on which they begin to act.
fn arrival(rng: &mut ChaCha8Rng, calendar: &Calendar, kind: Kind) -> (i32, u32, u32) {
    let (share, reach) = match kind {
        Kind::Buyer => (model::KNOWN_BEFORE.0, 720),
        Kind::Prospect => (model::KNOWN_BEFORE.1, 150),
    };
    if chance(rng, share) {
        // Their records before the period are not told, and no clock skips an hour at daytime.
        let day = -rng.random_range(1..=reach);
        let entry = if kind == Kind::Buyer { rng.random_range(0..60).min(calendar.length - 1) } else { 0 };
        return (day, rng.random_range(9 * 3600..19 * 3600), entry);
    }
    let day = rng.random_range(0..calendar.length);
    (day as i32, calendar.moment(day, rng), day)
}

/// Draws shares of the categories from a Dirichlet distribution and rounds them to cumulative ones.
fn tastes(rng: &mut ChaCha8Rng) -> [u16; CATEGORIES] {
    let draws = category_shares().map(|share| gamma(rng, 6.0 * share, 6.0 * share));
    let all = draws.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let mut so_far = 0.0;
    let mut tastes = draws.map(|draw| {
        so_far += draw / all;
        (so_far * 65_535.0).round() as u16
    });
    tastes[CATEGORIES - 1] = u16::MAX;
    tastes
}
