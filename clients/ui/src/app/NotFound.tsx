// What is shown at an address that nothing has?
import { Link } from "@tanstack/react-router";
import { Page } from "../parts/Page";
import { Empty } from "../parts/States";
import { t } from "../strings";

export function NotFound() {
  return (
    <Page title={t.notFound.title}>
      <Empty title={t.notFound.what}>
        <p className="muted">{t.notFound.how}</p>
        <Link to="/" className="button plain">
          {t.nav.home}
        </Link>
      </Empty>
    </Page>
  );
}
