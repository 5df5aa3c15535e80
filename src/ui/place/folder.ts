/** A folder on the visitor's disk that a later visit can go back to. */
export interface Folder {
  readonly name: string;
  /** The files in it; null where the visitor did not allow that. Only `ask` in answer to a click. */
  files(ask: boolean): Promise<readonly { readonly path: string; readonly blob: Blob }[] | null>;
}
