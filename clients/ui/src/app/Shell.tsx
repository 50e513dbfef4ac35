// What is around every screen? Where one can go, what one can look for, and which keys do it.
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import {
  Activity,
  FlaskConical,
  House,
  Keyboard,
  Layers,
  type LucideIcon,
  Menu,
  Moon,
  Network,
  Search,
  Settings,
  ShieldAlert,
  Sun,
  UserRound,
  Waypoints,
} from "lucide-react";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { health } from "../api/queries";
import { IconButton } from "../parts/Controls";
import { t } from "../strings";
import { useKeys } from "./keys";
import { useMyName } from "./rights";
import { setTheme, useIsDark } from "./theme";

const Palette = lazy(() => import("./Palette"));
const Help = lazy(() => import("./Help"));
const More = lazy(() => import("./More"));
const Me = lazy(() => import("./Me"));
const Unspoken = lazy(() => import("./Unspoken"));

type Item = { to: string; label: string; icon: LucideIcon };
const GROUPS: { title?: string; items: Item[] }[] = [
  {
    items: [
      { to: "/", label: t.nav.home, icon: House },
      { to: "/subjects", label: t.nav.subjects, icon: Layers },
      { to: "/lineage", label: t.nav.lineage, icon: Network },
    ],
  },
  {
    title: t.nav.runtime,
    items: [
      { to: "/validation", label: t.nav.validation, icon: Activity },
      { to: "/violations", label: t.nav.violations, icon: ShieldAlert },
      { to: "/proxy", label: t.nav.proxy, icon: Waypoints },
    ],
  },
  {
    title: t.nav.govern,
    items: [{ to: "/rules", label: t.nav.rules, icon: FlaskConical }],
  },
  { title: " ", items: [{ to: "/settings", label: t.nav.settings, icon: Settings }] },
];
/** What a phone has at its bottom edge; the rest is behind the last button. */
const THUMB = ["/", "/subjects", "/violations", "/lineage"];

export function Shell() {
  const navigate = useNavigate();
  const isDark = useIsDark();
  const [open, setOpen] = useState<"palette" | "help" | "more" | "me" | undefined>();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => setOpen(undefined), [path]);

  const keys = useMemo(
    () => ({
      "mod+k": () => setOpen("palette"),
      "/": () => {
        const own = document.getElementById("page-search");
        if (own) own.focus();
        else setOpen("palette");
      },
      "?": () => setOpen("help"),
      "g h": () => void navigate({ to: "/" }),
      "g s": () => void navigate({ to: "/subjects" }),
      "g l": () => void navigate({ to: "/lineage" }),
      "g i": () => void navigate({ to: "/impact" }),
      "g d": () => void navigate({ to: "/validation" }),
      "g v": () => void navigate({ to: "/violations" }),
      "g p": () => void navigate({ to: "/proxy" }),
      "g r": () => void navigate({ to: "/rules" }),
    }),
    [navigate],
  );
  useKeys(keys);

  const themeLabel = isDark ? t.theme.toLight : t.theme.toDark;
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t.nav.skip}
      </a>
      <nav className="side" aria-label={t.nav.label}>
        <Link to="/" className="brand" aria-label={t.product}>
          <Mark />
          <span>{t.product}</span>
        </Link>
        <button type="button" className="find" onClick={() => setOpen("palette")}>
          <Search size={15} aria-hidden />
          <span>{t.palette.short}</span>
          <kbd aria-hidden>Ctrl K</kbd>
        </button>
        {GROUPS.map((group) => (
          <div key={group.title ?? "first"} className="nav-group">
            {group.title?.trim() && <p className="nav-title">{group.title}</p>}
            <ul>
              {group.items.map((item) => (
                <li key={item.to}>
                  <NavLink item={item} />
                </li>
              ))}
            </ul>
          </div>
        ))}
        <Who show={() => setOpen("me")} />
        <div className="side-foot">
          <Health />
          <IconButton label={t.help.title} onPress={() => setOpen("help")}>
            <Keyboard size={16} aria-hidden />
          </IconButton>
          <IconButton label={themeLabel} onPress={() => setTheme(isDark ? "light" : "dark")}>
            {isDark ? <Sun size={16} aria-hidden /> : <Moon size={16} aria-hidden />}
          </IconButton>
        </div>
      </nav>
      <header className="top">
        <Link to="/" className="brand" aria-label={t.product}>
          <Mark />
          <span>{t.product}</span>
        </Link>
        <Who show={() => setOpen("me")} />
        <IconButton label={t.palette.open} onPress={() => setOpen("palette")}>
          <Search size={18} aria-hidden />
        </IconButton>
        <IconButton label={themeLabel} onPress={() => setTheme(isDark ? "light" : "dark")}>
          {isDark ? <Sun size={18} aria-hidden /> : <Moon size={18} aria-hidden />}
        </IconButton>
      </header>
      <main id="main" tabIndex={-1}>
        <Outlet />
      </main>
      <nav className="thumb" aria-label={t.nav.thumb}>
        {GROUPS.flatMap((group) => group.items)
          .filter((item) => THUMB.includes(item.to))
          .map((item) => (
            <NavLink key={item.to} item={item} />
          ))}
        <button type="button" onClick={() => setOpen("more")}>
          <Menu size={18} aria-hidden />
          <span>{t.nav.more}</span>
        </button>
      </nav>
      <Suspense>
        {open === "palette" && <Palette close={() => setOpen(undefined)} showHelp={() => setOpen("help")} />}
        {open === "help" && <Help close={() => setOpen(undefined)} />}
        {open === "me" && <Me close={() => setOpen(undefined)} />}
        {open === "more" && (
          <More close={() => setOpen(undefined)}>
            {GROUPS.flatMap((group) => group.items)
              .filter((item) => !THUMB.includes(item.to))
              .map((item) => (
                <li key={item.to}>
                  <NavLink item={item} />
                </li>
              ))}
          </More>
        )}
      </Suspense>
    </div>
  );
}

