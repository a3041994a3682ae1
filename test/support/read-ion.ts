import { createRequire } from 'node:module';
import type { WireItem, WireValue } from './items.ts';

// Its ES modules import each other without extensions, which Node does not take.
const ion: typeof import('ion-js') = createRequire(import.meta.url)('ion-js');
type IonReader = ReturnType<typeof ion.makeReader>;

/** The fields of the only field of a line, such as `Item` in `$ion_1_0 {Item:{...}}`. */
export function readIonLine(line: string, wrapper: string): WireItem {
  if (!line.startsWith('$ion_1_0 {')) {
    throw new Error(`it does not begin with Ion's version marker and a struct: ${line.slice(0, 200)}`);
  }
  const reader = ion.makeReader(line);
  reader.next();
  const fields = inside(reader, () => [reader.fieldName(), wireValue(reader)] as const);
  const [[name, content] = []] = fields;
  if (reader.next() !== null || fields.length > 1 || name !== wrapper || content === undefined || !('M' in content)) {
    throw new Error(`it is not {${wrapper}:{...}}: ${line.slice(0, 200)}`);
  }
  return content.M;
}

/** As DynamoDB would send it: numbers in the plain spelling, which is the servers' own. */
function wireValue(reader: IonReader): WireValue {
  const [annotation] = reader.annotations();
  switch (reader.type()?.name) {
    case 'null':
      return { NULL: true };
    case 'bool':
      return { BOOL: reader.booleanValue() as boolean };
    case 'string':
      return { S: reader.stringValue() as string };
    case 'decimal': {
      const decimal = reader.decimalValue();
      return { N: plainNumber(String(decimal?.getCoefficient()), Number(decimal?.getExponent())) };
    }
    case 'blob':
      return { B: Buffer.from(reader.uInt8ArrayValue() as Uint8Array).toString('base64') };
    case 'list': {
      const elements = inside(reader, () => wireValue(reader));
      return annotation === undefined ? { L: elements } : setOf(annotation, elements);
    }
    case 'struct':
      return { M: Object.fromEntries(inside(reader, () => [reader.fieldName() as string, wireValue(reader)])) };
    default:
      throw new Error(`DynamoDB has no ${reader.type()?.name}`);
  }
}

function setOf(annotation: string, elements: readonly WireValue[]): WireValue {
  const type = annotation.replace('$dynamodb_', '');
  const texts = elements.map((element) => (element as Readonly<Record<string, string>>)[type.charAt(0)]);
  if (!['SS', 'NS', 'BS'].includes(type) || texts.includes(undefined)) {
    throw new Error(`a list of ${elements.length} is annotated ${annotation}`);
  }
  return { [type]: texts } as unknown as WireValue;
}

function plainNumber(coefficient: string, exponent: number): string {
  const [, minus = '', digits = ''] = /^(-?)0*(\d+)$/.exec(coefficient) ?? [];
  if (exponent >= 0) {
    return digits === '0' ? '0' : minus + digits + '0'.repeat(exponent);
  }
  const padded = digits.padStart(1 - exponent, '0');
  return `${minus}${padded.slice(0, exponent)}.${padded.slice(exponent)}`;
}

function inside<T>(reader: IonReader, read: () => T): T[] {
  const found: T[] = [];
  reader.stepIn();
  while (reader.next() !== null) {
    found.push(read());
  }
  reader.stepOut();
  return found;
}
