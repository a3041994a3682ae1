/** Logger of the engines. `main` passes one that writes to the log of the step. */
export interface Logger {
  info(message: string): void;
  /** Logs information that the user should notice but does not need to act on. */
  notice(message: string): void;
  /** Logs a problem that does not fail the step. */
  warning(message: string): void;
}
