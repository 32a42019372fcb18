import type { ReactNode } from 'react';

import { fieldsOf, messageOf, Problem } from '../api/problem';
import { Button } from './Button';
import { Icon } from './icons';

/** What stands where nothing is yet: why, and what to do about it. */
export function Empty({ title, whole = false, children }: { title: string; whole?: boolean; children?: ReactNode }) {
  const Heading = whole ? 'h1' : 'h2';
  return (
    <div className="flex flex-col items-center gap-3 px-6 py-14 text-center">
      <Heading className="text-base font-semibold">{title}</Heading>
      {children && <div className="text-muted flex max-w-md flex-col items-center gap-4">{children}</div>}
    </div>
  );
}

/** Grey lines in the shape of what is coming. */
export function Loading({ lines = 6, label = 'Loading' }: { lines?: number; label?: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-4 p-5">
      {Array.from({ length: lines }, (_, i) => (
        <div key={i} className="skeleton h-4 motion-safe:animate-pulse" style={{ width: `${[92, 78, 85, 64, 88, 71][i % 6]}%` }} />
      ))}
    </div>
  );
}

/** Something could not be loaded. */
export function Failed({ error, retry }: { error: unknown; retry?: () => void }) {
  const id = error instanceof Problem ? error.requestId : '';
  return (
    <div role="alert" className="flex flex-col items-center gap-3 px-6 py-14 text-center">
      <span className="text-danger">
        <Icon name="warn" size={24} />
      </span>
      <p className="max-w-md">{messageOf(error)}</p>
      {retry && <Button onClick={retry}>Try again</Button>}
      {id && <p className="text-muted text-xs">Request {id}</p>}
    </div>
  );
}

/** Why a form was refused, above its buttons; problems whose fields are not on the form are listed too. */
export function FormProblem({ error, fields = [] }: { error: unknown; fields?: readonly string[] }) {
  if (!error) return null;
  const others = Object.entries(fieldsOf(error)).filter(([field]) => !fields.includes(field));
  return (
    <div role="alert" className="border-danger bg-danger-tint mt-4 rounded-field border px-3 py-2">
      <p>{messageOf(error)}</p>
      {others.length > 0 && (
        <ul className="mt-1 list-disc pl-5">
          {others.map(([field, message]) => (
            <li key={field}>
              {field.replace(/[_.]/g, ' ')}: {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** A remark in a box: a warning, or something good to know. */
export function Note({ kind = 'info', children }: { kind?: 'info' | 'warning' | 'success' | 'danger'; children: ReactNode }) {
  const look = {
    info: 'bg-tint border-line',
    warning: 'bg-warning-tint border-warning',
    success: 'bg-success-tint border-success',
    danger: 'bg-danger-tint border-danger',
  }[kind];
  return <div className={`rounded-field border px-3 py-2 ${look}`}>{children}</div>;
}
