//! Under which conditions is measured? Who sits on which core, on what machine, and where the numbers are kept.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io, thread};

use serde_json::Value;

/// The release build of the server that benches are about.
pub fn server() -> io::Result<PathBuf> {
    let missing = "TIDEGATE_SERVER_BIN must name a release build of tidegate-server: use `make bench`";
    env::var_os("TIDEGATE_SERVER_BIN")
        .map(PathBuf::from)
        .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, missing))
}

/// Whether a few moments per row are enough.
pub fn is_quick() -> bool {
    env::args().any(|argument| argument == "--quick")
}

/// Puts this process on core 0 and returns the core that is left for the server, if there are two.
pub fn pin() -> Option<usize> {
    let has_two = thread::available_parallelism().is_ok_and(|cores| cores.get() >= 2);
    let pinned = Command::new("taskset").args(["-acp", "0", &std::process::id().to_string()]).output();
    (has_two && pinned.is_ok_and(|output| output.status.success())).then_some(1)
}

/// The machine and its load, in a line.
pub fn conditions(core: Option<usize>) -> String {
    let read = |file: &str| fs::read_to_string(file).unwrap_or_default();
    let model = read("/proc/cpuinfo")
        .lines()
        .find_map(|line| Some(line.strip_prefix("model name")?.trim_matches([':', ' ', '\t']).to_owned()));
    let seats = if core.is_some() { "server on core 1, all else on core 0" } else { "cores shared by all" };
    let kernel = read("/proc/sys/kernel/osrelease");
    let load = read("/proc/loadavg");
    format!(
        "{}, Linux {}, {seats}, load {}",
        model.unwrap_or_else(|| "unknown CPU".to_owned()),
        kernel.trim(),
        load.split(' ').next().unwrap_or("?"),
    )
}

/// Keeps the numbers beside the build, under the name of the bench. `scratch` is Cargo's folder for the files of benches.
pub fn write(scratch: &str, name: &str, report: &Value) -> io::Result<()> {
    let target = Path::new(scratch).parent().unwrap_or(Path::new("."));
    let file = target.join(format!("{name}.json"));
    fs::write(&file, serde_json::to_string_pretty(report)?)?;
    println(&format!("written to {}", file.display()));
    Ok(())
}

#[allow(clippy::print_stdout, reason = "a bench reports to its reader")]
fn println(text: &str) {
    println!("{text}");
}
