import { createContext, use, useCallback, useMemo, useRef, useState, type ReactNode } from 'react';

import { Icon } from './icons';

interface Toast {
  id: number;
  text: string;
  kind: 'done' | 'failed';
  undo?: () => void;
}

interface Toasts {
  /** Says that something was done, with a way back where there is one. */
  done: (text: string, undo?: () => void) => void;
  /** Says that something failed and what to do. */
  failed: (text: string) => void;
}

const Context = createContext<Toasts | null>(null);

export function useToasts(): Toasts {
  const toasts = use(Context);
  if (!toasts) throw new Error('useToasts outside of ToastProvider');
  return toasts;
}

export function ToastProvider({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState<Toast[]>([]);
  const next = useRef(1);
  const drop = useCallback((id: number) => setShown((all) => all.filter((t) => t.id !== id)), []);
  const add = useCallback(
    (toast: Omit<Toast, 'id'>) => {
      const id = next.current++;
      setShown((all) => [...all.slice(-2), { ...toast, id }]);
      // A failure stays until it is read.
      if (toast.kind === 'done') setTimeout(() => drop(id), toast.undo ? 10_000 : 5_000);
    },
    [drop],
  );
  const toasts = useMemo<Toasts>(
    () => ({
      done: (text, undo) => add({ text, kind: 'done', undo }),
      failed: (text) => add({ text, kind: 'failed' }),
    }),
    [add],
  );
  return (
    <Context value={toasts}>
      {children}
      <div role="status" aria-live="polite" className="pointer-events-none fixed inset-x-4 bottom-16 z-50 flex flex-col items-center gap-2">
        {shown.map((t) => (
          <div key={t.id} className="bg-ink text-paper shadow-card pointer-events-auto flex max-w-xl items-center gap-3 rounded-card px-4 py-2.5">
            <Icon name={t.kind === 'done' ? 'check' : 'warn'} size={18} />
            <p>{t.text}</p>
            {t.undo && (
              <button
                type="button"
                className="font-semibold underline underline-offset-2"
                onClick={() => {
                  t.undo?.();
                  drop(t.id);
                }}
              >
                Undo
              </button>
            )}
            <button type="button" aria-label="Dismiss" onClick={() => drop(t.id)} className="-mr-1 p-1">
              <Icon name="close" size={14} />
            </button>
          </div>
        ))}
      </div>
    </Context>
  );
}
