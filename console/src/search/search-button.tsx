import { UnstyledButton } from "@mantine/core";
import { texts } from "../texts.ts";
import classes from "./search-button.module.css";

const shortcut = /Mac|iPhone|iPad/.test(navigator.platform) ? "⌘K" : "Ctrl K";

interface SearchButtonProps {
  readonly isCompact?: boolean;
  readonly onClick: () => void;
}

/** Opens the search, and says how to open it without a mouse. */
export function SearchButton({ isCompact = false, onClick }: SearchButtonProps) {
  return (
    <UnstyledButton
      className={classes["button"]}
      data-compact={isCompact}
      aria-label={isCompact ? texts.search.title : undefined}
      aria-keyshortcuts="Control+K Meta+K"
      onClick={onClick}
    >
      <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
        <path
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeLinecap="round"
          d="M13 13l4.5 4.5M14.5 8.5a6 6 0 1 1-12 0a6 6 0 0 1 12 0Z"
        />
      </svg>
      {!isCompact && (
        <>
          <span>{texts.search.title}</span>
          <kbd className={classes["shortcut"]}>{shortcut}</kbd>
        </>
      )}
    </UnstyledButton>
  );
}
