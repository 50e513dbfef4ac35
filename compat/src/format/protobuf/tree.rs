//! What is a Protobuf schema once read? What it says, the same linked with everything it imports, and where things stand.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;

use prost_reflect::FileDescriptor;
use prost_types::SourceCodeInfo;
use prost_types::source_code_info::Location;

use super::parse;
use super::syntax::File;
use crate::format::Resolved;
use crate::json::Source;
use crate::violation::Span;

/// The name under which the schema itself is compiled, and which its serialized form has.
pub(super) const MAIN: &str = "default";

/// A file and what it imports.
pub(super) struct Schema {
    /// The text. A schema that came as a descriptor has the text that says the same.
    pub(super) source: Source,
    /// What the text declares, in its own words. What is printed.
    pub(super) syntax: File,
    /// The file linked: every type is known. What is compared and compiled. Custom options may be left out.
    pub(super) file: FileDescriptor,
    /// What to link it with for those; `None` if nothing is left out.
    references: Option<Vec<Resolved>>,
    places: OnceLock<Places>,
}

/// Without the descriptors: those of types that contain themselves would be printed for ever.
impl fmt::Debug for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Schema").field("text", &self.source.text()).finish_non_exhaustive()
    }
}

impl Schema {
    pub(super) fn new(source: Source, syntax: File, file: FileDescriptor, references: Option<Vec<Resolved>>) -> Self {
        Self { source, syntax, file, references, places: OnceLock::new() }
    }

    /// The file linked with nothing left out.
    pub(super) fn full(&self) -> FileDescriptor {
        let full = self.references.as_ref().and_then(|references| parse::relinked(self.source.text(), references));
        full.unwrap_or_else(|| self.file.clone())
    }

    /// Whether there may be custom options.
    pub(super) fn has_options(&self) -> bool {
        self.references.is_some() || self.file.parent_pool().get_file_by_name(parse::OPTIONS_ONLY[0]).is_some()
    }

    /// Where in the text the declaration is that `path` leads to (the numbers of `SourceCodeInfo.Location.path`); only
    /// declarations of the main file have a place.
    pub(super) fn span(&self, file: &FileDescriptor, path: &[i32]) -> Option<Span> {
        if file.name() != MAIN {
            return None;
        }
        self.places().span(&self.source, path)
    }

    /// The comment that stands before the declaration in the main file that `path` leads to.
    pub(super) fn doc(&self, path: &[i32]) -> Option<&str> {
        self.places().doc(path)
    }

    /// Found again in the text when first asked for: most schemas are never asked, and places take more memory than
    /// everything else.
    fn places(&self) -> &Places {
        self.places.get_or_init(|| {
            let parsed = protox_parse::parse(MAIN, self.source.text()).ok();
            Places::new(parsed.and_then(|file| file.source_code_info))
        })
    }
}

/// Where the declarations of a text stand, and what is said before them.
#[derive(Debug, Default)]
struct Places(HashMap<Vec<i32>, Location>);

impl Places {
    fn new(info: Option<SourceCodeInfo>) -> Self {
        let mut places = HashMap::new();
        for mut location in info.map(|info| info.location).unwrap_or_default() {
            // The first of several is the declaration itself.
            let path = std::mem::take(&mut location.path);
            places.entry(path).or_insert(location);
        }
        Self(places)
    }

    fn span(&self, source: &Source, path: &[i32]) -> Option<Span> {
        span_of(source, self.0.get(path)?)
    }

    fn doc(&self, path: &[i32]) -> Option<&str> {
        self.0.get(path)?.leading_comments.as_deref()
    }
}

fn span_of(source: &Source, location: &Location) -> Option<Span> {
    let (line, column, end_line, end_column) = match location.span.as_slice() {
        [line, column, end] => (*line, *column, *line, *end),
        [line, column, end_line, end] => (*line, *column, *end_line, *end),
        _ => return None,
    };
    source.span_of_lines((line, column), (end_line, end_column))
}

/// The span of what `path` leads to, or of the nearest around it that has one. For one question only: it looks through
/// all places.
pub(super) fn nearest(text: &str, info: Option<&SourceCodeInfo>, path: &[i32]) -> Option<Span> {
    let locations = &info?.location;
    let around = |length| locations.iter().find(|location| Some(location.path.as_slice()) == path.get(..length));
    span_of(&Source::new(text), (0..=path.len()).rev().find_map(around)?)
}
