/** The parts of an .xlsx file (ECMA-376, SpreadsheetML) that hold its cells. */
import { Parser } from 'saxen';

type Attributes = Readonly<Record<string, string>>;

interface Heard {
  open?(name: string, attributes: Attributes): void;
  close?(name: string, text: string): void;
}

/** Tells of the elements of a text, without their prefixes; at its end each brings the text that stands right in it. */
function hear(xml: string, { open, close }: Heard): void {
  const texts: string[] = [];
  const plain = (name: string) => name.slice(name.indexOf(':') + 1);
  new Parser()
    .on('openTag', (name, attributes, decode) => {
      texts.push('');
      const read = Object.entries(attributes()).map(([key, value]) => [key, decode(value)]);
      open?.(plain(name), Object.fromEntries(read));
    })
    .on('text', (text, decode) => {
      if (texts.length > 0) texts[texts.length - 1] += decode(text);
    })
    .on('cdata', (text) => {
      if (texts.length > 0) texts[texts.length - 1] += text;
    })
    .on('closeTag', (name) => close?.(plain(name), texts.pop()!))
    .on('error', (error) => {
      throw error;
    })
    .parse(xml);
}

/** Control characters stand as _x000D_; line ends become \n as in the other formats. */
const unescaped = (text: string): string =>
  text
    .replace(/_x([\dA-Fa-f]{4})_/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replace(/\r\n?/g, '\n');

/** Targets of a part's relationships by their ids. */
export function readRelationships(xml: string): ReadonlyMap<string, string> {
  const targets = new Map<string, string>();
  hear(xml, {
    open(name, { Id, Target }) {
      if (name === 'Relationship' && Id && Target) targets.set(Id, Target);
    },
  });
  return targets;
}

export interface Workbook {
  readonly sheets: readonly { readonly name: string; readonly relation: string; readonly hidden: boolean }[];
  /** Days are counted from 1904. */
  readonly from1904: boolean;
}

export function readWorkbook(xml: string): Workbook {
  const sheets: Workbook['sheets'][number][] = [];
  let from1904 = false;
  hear(xml, {
    open(name, attributes) {
      if (name === 'workbookPr') from1904 = /^(1|true)$/.test(attributes.date1904 ?? '');
      if (name !== 'sheet') return;
      const relation = Object.entries(attributes).find(([key]) => /:id$/.test(key))?.[1] ?? '';
      sheets.push({ name: attributes.name ?? '', relation, hidden: /hidden/i.test(attributes.state ?? '') });
    },
  });
  return { sheets, from1904 };
}

/** Shared texts in their order, without the readings that stand above Japanese words. */
export function readSharedStrings(xml: string): string[] {
  const strings: string[] = [];
  let [text, phonetic] = ['', false];
  hear(xml, {
    open(name) {
      if (name === 'si') text = '';
      if (name === 'rPh') phonetic = true;
    },
    close(name, inner) {
      if (name === 'rPh') phonetic = false;
      if (name === 't' && !phonetic) text += inner;
      if (name === 'si') strings.push(unescaped(text));
    },
  });
  return strings;
}

/** The number format of each style: a code of its own, or the number of a built-in one. */
export function readStyles(xml: string): (string | number)[] {
  const codes = new Map<number, string>();
  const styles: (string | number)[] = [];
  let inCells = false;
  hear(xml, {
    open(name, attributes) {
      const id = Number(attributes.numFmtId ?? 0);
      if (name === 'numFmt') codes.set(id, attributes.formatCode ?? '');
      if (name === 'cellXfs') inCells = true;
      if (name === 'xf' && inCells) styles.push(codes.get(id) ?? id);
    },
    close(name) {
      if (name === 'cellXfs') inCells = false;
    },
  });
  return styles;
}

export interface SheetCell {
  /** `s`, `str`, `inlineStr`, `b`, `e`, `d`, or `n` for numbers. */
  readonly type: string;
  readonly style: number;
  /** What the file has; of `inlineStr` its text. Null where there is no value. */
  readonly value: string | null;
  readonly hasFormula: boolean;
}

export interface SheetRow {
  /** From 1. */
  readonly number: number;
  readonly hidden: boolean;
  /** By column, from 0; empty places where the file has no cell. */
  readonly cells: readonly (SheetCell | undefined)[];
}

export interface Sheet {
  readonly rows: readonly SheetRow[];
  /** References such as A1:B3. */
  readonly merged: readonly string[];
}

/** A sheet's last column, XFD, and last row. */
const sheetColumns = 16_384;
const sheetRows = 1_048_576;

/** A cell whose reference lies beyond what a sheet has. */
export class OutOfSheet extends Error {}

/** Places that stand empty before cells: a list of that length is made of each row. */
const cellsBeside = 4 << 20;

/** @throws OutOfSheet */
export function readSheet(xml: string): Sheet {
  let places = 0;
  const rows: SheetRow[] = [];
  const merged: string[] = [];
  let cells: (SheetCell | undefined)[] = [];
  let [number, hidden, column, phonetic] = [0, false, 0, false];
  let cell = { type: 'n', style: 0, value: null as string | null, hasFormula: false };
  hear(xml, {
    open(name, attributes) {
      if (name === 'row') {
        cells = [];
        [number, hidden, column] = [Number(attributes.r ?? number + 1), /^(1|true)$/.test(attributes.hidden ?? ''), 0];
        if (!(number >= 1 && number <= sheetRows)) throw new OutOfSheet();
      } else if (name === 'c') {
        column = attributes.r ? columnOf(attributes.r) : column;
        if (column < 0 || column >= sheetColumns) throw new OutOfSheet();
        cell = { type: attributes.t ?? 'n', style: Number(attributes.s ?? 0), value: null, hasFormula: false };
      } else if (name === 'f') cell.hasFormula = true;
      else if (name === 'rPh') phonetic = true;
      else if (name === 'mergeCell') merged.push(attributes.ref ?? '');
    },
    close(name, text) {
      if (name === 'v') cell.value = text;
      else if (name === 't' && !phonetic) cell.value = (cell.value ?? '') + text;
      else if (name === 'rPh') phonetic = false;
      else if (name === 'c') cells[column++] = { ...cell, value: cell.value === null ? null : unescaped(cell.value) };
      else if (name === 'row') {
        places += cells.length;
        if (places > cellsBeside + xml.length) throw new OutOfSheet();
        rows.push({ number, hidden, cells });
      }
    },
  });
  return { rows, merged };
}

/** Of a reference such as BC12, from 0. */
function columnOf(reference: string): number {
  let column = 0;
  for (const letter of /^[A-Z]+/i.exec(reference)?.[0].toUpperCase() ?? '')
    column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}
