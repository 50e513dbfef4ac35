//! What can be configured? The commented sample file, made from the doc comments of the sections.

use std::fmt::Write;

use super::proxy::PolicyConfig;
use super::section::Section;
use super::{HttpConfig, LineageConfig, ProxyConfig, RegistryConfig, StoreConfig, TelemetryConfig};

/// A complete `tidegate-server.yaml` with every key at its default.
pub fn sample() -> String {
    let mut text = String::from(
        "# tidegate-server.yaml: every setting with its default.\n\
         #\n\
         # A setting is also taken from the environment as TIDEGATE_SECTION__KEY (TIDEGATE_HTTP__LISTEN), and from the\n\
         # command line as --set section.key=value. The command line wins over the environment, that over this file.\n",
    );
    section::<HttpConfig>(&mut text);
    section::<StoreConfig>(&mut text);
    section::<RegistryConfig>(&mut text);
    section::<ProxyConfig>(&mut text);
    policy(&mut text);
    section::<LineageConfig>(&mut text);
    section::<TelemetryConfig>(&mut text);
    text
}

fn section<S: Section>(text: &mut String) {
    text.push('\n');
    comment(text, "", S::ABOUT);
    let _ = writeln!(text, "{}:", S::KEY);
    fields::<S>(text, "  ", false);
}

/// The keys of a policy, as comments below the empty list.
fn policy(text: &mut String) {
    comment(text, "  #   ", PolicyConfig::ABOUT);
    text.push_str("  #   - \n");
    fields::<PolicyConfig>(text, "  #     ", true);
}

fn fields<S: Section>(text: &mut String, indent: &str, is_comment: bool) {
    for field in S::fields() {
        comment(text, indent, field.doc);
        match field.default {
            Some(default) => {
                let _ = writeln!(text, "{indent}{}: {default}", field.key);
            }
            None if is_comment => {
                let _ = writeln!(text, "{indent}{}:", field.key);
            }
            None => {
                let _ = writeln!(text, "{indent}# {}:", field.key);
            }
        }
    }
}

fn comment(text: &mut String, indent: &str, lines: &[&str]) {
    for line in lines {
        let _ = writeln!(text, "{}", format!("{indent}#{line}").trim_end());
    }
}
