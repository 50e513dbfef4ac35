//! Which rules of a contract can't be what is meant, by the schema that they are for? Told before any record is written, in the
//! words that a registry has for them.

use tidegate_compat::contract::Rule;
use tidegate_compat::{Contract, Parsed, RuleLevel, Rules};

use crate::contracts::Written;
use crate::finding::plain;
use crate::frame::{Frame, Role};
use crate::local::Document;
use crate::report::Finding;
use crate::rules;
use crate::words::shown;

/// Findings about the rules of a contract and about those in the text of its schema.
pub(crate) fn doubts(document: &Document, schema: &Parsed, written: Option<&Written>) -> Vec<Finding> {
    let none = Contract::default();
    let contract = written.map_or(&none, |written| &written.contract);
    let problems = Rules::check(schema, contract);
    let left = Rules::compile(schema, contract);
    let mut findings = Vec::new();
    for problem in problems.iter().filter(|problem| problem.level >= RuleLevel::Warning) {
        let message = format!("the rule `{}`: {}", shown(&problem.rule), shown(&problem.message));
        let found = finding(&rules::RULE_DOUBTFUL, document, written, &problem.rule, message, &problem.message);
        findings.push(at(found, written, &problem.rule, problem.at));
    }
    for left in left.not_checkable() {
        // That it makes no sense is reason enough.
        let is_told = |problem: &&tidegate_compat::RuleProblem| {
            problem.rule == left.rule && (problem.level == RuleLevel::Error || problem.message == *left.why)
        };
        if problems.iter().any(|problem| is_told(&problem)) {
            continue;
        }
        let message = format!("the rule `{}` is not checked by the gateway: {}", shown(&left.rule), shown(&left.why));
        let found = finding(&rules::RULE_UNCHECKED, document, written, &left.rule, message, &left.why);
        findings.push(at(found, written, &left.rule, None).note("clients that know how may still run it"));
    }
    findings
}

fn finding(
    rule: &rules::Rule,
    document: &Document,
    written: Option<&Written>,
    name: &str,
    message: String,
    why: &str,
) -> Finding {
    let is_in_contract = written.is_some_and(|written| of_name(&written.contract, name).is_some());
    let file = written.filter(|_| is_in_contract).map_or(&document.path, |written| &written.name);
    plain(rule, file, Some(&document.subject), message, &[name, why])
}

/// With the expression of the rule in view, where it is plain which one of the file it is.
fn at(found: Finding, written: Option<&Written>, name: &str, character: Option<usize>) -> Finding {
    let place = || {
        let written = written?;
        let expression = of_name(&written.contract, name)?.expr.as_deref()?;
        let quoted = serde_json::to_string(expression).ok()?;
        let mut places = written.text.match_indices(&quoted);
        let ((start, _), None) = (places.next()?, places.next()) else { return None };
        let inner = start + 1;
        // Characters are only counted through where none is escaped.
        let is_plain = quoted.len() == expression.len() + 2;
        let from = character.filter(|_| is_plain).map(|at| {
            let before: usize = expression.chars().take(at).map(char::len_utf8).sum();
            inner + before
        });
        let end = inner + quoted.len() - 2;
        Some(Frame::of(Role::Here, &written.name, &written.text, from.unwrap_or(inner).min(end), end, None))
    };
    found.at(place())
}

fn of_name<'c>(contract: &'c Contract, name: &str) -> Option<&'c Rule> {
    let rules = contract.rules.as_ref()?;
    [&rules.domain, &rules.migration, &rules.encoding].into_iter().flatten().find(|rule| rule.name == name)
}
