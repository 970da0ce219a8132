//! What a customer does next, and what it makes of them: the hidden state and its steps.
//!
//! A customer is looked at only on days on which something may happen. Between two events their
//! probabilities can only fall or follow the season, so the number of days until the next candidate
//! is drawn from the geometric distribution of an upper bound, and the candidate is accepted with the
//! true probability over that bound: thinning (Lewis and Shedler, 1979), exact and without a daily loop.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::calendar::{Calendar, PEAK_DAYS};
use crate::model;
use crate::profile::{Kind, Profile};
use crate::random::{chance, normal, trials};

/// Where a customer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Has not begun to act.
    Waiting,
    /// Known, has never bought.
    Prospect,
    /// Buys at their own rate.
    Active,
    /// Lost, may return.
    Dormant,
    /// Lost for good.
    Gone,
}

/// Why a customer was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// No cause but chance, with the customer's own probability.
    Natural,
    /// A complaint.
    Complaint,
    /// An order that did not satisfy.
    Dissatisfied,
}

/// The hidden state of a customer.
#[derive(Debug, Clone)]
pub struct State {
    /// Where they stand.
    pub phase: Phase,
    /// Interest as of `interest_day`, that day's additions included.
    interest: f64,
    interest_day: u32,
    /// Bound under which the next wake-up is a candidate; 0 when it is none.
    bound: f64,
    /// Last day of contact, for the newsletter.
    contact_day: u32,
    alive_since: u32,
    /// Orders so far.
    pub orders: u32,
    /// Events so far, which number them.
    pub events: u32,
    /// Orders that came at the rate `lambda`, so neither first ones nor returns.
    pub repeat_orders: u32,
    /// Days on which the customer was active, up to the last loss.
    alive_days: u32,
    /// Day and cause of the last loss, while it lasts.
    pub lost: Option<(u32, Cause)>,
}

/// A complaint about an order.
#[derive(Debug, Clone, Copy)]
pub struct Complaint {
    /// Days from the order to the complaint.
    pub after: u32,
    /// Days from the complaint to its closing, if it is ever closed.
    pub closed_after: Option<u32>,
}

/// What comes of an order.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// The complaint it leads to.
    pub complaint: Option<Complaint>,
    /// How it satisfied, 1 to 5.
    pub satisfaction: u8,
}

/// What a customer did on a day.
#[derive(Debug, Clone, Copy, Default)]
pub struct Deeds {
    /// Visited without ordering.
    pub visit: bool,
    /// Ordered.
    pub order: Option<Order>,
    /// Was sent the newsletter, and whether they replied.
    pub newsletter: Option<bool>,
}

impl State {
    /// The state of somebody who has not begun to act.
    pub fn waiting() -> Self {
        Self {
            phase: Phase::Waiting,
            interest: 0.0,
            interest_day: 0,
            bound: 0.0,
            contact_day: 0,
            alive_since: 0,
            orders: 0,
            events: 0,
            repeat_orders: 0,
            alive_days: 0,
            lost: None,
        }
    }

    /// Days on which the customer was active before `day`, days of entering it not counted.
    pub fn alive_days(&self, day: u32) -> u32 {
        let running = if self.phase == Phase::Active { day.saturating_sub(self.alive_since + 1) } else { 0 };
        self.alive_days + running
    }

    fn add_interest(&mut self, day: u32, amount: f64) {
        self.interest = model::faded(self.interest, day - self.interest_day) + amount;
        self.interest_day = day;
        self.contact_day = day;
    }
}

/// The laws by which states change.
#[derive(Debug)]
pub struct Dynamics {
    /// The days.
    pub calendar: Calendar,
    /// How many times as often as in the model customers order, and as rarely an order loses them.
    pub activity: f64,
}

impl Dynamics {
    /// Draws the next day after `day` on which the customer must be looked at.
    pub fn next_wake(&self, who: &Profile, state: &mut State, day: u32, rng: &mut ChaCha8Rng) -> u32 {
        if state.phase == Phase::Waiting {
            return who.entry_day;
        }
        let interest = model::faded(state.interest, day - state.interest_day);
        let peak = self.calendar.day(day).peak;
        let visit = self.visit_probability(who, state.phase, day, peak.traffic);
        let order = self.order_probability(who, state.phase, peak.demand, interest);
        let bound = (visit + order).min(1.0);
        let candidate = day.saturating_add(trials(rng, bound));
        // The bound holds no longer, and a newsletter changes interest: draw anew from there.
        let until = self.next_newsletter(who, state, day).min(day + PEAK_DAYS);
        state.bound = if candidate <= until { bound } else { 0.0 };
        candidate.min(until)
    }

    /// Lets the customer live through the day drawn by [`Self::next_wake`].
    pub fn live(&self, who: &Profile, state: &mut State, day: u32, rng: &mut ChaCha8Rng) -> Deeds {
        let mut deeds = Deeds::default();
        if state.phase == Phase::Waiting {
            // No newsletter goes to somebody who signed up after it was sent.
            deeds.order = self.enter(who, state, day, rng);
            return deeds;
        }
        if state.bound > 0.0 {
            let today = self.calendar.day(day).season;
            let interest = model::faded(state.interest, day - state.interest_day);
            let visit = self.visit_probability(who, state.phase, day, today.traffic);
            let order = self.order_probability(who, state.phase, today.demand, interest);
            let u = state.bound * rng.random::<f64>();
            if u < visit {
                state.add_interest(day, 1.0);
                deeds.visit = true;
            } else if u < visit + order {
                deeds.order = Some(self.order(who, state, day, rng));
            }
        }
        if self.calendar.is_newsletter_day(day) && is_sent_newsletters(who, state, day) {
            let replied = chance(rng, reply_share(who, state.phase));
            if replied {
                state.add_interest(day, model::REPLY_INTEREST);
            }
            deeds.newsletter = Some(replied);
        }
        deeds
    }

