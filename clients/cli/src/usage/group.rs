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
    use tokio::signal::unix::{self, SignalKind};

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
            let ending = [SignalKind::hangup(), SignalKind::interrupt(), SignalKind::terminate()];
            let mut heard = heard(&ending, ignored());
            let _ = ready.send(());
            if heard.is_empty() {
                return None;
            }
            // All that didn't come are asked, so that each of them wakes this up.
            let first = std::future::poll_fn(|context| {
                let mut all = heard.iter_mut();
                let came = all.find_map(|(kind, signal)| signal.poll_recv(context).is_ready().then_some(*kind));
                came.map_or(std::task::Poll::Pending, std::task::Poll::Ready)
            });
            Some(128 + first.await.as_raw_value())
        })
    }

    /// Those that can be listened to; one that can't leaves the others. What whoever started this wants ignored, as `nohup`
    /// does the end of the terminal, stays ignored.
    fn heard(kinds: &[SignalKind], ignored: u64) -> Vec<(SignalKind, unix::Signal)> {
        let is_wanted = |kind: &SignalKind| ignored >> (kind.as_raw_value() - 1) & 1 == 0;
        kinds
            .iter()
            .filter(|kind| is_wanted(kind))
            .filter_map(|kind| Some((*kind, unix::signal(*kind).ok()?)))
            .collect()
    }

    /// The signals that are ignored, the first in the lowest bit. Only Linux tells without being told something.
    fn ignored() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_signal_that_can_not_be_listened_to_leaves_the_others() {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
            runtime.block_on(async {
                // Nobody can listen to KILL.
                let kinds = [SignalKind::from_raw(9), SignalKind::user_defined2()];
                let numbers = |ignored| heard(&kinds, ignored).iter().map(|(kind, _)| kind.as_raw_value()).collect();
                let (all, none): (Vec<i32>, Vec<i32>) = (numbers(0), numbers(u64::MAX));
                assert_eq!((all, none), (vec![SignalKind::user_defined2().as_raw_value()], Vec::new()));
            });
        }
    }
}
