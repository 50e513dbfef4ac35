// What holds for the whole registry, who may come in, who is who, and how does this UI look?
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, body } from "../../api/client";
import { contexts, globalConfig, globalMode, health, type Level, serverVersion } from "../../api/queries";
import { lettersAreOn, setLetters } from "../../app/keys";
import { useLack } from "../../app/rights";
import { keep, kept, setTheme, type Theme, useTheme } from "../../app/theme";
import { Segments } from "../../parts/Controls";
import { Choice, Switch } from "../../parts/Fields";
import { Page } from "../../parts/Page";
import { Pairs } from "../../parts/Pairs";
import { Pill } from "../../parts/Pill";
import { Failed, Skeleton } from "../../parts/States";
import { t } from "../../strings";
import { settings } from "../../strings-settings";
import { LEVELS, MODES, Setting } from "../subject/Settings";
import { Applications } from "./Applications";
import { Tokens } from "./Tokens";

export function Settings() {
  const level = useQuery(globalConfig);
  const mode = useQuery(globalMode);
  const why = useLack("admin", "everything");
  return (
    <Page
      title={t.nav.settings}
      answer={
        level.data && mode.data ? settings.answer(level.data.compatibilityLevel ?? "", mode.data.mode ?? "") : " "
      }
    >
      <div className="stack">
        <div className="columns">
          {level.isPending ? (
            <Skeleton />
          ) : level.data ? (
            <Setting
              key={level.data.compatibilityLevel}
              title={settings.globalLevel}
              now={settings.globalLevelHow}
              value={level.data.compatibilityLevel ?? "BACKWARD"}
              options={LEVELS.map((id) => ({ id: id as string, label: id, hint: t.level.means[id] }))}
              why={why}
              save={(value) => body(api.PUT("/config", { body: { compatibility: value as Level } }))}
            />
          ) : (
            <Failed what={settings.globalLevel} error={level.error} retry={() => void level.refetch()} />
          )}
          {mode.isPending ? (
            <Skeleton />
          ) : mode.data ? (
            <Setting
              key={mode.data.mode}
              title={settings.globalMode}
              now={settings.globalModeHow}
              value={mode.data.mode ?? "READWRITE"}
              options={MODES.map((id) => ({ id: id as string, label: id, hint: t.mode.means[id] }))}
              why={why}
              save={(value) => body(api.PUT("/mode", { body: { mode: value as "READWRITE" } }))}
            />
          ) : (
            <Failed what={settings.globalMode} error={mode.error} retry={() => void mode.refetch()} />
          )}
        </div>
        <Tokens />
        <Applications />
        <div className="columns">
          <Appearance />
          <About />
        </div>
      </div>
    </Page>
  );
}

function Appearance() {
  const theme = useTheme();
  const [letters, turnLetters] = useState(lettersAreOn());
  const [density, turnDensity] = useState(kept("tidegate.density") ?? "usual");
  return (
    <section className="card form">
      <h2>{settings.appearance}</h2>
      <Choice
        label={t.theme.label}
        value={theme}
        onChange={(value) => setTheme(value as Theme)}
        options={(["system", "light", "dark"] as const).map((id) => ({ id, label: t.theme[id] }))}
      />
      <div className="field">
        <span>{settings.density}</span>
        <Segments
          label={settings.density}
          value={density}
          onChange={(value) => {
            turnDensity(value);
            keep("tidegate.density", value === "usual" ? undefined : value);
            if (value === "usual") delete document.documentElement.dataset.density;
            else document.documentElement.dataset.density = value;
          }}
          options={[
            { id: "usual", label: settings.usual },
            { id: "compact", label: settings.compact },
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
      <h2>{settings.about}</h2>
      <Pairs
        of={[
          [settings.build, <code key="build">{version.data?.commitId ?? "…"}</code>],
          [settings.speaks, <code key="speaks">{version.data?.version ?? "…"}</code>],
          ...Object.entries(state.data ?? {})
            .filter(([name]) => name !== "status")
            .map(
              ([name, value]) =>
                [
                  name,
                  <Pill key={name} tone={value === "up" ? "ok" : "bad"}>
                    {value}
                  </Pill>,
                ] as const,
            ),
          [settings.contexts, <code key="contexts">{names.data?.join(", ") ?? "…"}</code>],
          [
            settings.licences,
            <a key="licences" href="/ui/third-party.txt">
              {settings.thirdParty}
            </a>,
          ],
        ]}
      />
    </section>
  );
}
