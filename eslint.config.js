import tseslint from 'typescript-eslint';

/** The arrows of docs/architecture.md: what each room may not import. */
const ROOMS = {
  shared: [], model: ['shared'], npu: ['model', 'shared'], data: ['model', 'shared'], integer: ['npu', 'model', 'shared'], compute: ['shared'],
  search: ['compute', 'data', 'integer', 'npu', 'model', 'shared'],
  runs: ['search', 'integer', 'data', 'compute', 'npu', 'model', 'shared'],
  export: ['integer', 'npu', 'model', 'shared'],
  cli: ['runs', 'export', 'search', 'integer', 'data', 'compute', 'npu', 'model', 'shared'],
  editor: ['runs', 'export', 'npu', 'model', 'shared'],
};
const PURE = ['shared', 'model', 'npu'];

function roomRules([room, allowed]) {
  const forbidden = Object.keys(ROOMS).filter((other) => other !== room && !allowed.includes(other));
  const patterns = [
    { regex: `(^|/)(${[...forbidden, 'webview'].join('|')})/`, message: `src/${room} may import only ${allowed.join(', ') || 'itself'} (docs/architecture.md)` },
    ...(room === 'editor' ? [] : [{ regex: '^vscode$', message: 'only src/editor and src/extension.ts import vscode' }]),
    ...(PURE.includes(room) ? [{ regex: '^(node:|@tensorflow/)', message: `src/${room} runs without node and without a tensor library` }] : []),
  ];
  return { files: [`src/${room}/**/*.ts`], rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

export default tseslint.config(
  { ignores: ['node_modules', 'dist', 'out', 'src/compute/kernels/assembly', '**/*.generated.*', '.vscode-server-test', '.venv'] },
  ...tseslint.configs.strict,
  {
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      'max-lines': ['warn', 400],
      eqeqeq: 'error',
      // Labels are what a definition says; what they mean was read once (Decision.options).
      'no-restricted-syntax': ['error',
        { selector: "CallExpression[callee.name=/^(Number|parseInt|parseFloat|parseSize)$/] Identifier[name=/^labels?$/]", message: 'read Decision.options; a label is not parsed again' },
        { selector: "CallExpression[callee.property.name='map'][callee.object.name='labels'] > Identifier[name='Number']", message: 'read Decision.options; a label is not parsed again' },
        { selector: "CallExpression[callee.property.name='map'][callee.object.property.name='labels'] > Identifier[name='Number']", message: 'read Decision.options; a label is not parsed again' },
      ],
    },
  },
  { files: ['**/*.cjs'], rules: { '@typescript-eslint/no-require-imports': 'off' } },
  ...Object.entries(ROOMS).map(roomRules),
  {
    files: ['src/**/*.ts'], ignores: ['src/editor/say.ts'],
    rules: {
      'no-restricted-syntax': ['error', {
        selector: 'MemberExpression[property.name=/^(show(Information|Warning|Error)Message|showQuickPick|withProgress)$/]',
        message: 'names from outside would become links and icons: src/editor/say.ts shows them as text',
      }],
    },
  },
  { files: ['webview/**/*.ts'], rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: '/src/(?!shared)', message: 'the webview imports only src/shared' }] }] } },
);
