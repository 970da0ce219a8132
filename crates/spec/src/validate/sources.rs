//! Sources: columns, their types and options, rules, keys, files.

use std::collections::BTreeSet;

use chrono::format::{Item, StrftimeItems};

use super::Check;
use super::names::{hint, snake_key, snake_value, timezone};
use crate::suggest::listed;
use crate::types::{Column, ColumnType, Csv, Format, Source, Spec};

/// Columns that ingest and the features add to every row.
const RESERVED: [&str; 4] = ["occurred_on", "known_on", "days_ago", "cutoff"];
/// Most files over which customers are hashed.
const MAX_BUCKETS: u16 = 1024;
/// Most digits after the point of a decimal of 18 digits.
const MAX_SCALE: u8 = 18;

const INSTANT: &[ColumnType] = &[ColumnType::Timestamp, ColumnType::Date];
const TEXT: &[ColumnType] = &[ColumnType::String];

/// Columns that a source needs, and the types they may have, the usual one first.
type Needs = &'static [(&'static str, &'static [ColumnType])];

pub(super) fn check(check: &mut Check<'_>, spec: &Spec) {
    let sources = &spec.sources;
    let transactions: Needs = &[("customer_id", TEXT), ("occurred_at", INSTANT)];
    let events: Needs = &[("customer_id", TEXT), ("occurred_at", INSTANT), ("event_type", TEXT)];
    let customers: Needs = &[("customer_id", TEXT), ("known_at", INSTANT)];
    source(check, "transactions", &sources.transactions, transactions);
    if let Some(one) = &sources.events {
        source(check, "events", one, events);
    }
    if let Some(one) = &sources.customers {
        source(check, "customers", one, customers);
    }
    if !(1..=MAX_BUCKETS).contains(&spec.lake.buckets) {
        check.value(&["lake", "buckets"], format!("the number of buckets is from 1 to {MAX_BUCKETS}"), None);
    }
}

fn source(check: &mut Check<'_>, name: &str, source: &Source, needs: Needs) {
    let at = ["sources", name];
    check.filled(&[at[0], at[1], "files"], &source.files);
    needed(check, at, source, needs);
    for (column, how) in &source.columns {
        column_name(check, &[at[0], at[1], "columns", column]);
        column_options(check, [at[0], at[1], "columns", column], how);
    }
    for (column, sql) in &source.derive {
        let path = [at[0], at[1], "derive", column];
        column_name(check, &path);
        check.filled(&path, sql);
        if source.columns.contains_key(column) {
            let message = format!("`{column}` is both read and derived");
            check.key(&path, message, hint("give the derived column a name of its own"));
        }
    }
    rules(check, at, source);
    unique_key(check, at, source);
    if let Format::Csv(csv) = &source.format {
        csv_options(check, at, source, csv);
    }
}

fn needed(check: &mut Check<'_>, at: [&str; 2], source: &Source, needs: Needs) {
    let columns = [at[0], at[1], "columns"];
    for (name, types) in needs {
        let path = [at[0], at[1], "columns", name, "type"];
        match source.columns.get(*name) {
            Some(column) if !types.contains(&column.kind) => {
                let words = types.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" or ");
                let message = format!("`{name}` must be a {words}, not {}", one(column.kind));
                check.value(&path, message, None);
            }
            Some(_) => {}
            None if source.derive.contains_key(*name) => {}
            None => {
                let message = format!("`{}` needs a column `{name}`", at[1]);
                let near = crate::suggest::nearest(name, source.columns.keys().map(String::as_str))
                    .filter(|near| needs.iter().all(|(needed, _)| needed != near))
                    .map(|near| format!("is it what `{near}` holds? then call that column `{name}`"));
                let how = format!("add `{name}: {{from: <raw column>, type: {}}}`", types[0].name());
                check.key(&columns, message, [near.unwrap_or(how)]);
            }
        }
    }
}

fn column_name(check: &mut Check<'_>, path: &[&str; 4]) {
    let name = path[3];
    if RESERVED.contains(&name) {
        let message = format!("`{name}` is a name that every row gets by itself");
        check.key(path, message, [format!("reserved are {}", listed(RESERVED))]);
    } else {
        snake_key(check, path, "column");
    }
}

fn column_options(check: &mut Check<'_>, path: [&str; 4], column: &Column) {
    use ColumnType::{Date, Decimal, Float, Timestamp};
    let option = |name| [path[0], path[1], path[2], path[3], name];
    check.filled(&option("from"), &column.from);
    let mut only = |name, given: bool, types: &[ColumnType]| {
        if given && !types.contains(&column.kind) {
            let words = types.iter().map(|kind| kind.name()).collect::<Vec<_>>().join(" or ");
            let message = format!("{} has no `{name}`", one(column.kind));
            let broken = check.is_broken(&option("type"));
            if !broken {
                check.key(&option(name), message, [format!("`{name}` is for {words}")]);
            }
        }
    };
    only("format", column.format.is_some(), &[Timestamp, Date]);
    only("scale", column.scale.is_some(), &[Decimal]);
    only("decimal_mark", column.decimal_mark.is_some(), &[Decimal, Float]);
    only("timezone", column.timezone.is_some(), &[Timestamp]);

    if let Some(format) = &column.format
        && (format.is_empty() || StrftimeItems::new(format).any(|item| item == Item::Error))
    {
        let message = format!("`{}` is no strftime pattern", check.quoted(&option("format"), format));
        check.value(&option("format"), message, hint("such as `%d.%m.%Y %H:%M`"));
    }
    if column.scale.is_some_and(|scale| scale > MAX_SCALE) {
        let message = format!("a decimal of {MAX_SCALE} digits has at most {MAX_SCALE} after the point");
        check.value(&option("scale"), message, None);
    }
    if column
        .decimal_mark
        .is_some_and(|mark| mark.is_alphanumeric() || mark.is_whitespace() || "+-".contains(mark))
    {
        let message = "a digit, letter, sign or blank cannot be a decimal mark";
        check.value(&option("decimal_mark"), message, hint("it is `.` or `,`"));
    }
    if let Some(zone) = &column.timezone {
        timezone(check, &option("timezone"), zone);
    }
}

