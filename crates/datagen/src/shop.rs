//! The simulation: who is in it, and what each day brings.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::basket::Line;
use crate::calendar::Calendar;
use crate::catalogue::Catalogue;
use crate::day_of::DayOf;
use crate::dynamics::{Dynamics, Phase, State};
use crate::error::Result;
use crate::model;
use crate::options::Options;
use crate::people::Acquisition;
use crate::profile::{Kind, Profile};
use crate::random::{Common, Streams, chance, poisson};
use crate::rows::{Event, Sink};

/// Customers whose memory is asked for at once; see [`Cast::fetch`].
const FETCHED: usize = 32;

/// All that customers share.
#[derive(Debug)]
pub struct Shop {
    /// Where chance comes from.
    pub streams: Streams,
    /// What is sold.
    pub catalogue: Catalogue,
    /// How customers change.
    pub dynamics: Dynamics,
}

impl Shop {
    /// Opens the shop for the period of the options.
    pub fn open(options: &Options, activity: f64) -> Result<Self> {
        let streams = Streams::new(options.seed);
        let catalogue = Catalogue::draw(&mut streams.common(Common::Catalogue));
        let calendar = Calendar::new(options.from, options.to)?;
        Ok(Self { streams, catalogue, dynamics: Dynamics { calendar, activity } })
    }

    /// The days.
    pub fn calendar(&self) -> &Calendar {
        &self.dynamics.calendar
    }
}

/// Everybody who is or will be known to the shop, and the day each must be looked at next.
#[derive(Debug)]
pub struct Cast {
    /// Who they are: buyers, then prospects.
    pub profiles: Vec<Profile>,
    /// How they are, in the same order.
    pub states: Vec<State>,
    buyers: u32,
    /// For each day whom to look at, in no order.
    due: Vec<Vec<u32>>,
    lines: Vec<Line>,
}

impl Cast {
    /// Draws everybody.
    pub fn assemble(shop: &Shop, buyers: u32, prospects: u32) -> Self {
        let draw = |kind, count| {
            (0..count)
                .map(move |n| Profile::draw(&shop.streams, shop.calendar(), shop.dynamics.activity, kind, n))
        };
        let profiles: Vec<Profile> =
            draw(Kind::Buyer, buyers).chain(draw(Kind::Prospect, prospects)).collect();
        let count = profiles.len();
        let mut cast = Self {
            profiles,
            states: vec![State::waiting(); count],
            buyers,
            due: vec![Vec::new(); shop.calendar().length as usize],
            lines: Vec::new(),
        };
        for who in 0..count as u32 {
            cast.expect(who, cast.profiles[who as usize].entry_day);
        }
        cast
    }

    /// Runs the whole period; `at_dawn` sees the cast before each day and after the last.
    ///
    /// # Errors
    /// Fails when `sink` or `at_dawn` does.
    pub fn run(
        &mut self,
        shop: &Shop,
        sink: &mut impl Sink,
        mut at_dawn: impl FnMut(u32, &Self) -> Result<()>,
    ) -> Result<()> {
        let calendar = shop.calendar();
        for index in 0..self.profiles.len() {
            if self.profiles[index].known_day < 0 {
                self.settle_acquisition(index);
                sink.customer(&self.profiles[index], calendar);
            }
        }
        for day in 0..calendar.length {
            at_dawn(day, self)?;
            let mut today = std::mem::take(&mut self.due[day as usize]);
            // In order of their numbers, so that nobody's day depends on how many others there are.
            today.sort_unstable();
            for some in today.chunks(FETCHED) {
                self.fetch(some);
                for who in some {
                    self.live(shop, sink, *who, day);
                }
            }
            sink.close_day(day, calendar)?;
        }
        at_dawn(calendar.length, self)
    }

    /// Reads a little of some customers, so that the processor waits for their memory once, not in turn.
    ///
    /// Whoever acts on a day is far from the next one in memory: a third of the time went into waiting.
    fn fetch(&self, some: &[u32]) {
        let touch = |who: &u32| {
            let (profile, state) = (&self.profiles[*who as usize], &self.states[*who as usize]);
            profile.stream ^ u64::from(profile.known_second) ^ u64::from(state.orders)
        };
        std::hint::black_box(some.iter().map(touch).fold(0, |a, b| a ^ b));
    }

