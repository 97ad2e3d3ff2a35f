import { openBackend } from './backend.ts';
import { conv2d } from './ops/conv.ts';
import * as tf from '@tensorflow/tfjs-core';
for (const b of ['cpu','wasm'] as const){ await openBackend(b);
for (const [h,w,kh,kw,s] of [[2,1,1,2,[2,1]],[4,4,1,2,[2,1]],[5,5,3,3,[2,2]],[5,5,3,3,[1,2]],[4,1,1,2,[2,2]],[2,2,1,2,[1,1]],[2,1,1,2,[1,1]],[8,8,3,3,[3,3]]] as any)
console.log(b,h,w,kh,kw,s,conv2d(tf.ones([1,h,w,1]),tf.ones([kh,kw,1,1]),{stride:s,dilation:[1,1],padding:'same'}).dataSync().join());
}
