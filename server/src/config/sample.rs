//! What can be configured? The commented sample file, made from the doc comments of the sections.

use std::fmt::Write;

use super::clusters::ClusterConfig;
use super::proxy::PolicyConfig;
use super::section::Section;
use super::{
    AuthConfig, DeadLettersConfig, DoorConfig, HttpConfig, LineageConfig, ProxyConfig, RegistryConfig, StoreConfig,
    TelemetryConfig, UserConfig,
};

/// A complete `tidegate-server.yaml` with every key at its default.
pub fn sample() -> String {
    let mut text = String::from(
        "# tidegate-server.yaml: every setting with its default.\n\
         #\n\
         # A setting is also taken from the environment as TIDEGATE_SECTION__KEY (TIDEGATE_HTTP__LISTEN), and from the\n\
         # command line as --set section.key=value. The command line wins over the environment, that over this file.\n",
    );
    section::<HttpConfig>(&mut text);
    section::<AuthConfig>(&mut text);
    item::<UserConfig>(&mut text);
    section::<StoreConfig>(&mut text);
    section::<RegistryConfig>(&mut text);
    section::<ProxyConfig>(&mut text);
    item::<PolicyConfig>(&mut text);
    item::<ClusterConfig>(&mut text);
    section::<DeadLettersConfig>(&mut text);
    section::<DoorConfig>(&mut text);
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

/// The keys of an entry of a list, as comments below the empty one.
fn item<S: Section>(text: &mut String) {
    comment(text, "  #   ", S::ABOUT);
    text.push_str("  #   - \n");
    fields::<S>(text, "  #     ", true);
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

/// The same as a page of documentation.
pub fn reference() -> String {
    let mut text = String::from(
        "# Configuration\n\n\
         Settings come from, weakest first: defaults, a YAML file (`tidegate-server.yaml` in the working folder, or the one\n\
         named by `--config`), variables `TIDEGATE_SECTION__KEY` (`TIDEGATE_HTTP__LISTEN`), and flags (`--set\n\
         section.key=value`, or a flag of its own; see `tidegate-server serve --help`). Unknown keys are refused. All\n\
         mistakes are told at once, with where they were made, and the server ends with code 2. `tidegate-server config`\n\
         prints a commented sample file, `tidegate-server config --check` reads what you have and says whether it is right.\n\n\
         Durations are written `500ms`, `5s`, `2m`; sizes `512KiB`, `4MiB`; lists `[a, b]`, or `a,b` in variables and flags.\n",
    );
    page::<HttpConfig>(&mut text, HttpConfig::KEY);
    page::<AuthConfig>(&mut text, AuthConfig::KEY);
    page::<UserConfig>(&mut text, "auth.users[]");
    page::<StoreConfig>(&mut text, StoreConfig::KEY);
    page::<RegistryConfig>(&mut text, RegistryConfig::KEY);
    page::<ProxyConfig>(&mut text, ProxyConfig::KEY);
    page::<PolicyConfig>(&mut text, "proxy.policies[]");
    page::<ClusterConfig>(&mut text, "proxy.clusters[]");
    page::<DeadLettersConfig>(&mut text, DeadLettersConfig::KEY);
    page::<DoorConfig>(&mut text, DoorConfig::KEY);
    page::<LineageConfig>(&mut text, LineageConfig::KEY);
    page::<TelemetryConfig>(&mut text, TelemetryConfig::KEY);
    text
}

fn page<S: Section>(text: &mut String, title: &str) {
    let _ = write!(text, "\n## `{title}`\n\n{}\n\n| key | default | meaning |\n|---|---|---|\n", prose(S::ABOUT));
    for field in S::fields() {
        let default = field.default.filter(|default| default != "\"\"").map(|default| format!("`{default}`"));
        let _ = writeln!(text, "| `{}` | {} | {} |", field.key, default.unwrap_or_default(), prose(field.doc));
    }
}

/// The lines of a doc comment as one paragraph; an indented example becomes code.
fn prose(lines: &[&str]) -> String {
    let is_example = |line: &&&str| line.starts_with("   ");
    let words: Vec<_> = lines.iter().filter(|line| !is_example(line)).map(|line| line.trim()).collect();
    let example: Vec<_> = lines.iter().filter(is_example).map(|line| line.trim().trim_start_matches("- ")).collect();
    let mut text = words.join(" ").trim().replace('|', "\\|");
    if !example.is_empty() {
        let _ = write!(text, " `{{{}}}`", example.join(", "));
    }
    text
}
