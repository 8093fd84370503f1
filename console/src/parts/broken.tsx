import { Component, type ReactNode } from "react";
import { texts } from "../texts.ts";
import { FullPageNote } from "./full-page-note.tsx";

/** Takes the place of what throws while it is drawn: a part of the console that an update has replaced cannot be loaded any more. */
export class Broken extends Component<{ readonly children: ReactNode }, { readonly isBroken: boolean }> {
  override readonly state = { isBroken: false };

  static getDerivedStateFromError() {
    return { isBroken: true };
  }

  override render() {
    return this.state.isBroken ? <BrokenNote /> : this.props.children;
  }
}

export function BrokenNote() {
  const { broken, reload } = texts.failures;
  return <FullPageNote sentence={broken} action={reload} onAction={() => location.reload()} />;
}
