//! Do test reports have the form that Jenkins takes? Elements, members and sums, as its published schema for such reports has
//! them.

use super::*;

/// An element with its members, and how deep it stands.
#[derive(Debug)]
struct Element {
    depth: usize,
    name: String,
    members: Vec<(String, String)>,
}

impl Element {
    fn member(&self, name: &str) -> Option<&str> {
        self.members.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn count(&self, name: &str) -> usize {
        self.member(name).unwrap_or_else(|| panic!("{self:?} has no {name}")).parse().unwrap()
    }
}

/// What an element may hold: its children, the members that it must have, and those that it may have.
fn form(name: &str) -> (&'static [&'static str], &'static [&'static str], &'static [&'static str]) {
    match name {
        "testsuites" => (&["testsuite"], &[], &["name", "time", "tests", "failures", "errors"]),
        "testsuite" => (&["testcase"], &["name", "tests", "failures", "errors"], &["skipped", "time"]),
        "testcase" => (&["skipped", "error", "failure", "system-out"], &["name"], &["classname", "time"]),
        "failure" | "error" | "skipped" => (&[], &[], &["type", "message"]),
        "system-out" => (&[], &[], &[]),
        other => panic!("<{other}> is not known"),
    }
}

/// The elements of a document, in order. Panics where it is not well-formed.
fn elements(xml: &str) -> Vec<Element> {
    let mut rest = xml.strip_prefix("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n").expect("a declaration");
    let (mut elements, mut open) = (Vec::new(), Vec::new());
    while let Some((text, after)) = rest.split_once('<') {
        assert!(!text.contains('>'), "{text}");
        assert!(text.trim().is_empty() || open.len() > 2, "text outside of a case: {text}");
        if let Some(after) = after.strip_prefix('/') {
            let (name, after) = after.split_once('>').expect("an end");
            assert_eq!(open.pop().as_deref(), Some(name));
            rest = after;
            continue;
        }
        let end = after.find([' ', '>', '/']).expect("a name");
        let (name, mut tag) = after.split_at(end);
        let mut members = Vec::new();
        while let Some(member) = tag.strip_prefix(' ') {
            let (key, value) = member.split_once("=\"").expect("a member");
            let (value, after) = value.split_once('"').expect("the end of a member");
            assert!(!value.contains('<') && !members.iter().any(|(known, _)| known == key), "{key}={value}");
            members.push((key.to_owned(), value.to_owned()));
            tag = after;
        }
        elements.push(Element { depth: open.len(), name: name.to_owned(), members });
        rest = match tag.strip_prefix("/>") {
            Some(after) => after,
            None => {
                open.push(name.to_owned());
                tag.strip_prefix('>').expect("the end of a tag")
            }
        };
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
    elements
}

/// Whether every `&` begins something that XML knows by itself.
fn is_escaped(xml: &str) -> bool {
    let known = ["amp;", "lt;", "gt;", "quot;", "#10;", "#9;"];
    xml.split('&').skip(1).all(|after| known.iter().any(|name| after.starts_with(name)))
}

fn hold(xml: &str) {
    assert!(is_escaped(xml), "{xml}");
    let elements = elements(xml);
    assert_eq!(
        elements.iter().filter(|element| element.depth == 0).map(|it| it.name.as_str()).collect::<Vec<_>>(),
        ["testsuites"]
    );
    let mut above: Vec<&Element> = Vec::new();
    for element in &elements {
        above.truncate(element.depth);
        if let Some(parent) = above.last() {
            assert!(form(&parent.name).0.contains(&element.name.as_str()), "<{}> in <{}>", element.name, parent.name);
        }
        let (_, needed, allowed) = form(&element.name);
        assert!(needed.iter().all(|name| element.member(name).is_some()), "{element:?}");
        let is_known = |name: &str| needed.contains(&name) || allowed.contains(&name);
        assert!(element.members.iter().all(|(name, _)| is_known(name)), "{element:?}");
        if let Some(time) = element.member("time") {
            assert!(time.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && !time.is_empty(), "{time}");
        }
        above.push(element);
    }
    // Sums are those of what they stand over.
    let all = |name: &str| elements.iter().filter(|element| element.name == name).count();
    let [suites, ..] = elements.as_slice() else { panic!("nothing") };
    assert_eq!(
        (suites.count("tests"), suites.count("failures"), suites.count("errors")),
        (all("testcase"), all("failure"), all("error"))
    );
    let starts: Vec<usize> = (0..elements.len()).filter(|at| elements[*at].name == "testsuite").collect();
    for (at, start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).copied().unwrap_or(elements.len());
        let within = |name: &str| elements[*start..end].iter().filter(|element| element.name == name).count();
        for (member, name) in
            [("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")]
        {
            assert_eq!(elements[*start].count(member), within(name), "{member} of {:?}", elements[*start]);
        }
        assert!(within("testcase") > 0, "an empty suite is shown as none");
    }
}

#[test]
fn test_reports_have_the_form_that_jenkins_takes() {
    let render = |report: &Report| Format::Junit.render(report, &Terminal::plain(80)).unwrap();
    let mut report = mixed();
    hold(&render(&report));
    for finding in &mut report.findings {
        finding.message = "</failure>\u{1b}[2J & \"x\" <y>\n\t\u{0}".to_owned();
        finding.notes = vec!["]]> & <z/>".to_owned()];
    }
    hold(&render(&report));
    report.findings.clear();
    report.against.clear();
    hold(&render(&report));
    report.subjects.clear();
    assert_eq!(elements(&render(&report)).len(), 1, "nothing was looked at");
}

#[test]
#[should_panic(expected = "has no skipped")]
fn another_form_is_not_taken() {
    hold(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites tests=\"1\" failures=\"0\" errors=\"0\"><testsuite name=\"a\" tests=\"1\" \
         failures=\"0\" errors=\"0\"><testcase name=\"b\"/></testsuite></testsuites>\n",
    );
}
