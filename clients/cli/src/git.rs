//! What did the files look like in another commit? Asked of `git` itself: it is on every machine that needs it, and knows
//! worktrees, shallow clones and submodules. Nothing is checked out.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::tree::{Content, MAX_FILE, Side, TreeFile};
use crate::trouble::{Result, Trouble};

mod index;

pub(crate) use index::{prefix, staged};

/// How deep submodules and links may lead.
const MAX_DEPTH: usize = 8;

/// Paths below `root` that are in the index, or could be: what is ignored is left out. `None` where there is no git.
pub(crate) fn listed(root: &Path) -> Option<Vec<Vec<u8>>> {
    let listed = git(root, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).ok()?;
    Some(listed.split(|byte| *byte == 0).filter(|path| !path.is_empty()).map(<[u8]>::to_vec).collect())
}

/// The files below `root` as they are in a revision, where `wanted` says so. `main...` is where HEAD left `main`.
pub(crate) fn files(root: &Path, revision: &str, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<TreeFile>> {
    let commit = commit(root, revision)?;
    let mut files = Vec::new();
    collect(root, "", &commit, wanted, MAX_DEPTH, &mut files)?;
    files.sort_by(|one: &TreeFile, other| one.path.cmp(&other.path));
    Ok(files)
}

/// Paths below `root` that differ from one of these revisions or from the last commit, or are in no commit, where they lie at
/// or below one of `within`; all of them where that is empty. What is gone since is among them.
///
/// # Errors
/// A revision that git does not know, as where it is compared with.
pub(crate) fn changed(root: &Path, side: Side, since: &[&str], within: &[String]) -> Result<Vec<String>> {
    let mut commits = since.iter().map(|revision| commit(root, revision)).collect::<Result<Vec<_>>>()?;
    let is_begun = git(root, &["rev-parse", "--verify", "--quiet", "HEAD"]).is_ok();
    commits.extend(is_begun.then(|| "HEAD".to_owned()));
    let asked = |arguments: &[&str]| git(root, arguments).map_err(|error| no_git(&error));
    let (mut listed, of_side): (Vec<u8>, &[&str]) = match side {
        Side::Disk => (asked(&["ls-files", "-z", "--others", "--exclude-standard"])?, &[]),
        Side::Index => (Vec::new(), &["--cached"]),
    };
    for commit in &commits {
        // Up to what is not committed yet.
        let differs =
            [&["diff", "--name-only", "-z", "--relative", "--no-renames"], of_side, &[commit.as_str()]].concat();
        listed.extend(asked(&differs)?);
    }
    if commits.is_empty() {
        // Before the first commit everything is new.
        listed.extend(asked(&["ls-files", "-z"])?);
    }
    let paths = listed.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    let paths: std::collections::BTreeSet<String> =
        paths.map(|path| String::from_utf8_lossy(path).into_owned()).collect();
    let is_within = |path: &String| {
        let is_below = |folder: &String| {
            folder.is_empty()
                || path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        within.is_empty() || within.iter().any(is_below)
    };
    Ok(paths.into_iter().filter(is_within).collect())
}

/// The folder where hooks are.
pub(crate) fn hooks(root: &Path) -> Result<PathBuf> {
    let told = git(root, &["rev-parse", "--git-path", "hooks"]).map_err(|error| no_git(&error))?;
    Ok(root.join(String::from_utf8_lossy(&told).trim()))
}

/// The address of whoever works here.
pub(crate) fn user(root: &Path) -> Option<String> {
    let told = String::from_utf8(git(root, &["config", "user.email"]).ok()?).ok()?.trim().to_owned();
    (!told.is_empty()).then_some(told)
}

/// Where a file comes from: the address that git calls `origin`, and the file's path in the repository. Without credentials,
/// which some put into addresses; nothing where git does not tell.
pub(crate) fn origin(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let told = |arguments: &[&str]| {
        let told = git(folder, arguments).ok()?;
        let told = String::from_utf8(told).ok()?.trim().to_owned();
        (!told.is_empty()).then_some(told)
    };
    let address = public(&told(&["remote", "get-url", "origin"])?);
    let above = told(&["rev-parse", "--show-prefix"]).unwrap_or_default();
    Some(format!("{address}#{above}{}", path.file_name()?.to_string_lossy()))
}

/// An address without user and password. `git@host:path` has none: that user is everybody's.
fn public(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        // Of SSH the user alone is part of the address.
        Some((user, host)) if scheme == "ssh" => {
            format!("{scheme}://{}@{host}{path}", user.split(':').next().unwrap_or_default())
        }
        Some((_, host)) => format!("{scheme}://{host}{path}"),
        None => address.to_owned(),
    }
}

fn commit(root: &Path, revision: &str) -> Result<String> {
    if revision.is_empty() || revision.starts_with('-') {
        return Err(
            Trouble::usage(format!("`git:{revision}` names no revision")).help("as in `git:main` or `git:HEAD~1`")
        );
    }
    if let Err(error) = git(root, &["rev-parse", "--git-dir"]) {
        return Err(no_git(&error));
    }
    if let Some(branch) = revision.strip_suffix("...") {
        let branch = commit(root, branch)?;
        let base = git(root, &["merge-base", &branch, "HEAD"]).map_err(|_| {
            shallow(root, revision, Trouble::usage(format!("`{revision}` and HEAD have no commit in common")))
        })?;
        return Ok(String::from_utf8_lossy(&base).trim().to_owned());
    }
    let name = format!("{revision}^{{commit}}");
    let found = git(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name]);
    found.map(|sha| String::from_utf8_lossy(&sha).trim().to_owned()).map_err(|_| {
        shallow(root, revision, Trouble::usage(format!("git knows no revision `{}`", crate::words::shown(revision))))
    })
}

