//! The part of a spec that says who is who: thresholds, costs and further questions about customers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::values::{Days, Share};

/// Thresholds, costs and further questions of the table `customers`.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Segments {
    /// How long a silence puts a customer to sleep.
    pub dormancy: Dormancy,
    /// When a customer is new, old, loyal, lapsing or lost.
    pub lifecycle: Lifecycle,
    /// Cuts of the cumulated revenue.
    pub grades: Grades,
    /// What makes a customer relational.
    pub relationship: Relationship,
    /// How far ahead a customer's worth is reckoned.
    pub worth: Worth,
    /// Share of revenue that is left after what was sold is paid; without it no profit is stated.
    pub margin: Option<Share>,
    /// What customers cost, in the money of `amount`.
    pub costs: Costs,
    /// Share of those who would otherwise not buy whom one contact wins; without it no action has a value.
    pub contact_effect: Option<Share>,
    /// How many customers are named as candidates for a key account.
    pub key_accounts: KeyAccounts,
    /// Which targets say who leaves, who is won and who comes back.
    pub targets: SegmentTargets,
    /// Columns of `customers` or `transactions` by which market segments are told apart.
    pub by: Vec<String>,
    /// Further questions about each customer: SQL files, as paths or globs.
    pub sql: Vec<String>,
}

/// How long a silence puts a customer to sleep.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Dormancy {
    /// What the silence is held against.
    pub by: DormancyBy,
    /// Days since the last purchase at which a customer begins to fall asleep.
    pub drowsy: Days,
    /// Half asleep.
    pub half_asleep: Days,
    /// Fast asleep.
    pub deep_sleep: Days,
    /// The same tiers as multiples of the customer's own mean gap between purchase days.
    pub rhythm: Rhythm,
}

/// What a silence is held against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DormancyBy {
    /// Fixed days, the same for all.
    #[default]
    Days,
    /// The customer's own rhythm; fixed days for whoever bought on fewer than three days.
    Rhythm,
}

/// Tiers as multiples of a customer's mean gap between purchase days.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rhythm {
    /// Begins to fall asleep.
    pub drowsy: f64,
    /// Half asleep.
    pub half_asleep: f64,
    /// Fast asleep.
    pub deep_sleep: f64,
}

/// When a customer is new, old, loyal, lapsing or lost.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Lifecycle {
    /// For how long after the first purchase a customer is new, and after coming back, returned.
    pub new: Days,
    /// How long after the first purchase a customer is old.
    pub old: Days,
    /// How long after the first purchase a customer can be loyal.
    pub loyal: Days,
    /// On how many days a loyal customer bought at least.
    pub loyal_days: u32,
    /// Silence after which a customer is lapsing.
    pub lapsing: Days,
    /// Silence after which a customer is lost.
    pub lost: Days,
}

/// Cuts of the revenue, cumulated from the greatest customer down.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Grades {
    /// Customers who together bring this share are `a`.
    pub a: Share,
    /// Those after them, up to this share, are `b`; the rest is `c`.
    pub b: Share,
    /// The smallest set of customers who bring this share is the core.
    pub core: Share,
}

/// What makes a customer relational.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Relationship {
    /// Share of lines bought below the list price from which on a customer buys on price.
    pub discounted: Share,
    /// How many of the three signs (rhythm, breadth, contact) a relational customer shows at least.
    pub signs: u32,
    /// Fall of the half-yearly revenue from which on a customer is losing value.
    pub losing: Share,
}

/// How far ahead a customer's worth is reckoned.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Worth {
    /// Which model says who is still a customer.
    pub model: WorthModel,
    /// Time ahead.
    pub horizon: Days,
    /// Discount rate a year.
    pub discount: Share,
}

/// Models of repeat buying.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WorthModel {
    /// BG/NBD as published: a customer can leave after every repeat purchase.
    BgNbd,
    /// The likelier of that and of its variant in which a customer can leave after the first purchase too.
    #[default]
    Likelier,
}

/// What customers cost, in the money of `amount`; what is left out is not known.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Costs {
    /// One contact: a letter, a call, a coupon.
    pub contact: Option<f64>,
    /// Winning one customer.
    pub acquisition: Option<f64>,
    /// Serving one order.
    pub service: Option<f64>,
}

/// How many customers are named as candidates for a key account.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KeyAccounts {
    /// At least so many, also where fewer are awake core customers.
    pub min: u32,
    /// At most so many.
    pub max: u32,
}

/// Which targets say who leaves, who is won and who comes back; a target of that very name if left out.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct SegmentTargets {
    /// The target whose probability is that of leaving.
    pub churn: Option<String>,
    /// The target whose probability is that of a first purchase.
    pub conversion: Option<String>,
    /// The target whose probability is that of a sleeper's next purchase.
    pub reactivation: Option<String>,
}

impl SegmentTargets {
    /// Each role with the target that was named for it.
    pub fn named(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("churn", self.churn.as_deref()),
            ("conversion", self.conversion.as_deref()),
            ("reactivation", self.reactivation.as_deref()),
        ]
    }
}

impl Default for Dormancy {
    fn default() -> Self {
        Self {
            by: DormancyBy::Days,
            drowsy: Days(60),
            half_asleep: Days(120),
            deep_sleep: Days(240),
            rhythm: Rhythm::default(),
        }
    }
}

impl Default for Rhythm {
    fn default() -> Self {
        Self { drowsy: 2.0, half_asleep: 4.0, deep_sleep: 8.0 }
    }
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self {
            new: Days(90),
            old: Days(365),
            loyal: Days(180),
            loyal_days: 6,
            lapsing: Days(120),
            lost: Days(240),
        }
    }
}

impl Default for Grades {
    fn default() -> Self {
        Self { a: Share(0.8), b: Share(0.95), core: Share(0.8) }
    }
}

impl Default for Relationship {
    fn default() -> Self {
        Self { discounted: Share(0.5), signs: 2, losing: Share(0.3) }
    }
}

impl Default for Worth {
    fn default() -> Self {
        Self { model: WorthModel::Likelier, horizon: Days(365), discount: Share(0.1) }
    }
}

impl Default for KeyAccounts {
    fn default() -> Self {
        Self { min: 5, max: 25 }
    }
}
