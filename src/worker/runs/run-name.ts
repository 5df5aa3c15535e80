/** The name of a run that was given none: its model and its data, such as "SmolLM2-135M · faq". */
export function usualName({ model, table }: { readonly model: string; readonly table: string }): string {
  const lastPart = (path: string) => path.replace(/\/+$/, '').replace(/^.*[/\\]/, '');
  const [name, data] = [
    lastPart(model),
    lastPart(table)
      .replace(/\.(gz|zip)$/i, '')
      .replace(/\.\w{1,8}$/, ''),
  ];
  return [name, data].filter((part) => part !== '').join(' · ');
}
