//! How does a program end together with all that it started? When its time is over, and when somebody ends this one: a program
//! in a group of its own does not hear the terminal's Ctrl-C.

use std::io;
use std::process::{Child, Command};

/// What a program started, as far as it stayed in its group.
pub(super) struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

#[cfg(unix)]
impl Group {
    /// Starts a program at the head of a group. From here on a signal that ends this program ends the group first.
    pub(super) fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        std::os::unix::process::CommandExt::process_group(command, 0);
        signals::listen();
        // A signal between the start and its note waits for the note.
        let mut running = signals::running();
        let child = command.spawn()?;
        let leader = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
        *running = leader;
        Ok((child, Self { leader }))
    }

    /// Ends all of it.
    pub(super) fn end(&self) {
        if let Some(leader) = self.leader {
            let _ = rustix::process::kill_process_group(leader, rustix::process::Signal::KILL);
        }
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        *signals::running() = None;
    }
}

#[cfg(not(unix))]
impl Group {
    pub(super) fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        Ok((command.spawn()?, Self {}))
    }

    pub(super) fn end(&self) {}
}

/// Signals are for the process as a whole, and so is what they have to end.
#[cfg(unix)]
mod signals {
    use std::sync::{Mutex, MutexGuard, Once, PoisonError, mpsc};

    use rustix::process::{Pid, Signal, kill_process_group};
    use tokio::signal::unix::{SignalKind, signal};

    /// The group that runs now; there is never more than one.
    static RUNNING: Mutex<Option<Pid>> = Mutex::new(None);
    static LISTENING: Once = Once::new();

    pub(super) fn running() -> MutexGuard<'static, Option<Pid>> {
        RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the signals over that end a program, for good: who listens once can't hand them back.
    pub(super) fn listen() {
        LISTENING.call_once(|| {
            let (ready, is_ready) = mpsc::channel();
            std::thread::spawn(move || {
                if let Some(code) = awaited(&ready) {
                    if let Some(group) = *running() {
                        let _ = kill_process_group(group, Signal::KILL);
                    }
                    std::process::exit(code);
                }
            });
            // Whether it listens or can't: there is nothing more to wait for.
            let _ = is_ready.recv();
        });
    }

    /// Waits for a signal, and tells the code that shells have for it; nothing where there is no listening.
    fn awaited(ready: &mpsc::Sender<()>) -> Option<i32> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().ok()?;
        runtime.block_on(async {
            let mut interrupted = signal(SignalKind::interrupt()).ok()?;
            let mut ended = signal(SignalKind::terminate()).ok()?;
            let _ = ready.send(());
            tokio::select! {
                _ = interrupted.recv() => Some(128 + SignalKind::interrupt().as_raw_value()),
                _ = ended.recv() => Some(128 + SignalKind::terminate().as_raw_value()),
            }
        })
    }
}