/// Names a type with its article.
fn one(kind: ColumnType) -> String {
    let article = if kind == ColumnType::Int { "an" } else { "a" };
    format!("{article} {}", kind.name())
}

fn rules(check: &mut Check<'_>, at: [&str; 2], source: &Source) {
    for (index, rule) in source.rules.iter().enumerate() {
        let index_text = index.to_string();
        let path = |name| [at[0], at[1], "rules", &index_text, name];
        check.filled(&path("where"), &rule.condition);
        snake_value(check, &path("name"), &rule.name, "rule");
    }
    // A rule whose name is missing or wrong was reported already and equals no other.
    let mut seen = BTreeSet::new();
    for (index, rule) in source.rules.iter().enumerate() {
        let path = [at[0], at[1], "rules", &index.to_string(), "name"];
        if !check.is_broken(&path) && !seen.insert(rule.name.as_str()) {
            let message = format!("two rules are called `{}`", check.quoted(&path, &rule.name));
            check.value(&path, message, hint("quarantine and counts tell rules apart by name"));
        }
    }
}

fn unique_key(check: &mut Check<'_>, at: [&str; 2], source: &Source) {
    if check.is_broken(&[at[0], at[1], "columns"]) || check.is_broken(&[at[0], at[1], "derive"]) {
        return;
    }
    let names = || source.columns.keys().chain(source.derive.keys()).map(String::as_str);
    for (index, column) in source.unique_key.iter().enumerate() {
        let index_text = index.to_string();
        let path = [at[0], at[1], "unique_key", &index_text];
        if !names().any(|name| name == column) {
            let message = format!("`{}` has no column `{}`", at[1], check.quoted(&path, column));
            let near = check.suggestion(&path, column, names());
            check.value(
                &path,
                message,
                near.or_else(|| Some(format!("its columns are {}", listed(names())))),
            );
        }
    }
    for (step, quoted) in check.repeated(&[at[0], at[1], "unique_key"], &source.unique_key) {
        check.value(&[at[0], at[1], "unique_key", &step], format!("`{quoted}` is named twice"), None);
    }
}

fn csv_options(check: &mut Check<'_>, at: [&str; 2], source: &Source, csv: &Csv) {
    let path = |name| [at[0], at[1], "format", "csv", name];
    let one_ascii = |text: &str| text.len() == 1 && !text.starts_with(['\n', '\r', '\0']);
    let word = matches!(csv.delimiter.as_str(), "tab" | "whitespace");
    if !word && !one_ascii(&csv.delimiter) {
        let hints = match csv.delimiter.as_str() {
            "\\t" => hint("write `tab`"),
            _ => hint("it is one ASCII character in quotes, such as `\";\"`, or `tab` or `whitespace`"),
        };
        let message = format!("`{}` is no delimiter", check.quoted(&path("delimiter"), &csv.delimiter));
        check.value(&path("delimiter"), message, hints);
    }
    if !csv.quote.is_empty() && !one_ascii(&csv.quote) {
        let message = format!("`{}` is no quote character", check.quoted(&path("quote"), &csv.quote));
        check.value(&path("quote"), message, hint("it is one ASCII character, or empty for none"));
    } else if csv.quote == csv.delimiter {
        check.value(&path("quote"), "quote and delimiter are the same character", None);
    }
    let Some(header) = &csv.header else {
        return;
    };
    if header.is_empty() {
        check.value(
            &path("header"),
            "the header is empty",
            hint("leave it out if the first line holds the names"),
        );
    }
    for (step, quoted) in check.repeated(&path("header"), header) {
        let path = [at[0], at[1], "format", "csv", "header", &step];
        check.value(&path, format!("two columns are called `{quoted}`"), None);
    }
    // As the file has them: a variable may have put something secret into a name.
    let names: Vec<String> = (0..header.len())
        .map(|index| check.quoted(&[at[0], at[1], "format", "csv", "header", &index.to_string()], ""))
        .collect();
    for (name, column) in &source.columns {
        let from = [at[0], at[1], "columns", name, "from"];
        if !header.is_empty() && !header.contains(&column.from) && !check.is_broken(&path("header")) {
            let message = format!("the header has no column `{}`", check.quoted(&from, &column.from));
            let near = check.suggestion(&from, &column.from, names.iter().map(String::as_str));
            let all = || Some(format!("its columns are {}", listed(names.iter().map(String::as_str))));
            check.value(&from, message, near.or_else(all));
        }
    }
}