function NavLink({ item: { to, label, icon: Icon } }: { item: Item }) {
  return (
    <Link
      to={to}
      className="nav"
      activeOptions={{ exact: to === "/", includeSearch: false }}
      activeProps={{ "aria-current": "page" }}
      title={label}
    >
      <Icon size={17} aria-hidden />
      <span>{label}</span>
      {to === "/violations" && (
        <Suspense>
          <Unspoken />
        </Suspense>
      )}
    </Link>
  );
}

/** By which name the server knows whoever looks. A press tells what they may do. */
function Who({ show }: { show: () => void }) {
  const name = useMyName();
  return name === undefined ? null : (
    <button type="button" className="me" aria-label={t.rights.open(name)} onClick={show}>
      <UserRound size={16} aria-hidden />
      <span>{name}</span>
    </button>
  );
}

/** Whether the server can do its work, in one dot and one word. */
function Health() {
  const { data, isError } = useQuery(health);
  const parts = Object.entries(data ?? {}).filter(([name]) => name !== "status");
  const state = isError ? "down" : data === undefined ? "unknown" : data.status;
  const words = isError
    ? t.health.unreachable
    : state === "up"
      ? t.health.up
      : state === "unknown"
        ? t.health.unknown
        : t.health.down;
  return (
    <p
      className="health"
      data-state={state}
      role="status"
      title={parts.map(([name, value]) => `${name}: ${value}`).join(", ")}
    >
      <span aria-hidden />
      {words}
    </p>
  );
}

function Mark() {
  return (
    <svg
      className="mark"
      width="22"
      height="22"
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      aria-hidden
    >
      <path d="M2 7c2.500 0 2.500 2 5 2s2.500-2 5-2 2.500 2 5 2 2.500-2 5-2" />
      <path d="M2 12.500c2.500 0 2.500 2 5 2s2.500-2 5-2 2.500 2 5 2 2.500-2 5-2" />
      <path d="M2 18c2.500 0 2.500 2 5 2s2.500-2 5-2 2.500 2 5 2 2.500-2 5-2" />
    </svg>
  );
}
