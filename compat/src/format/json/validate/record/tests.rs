//! Does the pass that records take what the walk takes, and does the tape say what the payload says?

use jsonschema::json::Node;
use serde_json::Value as Json;

use super::super::listen::Verdict;
use super::super::program::{ANY, Tables};
use super::super::tape::TapeNode;
use super::super::tests::random::{Random, payload};
use super::super::walk::Walk;
use super::*;

fn recorded(payload: &str) -> Option<Json> {
    let mut buffers = Buffers::default();
    record(payload, &mut buffers)?;
    Some(TapeNode::root(&buffers.recording(payload)).to_value().into_owned())
}

#[test]
fn what_the_walk_takes_is_recorded_and_nothing_else() {
    const MARKS: &[u8] = b"\"\\{}[]:,.-+eE0 19tfn\n\x00u";
    let tables = Tables::plain();
    let (mut good, mut bad) = (0, 0);
    for seed in 0..4_000 {
        let mut random = Random::new(seed);
        let mut bytes = payload(&mut random, 0).into_bytes();
        for _ in 0..random.below(3) {
            let at = random.below(bytes.len() + 1);
            let mark = MARKS[random.below(MARKS.len())];
            match random.below(3) {
                0 => bytes.insert(at, mark),
                1 => bytes.truncate(at),
                _ => drop(bytes.get_mut(at).map(|byte| *byte = mark)),
            }
        }
        let Ok(text) = std::str::from_utf8(&bytes) else { continue };
        let is_taken = Walk::new(&tables, text, Verdict).whole(ANY).is_ok();
        let tape = recorded(text);
        assert_eq!(tape.is_some(), is_taken, "{text}");
        // What is beyond all numbers the other reader does not take.
        if let (Some(tape), Ok(expected)) = (tape, serde_json::from_str::<Json>(text)) {
            assert_eq!(tape, expected, "{text}");
        }
        if is_taken { good += 1 } else { bad += 1 }
    }
    assert!(good > 1_000 && bad > 500, "{good} {bad}");
}

#[test]
fn names_that_stand_twice_are_found_however_many_there_are() {
    let object = |names: &[String]| {
        let members: Vec<String> = names.iter().map(|name| format!("\"{name}\":[{{\"{name}\":0}}]")).collect();
        format!("{{{}}}", members.join(","))
    };
    for count in [1, 2, 20, 31, 32, 33, 300] {
        for stem in ["n", "the same beginning ", "\\u00e9 "] {
            let mut names: Vec<String> = (0..count).map(|index| format!("{stem}{index}")).collect();
            assert!(recorded(&object(&names)).is_some(), "{count} {stem}");
            for again in [0, count / 2, count - 1] {
                names.push(names[again].replace("\\u00e9", "é"));
                assert!(recorded(&object(&names)).is_none(), "{count} {stem} {again}");
                names.pop();
            }
        }
    }
}

#[test]
fn depth_is_told_and_bounded() {
    let mut buffers = Buffers::default();
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert_eq!(record("1", &mut buffers), Some(0));
    assert_eq!(record("[{\"a\":[]},[]]", &mut buffers), Some(3));
    assert_eq!(record(&nested(128), &mut buffers), Some(128));
    assert_eq!(record(&nested(129), &mut buffers), None);
    assert_eq!(record(&"{\"a\":".repeat(1_000_000), &mut buffers), None);
}
