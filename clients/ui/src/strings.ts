// What is said on screen? Every text of the UI in one place, ready to be said in another language.
import { names, number, percent, time } from "./model/format";

export const s = (count: number, one: string, many: string) => `${number(count)} ${count === 1 ? one : many}`;
/** What others say, with a stop at its end, but not two. */
export const sentence = (text: string) => text.trim().replace(/([^.?!…])$/, "$1.");

export const t = {
  product: "Tidegate",
  nav: {
    label: "Screens",
    thumb: "Main screens",
    skip: "Skip to the content",
    home: "Home",
    subjects: "Subjects",
    lineage: "Lineage",
    impact: "Blast radius",
    runtime: "Runtime",
    validation: "Validation",
    violations: "Violations",
    proxy: "Proxy",
    govern: "Govern",
    rules: "Rules",
    settings: "Settings",
    more: "More",
  },
  action: {
    retry: "Try again",
    copy: "Copy",
    copied: "Copied",
    clear: "Clear",
    close: "Close",
    reset: "Reset",
    save: "Save",
    cancel: "Cancel",
    delete: "Delete",
    more: "Show more",
    choose: (name: string) => `Choose ${name}`,
    chooseAll: "Choose all",
    export: "Export",
    download: "Download",
    asTable: "As a table",
    sortBy: (name: string) => `Sort by ${name.toLowerCase()}`,
  },
  none: { owner: "No owner", client: "(no client id)" },
  time: { now: "now" },
  notFound: {
    title: "Nothing here",
    what: "There is no such page",
    how: "The address may be mistyped, or what it led to has been moved.",
  },
  state: {
    loading: "Loading",
    failed: (what: string) => `Could not load: ${what}`,
    unreachable: "The server can't be reached",
    unreachableHow: "It may be restarting, or the network is down. Nothing is lost.",
    forbidden: (what: string) => `You may not do this: ${what}`,
    forbiddenHow: "It takes a right that you don't have. Whoever administers the registry can grant it.",
    signIn: "You are not signed in",
    signInHow: "This server wants a user or a token.",
    request: (code: number, id: string) => `Error ${code}, request ${id}`,
    stale: (since: number) => `The server does not answer. This is how things were at ${time(since)}.`,
  },
  health: { up: "Healthy", down: "Not ready", unknown: "…", unreachable: "Unreachable" },
  theme: {
    label: "Theme",
    system: "As the system has it",
    light: "Light",
    dark: "Dark",
    toLight: "Light theme",
    toDark: "Dark theme",
  },
  help: {
    title: "Keyboard",
    letters: "Single-letter keys",
    lettersHint: "Turn them off if a speech or switch input types letters by accident.",
    keys: [
      ["Ctrl K", "Go anywhere"],
      ["/", "Search on this page"],
      ["g h", "Home"],
      ["g s", "Subjects"],
      ["g l", "Lineage"],
      ["g i", "Blast radius"],
      ["g d", "Validation"],
      ["g v", "Violations"],
      ["g p", "Proxy"],
      ["g r", "Rules"],
      ["j", "Next row"],
      ["k", "Previous row"],
      [",", "Lineage: to what happened before"],
      [".", "Lineage: to what happened next"],
      ["e", "Lineage: open or fold the chosen node"],
      ["n", "Next change, or next fault of a record"],
      ["p", "The one before"],
      ["?", "This list"],
    ] as [string, string][],
  },
  palette: {
    open: "Search everything",
    short: "Search",
    placeholder: "A subject, an id, a topic, or a screen",
    results: "Results",
    nothing: "Nothing by this name.",
    screen: "Screen",
    subject: "Subject",
    schema: "Schema",
    id: (id: string) => `Schema with id ${id}`,
    lineage: (topic: string) => `Lineage of topic “${topic}”`,
    impact: (subject: string) => `Blast radius of ${subject}`,
    all: (count: number) => `All ${number(count)} subjects that were found`,
  },
  level: {
    from: {
      subject: "Set on the subject itself",
      context: "Inherited from its context",
      global: "Inherited from the global setting",
      server: "The server's default: nobody set it",
    },
    short: { subject: "own", context: "context", global: "global", server: "default" },
    means: {
      NONE: "Nothing is compared",
      BACKWARD: "New readers can read data of the version before",
      BACKWARD_TRANSITIVE: "New readers can read data of all versions",
      FORWARD: "Readers of the version before can read new data",
      FORWARD_TRANSITIVE: "Readers of all versions can read new data",
      FULL: "Both ways with the version before",
      FULL_TRANSITIVE: "Both ways with all versions",
    },
  },
  mode: {
    means: {
      READWRITE: "Versions can be registered and deleted",
      READONLY: "Nothing can be registered or deleted",
      READONLY_OVERRIDE: "Read only, whatever subjects say",
      IMPORT: "Versions come with their ids, nothing is compared",
      FORWARD: "Writes are sent on to another registry",
    },
  },
  verdict: { error: "Breaks", warning: "Risky", info: "Note", safe: "Safe" },
  home: {
    title: "Home",
    welcome: "Nothing is registered yet. Three steps, and the gate is up.",
    answer: (groups: number, unchecked: number, ownerless: number) => {
      const parts = [
        ...(groups ? [`${s(groups, "kind of bad record", "kinds of bad records")} in the last 24 hours`] : []),
        ...(unchecked ? [`${s(unchecked, "subject", "subjects")} on NONE`] : []),
        ...(ownerless ? [`${number(ownerless)} without an owner`] : []),
      ];
      return parts.length ? `${names(parts)} want a look today.` : "Nothing needs you today.";
    },
    groups: "Violation groups, 24\u00a0h",
    records: (records: string) => `${records} records in all`,
    unchecked: "Subjects on NONE",
    ownerless: "Without an owner",
    ofSubjects: (all: string) => `of ${all} subjects`,
    enforced: "Policies that fully enforce",
    ofPolicies: (all: string) => `of ${all} policies`,
    refused: "What is going wrong",
    allGroups: "All violations",
    acted: "acted on",
    onlySeen: "only counted",
    noGroups: "No record broke a rule in the last 24 hours.",
    lacking: "Contracts that lack something",
    allSubjects: "All subjects",
    nothingLacks: "Every subject has an owner and a compatibility level.",
    recent: "Latest versions",
    allChanges: "By date",
    ramp: "On the way to enforcement",
    allPolicies: "All policies",
    allEnforced: "Every policy enforces, for all producers.",
  },
  first: {
    here: "Or write it here, and see at once whether it can be read",
    project: "Or take all files of a repository, from its folder:",
    client: {
      title: "Point a client at the registry",
      how: "Any Confluent serializer works as it is. Its registry is here:",
    },
    register: {
      title: "Register a schema",
      how: "Serializers do it at their first record. By hand it is one request:",
    },
    policy: {
      title: "Watch a topic at the gate",
      how: "A policy in shadow mode counts what it would refuse, and changes nothing:",
    },
  },
  subjects: {
    what: "the list of subjects",
    none: "Nothing is registered yet. What you register appears here at once.",
    answer: (total: number, unchecked: number, ownerless: number | undefined, isNarrowed: boolean) => {
      const lacks = [
        ...(unchecked ? [`${number(unchecked)} on NONE`] : []),
        ...(ownerless ? [`${number(ownerless)} without an owner`] : []),
      ];
      const rest = lacks.length
        ? `, ${names(lacks)}`
        : total && ownerless === 0
          ? ", each with an owner and a compatibility level"
          : "";
      return `${s(total, "contract", "contracts")}${isNarrowed ? " found" : ""}${rest}.`;
    },
    columns: {
      subject: "Subject",
      format: "Format",
      compat: "Compatibility",
      version: "Version",
      id: "Id",
      versions: "Versions",
      mode: "Mode",
      updated: "Registered",
      owner: "Owner",
      tags: "Tags",
      broken: "Bad, 24 hours",
    },
    noneBroken: "none seen",
    broken: (kinds: number) => `${s(kinds, "kind", "kinds")} of bad records in the last 24 hours`,
    chooseColumns: "Columns",
    search: "Search subjects",
    placeholder: "name, field, owner:, tag:, id:",
    narrow: "Narrow down",
    narrowedBy: (facets: number) => `Narrowed by ${s(facets, "property", "properties")}`,
    facets: {
      type: "Format",
      compatibility: "Compatibility",
      owner: "Owner",
      tag: "Tag",
      mode: "Mode",
      context: "Context",
    },
    moreValues: (count: number) => `${number(count)} more`,
    context: "Context",
    defaultContext: "Default context",
    deletedLabel: "Deleted subjects",
    live: "Live only",
    withDeleted: "With deleted",
    onlyDeleted: "Deleted only",
    deleted: "deleted",
    found: (total: number) => `${number(total)} found`,
    foundBy: (fields: string) => `Found by its fields: ${fields}`,
    indexing: (done: number, total: number) =>
      `The server takes up what is new: ${number(done)} of ${number(total)} so far. What is missing appears by itself.`,
    unreadable: (why: string) => `This search can't be read: ${why}.`,
    create: "New subject",
    noMatch: "No subject matches",
    culprit: "excludes everything.",
    remove: (part: string) => `Take out ${part}`,
    noCulprit: "Leave out some of the words; no single one is to blame.",
    notYet: "Not all subjects can be found yet.",
    taking: (done: number, total: number) =>
      total ? `${number(done)} of ${number(total)} rows` : "Asking for the first rows",
    notTaken: (why: string) => `The rows could not be fetched: ${why}`,
    exportCsv: (count: number) => `${s(count, "row", "rows")} as CSV`,
    exportJson: (count: number) => `${s(count, "row", "rows")} as JSON`,
    exportZip: (count: number) => `${s(count, "schema", "schemas")} as ZIP`,
  },
  rights: {
    title: "What you may do",
    open: (name: string) => `Who you are: ${name}`,
    nobody: "Not signed in",
    named: "You are known by a user or a token of this name.",
    unnamed: "You came without a user and without a token. This is what anybody may do here.",
    refused: "This server wants a user or a token that may do something.",
    grow: "Rights add up; none takes another away. Whoever administers the registry can grant more.",
    everything: "all subjects",
    prefix: (prefix: string, context: string) =>
      `subjects that begin with ${prefix}${context ? ` in context ${context}` : ""}`,
    prefixAnywhere: (prefix: string) => `subjects that begin with ${prefix}, in every context`,
    context: (context: string) => `all subjects in ${context ? `context ${context}` : "the default context"}`,
    may: {
      read: (where: string, isAll: boolean) =>
        isAll ? "See everything: subjects, policies, violations and lineage" : `See ${where}`,
      write: (where: string) => `See, register and delete ${where}, and set their level and mode`,
      admin: (where: string, isAll: boolean) =>
        isAll
          ? "Do everything, also set what holds for the whole registry, change policies, and see tokens"
          : `Do everything with ${where}, and set what holds for all of them`,
      observe: () => "Report what was seen and declare lineage, as proxies and jobs do",
    },
    lack: (right: "read" | "write" | "admin" | "observe", what: string | undefined, isKnown: boolean) => {
      const verb = { read: "see", write: "change", admin: "administer", observe: "report on" }[right];
      return `It takes the right to ${verb} ${what ?? "everything"} (${right}), which you don't have${isKnown ? "" : ": you are not signed in"}.`;
    },
  },
  bulk: {
    barred: (count: number) => `${s(count, "subject is", "subjects are")} left out: you may not change them.`,
    label: "What is chosen",
    chosen: (count: number) => `${number(count)} chosen`,
    takeAll: (count: number) => `Choose all ${number(count)} that were found`,
    level: "Set the level",
    delete: "Delete",
    owner: "Set the owner",
    titles: {
      level: (count: number) => `Compatibility level of ${s(count, "subject", "subjects")}`,
      owner: (count: number) => `Owner of ${s(count, "subject", "subjects")}`,
      delete: (count: number) => `Delete ${s(count, "subject", "subjects")}?`,
    },
    hows: {
      level: "It holds for the next versions; none that are there is looked at again.",
      owner:
        "The owner is told in a version's metadata: each gets a version with the same schema, rules and tags, and the new owner.",
      delete: "All versions are deleted softly: their ids still lead to them, and they can be registered again.",
    },
    ownerHint: "A team or a person, such as team-orders.",
    start: { level: "Set it", owner: "Set it", delete: "Delete them" },
    progress: (done: number, all: number) => `${number(done)} of ${number(all)} done`,
    finished: (good: number, bad: number) =>
      bad ? `${number(good)} done, ${number(bad)} failed.` : `All ${number(good)} are done.`,
    again: "Try those that failed again",
    stop: "Stop",
    columns: ["Subject", "Result"],
    done: "done",
    waiting: "waiting",
    stopped: "not begun",
    nothing: "All that is chosen is deleted already.",
  },
  subject: {
    what: "the subject",
    absent: "No such subject",
    absentHow: "Nothing is registered under this name, or it was deleted for good.",
    lookFor: "Look for the name",
    copyName: "Copy the name",
    use: "Use it",
    tabs: "About this subject",
    tab: {
      fields: "Fields",
      definition: "Definition",
      versions: "Versions",
      references: "References",
      contract: "Contract",
      usage: "Usage",
      settings: "Settings",
    },
    version: "Version",
    noVersion: (version: string) => `There is no version ${version}.`,
    answer: (one: {
      version: string;
      isLatest: boolean;
      format: string;
      age: string;
      versions: number;
      description: string | undefined;
    }) =>
      `${one.description ? `${one.description.replace(/[.\s]+$/, "")}. ` : ""}${one.isLatest ? `Latest is ${one.version}` : `You are looking at ${one.version}`} of ${s(one.versions, "live version", "live versions")}${one.age ? `, registered ${one.age}` : ""}.`,
    compareWith: (version: string) => `Compare with ${version}`,
    allDeleted: "All versions are deleted",
    versionDeleted: "This version is deleted",
    id: (id: number) => `id ${id}`,
  },
  editor: {
    open: "New version",
    newTitle: "New subject",
    applyFix: "Put the fix in",
  },
  id: {
    title: (id: string) => `Schema ${id}`,
    answer: (versions: number, subjects: number) =>
      versions
        ? `Used by ${s(versions, "version", "versions")} of ${s(subjects, "subject", "subjects")}.`
        : "No version uses it any more.",
    usedBy: "Used by",
  },
  live: {
    state: {
      connecting: "Connecting",
      live: "Live",
      paused: "Paused",
      reconnecting: "Reconnecting",
      closed: "Not allowed",
    },
    means: {
      connecting: "The stream of events is being opened.",
      live: "What happens is shown as it happens.",
      paused: "Nothing new is shown until you go on.",
      reconnecting: "The stream broke. It is opened again; what happened meanwhile is asked for then.",
      closed: "The server does not open the stream for you. It takes the right to read everything.",
    },
    pause: "Pause",
    goOn: "Go on",
    title: "As it happens",
    none: "No bad record since this page listens.",
    lately: (records: number) => `${s(records, "bad record", "bad records")} in the last ten seconds`,
    lost: (events: number) => `${s(events, "event", "events")} came too fast to be shown.`,
    sent: (records: number) => s(records, "record", "records"),
  },
  violations: {
    what: "the violations",
    columns: {
      what: "What is wrong",
      topic: "Topic",
      producer: "Producer",
      trend: "24 hours",
      records: "Records",
      seen: "Last seen",
    },
    rule: "Rule",
    at: "at",
    key: "key",
    range: "Seen in",
    ranges: { "1h": "the last hour", "24h": "the last 24 hours", "7d": "the last 7 days", "30d": "the last 30 days" },
    anyTopic: "Any topic",
    anyRule: "Any rule",
    anyProducer: "Any producer",
    state: "State",
    anyState: "Any state",
    states: { new: "New", acknowledged: "Acknowledged", muted: "Muted", fixed: "Fixed" },
    answer: (one: {
      groups: string;
      isOne: boolean;
      records: string;
      acted: string;
      range: string;
      worst: string;
      share: number;
    }) =>
      `${one.groups} ${one.isOne ? "kind" : "kinds"} of bad records seen in ${one.range}: ${one.records} records since each began, ${one.acted} of them acted on${one.share > 0.5 && one.worst ? `; ${percent(one.share, 1)} come from ${one.worst}` : ""}.`,
    noneAnswer: (range: string) => `No bad record was seen in ${range}.`,
    none: (range: string) => `No violations in ${range}`,
    noneHow: "What breaks a schema or a rule appears here within seconds, if a policy looks at its topic.",
    unspoken: (count: number, isMore: boolean) => `${count}${isMore ? " and more" : ""} new in the last 24 hours`,
    judged: (records: number) =>
      `This server's own proxy has judged ${s(records, "record", "records")} since it began.`,
    noneNarrowed: "With these filters there is nothing. Others may have something to show.",
    policies: "See which topics are looked at",
    exportCsv: (count: number) => `${s(count, "group", "groups")} as CSV`,
    exportJson: (count: number) => `${s(count, "group", "groups")} as JSON`,
  },
  violation: {
    title: "Violation",
    own: {
      "tidegate.payload": "Payload does not fit its schema",
      "tidegate.framing": "No schema id",
      "tidegate.schema": "Schema not allowed",
      "tidegate.subject": "Wrong subject",
      "tidegate.undecidable": "Could not be decided",
    },
    sides: { key: "in the key", value: "in the value" },
    actions: { reject: "refused", flag: "flagged", remove: "removed", pass: "only counted" },
    answer: (one: {
      records: string;
      acted: string;
      isAll: boolean;
      isNone: boolean;
      producer: string;
      topic: string;
      since: string;
      last: string;
    }) =>
      `${one.producer} sent ${one.records} such records to ${one.topic}, first ${one.since}, last ${one.last}; ${one.isAll ? "all of them were acted on" : one.isNone ? "none was acted on, the policy only watches" : `${one.acted} of them were acted on`}.`,
    openSchema: (subject: string, version: string) => `${subject} ${version}`,
    openRule: "Try the rule",
    openPolicy: "Policy of the topic",
    openLineage: "Who else uses it",
    copyCurl: "Copy as curl",
    say: { new: "Reopen", acknowledged: "Acknowledge", muted: "Mute", fixed: "Fixed" },
    muteFor: (days: number) => `For ${s(days, "day", "days")}`,
    said: (by: string, at: string, until = "") => `${until && `until ${until}, `}by ${by}, ${at}`,
    back: (by: string, at: string) => `seen again since ${by} last marked it, ${at}`,
    note: "Note",
    noteHow: "Note: why, or what comes next",
    noteNext: "Another note in its place",
    saveNote: "Save the note",
    record: "A bad record",
    masked: "values masked",
    noSamples: "No sample is left",
    noSamplesHow: "Only a few records are kept of each kind, and only for a while.",
    samples: (count: number) => `${number(count)} samples`,
    seen: "Seen",
    place: "Place",
    placeSays: (topic: string, partition: number, index: number) =>
      `${topic}, partition ${partition}, record ${index + 1} of its batch`,
    size: "Size",
    schema: "Schema",
    noSchema: "none named",
    done: "What was done",
    unreadable: "Nothing of this record could be read.",
    hidden: "personal, hidden",
    missing: "missing",
    trend: "Last 24 hours",
    trendSays: (records: string) => `${records} records in the last 24 hours`,
    hour: "Hour from",
    records: "Records",
    redrive: {
      title: "Where these records are",
      kept: (letters: string, topic: string) =>
        `A copy of each refused or removed record is in ${letters}, and its headers say what was wrong. Send it to ${topic} again once it is mended: the proxy judges it anew. This lists them:`,
      refused: "Nowhere but with their producer: they were refused, and it was told why. It has to send them again.",
      flagged: "In their topic, each with a header that says what is wrong. Readers can tell them apart.",
      passed: "In their topic, like any others: nothing was done to them.",
      past: (who: string, rule: string) =>
        `${who} may have them pass over the rule as they are, by the header __rule.name: ${rule}.`,
    },
    facts: "Where it comes from",
    producer: "Producer",
    principal: "Principal",
    cluster: "Cluster",
    first: "First seen",
    last: "Last seen",
  },
  proxy: {
    title: "Proxy",
    what: "the policies",
    answer: (all: number, enforced: number, shadowed: number) =>
      all
        ? `${s(all, "policy", "policies")}: ${number(enforced)} ${enforced === 1 ? "enforces" : "enforce"}, ${number(shadowed)} only ${shadowed === 1 ? "watches" : "watch"}. The first that matches a topic decides.`
        : "The registry keeps no policies; proxies ask those of their own configuration.",
    create: "New policy",
    order: "Policies in the order in which they are asked",
    percent: (share: number) => `${share} % of producers`,
    changed: (version: string, by: string, age: string) => `${version}, changed ${age} by ${by}`,
    exportJson: (count: number) => `${s(count, "policy", "policies")} as JSON`,
    none: "No policies yet",
    noneHow:
      "A policy says what is asked of the records of some topics. Begin in shadow: it counts and changes nothing.",
    match: "Which policy decides?",
    matchHow: "For a topic, and for what a producer calls itself.",
    topic: "Topic",
    producer: "Producer's client id",
    producerHint: "May be left out.",
    decides: "decides:",
    isTreated: (mode: string) =>
      ({
        off: "Its records pass unchecked.",
        shadow: "Its records are checked and counted; nothing is refused.",
        enforce: "Its bad records are acted on.",
      })[mode] ?? mode,
    nobody: "None of these policies decides.",
    nobodyHow: "The proxy then asks those of its own configuration; without one there either, records pass unchecked.",
  },
  policy: {
    modes: { off: "Off", shadow: "Shadow", enforce: "Enforce" },
  },
  checks: {
    title: "Compatibility rules",
  },
};
