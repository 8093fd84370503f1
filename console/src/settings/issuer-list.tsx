import { Button, Stack } from "@mantine/core";
import { useRef, useState } from "react";
import { texts } from "../texts.ts";
import { type IssuerFields, newIssuer } from "./issuer-fields.ts";
import { IssuerGroup } from "./issuer-group.tsx";
import classes from "./settings.module.css";

/** What fields must be, by their names below `owner_access`. */
export type Faults = Readonly<Record<string, string>>;

interface IssuerListProps {
  readonly issuers: readonly IssuerFields[];
  readonly onChange: (issuers: readonly IssuerFields[]) => void;
  readonly faults: Faults;
  readonly wasSent: boolean;
}

const { issuers: words } = texts.settings;
const list = "trusted_issuers";

/** Whose tokens say who an owner is. */
export function IssuerList({ issuers, onChange, faults, wasSent }: IssuerListProps) {
  const add = useRef<HTMLButtonElement>(null);
  const [addedId, setAddedId] = useState<string>();

  const append = () => {
    const issuer = newIssuer();
    setAddedId(issuer.id);
    onChange([...issuers, issuer]);
  };
  const remove = (id: string) => {
    onChange(issuers.filter((issuer) => issuer.id !== id));
    add.current?.focus();
  };
  return (
    <fieldset className={classes["group"]}>
      <legend className={classes["legend"]}>{words.title}</legend>
      <Stack gap="md">
        <p className="dimmed">{words.text}</p>
        {faultsOfAll(faults, issuers.length).map((fault) => (
          <p key={fault} className={classes["fault"]}>
            {fault}
          </p>
        ))}
        {issuers.map((issuer, index) => (
          <IssuerGroup
            key={issuer.id}
            number={index + 1}
            fields={issuer}
            onChange={(changes) =>
              onChange(issuers.map((one) => (one.id === issuer.id ? { ...one, ...changes } : one)))
            }
            onRemove={() => remove(issuer.id)}
            faults={faultsOfOne(faults, index, issuers.length)}
            wasSent={wasSent}
            isNew={issuer.id === addedId}
          />
        ))}
        <div>
          <Button ref={add} variant="default" onClick={append}>
            {words.add}
          </Button>
        </div>
      </Stack>
    </fieldset>
  );
}

/** Some rules do not say which issuer they are about: of one alone it is known. */
function faultsOfOne(faults: Faults, index: number, count: number): Faults {
  const prefixes = [...(count === 1 ? [`${list}.`] : []), `${list}[${index}].`];
  const told = prefixes.flatMap((prefix) =>
    Object.entries(faults)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, rule]) => [name.slice(prefix.length).replace(/\[.*$/, ""), rule]),
  );
  // Of an issuer itself the contract says that its keys must be somewhere.
  const hasNoKeys = Object.hasOwn(faults, `${list}[${index}]`);
  return { ...(hasNoKeys && { jwks_uri: words.jwksUriMissing }), ...Object.fromEntries(told) };
}

function faultsOfAll(faults: Faults, count: number): readonly string[] {
  const names = Object.keys(faults).filter((name) => name.startsWith(list));
  const ofNone = names.filter((name) => name === list || (count > 1 && name.startsWith(`${list}.`)));
  const isToldBelow = names.some((name) => name.startsWith(`${list}[`));
  return isToldBelow ? [] : [...new Set(ofNone.map((name) => faults[name] ?? ""))];
}
