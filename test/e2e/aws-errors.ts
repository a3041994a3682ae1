import { type Fault, s3Error } from '../support/faults.ts';

/** Who is refused, in the words of AWS. */
export const ROLE = 'arn:aws:sts::123456789012:assumed-role/table-backup/GitHubActions';

/** How AWS itself words a refusal of DynamoDB; IAM's errors have their message under a capital letter. */
export function dynamoDbDenies(action: string): Fault {
  const Message = `User: ${ROLE} is not authorized to perform: ${action} on resource: arn:aws:dynamodb:us-east-1:123456789012:table/orders because no identity-based policy allows the ${action} action`;
  return json({ __type: 'com.amazon.coral.service#AccessDeniedException', Message });
}

/** An error of the service in front of DynamoDB, which checks who is asking. */
export function dynamoDbRefuses(name: string, message: string): Fault {
  return json({ __type: `com.amazon.coral.service#${name}`, message });
}

export function s3Denies(action: string): Fault {
  return s3Error(
    'AccessDenied',
    403,
    `User: ${ROLE} is not authorized to perform: ${action} on resource: "arn:aws:s3:::backups/AWSDynamoDB/key" because no identity-based policy allows the ${action} action`,
  );
}

/** What S3 answers to a HEAD that it refuses: a status, and no body that could say why. */
export function emptyAnswer(status: number, headers: Readonly<Record<string, string>> = {}): Fault {
  return { answer: { status, headers: { 'x-amz-request-id': 'FAULT', ...headers }, body: Buffer.alloc(0) } };
}

/** S3's answer in a region where the bucket is not. */
export function s3Redirects(region: string): Fault {
  const body = `<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>PermanentRedirect</Code><Message>The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.</Message><Endpoint>backups.s3.${region}.amazonaws.com</Endpoint><Bucket>backups</Bucket><RequestId>FAULT</RequestId></Error>`;
  return {
    answer: {
      status: 301,
      headers: { 'content-type': 'application/xml', 'x-amz-bucket-region': region },
      body: Buffer.from(body),
    },
  };
}

function json(content: Readonly<Record<string, string>>): Fault {
  const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'FAULT', 'x-amz-crc32': '' };
  return { answer: { status: 400, headers, body: Buffer.from(JSON.stringify(content)) } };
}
