import type { CreateTableInput, TableDescription } from '@aws-sdk/client-dynamodb';
import type { KeyDefinition } from '../format/check-lines.ts';

/**
 * Returns the key attributes of a table with their types, partition key first. Leaves out an attribute that the
 * definition gives no type, which DynamoDB never does.
 */
export function keyDefinitions({
  KeySchema = [],
  AttributeDefinitions = [],
}: Pick<CreateTableInput | TableDescription, 'KeySchema' | 'AttributeDefinitions'>): readonly KeyDefinition[] {
  const types = new Map(AttributeDefinitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]));
  const ordered = KeySchema.toSorted((a, b) => Number(a.KeyType === 'RANGE') - Number(b.KeyType === 'RANGE'));
  return ordered.flatMap(({ AttributeName: name }) => {
    const type = types.get(name);
    return name !== undefined && (type === 'S' || type === 'N' || type === 'B') ? [{ name, type }] : [];
  });
}
