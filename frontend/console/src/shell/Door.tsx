import type { ReactNode } from 'react';

import { Icon } from '../ui/icons';

/** The frame of the pages before the sign-in. */
export function Door({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className="flex min-h-dvh flex-col items-center justify-center p-4">
      <div className="w-full max-w-sm">
        <div className="mb-6 flex items-center gap-2.5">
          <span className="bg-brand text-brand-ink inline-flex size-8 items-center justify-center rounded-field">
            <Icon name="testimonials" size={18} />
          </span>
          <span className="text-lg font-semibold tracking-tight">Goodword</span>
        </div>
        <div className="card shadow-card p-6">
          <h1 className="mb-4 text-lg font-semibold">{title}</h1>
          {children}
        </div>
      </div>
    </main>
  );
}
