import { Link } from "react-router";
import { Page } from "../parts/page.tsx";
import { texts } from "../texts.ts";

export function NowherePage() {
  return (
    <Page title={texts.shell.nowhere}>
      <Link to="/projects">{texts.shell.toProjects}</Link>
    </Page>
  );
}
