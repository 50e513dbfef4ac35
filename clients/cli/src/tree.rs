//! Which files are there, and what is in them? A folder as it is now; `git` has those of other commits.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::git;
use crate::trouble::{Result, Trouble, on_file};

/// The largest schema file that is read.
pub(crate) const MAX_FILE: u64 = 16 << 20;
/// How deep folders may lie.
const MAX_DEPTH: usize = 64;
/// Folders that hold what others made, where no git says what to ignore.
const PASSED_OVER: [&str; 2] = ["node_modules", "target"];

/// A file, its path counted from the root of the project, with forward slashes.
#[derive(Debug, Clone)]
pub(crate) struct TreeFile {
    pub(crate) path: String,
    pub(crate) content: Content,
}

/// Which of the two states of a working copy is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// What lies there.
    Disk,
    /// What is staged for the next commit.
    Index,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Text(Arc<str>),
    /// Why it can't be read.
    Unreadable(String),
}

impl Content {
    pub(crate) fn of(bytes: Vec<u8>) -> Self {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(_) => return Self::Unreadable("it is not UTF-8".to_owned()),
        };
        match text.strip_prefix('\u{feff}') {
            Some(text) => Self::Text(text.into()),
            None => Self::Text(text.into()),
        }
    }

    pub(crate) fn too_large() -> Self {
        Self::Unreadable("it is larger than 16 MiB".to_owned())
    }
}

/// The files of a folder that are `wanted`, sorted by path. What git ignores is passed over; links are followed to files
/// within the folder only.
pub(crate) fn files(root: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<TreeFile>> {
    let real = root.canonicalize().map_err(|error| on_file(root, "read", &error))?;
    if !real.is_dir() {
        return Err(Trouble::usage(format!("{} is not a folder", root.display())));
    }
    let mut paths = Vec::new();
    match git::listed(root) {
        Some(listed) => {
            for path in listed {
                let path = String::from_utf8_lossy(&path).into_owned();
                let place = root.join(&path);
                // A submodule is listed as one entry.
                if place.is_dir() && !place.is_symlink() {
                    walk(root, &place, MAX_DEPTH, &mut paths)
                } else {
                    paths.push(path)
                }
            }
        }
        None => walk(root, root, MAX_DEPTH, &mut paths),
    }
    paths.sort();
    paths.dedup();
    let wanted = paths.into_iter().filter(|path| wanted(path));
    Ok(wanted.filter_map(|path| read(root, &real, &path).map(|content| TreeFile { path, content })).collect())
}

/// The bytes of a file below a root, as long as it is one: no link that leads out, no pipe and no device, and no more than is
/// allowed. `None` for what is gone.
///
/// # Errors
/// Why it is not read.
pub(crate) fn bytes(root: &Path, path: &str, most: u64) -> std::result::Result<Option<Vec<u8>>, String> {
    let place = root.join(path);
    let real = root.canonicalize().map_err(|error| error.to_string())?;
    let target = match place.canonicalize() {
        Ok(target) => target,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !place.is_symlink() => return Ok(None),
        Err(error) => return Err(format!("it leads nowhere: {error}")),
    };
    if !target.starts_with(&real) {
        return Err("it is a link that leads out of the project".to_owned());
    }
    if !target.is_file() {
        return Err("it is no file".to_owned());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(&target).map_err(|error| error.to_string())?;
    std::io::Read::read_to_end(&mut std::io::Read::take(file, most + 1), &mut bytes)
        .map_err(|error| error.to_string())?;
    if bytes.len() as u64 > most {
        return Err(format!("it is larger than {} MiB", most >> 20));
    }
    Ok(Some(bytes))
}

/// `None` for what is gone, or is no file.
fn read(root: &Path, real: &Path, path: &str) -> Option<Content> {
    let place = root.join(path);
    let unreadable = |error: std::io::Error| Some(Content::Unreadable(error.to_string()));
    if place.is_symlink() {
        match place.canonicalize() {
            Ok(target) if target.starts_with(real) => {}
            Ok(_) => return Some(Content::Unreadable("it is a link that leads out of the project".to_owned())),
            Err(error) => return Some(Content::Unreadable(format!("it is a link that leads nowhere: {error}"))),
        }
    }
    let metadata = match std::fs::metadata(&place) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => return unreadable(error),
    };
    match metadata {
        metadata if !metadata.is_file() => None,
        metadata if metadata.len() > MAX_FILE => Some(Content::too_large()),
        _ => std::fs::read(&place).map(Content::of).map_or_else(unreadable, Some),
    }
}

/// Files below a folder, without those that begin with a dot. Links to folders are not followed: they can go round.
fn walk(root: &Path, folder: &Path, depth: usize, paths: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.filter_map(std::result::Result::ok) {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(kind) = entry.file_type() else { continue };
        if name.starts_with('.') || (kind.is_dir() && PASSED_OVER.contains(&name.as_str())) {
            continue;
        }
        let place = entry.path();
        if kind.is_dir() {
            if depth > 0 {
                walk(root, &place, depth - 1, paths);
            }
        } else if let Some(path) = relative(root, &place) {
            paths.push(path);
        }
    }
}

/// The path of a place from a root, with forward slashes.
pub(crate) fn relative(root: &Path, place: &Path) -> Option<String> {
    let below: PathBuf = place.strip_prefix(root).ok()?.to_owned();
    let segments: Vec<_> = below.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    Some(segments.join("/"))
}