    fn expect(&mut self, who: u32, day: u32) {
        if let Some(due) = self.due.get_mut(day as usize) {
            due.push(who);
        }
    }

    fn live(&mut self, shop: &Shop, sink: &mut impl Sink, who: u32, day: u32) {
        let index = who as usize;
        let number = shop.calendar().day(day).number;
        let stream = self.profiles[index].stream;
        let behaviour = &mut shop.streams.behaviour(stream, 0, number);
        let is_new = self.states[index].phase == Phase::Waiting && self.profiles[index].known_day >= 0;
        let mut day_of = DayOf::new(shop, day);
        if is_new {
            self.welcome(&mut day_of, sink, index);
        }
        let deeds = shop.dynamics.live(&self.profiles[index], &mut self.states[index], day, behaviour);
        let (profile, state) = (&self.profiles[index], &mut self.states[index]);
        if deeds.visit {
            let pages = 1 + poisson(day_of.rng(profile), 2.5);
            let channel = if chance(day_of.rng(profile), 0.6) { "web" } else { "app" };
            day_of.tell(sink, profile, state, 0, None, ("visit", channel, Some(pages)));
        }
        if let Some(order) = deeds.order {
            // Who comes to buy has signed up minutes before.
            let after = is_new.then_some(profile.known_second);
            day_of.order(sink, profile, state, order, after, &mut self.lines);
        }
        if let Some(replied) = deeds.newsletter {
            let sent = 9 * 3600;
            day_of.tell(sink, profile, state, 0, Some(sent), ("newsletter", "email", None));
            if replied {
                let second = sent + day_of.rng(profile).random_range(60..12 * 3600);
                day_of.tell(sink, profile, state, 0, Some(second), ("reply", "email", None));
            }
        }
        let next = shop.dynamics.next_wake(&self.profiles[index], &mut self.states[index], day, behaviour);
        self.expect(who, next);
    }

    /// Lets the shop learn of a new customer: how they were won, by whom, and their sign-up.
    fn welcome(&mut self, day_of: &mut DayOf<'_>, sink: &mut impl Sink, index: usize) {
        let referrer = if self.profiles[index].acquisition == Acquisition::Referral {
            self.referrer(index, day_of.rng(&self.profiles[index]))
        } else {
            None
        };
        if referrer.is_none() {
            self.settle_acquisition(index);
        } else {
            self.profiles[index].won_by(Acquisition::Referral);
        }
        let (profile, state) = (&self.profiles[index], &mut self.states[index]);
        sink.customer(profile, day_of.shop.calendar());
        let channel = if profile.acquisition == Acquisition::Store { "store" } else { "web" };
        let second = Some(profile.known_second);
        day_of.tell(sink, profile, state, 0, second, ("sign_up", channel, None));
        if let Some(referrer) = referrer {
            // Numbered by the newcomer: the referrer's own count must not depend on who comes later.
            state.events += 1;
            let event = Event {
                counted_by: profile.id,
                number: state.events,
                customer: self.profiles[referrer].id,
                day: day_of.day,
                second: profile.known_second,
                kind: "referral",
                channel: "email",
                value: None,
                related: Some(profile.id),
            };
            sink.event(&event, day_of.shop.calendar());
        }
    }

    /// Finds an active, content customer of the same kind and an earlier number who brings this one.
    fn referrer(&self, index: usize, rng: &mut ChaCha8Rng) -> Option<usize> {
        let first = if self.profiles[index].kind == Kind::Buyer { 0 } else { self.buyers as usize };
        if index == first {
            return None;
        }
        let drawn: [usize; 6] = std::array::from_fn(|_| rng.random_range(first..index));
        drawn.into_iter().find(|other| {
            let (profile, state) = (&self.profiles[*other], &self.states[*other]);
            state.phase == Phase::Active && state.orders >= 2 && profile.mood > model::MOOD.0 - model::MOOD.1
        })
    }

    /// Settles how somebody was won whom nobody brought.
    fn settle_acquisition(&mut self, index: usize) {
        let wished = self.profiles[index].acquisition;
        let won = if wished == Acquisition::Referral { Acquisition::Search } else { wished };
        self.profiles[index].won_by(won);
    }
}
