//! Days, shares, steps and slices as text and back; digests.

use std::collections::BTreeMap;
use std::fmt::Debug;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{GOOD, changed, good};
use crate::{Days, Every, Share, Slice, digest_of};

fn json<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

fn round<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(json(&text), Some(value), "{text}");
}

#[test]
fn values_survive_a_round() {
    for days in [0, 1, 30, u32::MAX] {
        round(Days(days));
        round(Every::Days(days.max(1)));
    }
    round(Every::Month);
    for share in [0.0, 0.05, 0.1, 1.0 / 3.0, 1.0] {
        round(Share(share));
    }
    round(Slice::Top(5));
    round(Slice::Values(vec!["a".to_owned()]));
}

#[test]
fn values_are_read_and_shown() {
    assert_eq!(json("\"30d\""), Some(Days(30)));
    for wrong in
        ["30", "\"30\"", "\"d\"", "\"-1d\"", "\"+1d\"", "\"1.5d\"", "\"30 d\"", "\"30D\"", "\"4294967296d\""]
    {
        assert_eq!(json::<Days>(wrong), None, "{wrong}");
    }
    for (text, share) in [
        ("\"30%\"", 0.3),
        ("0.3", 0.3),
        ("1", 1.0),
        ("\"0.3\"", 0.3),
        ("\"2.5 %\"", 0.025),
        ("\"100%\"", 1.0),
    ] {
        assert_eq!(json(text), Some(Share(share)), "{text}");
    }
    for wrong in ["30", "-0.1", "\"101%\"", "\"NaN\"", "\"%\"", "\"inf%\"", "true"] {
        assert_eq!(json::<Share>(wrong), None, "{wrong}");
    }
    for (text, every) in
        [("month", Every::Month), ("week", Every::Days(7)), ("day", Every::Days(1)), ("14d", Every::Days(14))]
    {
        assert_eq!(json(&format!("{text:?}")), Some(every));
        assert_eq!(every.to_string(), text);
    }
    assert_eq!(json::<Every>("\"0d\""), None);
    assert_eq!(json("5"), Some(Slice::Top(5)));
    for wrong in ["-5", "5.5", "\"5\"", "[5]", "4294967296", "{}"] {
        assert_eq!(json::<Slice>(wrong), None, "{wrong}");
    }
    assert_eq!(
        (Share(0.07).to_string(), Share(0.3).to_string(), Share(0.005).to_string()),
        ("7%".into(), "30%".into(), "0.5%".into())
    );
}

#[test]
fn digests_tell_specs_apart() {
    let digest = good(GOOD).digest();
    assert_eq!(digest.len(), 64);
    assert_eq!(
        digest,
        good(&GOOD.replace("count: 9}", "count: 9}   # nine")).digest(),
        "layout does not count"
    );
    assert_eq!(digest, good(&changed(&[("365d]", "\"365d\"]")])).digest());
    assert_ne!(digest, good(&changed(&[("seed: 42", "seed: 43")])).digest());
    let spec = good(GOOD).spec;
    assert_ne!(digest_of(&spec.sources), digest_of(&spec.features));
    // The SHA-256 of `"abc"` in quotes, by `printf '"abc"' | sha256sum`.
    assert_eq!(digest_of("abc"), "6cc43f858fbb763301637b5af970e2a46b46f461f27e5a0f41e009c59b827b25");
    let odd = |key: u8| BTreeMap::from([(vec![key], 1)]);
    assert_eq!(digest_of(&odd(1)), digest_of(&odd(1)), "a map that JSON cannot hold does not stop it");
}
