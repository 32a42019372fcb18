import { useState } from 'react';

import { useBacktest } from '../../api/rewards';
import { fieldsOf } from '../../api/problem';
import { useUpdateSettings } from '../../api/settings';
import type { Backtest, Settings } from '../../api/types';
import { formatMoney } from '../../lib/format';
import { Button } from '../../ui/Button';
import { SelectField } from '../../ui/Field';
import { CountField } from '../../ui/NumberField';
import { Card } from '../../ui/Page';
import { FormProblem, Note } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { checkWords, layerWords } from './words';

const modes = [
  { value: 'on', label: 'On: holds' },
  { value: 'shadow', label: 'On trial: only written down' },
  { value: 'off', label: 'Off' },
];

type Values = Pick<Settings, 'risk_modes' | 'risk_caps' | 'refunds_most'>;

/** What the checks for abuse may do, and what they would have done. */
export function Checks({ settings, etag, mayEdit, mayTry }: { settings: Settings; etag: string; mayEdit: boolean; mayTry: boolean }) {
  const [values, setValues] = useState<Values>({
    risk_modes: settings.risk_modes,
    risk_caps: settings.risk_caps,
    refunds_most: settings.refunds_most,
  });
  const update = useUpdateSettings();
  const backtest = useBacktest();
  const toasts = useToasts();
  const problems = fieldsOf(update.error);
  const cap = (layer: string) => values.risk_caps[layer] ?? { count: 0, days: 30 };
  return (
    <form
      className="flex max-w-3xl flex-col gap-5"
      onSubmit={(e) => {
        e.preventDefault();
        update.mutate({ etag, patch: values }, { onSuccess: () => toasts.done('Saved.') });
      }}
    >
      <Card title="Checks">
        <fieldset disabled={!mayEdit && !mayTry} className="grid gap-4 p-4 sm:grid-cols-2">
          {Object.keys(checkWords).map((name) => (
            <SelectField
              key={name}
              label={checkWords[name]}
              value={values.risk_modes[name] ?? 'on'}
              onValue={(v) => setValues((old) => ({ ...old, risk_modes: { ...old.risk_modes, [name]: v } }))}
              options={modes}
            />
          ))}
        </fieldset>
      </Card>
      <Card title="Limits">
        <fieldset disabled={!mayEdit && !mayTry} className="grid gap-4 p-4 sm:grid-cols-2">
          {Object.keys(layerWords).map((layer) => (
            <CountField
              key={layer}
              label={`${layerWords[layer]}, in ${cap(layer).days} days`}
              help="What is more waits for a person. 0 for no limit."
              max={1_000_000}
              value={cap(layer).count}
              onCount={(count) => setValues((old) => ({ ...old, risk_caps: { ...old.risk_caps, [layer]: { ...cap(layer), count } } }))}
              error={problems[`risk_caps.${layer}`]}
            />
          ))}
          <CountField
            label="Undone purchases of one customer"
            help="From this one on a person looks at everything that they earn. 0 for never."
            max={1000}
            value={values.refunds_most}
            onCount={(refunds_most) => setValues((old) => ({ ...old, refunds_most }))}
            error={problems['refunds_most']}
          />
        </fieldset>
      </Card>
      <FormProblem error={update.error ?? backtest.error} fields={['refunds_most']} />
      <div className="flex flex-wrap gap-2">
        {mayEdit && (
          <Button type="submit" look="primary" pending={update.isPending}>
            Save
          </Button>
        )}
        {mayTry && (
          <Button
            pending={backtest.isPending}
            onClick={() => backtest.mutate({ modes: values.risk_modes, caps: values.risk_caps, refunds_most: values.refunds_most })}
          >
            Try on past rewards
          </Button>
        )}
      </div>
      {backtest.data && <Tried report={backtest.data} />}
    </form>
  );
}

/** What the checks, as they stand in the form, would have held. Nothing was changed. */
function Tried({ report }: { report: Backtest }) {
  return (
    <section aria-label="What they would have held" className="flex flex-col gap-2">
      <Note>
        Of the newest {report.rewards} rewards {report.held} would have been held
        {report.amounts.length > 0 && ` (${report.amounts.map((a) => formatMoney(a)).join(', ')})`}, {report.new} of them went on without a person.
        {report.unchecked > 0 && ` ${report.unchecked} could not be checked.`} Nothing was changed.
      </Note>
      <ul className="flex flex-col gap-1">
        {report.checks.map((c) => (
          <li key={c.check}>
            {checkWords[c.check] ?? c.check}: found {c.found}, of these {c.held} held
          </li>
        ))}
      </ul>
    </section>
  );
}