    fn enter(&self, who: &Profile, state: &mut State, day: u32, rng: &mut ChaCha8Rng) -> Option<Order> {
        state.interest_day = day;
        state.contact_day = day;
        match who.kind {
            Kind::Buyer => Some(self.order(who, state, day, rng)),
            Kind::Prospect => {
                // Signing up shows as much interest as a visit; what led to it long ago has faded.
                state.interest = if who.known_day < 0 { 0.0 } else { 1.0 };
                state.phase = Phase::Prospect;
                None
            }
        }
    }

    fn order(&self, who: &Profile, state: &mut State, day: u32, rng: &mut ChaCha8Rng) -> Order {
        state.orders += 1;
        state.add_interest(day, 0.0);
        if state.phase == Phase::Active {
            state.repeat_orders += 1;
        } else {
            state.interest = who.usual_interest();
            state.phase = Phase::Active;
            state.alive_since = day;
            state.lost = None;
        }
        let complaint = chance(rng, model::COMPLAINT / self.activity).then(|| complaint(rng));
        let mood = who.mood - if complaint.is_some() { model::MOOD_OF_ORDER.1 } else { 0.0 };
        let satisfaction = normal(rng, mood, model::MOOD_OF_ORDER.0).round().clamp(1.0, 5.0) as u8;
        if let Some(cause) = self.loss(who, complaint, satisfaction, rng) {
            let (natural, dissatisfied, complained) = model::DORMANT_SHARE;
            let returns = match cause {
                Cause::Natural => natural,
                Cause::Dissatisfied => dissatisfied,
                Cause::Complaint => complained,
            };
            state.alive_days += day - state.alive_since;
            state.phase = if chance(rng, returns) { Phase::Dormant } else { Phase::Gone };
            state.lost = Some((day, cause));
        }
        Order { complaint, satisfaction }
    }

    fn loss(
        &self,
        who: &Profile,
        complaint: Option<Complaint>,
        satisfaction: u8,
        rng: &mut ChaCha8Rng,
    ) -> Option<Cause> {
        let by_complaint = complaint.map_or(0.0, |complaint| match complaint.closed_after {
            Some(days) if days <= model::PATIENCE => model::COMPLAINT_LOSS.0,
            _ => model::COMPLAINT_LOSS.1,
        });
        let by_mood = if satisfaction <= 2 { model::DISSATISFIED_LOSS / self.activity } else { 0.0 };
        if chance(rng, by_complaint) {
            Some(Cause::Complaint)
        } else if chance(rng, by_mood) {
            Some(Cause::Dissatisfied)
        } else {
            chance(rng, who.dropout / self.activity).then_some(Cause::Natural)
        }
    }

    fn visit_probability(&self, who: &Profile, phase: Phase, day: u32, traffic: f64) -> f64 {
        let rate = match phase {
            Phase::Waiting => 0.0,
            Phase::Prospect => {
                let age = i64::from(day) - i64::from(who.known_day);
                who.browse_rate * model::browsing_left(age.max(0) as u32)
            }
            Phase::Active => who.visit_rate,
            Phase::Dormant => who.visit_rate * model::DORMANT_VISITS,
            Phase::Gone => who.visit_rate * model::GONE_VISITS,
        };
        (rate * traffic).min(0.6)
    }

    fn order_probability(&self, who: &Profile, phase: Phase, season: f64, interest: f64) -> f64 {
        match phase {
            Phase::Waiting | Phase::Gone => 0.0,
            Phase::Prospect => model::conversion(who.inclination, season, interest),
            Phase::Active => model::order(who.lambda, season, interest, who.usual_interest()),
            Phase::Dormant => model::reactivation(season, interest),
        }
    }

    /// Next day after `day` on which this customer is sent a newsletter.
    fn next_newsletter(&self, who: &Profile, state: &State, day: u32) -> u32 {
        let next = self.calendar.next_newsletter(day);
        if is_sent_newsletters(who, state, next) { next } else { u32::MAX }
    }
}

fn is_sent_newsletters(who: &Profile, state: &State, day: u32) -> bool {
    who.newsletter && day <= state.contact_day + model::NEWSLETTER_PATIENCE
}

fn complaint(rng: &mut ChaCha8Rng) -> Complaint {
    let after = rng.random_range(1..=6);
    let closed_after = chance(rng, 0.9).then(|| trials(rng, 1.0 / 7.0).min(45));
    Complaint { after, closed_after }
}

fn reply_share(who: &Profile, phase: Phase) -> f64 {
    match phase {
        Phase::Waiting => 0.0,
        Phase::Active | Phase::Prospect => who.reply_share,
        Phase::Dormant => 0.3 * who.reply_share,
        Phase::Gone => 0.05 * who.reply_share,
    }
}
