// How does an application use this contract? Code to copy, in a drawer.
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { fetching, LANGUAGES, type Language, snippet, WAYS, type Way } from "../../model/snippets";
import { CopyButton, Segments } from "../../parts/Controls";
import { Dialog } from "../../parts/Dialog";
import { t } from "../../strings";
import { contracts as td } from "../../strings-contracts";

const route = getRouteApi("/subjects/$subject");

export default function UseIt({ subject, type }: { subject: string; type: string }) {
  const { use = "" } = route.useSearch();
  const navigate = useNavigate();
  const set = (chosen: string | undefined) =>
    void navigate({ to: ".", search: (old) => ({ ...old, use: chosen }) as never, replace: true });
  const [first, second] = use.split(".");
  const way: Way = WAYS.find((one) => one === first) ?? "write";
  const language: Language = LANGUAGES.find((one) => one === second) ?? "python";
  const { origin } = window.location;
  const code = snippet({ origin, subject, type, way, language });
  const command = fetching(origin, subject, type);
  return (
    <Dialog title={td.use.title} isOpen onClose={() => set(undefined)} kind="edge">
      <div className="filters">
        <Segments
          label={td.use.way}
          value={way}
          options={WAYS.map((id) => ({ id, label: td.use.ways[id] }))}
          onChange={(chosen) => set(`${chosen}.${language}`)}
        />
        <Segments
          label={td.use.language}
          value={language}
          options={LANGUAGES.map((id) => ({ id, label: td.use.languages[id] }))}
          onChange={(chosen) => set(`${way}.${chosen}`)}
        />
      </div>
      <p className="muted">{td.use.how[way]}</p>
      <Copyable text={code} />
      <p className="muted">{td.use.proxy}</p>
      <h3>{td.use.fetch}</h3>
      <Copyable text={command} />
    </Dialog>
  );
}

function Copyable({ text }: { text: string }) {
  return (
    <div className="command">
      <pre>
        <code tabIndex={0}>{text}</code>
      </pre>
      <CopyButton text={text} label={t.action.copy} />
    </div>
  );
}
