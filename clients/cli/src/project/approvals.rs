//! What takes a second person, and who can be that? The section `approvals`. The tool holds the names of the file against each
//! other; that the file says who it should is a matter of who may change it.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::Source;
use crate::trouble::Result;
use crate::words::one_of;

// === As it stands in the file ===

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ApprovalsFile {
    acceptances: Option<Spanned<bool>>,
    weaker_compatibility: Option<Spanned<bool>>,
    #[serde(default)]
    by: Vec<Spanned<String>>,
}

// === As it holds ===

/// What is only done when somebody else agrees.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Approvals {
    /// That a finding is let pass.
    pub(crate) acceptances: bool,
    /// That a subject comes to have a level that asks for less.
    pub(crate) weaker_compatibility: bool,
    /// Names or addresses.
    pub(crate) by: Vec<String>,
}

impl Approvals {
    /// Why somebody's word does not make what another one did hold, if it does not.
    pub(crate) fn objection(&self, approver: Option<&str>, doer: Option<&str>) -> Option<String> {
        let Some(approver) = approver else { return Some("nobody has approved it".to_owned()) };
        if !self.by.iter().any(|name| is_same(name, approver)) {
            return Some(format!("{approver} is not among those who may approve it"));
        }
        match doer {
            Some(doer) if is_same(doer, approver) => Some(format!("{approver} can't approve what is their own")),
            _ => None,
        }
    }

    /// `ana, bo or chris`
    pub(crate) fn names(&self) -> String {
        one_of(&self.by)
    }
}

/// Addresses are written in any case.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}

impl Source<'_> {
    pub(super) fn approvals(&self, file: ApprovalsFile) -> Result<Approvals> {
        let mut by: Vec<String> = Vec::new();
        for name in &file.by {
            if name.value.trim().is_empty() {
                return Err(self.at(name, "who approves has a name or an address"));
            }
            if by.iter().any(|known| is_same(known, &name.value)) {
                return Err(self.at(name, &format!("{} is here twice", name.value.trim())));
            }
            by.push(name.value.trim().to_owned());
        }
        let asked = [&file.acceptances, &file.weaker_compatibility];
        if by.is_empty()
            && let Some(asked) = asked.into_iter().flatten().find(|asked| asked.value)
        {
            let trouble = self.at(asked, "an approval is asked for that nobody could give");
            return Err(trouble.help("name those who may under `by` of `approvals`"));
        }
        let [acceptances, weaker_compatibility] = asked.map(|asked| asked.as_ref().is_some_and(|asked| asked.value));
        Ok(Approvals { acceptances, weaker_compatibility, by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approval_is_the_word_of_somebody_else_who_may_give_it() {
        let approvals = Approvals { by: vec!["ana@example.com".into(), "Bo".into()], ..Approvals::default() };
        assert_eq!(approvals.objection(Some("Ana@Example.com"), Some("cy")), None);
        assert_eq!(approvals.objection(Some("bo"), None), None);
        let why = |approver, doer| approvals.objection(approver, doer).unwrap();
        assert_eq!(why(None, Some("bo")), "nobody has approved it");
        assert_eq!(why(Some("cy"), Some("bo")), "cy is not among those who may approve it");
        assert_eq!(why(Some("Bo"), Some("bo ")), "Bo can't approve what is their own");
        assert_eq!(approvals.names(), "ana@example.com or Bo");
    }
}
