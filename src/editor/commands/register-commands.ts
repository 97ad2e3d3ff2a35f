/** The commands, each with what carries it out; a failure becomes a message and a line in the log. */
import { messageOf, traceOf } from '../../base/error-text.ts';
import * as vscode from 'vscode';
import { COMMANDS, type CommandName } from '../contributions.ts';
import { definitionTools } from '../bundles.ts';
import type { DefinitionSupport } from '../definition-support.ts';
import type { OpenDefinitions } from '../definition-tools.ts';
import type { MeasuredTab } from '../measured/measured-tab.ts';
import type { NetworkReader } from '../networks/network-reader.ts';
import type { ResultsPanel } from '../panel/results-panel.ts';
import type { RunsView } from '../runs/runs-view.ts';
import type { SweepStore } from '../runs/sweep-store.ts';
import type { RunStore } from '../runs/run-store.ts';
import { newDefinition, type SampleHolder } from './definitions.ts';
import { combineRuns, exportShownEnsemble } from './combine-command.ts';
import { exportResults } from './export-results.ts';
import { importModel, isNetworkFile } from './import-model.ts';
import { measureNetworks } from './measure-command.ts';
import { compareRuns, filterRuns, noteRun, renameRun, sortRunsBy } from './run-list-commands.ts';
import { exportSweep, resumeSweep, showSweep, stopSweep } from './sweep-commands.ts';
import { deleteRun, openDefinition, resumeSearch, showResults, stopSearch } from './run-commands.ts';
import { setUpPackages } from './set-up-packages.ts';
import { say } from '../say.ts';

export interface CommandServices extends SampleHolder {
  readonly runs: RunStore;
  readonly sweeps: SweepStore;
  readonly view: RunsView;
  readonly panel: ResultsPanel;
  readonly definitions: DefinitionSupport;
  readonly networks: NetworkReader;
  readonly measured: MeasuredTab;
  /** Of the workspace. */
  readonly memory: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
}

type Tools = Awaited<ReturnType<typeof definitionTools>>;
type ToolsWithDocuments = Tools & {
  readonly services: CommandServices & Pick<OpenDefinitions, 'documents' | 'data' | 'exact' | 'previews'>;
};
type Handler = (called: unknown, more: unknown, further: unknown) => unknown;

export function registerCommands(services: CommandServices): readonly vscode.Disposable[] {
  const { runs, definitions, log } = services;
  const tools = async (): Promise<ToolsWithDocuments> => {
    const { documents, data, exact, previews } = await definitions.load();
    return { ...(await definitionTools()), services: { ...services, documents, data, exact, previews } };
  };
  const handlers: Readonly<Record<CommandName, Handler>> = {
    newModelDefinition: (called) => newDefinition(services, called),
    startSearch: async (called, more) => {
      const { namedStrategy, startSearch, services: all } = await tools();
      return startSearch(all, called, namedStrategy(more));
    },
    startSearchWith: async (called) => {
      const { pickedStrategy, startSearch, services: all } = await tools();
      return startSearch(all, called, pickedStrategy);
    },
    startSweep: async (called) => {
      const { startSweep, services: all } = await tools();
      return startSweep(all, called);
    },
    compareStrategies: async (called) => {
      const { compareStrategies, services: all } = await tools();
      return compareStrategies(all, called);
    },
    previewData: async (called) => {
      const { previewData, services: all } = await tools();
      return previewData(all, called);
    },
    showSweep: (called) => showSweep(services, called),
    stopSweep: (called) => stopSweep(services, called),
    resumeSweep: (called) => resumeSweep(services, called),
    exportSweep: (called) => exportSweep(services, called, 'html'),
    exportSweepTable: (called) => exportSweep(services, called, 'csv'),
    renameRun: (called, more) => renameRun(services, called, more),
    noteRun: (called, more) => noteRun(services, called, more),
    compareRuns: (called, more) => compareRuns(services, called, more),
    combineRuns: (called, more) => combineRuns(services, called, more),
    exportEnsemble: (called, more) => exportShownEnsemble(services, called, more),
    sortRuns: (called) => sortRunsBy(services, called),
    filterRuns: (called) => filterRuns(services, called),
    stopSearch: (called) => stopSearch(services, called),
    resumeSearch: (called) => resumeSearch(services, called),
    showResults: (called, more) => showResults(services, called, more),
    applyArchitecture: async (called, more) => {
      const { applyArchitecture, services: all } = await tools();
      return applyArchitecture(all, called, more);
    },
    applyLayer: async (called) => {
      const { applyLayer, services: all } = await tools();
      return applyLayer(all, called);
    },
    widenValue: async () => {
      const { widenValue, services: all } = await tools();
      return widenValue(all);
    },
    fitBits: async (called, more) => {
      const { fitBits, services: all } = await tools();
      return fitBits(all, called, more);
    },
    acceptProposal: async (called) => (await tools()).acceptProposal(called),
    discardProposal: async (called) => (await tools()).discardProposal(called),
    compressNetwork: async (called, more) => {
      const definition = isNetworkFile(called) ? await importModel(services, called, 'search') : called;
      if (!definition && isNetworkFile(called)) return undefined;
      const { compressNetwork, services: all } = await tools();
      return compressNetwork(all, definition, more);
    },
    specialise: async (called, more) => {
      const { specialise, services: all } = await tools();
      return specialise(all, called, more);
    },
    importModel: (called, more, further) => importModel(services, called, more, further),
    exportResults: (called, more) => exportResults(services, called, more),
    deleteRun: (called, more) => deleteRun(services, called, more),
    openDefinition: (called, more) => openDefinition(services, called, more),
    refreshRuns: () => runs.refresh(),
    measure: (called, more) => measureNetworks(services, called, more, false),
    compareDevices: (called, more) => measureNetworks(services, called, more, true),
    setUpTensorflow: () => setUpPackages(services, 'tensorflow'),
    setUpRuntimes: () => setUpPackages(services, 'runtimes'),
    setUpWebgpu: () => setUpPackages(services, 'webgpu'),
    showLog: () => {
      log.show(true);
    },
  };
  return (Object.keys(COMMANDS) as CommandName[]).map((name) =>
    vscode.commands.registerCommand(COMMANDS[name].id, (called: unknown, more: unknown, further: unknown) =>
      guarded(name, log, () => handlers[name](called, more, further)),
    ),
  );
}

async function guarded(name: CommandName, log: vscode.LogOutputChannel, work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    log.error(`${COMMANDS[name].title}: ${traceOf(error)}`);
    const show = vscode.l10n.t('Show Log');
    const message = vscode.l10n.t('UDC: {0} failed: {1}', COMMANDS[name].title, messageOf(error));
    void say.error(message, show).then((answer) => {
      if (answer === show) log.show(true);
    });
    return undefined;
  }
}
