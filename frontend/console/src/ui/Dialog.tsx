import { useEffect, useId, useRef, type ReactNode } from 'react';

import { cx } from '../lib/cx';
import { Icon } from './icons';

interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

/** A modal dialog while it is mounted. Escape and the cross close it; the browser gives the focus back. */
export function Dialog({ title, onClose, children, wide = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // The first field takes the focus, not the cross above it.
    dialog?.querySelector<HTMLElement>('[data-body] :is(input, select, textarea, button):not(:disabled)')?.focus();
    return () => dialog?.close();
  }, []);
  return (
    <dialog
      ref={ref}
      aria-labelledby={id}
      onCancel={(e) => {
        e.preventDefault();
        onClose();
      }}
      className={cx(
        'bg-raised text-ink border-line shadow-card m-auto max-h-[calc(100dvh-2rem)] w-[calc(100vw-2rem)] overflow-y-auto rounded-card border p-0',
        wide ? 'max-w-3xl' : 'max-w-lg',
      )}
    >
      <div className="bg-raised border-line sticky top-0 z-10 flex items-center justify-between gap-4 border-b px-5 py-3">
        <h2 id={id} className="text-base font-semibold">
          {title}
        </h2>
        <button type="button" onClick={onClose} aria-label="Close" className="hover:bg-tint -mr-2 rounded-field p-2">
          <Icon name="close" size={16} />
        </button>
      </div>
      <div data-body="" className="p-5">
        {children}
      </div>
    </dialog>
  );
}

/** The row of buttons at the end of a form, the main one last. */
export function Buttons({ children }: { children: ReactNode }) {
  return <div className="bg-raised border-line sticky bottom-0 -mx-5 mt-5 -mb-5 flex flex-wrap justify-end gap-2 border-t px-5 py-3">{children}</div>;
}
