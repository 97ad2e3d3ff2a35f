/** What went wrong on the GPU. WebGPU reports it beside the calls, which go on with wrong numbers. */

let failure: string | undefined;

/** Notes the first failure: those that follow are its consequences. */
export function noteFailure(message: string): void {
  failure ??= message;
}

/** @throws what the GPU has reported since the device was opened */
export function checkDevice(): void {
  if (failure !== undefined) throw new Error(`WebGPU: ${failure}`);
}
