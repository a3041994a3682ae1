import type { MissingCredentialsAdvice } from '../aws/credentials/environment-credentials.ts';
import type { CredentialContext, RoleSettings } from '../aws/credentials/identities.ts';
import { canRequestIdTokens, idTokenIssuer } from './id-token.ts';
import type { RunContext } from './run-context.ts';

/** Returns the credential sources that the job offers. */
export function credentialContext(
  env: NodeJS.ProcessEnv,
  run: RunContext,
  roles: RoleSettings,
  log: { readonly maskSecret: (secret: string) => void },
): CredentialContext {
  const maskSecret = (secret: string) => log.maskSecret(secret);
  return {
    idTokens: idTokenIssuer(env, maskSecret),
    noCredentials: noCredentials(env, run, roles),
    environmentEnds: Boolean(env['AWS_ACCESS_KEY_ID'] && env['AWS_SESSION_TOKEN']),
    maskSecret,
  };
}

/** Returns the probable reason for missing credentials in the environment, and the remedy. */
function noCredentials(
  env: NodeJS.ProcessEnv,
  run: RunContext,
  { source, dest, chaining }: RoleSettings,
): MissingCredentialsAdvice {
  const wantsRole = source !== undefined || dest !== undefined;
  if (isFromFork(run)) {
    return {
      why: 'Workflows for pull requests from forks get no ID token and no secrets.',
      remedy:
        'Run the copy on push, schedule or workflow_dispatch, and skip it for forks: `if: github.event.pull_request.head.repo.full_name == github.repository`.',
    };
  }
  if (wantsRole && !canRequestIdTokens(env)) {
    return {
      why: 'The job has no permission to request an ID token, which is required to assume a role.',
      remedy:
        'Add `permissions: id-token: write` to the job, and `contents: read` if it checks out code. In a reusable workflow, add them to the calling job too.',
    };
  }
  if (wantsRole) {
    return {
      why: chaining
        ? 'role-chaining is true, so the role must be assumed with the credentials of the environment.'
        : 'Only the destination has a role, so the table must be read with the credentials of the environment.',
      remedy: chaining
        ? 'Leave role-chaining out, or run aws-actions/configure-aws-credentials in an earlier step.'
        : 'Set role-to-assume or source-role-to-assume, or run aws-actions/configure-aws-credentials in an earlier step.',
    };
  }
  return {
    why: '',
    remedy:
      'Set role-to-assume and add `permissions: id-token: write` to the job, or run aws-actions/configure-aws-credentials in an earlier step.',
  };
}

/**
 * Returns true if the workflow was triggered by a pull request from a fork.
 *
 * https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflows-in-forked-repositories
 */
function isFromFork({ eventName, isPullRequest, headRepository, repository }: RunContext): boolean {
  // pull_request_target runs in the context of the base repository and gets tokens.
  if (!/^pull_request(_review|_review_comment)?$/.test(eventName ?? '')) return false;
  return isPullRequest && headRepository !== repository;
}
