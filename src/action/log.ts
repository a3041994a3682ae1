import * as core from '@actions/core';
import type { CopyError } from '../errors.ts';
import type { Narrator } from '../narrator.ts';
import { oneLine, redact, SHORTEST_SECRET, secretsOf } from './redact.ts';

/** The step's log. Everything that is written passes through here, so that no text can act as a workflow command. */
export class Log implements Narrator {
  private readonly concealed: string[] = [];

  constructor(env: NodeJS.ProcessEnv) {
    for (const secret of secretsOf(env)) this.conceal(secret);
  }

  /** What is never shown, in here or anywhere else. */
  get secrets(): readonly string[] {
    return this.concealed;
  }

  /** From now on neither the Action nor, in its log, the runner shows this. To be told before it is used. */
  conceal(secret: string): void {
    if (secret.length < SHORTEST_SECRET || this.concealed.includes(secret)) return;
    core.setSecret(secret);
    this.concealed.push(secret);
    // Longest first, so that one that contains another is replaced whole.
    this.concealed.sort((a, b) => b.length - a.length);
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

  /**
   * One annotation: what happened, what to do, where to read on. Its lines are the error's own; the runner gets them
   * escaped.
   */
  failure(error: CopyError, help?: string): void {
    const more = help === undefined ? [] : [`More: ${help}`];
    const lines = [...error.message.split('\n'), error.remedy, ...more].map((line) => this.clean(line));
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
    return oneLine(redact(text, this.concealed));
  }
}
