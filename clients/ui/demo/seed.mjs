// Fills a running server with a believable estate, through its public REST API alone.
//
//   node demo/seed.mjs [http://127.0.0.1:8081]
//
// It may be run again: what is there already stays as it is. TIDEGATE_TOKEN is sent as a bearer token where it is set.
import { policies, subjects, traffic, violations } from "./estate.mjs";

const HOUR = 3_600_000;
/** For so many half days, lineage is told in parts. */
const HALF_DAYS = 14;
const CLIENTS = {
  "checkout-api": "apache-kafka-java/3.9.0",
  "pos-gateway": "librdkafka/2.3.0",
  "web-tracker": "kafka-go/0.4.47",
};

/** @param {string} server */
export async function seed(server, now = Date.now()) {
  const call = caller(server);
  /** Of a subject, the ids of its versions, the oldest first. @type {Map<string, number[]>} */
  const registered = new Map();
  for (const { subject, config, mode, versions } of subjects) {
    const path = encodeURIComponent(subject);
    if (config) await call("PUT", `/config/${path}`, config);
    for (const version of versions) {
      const stored = await call("POST", `/subjects/${path}/versions`, version, mode ? [409, 422] : []);
      if (stored.id) registered.set(subject, [...(registered.get(subject) ?? []), stored.id]);
    }
    if (mode) await call("PUT", `/mode/${path}`, { mode });
  }
  for (const [index, { name, ...policy }] of policies.entries()) {
    await call("PUT", `/govern/v1/policies/${name}`, { ...policy, position: (index + 1) * 10 });
  }
  const ids = new Map([...registered].map(([subject, all]) => [subject, all.at(-1) ?? 0]));
  // Half a day at a time, as proxies would have told: so there is a past to look back at.
  for (let age = HALF_DAYS; age >= 0; age -= 1)
    await call("POST", "/govern/v1/lineage/observations", { observations: observations(registered, now, age) });
  // Hour by hour, as a proxy would have told: what is told at once counts for the hour in which it ended.
  for (const hour of broken(ids, now)) await call("POST", "/govern/v1/violations/observations", { violations: hour });
  return { subjects: subjects.length, policies: policies.length, violations: violations.length };
}

/**
 * What was seen in the half day that ended so many half days ago; the oldest report has all that was before, too.
 * @param {Map<string, number[]>} registered @param {number} now @param {number} age
 */
function observations(registered, now, age) {
  const isOldest = age === HALF_DAYS;
  return traffic.flatMap(({ topic, subject, producers, consumers, once = [] }, place) => {
    const ids = registered.get(subject) ?? [];
    const last = now - age * 12 * HOUR - (place + 1) * 7_000;
    const seen = { cluster: "harbour", topic, first: isOldest ? now - 40 * 24 * HOUR : last - 11.5 * HOUR, last };
    /** @param {number} all */
    const part = (all) => (isOldest ? all - HALF_DAYS * Math.floor(all / 80) : Math.floor(all / 80));
    const writes = producers.map(([clientId, records, refused, moved]) => ({
      ...seen,
      direction: "produces",
      client_id: clientId,
      software: CLIENTS[/** @type {keyof typeof CLIENTS} */ (clientId)] ?? "librdkafka/2.12.1",
      address: `10.20.${place}.${String(clientId).length}`,
      // Whoever moved to the latest version wrote with the one before until then.
      schema: { context: ".", id: ids.at(moved !== undefined && age > Number(moved) ? -2 : -1) },
      records: part(Number(records)),
      bytes: part(Number(records)) * 214,
      refused: part(Number(refused)),
    }));
    /** @param {string} group */
    const reads = (group) =>
      ["subscribed", "committed"].map((evidence) => ({
        ...seen,
        direction: "consumes",
        client_id: `${group}-1`,
        group,
        software: "apache-kafka-java/3.9.0",
        evidence,
      }));
    /** @type {object[]} */
    const gone = once.flatMap(
      /** @returns {object[]} */ ({ writer, reader, came = HALF_DAYS, went, version, records = 0 }) => {
        if (age > came || age < went) return [];
        // What is told at once counts for the hour in which it ended: whoever came did so in that hour.
        const first = age === came ? last - 60_000 : seen.first;
        if (reader) return reads(reader).map((one) => ({ ...one, first }));
        const wrote = {
          direction: "produces",
          client_id: writer,
          software: "librdkafka/1.6.2",
          address: `10.20.${place}.9`,
        };
        return [
          { ...seen, ...wrote, schema: { context: ".", id: ids[Number(version) - 1] }, records, bytes: records * 214 },
        ];
      },
    );
    return [...writes, ...consumers.flatMap(reads), ...gone];
  });
}

/** One report for each hour, the oldest first. @param {Map<string, number>} ids @param {number} now */
function broken(ids, now) {
  const longest = Math.max(...violations.map(({ hours }) => hours.length));
  return Array.from({ length: longest }, (_, index) => longest - 1 - index).map((age) => {
    const at = now - age * HOUR - 120_000;
    return violations
      .filter(({ hours }) => (hours[age] ?? 0) > 0)
      .map(({ hours, values, subject, action, ...violation }) => ({
        cluster: "harbour",
        ...violation,
        records: hours[age],
        acted: action === "pass" ? 0 : hours[age],
        first: at - 60_000,
        last: at,
        samples: [0, 1].map((index) => ({
          at: at - index * 61_000,
          partition: (age * 5 + index) % 6,
          index,
          schema: violation.rule === "tidegate.framing" ? undefined : { context: ".", id: ids.get(subject) },
          action,
          path: violation.path,
          bytes: 190 + ((age * 37 + index * 11) % 60),
          fields: values.filter(([, mask = ""]) => isField(mask)).map(([path, mask]) => ({ path, mask })),
          ...(values.length ? { tree: tree(values) } : {}),
        })),
      }));
  });
}

/** Lists tell of what is not there or could not be read nothing. @param {string} mask */
const isField = (mask) => !/^(list|map|absent|unreadable)/.test(mask);

/** @typedef {{ name: string, mask: string, rules?: string[], inner?: Node[] }} Node */

/** Values as they are nested; what is only passed through is a record. @param {string[][]} values @returns {Node} */
function tree(values) {
  /** @type {Node} */
  const whole = { name: "", mask: "record" };
  for (const [path = "", mask = "", ...rules] of values) {
    let here = whole;
    for (const name of path.match(/\[\d+\]|[^.[\]]+/g) ?? []) {
      here.inner ??= [];
      let inner = here.inner.find((one) => one.name === name);
      if (!inner) {
        inner = { name, mask: "record" };
        here.inner.push(inner);
      }
      here = inner;
    }
    Object.assign(here, { mask }, rules.length ? { rules } : {});
  }
  return whole;
}

/** @param {string} server */
function caller(server) {
  const token = process.env.TIDEGATE_TOKEN;
  /** @param {string} method @param {string} path @param {unknown} body @param {number[]} [tolerated] */
  return async (method, path, body, tolerated = []) => {
    const answer = await fetch(new URL(path, server), {
      method,
      headers: { "Content-Type": "application/json", ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok && !tolerated.includes(answer.status))
      throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : {};
  };
}

if (process.argv[1] && import.meta.url.endsWith(process.argv[1].split("/").pop() ?? "")) {
  const server = process.argv[2] ?? "http://127.0.0.1:8081";
  const { subjects: many, policies: some, violations: groups } = await seed(server);
  console.log(`${server} has ${many} subjects, ${some} policies and ${groups} groups of violations.`);
}
