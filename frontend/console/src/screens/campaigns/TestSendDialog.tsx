import { useState } from 'react';

import { useTestSend } from '../../api/campaigns';
import { useMe } from '../../api/me';
import { fieldsOf } from '../../api/problem';
import type { Campaign } from '../../api/types';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { SelectField, TextField } from '../../ui/Field';
import { FormProblem } from '../../ui/states';
import { useToasts } from '../../ui/Toast';
import { languageName } from './words';

/** Sends the mail as it is saved to a colleague. */
export function TestSendDialog({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const me = useMe();
  const languages = Object.keys(campaign.messages);
  const [to, setTo] = useState(me.email ?? '');
  const [language, setLanguage] = useState(languages[0] ?? 'en');
  const send = useTestSend(campaign.id);
  const toasts = useToasts();
  const problems = fieldsOf(send.error);
  return (
    <Dialog title="Test send" onClose={onClose}>
      <form
        className="flex flex-col gap-4"
        onSubmit={(e) => {
          e.preventDefault();
          send.mutate(
            { to, language },
            {
              onSuccess: () => {
                toasts.done(`Sent to ${to}.`);
                onClose();
              },
            },
          );
        }}
      >
        <TextField
          label="To"
          help="The address of a colleague with an account"
          type="email"
          required
          value={to}
          onValue={setTo}
          error={problems['to']}
        />
        <SelectField
          label="Language"
          value={language}
          onValue={setLanguage}
          options={languages.map((l) => ({ value: l, label: languageName(l) }))}
          error={problems['language']}
        />
        <FormProblem error={send.error} fields={['to', 'language']} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={send.isPending}>
            Send
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
