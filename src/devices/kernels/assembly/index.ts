/** The module's exports: kernels that work on tensors in the memory of the tfjs `wasm` backend. Pointers are byte addresses. */
export { adam } from './adam';
export { normApply, normFinish, normGradient, normGradientFinish, normGradientSums, normGradientTable, normStatistics, normTable } from './batch-norm';
export { packFilter } from './conv';
export { sumRepeats } from './depthwise';
export { add, fakeQuant, passBetween, relu } from './elementwise';
export { addPartials, filterTask } from './filter-gradient';
export { mixBackward, mixForward } from './mix-weights';
export { poolGradient } from './pool';
export { quantiseBackward, quantiseForward } from './quantise-weights';
export { tapTask } from './taps';
export { repeatBlocks } from './tile';