/// In CI a revision is mostly missing because it was not fetched: then the command that fetches it is what helps.
fn shallow(root: &Path, revision: &str, trouble: Trouble) -> Trouble {
    if git(root, &["rev-parse", "--verify", "--quiet", "HEAD"]).is_err() {
        return trouble.note("nothing is committed here yet").help("until then: --against none");
    }
    let is_shallow = git(root, &["rev-parse", "--is-shallow-repository"]).is_ok_and(|told| told.starts_with(b"true"));
    let branch = revision.trim_end_matches("...").trim_start_matches("origin/");
    match (is_shallow, revision.contains(['~', '^']) || revision.ends_with("...")) {
        (true, true) => trouble.note("this is a shallow clone").help("git fetch --unshallow origin"),
        (true, false) => trouble.note("this is a shallow clone").help(format!(
            "git fetch --depth=1 origin {branch}:refs/remotes/origin/{branch}, and compare with git:origin/{branch}"
        )),
        (false, _) => trouble.help(format!("`git fetch origin {branch}` if it is a branch elsewhere")),
    }
}

fn no_git(error: &str) -> Trouble {
    Trouble::usage("there is no git repository here").note(error.to_owned())
}

/// Lists the tree of a commit and reads what is wanted of it, submodules included where they are checked out.
fn collect(
    root: &Path,
    prefix: &str,
    commit: &str,
    wanted: &dyn Fn(&str) -> bool,
    depth: usize,
    files: &mut Vec<TreeFile>,
) -> Result<()> {
    let listed = git(root, &["ls-tree", "-r", "-z", commit])
        .map_err(|error| Trouble::usage(format!("git can't list {commit}")).note(error))?;
    let mut blobs: HashMap<String, Blob> = HashMap::new();
    let mut order = Vec::new();
    for entry in listed.split(|byte| *byte == 0) {
        let Ok(entry) = std::str::from_utf8(entry) else { continue };
        let Some((about, path)) = entry.split_once('\t') else { continue };
        let mut about = about.split(' ');
        let (Some(mode), Some(_), Some(sha)) = (about.next(), about.next(), about.next()) else { continue };
        if mode == "160000" {
            let folder = root.join(path);
            if depth > 0 && folder.join(".git").exists() {
                // A commit that was not fetched leaves the submodule out, as a checkout without submodules would.
                let _ = collect(&folder, &format!("{prefix}{path}/"), sha, wanted, depth - 1, files);
            }
            continue;
        }
        blobs.insert(path.to_owned(), Blob { sha: sha.to_owned(), is_link: mode == "120000" });
        if wanted(&format!("{prefix}{path}")) {
            order.push(path.to_owned());
        }
    }
    let mut reader = Reader::start(root)?;
    let shas: Vec<&str> = order.iter().map(|path| blobs[path].sha.as_str()).collect();
    let contents = reader.read_all(&shas)?;
    for (path, content) in order.iter().zip(contents) {
        let content = match content {
            Content::Text(target) if blobs[path].is_link => reader.follow(&blobs, path, &target, MAX_DEPTH)?,
            Content::Unreadable(_) if blobs[path].is_link => leads_nowhere(),
            content => content,
        };
        files.push(TreeFile { path: format!("{prefix}{path}"), content });
    }
    Ok(())
}

/// A file of a commit.
struct Blob {
    sha: String,
    is_link: bool,
}

fn leads_nowhere() -> Content {
    Content::Unreadable("it is a link that leads nowhere".to_owned())
}

/// `git cat-file --batch`: one process for all contents.
struct Reader {
    process: std::process::Child,
    input: std::process::ChildStdin,
    output: BufReader<std::process::ChildStdout>,
}

