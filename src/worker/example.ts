import { httpFiles } from '../files/http-files.ts';
import type { Bytes } from '../files/source.ts';

/** The bundled example; the built worker lies in a folder beside it. */
export const exampleUrl = new URL(import.meta.env.DEV ? '/example/' : '../example/', self.location.href).href;

const files = httpFiles(exampleUrl, (input, init) => fetch(input, init), ['run.json', 'data.csv']);

export const exampleRunJson = (): Promise<string> => files.text('run.json');

export const exampleTableBytes = (): Promise<Bytes> => files.read('data.csv');
