//! Records of one width, sorted by key, in a stretch of a file: one is found without reading the others.

use std::cmp::Ordering;
use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;

/// What a stretch is made of.
pub trait Record: Copy {
    const WIDTH: usize;
    type Key: Ord + Copy;

    fn key(&self) -> Self::Key;
    fn put(&self, bytes: &mut Vec<u8>);
    /// From [`Record::WIDTH`] bytes.
    fn get(bytes: &[u8]) -> Self;
}

pub struct Sorted<R> {
    file: Arc<File>,
    at: u64,
    pub count: u64,
    record: PhantomData<R>,
}

/// To find one record takes about as long as to read so many on the way through all of them.
const A_SEARCH: u64 = 500;
/// Bytes read at once on the way through all records.
const READ: usize = 1 << 18;

impl<R: Record> Sorted<R> {
    pub fn new(file: Arc<File>, at: u64, count: u64) -> Sorted<R> {
        Sorted { file, at, count, record: PhantomData }
    }

    fn read(&self, index: u64) -> io::Result<R> {
        let mut bytes = [0; 64];
        let bytes = &mut bytes[..R::WIDTH];
        read_at(&self.file, bytes, self.at + index * R::WIDTH as u64)?;
        Ok(R::get(bytes))
    }

    pub fn find(&self, key: R::Key) -> io::Result<Option<R>> {
        Ok(self.search(0, key)?.1)
    }

    /// The record of a key that is not before `low`, and where one with it is or would be.
    fn search(&self, mut low: u64, key: R::Key) -> io::Result<(u64, Option<R>)> {
        let mut high = self.count;
        while low < high {
            let middle = low + (high - low) / 2;
            let record = self.read(middle)?;
            match record.key().cmp(&key) {
                Ordering::Less => low = middle + 1,
                Ordering::Equal => return Ok((middle, Some(record))),
                Ordering::Greater => high = middle,
            }
        }
        Ok((low, None))
    }

    /// Those of the records that have one of these ascending keys.
    pub fn find_all(&self, keys: &[R::Key]) -> io::Result<Vec<R>> {
        let mut found = Vec::new();
        if keys.len() as u64 * A_SEARCH < self.count {
            let mut low = 0;
            for key in keys {
                let (at, record) = self.search(low, *key)?;
                found.extend(record);
                low = at;
            }
            return Ok(found);
        }
        let mut keys = keys.iter().peekable();
        for record in self.all() {
            let record = record?;
            while keys.next_if(|key| **key < record.key()).is_some() {}
            match keys.peek() {
                None => break,
                Some(key) if **key == record.key() => found.push(record),
                Some(_) => {}
            }
        }
        Ok(found)
    }

    /// All records in order.
    pub fn all(&self) -> impl Iterator<Item = io::Result<R>> + use<R> {
        let (file, at, count) = (self.file.clone(), self.at, self.count);
        let a_read = (READ / R::WIDTH) as u64;
        let reads = (0..count).step_by(a_read as usize).map(move |first| {
            let mut bytes = vec![0; (count - first).min(a_read) as usize * R::WIDTH];
            read_at(&file, &mut bytes, at + first * R::WIDTH as u64)?;
            Ok(bytes.chunks_exact(R::WIDTH).map(R::get).collect::<Vec<R>>())
        });
        reads.flat_map(|read: io::Result<Vec<R>>| {
            let (records, error) = match read {
                Ok(records) => (records, None),
                Err(error) => (Vec::new(), Some(Err(error))),
            };
            records.into_iter().map(Ok).chain(error)
        })
    }
}

/// Records of several stretches in order, each with the number of its stretch. Of records of one key the last stretch's.
pub fn merged<R: Record, I: Iterator<Item = io::Result<R>>>(
    stretches: Vec<I>,
) -> impl Iterator<Item = io::Result<(usize, R)>> {
    let mut stretches: Vec<_> = stretches.into_iter().map(Iterator::peekable).collect();
    std::iter::from_fn(move || {
        let mut newest: Option<(usize, R)> = None;
        for (at, stretch) in stretches.iter_mut().enumerate() {
            match stretch.peek() {
                Some(Ok(record)) if newest.is_none_or(|(_, least)| record.key() <= least.key()) => {
                    newest = Some((at, *record));
                }
                Some(Err(_)) => return stretch.next().map(|failed| failed.map(|record| (at, record))),
                _ => {}
            }
        }
        let (at, record) = newest?;
        for stretch in &mut stretches {
            stretch.next_if(|next| matches!(next, Ok(next) if next.key() == record.key()));
        }
        Some(Ok((at, record)))
    })
}

/// Reads at a place without moving one that others read from.
#[cfg(unix)]
pub fn read_at(file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, at)
}

/// A file's place is moved here, and each file is read by one thread at a time.
#[cfg(not(unix))]
pub fn read_at(mut file: &File, bytes: &mut [u8], at: u64) -> io::Result<()> {
    io::Seek::seek(&mut file, io::SeekFrom::Start(at))?;
    io::Read::read_exact(&mut file, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq)]
    struct Pair(u32, u32);

    impl Record for Pair {
        const WIDTH: usize = 8;
        type Key = u32;

        fn key(&self) -> u32 {
            self.0
        }

        fn put(&self, bytes: &mut Vec<u8>) {
            bytes.extend_from_slice(&self.0.to_le_bytes());
            bytes.extend_from_slice(&self.1.to_le_bytes());
        }

        fn get(bytes: &[u8]) -> Pair {
            let number = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            Pair(number(0), number(4))
        }
    }

    fn stored(pairs: &[Pair]) -> Sorted<Pair> {
        let mut bytes = b"before".to_vec();
        pairs.iter().for_each(|pair| pair.put(&mut bytes));
        bytes.extend_from_slice(b"behind");
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, &bytes).unwrap();
        Sorted::new(Arc::new(file), 6, pairs.len() as u64)
    }

    #[test]
    fn few_and_many_are_found_alike() {
        let pairs: Vec<Pair> = (0..100_000).map(|n| Pair(n * 3, n)).collect();
        let sorted = stored(&pairs);
        assert_eq!(sorted.all().collect::<io::Result<Vec<_>>>().unwrap(), pairs);
        for keys in [vec![], vec![0], vec![1, 2, 3, 299_997, 299_998], (0..5_000).map(|n| n * 60 + n % 3).collect()] {
            let right: Vec<Pair> =
                keys.iter().filter(|key| **key % 3 == 0 && **key < 300_000).map(|key| Pair(*key, key / 3)).collect();
            assert_eq!(sorted.find_all(&keys).unwrap(), right);
            for key in &keys {
                assert_eq!(sorted.find(*key).unwrap(), right.iter().find(|pair| pair.0 == *key).copied());
            }
        }
        assert_eq!(stored(&[]).find(1).unwrap(), None);
    }

    #[test]
    fn of_one_key_the_newest_is_taken() {
        let stretches =
            [vec![Pair(1, 0), Pair(2, 0), Pair(5, 0)], vec![], vec![Pair(2, 2), Pair(9, 2)], vec![Pair(2, 3)]];
        let all = merged(stretches.iter().map(|pairs| stored(pairs).all()).collect());
        let all: Vec<(usize, Pair)> = all.collect::<io::Result<_>>().unwrap();
        assert_eq!(all, [(0, Pair(1, 0)), (3, Pair(2, 3)), (0, Pair(5, 0)), (2, Pair(9, 2))]);
    }
}
