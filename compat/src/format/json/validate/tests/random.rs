//! What do schemas and payloads look like that nobody would think of? Few names and few values, so that they meet.

use crate::format::json::tree::Draft;

/// A small generator of numbers, the same on every run.
pub(in super::super) struct Random(u64);

impl Random {
    pub(in super::super) fn new(seed: u64) -> Self {
        let mut random = Self((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.next();
        random
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    pub(in super::super) fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick<'v>(&mut self, values: &[&'v str]) -> &'v str {
        values[self.below(values.len())]
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

const NAMES: [&str; 7] = ["a", "b", "c", "ab", "long_property_name", "é", "q\\\"q"];
const NUMBERS: [&str; 26] = [
    "0",
    "1",
    "2",
    "3",
    "-1",
    "1.0",
    "1.5",
    "0.1",
    "0.3",
    "-2.5",
    "1e2",
    "100",
    "12.34",
    "1e-3",
    "9007199254740993",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "1.5e12",
    "-7",
    "0.0",
    "7",
    "2.0e0",
    "1234567.891",
    "-0.5",
    "4",
];
const TEXTS: [&str; 14] = [
    "",
    "a",
    "b",
    "ab",
    "abc",
    "x1",
    "é",
    "long text beyond eight bytes",
    "A",
    "2024-01-31",
    "12",
    "a\\\"b",
    "€uro",
    "foo",
];
const PATTERNS: [&str; 8] = ["^a", "b$", "^[a-z]+$", "\\\\d", "^.{2,3}$", "^(a|b|foo)$", "\\\\w", "^(?!a)"];
const FORMATS: [&str; 7] = ["date", "date-time", "email", "uuid", "ipv4", "uri", "nonsense"];
const TYPES: [&str; 7] = ["null", "boolean", "integer", "number", "string", "array", "object"];

/// The text of a schema in a dialect.
pub(super) fn schema(random: &mut Random, draft: Draft) -> String {
    let keyword = if draft <= Draft::Draft7 { "definitions" } else { "$defs" };
    let mut writer = Writer { random, draft, pointers: keyword };
    let body = writer.members(3);
    let definitions: Vec<String> =
        ["x", "y"].iter().map(|name| format!("\"{name}\":{{{}}}", writer.members(1))).collect();
    let comma = if body.is_empty() { "" } else { "," };
    format!("{{\"$schema\":\"{}\",\"{keyword}\":{{{}}}{comma}{body}}}", draft.uri(), definitions.join(","))
}

/// Stands between keywords that are written together.
const TOGETHER: char = '\u{1}';

struct Writer<'r> {
    random: &'r mut Random,
    draft: Draft,
    pointers: &'static str,
}

impl Writer<'_> {
    fn schema(&mut self, depth: usize) -> String {
        match self.random.below(14) {
            0 if self.draft > Draft::Draft4 => "true".into(),
            1 if self.draft > Draft::Draft4 && self.random.one_in(2) => "false".into(),
            // Only downwards, so that nothing refers to itself for the same value.
            2 if depth > 1 => {
                let name = self.random.pick(&["x", "y"]);
                format!("{{\"$ref\":\"#/{}/{name}\"}}", self.pointers)
            }
            _ => format!("{{{}}}", self.members(depth)),
        }
    }

    fn members(&mut self, depth: usize) -> String {
        let mut members: Vec<String> = Vec::new();
        if self.random.below(3) > 0 {
            members.push(self.types());
        }
        for _ in 0..self.random.below(4) {
            let member = if depth > 0 && self.random.below(3) > 0 { self.deep(depth - 1) } else { self.flat() };
            for member in member.split(TOGETHER) {
                let key = |member: &str| member.split(':').next().map(str::to_owned);
                if !members.iter().any(|other| key(other) == key(member)) {
                    members.push(member.to_owned());
                }
            }
        }
        members.join(",")
    }

    fn types(&mut self) -> String {
        if self.random.one_in(3) {
            let first = self.random.below(TYPES.len());
            let other = (first + 1 + self.random.below(TYPES.len() - 1)) % TYPES.len();
            return format!("\"type\":[\"{}\",\"{}\"]", TYPES[first], TYPES[other]);
        }
        let weighted = ["object", "object", "array", "string", "number", "integer", "boolean", "null"];
        format!("\"type\":\"{}\"", self.random.pick(&weighted))
    }

