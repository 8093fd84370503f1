import type { ApiKey } from "@altalune/sdk/messages";
import { Link } from "react-router";
import { texts } from "../texts.ts";
import { ownerPath } from "./owner-path.ts";

/** Whose a key is. */
export function OwnerLink({ apiKey: { projectId, ownerId } }: { readonly apiKey: ApiKey }) {
  return ownerId === "" ? (
    <span className="dimmed">{texts.keys.nobody}</span>
  ) : (
    <Link to={ownerPath(projectId, ownerId)}>{ownerId}</Link>
  );
}
