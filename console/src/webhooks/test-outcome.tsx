import { type Delivery, SortOrder, type Webhook, WebhookService } from "@altalune/sdk/messages";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { useQuery } from "@connectrpc/connect-query";
import { Missing } from "../listing/missing.tsx";
import { Notice } from "../parts/notice.tsx";
import { exactText } from "../parts/time-text.ts";
import { texts } from "../texts.ts";
import { isUnderWay } from "./delivery-query.ts";
import { answerText } from "./delivery-status.tsx";
import { testEventType } from "./event-types.ts";

/** How often it is asked, in milliseconds, until something has come of it. */
const everyMs = 1_000;
const pageSize = 10;

const { test: words } = texts.webhooks;

interface TestOutcomeProps {
  readonly webhook: Webhook;
  readonly eventId: string;
}

/** What came of a test event, as soon as it was sent. */
export function TestOutcome({ webhook: { projectId, id: webhookId }, eventId }: TestOutcomeProps) {
  const query = {
    filters: { event_type: { values: [testEventType] } },
    sorting: { field: "created_at", order: SortOrder.DESC },
    pagination: { pageSize },
  };
  const find = (data: readonly Delivery[] = []) => data.find((delivery) => delivery.eventId === eventId);
  const tests = useQuery(
    WebhookService.method.queryDeliveries,
    { projectId, webhookId, query },
    { refetchInterval: ({ state }) => (isOpen(find(state.data?.data)) ? everyMs : false) },
  );
  const delivery = find(tests.data?.data);
  return (
    <>
      <Missing of={tests} />
      {delivery === undefined || isOpen(delivery) ? (
        <Notice tone="idle">{words.underWay}</Notice>
      ) : delivery.lastError === "" ? (
        <Notice tone="good">{words.arrived(answerText(delivery))}</Notice>
      ) : (
        <Notice tone="bad">{refusalText(delivery)}</Notice>
      )}
    </>
  );
}

/** Whether nothing has come of it yet. */
function isOpen(delivery: Delivery | undefined): boolean {
  return delivery === undefined || (delivery.lastAttemptAt === undefined && isUnderWay(delivery));
}

function refusalText({ lastError, nextAttemptAt }: Delivery): string {
  const next = nextAttemptAt === undefined ? words.notAgain : words.again(exactText(timestampMs(nextAttemptAt)));
  return `${words.refused(lastError)} ${next}`;
}
