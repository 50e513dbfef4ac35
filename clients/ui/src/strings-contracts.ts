// What is said where a contract is looked at, compared, or tried? Beside the other strings, and not loaded before one is opened.
import type { components } from "./api/schema";
import { names, number, percent } from "./model/format";
import { s, sentence } from "./strings";

type Rule = components["schemas"]["Rule"];

export const contracts = {
  fields: {
    search: "Search fields",
    tree: "Fields",
    field: "Field",
    type: "Type",
    about: "About",
    optional: "optional",
    default: "default",
    since: (version: string) => `since ${version}`,
    read: (count: number) => `read by ${number(count)}`,
    readBy: (who: string) => `As they say: ${who}`,
    count: (count: number) => s(count, "field", "fields"),
    found: (found: number, all: number) => `${number(found)} of ${s(all, "field", "fields")}`,
    none: "This schema has no fields",
    unreadable: "The fields can't be shown",
    unreadableHow: "The text is there under Definition.",
    openAll: "Open all",
    closeAll: "Close all",
    open: (name: string) => `Open ${name}`,
    close: (name: string) => `Close ${name}`,
  },
  definition: {
    form: "Form",
    printed: "Printed",
    stored: "As stored",
    copy: "Copy the schema",
    label: (subject: string) => `Schema of ${subject}`,
    size: (lines: number, guid: string) => `${s(lines, "line", "lines")}${guid ? ` · ${guid}` : ""}`,
  },
  versions: {
    label: "Versions, newest first",
    latest: "latest",
    deleted: "deleted",
    rules: (count: number) => s(count, "rule", "rules"),
    references: (count: number) => s(count, "reference", "references"),
    registered: (age: string) => `Registered ${age}`,
    whatChanged: (older: string) => `What changed since ${older}`,
    withBase: (base: string) => `Compare with ${base}`,
    makeBase: "Compare from here",
    isBase: "Comparing from here",
  },
  use: {
    title: "Use it",
    way: "What the application does",
    ways: { write: "Write", read: "Read" },
    language: "Language",
    languages: { python: "Python", javascript: "JavaScript", java: "Java" },
    how: {
      write: "Records are written with the latest version. What does not fit it is told before it is sent.",
      read: "Each record says with which version it was written; the reader fetches it.",
    },
    proxy: "In place of PROXY stands where Tidegate's proxy listens: who passes it by is not checked, and not seen.",
    fetch: "The schema itself, to make classes of it",
  },
  references: {
    what: "what refers to it",
    out: "Builds on",
    in: "Used by",
    outAnswer: (count: number) =>
      count ? `It uses ${s(count, "other schema", "other schemas")}.` : "It stands on its own.",
    inAnswer: (count: number) =>
      count
        ? `${s(count, "version refers", "versions refer")} to it; it can't be deleted while they do.`
        : "Nothing refers to this version.",
    ofDeleted: "Of a deleted version this is not known.",
    calledHere: (name: string) => `called ${name}`,
  },
  contract: {
    none: "No contract beyond the shape",
    noneHow: "A version can carry an owner, tags and rules. They are written with it.",
    rules: (count: number) => (count ? s(count, "rule", "rules") : "No rules"),
    tryThem: "Try them on records",
    properties: "Properties",
    tags: "Tagged parts",
    sensitive: "sensitive, not shown",
    disabled: "turned off",
    kinds: { CONDITION: "condition", TRANSFORM: "transform" },
    sets: { migrationRules: "migration", encodingRules: "encoding" },
    /** A rule in plain words, as far as its members tell. */
    says: (rule: Rule) => {
      const when = {
        WRITE: "on writing",
        READ: "on reading",
        WRITEREAD: "on writing and reading",
        UPGRADE: "on upgrading",
        DOWNGRADE: "on downgrading",
        UPDOWN: "on upgrading and downgrading",
      }[rule.mode ?? "WRITEREAD"];
      const what = rule.doc
        ? rule.doc.replace(/[.\s]+$/, "")
        : rule.kind === "CONDITION"
          ? `“${rule.expr ?? rule.name}” has to be true`
          : `Values are changed by ${rule.type}`;
      const where = rule.tags?.length ? ` for fields tagged ${names(rule.tags)}` : "";
      if (rule.kind !== "CONDITION") return `${what}${where}, ${when}.`;
      const [failure = "ERROR"] = (rule.onFailure ?? "ERROR").split(",");
      const then =
        {
          ERROR: "else the record is refused",
          DLQ: "else it goes to the dead letters",
          NONE: "else it is only counted",
        }[failure] ?? `else ${failure}`;
      return `${what}${where}: checked ${when}, ${then}.`;
    },
  },
  settings: {
    what: "the settings",
    level: "Compatibility level",
    mode: "Mode",
    holds: (value: string, from: string) => `${value} holds now. ${from}.`,
    inherit: "Inherit",
    inheritHow: "What its context or the registry says",
    others: "Also set on this subject",
  },
  compare: {
    title: (subject: string, from: string, to: string) => `${subject}: ${from} to ${to}`,
    what: "the comparison",
    from: "From version",
    to: "To version",
    swap: "Swap the versions",
    level: "Level",
    ownLevel: "Level of the subject",
    view: "View",
    structure: "Structure",
    text: "Text",
    textOf: (version: string) => `Text of ${version}`,
    unchanged: "$ unchanged lines",
    nothing: "Nothing to compare",
    onlyOne: "This subject has one version only.",
    noSuch: "One of the two versions is not there.",
    deleted: (version: string) => `${version} is deleted: what changed can be shown, but not explained.`,
    passes: (level: string) => `Passes ${level}`,
    refused: (level: string) => `Breaks ${level}`,
    answer: (changes: number, broken: number, from: string, to: string) =>
      changes === 0
        ? `${from} and ${to} mean the same.`
        : `${s(changes, "change", "changes")} from ${from} to ${to}${broken ? `, ${number(broken)} of them ${broken === 1 ? "breaks" : "break"} somebody` : ", none breaks anybody at this level"}.`,
    findings: "Findings",
    same: "No semantic change",
    sameText: "Both texts are the same.",
    ignored: "The texts differ only in what means nothing: order, documentation or white space.",
    wouldPass: "What would pass?",
    holds: "holds here",
    fieldsOf: (from: string, to: string) => `Fields of ${from} and ${to}`,
    showAll: "Show all fields",
    showChanged: "Only what changed",
    marks: { added: "Added", removed: "Removed", changed: "Changed", same: "" },
    whatChanged: (count: number) => s(count, "change", "changes"),
    previous: "Previous change (p)",
    next: "Next change (n)",
    harmless: "Nobody notices, whichever version reads or writes.",
    who: { BACKWARD: "New readers, old data:", FORWARD: "Old readers, new data:" },
    against: (versions: string[]) => `(against ${names(versions)})`,
    strip: "Verdict by direction",
    copyLink: "Copy a link to this view",
  },
  rules: {
    title: "Rules",
    answer: "Try what a contract would say about records, before anybody is bound by it. Nothing is kept.",
    subject: "Contract",
    subjectHint: "Choose a subject",
    choose: "Which contract?",
    chooseHow: "Choose a subject. Its rules come along, and can be changed here without changing it.",
    rules: "Rules",
    rulesOf: (version: string) => `Rules of ${version}`,
    add: "Add a rule",
    noRules: "This contract has none. Add one, and see what it would say.",
    isOn: (name: string) => `Use ${name}`,
    unnamed: "(no name)",
    remove: (name: string) => `Remove ${name}`,
    name: "Name",
    doc: "What it is for, in words",
    expr: "Expression (CEL)",
    exprHint: {
      CEL: "Sees message and now. Has to be true.",
      CEL_FIELD: "Sees value, name, typeName, tags, message and now, for each field.",
    },
    type: "Asked of",
    onFailure: "If it fails",
    failures: { ERROR: "Refuse the record", DLQ: "Refuse it, keep a copy", NONE: "Only count" },
    tags: "Fields tagged",
    tagsHint: "Empty: all fields.",
    records: "Records to try",
    recordsHint: {
      AVRO: "JSON: a list, one object, or one in each line. It is put into Avro's bytes here.",
      JSON: "JSON: a list, one object, or one in each line.",
      PROTOBUF:
        "JSON of the first message: a list, one object, or one in each line. Or bytes in base64, one in each line.",
    } as Record<string, string>,
    run: "Try",
    resample: "Back to the made-up record",
    source: "Which records",
    sources: { here: "Written here", topic: (last: number, topic: string) => `The last ${number(last)} of ${topic}` },
    ofTopicHow:
      "They are read on the spot, held against the rules as they stand here, and not kept. No value is shown.",
    outcome: (refused: number, records: number, topic?: string) => {
      const all = topic ? `the last ${s(records, "record", "records")} of ${topic}` : s(records, "record", "records");
      return refused
        ? `Would refuse ${number(refused)} of ${all} (${percent(refused, records)})`
        : `Would refuse none of ${all}`;
    },
    place: (partition: number, offset: number) => `partition ${number(partition)}, offset ${number(offset)}`,
    moreFound: (count: number) => `${s(count, "more has", "more have")} something wrong.`,
    ofTopic: (empty: number, part: "key" | "value", isCut: boolean) =>
      [
        ...(empty
          ? [`${s(empty, "record has", "records have")} no ${part} and ${empty === 1 ? "was" : "were"} not tried.`]
          : []),
        ...(isCut ? ["There was no time or room for more of them."] : []),
      ].join(" "),
    took: (micros: string) => `in ${micros} µs`,
    refused: "refused",
    counted: "counted",
    passed: "passes",
    leftToClient: (rules: string[]) => `Left to clients, since they change records: ${names(rules)}.`,
    notCheckable: (rule: string, why: string) => `${rule} says nothing at the gate: ${sentence(why)}`,
    problem: (rule: string, message: string) => `${rule} may not be what is meant: ${sentence(message)}`,
  },
};
