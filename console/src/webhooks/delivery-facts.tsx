import type { Delivery } from "@altalune/sdk/messages";
import { Code } from "@mantine/core";
import { Link } from "react-router";
import { Moment } from "../listing/moment.tsx";
import { Fact } from "../parts/facts.tsx";
import { JsonText } from "../parts/json-text.tsx";
import { texts } from "../texts.ts";
import { answerText } from "./delivery-status.tsx";

interface DeliveryFactsProps {
  readonly projectId: string;
  readonly delivery: Delivery;
}

const { delivery: words, deliveries } = texts.webhooks;

/** All that is known of a delivery. What it is about leads there, where that is a key. */
export function DeliveryFacts({ projectId, delivery }: DeliveryFactsProps) {
  const { eventType, resourceId, lastError } = delivery;
  return (
    <>
      <Fact name={words.id}>
        <Code>{delivery.eventId}</Code>
      </Fact>
      <Fact name={words.resource}>
        {eventType.startsWith("api_key.") ? (
          <Link to={`/projects/${projectId}/keys/${resourceId}`}>{resourceId}</Link>
        ) : (
          resourceId
        )}
      </Fact>
      <Fact name={words.sequence}>{`${delivery.sequence}`}</Fact>
      <Fact name={words.attempts}>{delivery.attempts}</Fact>
      <Fact name={words.lastAttempt}>
        <Moment at={delivery.lastAttemptAt} isExact />
      </Fact>
      <Fact name={deliveries.columns.answer}>{answerText(delivery)}</Fact>
      {lastError !== "" && <Fact name={words.error}>{lastError}</Fact>}
      <Fact name={words.payload}>
        <JsonText value={parsed(delivery.payload)} />
      </Fact>
    </>
  );
}

/** What is no JSON is shown as it is. */
function parsed(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}
