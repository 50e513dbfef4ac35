// What holds for the whole registry, who may come in, and how does this UI look?
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, body } from "../api/client";
import { contexts, globalConfig, globalMode, health, type Level, serverVersion, tokens, whoami } from "../api/queries";
import { lettersAreOn, setLetters } from "../app/keys";
import { useLack } from "../app/rights";
import { keep, kept, setTheme, type Theme, useTheme } from "../app/theme";
import { ago, dateTime } from "../model/format";
import { Segments } from "../parts/Controls";
import { Choice, Switch } from "../parts/Fields";
import { Page } from "../parts/Page";
import { Pill } from "../parts/Pill";
import { Failed, Locked, Skeleton } from "../parts/States";
import { t } from "../strings";
import { LEVELS, MODES, Setting } from "./subject/Settings";

export function Settings() {
  const level = useQuery(globalConfig);
  const mode = useQuery(globalMode);
  const why = useLack("admin", "everything");
  return (
    <Page
      title={t.nav.settings}
      answer={
        level.data && mode.data ? t.settings.answer(level.data.compatibilityLevel ?? "", mode.data.mode ?? "") : " "
      }
    >
      <div className="stack">
        <div className="columns">
          {level.isPending ? (
            <Skeleton />
          ) : level.data ? (
            <Setting
              key={level.data.compatibilityLevel}
              title={t.settings.globalLevel}
              now={t.settings.globalLevelHow}
              value={level.data.compatibilityLevel ?? "BACKWARD"}
              options={LEVELS.map((id) => ({ id: id as string, label: id, hint: t.level.means[id] }))}
              why={why}
              save={(value) => body(api.PUT("/config", { body: { compatibility: value as Level } }))}
            />
          ) : (
            <Failed what={t.settings.globalLevel} error={level.error} retry={() => void level.refetch()} />
          )}
          {mode.isPending ? (
            <Skeleton />
          ) : mode.data ? (
            <Setting
              key={mode.data.mode}
              title={t.settings.globalMode}
              now={t.settings.globalModeHow}
              value={mode.data.mode ?? "READWRITE"}
              options={MODES.map((id) => ({ id: id as string, label: id, hint: t.mode.means[id] }))}
              why={why}
              save={(value) => body(api.PUT("/mode", { body: { mode: value as "READWRITE" } }))}
            />
          ) : (
            <Failed what={t.settings.globalMode} error={mode.error} retry={() => void mode.refetch()} />
          )}
        </div>
        <Tokens />
        <div className="columns">
          <Appearance />
          <About />
        </div>
      </div>
    </Page>
  );
}

function Tokens() {
  const why = useLack("admin", "everything");
  const { isPending: isUnknown } = useQuery(whoami);
  // Not asked for by whoever would only be refused.
  const found = useQuery({ ...tokens, enabled: !isUnknown && why === undefined });
  return (
    <section className="card scroll-x">
      <h2>{t.settings.tokens}</h2>
      {why ? (
        <Locked why={why} />
      ) : found.isPending ? (
        <Skeleton rows={3} />
      ) : !found.data ? (
        <Failed what={t.settings.tokens} error={found.error} retry={() => void found.refetch()} />
      ) : found.data.length === 0 ? (
        <p className="muted">{t.settings.noTokens}</p>
      ) : (
        <table className="plain">
          <thead>
            <tr>
              {t.settings.tokenColumns.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {found.data.map((one) => (
              <tr key={one.name}>
                <th scope="row" className="mono">
                  {one.name}
                </th>
                <td className="chips">
                  {one.grants.map((grant) => (
                    <Pill key={grant}>{grant}</Pill>
                  ))}
                </td>
                <td title={dateTime(one.createdAt)}>{t.settings.made(ago(one.createdAt), one.createdBy)}</td>
                <td>{one.usedAt ? ago(one.usedAt) : t.settings.never}</td>
                <td>
                  {one.expiresAt ? <span title={dateTime(one.expiresAt)}>{ago(one.expiresAt)}</span> : t.settings.never}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Appearance() {
  const theme = useTheme();
  const [letters, turnLetters] = useState(lettersAreOn());
  const [density, turnDensity] = useState(kept("tidegate.density") ?? "usual");
  return (
    <section className="card form">
      <h2>{t.settings.appearance}</h2>
      <Choice
        label={t.theme.label}
        value={theme}
        onChange={(value) => setTheme(value as Theme)}
        options={(["system", "light", "dark"] as const).map((id) => ({ id, label: t.theme[id] }))}
      />
      <div className="field">
        <span>{t.settings.density}</span>
        <Segments
          label={t.settings.density}
          value={density}
          onChange={(value) => {
            turnDensity(value);
            keep("tidegate.density", value === "usual" ? undefined : value);
            if (value === "usual") delete document.documentElement.dataset.density;
            else document.documentElement.dataset.density = value;
          }}
          options={[
            { id: "usual", label: t.settings.usual },
            { id: "compact", label: t.settings.compact },
          ]}
        />
      </div>
      <Switch
        label={t.help.letters}
        hint={t.help.lettersHint}
        isOn={letters}
        onChange={(on) => {
          turnLetters(on);
          setLetters(on);
        }}
      />
    </section>
  );
}

function About() {
  const version = useQuery(serverVersion);
  const state = useQuery(health);
  const names = useQuery(contexts);
  return (
    <section className="card">
      <h2>{t.settings.about}</h2>
      <dl className="pairs">
        <div>
          <dt>{t.settings.build}</dt>
          <dd className="mono">{version.data?.commitId ?? "…"}</dd>
        </div>
        <div>
          <dt>{t.settings.speaks}</dt>
          <dd className="mono">{version.data?.version ?? "…"}</dd>
        </div>
        {Object.entries(state.data ?? {})
          .filter(([name]) => name !== "status")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <Pill tone={value === "up" ? "ok" : "bad"}>{value}</Pill>
              </dd>
            </div>
          ))}
        <div>
          <dt>{t.settings.contexts}</dt>
          <dd className="mono">{names.data?.join(", ") ?? "…"}</dd>
        </div>
        <div>
          <dt>{t.settings.licences}</dt>
          <dd>
            <a href="/ui/third-party.txt">{t.settings.thirdParty}</a>
          </dd>
        </div>
      </dl>
    </section>
  );
}
