// What does every page begin with? Its title, and the answer to its question in one sentence.
import { useRouterState } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import { t } from "../strings";

type Props = {
  title: string;
  /** What stands in the title; the same text unless it is a name. */
  heading?: ReactNode;
  answer?: ReactNode;
  beside?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
};

let isFirst = true;

export function Page({ title, heading, answer, beside, actions, children }: Props) {
  const ref = useRef<HTMLHeadingElement>(null);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => {
    document.title = `${title} · ${t.product}`;
  }, [title]);
  // Whoever reads by ear is taken to the heading of the new page; not on the first one, where the browser begins anyway.
  useEffect(() => {
    if (isFirst) isFirst = false;
    else ref.current?.focus({ preventScroll: true });
  }, [path]);
  return (
    <div className="page">
      <header className="page-head">
        <div className="page-title">
          <h1 ref={ref} tabIndex={-1}>
            {heading ?? title}
          </h1>
          {beside}
          {actions && <div className="actions">{actions}</div>}
        </div>
        {answer !== undefined && <p className="answer">{answer}</p>}
      </header>
      {children}
    </div>
  );
}
