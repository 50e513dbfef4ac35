//! What can a registry be asked? One method for each question.

use std::sync::Arc;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tidegate_api as api;

use crate::{Client, ClientError};

/// How many schemas a page has; registries cap it at a thousand by default.
const PAGE: usize = 500;

/// The result of a call.
type Answer<T> = Result<T, ClientError>;

/// # Subjects and versions
impl Client {
    /// The live subjects of the default context, or those that begin with a prefix such as `:.staging:`; `:*:` for all.
    ///
    /// # Errors
    /// Those of [`ClientError`].
    pub async fn subjects(&self, prefix: &str) -> Answer<Vec<String>> {
        self.get(&format!("/subjects?subjectPrefix={}", escaped(prefix))).await
    }

    /// The numbers of the live versions, ascending.
    ///
    /// # Errors
    /// 40401 without such a subject, and those of [`ClientError`].
    pub async fn versions(&self, subject: &str) -> Answer<Vec<i32>> {
        self.get(&format!("/subjects/{}/versions", escaped(subject))).await
    }

    /// One version: a number or `latest`.
    ///
    /// # Errors
    /// 40401 and 40402 without such a subject or version, and those of [`ClientError`].
    pub async fn version(&self, subject: &str, version: &str) -> Answer<api::Schema> {
        self.get(&format!("/subjects/{}/versions/{}", escaped(subject), escaped(version))).await
    }

    /// The schema of an id, in the context of a subject, or in the default one for an empty subject. Asked for once.
    ///
    /// # Errors
    /// 40403 without such a schema, and those of [`ClientError`].
    pub async fn schema(&self, id: i32, subject: &str) -> Answer<Arc<api::SchemaById>> {
        if let Some(known) = self.known(subject, id) {
            return Ok(known);
        }
        let scope = if subject.is_empty() { String::new() } else { format!("?subject={}", escaped(subject)) };
        let schema = self.get(&format!("/schemas/ids/{id}{scope}")).await?;
        Ok(self.learn(subject, id, schema))
    }

    /// The schema of a GUID, wherever it is used.
    ///
    /// # Errors
    /// 40403 without such a schema, and those of [`ClientError`].
    pub async fn schema_of_guid(&self, guid: &str) -> Answer<api::SchemaById> {
        self.get(&format!("/schemas/guids/{}", escaped(guid))).await
    }

