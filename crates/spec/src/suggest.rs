//! "Did you mean".

/// Returns the candidate that is most likely meant, or nothing if none is near.
///
/// Near is a Damerau-Levenshtein distance (without regard to case) of at most a third of the longer
/// word, or a shared beginning of at least three letters; ties go to the first candidate.
pub(crate) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        let longer = word.chars().count().max(lower.chars().count());
        let distance = strsim::damerau_levenshtein(&word, &lower);
        let shorter = word.chars().count().min(lower.chars().count());
        let begins = shorter >= 3 && (lower.starts_with(&word) || word.starts_with(&lower));
        if (distance <= (longer / 3).max(1) && distance < longer || begins)
            && best.is_none_or(|(least, _)| distance < least)
        {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Returns the hint `did you mean …?`, or nothing if no candidate is near.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// Lists words as code: `a`, `b`, `c`.
pub(crate) fn listed<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    words.into_iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}
