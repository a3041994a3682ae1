/** The job was given no ID token. */
export class IdTokenError extends Error {
  override readonly name = 'IdTokenError';
  /** Of HTTP; undefined where there was no answer. */
  readonly status: number | undefined;

  constructor(status: number | undefined) {
    super(status === undefined ? 'no answer' : `HTTP ${status}`);
    this.status = status;
  }
}

/** What a trust policy looks at. */
export interface Claims {
  readonly issuer?: string;
  readonly subject?: string;
  /** The subject in the form that the token does not have, where the token tells enough to know it. */
  readonly otherSubject?: string;
}

/**
 * What an ID token says of the job. Not verified, and for people only: AWS decides.
 *
 * A repository made, renamed or transferred since 15 July 2026 has its ids in the subject, `repo:ORG@1/REPO@2:...`; one
 * from before has `repo:ORG/REPO:...` until somebody asks for the other. A trust policy may well have the wrong one.
 * https://docs.github.com/actions/reference/openid-connect-reference
 */
export function readClaims(token: string): Claims {
  const claims = payloadOf(token);
  const { iss, sub, repository, repository_id: id, repository_owner: owner, repository_owner_id: ownerId } = claims;
  const issuer = iss && { issuer: iss };
  if (!sub) return { ...issuer };
  const name = repository?.split('/')[1];
  if (!owner || !ownerId || !name || !id) return { ...issuer, subject: sub };
  const named = `repo:${owner}/${name}:`;
  const numbered = `repo:${owner}@${ownerId}/${name}@${id}:`;
  for (const [form, other] of [
    [named, numbered],
    [numbered, named],
  ] as const) {
    if (sub.startsWith(form)) return { ...issuer, subject: sub, otherSubject: other + sub.slice(form.length) };
  }
  // A repository may have a template of its own for the subject, which then has no other form.
  return { ...issuer, subject: sub };
}

function payloadOf(token: string): Partial<Record<string, string>> {
  try {
    const payload: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    const entries = Object.entries(typeof payload === 'object' && payload !== null ? payload : {});
    return Object.fromEntries(entries.filter(([, value]) => typeof value === 'string'));
  } catch {
    return {};
  }
}
