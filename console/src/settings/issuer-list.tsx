import { Button, Stack } from "@mantine/core";
import { useRef, useState } from "react";
import { texts } from "../texts.ts";
import { type Faults, faultsOfIssuer, faultsOfIssuers } from "./faults.ts";
import { type IssuerFields, newIssuer } from "./issuer-fields.ts";
import { IssuerGroup } from "./issuer-group.tsx";
import classes from "./settings.module.css";

interface IssuerListProps {
  readonly issuers: readonly IssuerFields[];
  readonly onChange: (issuers: readonly IssuerFields[]) => void;
  readonly faults: Faults;
  readonly wasSent: boolean;
}

const { issuers: words } = texts.settings;

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
        {faultsOfIssuers(faults, issuers.length).map((fault) => (
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
            faults={faultsOfIssuer(faults, index, issuers.length)}
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
