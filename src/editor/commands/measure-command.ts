/** "Measure" and "Compare Devices": which networks, on which devices; then `udc measure` beside, and its page. */
import { dirname } from 'node:path';
import * as vscode from 'vscode';
import { list, string } from '../../base/validate.ts';
import { homeOfRun } from '../../runs/folder/read-measurements.ts';
import { isDefinitionName } from '../../wire/definition-names.ts';
import { listedRuntimes, measureReport, type ListedRuntime } from '../../wire/measurements.ts';
import { askMeasure } from '../measured/measure-process.ts';
import { asRequest, type MeasureRequest } from '../measured/measure-request.ts';
import type { MeasuredTab } from '../measured/measured-tab.ts';
import { isFinished, runDescription, type RunRecord } from '../runs/run-record.ts';
import { isRecord } from '../runs/runs-view.ts';
import type { RunStore } from '../runs/run-store.ts';
import { pick, pickMany, say, whileWorking } from '../say.ts';
import { runOf } from './choose-run.ts';
import { activeDefinition, findDefinitions } from './definitions.ts';
import { shownNetwork } from './import-model.ts';
import { mayRunWorker } from './trust.ts';

export interface MeasureServices {
  readonly runs: RunStore;
  readonly measured: MeasuredTab;
  readonly memory: vscode.Memento;
  readonly log: vscode.LogOutputChannel;
}

/** A network to measure. */
interface Candidate {
  /** Of a file or a run's folder. */
  readonly path: string;
  readonly home: string;
}

/** Where the devices that were ticked last are kept. */
const DEVICES_KEY = 'udc.measuredDevices';
const MOST_FOUND = 200;

const ofRun = ({ folder }: RunRecord): Candidate => ({ path: folder, home: homeOfRun(folder) });

const ofFile = (uri: vscode.Uri): Candidate => ({
  path: uri.fsPath,
  home: vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath ?? dirname(uri.fsPath),
});

/**
 * Carries out both commands. Returns the id of the report that the page shows, or undefined where nothing was measured
 * (and the user was told why).
 * @param called a file, a run or its id, or a request of before
 * @param selected all that are selected, where a list has several
 * @param several may the user tick several networks, where none is given?
 */
export async function measureNetworks(
  services: MeasureServices,
  called: unknown,
  selected: unknown,
  several: boolean,
): Promise<string | undefined> {
  if (!(await mayRunWorker())) return undefined;
  const again = asRequest(called);
  const request = again ?? (await askRequest(services, Array.isArray(selected) ? selected : [called], several));
  if (!request || !(await savedFirst(request.networks))) return undefined;
  const { networks, devices, home } = request;
  const title =
    networks.length === 1
      ? vscode.l10n.t('UDC: measuring on {0} devices', devices.length)
      : vscode.l10n.t('UDC: measuring {0} networks on {1} devices', networks.length, devices.length);
  const report = await whileWorking(
    { location: vscode.ProgressLocation.Notification, title, cancellable: true },
    (tell, cancelled) =>
      askMeasure([...networks, '--devices', devices.join(',')], measureReport, {
        home,
        cancelled,
        note: (text) => {
          services.log.info(text);
        },
        progress: (message) => {
          tell({ message, increment: 100 / (networks.length * devices.length) });
        },
      }),
  );
  return report && services.measured.show(report, request);
}

async function askRequest(
  services: MeasureServices,
  called: readonly unknown[],
  several: boolean,
): Promise<MeasureRequest | undefined> {
  const networks = await chooseNetworks(services.runs, called, several);
  const [first] = networks ?? [];
  if (!networks || !first) return undefined;
  const devices = await chooseDevices(services, first.home);
  return devices && { networks: networks.map(({ path }) => path), devices, home: first.home };
}

async function chooseNetworks(
  runs: RunStore,
  called: readonly unknown[],
  several: boolean,
): Promise<readonly Candidate[] | undefined> {
  await runs.whenListed();
  const given = called.flatMap((one): readonly Candidate[] => {
    if (one instanceof vscode.Uri) return [ofFile(one)];
    const run = runOf(runs, one);
    return run && isFinished(run) ? [ofRun(run)] : [];
  });
  if (given.length > 0) return given;
  if (called.some(isRecord)) {
    void say.information(vscode.l10n.t('This run has no result yet: there is no network to measure.'));
    return undefined;
  }
  const active = activeDefinition()?.uri ?? shownNetwork();
  if (!several && active?.scheme === 'file') return [ofFile(active)];
  return pickNetworks(runs, active, several);
}

type Item = vscode.QuickPickItem & { readonly candidate?: Candidate; readonly others?: true };