    fn flat(&mut self) -> String {
        let count = self.random.below(4);
        let number = NUMBERS[self.random.below(NUMBERS.len())];
        match self.random.below(18) {
            0 => format!("\"minLength\":{count}"),
            1 => format!("\"maxLength\":{}", count + 1),
            2 => format!("\"pattern\":\"{}\"", self.random.pick(&PATTERNS)),
            3 => format!("\"format\":\"{}\"", self.random.pick(&FORMATS)),
            4 => format!("\"minimum\":{number}"),
            5 => format!("\"maximum\":{number}"),
            6 | 7 if self.draft == Draft::Draft4 => format!("\"minimum\":{number}{TOGETHER}\"exclusiveMinimum\":true"),
            6 => format!("\"exclusiveMinimum\":{number}"),
            7 => format!("\"exclusiveMaximum\":{number}"),
            8 => format!("\"multipleOf\":{}", self.random.pick(&["1", "2", "0.1", "0.01", "0.5", "3", "1e2"])),
            9 | 10 => {
                let values: Vec<String> = (0..1 + self.random.below(4)).map(|_| value(self.random, 1)).collect();
                let mut unique: Vec<String> = Vec::new();
                for value in values {
                    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
                    if !unique.iter().any(|other| json(other) == json(&value)) {
                        unique.push(value);
                    }
                }
                format!("\"enum\":[{}]", unique.join(","))
            }
            11 if self.draft > Draft::Draft4 => format!("\"const\":{}", value(self.random, 1)),
            12 => format!("\"required\":[{}]", self.names()),
            13 => format!("\"minProperties\":{count}"),
            14 => format!("\"maxProperties\":{count}"),
            15 => format!("\"minItems\":{count}"),
            16 => format!("\"maxItems\":{count}"),
            _ => "\"uniqueItems\":true".into(),
        }
    }

    fn deep(&mut self, depth: usize) -> String {
        match self.random.below(24) {
            0..=3 => format!("\"properties\":{{{}}}", self.by_name(depth)),
            4 => format!("\"additionalProperties\":{}", self.more(depth)),
            5 => {
                let pattern = self.random.pick(&PATTERNS);
                format!("\"patternProperties\":{{\"{pattern}\":{}}}", self.schema(depth))
            }
            6 if self.draft > Draft::Draft4 => format!("\"propertyNames\":{}", self.schema(0)),
            7 | 8 => format!("\"items\":{}", self.schema(depth)),
            9 if self.draft == Draft::Draft2020 => {
                format!("\"prefixItems\":{}{TOGETHER}\"items\":{}", self.list(depth), self.more(depth))
            }
            9 => format!("\"items\":{}{TOGETHER}\"additionalItems\":{}", self.list(depth), self.more(depth)),
            10 if self.draft > Draft::Draft4 => format!("\"contains\":{}", self.schema(depth)),
            11 if self.draft >= Draft::Draft2019 => {
                let (least, most) = (self.random.below(3), self.random.below(4));
                format!(
                    "\"contains\":{}{TOGETHER}\"minContains\":{least}{TOGETHER}\"maxContains\":{most}",
                    self.schema(depth)
                )
            }
            12 => format!("\"allOf\":{}", self.list(depth)),
            13 | 14 => format!("\"anyOf\":{}", self.list(depth)),
            15 | 16 => format!("\"oneOf\":{}", self.list(depth)),
            17 => format!("\"not\":{}", self.schema(depth)),
            18 if self.draft >= Draft::Draft7 => {
                let parts = [self.schema(depth), self.schema(depth), self.schema(depth)];
                format!("\"if\":{}{TOGETHER}\"then\":{}{TOGETHER}\"else\":{}", parts[0], parts[1], parts[2])
            }
            19 if self.draft >= Draft::Draft2019 => {
                let keyword = self.random.pick(&["unevaluatedProperties", "unevaluatedItems"]);
                format!("\"{keyword}\":{}", self.more(depth))
            }
            // Beside what speaks of properties for it.
            22 if self.draft >= Draft::Draft2019 => {
                let beside = match self.random.below(5) {
                    0 if depth > 0 => format!("\"$ref\":\"#/{}/{}\"", self.pointers, self.random.pick(&["x", "y"])),
                    1 => format!("\"anyOf\":{}{TOGETHER}\"properties\":{{{}}}", self.list(depth), self.by_name(depth)),
                    _ => format!("\"allOf\":{}", self.objects(depth)),
                };
                format!("{beside}{TOGETHER}\"unevaluatedProperties\":{}", self.more(depth))
            }
            20 if self.draft >= Draft::Draft2019 => format!("\"dependentRequired\":{{\"a\":[{}]}}", self.names()),
            20 => format!("\"dependencies\":{{\"a\":[{}],\"b\":{}}}", self.names(), self.object(depth)),
            21 if self.draft >= Draft::Draft2019 => format!("\"dependentSchemas\":{{\"a\":{}}}", self.schema(depth)),
            _ => format!("\"properties\":{{{}}}{TOGETHER}\"required\":[{}]", self.by_name(depth), self.names()),
        }
    }

