// What does one do with an empty registry? Three steps, each one command.
import { Link } from "@tanstack/react-router";
import { CopyButton } from "../parts/Controls";
import { t } from "../strings";

export function FirstSteps() {
  const here = window.location.origin;
  const steps = [
    { ...t.first.client, command: `schema.registry.url=${here}` },
    {
      ...t.first.register,
      command: `curl -X POST ${here}/subjects/orders-value/versions -H 'Content-Type: application/json' -d '{"schema": "{\\"type\\":\\"record\\",\\"name\\":\\"Order\\",\\"fields\\":[{\\"name\\":\\"id\\",\\"type\\":\\"long\\"}]}"}'`,
    },
    {
      ...t.first.policy,
      command: `curl -X PUT ${here}/govern/v1/policies/orders -H 'Content-Type: application/json' -d '{"topics": "orders.*", "mode": "shadow"}'`,
    },
  ];
  return (
    <ol className="steps">
      {steps.map((step, index) => (
        <li key={step.title} className="card">
          <span className="step" aria-hidden>
            {index + 1}
          </span>
          <div>
            <h2>{step.title}</h2>
            <p className="muted">{step.how}</p>
            <Command text={step.command} />
            {step.title === t.first.register.title && (
              <>
                <p>
                  <Link to="/subjects/new">{t.first.here}</Link>
                </p>
                <p className="muted">{t.first.project}</p>
                <Command text={`export TIDEGATE_URL=${here} && tidegate init && tidegate register`} />
              </>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}

const Command = ({ text }: { text: string }) => (
  <div className="command">
    <code tabIndex={0}>{text}</code>
    <CopyButton text={text} label={t.action.copy} />
  </div>
);
