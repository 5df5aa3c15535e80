/** The bundled example; the built worker lies in a folder beside it. */
export const exampleUrl = new URL(import.meta.env.DEV ? '/example/' : '../example/', self.location.href).href;

export async function exampleRunJson(): Promise<string> {
  return (await exampleFile('run.json')).text();
}

export async function exampleFile(name: string): Promise<Response> {
  const response = await fetch(exampleUrl + name);
  if (!response.ok) throw new Error(`the example's ${name} answered ${response.status}`);
  return response;
}
