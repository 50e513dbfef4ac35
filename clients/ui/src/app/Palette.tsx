// How does one get anywhere by typing? Subjects, ids, topics of lineage, and every screen.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { ArrowRight, Hash, Layers, Network, Radius, Search } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import * as Aria from "react-aria-components";
import { top } from "../api/search";
import { split } from "../api/subject-name";
import { askable } from "../model/search";
import { useSettled } from "../parts/useSettled";
import { t } from "../strings";

type Entry = { id: string; label: string; hint: string; icon: ReactNode; go: () => void };
const MOST = 8;
/** Of so many of the subjects found, their reach is offered, too. */
const REACHED = 2;
/** The server is asked when somebody has not typed for so long. */
const PAUSE = 120;

export default function Palette({ close, showHelp }: { close: () => void; showHelp: () => void }) {
  const [words, setWords] = useState("");
  const navigate = useNavigate();
  const typed = words.trim();
  const asked = askable(useSettled(typed, PAUSE));
  const answer = useQuery({ ...top({ q: asked }, MOST), enabled: asked !== "" });
  // What is found late comes first: the list begins anew with it, or Enter would lead to what stood there before.
  const answered = useRef("");
  if (answer.data && !answer.isPlaceholderData) answered.current = asked;
  const found = (asked && answer.data?.subjects) || [];
  const total = answer.data?.total ?? 0;
  const screen = (label: string, to: string): Entry => ({
    id: `screen ${to}`,
    label,
    hint: t.palette.screen,
    icon: <ArrowRight size={16} aria-hidden />,
    go: () => void navigate({ to }),
  });
  const screens = [
    screen(t.nav.home, "/"),
    screen(t.nav.subjects, "/subjects"),
    screen(t.editor.newTitle, "/subjects/new"),
    screen(t.nav.validation, "/validation"),
    screen(t.nav.violations, "/violations"),
    screen(t.nav.lineage, "/lineage"),
    screen(t.nav.impact, "/impact"),
    screen(t.nav.proxy, "/proxy"),
    screen(t.nav.rules, "/rules"),
    screen(t.checks.title, "/rules/compatibility"),
    screen(t.nav.settings, "/settings"),
    { id: "help", label: t.help.title, hint: "?", icon: <ArrowRight size={16} aria-hidden />, go: showHelp },
  ].filter((entry) => entry.label.toLowerCase().includes(typed.toLowerCase()));
  const id = /^(?:id:)?(\d{1,9})$/.exec(typed)?.[1];
  const entries: Entry[] = [
    ...(id
      ? [
          {
            id: "id",
            label: t.palette.id(id),
            hint: t.palette.schema,
            icon: <Hash size={16} aria-hidden />,
            go: () => void navigate({ to: "/ids/$id", params: { id } }),
          },
        ]
      : []),
    ...(typed ? found : []).map((one) => ({
      id: `subject ${one.subject}`,
      label: one.subject,
      hint: one.fields?.join(", ") ?? t.palette.subject,
      icon: <Layers size={16} aria-hidden />,
      go: () => void navigate({ to: "/subjects/$subject/fields", params: { subject: one.subject } }),
    })),
    ...(typed && total > found.length && found.length
      ? [
          {
            id: "all",
            label: t.palette.all(total),
            hint: t.nav.subjects,
            icon: <Layers size={16} aria-hidden />,
            go: () => void navigate({ to: "/subjects", search: { q: asked } }),
          },
        ]
      : []),
    ...screens,
    ...(typed ? found : []).slice(0, REACHED).map((one) => ({
      id: `impact ${one.subject}`,
      label: t.palette.impact(one.subject),
      hint: t.nav.impact,
      icon: <Radius size={16} aria-hidden />,
      go: () => void navigate({ to: "/impact", search: { subject: one.subject } }),
    })),
    ...(typed && !id
      ? [
          {
            id: "lineage",
            label: t.palette.lineage(typed),
            hint: t.nav.lineage,
            icon: <Network size={16} aria-hidden />,
            go: () => void navigate({ to: "/lineage", search: { focus: `topic:${typed}` } }),
          },
        ]
      : []),
  ];
  return (
    <Aria.ModalOverlay className="overlay top-aligned" isOpen onOpenChange={(open) => !open && close()} isDismissable>
      <Aria.Modal className="palette">
        <Aria.Dialog aria-label={t.palette.open}>
          {/* What is found is decided above, so that nothing is filtered here. */}
          <Aria.Autocomplete inputValue={words} onInputChange={setWords}>
            <Aria.SearchField aria-label={t.palette.open} autoFocus className="palette-field">
              <Search size={18} aria-hidden />
              <Aria.Input placeholder={t.palette.placeholder} spellCheck={false} />
            </Aria.SearchField>
            <Aria.ListBox
              key={answered.current}
              autoFocus={typed ? "first" : false}
              aria-label={t.palette.results}
              className="options palette-list"
              items={entries}
              dependencies={[words, answer.data]}
              onAction={(key) => {
                const entry = entries.find((one) => one.id === key);
                close();
                entry?.go();
              }}
              renderEmptyState={() => <p className="muted pad">{t.palette.nothing}</p>}
            >
              {(entry) => (
                <Aria.ListBoxItem id={entry.id} textValue={entry.label} className="option">
                  {entry.icon}
                  {entry.id.startsWith("subject") ? (
                    <SubjectName of={entry.label} />
                  ) : (
                    <span className="grow">{entry.label}</span>
                  )}
                  <small>{entry.hint}</small>
                </Aria.ListBoxItem>
              )}
            </Aria.ListBox>
          </Aria.Autocomplete>
        </Aria.Dialog>
      </Aria.Modal>
    </Aria.ModalOverlay>
  );
}

/** As lists tell it: in which context it is stands before it. */
function SubjectName({ of }: { of: string }) {
  const { context, name } = split(of);
  return (
    <span className="mono grow">
      {context !== "." && <span className="context">{context.slice(1)}</span>}
      {name}
    </span>
  );
}
