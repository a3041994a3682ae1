import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { clientSettings } from './clients.ts';
import { requiredMember } from './required-member.ts';

/**
 * Returns who manages a KMS key of a table: its owner, or AWS (the key with the alias `aws/dynamodb`). Requires
 * kms:DescribeKey on the key.
 *
 * https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
 *
 * @param client client of the table, whose Region and credentials are used
 */
export async function describeKeyManager(
  client: DynamoDBClient,
  keyArn: string,
  options: { readonly abortSignal: AbortSignal },
): Promise<'customer' | 'AWS'> {
  const { DescribeKeyCommand, KMSClient } = await import(/* webpackChunkName: "kms" */ '@aws-sdk/client-kms');
  const kms = new KMSClient({
    ...clientSettings({ region: await client.config.region(), concurrency: 1 }),
    credentials: client.config.credentials,
  });
  try {
    const response = await kms.send(new DescribeKeyCommand({ KeyId: keyArn }), options);
    const metadata = requiredMember('DescribeKey', response, 'KeyMetadata');
    return requiredMember('DescribeKey', metadata, 'KeyManager') === 'AWS' ? 'AWS' : 'customer';
  } finally {
    kms.destroy();
  }
}
