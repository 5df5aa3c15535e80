/** The answer to a Git LFS batch request, as far as uploads are told by it. */
export interface LfsBatch {
  readonly objects: readonly LfsObject[];
}

interface LfsObject {
  readonly oid: string;
  readonly actions?: { readonly upload?: LfsUpload };
}

interface LfsUpload {
  readonly href: string;
  /** Of an upload in parts: `chunk_size`, and the address of each part by its number. */
  readonly header?: Readonly<Record<string, string>>;
}

/**
 * What a storage has taken of uploads in parts that were broken off. A storage opens such an upload anew whenever it is
 * asked; the one begun before takes the parts that it lacks, for as long as its addresses are valid.
 */
export class SentParts {
  private readonly begun = new Map<string, LfsUpload>();
  private readonly tags = new Map<string, string>();

  /** The batch with uploads that were begun in place of those that the storage would begin. */
  continued(batch: LfsBatch): LfsBatch {
    const objects = batch.objects.map((object) => {
      const upload = object.actions?.upload;
      if (!upload?.header?.chunk_size) return object;
      const begun = this.begun.get(object.oid);
      if (begun) return { ...object, actions: { ...object.actions, upload: begun } };
      this.begun.set(object.oid, upload);
      return object;
    });
    return { ...batch, objects };
  }

  /** The tag that the storage gave a part that it took. */
  tagOf(address: string): string | undefined {
    return this.tags.get(address);
  }

  took(address: string, tag: string): void {
    this.tags.set(address, tag);
  }

  /** Begins the upload that an address belongs to anew: the storage does not go on with it. */
  forget(address: string): void {
    for (const [oid, { href, header = {} }] of this.begun) {
      const addresses = [href, ...Object.values(header)];
      if (!addresses.includes(address)) continue;
      this.begun.delete(oid);
      for (const each of addresses) this.tags.delete(each);
    }
  }
}
