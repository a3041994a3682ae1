import * as core from '@actions/core';
import type { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import { oneLine, redact, secretsOf } from './redact.ts';

/** The step's log. Everything that is written passes through here, so that no text can act as a workflow command. */
export class Log implements Narrator {
  private readonly secrets: readonly string[];

  constructor(env: NodeJS.ProcessEnv) {
    this.secrets = secretsOf(env);
    for (const secret of this.secrets) core.setSecret(secret);
  }

  info(message: string): void {
    core.info(this.clean(message));
  }

  notice(message: string): void {
    core.notice(this.clean(message));
  }

  warning(message: string): void {
    core.warning(this.clean(message));
  }

  /** One annotation: what happened, then what to do. Its lines are the error's own; the runner gets them escaped. */
  failure(error: CopyError): void {
    const lines = [...error.message.split('\n'), error.remedy].map((line) => this.clean(line));
    core.error(lines.join('\n'), { title: error.code });
  }

  /** Folds what `work` logs under a title. */
  async group<T>(title: string, work: () => Promise<T>): Promise<T> {
    core.startGroup(this.clean(title));
    try {
      return await work();
    } finally {
      core.endGroup();
    }
  }

  private clean(text: string): string {
    return oneLine(redact(text, this.secrets));
  }
}
