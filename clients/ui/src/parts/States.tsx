// What is shown while something loads, fails, is not allowed, or is not there?
import { Anchor, CloudOff, Lock, RotateCw } from "lucide-react";
import { type ReactNode, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { t } from "../strings";
import { Button } from "./Controls";

export function Empty({ title, children, icon }: { title: string; children?: ReactNode; icon?: ReactNode }) {
  return (
    <div className="state">
      {icon ?? <Anchor size={28} aria-hidden />}
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** What failed, in the server's words; with the request's id, by which its log tells more. */
export function Failed({ error, retry, what }: { error: unknown; retry?: () => void; what: string }) {
  if (error instanceof ApiError && (error.status === 403 || error.status === 401)) {
    return (
      <div className="state" role="alert">
        <Lock size={28} aria-hidden />
        <h2>{error.status === 401 ? t.state.signIn : t.state.forbidden(what)}</h2>
        <p className="muted">{error.status === 401 ? t.state.signInHow : t.state.forbiddenHow}</p>
        <p className="fine mono">{error.message}</p>
      </div>
    );
  }
  const isGone = error instanceof ApiError && error.status === 0;
  return (
    <div className="state" role="alert">
      <CloudOff size={28} aria-hidden />
      <h2>{isGone ? t.state.unreachable : t.state.failed(what)}</h2>
      <p className="muted">
        {isGone ? t.state.unreachableHow : error instanceof Error ? error.message : String(error)}
      </p>
      {error instanceof ApiError && error.requestId && (
        <p className="fine mono">{t.state.request(error.code, error.requestId)}</p>
      )}
      {retry && (
        <Button onPress={retry}>
          <RotateCw size={15} aria-hidden />
          {t.action.retry}
        </Button>
      )}
    </div>
  );
}

/** What may be looked at, but not changed: why not. */
export function Locked({ why }: { why: string | undefined }) {
  if (!why) return null;
  return (
    <p className="locked">
      <Lock size={15} aria-hidden />
      {why}
    </p>
  );
}

/** What was known before stays on screen, with a word that it may be old. */
export function Stale({ error, since }: { error: unknown; since: number }) {
  if (!error) return null;
  return (
    <p className="stale" role="status">
      <CloudOff size={15} aria-hidden />
      {t.state.stale(since)}
    </p>
  );
}

/** Bars where the rows will be, from 150 ms on: what is quicker needs none. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 150);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="skeleton" role="status" aria-label={t.state.loading} data-late={isLate}>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} style={{ inlineSize: `${92 - ((index * 17) % 38)}%` }} />
      ))}
    </div>
  );
}
