import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Look } from "../look/look.tsx";
import { Broken } from "../parts/broken.tsx";
import { Opening } from "./opening.ts";
import { Portal } from "./portal.tsx";

// Before anything is drawn: whoever looks at the address, or at the history, finds no code there.
const opening = new Opening();
const place = document.getElementById("portal");
if (place === null) {
  throw new Error("the page has no place for the portal");
}
createRoot(place).render(
  <StrictMode>
    <Look>
      <Broken>
        <Portal opening={opening} />
      </Broken>
    </Look>
  </StrictMode>,
);
