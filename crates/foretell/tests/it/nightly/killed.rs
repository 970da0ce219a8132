//! A night's run that is killed between two steps of publishing: the next one mends what it left.

use std::collections::BTreeMap;
use std::fs;

use super::shop::{FIRST, night, send, shop};
use super::{differences, manifest};
use crate::support::Project;

const MANIFEST: &str = "_meta/lake/transactions.json";

/// Everything but what says when runs were made.
fn kept(project: &Project) -> BTreeMap<String, Vec<u8>> {
    let mut all = project.bytes("w");
    all.retain(|name, _| !name.starts_with("_meta/runs/"));
    all
}

fn put(project: &Project, files: &BTreeMap<String, Vec<u8>>) {
    fs::remove_dir_all(project.path("w")).unwrap();
    for (name, bytes) in files {
        project.write(&format!("w/{name}"), bytes);
    }
}

#[test]
fn a_run_killed_between_two_steps_is_mended_by_the_next() {
    let project = shop();
    night(&project, "w");
    let before = kept(&project);
    send(&project, FIRST);
    night(&project, "w");
    let after = kept(&project);
    assert_ne!(before[MANIFEST], after[MANIFEST]);
    let rewritten = manifest(&project, "w")["runs"][0]["buckets"][0]["path"].as_str().unwrap().to_owned();
    assert!(!before.contains_key(&rewritten), "no row of the old run gave way, so this shows too little");

    // Both the objects before and after are there, and the manifest is still, or already, one of them.
    let both = |manifest: &BTreeMap<String, Vec<u8>>| {
        let mut files = before.clone();
        files.extend(after.clone());
        files.insert(MANIFEST.to_owned(), manifest[MANIFEST].clone());
        files
    };
    for state in [both(&before), both(&after)] {
        put(&project, &state);
        night(&project, "w");
        assert_eq!(differences(&after, &kept(&project)), Vec::<String>::new());
    }

    // Only some of the new objects were put in place.
    for skipped in 0..3 {
        let mut some = before.clone();
        let new = after.iter().filter(|(name, _)| !before.contains_key(*name) && name.starts_with("lake/"));
        some.extend(new.skip(skipped).map(|(name, bytes)| (name.clone(), bytes.clone())));
        put(&project, &some);
        night(&project, "w");
        assert_eq!(differences(&after, &kept(&project)), Vec::<String>::new());
    }
}
