//! Numbers as Parquet packs them: a few bits each, runs, differences (Encodings.md of its format).

/// So many numbers are packed at a time: they always fill whole bytes.
const MINI: usize = 32;

/// Numbers of at most `width` bits side by side, from the lowest bit on.
pub fn pack(out: &mut Vec<u8>, width: u32, mut numbers: impl ExactSizeIterator<Item = u64>) {
    let end = out.len() + (numbers.len() * width as usize).div_ceil(8);
    while numbers.len() > 0 {
        let mut few = [0; MINI];
        few.iter_mut().zip(&mut numbers).for_each(|(few, number)| *few = number);
        mini(out, width, &few);
    }
    out.truncate(end);
}

fn mini(out: &mut Vec<u8>, width: u32, numbers: &[u64; MINI]) {
    let (mut words, mut bytes) = ([0; MINI], [0; 8 * MINI]);
    MINIS[width as usize](numbers, &mut words);
    for (bytes, word) in bytes.chunks_exact_mut(8).zip(&words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    out.extend_from_slice(&bytes[..width as usize * MINI / 8]);
}

/// With a width that the compiler knows, all shifts are known as well.
fn mini_of<const WIDTH: usize>(numbers: &[u64; MINI], words: &mut [u64; MINI]) {
    for (at, number) in numbers.iter().enumerate() {
        let (word, bit) = (at * WIDTH / 64, at * WIDTH % 64);
        words[word] |= number << bit;
        if bit + WIDTH > 64 {
            words[word + 1] |= number >> (64 - bit);
        }
    }
}

macro_rules! minis {
    ($($width:literal)*) => { [$(mini_of::<$width>),*] };
}

type Pack = fn(&[u64; MINI], &mut [u64; MINI]);

/// By width.
static MINIS: [Pack; 65] = minis![
    0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32
    33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64
];

/// The bits that it takes to tell numbers up to this one apart.
pub fn width(most: u64) -> u32 {
    u64::BITS - most.leading_zeros()
}

/// A number so many times, in Parquet's hybrid of runs and packed numbers.
pub fn run(out: &mut Vec<u8>, width: u32, number: u64, times: usize) {
    varint(out, (times as u64) << 1);
    // All of it and then less: a copy of a known length is quicker.
    let end = out.len() + width.div_ceil(8) as usize;
    out.extend_from_slice(&number.to_le_bytes());
    out.truncate(end);
}

/// Packed numbers in the hybrid; there they come in eights.
pub fn packed(out: &mut Vec<u8>, width: u32, numbers: impl ExactSizeIterator<Item = u64>) {
    let eights = numbers.len().div_ceil(8);
    varint(out, (eights as u64) << 1 | 1);
    let end = out.len() + eights * width as usize;
    pack(out, width, numbers);
    out.resize(end, 0);
}

/// Bits that are packed already, in the hybrid of width 1.
pub fn packed_bits(out: &mut Vec<u8>, bits: &[u8], count: usize) {
    let eights = count.div_ceil(8);
    varint(out, (eights as u64) << 1 | 1);
    out.extend_from_slice(&bits[..eights]);
}

/// Levels, with the length before them that a page wants.
pub fn levels<T>(page: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> T) -> T {
    let from = page.len();
    page.extend_from_slice(&[0; 4]);
    let told = write(page);
    let length = (page.len() - from - 4) as u32;
    page[from..from + 4].copy_from_slice(&length.to_le_bytes());
    told
}

const BLOCK: usize = 128;

/// DELTA_BINARY_PACKED of numbers of 64 bits.
pub fn differences(out: &mut Vec<u8>, numbers: &[i64]) {
    differences_by(out, numbers, |number, before| number.wrapping_sub(before));
}

/// The same of numbers of 32 bits, whose differences are of 32 bits too.
pub fn differences_of_32(out: &mut Vec<u8>, numbers: &[i64]) {
    differences_by(out, numbers, |number, before| i64::from((number as i32).wrapping_sub(before as i32)));
}

/// Each number's difference from the one before, by blocks with a least difference of their own.
fn differences_by(out: &mut Vec<u8>, numbers: &[i64], difference: impl Fn(i64, i64) -> i64) {
    let first = difference(numbers.first().copied().unwrap_or_default(), 0);
    for of_all in [BLOCK as u64, (BLOCK / MINI) as u64, numbers.len() as u64, zigzag(first)] {
        varint(out, of_all);
    }
    if numbers.iter().all(|number| difference(*number, 0) == first) {
        // No discount, no tax: a least difference of nothing and as many widths of nothing, for each block.
        let blocks = numbers.len().saturating_sub(1).div_ceil(BLOCK);
        out.resize(out.len() + blocks * (1 + BLOCK / MINI), 0);
        return;
    }
    let (mut deltas, mut above) = ([0i64; BLOCK], [0u64; MINI]);
    for from in (1..numbers.len()).step_by(BLOCK) {
        let block = &numbers[from - 1..numbers.len().min(from + BLOCK)];
        let deltas = &mut deltas[..block.len() - 1];
        for (delta, pair) in deltas.iter_mut().zip(block.windows(2)) {
            *delta = difference(pair[1], pair[0]);
        }
        let least = deltas.iter().copied().fold(i64::MAX, i64::min);
        varint(out, zigzag(least));
        let widths = out.len();
        out.extend_from_slice(&[0; BLOCK / MINI]);
        for (at, few) in deltas.chunks(MINI).enumerate() {
            above.fill(0);
            for (above, delta) in above.iter_mut().zip(few) {
                *above = delta.wrapping_sub(least) as u64;
            }
            let width = width(above.iter().fold(0, |all, number| all | number));
            out[widths + at] = width as u8;
            mini(out, width, &above);
        }
    }
}

fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
}

/// Seven bits a byte, the lowest first (ULEB128).
fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_packed_as_the_format_s_examples_have_them() {
        let mut out = Vec::new();
        pack(&mut out, 3, (0..8u8).map(u64::from));
        assert_eq!(out, [0b1000_1000, 0b1100_0110, 0b1111_1010]);
        out.clear();
        run(&mut out, 9, 300, 100);
        assert_eq!(out, [0xC8, 1, 0x2C, 1]);
        out.clear();
        pack(&mut out, 64, [u64::MAX, 1].into_iter());
        assert_eq!(out, [vec![0xFF; 8], vec![1, 0, 0, 0, 0, 0, 0, 0]].concat());
        out.clear();
        // 7, 5, 3, 1, 2, 3, 4, 5: first 7, least difference -2, then 0 0 0 3 3 3 3.
        differences(&mut out, &[7, 5, 3, 1, 2, 3, 4, 5]);
        assert_eq!(out[..10], [0x80, 1, 4, 8, 14, 3, 2, 0, 0, 0]);
        assert_eq!(out[10..], [0b1100_0000, 0b0011_1111, 0, 0, 0, 0, 0, 0]);
        out.clear();
        packed(&mut out, 33, (0..50u8).map(u64::from));
        assert_eq!(out.len(), 1 + 7 * 33);
        assert_eq!((out[0], out[5] & 0xFE, out[6]), (7 << 1 | 1, 2, 0));
    }
}
