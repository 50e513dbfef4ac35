//! What if the tool itself is at fault? Then nobody is left with a line of Rust: there is a report for whoever mends it, and
//! an exit code that says so.

use std::backtrace::Backtrace;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::exit::Exit;

/// Runs something, and if it panics writes a report into a folder and tells where it is.
pub(crate) fn guarded(folder: &Path, command: &str, tell: &dyn Fn(&str), run: impl FnOnce() -> Exit) -> Exit {
    let told: Arc<Mutex<Option<String>>> = Arc::default();
    let kept = Arc::clone(&told);
    std::panic::set_hook(Box::new(move |panic| {
        // The first of several is the cause.
        kept.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| described(panic));
    }));
    let outcome = catch_unwind(AssertUnwindSafe(run));
    drop(std::panic::take_hook());
    let Ok(exit) = outcome else {
        let what = told.lock().unwrap_or_else(PoisonError::into_inner).take();
        let what = what.unwrap_or_else(|| "nothing is known of it".to_owned());
        let place = match written(folder, command, &what) {
            Ok(path) => format!("the report is in {}", path.display()),
            Err(error) => format!("no report could be written ({error}):\n{what}"),
        };
        tell(&format!(
            "error: this is a fault of tidegate, not of your schemas, and nothing was judged\n  = note: {place}\n  = help: \
             send it to those who give you tidegate; it holds no arguments and no environment, but may quote a schema\n"
        ));
        return Exit::Fault;
    };
    exit
}

fn described(panic: &PanicHookInfo<'_>) -> String {
    format!("{panic}\n\n{}", Backtrace::force_capture())
}

/// A file that is not there yet: in a folder that others can write to, nothing of theirs is followed.
fn written(folder: &Path, command: &str, what: &str) -> std::io::Result<PathBuf> {
    use std::io::Write;
    let version = env!("CARGO_PKG_VERSION");
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    let text = format!("tidegate {version} ({system}, {machine})\ncommand: {command}\n\n{what}\n");
    let time = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let path = folder.join(format!("tidegate-fault-{}-{}.txt", time.as_millis(), std::process::id()));
    std::fs::File::create_new(&path)?.write_all(text.as_bytes())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_leaves_a_report_and_a_code_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let told = Mutex::new(String::new());
        let tell = |text: &str| told.lock().unwrap().push_str(text);
        assert_eq!(guarded(folder.path(), "check", &tell, || Exit::Pending), Exit::Pending);
        assert_eq!(*told.lock().unwrap(), "");
        let exit = guarded(folder.path(), "check", &tell, || panic!("the tide went out"));
        assert_eq!(exit.code(), 70);
        let report = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        let text = std::fs::read_to_string(report.path()).unwrap();
        assert!(text.contains("command: check") && text.contains("the tide went out"), "{text}");
        let told = told.lock().unwrap();
        assert!(told.contains("a fault of tidegate") && told.contains(&*report.path().to_string_lossy()), "{told}");
        let nowhere = folder.path().join("nowhere");
        assert_eq!(guarded(&nowhere, "check", &|_| {}, || panic!("again")), Exit::Fault);
    }
}
