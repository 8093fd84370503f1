import type { KeyUsage } from "@altalune/sdk/messages";
import { Link } from "react-router";
import { countText } from "../parts/count-text.ts";
import { type Column, Table } from "../parts/table.tsx";
import { texts } from "../texts.ts";
import { acceptedIn, refusedIn } from "./counts.ts";

const { topKeys: words, columns: names } = texts.usage;

interface TopKeysProps {
  readonly projectId: string;
  /** The one that was used most is the first. */
  readonly keys: readonly KeyUsage[];
}

interface Place {
  readonly place: number;
  readonly key: KeyUsage;
}

/** Which keys were used most. */
export function TopKeys({ projectId, keys }: TopKeysProps) {
  const columns: readonly Column<Place>[] = [
    {
      name: words.column,
      cell: ({ key: { apiKeyId, name } }) =>
        apiKeyId === "" ? (
          <span className="dimmed">{words.deleted}</span>
        ) : (
          <Link to={`/projects/${projectId}/keys/${apiKeyId}`}>{name}</Link>
        ),
    },
    { name: names.accepted, cell: ({ key }) => countText(acceptedIn(key.counts)) },
    { name: names.refused, cell: ({ key }) => countText(refusedIn(key.counts)) },
  ];
  const places = keys.map((key, place) => ({ place, key }));
  return <Table name={words.title} columns={columns} rows={places} keyOf={({ place }) => `${place}`} />;
}
