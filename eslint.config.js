import fs from 'node:fs';
import path from 'node:path';
import tseslint from 'typescript-eslint';

/** The arrows of docs/architecture.md: what each room may import. Rooms stand below those that they import. */
const ROOMS = {
  editor: ['measure', 'runs', 'formats', 'reports', 'language', 'costs', 'targets', 'network', 'wire', 'text', 'base'],
  cli: [
    'measure',
    'runs',
    'formats',
    'reports',
    'data',
    'language',
    'costs',
    'targets',
    'network',
    'wire',
    'text',
    'base',
  ],
  runs: [
    'formats',
    'deploy',
    'strategies',
    'training',
    'tasks',
    'devices',
    'data',
    'integer',
    'language',
    'costs',
    'targets',
    'network',
    'wire',
    'text',
    'base',
  ],
  measure: ['formats', 'devices', 'integer', 'costs', 'targets', 'network', 'wire', 'text', 'base'],
  formats: ['deploy', 'reports', 'integer', 'language', 'costs', 'targets', 'network', 'wire', 'text', 'base'],
  reports: ['charts', 'integer', 'language', 'costs', 'targets', 'network', 'wire', 'text', 'base'],
  strategies: ['deploy', 'training', 'tasks', 'data', 'integer', 'costs', 'targets', 'network', 'wire', 'base'],
  training: ['tasks', 'devices', 'data', 'integer', 'costs', 'targets', 'network', 'wire', 'base'],
  tasks: ['wire'],
  devices: ['base'],
  data: ['network', 'wire', 'signals', 'base'],
  integer: ['costs', 'targets', 'network', 'wire', 'base'],
  language: ['network', 'wire', 'text', 'base'],
  costs: ['targets', 'network', 'wire', 'text', 'base'],
  targets: ['network', 'wire', 'text', 'base'],
  network: ['wire', 'text', 'base'],
  deploy: ['wire', 'text', 'base'],
  charts: ['wire', 'text', 'base'],
  wire: ['text', 'signals', 'base'],
  text: ['base'],
  signals: [],
  base: [],
};

/** Rooms that run anywhere: neither node nor a tensor library. */
const PURE = ['language', 'network', 'targets', 'costs', 'deploy', 'charts', 'wire', 'text', 'signals', 'base'];
/** Rooms that hold tensors. */
const TENSORS = ['devices', 'training', 'tasks', 'strategies'];

/** Each strategy has a folder; `session` and `space` are everybody's. */
const STRATEGIES = fs
  .readdirSync(path.join(import.meta.dirname, 'src/strategies'), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !['session', 'space'].includes(entry.name))
  .map(({ name }) => name);

function roomRules([room, allowed]) {
  const forbidden = Object.keys(ROOMS).filter((other) => other !== room && !allowed.includes(other));
  const patterns = [
    {
      regex: `^(\\.\\./)+(${[...forbidden, 'webview'].join('|')})/`,
      message: `src/${room} may import only ${allowed.join(', ') || 'itself'} (docs/architecture.md)`,
    },
    ...(room === 'language'
      ? []
      : [
          {
            regex: '/language/yaml/',
            message: 'ask src/language/language-table.ts for the language of the file, by its name',
          },
        ]),
    ...(room === 'strategies'
      ? [
          {
            regex: `^\\.\\./(${STRATEGIES.join('|')})/`,
            message: 'no strategy knows another: what two share stands in src/strategies/space or session',
          },
        ]
      : []),
    ...(room === 'editor'
      ? []
      : [{ regex: '^vscode$', message: 'only src/editor and src/extension.ts import vscode' }]),
    ...(PURE.includes(room) ? [{ regex: '^node:', message: `src/${room} runs without node` }] : []),
    ...(TENSORS.includes(room)
      ? []
      : [{ regex: '^@tensorflow/', message: `src/${room} knows no tensors: ${TENSORS.join(', ')} do` }]),
  ];
  return { files: [`src/${room}/**/*.ts`], rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

/** All sources by their name, so that two of one name are found. */
const named = new Map();
for (const folder of ['src', 'webview']) {
  for (const file of fs.readdirSync(path.join(import.meta.dirname, folder), { recursive: true })) {
    if (!file.endsWith('.ts') || file.includes('assembly')) continue;
    const name = path.basename(file);
    named.set(name, [...(named.get(name) ?? []), path.join(folder, file)]);
  }
}

/** Project rules: a file's name is its own. */
const house = {
  rules: {
    'unique-name': {
      create: (context) => ({
        Program(node) {
          const others = named.get(path.basename(context.filename)) ?? [];
          if (others.length > 1) context.report({ node, message: `two files of one name: ${others.join(', ')}` });
        },
      }),
    },
  },
};

const labelMessage = 'read Decision.options; a label is not parsed again';

export default tseslint.config(
  {
    ignores: [
      'node_modules',
      'dist',
      'out',
      'src/devices/kernels/assembly',
      '**/*.generated.*',
      '.vscode-server-test',
      '.venv',
    ],
  },
  ...tseslint.configs.strict,
  {
    plugins: { house },
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      'max-lines': ['warn', 500],
      // Texts for people are not broken: they are searched for as they are shown.
      'max-len': [
        'error',
        { code: 120, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true, ignoreUrls: true },
      ],
      eqeqeq: 'error',
      // Labels are what a definition says; what they mean was read once (Decision.options).
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'CallExpression[callee.name=/^(Number|parseInt|parseFloat|parseSize)$/] Identifier[name=/^labels?$/]',
          message: labelMessage,
        },
        {
          selector:
            "CallExpression[callee.property.name='map'][callee.object.name='labels'] > Identifier[name='Number']",
          message: labelMessage,
        },
        {
          selector:
            "CallExpression[callee.property.name='map'][callee.object.property.name='labels'] > Identifier[name='Number']",
          message: labelMessage,
        },
      ],
    },
  },
  { files: ['src/**/*.ts', 'webview/**/*.ts'], rules: { 'house/unique-name': 'error' } },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  ...Object.entries(ROOMS).map(roomRules),
  {
    files: ['src/**/*.ts'],
    ignores: ['src/editor/say.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector:
            'MemberExpression[property.name=/^(show(Information|Warning|Error)Message|showQuickPick|withProgress)$/]',
          message: 'names from outside would become links and icons: src/editor/say.ts shows them as text',
        },
      ],
    },
  },
  {
    files: ['webview/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/src/(?!(wire|charts|text|base)/)',
              message: 'the webview imports only src/wire, charts, text, base',
            },
          ],
        },
      ],
    },
  },
);
