/** The module's exports: kernels that work on tensors in the memory of the tfjs `wasm` backend. Pointers are byte addresses. */
export { tapTask } from './taps';
export { packFilter } from './conv';
export { sumRepeats } from './depthwise';
export { addPartials, filterTask } from './filter-gradient';
