//! One customer's day, as it turns into rows.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::basket::{self, Line};
use crate::dynamics::{Order, State};
use crate::model;
use crate::people::{CHANNELS, REGIONS};
use crate::profile::Profile;
use crate::random::chance;
use crate::rows::{Event, Sink, Transaction};
use crate::shop::Shop;

/// One customer's day, as it turns into rows.
pub struct DayOf<'a> {
    /// What all customers share.
    pub shop: &'a Shop,
    /// The day.
    pub day: u32,
    rng: Option<ChaCha8Rng>,
}

impl<'a> DayOf<'a> {
    /// Begins a customer's day.
    pub fn new(shop: &'a Shop, day: u32) -> Self {
        Self { shop, day, rng: None }
    }

    /// The chance that fills in the day's rows.
    ///
    /// Made on first use: on most days on which somebody is looked at, nothing happens.
    pub fn rng(&mut self, who: &Profile) -> &mut ChaCha8Rng {
        let number = self.shop.calendar().day(self.day).number;
        self.rng.get_or_insert_with(|| self.shop.streams.rows(who.stream, number))
    }

    /// Tells an event some days ahead, at a second or at any time of that day.
    pub fn tell(
        &mut self,
        sink: &mut impl Sink,
        who: &Profile,
        state: &mut State,
        ahead: u32,
        second: Option<u32>,
        (kind, channel, value): (&'static str, &'static str, Option<u32>),
    ) {
        let shop = self.shop;
        let day = self.day + ahead;
        let second = second.unwrap_or_else(|| shop.calendar().moment(day, self.rng(who)));
        let second = shop.calendar().shown(day, second);
        state.events += 1;
        let event = Event {
            counted_by: who.id,
            number: state.events,
            customer: who.id,
            day,
            second,
            kind,
            channel,
            value,
            related: None,
        };
        sink.event(&event, shop.calendar());
    }

    /// Tells an order, what is sent back of it, and what comes of it.
    ///
    /// It falls within half an hour after the second `after`, or at any time of the day.
    pub fn order(
        &mut self,
        sink: &mut impl Sink,
        who: &Profile,
        state: &mut State,
        order: Order,
        after: Option<u32>,
        lines: &mut Vec<Line>,
    ) {
        let (shop, day, calendar) = (self.shop, self.day, self.shop.calendar());
        let rng = self.rng(who);
        let second = match after {
            Some(known) => calendar.shown(day, known + rng.random_range(60..1_800)),
            None => calendar.moment(day, rng),
        };
        let preferred = chance(rng, 0.85);
        let channel = if preferred { usize::from(who.channel) } else { rng.random_range(0..CHANNELS.len()) };
        basket::fill(lines, who, &shop.catalogue, rng);
        for line in lines.iter() {
            let mut row = Transaction {
                customer: who.id,
                order: state.orders,
                day,
                second,
                category: line.product.category,
                rank: line.product.rank,
                quantity: line.quantity,
                unit_cents: line.unit_cents,
                list_cents: line.product.list_cents,
                channel: CHANNELS[channel].0,
                region: REGIONS[usize::from(who.region)].0,
            };
            sink.transaction(&row, calendar);
            if chance(rng, model::RETURNS) {
                row.day += rng.random_range(3..=25);
                row.second = calendar.moment(row.day, rng);
                row.quantity = -basket::sent_back(line, rng);
                sink.transaction(&row, calendar);
            }
        }
        self.aftermath(sink, who, state, order);
    }

    /// Tells the complaint an order led to and the answer to the survey.
    fn aftermath(&mut self, sink: &mut impl Sink, who: &Profile, state: &mut State, order: Order) {
        let mut answers = model::SURVEY.0;
        if let Some(complaint) = order.complaint {
            answers = model::SURVEY.1;
            let channel = if chance(self.rng(who), 0.5) { "email" } else { "phone" };
            self.tell(sink, who, state, complaint.after, None, ("complaint", channel, None));
            if let Some(days) = complaint.closed_after {
                self.tell(
                    sink,
                    who,
                    state,
                    complaint.after + days,
                    None,
                    ("complaint_closed", channel, None),
                );
            }
        }
        if chance(self.rng(who), answers) {
            let ahead = self.rng(who).random_range(3..=9);
            let value = Some(u32::from(order.satisfaction));
            self.tell(sink, who, state, ahead, None, ("satisfaction", "email", value));
        }
    }
}
