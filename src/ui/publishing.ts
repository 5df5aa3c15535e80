import type { Publishing } from '../worker/protocol.ts';

/** Put in when the page is built; tests have none. */
declare const __PUBLISHING__: Publishing | null | undefined;

/** How publishing was built in; null where it was not. */
export const publishing: Publishing | null = typeof __PUBLISHING__ === 'undefined' ? null : __PUBLISHING__;
