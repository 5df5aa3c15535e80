/** The process that `tokeniseProcess` starts. */
import { tokeniseRequests } from '../training/session/tokenise.ts';

process.on('message', tokeniseRequests((answer) => process.send!(answer)) as (message: unknown) => void);
