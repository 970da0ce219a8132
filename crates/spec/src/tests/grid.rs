//! Windows, slices, names of features, cutoffs.

use chrono::NaiveDate;

use super::{GOOD, good};
use crate::{Cutoffs, Every, cutoffs, lower_snake, slice_grid, slice_values, split_name, windows};

fn strings(values: &[&str]) -> Vec<String> {
    values.iter().map(|value| (*value).to_owned()).collect()
}

#[test]
fn windows_ascend_and_end_with_lifetime() {
    let mut features = good(GOOD).spec.features;
    features.windows.reverse();
    features.windows.push(crate::Days(1));
    let windows = windows(&features);
    let names: Vec<_> = windows.iter().map(|window| window.name.as_str()).collect();
    assert_eq!(names, ["1d", "7d", "14d", "30d", "60d", "90d", "180d", "365d", "lifetime"]);
    let words: Vec<_> = windows.iter().map(|window| window.words.as_str()).collect();
    assert_eq!((words[0], words[3], words[8]), ("on the last day", "in the last 30 days", "ever"));
    assert_eq!((windows[3].days, windows[8].days), (Some(30), None));
}

#[test]
fn slice_names_are_lower_snake_and_differ() {
    let names = |values: &[&str]| -> Vec<String> {
        slice_values("region", &strings(values)).into_iter().map(|slice| slice.name).collect()
    };
    assert_eq!(
        names(&[
            "France",
            "United Kingdom",
            "Côte d'Ivoire",
            "EIRE",
            "Channel  Islands!",
            "São Tomé",
            "Åland",
            "1&1"
        ]),
        [
            "region_france",
            "region_united_kingdom",
            "region_cote_d_ivoire",
            "region_eire",
            "region_channel_islands",
            "region_sao_tome",
            "region_aland",
            "region_1_1"
        ]
    );
    assert_eq!(
        names(&["a b", "a-b", "A_B", "a b 2"]),
        ["region_a_b", "region_a_b_2", "region_a_b_3", "region_a_b_2_2"]
    );
    assert_eq!(
        names(&["", " ", "中国", "日本"]),
        ["region_blank", "region_blank_2", "region_blank_3", "region_blank_4"]
    );
    // One letter with an accent, or a letter and the accent after it.
    assert_eq!(lower_snake("é e\u{301} Straße İ Ærø"), "e_e_strasse_i_aero");
    assert_eq!(lower_snake("__A__"), "a");

    let slice = &slice_values("sales_region", &strings(&["United Kingdom"]))[0];
    assert_eq!((slice.column.as_str(), slice.value.as_str()), ("sales_region", "United Kingdom"));
    assert_eq!(slice.words, "sales region United Kingdom");
    assert_eq!(slice_values("region", &strings(&[""]))[0].words, "region (blank)");
}

#[test]
fn columns_do_not_share_names() {
    let (one, other) = (strings(&["b c"]), strings(&["c"]));
    let names: Vec<_> = slice_grid([("a", one.as_slice()), ("a_b", other.as_slice())])
        .into_iter()
        .map(|slice| slice.name)
        .collect();
    assert_eq!(names, ["a_b_c", "a_b_c_2"]);
}

#[test]
fn names_come_apart() {
    let features = good(GOOD).spec.features;
    let windows = windows(&features);
    let slices = slice_values("region", &strings(&["France", "La France"]));
    let split = |name: &'static str| {
        let (stem, window, slice) = split_name(name, &windows, &slices);
        (
            stem.to_owned(),
            window.map_or("-".to_owned(), |window| window.name.clone()),
            slice.map_or("-".to_owned(), |slice| slice.name.clone()),
        )
    };
    let is = |stem: &str, window: &str, slice: &str| (stem.to_owned(), window.to_owned(), slice.to_owned());
    assert_eq!(split("amount_sum_90d__region_france"), is("amount_sum", "90d", "region_france"));
    assert_eq!(split("amount_sum_90d__region_la_france"), is("amount_sum", "90d", "region_la_france"));
    assert_eq!(split("orders_lifetime"), is("orders", "lifetime", "-"));
    assert_eq!(split("days_since_last_order"), is("days_since_last_order", "-", "-"));
    assert_eq!(split("share__region_france"), is("share", "-", "region_france"));
    assert_eq!(split("orders_91d"), is("orders_91d", "-", "-"));
    assert_eq!(split("orders_90d__region_spain"), is("orders_90d__region_spain", "-", "-"));
    assert_eq!(split("orders_x14d"), is("orders_x14d", "-", "-"));
    assert_eq!(split("_7d"), is("_7d", "-", "-"));
    assert_eq!(split("90d"), is("90d", "-", "-"));
}

fn days(every: Every, count: u32, date: &str) -> Vec<String> {
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").unwrap();
    cutoffs(&Cutoffs { every, count }, date).iter().map(ToString::to_string).collect()
}

#[test]
fn cutoffs_step_back_from_the_date() {
    assert_eq!(
        days(Every::Month, 4, "2011-03-31"),
        ["2010-12-31", "2011-01-31", "2011-02-28", "2011-03-31"],
        "a short month does not shorten the ones before it"
    );
    assert_eq!(days(Every::Month, 3, "2012-03-30"), ["2012-01-30", "2012-02-29", "2012-03-30"]);
    assert_eq!(days(Every::Days(7), 3, "2012-03-05"), ["2012-02-20", "2012-02-27", "2012-03-05"]);
    assert_eq!(days(Every::Days(1), 1, "2012-03-05"), ["2012-03-05"]);
    assert_eq!(days(Every::Month, 0, "2012-03-05"), Vec::<String>::new());
    // The calendar ends long before the numbers do.
    assert!(days(Every::Days(u32::MAX), 3, "2012-03-05").len() == 1);
}
