import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

interface Package {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression, as its package.json says. */
  readonly licence: string;
  readonly text: string;
}

/**
 * Writes what the built page is made of beside its own code: `licences.md`, which the licences ask for, and
 * `sbom.cdx.json` (CycloneDX). Only packages of which something is in a script count, those of workers among them.
 */
export function licences(): { readonly ofPage: () => Plugin; readonly ofWorker: () => Plugin } {
  const folders = new Set<string>();
  const collect: Plugin['generateBundle'] = (_, bundle) => {
    for (const output of Object.values(bundle))
      if (output.type === 'chunk') for (const id of output.moduleIds) folders.add(packageFolder(id) ?? '');
    folders.delete('');
  };
  return {
    ofWorker: () => ({ name: 'licences-of-worker', generateBundle: collect }),
    ofPage: () => ({
      name: 'licences',
      apply: 'build',
      // Workers are bundled while the page's modules are transformed, so theirs are known by now.
      generateBundle(options, bundle, isWrite) {
        collect.call(this, options, bundle, isWrite);
        const packages = [...folders].map(packageAt).sort((a, b) => (a.name < b.name ? -1 : 1));
        this.emitFile({ type: 'asset', fileName: 'licences.md', source: inWords(packages) });
        this.emitFile({ type: 'asset', fileName: 'sbom.cdx.json', source: cycloneDx(packages) });
      },
    }),
  };
}

/** The folder of the package that a module is of; undefined for the page's own. */
const packageFolder = (id: string): string | undefined =>
  /^\0?(\/?.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];

/** @throws Error where the package says no licence */
function packageAt(folder: string): Package {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  if (typeof license !== 'string') throw new Error(`${name} says no licence: look at it before it is built in`);
  const files = readdirSync(folder).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file));
  const texts = files.sort().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return { name, version, licence: license, text: texts.join('\n\n') };
}

function inWords(packages: readonly Package[]): string {
  const parts = packages.map(({ name, version, licence, text }) =>
    [`## ${name} ${version}`, licence, text === '' ? 'The package brings no text of its licence.' : text].join('\n\n'),
  );
  return `${['# Packages in this page', ...parts].join('\n\n')}\n`;
}

function cycloneDx(packages: readonly Package[]): string {
  const components = packages.map(({ name, version, licence }) => {
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
    return { type: 'library', 'bom-ref': purl, name, version, purl, licenses: [{ expression: licence }] };
  });
  const application = { type: 'application', name: 'atelier' };
  const document = { bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, metadata: { component: application } };
  return `${JSON.stringify({ ...document, components }, null, 1)}\n`;
}
