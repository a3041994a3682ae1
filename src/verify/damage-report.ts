import type { DamagedObject, DamageKind } from '../data-objects/damaged-object.ts';
import { CopyError, type ErrorCode } from '../errors.ts';
import { formatCountOf, quote } from '../message-text.ts';
import { remedies } from '../remedies.ts';

/** Why a data object could not be verified: damage, or a response of S3 without its content. */
type Problem = DamageKind | 'denied' | 'archived';

/** Texts that complete a sentence such as `2 objects are missing`, in the order of the report. */
const TEXTS: Readonly<Record<Problem, readonly [one: string, several: string]>> = {
  missing: ['is missing', 'are missing'],
  unexpected: ['is not in the manifest', 'are not in the manifest'],
  changed: ['was changed', 'were changed'],
  replaced: ['was replaced during the verification', 'were replaced during the verification'],
  compression: ['cannot be decompressed', 'cannot be decompressed'],
  'trailing bytes': ['has bytes after its content', 'have bytes after their content'],
  md5: ['does not match its MD5 in manifest-files.json', 'do not match their MD5s in manifest-files.json'],
  sha256: ['does not match its SHA-256 in manifest-sha256.txt', 'do not match their SHA-256s in manifest-sha256.txt'],
  line: ['has an invalid line', 'have invalid lines'],
  count: [
    'has a different number of lines than manifest-files.json lists',
    'have different numbers of lines than manifest-files.json lists',
  ],
  denied: ['cannot be read, because S3 denies access', 'cannot be read, because S3 denies access'],
  archived: ['is in an archive storage class', 'are in an archive storage class'],
};

/** Maximum number of objects that the error names per kind of problem. */
const MAX_NAMES = 3;

/** Collects the problems of a copy by kind and number, in bounded memory. */
export class DamageReport {
  private readonly found = new Map<Problem, { count: number; readonly names: string[] }>();
  private readonly contradictions: string[] = [];
  private cause: unknown;

  /** Number of data objects that could not be verified. */
  get objectCount(): number {
    return [...this.found.values()].reduce((sum, { count }) => sum + count, 0);
  }

  get isEmpty(): boolean {
    return this.found.size === 0 && this.contradictions.length === 0;
  }

  /** @param detail text after the name of the object, such as `near line 5` */
  add(problem: Problem, key: string, detail?: string): void {
    const found = this.found.get(problem) ?? { count: 0, names: [] };
    found.count += 1;
    const name = quote(key.slice(key.lastIndexOf('/') + 1));
    found.names.push(detail === undefined ? name : `${name} ${detail}`);
    // The first names in order, whatever the order in which the objects were read.
    found.names.sort().splice(MAX_NAMES);
    this.found.set(problem, found);
  }

  addDamaged(key: string, error: DamagedObject): void {
    this.add(error.kind, key, error.line === undefined ? undefined : `near line ${error.line}`);
  }

  /** Adds an object that cannot be read. */
  addUnreadable(problem: 'denied' | 'archived', key: string, error: unknown): void {
    this.cause ??= error;
    this.add(problem, key);
  }

  /** Adds a sentence about figures of the copy that contradict each other. */
  addContradiction(sentence: string): void {
    this.contradictions.push(sentence);
  }

  /**
   * Returns the error to report.
   *
   * @param place URI of the folder of the data objects
   * @param total number of data objects in the manifest
   */
  error(place: string, total: number): CopyError {
    const sentences = (Object.keys(TEXTS) as Problem[]).flatMap((problem) => this.describe(problem) ?? []);
    const count = `The manifest lists ${formatCountOf(total, 'data object')}.`;
    const [code, remedy] = this.codeAndRemedy();
    return new CopyError(code, `${place}: ${[...sentences, ...this.contradictions, count].join(' ')}`, remedy, {
      cause: this.cause,
    });
  }

  private describe(problem: Problem): string | undefined {
    const found = this.found.get(problem);
    if (!found) return undefined;
    const { count, names } = found;
    const [one, several] = TEXTS[problem];
    const more = count > names.length ? ', ...' : '';
    return `${formatCountOf(count, 'object')} ${count === 1 ? one : several} (${names.join(', ')}${more}).`;
  }

  /** Objects that cannot be read do not hide damage of others. */
  private codeAndRemedy(): [ErrorCode, string] {
    const kinds = [...this.found.keys()];
    const isDamaged = this.contradictions.length > 0 || kinds.some((kind) => kind !== 'denied' && kind !== 'archived');
    if (!isDamaged) {
      return this.found.has('denied')
        ? ['ACCESS_DENIED', remedies.grantReadOfObjects]
        : ['OBJECT_ARCHIVED', remedies.restoreArchivedObjects];
    }
    const isOnlyChanged = this.contradictions.length === 0 && kinds.every((kind) => kind === 'changed');
    return ['COPY_DAMAGED', isOnlyChanged ? remedies.verifyChangedObjects : remedies.restoreDataObjects];
  }
}
