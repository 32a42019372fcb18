import type { ComponentProps } from 'react';

import type { Severity } from '../../api/imports';
import type { ImportProblem } from '../../api/types';
import { sentence } from '../../lib/format';
import { FilterSelect } from '../../ui/filters';
import { Empty } from '../../ui/states';
import { Pages, type Column } from '../../ui/Table';
import { Badge } from '../../ui/text';

const severities: { value: Severity; label: string }[] = [
  { value: 'refused', label: 'Refused rows' },
  { value: 'warning', label: 'Values left out' },
  { value: 'merged', label: 'Merged rows' },
];

const tones = { refused: 'bad', warning: 'warn', merged: 'plain' } as const;

const columns: Column<ImportProblem>[] = [
  { key: 'line', head: 'Line', cell: (p) => p.line, right: true },
  { key: 'what', head: 'What', cell: (p) => <Badge tone={tones[p.severity]}>{sentence(p.severity)}</Badge> },
  { key: 'field', head: 'Field', cell: (p) => sentence(p.field), wide: true },
  { key: 'reason', head: 'Why', cell: (p) => p.reason },
  { key: 'value', head: 'Value in the file', cell: (p) => <span className="font-mono text-[13px]">{p.value}</span> },
];

interface Props {
  query: ComponentProps<typeof Pages<ImportProblem>>['query'];
  severity: Severity | undefined;
  working: boolean;
  onSeverity: (severity: Severity | undefined) => void;
}

/** Every row that was not taken as it stands, with its line in the file. */
export function Problems({ query, severity, working, onSeverity }: Props) {
  return (
    <>
      <div className="border-line border-b p-3">
        <FilterSelect
          label="Kind"
          all="All kinds"
          value={severity}
          options={severities}
          onValue={(v) => onSeverity(severities.find((s) => s.value === v)?.value)}
        />
      </div>
      <Pages
        label="Problems"
        query={query}
        columns={columns}
        rowKey={(p) => `${p.line} ${p.number}`}
        empty={<Empty title={working ? 'None so far' : severity ? 'None of this kind' : 'Every row was taken as it stands'} />}
      />
    </>
  );
}
