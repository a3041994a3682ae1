import { CLOSE_BRACE } from './ascii.ts';
import { readFieldName } from './ion-field-name.ts';
import type { IonInput } from './ion-input.ts';
import { hasNext, readStruct } from './ion-lines.ts';

/**
 * Reads a line of an incremental export in ION, `$ion_1_0 {Record:{Keys:{...},Metadata:{...},...}}`, and writes it as in
 * DYNAMODB_JSON. Some writers leave `Record` out.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
 *
 * @throws {MalformedPage} if the line is invalid
 */
export function readIonRecord(input: IonInput): void {
  input.expect(LINE_START, '$ion_1_0 {');
  const isWrapped = input.skip(RECORD);
  input.put('{');
  do {
    readFieldName(input);
    input.expect(COLON, '":"');
    input.put(':');
    readStruct(input, 0);
  } while (hasNext(input, CLOSE_BRACE, '}'));
  input.expect(isWrapped ? WRAPPED_END : LINE_END, 'the end of the line');
  input.put('\n');
}

const LINE_START = Buffer.from('$ion_1_0 {');
const RECORD = Buffer.from('Record:{');
const COLON = Buffer.from(':');
const WRAPPED_END = Buffer.from('}\n');
const LINE_END = Buffer.from('\n');
