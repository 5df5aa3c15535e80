import { record } from './record.js';

record('biome');
