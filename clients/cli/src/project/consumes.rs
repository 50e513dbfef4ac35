//! What does the application of this repository read, by its own word? The section `consumes`.

use std::collections::HashSet;

use serde::Deserialize;
use serde_saphyr::Spanned;
use tidegate_api::consumers::Consumes as Consumed;

use super::Source;
use crate::trouble::Result;

// === As it stands in the file ===

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConsumesFile {
    application: Spanned<String>,
    owner: Option<String>,
    reads: Spanned<Vec<ReadFile>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReadFile {
    subject: Spanned<String>,
    group: Option<Spanned<String>>,
    fields: Option<Spanned<Vec<Spanned<String>>>>,
    reader_schema: Option<Spanned<String>>,
    purpose: Option<String>,
}

// === As it holds ===

/// What an application reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Consumes {
    pub(crate) application: String,
    pub(crate) owner: Option<String>,
    pub(crate) reads: Vec<Read>,
}

/// A subject that it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Read {
    /// As it is declared, but for the text of the schema below.
    pub(crate) told: Consumed,
    /// The file of the schema that it reads with, from the folder of the project file.
    pub(crate) reader_schema: Option<String>,
}

impl Source<'_> {
    pub(super) fn consumes(&self, file: ConsumesFile) -> Result<Consumes> {
        let application = self.said(&file.application, "an application has a name")?;
        if file.reads.value.is_empty() {
            return Err(self
                .at(&file.reads, "an application that reads nothing declares nothing")
                .help("`tidegate consumers publish --remove` takes back what it declared before"));
        }
        let mut known: HashSet<(String, Option<String>)> = HashSet::new();
        let mut reads = Vec::new();
        for read in file.reads.value {
            let subject = self.said(&read.subject, "a subject has a name")?;
            let group = read.group.as_ref().map(|group| self.said(group, "a consumer group has a name")).transpose()?;
            if !known.insert((subject.clone(), group.clone())) {
                let group = group.map(|group| format!(" with the group {group}")).unwrap_or_default();
                return Err(self
                    .at(&read.subject, &format!("{subject} is here twice{group}"))
                    .help("put the fields of both in one list"));
            }
            let fields = read.fields.as_ref().map(|fields| self.fields(fields)).transpose()?;
            let schema = read.reader_schema.as_ref();
            if let Some(schema) = schema.filter(|_| fields.is_some()) {
                return Err(self
                    .at(schema, "the schema that it reads with says which fields are read")
                    .help("leave `fields` or `reader_schema` out"));
            }
            let schema = schema.map(|file| self.said(file, "the schema that it reads with is a file")).transpose()?;
            let purpose = read.purpose.filter(|purpose| !purpose.trim().is_empty());
            let told = Consumed { subject, group, fields, reader_schema: None, purpose };
            reads.push(Read { told, reader_schema: schema });
        }
        let owner = file.owner.filter(|owner| !owner.trim().is_empty());
        Ok(Consumes { application, owner, reads })
    }

    fn fields(&self, fields: &Spanned<Vec<Spanned<String>>>) -> Result<Vec<String>> {
        if fields.value.is_empty() {
            let trouble = self.at(fields, "whoever reads a subject reads at least one field");
            return Err(trouble.help("leave `fields` out if all of them are read"));
        }
        let mut paths: Vec<String> = Vec::new();
        for field in &fields.value {
            let path = self.said(field, "a field has a name, as in `customer_id` or `lines.sku`")?;
            if path.split('.').any(str::is_empty) {
                return Err(self.at(field, "a field is named by its path, as in `customer_id` or `lines.sku`"));
            }
            if paths.contains(&path) {
                return Err(self.at(field, &format!("the field {path} is here twice")));
            }
            paths.push(path);
        }
        Ok(paths)
    }

    fn said(&self, text: &Spanned<String>, or: &str) -> Result<String> {
        match text.value.trim() {
            "" => Err(self.at(text, or)),
            text => Ok(text.to_owned()),
        }
    }
}
