/** Made up. DynamoDB Local takes only letters and digits as a key id; versitygw checks the signatures made with these. */
export const CREDENTIALS = { accessKeyId: 'TESTACCESSKEY', secretAccessKey: 'not-a-secret' } as const;

export const REGION = 'us-east-1';

/** The same as variables of a job, as a workflow would set them with aws-actions/configure-aws-credentials. */
export const CREDENTIALS_ENV: Readonly<Record<string, string>> = {
  AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
  AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
  AWS_REGION: REGION,
};
