import { chooseMessages, type Message } from './choose-messages.ts';
import { renderMessage, renderMessages } from './render.ts';
import type { Site } from './site.ts';

/**
 * Returns the content of messages.md. It is the same in each run that creates the messages of the committed file,
 * regardless of which other messages the run creates, and how often.
 *
 * @param messages messages of each site in this run, by the ID of the site, the preferred ones first
 * @param committed content of the committed file; '' if there is none
 */
export function settleMessages(
  sites: readonly Site[],
  messages: ReadonlyMap<number, readonly Message[]>,
  committed: string,
): string {
  let text = committed;
  let before: string;
  // Messages that were chosen once are preferred from then on, which can make some of them superfluous.
  do {
    before = text;
    text = renderMessages(chooseMessages(sites, messages, isShownIn(before)));
  } while (before !== text);
  return text;
}

function isShownIn(text: string): (site: Site, message: Message) => boolean {
  return (site, message) => text.includes(`\n${renderMessage(site, message)}\n`);
}
