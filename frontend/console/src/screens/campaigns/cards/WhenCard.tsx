import { SelectField, TextField } from '../../../ui/Field';
import { CountField } from '../../../ui/NumberField';
import { Card } from '../../../ui/Page';
import { events, periods, triggers } from '../words';
import type { CardProps } from './card';

/** An instant as the date and time field of the browser wants it, in the reader's zone. */
function local(iso: string | undefined): string {
  if (!iso) return '';
  const at = new Date(iso);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** When it is sent, reminders, and when introductions are nudged. */
export function WhenCard({ draft, change, problems, disabled }: CardProps) {
  const { trigger, reminders, nudges } = draft;
  return (
    <Card title="When">
      <div className="grid gap-4 p-4 sm:grid-cols-2">
        <SelectField
          label="It is sent"
          className="sm:col-span-2"
          disabled={disabled}
          value={trigger.kind}
          onValue={(v) => {
            const kind = triggers.find((t) => t.value === v)?.value ?? trigger.kind;
            change({ trigger: kind === 'event' ? { kind, event: 'order.placed' } : kind === 'sweep' ? { kind, every: 'month' } : { kind } });
          }}
          options={triggers}
          error={problems['trigger.kind']}
        />
        {trigger.kind === 'at' && (
          <TextField
            label="Date and time"
            type="datetime-local"
            required
            disabled={disabled}
            value={local(trigger.at)}
            onValue={(v) => change({ trigger: { ...trigger, at: v ? new Date(v).toISOString() : undefined } })}
            error={problems['trigger.at']}
          />
        )}
        {trigger.kind === 'event' && (
          <>
            <SelectField
              label="When"
              disabled={disabled}
              value={trigger.event ?? ''}
              onValue={(event) => change({ trigger: { ...trigger, event } })}
              options={events}
              error={problems['trigger.event']}
            />
            <CountField
              label="Days later"
              max={365}
              disabled={disabled}
              value={trigger.delay_days ?? 0}
              onCount={(n) => change({ trigger: { ...trigger, delay_days: n || undefined } })}
              error={problems['trigger.delay_days']}
            />
          </>
        )}
        {trigger.kind === 'sweep' && (
          <SelectField
            label="How often"
            disabled={disabled}
            value={trigger.every ?? 'month'}
            onValue={(v) => change({ trigger: { ...trigger, every: periods.find((p) => p.value === v)?.value ?? 'month' } })}
            options={periods}
            error={problems['trigger.every']}
          />
        )}
        {(trigger.kind === 'event' || trigger.kind === 'sweep') && (
          <CountField
            label="The same person again after days"
            help="0: only once ever"
            disabled={disabled}
            value={trigger.again_after_days ?? 0}
            onCount={(n) => change({ trigger: { ...trigger, again_after_days: n || undefined } })}
            error={problems['trigger.again_after_days']}
          />
        )}
        <TextField
          label="Reminders after days"
          help="Separated by commas, three at most; empty for none"
          disabled={disabled}
          inputMode="numeric"
          defaultValue={reminders.after_days.slice(0, reminders.max).join(', ')}
          onValue={(v) => {
            const days = (v.match(/\d+/g) ?? []).map(Number);
            change({ reminders: { after_days: days, max: days.length } });
          }}
          error={problems['reminders.max'] ?? Object.entries(problems).find(([field]) => field.startsWith('reminders.'))?.[1]}
        />
        {draft.asks.includes('introduction') && (
          <>
            <CountField
              label="Nudge if written but not sent, after days"
              help="0: no nudge"
              max={30}
              disabled={disabled}
              value={nudges.unsent_days}
              onCount={(unsent_days) => change({ nudges: { ...nudges, unsent_days } })}
              error={problems['nudges.unsent_days']}
            />
            <CountField
              label="Nudge if nobody answered, after days"
              help="0: no nudge"
              max={30}
              disabled={disabled}
              value={nudges.unanswered_days}
              onCount={(unanswered_days) => change({ nudges: { ...nudges, unanswered_days } })}
              error={problems['nudges.unanswered_days']}
            />
          </>
        )}
      </div>
      <p className="border-line text-muted border-t px-4 py-2.5 text-[13px]">
        Nobody is asked more often than the contact rule allows, whatever stands here.
      </p>
    </Card>
  );
}
