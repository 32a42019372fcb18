import { Button } from './Button';

export interface BlockedVerb {
  name: string;
  why: string;
}

/** What somebody else has to do: the buttons cannot be pressed, and the reason stands beside them in words. */
export function Blocked({ verbs }: { verbs: BlockedVerb[] }) {
  const reasons = [...new Set(verbs.map((v) => v.why))];
  if (reasons.length === 0) return null;
  return (
    <div className="flex flex-wrap items-center gap-2">
      {verbs.map((v) => (
        <Button key={v.name} disabled title={v.why}>
          {v.name}
        </Button>
      ))}
      <span className="text-muted">{reasons.join(' ')}</span>
    </div>
  );
}
