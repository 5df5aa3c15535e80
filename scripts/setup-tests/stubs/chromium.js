#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { giveUp } from './record.js';

const there = (name) => existsSync(join(process.env.STUB_BIN, '..', name));
if (there('lacks-libraries') && !there('libraries')) giveUp('error while loading shared libraries: libnss3.so');
console.log('Chromium 150.0');
