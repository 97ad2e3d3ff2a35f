/**
 * Every identifier that package.json and the code share: commands, settings, views, context keys, file patterns. A test
 * holds the two together.
 */
import { DEFINITION_NAME_SOURCE } from '../wire/definition-names.ts';

/** Commands, with the name a person sees after "UDC: ". */
export const COMMANDS = {
  newModelDefinition: { id: 'udc.newModelDefinition', title: 'New Model Definition' },
  startSearch: { id: 'udc.startSearch', title: 'Start Search' },
  startSearchWith: { id: 'udc.startSearchWith', title: 'Start Search With…' },
  startSweep: { id: 'udc.startSweep', title: 'Sweep' },
  compareStrategies: { id: 'udc.compareStrategies', title: 'Compare Strategies' },
  previewData: { id: 'udc.previewData', title: 'Preview Data' },
  showSweep: { id: 'udc.showSweep', title: 'Show Sweep' },
  stopSweep: { id: 'udc.stopSweep', title: 'Stop Sweep' },
  resumeSweep: { id: 'udc.resumeSweep', title: 'Resume Sweep' },
  exportSweep: { id: 'udc.exportSweep', title: 'Export Sweep as a Report' },
  exportSweepTable: { id: 'udc.exportSweepTable', title: 'Export Sweep as CSV' },
  stopSearch: { id: 'udc.stopSearch', title: 'Stop Search' },
  resumeSearch: { id: 'udc.resumeSearch', title: 'Resume Search' },
  showResults: { id: 'udc.showResults', title: 'Show Results' },
  applyArchitecture: { id: 'udc.applyArchitecture', title: 'Apply Architecture' },
  applyLayer: { id: 'udc.applyLayer', title: 'Apply Architecture to This Layer' },
  widenValue: { id: 'udc.widenValue', title: 'Widen This Value to a Choice' },
  fitBits: { id: 'udc.fitBits', title: 'Fit Bits' },
  acceptProposal: { id: 'udc.acceptProposal', title: 'Apply Proposed Changes' },
  discardProposal: { id: 'udc.discardProposal', title: 'Discard Proposed Changes' },
  compressNetwork: { id: 'udc.compressNetwork', title: 'Compress This Network' },
  importModel: { id: 'udc.importModel', title: 'Import Model' },
  specialise: { id: 'udc.specialise', title: 'Specialise for a Budget' },
  exportResults: { id: 'udc.exportResults', title: 'Export Results' },
  renameRun: { id: 'udc.renameRun', title: 'Rename Run' },
  noteRun: { id: 'udc.noteRun', title: 'Add a Note to Run' },
  compareRuns: { id: 'udc.compareRuns', title: 'Compare Runs' },
  combineRuns: { id: 'udc.combineRuns', title: 'Combine Runs…' },
  exportEnsemble: { id: 'udc.exportEnsemble', title: 'Export Ensemble' },
  sortRuns: { id: 'udc.sortRuns', title: 'Sort Runs' },
  filterRuns: { id: 'udc.filterRuns', title: 'Filter Runs' },
  deleteRun: { id: 'udc.deleteRun', title: 'Delete Run' },
  openDefinition: { id: 'udc.openDefinition', title: 'Open Definition' },
  refreshRuns: { id: 'udc.refreshRuns', title: 'Refresh Runs' },
  measure: { id: 'udc.measure', title: 'Measure' },
  compareDevices: { id: 'udc.compareDevices', title: 'Compare Devices' },
  setUpTensorflow: { id: 'udc.setUpTensorflow', title: 'Set Up Native TensorFlow' },
  setUpRuntimes: { id: 'udc.setUpRuntimes', title: 'Set Up Runtimes' },
  setUpWebgpu: { id: 'udc.setUpWebgpu', title: 'Set Up WebGPU' },
  showLog: { id: 'udc.showLog', title: 'Show Log' },
} as const;

export type CommandName = keyof typeof COMMANDS;

/** Settings, with their defaults. `SettingValues` is what `settings.ts` hands out. */
export const SETTINGS = {
  backend: { id: 'backend', default: 'auto' },
  inlayHints: { id: 'inlayHints.enabled', default: true },
  codeLens: { id: 'codeLens.enabled', default: true },
  budget: { id: 'search.budget', default: '' },
  seed: { id: 'search.seed', default: null },
  baselines: { id: 'search.baselines', default: false },
  openResults: { id: 'search.openResults', default: true },
  nodePath: { id: 'nodePath', default: '' },
  parallelNetworks: { id: 'parallelNetworks', default: 0 },
  confirmByVela: { id: 'confirmByVela', default: true },
} as const;

/** The section that all settings live in. */
export const SETTINGS_SECTION = 'udc';

/** What `udc.backend` accepts. */
export const BACKENDS = ['auto', 'wasm', 'tensorflow', 'webgpu', 'cpu'] as const;

export const RUNS_VIEW = 'udc.runs';
export const RESULTS_PANEL = 'udc.results';
export const DATA_PANEL = 'udc.data';
export const DEVICES_PANEL = 'udc.devices';
/** The editor of .tflite files. */
export const NETWORK_EDITOR = 'udc.network';
export const WALKTHROUGH = 'udc.start';

/** Texts that stand beside a definition in the diff editor, and are none themselves. */
export const TEXT_SCHEMES = { before: 'udc-before', proposed: 'udc-proposed' } as const;

/** Context keys for `when` clauses. */
export const CONTEXT = { searchRunning: 'udc.searchRunning', hasRuns: 'udc.hasRuns' } as const;

/** Kind of the code actions that write an architecture or a choice into a definition. */
export const REWRITE_KIND = 'refactor.rewrite.udc';

/** Name of the diagnostics' source and of the output channel. */
export const SOURCE = 'UDC';

/** For `when` clauses: the same as `isDefinitionName`, on the file of the active editor. */
export const WHEN_DEFINITION = `resourceFilename =~ /${DEFINITION_NAME_SOURCE}/`;

/** The `contextValue` of a run in the view, by state: what its menu entries test. */
export const RUN_CONTEXT_PREFIX = 'run:';
