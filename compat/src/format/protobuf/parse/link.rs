//! What does every name mean? Files are added to a pool after the files that they import.

use std::panic::{self, AssertUnwindSafe};

use prost::Message as _;
use prost_reflect::{DescriptorPool, FileDescriptor};
use prost_types::FileDescriptorProto;

use super::super::tree::{MAIN, nearest};
use super::super::wellknown;
use super::source::Unit;
use super::{keys, maps, numbers, options, packed, relax, trouble};
use crate::format::{Resolved, Strictness};
use crate::schema::SchemaKind;
use crate::violation::{Malformed, Span};

/// Where Confluent's own options are declared.
const META: &str = "confluent/meta.proto";
/// How long a chain of imports may be.
const MAX_CHAIN: usize = 100;

/// Links the main file. A reference comes before a well-known file of the same name.
pub(super) fn link(main: Unit, references: &[Resolved], strictness: Strictness) -> Result<FileDescriptor, Malformed> {
    // The linker is not ours, and what it reads is anybody's: a text that breaks it must break nothing else.
    let linked = panic::catch_unwind(AssertUnwindSafe(|| link_all(main, references, strictness)));
    linked.unwrap_or_else(|_| Err(plain("the linker can't take this schema".to_owned())))
}

fn link_all(main: Unit, references: &[Resolved], strictness: Strictness) -> Result<FileDescriptor, Malformed> {
    let mut linker = Linker { pool: DescriptorPool::new(), references, strictness, chain: Vec::new() };
    linker.add(MAIN, main)?;
    if let Some(message) = linker.pool.all_messages().find_map(|message| maps::misused(&message)) {
        return Err(plain(message));
    }
    if let Some(message) = numbers::shared_when_linked(&linker.pool) {
        return Err(plain(message));
    }
    let file = linker.pool.get_file_by_name(MAIN);
    file.ok_or_else(|| plain("the file is missing after linking".to_owned()))
}

struct Linker<'a> {
    pool: DescriptorPool,
    references: &'a [Resolved],
    strictness: Strictness,
    /// The files that are being added, each imported by the one before.
    chain: Vec<String>,
}

impl Linker<'_> {
    fn add(&mut self, name: &str, unit: Unit) -> Result<(), Malformed> {
        match unit {
            Unit::Text { file, text, .. } => self.add_text(name, *file, &text),
            Unit::Descriptor(bytes) => self.add_descriptor(name, &bytes),
        }
    }

    fn add_text(&mut self, name: &str, mut file: FileDescriptorProto, text: &str) -> Result<(), Malformed> {
        // The pool would keep the places twice and never use them.
        let places = file.source_code_info.take();
        maps::check(&file)
            .and_then(|()| options::check(&file))
            .map_err(|message| trouble::within(name, plain(message)))?;
        packed::interpret(&mut file);
        if self.strictness == Strictness::Lenient {
            relax::relax(&mut file);
        }
        self.imports(name, &file, |index| nearest(text, places.as_ref(), &[3, index]))?;
        if self.implies_meta(&file, text) {
            file.dependency.push(META.to_owned());
            self.imports(name, &file, |_| None)?;
        }
        self.check_numbers(name, &file)?;
        keys::complete(&mut file, &self.pool);
        self.pool.add_file_descriptor_proto(file).map_err(|error| {
            let span = error.path().and_then(|path| nearest(text, places.as_ref(), path));
            trouble::linking(name, span, &error, &self.pool)
        })
    }

    fn add_descriptor(&mut self, name: &str, bytes: &[u8]) -> Result<(), Malformed> {
        let refused = |message| trouble::within(name, plain(message));
        let file = FileDescriptorProto::decode(bytes).map_err(|error| refused(error.to_string()))?;
        if !matches!(file.syntax(), "" | "proto2" | "proto3") {
            return Err(refused(trouble::EDITIONS.to_owned()));
        }
        maps::check(&file).and_then(|()| options::check(&file)).map_err(refused)?;
        self.imports(name, &file, |_| None)?;
        self.check_numbers(name, &file)?;
        let added = self.pool.decode_file_descriptor_proto(bytes);
        added.map_err(|error| trouble::linking(name, None, &error, &self.pool))
    }

    fn imports(
        &mut self,
        name: &str,
        file: &FileDescriptorProto,
        place: impl Fn(i32) -> Option<Span>,
    ) -> Result<(), Malformed> {
        self.chain.push(name.to_owned());
        for (index, import) in (0_i32..).zip(&file.dependency) {
            let refused = |message| trouble::within(name, Malformed { message, span: place(index), path: None });
            if self.pool.get_file_by_name(import).is_some() {
                continue;
            }
            if self.chain.contains(import) {
                let chain = self.chain.iter().skip_while(|file| *file != import).cloned();
                let cycle: Vec<String> = chain.chain([import.clone()]).map(|file| format!("\"{file}\"")).collect();
                return Err(refused(format!("the imports go in a circle: {}", cycle.join(" imports "))));
            }
            if self.chain.len() >= MAX_CHAIN {
                return Err(refused(format!("the chain of imports is longer than {MAX_CHAIN} files")));
            }
            let unit = self.find(import, refused)?;
            match unit {
                Found::Unit(unit) => self.add(import, unit)?,
                Found::WellKnown(file) => self.add_known(*file)?,
            }
        }
        self.chain.pop();
        Ok(())
    }

    fn check_numbers(&self, name: &str, file: &FileDescriptorProto) -> Result<(), Malformed> {
        numbers::shared(file, &self.pool).map_or(Ok(()), |message| Err(trouble::within(name, plain(message))))
    }

    /// Confluent knows its own options without an import. Somebody else's copy of them is as good.
    fn implies_meta(&self, file: &FileDescriptorProto, text: &str) -> bool {
        let is_used = ["file_meta", "message_meta", "field_meta", "enum_meta", "enum_value_meta"]
            .iter()
            .any(|name| text.contains(&format!("confluent.{name}")));
        is_used && file.package() != "confluent" && self.pool.get_extension_by_name("confluent.field_meta").is_none()
    }

    /// A well-known file imports only well-known ones; a reference may still stand in for one of these.
    fn add_known(&mut self, file: FileDescriptorProto) -> Result<(), Malformed> {
        let name = file.name().to_owned();
        self.imports(&name, &file, |_| None)?;
        let added = self.pool.add_file_descriptor_proto(file);
        added.map_err(|error| trouble::linking(&name, None, &error, &self.pool))
    }
}

enum Found {
    Unit(Unit),
    WellKnown(Box<FileDescriptorProto>),
}

impl Linker<'_> {
    fn find(&self, name: &str, refused: impl Fn(String) -> Malformed) -> Result<Found, Malformed> {
        if let Some(reference) = self.references.iter().find(|reference| reference.name == name) {
            if reference.kind != SchemaKind::Protobuf {
                let message = format!("\"{name}\" is a schema of type {}, it can't be imported", reference.kind);
                return Err(refused(message));
            }
            return Unit::read(name, &reference.text).map(Found::Unit);
        }
        let known = wellknown::file(name).map(|file| Found::WellKnown(Box::new(file)));
        known.ok_or_else(|| refused(format!("import \"{name}\" is not among the references")))
    }
}

fn plain(message: String) -> Malformed {
    Malformed { message, span: None, path: None }
}
