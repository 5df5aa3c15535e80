import { decodePicture } from '../../cli/node-pictures.ts';
import { exampleRows, recogniseColumns } from '../../data/columns.ts';
import { conversationRow } from '../../data/messages.ts';
import { pictureSize } from '../../data/picture-size.ts';
import { labelledPictures, readPictures } from '../../data/pictures.ts';
import { readTable } from '../../data/read-table.ts';
import { blobFiles } from '../../files/blob-files.ts';
import { zipFiles } from '../../files/zip.ts';
import { taggedWords } from '../../tasks/tokens/words.ts';
import { openGiven } from '../../worker/given/open-given.ts';
import type { Entry } from './entries.ts';
import { bytesOf, ofBytes, ofJson, seedFiles, textOf } from './makers.ts';

const tables = 'data/golden/tables';
const found = 'data/golden/as-found';
const crop = { size: 8, resizeTo: 8, squashes: false, interpolation: 'bilinear' } as const;

/** A table, and what the page asks of it at once. */
const opened =
  (fileName: string) =>
  async (bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
    const table = await readTable(new Blob([bytes]), { fileName });
    const { prompt_column, answer_column, messages_column } = recogniseColumns(table.columns, table.rows);
    if (answer_column !== null) exampleRows(table, { prompt_column, answer_column, messages_column });
  };

const csv = [
  bytesOf('instruction,output\n"What, ""now""?",42\nfoo,"a\nb"\n,\nx,y\n'),
  bytesOf('sep=;\na;b;a\n1;2;3\n4;"5;6";7\n'),
];
const conll = [bytesOf('EU B-ORG\nrejects O\nGerman B-MISC\n\nPeter B-PER\nBlackburn I-PER\n\n')];

/** A JPEG of 8 × 8. */
async function jpeg(): Promise<Uint8Array> {
  const { encode } = await import('jpeg-js');
  return new Uint8Array(encode({ width: 8, height: 8, data: new Uint8Array(256).fill(99) }, 50).data);
}

/** A PNG of 4 × 3. */
async function png(): Promise<Uint8Array> {
  const { encode } = await import('fast-png');
  return encode({ width: 4, height: 3, data: new Uint8Array(36).fill(7), channels: 3, depth: 8 });
}

const pictureOf = (name: string) => (bytes: Uint8Array<ArrayBuffer>) =>
  readPictures(blobFiles(new Map([[name, new Blob([bytes])]]), 'x'), [{ path: name, label: 'a' }], decodePicture, crop);

/** A picture's memory follows from its pixels: bytes of it unpacked, with as many again that decoding takes. */
function unpackedSize(bytes: Uint8Array): number {
  const { width, height } = pictureSize(bytes) ?? { width: 0, height: 0 };
  return Math.max(bytes.length, 6 * Math.min(width * height, 1 << 23));
}

const messages = [
  [
    { role: 'system', content: 'Be kind.' },
    { role: 'user', content: [{ type: 'text', text: 'Hi' }], weight: 1 },
    { role: 'assistant', content: 'Hello', tool_calls: [{ function: { name: 'f', arguments: { a: 1 } } }] },
  ],
  {
    conversations: [
      { from: 'human', value: 'Hi' },
      { from: 'gpt', value: 'Hello' },
    ],
  },
  { role: ['user', 'assistant'], content: ['Hi', 'Hello'] },
];

export async function entries(): Promise<readonly Entry[]> {
  const pictures = [await png()];
  const photo = await jpeg();
  const zip = await zipFiles([
    { path: 'cat/1.png', parts: [Uint8Array.from(pictures[0]!)] },
    { path: 'dog/1.jpg', parts: [Uint8Array.from(photo)] },
  ]);
  const { zipSync } = await import('fflate');
  const deflated = zipSync({ 'a/1.png': pictures[0]!, 'b/2.jpg': photo, 'c.txt': new Uint8Array(5000) });
  return [
    ofBytes('csv', csv, opened('x.csv')),
    ofBytes('tsv', [bytesOf('prompt\tanswer\nq\ta\nr\tb\n')], opened('x.tsv')),
    ofBytes('text', [bytesOf('one\ntwo\n\nthree\n'), ...seedFiles(found, /shift_jis/)], opened('x.txt')),
    ofBytes('conll', conll, opened('x.conll')),
    ofBytes('json', [...seedFiles(tables, /\.json$/), ...seedFiles(found, /\.json$/)], opened('x.json')),
    ofBytes('jsonl', [...seedFiles(tables, /\.jsonl$/), ...seedFiles(found, /\.jsonl$/)], opened('x.jsonl')),
    ofJson(
      'json-values',
      seedFiles(tables, /(columns|records|wrapped)\.json$/).map((bytes) => JSON.parse(textOf(bytes))),
      (_, text) => opened('x.json')(Uint8Array.from(bytesOf(text))),
    ),
    ofBytes('parquet', seedFiles(tables, /\.parquet$/), opened('x.parquet')),
    ofBytes('excel', seedFiles(tables, /\.xlsx$/), opened('x.xlsx')),
    ofJson('conversations', messages, (_, text) => {
      conversationRow(text, { system: text, tools: text });
    }),
    ofJson(
      'tags',
      [
        [
          ['EU', 'rejects'],
          ['B-ORG', 'O'],
        ],
        [
          ['a b', ''],
          [0, 1],
        ],
      ],
      (json) => {
        const [words, tags] = Array.isArray(json) ? json : [json, json];
        taggedWords(JSON.stringify(words) ?? '', JSON.stringify(tags) ?? '');
      },
    ),
    ofBytes('pictures-zip', [new Uint8Array(await zip.arrayBuffer()), deflated], async (bytes) => {
      const files = await openGiven([{ path: 'x.zip', blob: new Blob([bytes]) }]);
      await readPictures(files, await labelledPictures(files), decodePicture, crop);
    }),
    ofBytes('png', pictures, pictureOf('x.png'), unpackedSize),
    ofBytes('jpeg', [photo], pictureOf('x.jpg'), unpackedSize),
  ];
}
