/** Told while a file is read: bytes read, bytes in all. */
export type Progress = (done: number, total: number) => void;
