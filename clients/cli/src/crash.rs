//! What if the tool itself is at fault? Then nobody is left with a line of Rust: there is a report for whoever mends it, and
//! an exit code that says so.

use std::backtrace::Backtrace;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::exit::Exit;

/// From here on a panic, on whichever thread, leaves a report in a folder, tells where it is, and is the end, even where
/// somebody further up would catch it: the binary that is given away has none of the tables that catching takes, and no two
/// builds say something else about one schema.
pub(crate) fn guard(
    folder: PathBuf,
    command: &'static str,
    tell: impl Fn(&str) + Send + Sync + 'static,
    end: impl Fn(Exit) + Send + Sync + 'static,
) {
    // The first of several is the cause; others wait here for the end.
    let first = Mutex::new(());
    std::panic::set_hook(Box::new(move |panic| {
        let _only = first.lock();
        let what = described(panic);
        let place = match written(&folder, command, &what) {
            Ok(path) => format!("the report is in {}", path.display()),
            Err(error) => format!("no report could be written ({error}):\n{what}"),
        };
        tell(&format!(
            "error: this is a fault of tidegate, not of your schemas, and nothing was judged\n  = note: {place}\n  = help: \
             send it to those who give you tidegate; it holds no arguments and no environment, but may quote a schema\n"
        ));
        end(Exit::Fault);
    }));
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
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_fault_leaves_a_report_and_ends_with_a_code_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let told: Arc<Mutex<Vec<(String, u8)>>> = Arc::default();
        for place in [folder.path().to_owned(), folder.path().join("nowhere")] {
            let (telling, ending) = (Arc::clone(&told), Arc::clone(&told));
            let tell = move |text: &str| telling.lock().unwrap().push((text.to_owned(), 0));
            guard(place, "check", tell, move |exit| ending.lock().unwrap().last_mut().unwrap().1 = exit.code());
            // On another thread, and where somebody catches it.
            let ended = std::thread::spawn(|| std::panic::catch_unwind(|| panic!("the tide went out"))).join();
            assert!(ended.is_ok_and(|caught| caught.is_err()));
        }
        drop(std::panic::take_hook());
        let report = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap();
        let text = std::fs::read_to_string(report.path()).unwrap();
        assert!(text.contains("command: check") && text.contains("the tide went out"), "{text}");
        let told = told.lock().unwrap();
        let [(one, first), (other, second)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((*first, *second), (70, 70));
        assert!(one.contains("a fault of tidegate") && one.contains(&*report.path().to_string_lossy()), "{one}");
        assert!(other.contains("no report could be written") && other.contains("the tide went out"), "{other}");
    }
}
