import { Dialog } from '../ui/Dialog';
import type { Place } from './places';

/** What the keys do. */
export function KeyList({ places, onClose }: { places: readonly Place[]; onClose: () => void }) {
  const keys: [string, string][] = [
    ['Ctrl K  or  /', 'Search and commands'],
    ['?', 'This list'],
    ['Esc', 'Close what is open'],
    ['← →', 'On the board: look at the column before or after'],
    ['Shift ← →', 'On the board: move the introduction'],
    ...places.map((p): [string, string] => [`g ${p.key}`, `Go to ${p.name}`]),
  ];
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="grid grid-cols-[8rem_1fr] gap-x-4 gap-y-2">
        {keys.map(([key, what]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="border-line bg-tint rounded border px-1.5 py-0.5 font-mono text-xs whitespace-pre">{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
