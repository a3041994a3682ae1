import type { LineChecker } from './line-checker.ts';

/** Converts the lines of another format, like IonLines. */
interface LineConverter {
  append(chunk: Buffer): Buffer;
  finish(): Buffer;
}

/** Checks lines of another format: first by converting them, then by checking the result. */
export class ConvertedLines implements LineChecker {
  private readonly converter: LineConverter;
  private readonly checker: LineChecker;

  constructor(converter: LineConverter, checker: LineChecker) {
    this.converter = converter;
    this.checker = checker;
  }

  get count(): number {
    return this.checker.count;
  }

  append(chunk: Buffer): void {
    this.checker.append(this.converter.append(chunk));
  }

  finish(): void {
    this.checker.append(this.converter.finish());
    this.checker.finish();
  }
}
