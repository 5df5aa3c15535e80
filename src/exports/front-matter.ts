/** The YAML at the head of a model card, as the Hub reads it. */

/** A text or a list of texts; what is undefined or empty is left out. */
type Entry = string | readonly string[] | undefined;

/** Every text is quoted as JSON, which YAML reads alike: names such as `no` or `1.0` stay texts. */
export function frontMatter(entries: Readonly<Record<string, Entry>>): string {
  const lines = Object.entries(entries).flatMap(([key, value]) => {
    if (value === undefined || value.length === 0) return [];
    if (typeof value === 'string') return [`${key}: ${JSON.stringify(value)}`];
    return [`${key}:`, ...value.map((each) => `- ${JSON.stringify(each)}`)];
  });
  return `---\n${lines.join('\n')}\n---\n`;
}

/** Whether a name is one of the Hub's, which `base_model` must be. */
export const isHubName = (name: string): boolean => /^(?!\.)[\w.-]+(\/(?!\.)[\w.-]+)?$/.test(name);

/** `license` of a card's front matter, with the name and the link that "other" comes with; null where it says none. */
export function licenceOf(card: string): string | null {
  const [, yaml = ''] = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(card) ?? [];
  const value = (key: string): string | undefined => {
    const [, text] = new RegExp(`^${key}:[ \\t]*(.+?)[ \\t]*$`, 'm').exec(yaml) ?? [];
    return text?.replace(/^(["'])(.*)\1$/, '$2');
  };
  const [licence, name, link] = ['license', 'license_name', 'license_link'].map(value);
  if (licence === undefined || licence.startsWith('#')) return null;
  return [name && licence === 'other' ? name : licence, ...(link ? [`(${link})`] : [])].join(' ');
}
