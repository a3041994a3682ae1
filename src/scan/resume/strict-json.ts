/** Error for invalid content. The parser of that content always catches it. */
export class MalformedJson extends Error {}

/**
 * A value from JSON that anyone can have written. Each method checks the type and throws MalformedJson if it differs.
 */
export class StrictJson {
  private readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }

  /** @throws {MalformedJson} if the bytes are not JSON */
  static parse(bytes: Buffer): StrictJson {
    try {
      return new StrictJson(JSON.parse(bytes.toString()));
    } catch {
      throw new MalformedJson();
    }
  }

  /** Returns a member of an object; null if it is missing. */
  member(name: string): StrictJson {
    const members = this.members();
    return new StrictJson(Object.hasOwn(members, name) ? members[name] : null);
  }

  members(): Readonly<Record<string, unknown>> {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new MalformedJson();
    return value as Readonly<Record<string, unknown>>;
  }

  list<T>(read: (element: StrictJson) => T): T[] {
    if (!Array.isArray(this.value)) throw new MalformedJson();
    return this.value.map((element: unknown) => read(new StrictJson(element)));
  }

  /** Returns undefined for null. */
  optional<T>(read: (value: StrictJson) => T): T | undefined {
    return this.value === null ? undefined : read(this);
  }

  text(form = /^/): string {
    if (typeof this.value !== 'string' || !form.test(this.value)) throw new MalformedJson();
    return this.value;
  }

  boolean(): boolean {
    if (typeof this.value !== 'boolean') throw new MalformedJson();
    return this.value;
  }

  /** Returns a whole number from `min` to `max`. */
  integer(min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const { value } = this;
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
      throw new MalformedJson();
    }
    return value;
  }

  /** Returns a finite number of at least 0. */
  amount(): number {
    // 1e999 is valid JSON and is parsed as Infinity.
    if (typeof this.value !== 'number' || !Number.isFinite(this.value) || this.value < 0) throw new MalformedJson();
    return this.value;
  }
}
