import { texts } from "../texts.ts";

/** What fields must be, by their names below `owner_access`. */
export type Faults = Readonly<Record<string, string>>;

const list = "trusted_issuers";

/** Some rules do not say which issuer they are about: of one alone it is known. */
export function faultsOfIssuer(faults: Faults, index: number, count: number): Faults {
  const prefixes = [...(count === 1 ? [`${list}.`] : []), `${list}[${index}].`];
  const told = prefixes.flatMap((prefix) =>
    Object.entries(faults)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, rule]) => [name.slice(prefix.length).replace(/\[.*$/, ""), rule]),
  );
  // Of an issuer itself the contract says that its keys must be somewhere.
  const hasNoKeys = Object.hasOwn(faults, `${list}[${index}]`);
  return { ...(hasNoKeys && { jwks_uri: texts.settings.issuers.jwksUriMissing }), ...Object.fromEntries(told) };
}

/** What is told of none of them alone. */
export function faultsOfIssuers(faults: Faults, count: number): readonly string[] {
  const names = Object.keys(faults).filter((name) => name.startsWith(list));
  const ofNone = names.filter((name) => name === list || (count > 1 && name.startsWith(`${list}.`)));
  const isToldBelow = names.some((name) => name.startsWith(`${list}[`));
  return isToldBelow ? [] : [...new Set(ofNone.map((name) => faults[name] ?? ""))];
}
