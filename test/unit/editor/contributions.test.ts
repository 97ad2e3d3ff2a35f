/** package.json, its texts and the code name the same things. */
import { DEFINITION_PATTERNS, isDefinitionName } from '../../../src/wire/definition-names.ts';
import assert from 'node:assert/strict';
import fs from 'node:fs';
import * as contributions from '../../../src/editor/contributions.ts';

interface Menu {
  readonly command: string;
  readonly alt?: string;
  readonly when?: string;
}
interface Manifest {
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string; readonly category: string }[];
    readonly menus: Readonly<Record<string, readonly Menu[]>>;
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly customEditors: readonly {
      readonly viewType: string;
      readonly selector: readonly { readonly filenamePattern: string }[];
    }[];
    readonly viewsWelcome: readonly { readonly view: string }[];
    readonly configuration: {
      readonly properties: Readonly<
        Record<
          string,
          {
            readonly default: unknown;
            readonly enum?: readonly string[];
            readonly markdownDescription?: string;
            readonly scope?: string;
          }
        >
      >;
    };
    readonly yamlValidation: readonly { readonly fileMatch: readonly string[]; readonly url: string }[];
    readonly walkthroughs: readonly {
      readonly id: string;
      readonly steps: readonly { readonly id: string; readonly media: { readonly markdown?: string } }[];
    }[];
  };
}

const text = fs.readFileSync('package.json', 'utf8');
const manifest = JSON.parse(text) as Manifest;
const nls = JSON.parse(fs.readFileSync('package.nls.json', 'utf8')) as Record<string, string>;
const { contributes } = manifest;
const translated = (value: string): string =>
  value.replace(/%([^%]+)%/g, (_, key: string) => nls[key] ?? `missing ${key}`);

describe('the manifest', () => {
  it('declares exactly the commands of the code, with their titles, in the category UDC', () => {
    const declared = contributes.commands.map(({ command, title, category }) => [command, translated(title), category]);
    const expected = Object.values(contributions.COMMANDS).map(({ id, title }) => [id, title, 'UDC']);
    assert.deepEqual(declared.sort(), expected.sort());
  });

  it('declares exactly the settings of the code, with their defaults and a description', () => {
    const declared = Object.entries(contributes.configuration.properties).map(([id, { default: value }]) => [
      id,
      value,
    ]);
    const expected = Object.values(contributions.SETTINGS).map(({ id, default: value }) => [
      `${contributions.SETTINGS_SECTION}.${id}`,
      value,
    ]);
    assert.deepEqual(declared.sort(), expected.sort());
    for (const [id, { markdownDescription, scope }] of Object.entries(contributes.configuration.properties))
      assert.ok(markdownDescription && scope, id);
    assert.deepEqual(contributes.configuration.properties['udc.backend']?.enum, contributions.BACKENDS);
  });

  it('uses in menus only commands, views and context keys that exist', () => {
    const commands = new Set<string>(Object.values(contributions.COMMANDS).map(({ id }) => id));
    const keys = new Set<string>(Object.values(contributions.CONTEXT));
    for (const [place, entries] of Object.entries(contributes.menus)) {
      for (const { command, alt, when } of entries) {
        assert.ok(commands.has(command), `${place}: ${command}`);
        if (alt !== undefined) assert.ok(commands.has(alt), `${place}: ${alt}`);
        for (const key of when?.match(/udc\.[A-Za-z]+/g) ?? [])
          assert.ok(keys.has(key) || key === contributions.RUNS_VIEW, `${place}: ${key}`);
        if (when?.includes('resourceFilename'))
          assert.ok(when.includes(contributions.WHEN_DEFINITION), `${place}: ${when}`);
      }
    }
  });

  it('has the view, the panel and the walkthrough that the code names', () => {
    assert.deepEqual(
      Object.values(contributes.views)
        .flat()
        .map(({ id }) => id),
      [contributions.RUNS_VIEW],
    );
    assert.ok(contributes.viewsWelcome.every(({ view }) => view === contributions.RUNS_VIEW));
    for (const panel of [contributions.RESULTS_PANEL, contributions.DATA_PANEL, contributions.DEVICES_PANEL])
      assert.ok(manifest.activationEvents.includes(`onWebviewPanel:${panel}`));
    assert.deepEqual(
      contributes.walkthroughs.map(({ id }) => id),
      [contributions.WALKTHROUGH],
    );
    assert.equal(contributes.walkthroughs[0]?.steps.length, 4);
  });

  it('opens .tflite files, and offers their import in the explorer', () => {
    const [editor, ...others] = contributes.customEditors;
    assert.deepEqual(
      [editor?.viewType, editor?.selector, others],
      [contributions.NETWORK_EDITOR, [{ filenamePattern: '*.tflite' }, { filenamePattern: '*.onnx' }], []],
    );
    assert.ok(
      contributes.menus['explorer/context']?.some(
        ({ command, when }) =>
          command === contributions.COMMANDS.importModel.id && when === 'resourceExtname =~ /^\\.(tflite|onnx)$/',
      ),
    );
  });

  it('names only files that exist', () => {
    for (const [, file] of text.matchAll(/"(?:\.\/)?((?:media|schemas)\/[^"]+)"/g))
      assert.ok(fs.existsSync(file!), file);
  });

  it('has a text for every key and no text without a key', () => {
    const used = new Set([...text.matchAll(/%([\w.]+)%/g)].map(([, key]) => key!));
    assert.deepEqual(
      [...used].filter((key) => !(key in nls)),
      [],
    );
    assert.deepEqual(
      Object.keys(nls).filter((key) => !used.has(key)),
      [],
    );
  });

  it('refers in its texts only to commands that exist', () => {
    const commands = new Set<string>(Object.values(contributions.COMMANDS).map(({ id }) => id));
    for (const value of Object.values(nls))
      for (const [, command] of value.matchAll(/command:(udc\.\w+)/g)) assert.ok(commands.has(command!), command);
  });
});

describe('isDefinitionName', () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ['udc.yaml', true],
    ['model.udc.yaml', true],
    ['/a/b/model.udc.yml', true],
    ['a.b.udc.yaml', true],
    ['udc.yml', false],
    ['.udc.yaml', false],
    ['model.yaml', false],
    ['notudc.yaml', false],
    ['model.udc.yaml.bak', false],
    ['udc.yaml/x.txt', false],
  ];
  for (const [name, expected] of cases)
    it(`${name}: ${expected ? 'yes' : 'no'}`, () => {
      assert.equal(isDefinitionName(name), expected);
    });

  it('agrees with the pattern that schema validation uses', () => {
    assert.deepEqual(
      contributes.yamlValidation[0]?.fileMatch.map((pattern) => `**/${pattern}`),
      DEFINITION_PATTERNS,
    );
  });
});
