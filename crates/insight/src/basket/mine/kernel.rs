//! Meeting bit rows: the inner loop of dense searches, compiled for what the processor has.

/// Meets `with` with each of `rows` and keeps what has at least `least` bits: the met rows go to `out` one after the
/// other, their bits to `counts`, their places among `rows` to `picks`. Gives how many there are. A row is `with.len()`
/// words long; `out`, `counts` and `picks` have room for all rows.
pub type Meet =
    fn(rows: &[u64], with: &[u64], least: u32, out: &mut [u64], counts: &mut [u32], picks: &mut [u32]) -> usize;

/// The quickest that this processor runs.
pub fn meet() -> Meet {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("popcnt") {
        return x86::meet;
    }
    any
}

#[inline(always)]
fn any(rows: &[u64], with: &[u64], least: u32, out: &mut [u64], counts: &mut [u32], picks: &mut [u32]) -> usize {
    match with.len() {
        1 => narrow::<1>(rows, with, least, out, counts, picks),
        2 => narrow::<2>(rows, with, least, out, counts, picks),
        3 => narrow::<3>(rows, with, least, out, counts, picks),
        4 => narrow::<4>(rows, with, least, out, counts, picks),
        _ => wide(rows, with, least, out, counts, picks),
    }
}

/// Rows of few words: a row is kept by moving on, not by a branch.
#[inline(always)]
fn narrow<const WORDS: usize>(
    rows: &[u64],
    with: &[u64],
    least: u32,
    out: &mut [u64],
    counts: &mut [u32],
    picks: &mut [u32],
) -> usize {
    let (rows, _) = rows.as_chunks::<WORDS>();
    let (with, _) = with.as_chunks::<WORDS>();
    let (out, _) = out.as_chunks_mut::<WORDS>();
    let with = with[0];
    let length = rows.len();
    let (out, counts, picks) = (&mut out[..length], &mut counts[..length], &mut picks[..length]);
    let mut kept = 0;
    for (place, row) in rows.iter().enumerate() {
        let mut count = 0;
        let mut met = [0; WORDS];
        for word in 0..WORDS {
            met[word] = row[word] & with[word];
            count += met[word].count_ones();
        }
        out[kept] = met;
        counts[kept] = count;
        picks[kept] = place as u32;
        kept += usize::from(count >= least);
    }
    kept
}

#[inline(always)]
fn wide(rows: &[u64], with: &[u64], least: u32, out: &mut [u64], counts: &mut [u32], picks: &mut [u32]) -> usize {
    let words = with.len();
    let mut kept = 0;
    for (place, row) in rows.chunks_exact(words).enumerate() {
        let met = &mut out[kept * words..(kept + 1) * words];
        let mut count = 0;
        for ((met, row), with) in met.iter_mut().zip(row).zip(with) {
            *met = row & with;
            count += u64::from(met.count_ones());
        }
        counts[kept] = count as u32;
        picks[kept] = place as u32;
        kept += usize::from(count as u32 >= least);
    }
    kept
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    /// Only where [`super::meet`] has found what it needs.
    pub fn meet(
        rows: &[u64],
        with: &[u64],
        least: u32,
        out: &mut [u64],
        counts: &mut [u32],
        picks: &mut [u32],
    ) -> usize {
        // SAFETY: `super::meet` gives this function away only after it found these features.
        unsafe { with_features(rows, with, least, out, counts, picks) }
    }

    #[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
    fn with_features(
        rows: &[u64],
        with: &[u64],
        least: u32,
        out: &mut [u64],
        counts: &mut [u32],
        picks: &mut [u32],
    ) -> usize {
        super::any(rows, with, least, out, counts, picks)
    }
}
