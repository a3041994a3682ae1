import type { TableDescription } from '@aws-sdk/client-dynamodb';

/** Key attribute of the table whose name needs no quotes in a query. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: string;
}

/** Returns the key attributes of the table, except those whose names a query language would need to quote. */
export function simpleKeyAttributes({
  KeySchema = [],
  AttributeDefinitions = [],
}: TableDescription): readonly KeyAttribute[] {
  return KeySchema.flatMap(({ AttributeName: name = '' }) => {
    const type = AttributeDefinitions.find(({ AttributeName }) => AttributeName === name)?.AttributeType;
    return type !== undefined && /^[A-Za-z][A-Za-z0-9_]{0,62}$/.test(name) ? [{ name, type }] : [];
  });
}

/** Returns whether an S3 key has the same meaning in a URL, in a glob pattern and in quotes. */
export function isSimpleObjectKey(key: string): boolean {
  return /^[A-Za-z0-9/_.=-]*$/.test(key);
}