    fn by_name(&mut self, depth: usize) -> String {
        let chosen: Vec<&str> = NAMES.iter().copied().filter(|_| self.random.one_in(2)).collect();
        let members: Vec<String> = chosen.iter().map(|name| format!("\"{name}\":{}", self.object(depth))).collect();
        members.join(",")
    }

    fn object(&mut self, depth: usize) -> String {
        if self.draft == Draft::Draft4 { format!("{{{}}}", self.members(depth)) } else { self.schema(depth) }
    }

    fn more(&mut self, depth: usize) -> String {
        if self.random.one_in(2) { "false".into() } else { self.object(depth) }
    }

    fn list(&mut self, depth: usize) -> String {
        let count = 1 + self.random.below(3);
        let items: Vec<String> = (0..count).map(|_| self.object(depth)).collect();
        format!("[{}]", items.join(","))
    }

    /// Schemas that speak of properties, more than others do.
    fn objects(&mut self, depth: usize) -> String {
        let count = 1 + self.random.below(2);
        let items: Vec<String> = (0..count)
            .map(|_| match self.random.below(3) {
                0 => {
                    let pattern = self.random.pick(&PATTERNS);
                    format!("{{\"patternProperties\":{{\"{pattern}\":{}}}}}", self.more(0))
                }
                1 => format!("{{\"properties\":{{{}}}}}", self.by_name(0)),
                _ => self.object(depth),
            })
            .collect();
        format!("[{}]", items.join(","))
    }

    fn names(&mut self) -> String {
        let first = self.random.below(NAMES.len());
        if self.random.one_in(2) {
            return format!("\"{}\"", NAMES[first]);
        }
        format!("\"{}\",\"{}\"", NAMES[first], NAMES[(first + 1) % NAMES.len()])
    }
}

/// A payload: a value with blanks here and there.
pub(in super::super) fn payload(random: &mut Random, depth: usize) -> String {
    value(random, 3 - depth.min(3))
}

fn value(random: &mut Random, depth: usize) -> String {
    let blank = |random: &mut Random| if random.one_in(6) { random.pick(&[" ", "\n", "\t ", "  "]) } else { "" };
    let pick = if depth > 0 { random.below(12) } else { random.below(6) };
    match pick {
        0 => "null".into(),
        1 => random.pick(&["true", "false"]).into(),
        2 | 3 => random.pick(&NUMBERS).into(),
        4 | 5 => format!("\"{}\"", spelled(random.pick(&TEXTS), random)),
        6..=8 => {
            let items: Vec<String> = (0..random.below(5))
                .map(|_| format!("{}{}{}", blank(random), value(random, depth - 1), blank(random)))
                .collect();
            format!("[{}]", items.join(","))
        }
        _ => {
            let mut members = Vec::new();
            let start = random.below(NAMES.len());
            for index in 0..random.below(5) {
                let name = spelled(NAMES[(start + index) % NAMES.len()], random);
                members.push(format!(
                    "{}\"{name}\"{}:{}{}{}",
                    blank(random),
                    blank(random),
                    blank(random),
                    value(random, depth - 1),
                    blank(random)
                ));
            }
            if random.one_in(2) {
                members.reverse();
            }
            format!("{{{}}}", members.join(","))
        }
    }
}

/// The same text, sometimes with an escape where none is needed.
fn spelled(text: &str, random: &mut Random) -> String {
    match text.chars().next() {
        Some(first) if first != '\\' && random.one_in(4) => {
            format!("\\u{:04x}{}", u32::from(first), &text[first.len_utf8()..])
        }
        _ => text.to_owned(),
    }
}
