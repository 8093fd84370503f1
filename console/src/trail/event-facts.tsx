import type { AuditEvent } from "@altalune/sdk/messages";
import { base64Encode } from "@bufbuild/protobuf/wire";
import { Code } from "@mantine/core";
import { Link } from "react-router";
import { Moment } from "../listing/moment.tsx";
import { Fact } from "../parts/facts.tsx";
import { JsonText } from "../parts/json-text.tsx";
import { texts } from "../texts.ts";
import { type EventFilter, trailPath } from "./event-query.ts";

const { event: words, columns } = texts.trail;

/** All that is known of an event. Who did it, to what and by which request lead to the other events of these. */
export function EventFacts({ event }: { readonly event: AuditEvent }) {
  const others = (filter: EventFilter, value: string) =>
    value === "" ? words.nothing : <Link to={trailPath(event.projectId, { [filter]: value })}>{value}</Link>;
  return (
    <>
      <Fact name={columns.occurred}>
        <Moment at={event.occurredAt} isExact />
      </Fact>
      <Fact name={columns.actor}>{others("actor", event.actor)}</Fact>
      <Fact name={columns.resource}>{others("resource", event.resourceId)}</Fact>
      <Fact name={words.request}>{others("request", event.requestId)}</Fact>
      <Fact name={words.address}>{event.sourceIp || words.nothing}</Fact>
      <Fact name={words.hash}>
        <Code>{base64Encode(event.hash)}</Code>
      </Fact>
      <Fact name={words.detail}>
        <JsonText value={event.detail ?? {}} />
      </Fact>
    </>
  );
}
