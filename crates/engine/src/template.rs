//! Templates: Jinja over the windows and slices of a spec, with line numbers that stay true.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use foretell_spec::{SliceValue, Window};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Object, Serde, Value};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};

use crate::fault::SqlFault;
use crate::lake::Lake;

/// What a template can ask for.
#[derive(Debug, Clone, Default)]
pub struct Context {
    windows: Vec<Window>,
    slices: Vec<SliceCell>,
    columns: BTreeMap<String, Vec<String>>,
    globals: BTreeMap<String, Value>,
}

/// A slice value and the source that has its column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SliceCell {
    /// `transactions`, `events` or `customers`.
    pub source: String,
    /// Column, value and the name features carry.
    pub slice: SliceValue,
}

/// A window, or a window of one slice: the rows some features are computed over.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Cell {
    name: String,
    words: String,
    days: Option<u32>,
    within: String,
}

/// Rendered SQL, and for each of its lines the template's line it came from.
#[derive(Debug, Clone)]
pub(crate) struct Rendered {
    pub(crate) sql: String,
    pub(crate) lines: Vec<u32>,
}

impl Context {
    /// Makes the context of a spec's windows and the slices learned for it, over the lake's columns.
    pub fn new(windows: Vec<Window>, slices: Vec<SliceCell>, lake: &Lake) -> Self {
        let columns = lake
            .sources
            .iter()
            .map(|s| (s.name.clone(), s.schema.fields().iter().map(|f| f.name().clone()).collect()))
            .collect();
        Self { windows, slices, columns, globals: BTreeMap::new() }
    }

    /// Adds a name that templates can use, and the text it stands for.
    #[must_use]
    pub fn with(mut self, name: &str, text: impl Into<String>) -> Self {
        self.globals.insert(name.to_owned(), Value::from(text.into()));
        self
    }

    /// Adds a name that templates can use, and the values below it: `{{ name.key }}`.
    #[must_use]
    pub fn with_values(mut self, name: &str, values: &impl serde::Serialize) -> Self {
        self.globals.insert(name.to_owned(), Value::from(Serde(values)));
        self
    }

    /// Adds a table whose columns `has` knows.
    #[must_use]
    pub fn with_table(mut self, name: &str, columns: impl IntoIterator<Item = String>) -> Self {
        self.columns.insert(name.to_owned(), columns.into_iter().collect());
        self
    }

    /// Parameter names and the slice values bound to them.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = (String, String)> + '_ {
        self.slices.iter().map(|cell| (cell.slice.name.clone(), cell.slice.value.clone()))
    }

    /// Windows, `lifetime` last.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Slices in the order of the spec.
    pub fn slices(&self) -> &[SliceCell] {
        &self.slices
    }

    fn cells(&self, source: &str) -> Vec<Cell> {
        let whole = self.windows.iter().map(Cell::window);
        let sliced = self.slices.iter().filter(|s| s.source == source).flat_map(|slice| {
            self.windows.iter().map(move |window| Cell::window(window).sliced(&slice.slice))
        });
        whole.chain(sliced).collect()
    }

    /// Renders a template.
    pub(crate) fn render(&self, source: &str) -> Result<Rendered, SqlFault> {
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()
            .map_err(|error| template_fault(&error, source, source))?;
        environment.set_syntax(syntax);
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let shared = Arc::new(self.clone());
        let of = Arc::clone(&shared);
        environment.add_function("cells", move |source: String| objects(of.cells(&source)));
        let of = Arc::clone(&shared);
        environment.add_function("slices", move |source: String| {
            objects(of.slices.iter().filter(|s| s.source == source).map(|s| Cell::slice(&s.slice)))
        });
        let of = Arc::clone(&shared);
        environment.add_function("has", move |source: String, column: Option<String>| {
            of.columns
                .get(&source)
                .is_some_and(|columns| column.is_none_or(|column| columns.contains(&column)))
        });
        for (name, value) in &self.globals {
            environment.add_global(name.clone(), value.clone());
        }
        environment.add_global("windows", objects(self.windows.iter().map(Cell::window)));
        let marked = mark_lines(source);
        let text =
            environment.render_str(&marked, ()).map_err(|error| template_fault(&error, source, &marked))?;
        Ok(unmark_lines(&text))
    }
}

impl Cell {
    fn window(window: &Window) -> Self {
        Self {
            name: window.name.clone(),
            words: window.words.clone(),
            days: window.days,
            within: window.days.map_or_else(|| "true".to_owned(), |days| format!("days_ago <= {days}")),
        }
    }

    fn slice(slice: &SliceValue) -> Self {
        Self {
            name: slice.name.clone(),
            words: slice.words.clone(),
            days: None,
            within: format!("{} = ${}", slice.column, slice.name),
        }
    }

    fn sliced(self, slice: &SliceValue) -> Self {
        let condition = format!("{} = ${}", slice.column, slice.name);
        Self {
            name: format!("{}__{}", self.name, slice.name),
            words: format!("{}, {}", self.words, slice.words),
            days: self.days,
            within: match self.days {
                Some(_) => format!("{} AND {condition}", self.within),
                None => condition,
            },
        }
    }
}

