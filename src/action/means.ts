import { readFileSync } from 'node:fs';
import type { NoCredentials } from '../aws/credentials/environment.ts';
import type { Means, WantedRoles } from '../aws/credentials/sides.ts';
import { idTokensOf, offersOidc } from './oidc.ts';

/** What the job gives the step to come to credentials with. */
export function meansOf(
  env: NodeJS.ProcessEnv,
  roles: WantedRoles,
  log: { readonly conceal: (secret: string) => void },
): Means {
  const conceal = (secret: string) => log.conceal(secret);
  return {
    idTokens: idTokensOf(env, conceal),
    noCredentials: noCredentials(env, roles),
    environmentEnds: Boolean(env['AWS_ACCESS_KEY_ID'] && env['AWS_SESSION_TOKEN']),
    conceal,
  };
}

/** Why a step that finds no credentials in its environment has none. */
function noCredentials(env: NodeJS.ProcessEnv, { source, dest, chaining }: WantedRoles): NoCredentials {
  const wantsRole = source !== undefined || dest !== undefined;
  if (isFromFork(env)) {
    return {
      why: 'A workflow that a pull request from a fork starts gets no ID token and no secrets.',
      remedy:
        'Run the copy on push, schedule or workflow_dispatch instead, and skip it there: `if: github.event.pull_request.head.repo.full_name == github.repository`.',
    };
  }
  if (wantsRole && !offersOidc(env)) {
    return {
      why: 'To assume a role, a job must be allowed to ask GitHub for an ID token, and this one is not.',
      remedy:
        'Add `permissions: id-token: write` to the job (and `contents: read` where it checks out code); in a reusable workflow, to the job that calls it too.',
    };
  }
  if (wantsRole) {
    return {
      why: chaining
        ? 'role-chaining is true, so the role is to be assumed from those.'
        : 'The table is to be read with those, as only the destination has a role of its own.',
      remedy: chaining
        ? 'Leave role-chaining out, or add a step with aws-actions/configure-aws-credentials before this one.'
        : 'Set role-to-assume or source-role-to-assume, or add a step with aws-actions/configure-aws-credentials before this one.',
    };
  }
  return {
    why: '',
    remedy:
      'Set role-to-assume, and `permissions: id-token: write` in the job, or add a step with aws-actions/configure-aws-credentials before this one.',
  };
}

/** https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflows-in-forked-repositories */
function isFromFork(env: NodeJS.ProcessEnv): boolean {
  // pull_request_target runs in the repository's own name, and does get tokens.
  if (!/^pull_request(_review|_review_comment)?$/.test(env['GITHUB_EVENT_NAME'] ?? '')) return false;
  try {
    const event = JSON.parse(readFileSync(env['GITHUB_EVENT_PATH'] ?? '', 'utf8')) as {
      readonly pull_request?: { readonly head?: { readonly repo?: { readonly full_name?: string } | null } };
    };
    // A fork that is gone has no repository any more.
    const from = event.pull_request?.head?.repo?.full_name;
    return event.pull_request !== undefined && from !== env['GITHUB_REPOSITORY'];
  } catch {
    return false;
  }
}
