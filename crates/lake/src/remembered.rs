//! What `flow` remembers, chapter by chapter: those that the lake has are named by their files and not read to be written.

use std::path::Path;
use std::sync::Arc;

use port::{Chapter, Error, Result};

use crate::chapters;

/// Chapters by the names of their files.
pub fn named(names: Vec<String>) -> Vec<Chapter> {
    names.into_iter().map(|name| Chapter::Stored(name.into())).collect()
}

/// Names of all chapters' files, once the new ones are there.
pub fn write(root: &Path, chapters: &[Chapter]) -> Result<Vec<String>> {
    let texts: Vec<String> = chapters
        .iter()
        .filter_map(|chapter| match chapter {
            Chapter::New(text) => Some(text.clone()),
            Chapter::Stored(_) => None,
        })
        .collect();
    let mut written = chapters::write(root, &texts)?.into_iter();
    let name = |chapter: &Chapter| match chapter {
        Chapter::Stored(name) => Ok(name.to_string()),
        Chapter::New(_) => written.next().ok_or_else(|| Error::internal("a chapter was not written")),
    };
    chapters.iter().map(name).collect()
}

/// Texts by the names of their files.
pub fn read(root: &Path, names: &[Arc<str>]) -> Result<Vec<String>> {
    let names: Vec<String> = names.iter().map(|name| name.to_string()).collect();
    chapters::read(root, &names)
}

#[cfg(test)]
pub fn texts(root: &Path, chapters: &[Chapter]) -> Vec<String> {
    let text = |chapter: &Chapter| match chapter {
        Chapter::Stored(name) => read(root, std::slice::from_ref(name)).unwrap().remove(0),
        Chapter::New(text) => text.clone(),
    };
    chapters.iter().map(text).collect()
}
