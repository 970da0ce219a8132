//! What is worth a look of tables that are too wide for a terminal.

use crate::args::Form;

/// Columns and order in which a table is shown to people.
pub(super) struct Picked {
    /// The table that is read.
    pub(super) table: &'static str,
    columns: &'static str,
    rest: &'static str,
}

/// Who is who, the greatest buyers first.
const CUSTOMERS: Picked = Picked {
    table: "customers",
    columns: "customer_id, lifecycle, dormancy, relationship, abc, is_core AS core, revenue, alive_probability AS alive, \
              expected_value, segment, action, action_value",
    rest: "ORDER BY revenue DESC NULLS LAST, customer_id",
};

/// Market segments as they stand in their table.
const SEGMENTS: Picked = Picked {
    table: "segments",
    columns: "dimension, value, customers, buyers, revenue, revenue_share, revenue_growth, churn, conversion, \
              mean_alive_probability AS alive, expected_value, action_value",
    rest: "ORDER BY dimension, customers DESC, value",
};

/// What to do first: the actions that bring most.
const ACTIONS: Picked = Picked {
    table: "customers",
    columns: "customer_id, action, action_value, lifecycle, dormancy, abc, alive_probability AS alive, \
              expected_order_value AS order_value, expected_value, next_category",
    rest: "WHERE action <> 'let_go' ORDER BY action_value DESC NULLS LAST, expected_value DESC NULLS LAST, customer_id",
};

impl Picked {
    /// How the table of that name is shown; `None` where it is shown as it is.
    pub(super) fn of(table: &str, form: Form) -> Option<Self> {
        match (table, form) {
            ("actions", _) => Some(ACTIONS),
            ("customers", Form::Text) => Some(CUSTOMERS),
            ("segments", Form::Text) => Some(SEGMENTS),
            _ => None,
        }
    }

    /// The query over the partition `shown`.
    pub(super) fn sql(&self, rows: usize) -> String {
        format!("SELECT {} FROM shown {} LIMIT {rows}", self.columns, self.rest)
    }
}
