#!/usr/bin/env node
// apt-cache policy: STUB_MESA is the version that Debian has.
import { record } from './record.js';

record('apt-cache');
console.log(`mesa-vulkan-drivers:\n  Installed: (none)\n  Candidate: ${process.env.STUB_MESA}`);
