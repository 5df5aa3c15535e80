/**
 * `npm run setup`: installs everything that the tests need and runs none: packages (before this), a browser, a Vulkan driver, and Python
 * with its packages for `npm run test:interop`.
 */
import { installBrowser } from './install-browser.js';
import { installVulkan } from './install-vulkan.js';
import { preparePython } from './python.js';

const { browser, problem } = await installBrowser();
await installVulkan();
console.log(browser ? `Browser: ${browser}` : `Browser: none. ${problem}`);
const { python, problem: pythonProblem } = await preparePython();
console.log(python ? `Python: ${python}` : `Python: none. ${pythonProblem}`);
process.exit(browser && python ? 0 : 1);