impl Reader {
    fn start(root: &Path) -> Result<Self> {
        let failed = |error: std::io::Error| Trouble::usage("git can't be started").note(error.to_string());
        let mut process = command(root)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(Trouble::usage("git has no input or output"));
        };
        Ok(Self { process, input, output: BufReader::new(output) })
    }

    /// The contents of many blobs, in their order. All are asked for before the first is there: to wait for each answer before
    /// the next question takes longer than to read.
    fn read_all(&mut self, shas: &[&str]) -> Result<Vec<Content>> {
        let Self { process, input, output } = self;
        let read = std::thread::scope(|scope| {
            let asking = scope.spawn(move || {
                let mut input = BufWriter::new(input);
                shas.iter().try_for_each(|sha| writeln!(input, "{sha}"))?;
                input.flush()
            });
            let read: std::io::Result<Vec<Content>> = shas.iter().map(|_| next(output)).collect();
            if read.is_err() {
                // Nobody reads what it answers any more, and it would not read what is asked.
                let _ = process.kill();
            }
            let asked = asking.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            read.and_then(|contents| asked.map(|()| contents))
        });
        read.map_err(|error| Trouble::usage("git can't read the files of the commit").note(error.to_string()))
    }

    /// What the link at `path` leads to, which is another file of the tree.
    fn follow(&mut self, blobs: &HashMap<String, Blob>, path: &str, target: &str, depth: usize) -> Result<Content> {
        let path = beside(path, target);
        let Some(Blob { sha, is_link }) = blobs.get(&path) else {
            return Ok(Content::Unreadable("it is a link that leads to no file of the commit".to_owned()));
        };
        match (is_link, self.read(sha)?) {
            (true, Content::Text(target)) if depth > 0 => self.follow(blobs, &path, &target, depth - 1),
            (true, _) => Ok(leads_nowhere()),
            (false, content) => Ok(content),
        }
    }

    fn read(&mut self, sha: &str) -> Result<Content> {
        let contents = self.read_all(&[sha])?;
        contents.into_iter().next().ok_or_else(|| Trouble::usage(format!("git can't read {sha}")))
    }
}

/// The next answer: a line that tells the size, and the content.
fn next(output: &mut impl BufRead) -> std::io::Result<Content> {
    let mut header = String::new();
    if output.read_line(&mut header)? == 0 {
        return Err(std::io::ErrorKind::UnexpectedEof.into());
    }
    let Some(size) = header.trim_end().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok()) else {
        return Ok(Content::Unreadable(format!("git does not have it: {}", header.trim_end())));
    };
    let mut bytes = Vec::new();
    output.by_ref().take(size.min(MAX_FILE)).read_to_end(&mut bytes)?;
    // What is too large is skipped, and the line end after each content.
    std::io::copy(&mut output.by_ref().take(size.saturating_sub(MAX_FILE) + 1), &mut std::io::sink())?;
    Ok(if size > MAX_FILE { Content::too_large() } else { Content::of(bytes) })
}

impl Drop for Reader {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where a link in `path` leads.
fn beside(path: &str, target: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').collect();
    segments.pop();
    for segment in target.trim_end().split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    segments.join("/")
}

fn command(root: &Path) -> Command {
    let mut command = Command::new("git");
    // Neither paging, nor prompts, nor another repository than the one that is meant.
    command.arg("-C").arg(root).env("GIT_TERMINAL_PROMPT", "0").env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command
}

/// What git prints; what it complains about if it fails.
fn git(root: &Path, arguments: &[&str]) -> std::result::Result<Vec<u8>, String> {
    let output = command(root).args(arguments).stdin(Stdio::null()).output().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "git is not installed".to_owned(),
        _ => error.to_string(),
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(told.lines().next().unwrap_or("git failed").trim_start_matches("fatal: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::{beside, public};

    #[test]
    fn links_lead_where_they_lead() {
        assert_eq!(beside("a/b/link.avsc", "../c.avsc"), "a/c.avsc");
        assert_eq!(beside("link", "./x/y\n"), "x/y");
        assert_eq!(beside("a/link", "../../../x"), "x");
    }

    #[test]
    fn addresses_are_told_without_credentials() {
        assert_eq!(public("https://me:s3cret@git.example/a.git"), "https://git.example/a.git");
        assert_eq!(public("https://token@git.example"), "https://git.example");
        assert_eq!(public("ssh://git:s3cret@git.example:22/a.git"), "ssh://git@git.example:22/a.git");
        for plain in ["git@git.example:a/b.git", "https://git.example/a@b.git", "/srv/a.git"] {
            assert_eq!(public(plain), plain);
        }
    }
}
