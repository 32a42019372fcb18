import { useState } from 'react';

import { fieldsOf } from '../../api/problem';
import { useUpdateSettings } from '../../api/settings';
import type { Settings, SettingsPatch } from '../../api/types';
import { Button } from '../../ui/Button';
import { Check, TextArea, TextField } from '../../ui/Field';
import { AmountField, CountField } from '../../ui/NumberField';
import { Card } from '../../ui/Page';
import { FormProblem, Note } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { languageName } from '../campaigns/words';

type Part =
  | 'company'
  | 'what_we_do'
  | 'brand_color'
  | 'postal_address'
  | 'mail_from_name'
  | 'zone'
  | 'answer_hours'
  | 'safe_approve'
  | 'second_person_above_minor'
  | 'transfer_min_minor'
  | 'privacy_url'
  | 'terms_url';

/** Who the company is, in the words that customers and prospects read. */
export function CompanyForm({ settings, etag, mayEdit }: { settings: Settings; etag: string; mayEdit: boolean }) {
  const [values, setValues] = useState<Pick<Settings, Part>>(settings);
  const update = useUpdateSettings();
  const toasts = useToasts();
  const problems = fieldsOf(update.error);
  const set = (part: Partial<typeof values>) => setValues((v) => ({ ...v, ...part }));
  const parts: Part[] = [
    'company',
    'what_we_do',
    'brand_color',
    'postal_address',
    'mail_from_name',
    'zone',
    'answer_hours',
    'safe_approve',
    'second_person_above_minor',
    'transfer_min_minor',
    'privacy_url',
    'terms_url',
  ];
  const changed = parts.filter((p) => JSON.stringify(values[p]) !== JSON.stringify(settings[p]));
  const save = () => {
    const patch: SettingsPatch = Object.fromEntries(changed.map((p) => [p, values[p]]));
    update.mutate({ etag, patch }, { onSuccess: () => toasts.done('Saved.') });
  };
  return (
    <form
      className="flex max-w-3xl flex-col gap-5"
      onSubmit={(e) => {
        e.preventDefault();
        save();
      }}
    >
      <Card title="Company">
        <fieldset disabled={!mayEdit} className="grid gap-4 p-4 sm:grid-cols-2">
          <TextField label="Name" required value={values.company} onValue={(company) => set({ company })} error={problems['company']} />
          <TextField
            label="Name of the sender in mails"
            help="“Rosa at Example” needs “Example”"
            value={values.mail_from_name}
            onValue={(mail_from_name) => set({ mail_from_name })}
            error={problems['mail_from_name']}
          />
          {settings.languages.map((l) => (
            <TextField
              key={l}
              className="sm:col-span-2"
              label={`What you do, in one sentence (${languageName(l)})`}
              value={values.what_we_do[l] ?? ''}
              onValue={(v) => set({ what_we_do: { ...values.what_we_do, [l]: v } })}
              error={problems[`what_we_do.${l}`]}
            />
          ))}
          <TextArea
            label="Postal address"
            help="Stands in every mail, as the law asks"
            value={values.postal_address}
            onValue={(postal_address) => set({ postal_address })}
            error={problems['postal_address']}
          />
          <div className="flex flex-col gap-2">
            <TextField
              label="Colour"
              type="color"
              className="max-w-40"
              value={values.brand_color || '#1f5f4a'}
              onValue={(brand_color) => set({ brand_color })}
              error={problems['brand_color']}
            />
            <div className="flex flex-wrap items-center gap-2">
              <span
                className="rounded-field px-3 py-1.5 font-medium"
                style={{ background: settings.palette.brand, color: settings.palette.on_brand }}
              >
                Light
              </span>
              <span
                className="rounded-field px-3 py-1.5 font-medium"
                style={{ background: settings.palette.dark_brand, color: settings.palette.on_dark_brand }}
              >
                Dark
              </span>
            </div>
            {settings.palette.adjusted && <Note>The chosen colour was made darker, so that words on it can be read.</Note>}
          </div>
          <TextField
            label="Privacy notice"
            type="url"
            placeholder="https://"
            value={values.privacy_url}
            onValue={(privacy_url) => set({ privacy_url })}
            error={problems['privacy_url']}
          />
          <TextField
            label="Terms"
            type="url"
            placeholder="https://"
            value={values.terms_url}
            onValue={(terms_url) => set({ terms_url })}
            error={problems['terms_url']}
          />
        </fieldset>
      </Card>
      <Card title="Promises">
        <fieldset disabled={!mayEdit} className="grid gap-4 p-4 sm:grid-cols-2">
          <CountField
            label="A rep answers within hours of working days"
            max={240}
            value={values.answer_hours}
            onCount={(answer_hours) => set({ answer_hours })}
            error={problems['answer_hours']}
          />
          <TextField label="Time zone" help="Like Europe/Berlin" value={values.zone} onValue={(zone) => set({ zone })} error={problems['zone']} />
          <div className="sm:col-span-2">
            <Check
              label="Approve rewards by themselves when every check is green"
              help="Otherwise each reward waits for a person."
              checked={values.safe_approve}
              onChange={(safe_approve) => set({ safe_approve })}
            />
          </div>
          <AmountField
            label="Rewards above this amount always take two people"
            help="The same number in every currency; empty for no limit. What somebody closed by hand takes two in any case."
            currency="EUR"
            minor={values.second_person_above_minor}
            whenEmpty={0}
            disabled={!mayEdit}
            onMinor={(second_person_above_minor) => set({ second_person_above_minor })}
            error={problems['second_person_above_minor']}
          />
          <AmountField
            label="Least that is transferred to a bank account"
            help="The same number in every currency. Smaller rewards have to come another way."
            currency="EUR"
            minor={values.transfer_min_minor}
            whenEmpty={0}
            disabled={!mayEdit}
            onMinor={(transfer_min_minor) => set({ transfer_min_minor })}
            error={problems['transfer_min_minor']}
          />
        </fieldset>
      </Card>
      <FormProblem error={update.error} fields={[...parts, ...settings.languages.map((l) => `what_we_do.${l}`)]} />
      {mayEdit ? (
        <div className="flex justify-end">
          <Button type="submit" look="primary" disabled={changed.length === 0} pending={update.isPending}>
            Save
          </Button>
        </div>
      ) : (
        <Note>Only an owner changes these.</Note>
      )}
    </form>
  );
}
