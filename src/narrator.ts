/** How the engines tell people what they do; main lends them one that writes the step's log. */
export interface Narrator {
  info(message: string): void;
  /** Worth reading, nothing to do. */
  notice(message: string): void;
  /** Something is not as the user would want it, but the run goes on. */
  warning(message: string): void;
}
