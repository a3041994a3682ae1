import { getIDToken } from '@actions/core';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';

export interface Clients extends Disposable {
  readonly dynamoDb: DynamoDBClient;
  readonly s3: S3Client;
}

/**
 * Returns clients with a session of the role.
 *
 * @param role ARN; undefined to use the credentials of the environment, as in tests
 * @param policy policy that limits the session further
 */
export async function openClients(region: string, role: string | undefined, policy?: object): Promise<Clients> {
  const config = { region, ...(role !== undefined && { credentials: await assumeRole(region, role, policy) }) };
  const [dynamoDb, s3] = [new DynamoDBClient(config), new S3Client(config)];
  return {
    dynamoDb,
    s3,
    [Symbol.dispose]() {
      dynamoDb.destroy();
      s3.destroy();
    },
  };
}

/** Assumes the role with the ID token of the job, for one hour. */
async function assumeRole(region: string, role: string, policy: object | undefined) {
  const sts = new STSClient({ region });
  const { Credentials } = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: role,
      RoleSessionName: 'live-check',
      WebIdentityToken: await getIDToken('sts.amazonaws.com'),
      ...(policy !== undefined && { Policy: JSON.stringify(policy) }),
    }),
  );
  sts.destroy();
  return {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken ?? '',
  };
}
