//! What would the next commit hold? The index, as a tree, so that what lies on the disk does not count.

use std::path::Path;

use super::{MAX_DEPTH, collect, git, no_git};
use crate::tree::TreeFile;
use crate::trouble::{Result, Trouble};

/// The files below `root` as they are staged, where `wanted` says so.
pub(crate) fn staged(root: &Path, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<TreeFile>> {
    git(root, &["rev-parse", "--git-dir"]).map_err(|error| no_git(&error))?;
    let tree = git(root, &["write-tree"]).map_err(|error| {
        Trouble::usage("git can't tell what is staged").note(error).help("a merge has to be resolved first")
    })?;
    let mut files = Vec::new();
    collect(root, "", String::from_utf8_lossy(&tree).trim(), wanted, MAX_DEPTH, &mut files)?;
    files.sort_by(|one: &TreeFile, other| one.path.cmp(&other.path));
    Ok(files)
}

/// The way from the root of the working copy to a folder: `services/shop/`, nothing for the root itself.
pub(crate) fn prefix(folder: &Path) -> Result<String> {
    let told = git(folder, &["rev-parse", "--show-prefix"]).map_err(|error| no_git(&error))?;
    Ok(String::from_utf8_lossy(&told).trim_end_matches(['\r', '\n']).to_owned())
}
