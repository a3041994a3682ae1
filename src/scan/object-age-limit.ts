import { MAX_OBJECT_AGE } from '../timeouts.ts';
/** When objects are completed although they are small. */
export interface ObjectAgeLimit {
  /** Milliseconds. */
  readonly maxAge: number;
  /** Number of objects above which only their size matters. */
  readonly maxObjects: number;
}

/**
 * Number of objects of a copy up to which objects are also completed by age. Above it, only their size matters, because
 * an import limits the number of objects.
 */
export const MAX_OBJECTS_BY_AGE = 10_000;

/** Maximum age of an object in multiples of `MAX_OBJECT_AGE`: a re-run of any shard reads at most an hour again. */
const MAX_AGE_FACTOR = 6;

/**
 * Returns when objects are completed by age. All shards of a copy share the number of such objects, so that their objects
 * get older.
 *
 * @param shards number of shards of the copy
 */
export function objectAgeLimit(shards = 1): ObjectAgeLimit {
  return {
    maxAge: MAX_OBJECT_AGE * Math.min(shards, MAX_AGE_FACTOR),
    maxObjects: Math.floor(MAX_OBJECTS_BY_AGE / shards),
  };
}
