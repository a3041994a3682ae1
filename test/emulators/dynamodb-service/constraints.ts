import { invalid, Refusal } from './responses.ts';

/** Constraints of the API model on one member of a request. */
export interface Constraint {
  readonly type: 'string' | 'number' | 'boolean' | 'object' | 'list';
  readonly required?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** Pattern as written in the model. The whole value must match. */
  readonly pattern?: string;
  /** Allowed values in the order in which AWS lists them. */
  readonly values?: readonly string[];
  readonly members?: Constraints;
  /** Constraint on each element of a list. */
  readonly elements?: Constraint;
}

export type Constraints = Readonly<Record<string, Constraint>>;

/**
 * Returns the members that the model defines, after a check of each member but not of their combination. Like DynamoDB,
 * ignores unknown members without an error: a misspelled parameter has no effect.
 *
 * @throws {Refusal} ValidationException with all violations, or SerializationException if a type is wrong
 */
export function conforming<Parameters>(parameters: Readonly<Record<string, unknown>>, model: Constraints): Parameters {
  const violations: string[] = [];
  const known = check(parameters, model, '', violations);
  if (violations.length > 0) {
    const errors = violations.length === 1 ? 'error' : 'errors';
    throw invalid(`${violations.length} validation ${errors} detected: ${violations.join('; ')}`);
  }
  return known as Parameters;
}

function check(
  parameters: Readonly<Record<string, unknown>>,
  model: Constraints,
  path: string,
  violations: string[],
): Record<string, unknown> {
  const known: Record<string, unknown> = {};
  for (const [name, constraint] of Object.entries(model)) {
    const value = parameters[name] ?? undefined;
    const where = path + name.charAt(0).toLowerCase() + name.slice(1);
    if (value === undefined) {
      if (constraint.required) {
        violations.push(`Value null at '${where}' failed to satisfy constraint: Member must not be null`);
      }
      continue;
    }
    known[name] = checkValue(value, constraint, where, violations);
  }
  return known;
}

function checkValue(value: unknown, constraint: Constraint, where: string, violations: string[]): unknown {
  checkType(value, constraint.type);
  for (const violated of violatedBy(value, constraint)) {
    violations.push(`Value '${value}' at '${where}' failed to satisfy constraint: ${violated}`);
  }
  const { members, elements } = constraint;
  if (members !== undefined) {
    return check(value as Record<string, unknown>, members, `${where}.`, violations);
  }
  return elements === undefined
    ? value
    : (value as readonly unknown[]).map((element, index) =>
        checkValue(element, elements, `${where}.${index + 1}.member`, violations),
      );
}

function* violatedBy(value: unknown, { min, max, pattern, values }: Constraint): Generator<string> {
  const hasLength = typeof value === 'string' || Array.isArray(value);
  const size = hasLength ? value.length : Number(value);
  const measure = hasLength ? 'have length' : 'have value';
  if (min !== undefined && size < min) {
    yield `Member must ${measure} greater than or equal to ${min}`;
  }
  if (max !== undefined && size > max) {
    yield `Member must ${measure} less than or equal to ${max}`;
  }
  if (pattern !== undefined && !new RegExp(`^(?:${pattern})$`).test(String(value))) {
    yield `Member must satisfy regular expression pattern: ${pattern}`;
  }
  if (values !== undefined && !values.includes(String(value))) {
    yield `Member must satisfy enum value set: [${values.join(', ')}]`;
  }
}

/** Checks the type before any constraint, because the constraints depend on it. */
function checkType(value: unknown, type: Constraint['type']): void {
  const actual = Array.isArray(value) ? 'list' : typeof value;
  if (actual !== type) {
    const found = actual === 'object' || actual === 'list' ? `Start of ${actual}` : `${actual.toUpperCase()}_VALUE`;
    throw new Refusal('SerializationException', `${found} can not be converted to ${WANTED[type]}`);
  }
}

const WANTED = { string: 'String', number: 'Number', boolean: 'Boolean', object: 'Structure', list: 'List' } as const;
