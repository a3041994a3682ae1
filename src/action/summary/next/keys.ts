import type { TableDescription } from '@aws-sdk/client-dynamodb';

/** A key attribute of the table, as a query can name it. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: string;
}

/** The table's keys, but for those whose names a query language would need quotes for, or take for one another. */
export function plainKeys({ KeySchema = [], AttributeDefinitions = [] }: TableDescription): readonly KeyAttribute[] {
  return KeySchema.flatMap(({ AttributeName: name = '' }) => {
    const type = AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
    return type !== undefined && /^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(name) ? [{ name, type }] : [];
  });
}

/** Keys of S3 that mean the same in a URL, in a pattern and between quotes. */
export function isPlainKey(key: string): boolean {
  return /^[A-Za-z0-9/_.=-]*$/.test(key);
}
