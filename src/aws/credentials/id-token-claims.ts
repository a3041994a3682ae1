/** GitHub did not issue an ID token for the job. */
export class IdTokenError extends Error {
  override readonly name = 'IdTokenError';
  /** HTTP status; undefined if no response arrived. */
  readonly status: number | undefined;

  constructor(status: number | undefined) {
    super(status === undefined ? 'no response' : `HTTP ${status}`);
    this.status = status;
  }
}

/** Claims of an ID token that trust policies check. */
export interface IdTokenClaims {
  readonly issuer?: string;
  readonly subject?: string;
  /** Subject in the form that the token does not use; undefined if the token has too few claims to derive it. */
  readonly otherSubject?: string;
}

/**
 * Returns the claims of an ID token. They are not verified and are only for messages: AWS verifies the token.
 *
 * The subject of a repository that was created, renamed or transferred since 15 July 2026 contains IDs,
 * `repo:ORG@1/REPO@2:...`. Older repositories have `repo:ORG/REPO:...` unless someone opts in to the new form. A trust
 * policy can contain the wrong form.
 * https://docs.github.com/actions/reference/openid-connect-reference
 */
export function readIdTokenClaims(token: string): IdTokenClaims {
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
  // A repository can use a custom template for the subject. That has only one form.
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
