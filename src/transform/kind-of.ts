import { classNameOf } from './describe-error.ts';

/**
 * Returns whether a value is a map or an item: an object that is not an instance of a class. The prototype of plain
 * objects has no prototype itself, also if the object comes from another realm.
 */
export function isMap(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty');
}

/** Describes a value for a message, without its content. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  if (Array.isArray(value)) return 'an array';
  const name = classNameOf(value);
  return name === undefined ? 'an object that is not a plain object' : `an object of the class ${name}`;
}
