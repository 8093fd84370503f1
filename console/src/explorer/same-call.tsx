import { Tabs } from "@mantine/core";
import { useState } from "react";
import { CopyButton } from "../parts/copy-button.tsx";
import { Notice } from "../parts/notice.tsx";
import { texts } from "../texts.ts";
import classes from "./same-call.module.css";
import { type Call, type Snippet, snippetsOf } from "./snippets.ts";

const { snippets: words } = texts.explorer;

/** A call as programs make it, in several languages. */
export function SameCall({ call }: { readonly call: Call }) {
  const snippets = snippetsOf(call);
  return (
    <section className={classes["section"]}>
      <h2>{words.title}</h2>
      <p className={classes["intro"]}>{words.text}</p>
      <Tabs defaultValue={snippets[0]?.language ?? null} keepMounted={false}>
        <Tabs.List aria-label={words.languages}>
          {snippets.map(({ language }) => (
            <Tabs.Tab key={language} value={language}>
              {language}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {snippets.map((snippet) => (
          <Tabs.Panel key={snippet.language} value={snippet.language}>
            <Shown key={snippet.text} snippet={snippet} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </section>
  );
}

function Shown({ snippet: { language, text, how } }: { readonly snippet: Snippet }) {
  const [hasFailed, setHasFailed] = useState(false);
  return (
    <>
      <div className={classes["head"]}>
        <p className={classes["how"]}>{how}</p>
        <CopyButton text={text} onFailed={() => setHasFailed(true)} />
      </div>
      {hasFailed && <Notice tone="warn">{texts.copy.copyFailed}</Notice>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the screen is scrolled by keyboard too. */}
      <section className={classes["code"]} aria-label={words.code(language)} tabIndex={0}>
        <pre className={classes["text"]}>{text}</pre>
      </section>
    </>
  );
}
