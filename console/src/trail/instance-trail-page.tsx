import { Navigate } from "react-router";
import { texts } from "../texts.ts";
import { Trail } from "./trail.tsx";
import { useMayReadInstanceTrail } from "./use-may-read-instance-trail.ts";

/** What was done to what belongs to no project. */
export default function InstanceTrailPage() {
  return useMayReadInstanceTrail() ? (
    <Trail projectId="" title={texts.trail.instanceTitle} />
  ) : (
    <Navigate to="/projects" replace />
  );
}
