import { ApiKeyService, SortOrder } from "@altalune/sdk/messages";
import { useQuery } from "@connectrpc/connect-query";
import { Button, Group, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link, useNavigate } from "react-router";
import { Answer } from "../listing/answer.tsx";
import { useHeldBack } from "../listing/use-held-back.ts";
import { Empty } from "../parts/empty.tsx";
import { texts } from "../texts.ts";
import { ownerPath } from "./owner-path.ts";
import classes from "./owners.module.css";

const { owners: words } = texts;
/** Among how many of the newest keys owners are looked for. */
const pageSize = 100;
const newest = { pagination: { pageSize }, sorting: { field: "created_at", order: SortOrder.DESC } };

/** Leads to an owner: by the id, or to one of those of the newest keys. */
export function OwnerChoice({ projectId }: { readonly projectId: string }) {
  const keys = useQuery(ApiKeyService.method.queryApiKeys, { projectId, query: newest });
  return (
    <>
      <OwnerField projectId={projectId} />
      <Answer to={keys}>
        {({ data, meta }) => {
          const isPart = Boolean(meta?.nextPageToken);
          const ownerIds = [...new Set(data.map(({ ownerId }) => ownerId))].filter((ownerId) => ownerId !== "");
          return ownerIds.length === 0 ? (
            <Empty {...(isPart ? words.noneOf(pageSize) : words.empty)} />
          ) : (
            <section className={classes["section"]}>
              <h2>{isPart ? words.newestOf(pageSize) : words.all}</h2>
              <ul className={classes["owners"]}>
                {ownerIds.map((ownerId) => (
                  <li key={ownerId}>
                    <Link to={ownerPath(projectId, ownerId)}>{ownerId}</Link>
                  </li>
                ))}
              </ul>
            </section>
          );
        }}
      </Answer>
    </>
  );
}

function OwnerField({ projectId }: { readonly projectId: string }) {
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [wasSent, setWasSent] = useState(false);
  const isHeldBack = useHeldBack(typed, true);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setWasSent(true);
    if (typed !== "" && !isHeldBack) {
      void navigate(ownerPath(projectId, typed));
    }
  };
  return (
    <form onSubmit={submit} noValidate>
      <Group align="end" gap="xs">
        <TextInput
          label={words.field}
          description={words.hint}
          maxLength={128}
          autoCapitalize="none"
          spellCheck={false}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={isHeldBack ? texts.listing.likeValue : wasSent && typed === "" && words.missing}
        />
        <Button type="submit">{words.show}</Button>
      </Group>
    </form>
  );
}
