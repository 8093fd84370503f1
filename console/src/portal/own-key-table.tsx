import { type ApiKey, ApiKeyStatus, PortalPermission } from "@altalune/sdk/messages";
import { Button, Code, Group } from "@mantine/core";
import { Status } from "../keys/status.tsx";
import { Moment } from "../listing/moment.tsx";
import { type Column, Table } from "../parts/table.tsx";
import { mayWait } from "../rotation/may-wait.ts";
import { texts } from "../texts.ts";

export type KeyAction = "rename" | "claim" | "rotate" | "revoke";

interface OwnKeyTableProps {
  readonly keys: readonly ApiKey[];
  readonly may: ReadonlySet<PortalPermission>;
  readonly isStale: boolean;
  readonly onAsk: (action: KeyAction, apiKey: ApiKey) => void;
}

const { columns: names } = texts.keys;

const facts: readonly Column<ApiKey>[] = [
  { name: names.name, cell: ({ name }) => name },
  { name: names.prefix, cell: ({ keyPrefix }) => <Code>{keyPrefix}…</Code> },
  { name: names.status, cell: ({ status }) => <Status status={status} /> },
  { name: texts.keys.key.scopes, cell: ({ scopes }) => scopes.join(", ") || texts.keys.key.noScopes },
  { name: names.expires, cell: ({ expiration }) => <Moment at={expiration} isDay /> },
  { name: names.lastUsed, cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} /> },
];

const actions = [
  { action: "rename", name: texts.portal.rename.action, permission: PortalPermission.CREATE },
  { action: "claim", name: texts.portal.claim.action, permission: PortalPermission.ROTATE },
  { action: "rotate", name: texts.keys.rotate.action, permission: PortalPermission.ROTATE },
  { action: "revoke", name: texts.keys.revoke.action, permission: PortalPermission.REVOKE },
] as const;

/** Keys of an owner, each with what may be done with it; one that is revoked stays as it is. */
export function OwnKeyTable({ keys, may, isStale, onAsk }: OwnKeyTableProps) {
  const allowed = actions.filter(({ permission }) => may.has(permission));
  const column: Column<ApiKey> = {
    name: texts.portal.actions,
    cell: (apiKey) =>
      apiKey.status !== ApiKeyStatus.REVOKED && (
        <Group component="span" gap="xs">
          {allowed
            // An owner has no trail that says whether one does.
            .filter(({ action }) => action !== "claim" || mayWait(apiKey))
            .map(({ action, name }) => (
              <Button
                key={action}
                variant="default"
                size="compact-sm"
                className={action === "revoke" ? "danger" : ""}
                aria-label={texts.portal.actionOn(name, apiKey.name)}
                onClick={() => onAsk(action, apiKey)}
              >
                {name}
              </Button>
            ))}
        </Group>
      ),
  };
  const columns = allowed.length === 0 ? facts : [...facts, column];
  return <Table name={texts.keys.title} columns={columns} rows={keys} keyOf={({ id }) => id} isStale={isStale} />;
}
