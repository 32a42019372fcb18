import { useState } from 'react';

import { fieldsOf } from '../../api/problem';
import { useUpdateSettings } from '../../api/settings';
import type { Settings } from '../../api/types';
import { railName } from '../../lib/words';
import { Button } from '../../ui/Button';
import { Check } from '../../ui/Field';
import { AmountField } from '../../ui/NumberField';
import { Card } from '../../ui/Page';
import { FormProblem, Note } from '../../ui/states';
import { useToasts } from '../../ui/Toast';

const ways: Settings['tax_ways'] = ['promotion_code', 'invoice_credit', 'donation'];

/** From which total of a year on payees in the United States need a tax form, and what counts into it. */
export function TaxForm({ settings, etag, mayEdit }: { settings: Settings; etag: string; mayEdit: boolean }) {
  const [thresholds, setThresholds] = useState(settings.tax_thresholds);
  const [counted, setCounted] = useState(settings.tax_ways);
  const update = useUpdateSettings();
  const toasts = useToasts();
  const problems = fieldsOf(update.error);
  const years = Object.keys(thresholds).sort();
  const last = years.at(-1) ?? '2025';
  const next = String(Number(last) + 1);
  const fields = ['tax_thresholds', 'tax_ways', ...years.map((y) => `tax_thresholds.${y}`)];
  return (
    <form
      className="flex max-w-3xl flex-col gap-5"
      onSubmit={(e) => {
        e.preventDefault();
        update.mutate({ etag, patch: { tax_thresholds: thresholds, tax_ways: counted } }, { onSuccess: () => toasts.done('Saved.') });
      }}
    >
      <Note>
        A customer in the United States who would get this much or more in dollars in a calendar year is paid only once their tax form is noted. What counts as
        income is your decision, with your adviser.
      </Note>
      <Card title="A form is needed from">
        <fieldset disabled={!mayEdit} className="grid gap-4 p-4 sm:grid-cols-2">
          {years.map((y) => (
            <AmountField
              key={y}
              label={`In ${y}`}
              currency="USD"
              minor={thresholds[y]}
              onMinor={(minor) => setThresholds((t) => ({ ...t, [y]: minor }))}
              disabled={!mayEdit}
              error={problems[`tax_thresholds.${y}`]}
            />
          ))}
          <p className="text-muted text-[13px] sm:col-span-2">A later year goes by {last} until you add its own.</p>
          {mayEdit && (
            <div className="sm:col-span-2">
              <Button onClick={() => setThresholds((t) => ({ ...t, [next]: t[last] ?? 0 }))}>Add {next}</Button>
            </div>
          )}
        </fieldset>
      </Card>
      <Card title="Counts besides money and gift codes">
        <div className="p-4">
          {ways.map((way) => (
            <Check
              key={way}
              label={railName(way)}
              checked={counted.includes(way)}
              disabled={!mayEdit}
              onChange={(on) => setCounted((c) => (on ? [...c, way] : c.filter((x) => x !== way)))}
            />
          ))}
        </div>
      </Card>
      <FormProblem error={update.error} fields={fields} />
      {mayEdit ? (
        <div className="flex justify-end">
          <Button type="submit" look="primary" pending={update.isPending}>
            Save
          </Button>
        </div>
      ) : (
        <Note>Only an owner changes these.</Note>
      )}
    </form>
  );
}