async function pickNetworks(
  runs: RunStore,
  active: vscode.Uri | undefined,
  several: boolean,
): Promise<readonly Candidate[] | undefined> {
  const separator = (label: string): Item => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const fileItem = (uri: vscode.Uri): Item => ({
    label: vscode.workspace.asRelativePath(uri),
    picked: uri.toString() === active?.toString(),
    candidate: ofFile(uri),
  });
  const runItems = runs
    .all()
    .filter(isFinished)
    .map((record): Item => ({
      label: record.name,
      description: runDescription(record),
      detail: `${record.definition}, ${new Date(record.header.created).toLocaleString()}`,
      candidate: ofRun(record),
    }));
  const files = await vscode.workspace.findFiles('**/*.{tflite,onnx}', '**/{node_modules,.udc}/**', MOST_FOUND);
  const definitions = await findDefinitions();
  const items: readonly Item[] = [
    ...(runItems.length === 0 ? [] : [separator(vscode.l10n.t('Finished runs')), ...runItems]),
    ...(files.length === 0 ? [] : [separator(vscode.l10n.t('Networks')), ...files.map(fileItem)]),
    ...(definitions.length === 0 ? [] : [separator(vscode.l10n.t('Definitions')), ...definitions.map(fileItem)]),
    separator(vscode.l10n.t('Elsewhere')),
    { label: vscode.l10n.t('Other files…'), others: true },
  ];
  const options = { matchOnDescription: true, matchOnDetail: true };
  const one = several ? undefined : await pick(items, { ...options, title: vscode.l10n.t('Measure which network?') });
  const picked = several
    ? await pickMany(items, {
        ...options,
        title: vscode.l10n.t('Compare devices on which networks?'),
        placeHolder: vscode.l10n.t('From three networks on, devices can be compared by how they order them'),
      })
    : one && [one];
  if (!picked) return undefined;
  const others = picked.some((item) => item.others) ? await openFiles(several) : [];
  const chosen = [...picked.flatMap(({ candidate }) => candidate ?? []), ...others];
  if (chosen.length > 0) return chosen;
  if (picked.length === 0) void say.information(vscode.l10n.t('Tick one network or more.'));
  return undefined;
}

async function openFiles(several: boolean): Promise<readonly Candidate[]> {
  const found = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Networks to measure'),
    canSelectMany: several,
    filters: { [vscode.l10n.t('Networks and definitions')]: ['tflite', 'onnx', 'yaml', 'yml'] },
  });
  return (found ?? []).map(ofFile);
}

/** `udc measure` reads what is on the disk. False where the user would rather not save. */
async function savedFirst(paths: readonly string[]): Promise<boolean> {
  const unsaved = vscode.workspace.textDocuments.filter(
    ({ uri, isDirty }) => isDirty && uri.scheme === 'file' && isDefinitionName(uri.path) && paths.includes(uri.fsPath),
  );
  if (unsaved.length === 0) return true;
  const save = vscode.l10n.t('Save and Measure');
  const names = unsaved.map(({ uri }) => vscode.workspace.asRelativePath(uri)).join(', ');
  const question = vscode.l10n.t('{0} has changes that are not saved: what is measured is on the disk.', names);
  if ((await say.warning(question, save)) !== save) return false;
  for (const document of unsaved) if (!(await document.save())) return false;
  return true;
}

type DeviceItem = vscode.QuickPickItem & { readonly device?: string };

/** Devices that are there, those of before or the usual ones ticked, and below them why others are not there. */
async function chooseDevices({ memory, log }: MeasureServices, home: string): Promise<readonly string[] | undefined> {
  const listed = await whileWorking(
    { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('UDC: looking for runtimes') },
    () =>
      askMeasure(['--list'], listedRuntimes, {
        home,
        note: (text) => {
          log.info(text);
        },
      }),
  );
  if (!listed) return undefined;
  const before = rememberedDevices(memory);
  const picked = await pickMany(deviceItems(listed, before), {
    title: vscode.l10n.t('Measure on which devices?'),
    placeHolder: vscode.l10n.t('“UDC: Set Up Runtimes” installs those that are missing'),
    matchOnDescription: true,
  });
  if (!picked) return undefined;
  const devices = picked.flatMap(({ device }) => device ?? []);
  if (devices.length === 0) {
    void say.information(vscode.l10n.t('Tick one device or more.'));
    return undefined;
  }
  await memory.update(DEVICES_KEY, devices);
  return devices;
}

function rememberedDevices(memory: vscode.Memento): readonly string[] | undefined {
  try {
    return list(string)(memory.get(DEVICES_KEY));
  } catch {
    return undefined;
  }
}

function deviceItems(listed: readonly ListedRuntime[], before: readonly string[] | undefined): readonly DeviceItem[] {
  const separator = (label: string): DeviceItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
  const there = listed.flatMap(({ runtime, title, mark, version, ofSome, devices }): readonly DeviceItem[] => {
    if (version === undefined) return [];
    const items = devices.map(({ id, title: name, usual }): DeviceItem => {
      const device = `${runtime}/${id}`;
      // What knows some networks alone would be a row of reasons for most.
      const picked = before?.includes(device) ?? (usual && ofSome !== true);
      return { label: `${title}, ${name}`, description: `${mark}, ${version}`, device, picked };
    });
    return [separator(`${title}: ${mark}`), ...items];
  });
  const missing = listed.flatMap(({ title, reason }): readonly DeviceItem[] =>
    reason === undefined ? [] : [{ label: title, description: vscode.l10n.t('not there'), detail: reason }],
  );
  return [...there, ...(missing.length === 0 ? [] : [separator(vscode.l10n.t('Not there')), ...missing])];
}
