//! Random feature files: filters and expressions, groups, neighbours, groups of groups, and what cannot be fused.
//!
//! Every query has one right answer: rows are ordered by what tells them apart, and no condition or key compares
//! floats that were added up, since those may differ in their last bits.

use super::dice::Dice;
use super::shop::{CATEGORIES, Shop};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Int,
    /// The unsigned number that `row_number` gives.
    Serial,
    Float,
    /// A float that was added up: right to its last bits only.
    Sum,
    Decimal,
    Text,
    Bool,
    Date,
}

#[derive(Debug, Clone)]
struct Column {
    name: String,
    kind: Kind,
}

/// What a SELECT can read: a table and its columns beside `customer_id`.
#[derive(Debug, Clone)]
struct Table {
    name: String,
    columns: Vec<Column>,
    /// Columns that tell the rows of a customer apart.
    key: Vec<String>,
}

/// Writes one file; its columns are named after `number`.
pub fn file(dice: &mut Dice, shop: &Shop, number: usize) -> String {
    let mut writer = Writer { dice, windows: &shop.windows, made: 0 };
    let mut table = writer.base(shop);
    let mut parts = Vec::new();
    for step in 0..writer.dice.of(&[0, 0, 0, 1, 1, 2, 3]) {
        let name = format!("t{step}");
        let (sql, next) = writer.step(&table, &name);
        parts.push(format!("{name} AS (\n{sql})"));
        table = next;
    }
    if writer.dice.percent(10) {
        let (sql, next) = writer.unfusable(&table);
        parts.push(sql);
        table = next;
    }
    let with = if parts.is_empty() { String::new() } else { format!("WITH {}\n", parts.join(", ")) };
    let mut outputs = Vec::new();
    for column in 0..writer.dice.number(3, 9) {
        outputs.push(format!("    {} AS f{number}_{column}", writer.output(&table)));
    }
    let from = &table.name;
    let mut tail = String::new();
    if writer.dice.percent(30) {
        tail = format!("WHERE {}\n", writer.condition(&table, 2));
    }
    tail += "GROUP BY customer_id";
    if writer.dice.percent(15) {
        tail += &format!("\nHAVING count(*) >= {}", writer.dice.number(1, 3));
    }
    format!(
        "-- grain:   one row a customer\n-- meaning: random\n{with}SELECT\n    customer_id,\n{},\nFROM {from}\n{tail}\n",
        outputs.join(",\n")
    )
}

struct Writer<'a> {
    dice: &'a mut Dice,
    windows: &'a [i64],
    made: usize,
}

