import { projectPlaces } from "../projects/project-places.tsx";
import { newProjectPlace } from "../projects/use-may-create-projects.ts";
import type { SignedInUser } from "../session/auth.ts";
import { mayGoTo, places } from "../shell/places.ts";
import { texts } from "../texts.ts";

/** Somewhere that a search leads to. */
export interface Place {
  readonly to: string;
  readonly name: string;
  /** What tells it from others of its name. */
  readonly note: string;
}

/** A project, as far as a search goes. */
export interface SearchedProject {
  readonly id: string;
  readonly name: string;
}

/** Pages that a user may go to, those of the project that is looked at first. */
export function pagesFor(user: SignedInUser, here: SearchedProject | undefined): readonly Place[] {
  const pages = [
    ...(here === undefined ? [] : pagesOf(here)),
    ...[...places, newProjectPlace].map((place) => ({ ...place, note: "" })),
  ];
  return pages.filter((page) => mayGoTo(user, page)).map(({ to, name, note }) => ({ to, name, note }));
}

function pagesOf({ id, name: note }: SearchedProject) {
  const path = `/projects/${id}`;
  return [
    ...projectPlaces.map((place) => ({ to: `${path}${place.path}`, name: place.name, note, scope: place.scope })),
    { to: `${path}/keys/new`, name: texts.keys.create, note, scope: "api_keys:write" },
    { to: `${path}/webhooks/new`, name: texts.webhooks.create, note, scope: "webhooks:write" },
  ];
}
