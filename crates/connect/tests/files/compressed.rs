//! gzip, zstd and zip, whole and damaged.

use std::io::Write;

use super::*;

const TEXT: &str = "order_id,amount,ordered_at\na,1,\nb,2,\n";

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn zip_of(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn all_compressions_by_their_first_bytes() {
    let plain = read(&orders(""), "a.csv", TEXT);
    assert_eq!(plain.rows.len(), 2);
    assert_eq!(read(&orders(""), "a.csv.gz", gzip(TEXT)), plain);
    assert_eq!(read(&orders(""), "misnamed.csv", gzip(TEXT)), plain);
    assert_eq!(read(&orders(""), "a.csv.zst", zstd::encode_all(TEXT.as_bytes(), 1).unwrap()), plain);
    assert_eq!(read(&orders(""), "a.zip", zip_of(&[("__MACOSX/._a.csv", "x"), ("dir/a.csv", TEXT)])), plain);
}

#[test]
fn gzip_members_follow_each_other() {
    let (first, second) = TEXT.split_at(20);
    assert_eq!(read(&orders(""), "a.csv.gz", [gzip(first), gzip(second)].concat()).rows.len(), 2);
}

#[test]
fn cut_off_files_say_so() {
    let whole = gzip(&TEXT.repeat(1000));
    let error = failure(&orders(""), "a.csv.gz", &whole[..whole.len() / 2]);
    assert_eq!(error.kind, port::Kind::Input);
    assert!(error.to_string().contains("a.csv.gz ends in the middle of its gzip data"), "{error}");
    assert!(error.advice.unwrap().contains("fetch it again"));
    let packed = zstd::encode_all(TEXT.as_bytes(), 1).unwrap();
    assert_eq!(failure(&orders(""), "a.csv.zst", &packed[..packed.len() - 3]).kind, port::Kind::Input);
    let archive = zip_of(&[("a.csv", TEXT)]);
    assert_eq!(failure(&orders(""), "a.zip", &archive[..archive.len() - 10]).kind, port::Kind::Input);
    let mut damaged = archive;
    let at = damaged.windows(4).position(|bytes| bytes == b"a,1,").unwrap();
    damaged[at] = b'z';
    assert!(failure(&orders(""), "a.zip", damaged).to_string().contains("checksum"));
}

#[test]
fn a_zip_holds_one_file() {
    let error = failure(&orders(""), "a.zip", zip_of(&[("a.csv", TEXT), ("b.csv", TEXT)]));
    assert!(
        error.to_string().contains("holds 2 files, not one: a.csv, b.csv")
            || error.to_string().contains("b.csv, a.csv")
    );
}
