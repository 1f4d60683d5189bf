// The package's `exports` hide its own index.d.ts from Node's resolution: here is what this room uses of it.
declare module 'cephes' {
  export const compiled: Promise<void>
  export function ndtr(x: number): number
  export function ndtri(p: number): number
  export function incbet(a: number, b: number, x: number): number
  export function incbi(a: number, b: number, p: number): number
  export function igami(a: number, p: number): number
  export function kolmogorov(y: number): number
  export function smirnov(n: number, e: number): number
}
