// Which keys are there? Shown by `?`, with the switch that turns single letters off.
import { useState } from "react";
import { Dialog } from "../parts/Dialog";
import { Switch } from "../parts/Fields";
import { t } from "../strings";
import { lettersAreOn, setLetters } from "./keys";

export default function Help({ close }: { close: () => void }) {
  const [isOn, setOn] = useState(lettersAreOn());
  return (
    <Dialog title={t.help.title} isOpen onClose={close}>
      <dl className="keys">
        {t.help.keys.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(" ").map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <Switch
        label={t.help.letters}
        hint={t.help.lettersHint}
        isOn={isOn}
        onChange={(on) => {
          setOn(on);
          setLetters(on);
        }}
      />
    </Dialog>
  );
}
