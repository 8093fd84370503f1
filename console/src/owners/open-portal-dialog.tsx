import { PortalPermission, PortalService } from "@altalune/sdk/messages";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { Checkbox, Stack } from "@mantine/core";
import { useState } from "react";
import { useClient } from "../api/api.tsx";
import { useSending } from "../api/use-sending.ts";
import { DialogForm } from "../form/dialog-form.tsx";
import { LifetimeField } from "../form/lifetime-field.tsx";
import { type LifetimeFields, lifetimeGiven, readsAsLifetime } from "../form/lifetime-fields.ts";
import { ShownOnce } from "../keys/shown-once.tsx";
import { momentText } from "../parts/time-text.ts";
import { texts } from "../texts.ts";

interface OpenPortalDialogProps {
  readonly projectId: string;
  readonly ownerId: string;
  readonly onClose: () => void;
}

interface Made {
  /** A secret. */
  readonly url: string;
  /** When the session ends, for people. */
  readonly until: string;
}

const { openPortal: words, link, permissions: names } = texts.owners;
const permissions = ["READ", "CREATE", "ROTATE", "REVOKE", "USAGE"] as const;

/** Makes a link by which an owner comes into the portal, and shows it this once. */
export function OpenPortalDialog({ projectId, ownerId, onClose }: OpenPortalDialogProps) {
  const portal = useClient(PortalService);
  const { isBusy, failure, send, refuse } = useSending();
  const [granted, setGranted] = useState<string[]>([...permissions]);
  const [ttl, setTtl] = useState<LifetimeFields>({ count: "1", unit: "hours" });
  // Here alone, and gone with this dialog: nothing that is kept has the link.
  const [made, setMade] = useState<Made>();

  const submit = () => {
    if (!readsAsLifetime(ttl)) {
      refuse();
      return;
    }
    void send(async () => {
      const { url, expiresAt } = await portal.createPortalSession({
        projectId,
        ownerId,
        permissions: permissions.filter((one) => granted.includes(one)).map((one) => PortalPermission[one]),
        ...lifetimeGiven("ttl", ttl),
      });
      setMade({ url, until: expiresAt === undefined ? "" : momentText(timestampMs(expiresAt)) });
    });
  };
  return made === undefined ? (
    <DialogForm
      title={words.title}
      submit={words.submit}
      isBusy={isBusy}
      failure={failure}
      intro={<p>{words.text}</p>}
      onSubmit={submit}
      onClose={onClose}
      makesSecret
    >
      <Checkbox.Group label={words.may} value={granted} onChange={setGranted} error={failure?.fields["permissions"]}>
        <Stack gap="xs" mt="xs">
          {permissions.map((one) => (
            <Checkbox key={one} value={one} label={names[one]} />
          ))}
        </Stack>
      </Checkbox.Group>
      <LifetimeField
        label={words.lasts}
        hint={words.lastsHint}
        value={ttl}
        onChange={setTtl}
        error={failure?.fields["ttl"]}
      />
    </DialogForm>
  ) : (
    <ShownOnce value={made.url} words={{ ...link, text: link.text(made.until) }} rows={4} onStored={onClose} />
  );
}