impl Writer<'_> {
    fn base(&mut self, shop: &Shop) -> Table {
        let mut tables = vec!["transactions"; 4];
        tables.extend(["purchases", "orders", "purchase_days", "purchase_products"]);
        if shop.events {
            tables.extend(["events"; 2]);
        }
        if shop.customers {
            tables.push("customers");
        }
        let name = self.dice.of(&tables);
        let (columns, key): (&[(&str, Kind)], &[&str]) = match name {
            "transactions" | "purchases" => (
                &[
                    ("days_ago", Kind::Int),
                    ("line_id", Kind::Int),
                    ("order_id", Kind::Text),
                    ("product_id", Kind::Text),
                    ("category", Kind::Text),
                    ("quantity", Kind::Int),
                    ("unit_price", Kind::Decimal),
                    ("amount", Kind::Decimal),
                    ("weight", Kind::Float),
                    ("balance", Kind::Float),
                    ("paid", Kind::Bool),
                    ("is_return", Kind::Bool),
                    ("due", Kind::Date),
                    ("occurred_on", Kind::Date),
                ],
                &["line_id"],
            ),
            "orders" => (
                &[
                    ("days_ago", Kind::Int),
                    ("order_id", Kind::Text),
                    ("lines", Kind::Int),
                    ("quantity", Kind::Int),
                    ("amount", Kind::Sum),
                ],
                &["order_id"],
            ),
            "purchase_days" => (&[("days_ago", Kind::Int), ("occurred_on", Kind::Date)], &["occurred_on"]),
            "purchase_products" => (
                &[
                    ("days_ago", Kind::Int),
                    ("product_id", Kind::Text),
                    ("first_days_ago", Kind::Int),
                    ("lines", Kind::Int),
                    ("amount", Kind::Sum),
                ],
                &["product_id"],
            ),
            "events" => (
                &[
                    ("days_ago", Kind::Int),
                    ("event_id", Kind::Text),
                    ("event_type", Kind::Text),
                    ("value", Kind::Float),
                    ("occurred_on", Kind::Date),
                ],
                &["event_id"],
            ),
            _ => (
                &[("days_ago", Kind::Int), ("birth_year", Kind::Int), ("newsletter", Kind::Bool)],
                &["days_ago", "birth_year"],
            ),
        };
        let columns = columns.iter().map(|(name, kind)| Column { name: (*name).to_owned(), kind: *kind });
        Table {
            name: name.to_owned(),
            columns: columns.collect(),
            key: key.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// A name that no column has yet.
    fn name(&mut self) -> String {
        self.made += 1;
        format!("c{}", self.made)
    }

    fn step(&mut self, table: &Table, name: &str) -> (String, Table) {
        match self.dice.number(1, 10) {
            1..=3 => self.project(table, name),
            4..=7 => self.group(table, name),
            _ => self.neighbours(table, name),
        }
    }

    fn project(&mut self, table: &Table, name: &str) -> (String, Table) {
        let mut next = Table { name: name.to_owned(), ..table.clone() };
        // Columns that nobody needs may go.
        next.columns
            .retain(|c| table.key.contains(&c.name) || c.name == "days_ago" || !self.dice.percent(20));
        let mut items: Vec<String> = next.columns.iter().map(|c| c.name.clone()).collect();
        for _ in 0..self.dice.number(1, 3) {
            let (sql, kind) = self.expression(table);
            let name = self.name();
            items.push(format!("{sql} AS {name}"));
            next.columns.push(Column { name, kind });
        }
        let mut sql = format!("    SELECT customer_id, {} FROM {}\n", items.join(", "), table.name);
        if self.dice.percent(50) {
            sql += &format!("    WHERE {}\n", self.condition(table, 2));
        }
        (sql, next)
    }

    fn group(&mut self, table: &Table, name: &str) -> (String, Table) {
        let mut columns = Vec::new();
        let mut items = Vec::new();
        let mut groups = vec!["customer_id".to_owned()];
        for _ in 0..self.dice.number(1, 2) {
            let (sql, kind) = self.key(table);
            let name = self.name();
            items.push(format!("{sql} AS {name}"));
            groups.push(sql);
            columns.push(Column { name, kind });
        }
        let key = columns.iter().map(|c| c.name.clone()).collect();
        if table.has("days_ago") {
            items.push("min(days_ago) AS days_ago".to_owned());
            columns.push(Column { name: "days_ago".to_owned(), kind: Kind::Int });
        }
        for _ in 0..self.dice.number(1, 4) {
            let (sql, kind) = self.aggregate(table);
            let name = self.name();
            items.push(format!("{sql} AS {name}"));
            columns.push(Column { name, kind });
        }
        let mut sql = format!("    SELECT customer_id, {}\n    FROM {}\n", items.join(", "), table.name);
        if self.dice.percent(30) {
            sql += &format!("    WHERE {}\n", self.condition(table, 2));
        }
        sql += &format!("    GROUP BY {}\n", groups.join(", "));
        if self.dice.percent(20) {
            sql += &format!("    HAVING count(*) > {}\n", self.dice.number(0, 2));
        }
        (sql, Table { name: name.to_owned(), columns, key })
    }

    fn neighbours(&mut self, table: &Table, name: &str) -> (String, Table) {
        let mut next = Table { name: name.to_owned(), ..table.clone() };
        let mut items: Vec<String> = table.columns.iter().map(|c| c.name.clone()).collect();
        // Rows of `customers` may be alike, and then which is before which is nobody's business.
        let direction = self.dice.of(&["", " DESC", " NULLS FIRST", " DESC NULLS LAST"]);
        let order: Vec<String> = table.key.iter().map(|k| format!("{k}{direction}")).collect();
        let over = format!("OVER (PARTITION BY customer_id ORDER BY {})", order.join(", "));
        for _ in 0..self.dice.number(1, 2) {
            let name = self.name();
            let column = self.dice.of(&table.columns);
            let (sql, kind) = match self.dice.number(1, 7) {
                1 => (format!("row_number() {over}"), Kind::Serial),
                2 => (format!("CAST(row_number() {over} AS BIGINT)"), Kind::Int),
                3 => (format!("lag({}, {}) {over}", column.name, self.dice.number(1, 3)), column.kind),
                4 => (format!("lead({}) {over}", column.name), column.kind),
                5 => (format!("first_value({}) {over}", column.name), column.kind),
                6 if table.has("days_ago") => (format!("lag(days_ago) {over} - days_ago"), Kind::Int),
                _ => (format!("lag({}) {over}", column.name), column.kind),
            };
            items.push(format!("{sql} AS {name}"));
            next.columns.push(Column { name, kind });
        }
        (format!("    SELECT customer_id, {} FROM {}\n", items.join(", "), table.name), next)
    }

    /// A step that is not taken apart.
    fn unfusable(&mut self, table: &Table) -> (String, Table) {
        let columns: Vec<String> = table.columns.iter().map(|c| format!("a.{}", c.name)).collect();
        let (columns, from) = (columns.join(", "), &table.name);
        let sql = if self.dice.percent(50) {
            format!(
                "u AS (\n    SELECT a.customer_id AS customer_id, {columns} FROM {from} AS a\n    JOIN (SELECT customer_id, count(*) AS n FROM {from} GROUP BY customer_id) AS b ON a.customer_id = b.customer_id AND b.n > 1)"
            )
        } else {
            format!(
                "u AS (\n    SELECT customer_id, {columns} FROM {from} AS a\n    UNION ALL\n    SELECT customer_id, {columns} FROM {from} AS a)"
            )
        };
        (sql, Table { name: "u".to_owned(), ..table.clone() })
    }

    fn column(&mut self, table: &Table, kinds: &[Kind]) -> Option<String> {
        let of: Vec<&Column> = table.columns.iter().filter(|c| kinds.contains(&c.kind)).collect();
        (!of.is_empty()).then(|| self.dice.of(&of).name.clone())
    }

    fn key(&mut self, table: &Table) -> (String, Kind) {
        let fit = [Kind::Int, Kind::Serial, Kind::Float, Kind::Decimal, Kind::Text, Kind::Bool, Kind::Date];
        let fits: Vec<&Column> = table.columns.iter().filter(|c| fit.contains(&c.kind)).collect();
        if fits.is_empty() {
            return ("days_ago".to_owned(), Kind::Int);
        }
        let column = self.dice.of(&fits);
        match column.kind {
            Kind::Int if self.dice.percent(50) => (
                format!("{} {} {}", column.name, self.dice.of(&["%", "/"]), self.dice.number(2, 9)),
                Kind::Int,
            ),
            kind => (column.name.clone(), kind),
        }
    }

    fn expression(&mut self, table: &Table) -> (String, Kind) {
        let int = self.column(table, &[Kind::Int]);
        let float = self.column(table, &[Kind::Float]);
        let decimal = self.column(table, &[Kind::Decimal]);
        let text = self.column(table, &[Kind::Text]);
        let any = self.dice.of(&table.columns);
        match (self.dice.number(1, 9), int, float, decimal, text) {
            (1, Some(a), ..) => (format!("{a} * {}", self.dice.number(-2, 5)), Kind::Int),
            (2, Some(a), Some(b), ..) => (format!("{a} * {b}"), Kind::Float),
            (3, _, _, Some(a), _) => (format!("CAST({a} AS DOUBLE)"), Kind::Float),
            (4, Some(a), ..) => (format!("CASE WHEN {a} > 3 THEN {a} ELSE 0 END"), Kind::Int),
            (5, .., Some(a)) => (format!("coalesce({a}, 'none')"), Kind::Text),
            (6, Some(a), ..) => (format!("coalesce({a}, 0) > {}", self.dice.number(0, 9)), Kind::Bool),
            (7, Some(a), ..) => (format!("nullif({a}, {})", self.dice.number(0, 9)), Kind::Int),
            (8, Some(a), ..) if table.has("days_ago") => (format!("{a} - days_ago"), Kind::Int),
            _ => (any.name.clone(), any.kind),
        }
    }

    fn days(&mut self) -> i64 {
        let days = self.dice.of(self.windows);
        self.dice.of(&[days, days, days, 2 * days, 0, 10])
    }

    fn condition(&mut self, table: &Table, depth: usize) -> String {
        if depth > 0 && self.dice.percent(35) {
            let (a, b) = (self.condition(table, depth - 1), self.condition(table, depth - 1));
            return match self.dice.number(1, 4) {
                1 => format!("({a} OR {b})"),
                2 => format!("NOT ({a})"),
                _ => format!("{a} AND {b}"),
            };
        }
        if table.has("days_ago") && self.dice.percent(50) {
            let (a, b) = (self.days(), self.days());
            return match self.dice.number(1, 8) {
                1 => format!("days_ago > {a}"),
                2 => format!("days_ago BETWEEN {} AND {}", a.min(b), a.max(b)),
                3 => format!("{a} >= days_ago"),
                4 => format!("days_ago > {} AND days_ago <= {}", a.min(b), a.max(b)),
                5 => format!("days_ago <> {a}"),
                6 => format!("days_ago = {a}"),
                _ => format!("days_ago <= {a}"),
            };
        }
        let column = self.dice.of(&table.columns);
        let name = &column.name;
        if self.dice.percent(10) {
            return format!("{name} IS {}NULL", self.dice.of(&["", "NOT "]));
        }
        match column.kind {
            Kind::Int | Kind::Serial => {
                let number = self.dice.number(-1, 8);
                format!("{name} {} {number}", self.dice.of(&["<", "<=", "=", ">", ">=", "<>"]))
            }
            Kind::Float => {
                let number = self.dice.of(&["0", "1.5", "17.003", "-0.5"]);
                format!("{name} {} {number}", self.dice.of(&["<", "<=", "=", ">", ">="]))
            }
            Kind::Sum => format!("{name} {} 17.00317", self.dice.of(&["<", ">"])),
            Kind::Decimal => format!("{name} {} {}.5", self.dice.of(&["<", ">="]), self.dice.number(-9, 60)),
            Kind::Text => {
                let values = ["o1", "p2", "visit", "tea"].map(str::to_owned);
                let quoted = CATEGORIES.map(|value| value.replace('\'', "''"));
                let all = [&values[..], &quoted[..]].concat();
                match self.dice.number(1, 6) {
                    1 => format!("{name} IN ('{}', '{}')", self.dice.of(&all), self.dice.of(&all)),
                    2 => format!("{name} <> '{}'", self.dice.of(&all)),
                    3 => format!("'{}' = {name}", self.dice.of(&all)),
                    _ => format!("{name} = '{}'", self.dice.of(&all)),
                }
            }
            Kind::Bool => {
                self.dice.of(&[name.to_string(), format!("NOT {name}"), format!("{name} IS NOT TRUE")])
            }
            Kind::Date => {
                let days = self.days();
                format!(
                    "{name} {} CAST($cutoff AS DATE) - INTERVAL '{days} days'",
                    self.dice.of(&["<", ">=", "="])
                )
            }
        }
    }

    /// A number to be counted, summed and so on.
    fn argument(&mut self, table: &Table) -> (String, Kind) {
        let numbers = [Kind::Int, Kind::Float, Kind::Sum, Kind::Decimal];
        let fits: Vec<&Column> = table.columns.iter().filter(|c| numbers.contains(&c.kind)).collect();
        if fits.is_empty() {
            return ("1".to_owned(), Kind::Int);
        }
        let column = self.dice.of(&fits);
        let name = &column.name;
        let ahead = table.has("days_ago");
        match (column.kind, self.dice.number(1, 7)) {
            (Kind::Int, 1) if ahead => (format!("{name} * days_ago"), Kind::Int),
            (Kind::Int, 2) => (format!("{name} + 1"), Kind::Int),
            (Kind::Float, 1) if ahead => (format!("{name} * days_ago"), Kind::Float),
            (Kind::Decimal, 1) if ahead => (format!("{name} * days_ago"), Kind::Decimal),
            (Kind::Decimal, 2 | 3) => (format!("CAST({name} AS DOUBLE)"), Kind::Float),
            (kind, _) => (name.clone(), kind),
        }
    }

    fn filter(&mut self, table: &Table) -> String {
        if self.dice.percent(50) {
            format!(" FILTER (WHERE {})", self.condition(table, 1))
        } else {
            String::new()
        }
    }

    fn aggregate(&mut self, table: &Table) -> (String, Kind) {
        let (argument, kind) = self.argument(table);
        let filter = self.filter(table);
        let wrapped = match self.dice.number(1, 5) {
            1 => format!("CASE WHEN {} THEN {argument} END", self.condition(table, 1)),
            _ => argument.clone(),
        };
        let inexact = |kind| if kind == Kind::Float { Kind::Sum } else { kind };
        match self.dice.number(1, 24) {
            1..=3 => (format!("count(*){filter}"), Kind::Int),
            4 => (format!("count({wrapped}){filter}"), Kind::Int),
            5 => (format!("count(CASE WHEN {} THEN 1 END){filter}", self.condition(table, 1)), Kind::Int),
            6..=8 => (format!("sum({wrapped}){filter}"), inexact(kind)),
            9 | 10 => {
                let when = self.condition(table, 1);
                (format!("sum(CASE WHEN {when} THEN {argument} ELSE 0 END){filter}"), inexact(kind))
            }
            11 => {
                (format!("sum(CASE WHEN {} THEN 1 ELSE 0 END){filter}", self.condition(table, 1)), Kind::Int)
            }
            12 | 13 => (format!("min({wrapped}){filter}"), kind),
            14 | 15 => (format!("max({wrapped}){filter}"), kind),
            16 => (format!("avg(CAST({wrapped} AS DOUBLE)){filter}"), Kind::Sum),
            17 if kind != Kind::Decimal => (format!("avg({wrapped}){filter}"), Kind::Sum),
            18 | 19 => {
                let function = self.dice.of(&["stddev", "stddev_pop", "var_samp", "var_pop"]);
                (format!("{function}({wrapped}){filter}"), Kind::Sum)
            }
            20 => match self.column(table, &[Kind::Bool]) {
                Some(column) => {
                    (format!("{}({column}){filter}", self.dice.of(&["bool_or", "bool_and"])), Kind::Bool)
                }
                None => (format!("bool_or(({})){filter}", self.condition(table, 1)), Kind::Bool),
            },
            21 => match self.column(table, &[Kind::Date]) {
                Some(column) => (format!("{}({column}){filter}", self.dice.of(&["min", "max"])), Kind::Date),
                None => (format!("max({wrapped}){filter}"), kind),
            },
            22 => match self.column(table, &[Kind::Text, Kind::Int, Kind::Decimal, Kind::Date]) {
                Some(column) => (format!("count(DISTINCT {column}){filter}"), Kind::Int),
                None => (format!("count(NULL){filter}"), Kind::Int),
            },
            23 => (format!("median(CAST({argument} AS DOUBLE)){filter}"), Kind::Sum),
            _ => match self.dice.number(1, 5) {
                1 => {
                    let order = table.key.join(" DESC, ");
                    (format!("first_value({argument} ORDER BY {order}){filter}"), kind)
                }
                _ => (format!("sum({wrapped}){filter}"), inexact(kind)),
            },
        }
    }

    /// A column of the result.
    fn output(&mut self, table: &Table) -> String {
        let (sql, kind) = self.aggregate(table);
        match (kind, self.dice.number(1, 8)) {
            (Kind::Date, _) => format!("date_part('doy', {sql})"),
            (Kind::Bool | Kind::Serial | Kind::Text, _) => sql,
            (Kind::Int, 1) => {
                let other = format!("count(*){}", self.filter(table));
                format!("{sql} - {other}")
            }
            (Kind::Int, 2) => format!("{sql} > {}", self.dice.number(0, 5)),
            (_, 3) => format!("coalesce({sql}, 0)"),
            (_, 4) => format!("CAST({sql} AS DOUBLE) / nullif(count(*), 0)"),
            (_, 5) => format!("CASE WHEN count(*) >= 2 THEN {sql} END"),
            _ => sql,
        }
    }
}

impl Table {
    fn has(&self, name: &str) -> bool {
        self.columns.iter().any(|c| c.name == name)
    }
}
