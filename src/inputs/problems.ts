/**
 * Collects the problems in the user's input, to report all of them at once. Each correction of a workflow costs a
 * commit and a run.
 */
export class InputProblems {
  private readonly path: string;
  private readonly found: string[];

  constructor(path = '', found: string[] = []) {
    this.path = path;
    this.found = found;
  }

  /** Returns a view of the same collection that reports problems under the path of a nested name. */
  at(name: string): InputProblems {
    const separator = this.path === '' || name.startsWith('[') ? '' : '.';
    return new InputProblems(`${this.path}${separator}${name}`, this.found);
  }

  /**
   * @param what the problem and the allowed values, without a period at the end. It must not contain an expression, a
   *   value or a key of the scan.
   */
  add(what: string): void {
    this.found.push(this.path === '' ? what : `${this.path}: ${what}`);
  }

  /** One line per problem, in the order in which they were found. */
  get lines(): readonly string[] {
    return this.found;
  }
}
