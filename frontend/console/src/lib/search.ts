/** Readers for what stands in the address: everything there was written by anybody. */

export function text(v: unknown): string | undefined {
  if (typeof v === 'string') return v === '' ? undefined : v;
  return typeof v === 'number' ? String(v) : undefined;
}

export function oneOf<const T extends string>(v: unknown, allowed: readonly T[]): T | undefined {
  return allowed.find((a) => a === v);
}

export function flag(v: unknown): true | undefined {
  return v === true || v === 'true' || v === 1 ? true : undefined;
}

/** Makes every part of an address optional, so that links name only what they mean. */
export function found<T extends Record<string, unknown>>(parts: T): Partial<T> {
  return parts;
}
