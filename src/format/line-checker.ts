/** Checks the lines of one data object. */
export interface LineChecker {
  /** Number of lines that were checked and are valid. */
  readonly count: number;
  /**
   * Checks the lines that are complete after a chunk, which can end anywhere.
   *
   * @throws {MalformedPage} if a line is invalid
   */
  append(chunk: Buffer): void;
  /**
   * Ends the input. The last line may have no line feed.
   *
   * @throws {MalformedPage} if the last line is invalid
   */
  finish(): void;
}

/**
 * Receives valid lines, each `{"Item":{...}}` and a line feed, without whitespace between tokens.
 *
 * @param lines valid only during the call
 */
export type OnItems = (lines: Buffer) => void;
