//! The values that attributes of people take, and how often.

/// Regions and their shares; one carries a letter beyond ASCII, as real ones do.
pub const REGIONS: [(&str, f64); 8] = [
    ("Rhineland", 0.24),
    ("Bavaria", 0.2),
    ("Baden-Württemberg", 0.15),
    ("Berlin", 0.12),
    ("Lower Saxony", 0.1),
    ("Hesse", 0.08),
    ("Saxony", 0.06),
    ("Hamburg", 0.05),
];

/// Channels of orders and their shares as preferred ones.
pub const CHANNELS: [(&str, f64); 4] = [("web", 0.5), ("app", 0.3), ("store", 0.15), ("phone", 0.05)];

/// Ways in which customers are won.
pub const ACQUISITIONS: [Acquisition; 6] = [
    Acquisition::Search,
    Acquisition::Ads,
    Acquisition::Social,
    Acquisition::Store,
    Acquisition::Partner,
    Acquisition::Referral,
];

/// How a customer was won.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acquisition {
    /// Found the shop by themselves.
    Search,
    /// Followed a paid advertisement.
    Ads,
    /// Came over a social network.
    Social,
    /// Signed up in a store.
    Store,
    /// Sent by a partner site.
    Partner,
    /// Brought by another customer.
    Referral,
}

impl Acquisition {
    /// Name, as it stands in `customers`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::Ads => "ads",
            Self::Social => "social",
            Self::Store => "store",
            Self::Partner => "partner",
            Self::Referral => "referral",
        }
    }

    /// Share of the customers who would come this way.
    pub fn share(self) -> f64 {
        match self {
            Self::Search => 0.3,
            Self::Ads => 0.2,
            Self::Social => 0.12,
            Self::Store => 0.1,
            Self::Partner => 0.06,
            Self::Referral => 0.22,
        }
    }

    /// Factor of the odds of leaving after an order.
    pub fn dropout_odds(self) -> f64 {
        match self {
            Self::Search | Self::Partner => 1.0,
            Self::Ads => 1.5,
            Self::Social => 1.2,
            Self::Store => 0.8,
            Self::Referral => 0.6,
        }
    }
}