    /// The latest live versions of all subjects of the default context, or of those with a prefix; `:*:` for all.
    ///
    /// # Errors
    /// Those of [`ClientError`].
    pub async fn latest(&self, prefix: &str) -> Answer<Vec<api::ListedSchema>> {
        let mut all: Vec<api::ListedSchema> = Vec::new();
        loop {
            let (prefix, offset) = (escaped(prefix), all.len());
            let path = format!("/schemas?subjectPrefix={prefix}&latestOnly=true&offset={offset}&limit={PAGE}");
            let page: Vec<api::ListedSchema> = self.get(&path).await?;
            let is_last = page.len() < PAGE;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// Registers a schema. The same content twice gives the same id.
    ///
    /// # Errors
    /// 40901 when it is not compatible, 42201 when it is no schema, and those of [`ClientError`].
    pub async fn register(&self, subject: &str, request: &api::RegisterRequest) -> Answer<api::Registered> {
        self.post(&format!("/subjects/{}/versions", escaped(subject)), request).await
    }

    /// The version of a subject that has this content already.
    ///
    /// # Errors
    /// 40401 and 40403 when it has none, and those of [`ClientError`].
    pub async fn find(&self, subject: &str, request: &api::RegisterRequest) -> Answer<api::Schema> {
        self.post(&format!("/subjects/{}", escaped(subject)), request).await
    }

    /// Deletes a subject: softly, so that its ids can still be read, or for good once that is done.
    ///
    /// # Errors
    /// 40401 without such a subject, 42206 when others refer to it, and those of [`ClientError`].
    pub async fn delete_subject(&self, subject: &str, for_good: bool) -> Answer<Vec<i32>> {
        self.delete(&format!("/subjects/{}?permanent={for_good}", escaped(subject))).await
    }

    /// The ids of schemas that refer to a version.
    ///
    /// # Errors
    /// 40401 and 40402 without such a version, and those of [`ClientError`].
    pub async fn referenced_by(&self, subject: &str, version: &str) -> Answer<Vec<i32>> {
        self.get(&format!("/subjects/{}/versions/{}/referencedby", escaped(subject), escaped(version))).await
    }
}

/// # Compatibility and settings
impl Client {
    /// Whether a schema could be registered, with messages that say why not.
    ///
    /// # Errors
    /// 42201 when it is no schema, and those of [`ClientError`].
    pub async fn check(&self, subject: &str, request: &api::RegisterRequest) -> Answer<api::CompatibilityAnswer> {
        self.post(&format!("/compatibility/subjects/{}/versions?verbose=true", escaped(subject)), request).await
    }

    /// What a schema and its rules say about records, or about those of a topic. Only Tidegate answers this.
    ///
    /// # Errors
    /// 404 from other registries, 40493 without such a topic, and those of [`ClientError`].
    pub async fn try_rules(&self, request: &api::trying::TryRequest) -> Answer<api::trying::Tried> {
        self.post("/govern/v1/rules/try", request).await
    }

    /// What would become of many schemas, 1,000 at most, if they were registered as one change. Only Tidegate answers this.
    ///
    /// # Errors
    /// 404 from other registries, 413 for a request that is too large, and those of [`ClientError`].
    pub async fn check_together(&self, request: &api::check::CheckRequest) -> Answer<api::check::CheckAnswer> {
        self.post("/govern/v1/check", request).await
    }

    /// The settings that hold for a subject, inherited ones included; those of the whole registry for an empty name.
    ///
    /// # Errors
    /// Those of [`ClientError`].
    pub async fn config(&self, subject: &str) -> Answer<api::Config> {
        if subject.is_empty() {
            return self.get("/config").await;
        }
        self.get(&format!("/config/{}?defaultToGlobal=true", escaped(subject))).await
    }

    /// What holds for many subjects, 1,000 at most; those that may not be read are missing. Only Tidegate answers this.
    ///
    /// # Errors
    /// 404 from other registries, and those of [`ClientError`].
    pub async fn settings(&self, subjects: &[String]) -> Answer<Vec<api::SubjectSettings>> {
        let request = api::SettingsRequest { subjects: Some(subjects.to_vec()) };
        let answer: api::SettingsAnswer = self.post("/govern/v1/settings", &request).await?;
        Ok(answer.settings)
    }

    /// Changes settings of a subject; those of the whole registry for an empty name.
    ///
    /// # Errors
    /// 42203 for a level that does not exist, and those of [`ClientError`].
    pub async fn set_config(&self, subject: &str, update: &api::ConfigUpdate) -> Answer<api::ConfigUpdate> {
        let path = if subject.is_empty() { "/config".to_owned() } else { format!("/config/{}", escaped(subject)) };
        self.put(&path, update).await
    }

    /// The mode that holds for a subject, or for the whole registry.
    ///
    /// # Errors
    /// Those of [`ClientError`].
    pub async fn mode(&self, subject: &str) -> Answer<api::Mode> {
        if subject.is_empty() {
            return self.get("/mode").await;
        }
        self.get(&format!("/mode/{}?defaultToGlobal=true", escaped(subject))).await
    }
}

/// # Evidence
impl Client {
    /// Who was seen writing and reading a topic. Only Tidegate answers this.
    ///
    /// # Errors
    /// 404 from other registries, and those of [`ClientError`].
    pub async fn lineage(&self, topic: &str) -> Answer<api::lineage::TopicLineage> {
        self.get(&format!("/govern/v1/lineage/topics/{}", escaped(topic))).await
    }

    /// Who used a subject in the last seven days, how that is known, and what is not. Only Tidegate answers this.
    ///
    /// # Errors
    /// 40401 without such a subject, 404 from other registries, and those of [`ClientError`].
    pub async fn usage(&self, subject: &str) -> Answer<api::graph::Usage> {
        self.get(&format!("/govern/v1/usage/subjects/{}", escaped(subject))).await
    }

    /// What lies around a node of the lineage graph, such as `topic:kafka://broker-1:9092:orders`. The query's members are
    /// those of the API: `direction`, `depth`, `evidence` and others. Only Tidegate answers this.
    ///
    /// # Errors
    /// 404 for a node that nothing is known of, and from other registries, and those of [`ClientError`].
    pub async fn graph(&self, node: &str, query: &[(&str, String)]) -> Answer<api::graph::Graph> {
        self.get(&format!("/govern/v1/lineage/graph?node={}{}", escaped(node), members(query))).await
    }

    /// Who is concerned by a change of a node's data, as a whole or of one field. The node is named by `node` or `subject`
    /// of the query. Only Tidegate answers this.
    ///
    /// # Errors
    /// 404 for what nothing is known of, and from other registries, and those of [`ClientError`].
    pub async fn impact(&self, query: &[(&str, String)]) -> Answer<api::graph::Impact> {
        self.get(&format!("/govern/v1/lineage/impact?{}", members(query).trim_start_matches('&'))).await
    }
}

/// # What applications declare
///
/// Only Tidegate answers these.
impl Client {
    /// Says all that an application reads, in place of what it said before.
    ///
    /// # Errors
    /// 40401 for a subject that is not there, 422 for a field that its latest version has not, 404 from other registries, and
    /// those of [`ClientError`].
    pub async fn publish_consumer(
        &self,
        application: &str,
        declaration: &api::consumers::ConsumerWish,
    ) -> Answer<api::consumers::Consumer> {
        self.put(&consumer(application), declaration).await
    }

    /// What an application declared.
    ///
    /// # Errors
    /// 404 where it declared nothing, and from other registries, and those of [`ClientError`].
    pub async fn consumer(&self, application: &str) -> Answer<api::consumers::Consumer> {
        self.get(&consumer(application)).await
    }

    /// Takes back what an application declared, and tells what that was.
    ///
    /// # Errors
    /// 404 where it declared nothing, and from other registries, and those of [`ClientError`].
    pub async fn remove_consumer(&self, application: &str) -> Answer<api::consumers::Consumer> {
        self.delete(&consumer(application)).await
    }

    /// What all applications declared, or those that read a subject.
    ///
    /// # Errors
    /// 404 from other registries, and those of [`ClientError`].
    pub async fn consumers(&self, subject: Option<&str>) -> Answer<Vec<api::consumers::Consumer>> {
        let mut all: Vec<api::consumers::Consumer> = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let mut query = vec![("limit", PAGE.to_string())];
            query.extend(subject.map(|subject| ("subject", subject.to_owned())));
            query.extend(after.clone().map(|after| ("after", after)));
            let query = members(&query);
            let page: api::consumers::ConsumerPage =
                self.get(&format!("/govern/v1/consumers?{}", query.trim_start_matches('&'))).await?;
            all.extend(page.items);
            // A page that leads to itself leads nowhere.
            if page.next.is_none() || page.next == after {
                return Ok(all);
            }
            after = page.next;
        }
    }
}

fn consumer(application: &str) -> String {
    format!("/govern/v1/consumers/{}", escaped(application))
}

/// `&name=value` for each member.
fn members(query: &[(&str, String)]) -> String {
    query.iter().map(|(name, value)| format!("&{name}={}", escaped(value))).collect()
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