impl Object for Cell {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        Some(match key.as_str()? {
            "name" => Value::from(self.name.clone()),
            "words" => Value::from(self.words.clone()),
            "days" => self.days.map_or(Value::from(()), Value::from),
            "within" => Value::from(self.within.clone()),
            "filter" if self.within == "true" => Value::from(""),
            "filter" => Value::from(format!("FILTER (WHERE {})", self.within)),
            _ => return None,
        })
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

fn objects(cells: impl IntoIterator<Item = Cell>) -> Value {
    cells.into_iter().map(Value::from_object).collect()
}

/// Marks around a line number; private-use characters, which no SQL file has reason to contain.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// Opens each line that yields text with its own number, so that what is rendered can be traced back.
fn mark_lines(source: &str) -> String {
    let mut marked = String::with_capacity(source.len() + source.len() / 8);
    let mut inside: Option<&str> = None;
    for (index, line) in source.lines().enumerate() {
        let tag_alone = line.trim_start().starts_with("{%") || line.trim_start().starts_with("{#");
        if inside.is_none() && !tag_alone {
            marked.push(OPEN);
            marked.push_str(&(index + 1).to_string());
            marked.push(CLOSE);
        }
        inside = still_inside(line, inside);
        marked.push_str(line);
        marked.push('\n');
    }
    marked
}

/// The closing delimiter of the tag that is open at the end of `line`, if one is.
fn still_inside<'a>(line: &str, mut inside: Option<&'a str>) -> Option<&'a str> {
    let mut rest = line;
    loop {
        match inside {
            Some(close) => {
                rest = &rest[rest.find(close)? + close.len()..];
                inside = None;
            }
            None => {
                let pairs = [("{%", "%}"), ("{{", "}}"), ("{#", "#}")];
                let next = pairs
                    .iter()
                    .filter_map(|(open, close)| rest.find(open).map(|at| (at, *close)))
                    .min_by_key(|(at, _)| *at);
                let (at, close) = next?;
                rest = &rest[at + 2..];
                inside = Some(close);
                if !rest.contains(close) {
                    return inside;
                }
            }
        }
    }
}

fn unmark_lines(text: &str) -> Rendered {
    let mut sql = String::with_capacity(text.len());
    let mut lines = Vec::new();
    let mut last = 1;
    for line in text.lines() {
        let mut origin = None;
        let mut clean = String::with_capacity(line.len());
        let mut rest = line;
        while let Some(open) = rest.find(OPEN) {
            clean.push_str(&rest[..open]);
            let after = &rest[open + OPEN.len_utf8()..];
            let close = after.find(CLOSE).unwrap_or(0);
            origin = origin.or_else(|| after[..close].parse::<u32>().ok());
            rest = after.get(close + CLOSE.len_utf8()..).unwrap_or_default();
        }
        clean.push_str(rest);
        last = origin.unwrap_or(last);
        if clean.trim().is_empty() {
            continue;
        }
        lines.push(last);
        sql.push_str(clean.trim_end());
        sql.push('\n');
    }
    Rendered { sql, lines }
}

/// Reads a fault of the template `source`, which was rendered as `marked`.
fn template_fault(error: &minijinja::Error, source: &str, marked: &str) -> SqlFault {
    let range = error.range().filter(|range| marked.get(range.clone()).is_some());
    let message = match (error.kind(), error.detail(), &range) {
        (ErrorKind::UndefinedError, None, Some(range)) => {
            format!("the template knows no `{}`", marked[range.clone()].trim())
        }
        (ErrorKind::UndefinedError, ..) => "unknown name in the template".to_owned(),
        (ErrorKind::UnknownFunction, detail, _) => {
            format!("unknown function in the template: {}", detail.unwrap_or_default())
        }
        (ErrorKind::SyntaxError, detail, _) => format!("template syntax: {}", detail.unwrap_or_default()),
        (kind, detail, _) => format!("template: {}", detail.map_or_else(|| kind.to_string(), str::to_owned)),
    };
    let hint = if message.ends_with("expected end of block") {
        "close each `{% for … %}` with `{% endfor %}` and each `{% if … %}` with `{% endif %}`"
    } else {
        "a template knows `windows`, `cells(source)`, `slices(source)` and `has(source, column)`"
    };
    let line = error.line().and_then(|line| u32::try_from(line).ok());
    let place = line.map(|line| {
        let text = source.lines().nth(line as usize - 1).unwrap_or_default();
        let before = range.map_or(text.split('{').next(), |range| {
            // The mark with the line's number is no part of the line.
            marked[..range.start].rsplit(['\n', CLOSE]).next()
        });
        (line, u32::try_from(before.unwrap_or_default().chars().count() + 1).unwrap_or(1))
    });
    SqlFault { message, place, hint: None }.hint(hint)
}
