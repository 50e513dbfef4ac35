//! What did the files of this project look like: in another commit, in another folder?

use std::path::Path;
use std::sync::Arc;

use super::{Baseline, History, Settings, StandsOn, Version, unusable};
use crate::local::Library;
use crate::project::Project;
use crate::tree::TreeFile;
use crate::trouble::Result;
use crate::{git, tree};

/// The files as they are in a revision, mapped by the project file of today.
pub(super) fn of_git(project: &Project, revision: &str) -> Result<Baseline> {
    let files = project.own(|wanted| git::files(&project.root, revision, wanted))?;
    Ok(baseline(project, files, &format!("git:{revision}")))
}

/// The files of another folder, with the same paths below it.
pub(super) fn of_folder(project: &Project, folder: &Path) -> Result<Baseline> {
    let name = format!("dir:{}", folder.display());
    if !folder.is_dir() {
        return Err(unusable(&name, "there is no such folder"));
    }
    Ok(baseline(project, project.own(|wanted| tree::files(folder, wanted))?, &name))
}

fn baseline(project: &Project, files: Vec<TreeFile>, name: &str) -> Baseline {
    let library = Library::of(project, files);
    let mut baseline = Baseline { name: name.to_owned(), is_own_past: true, ..Baseline::default() };
    for at in &library.order {
        let Some(document) = library.documents.get(*at) else { continue };
        let version = Version {
            number: None,
            id: None,
            kind: document.kind,
            text: Arc::clone(&document.text),
            // What lay elsewhere then is not known any more; a version that can't be read without it is passed over.
            stands_on: StandsOn::Closure(library.closure(*at).here),
            metadata: None,
            rules: None,
            origin: format!("{name}:{}", document.path),
        };
        let history = History { settings: Settings::default(), versions: vec![version] };
        baseline.subjects.insert(document.subject.clone(), history);
    }
    baseline
}
