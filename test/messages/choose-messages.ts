import type { Site } from './site.ts';

/** Strings of a site in one evaluation, normalized: code, message and remedy of an error, or one line. */
export type Message = readonly string[];

export interface Chosen {
  readonly site: Site;
  readonly messages: readonly Message[];
}

/**
 * Chooses the messages to show: for each site as few as show all its texts. A text that is in no message, such as a
 * headline of the job summary, is shown by itself.
 *
 * @param sites sites of all files
 * @param messages messages of each site in this run, by the ID of the site, the preferred ones first
 * @param isCommitted returns true if the committed file shows this message. Such a message is preferred, so the file
 *   does not change if a run creates other messages too
 */
export function chooseMessages(
  sites: readonly Site[],
  messages: ReadonlyMap<number, readonly Message[]>,
  isCommitted: (site: Site, message: Message) => boolean,
): Chosen[] {
  const chosen = new Map<Site, Message[]>();
  const candidates = new Map<Site, readonly Message[]>(
    sites.map((site) => {
      const [committed = [], others = []] = partition(messages.get(site.id) ?? [], (one) => isCommitted(site, one));
      return [site, [...committed.toSorted(byText), ...others]];
    }),
  );
  const of = (site: Site): readonly Message[] => candidates.get(site) ?? [];
  const choose = (site: Site, message: Message) => chosen.set(site, [...(chosen.get(site) ?? []), message]);
  const shows = (message: Message, text: Site) =>
    of(text).some(([value = '']) => message.some((string) => string.includes(value.trim())));

  for (const own of Map.groupBy(sites, ({ file }) => file).values()) {
    const hidden = new Set(own.filter(({ kind }) => kind === 'text'));
    const complete = own.filter(({ kind }) => kind !== 'text');
    // Messages with texts of their own come first, because they are shown in any case.
    for (const site of complete.toSorted((a, b) => Number(b.hasText) - Number(a.hasText))) {
      for (const message of of(site)) {
        const shown = [...hidden].filter((text) => shows(message, text));
        if (shown.length > 0) choose(site, message);
        for (const text of shown) hidden.delete(text);
      }
      const [first] = of(site);
      if (site.hasText && first && !chosen.has(site)) choose(site, first);
    }
  }
  for (const site of sites) {
    const [first] = of(site);
    const isShown = [...chosen.values()]
      .flat()
      .some((message) =>
        site.kind === 'text' ? shows(message, site) : of(site).some((own) => own.join('\n') === message.join('\n')),
      );
    if (first && !isShown) choose(site, first);
  }
  return sites.flatMap((site) => {
    const own = chosen.get(site);
    return own ? [{ site, messages: own.toSorted(byText) }] : [];
  });
}

function byText(one: Message, other: Message): number {
  return one.join('\n') < other.join('\n') ? -1 : 1;
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))];
}
