import { useHotkeys } from "@mantine/hooks";
import { lazy, type ReactNode, Suspense, useState } from "react";

const SearchDialog = lazy(() => import("./search-dialog.tsx"));

export interface Search {
  open(): void;
  /** To be drawn where it is not in the way of anything. */
  readonly dialog: ReactNode;
}

/** The search, for whoever presses ⌘K or Ctrl+K, wherever they are. */
export function useSearch(): Search {
  const [isOpen, setIsOpen] = useState(false);
  const open = () => {
    // Of another dialog nobody is led away: it may show a value, this once.
    if (document.querySelector('[aria-modal="true"]') === null) {
      setIsOpen(true);
    }
  };
  useHotkeys([["mod+K", open]], []);
  return {
    open,
    dialog: isOpen && (
      <Suspense>
        <SearchDialog onClose={() => setIsOpen(false)} />
      </Suspense>
    ),
  };
}
