//! `snapshot`: what does the registry hold now, to be compared with later where it can't be asked?

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use futures_util::{StreamExt, TryStreamExt, stream};
use tidegate_client::{Client, ClientError};
use tidegate_compat::SubjectName;

use super::check::SNAPSHOT;
use crate::args::Global;
use crate::baseline::{Snapshot, SubjectOf};
use crate::exit::Exit;
use crate::local::Library;
use crate::project::Project;
use crate::registry::Connection;
use crate::terminal::{Sign, Terminal, Tone};
use crate::tree;
use crate::trouble::Result;
use crate::words::counted;

/// How many questions are under way at once.
const AT_ONCE: usize = 16;

pub(super) fn run(
    project: &Project,
    output: Option<&Path>,
    all: bool,
    global: &Global,
    terminal: &Terminal,
) -> Result<Exit> {
    let connection = Connection::open(Some(project), global, None)?;
    let client = &connection.client;
    let wanted: BTreeSet<String> = if all {
        connection.wait(client.subjects(":*:"))?.into_iter().collect()
    } else {
        let library = Library::of(project, tree::files(&project.root, &|path| project.rule_of(path).is_some())?);
        let named = library.documents.iter().map(|document| document.subject.clone());
        let elsewhere = (0..library.documents.len()).flat_map(|at| library.closure(at).elsewhere);
        let elsewhere = elsewhere.flat_map(|need| need.names).flat_map(|name| [format!("{name}-value"), name]);
        named.chain(project.names.iter().map(|(_, subject)| subject.clone())).chain(elsewhere).collect()
    };
    let subjects = connection.wait(collect(client, wanted))?;
    let versions: usize = subjects.values().map(|subject| subject.versions.len()).sum();
    let count = subjects.len();
    let snapshot = Snapshot::new(&connection.name, subjects);
    let path = output.map_or_else(|| project.root.join(SNAPSHOT), Path::to_owned);
    snapshot.save(&path)?;
    let told = format!(
        "{} {} of {} with {} in {}\n",
        terminal.paint(Tone::Good, terminal.sign(Sign::Good)),
        counted(count, "subject"),
        connection.name,
        counted(versions, "version"),
        path.strip_prefix("./").unwrap_or(&path).display()
    );
    terminal.mention(&told);
    Ok(Exit::Clean)
}

/// Subjects with all their live versions, and then the subjects that these refer to.
async fn collect(
    client: &Client,
    mut wanted: BTreeSet<String>,
) -> std::result::Result<BTreeMap<String, SubjectOf>, ClientError> {
    let mut found: BTreeMap<String, SubjectOf> = BTreeMap::new();
    let mut asked: BTreeSet<String> = BTreeSet::new();
    while !wanted.is_empty() {
        asked.extend(wanted.iter().cloned());
        let round = stream::iter(std::mem::take(&mut wanted)).map(|subject| async move {
            let numbers = match client.versions(&subject).await {
                Ok(numbers) => numbers,
                Err(error) if error.is_not_found() => return Ok(None),
                Err(error) => return Err(error),
            };
            let config = client.config(&subject).await?;
            let name = &subject;
            let versions =
                stream::iter(numbers).map(|number| async move { client.version(name, &number.to_string()).await });
            let versions = versions.buffered(4).try_collect().await?;
            Ok(Some((subject, SubjectOf { config, versions })))
        });
        let round: Vec<Option<(String, SubjectOf)>> = round.buffer_unordered(AT_ONCE).try_collect().await?;
        for (subject, of) in round.into_iter().flatten() {
            let context = SubjectName::parse(&subject).context().clone();
            let references = of.versions.iter().flat_map(|version| &version.references);
            let targets = references.filter_map(|reference| reference.subject.as_deref());
            let targets = targets.map(|target| SubjectName::parse_in(&context, target).to_string());
            wanted.extend(targets.filter(|target| !asked.contains(target)));
            found.insert(subject, of);
        }
    }
    Ok(found)
}
