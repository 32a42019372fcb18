import { useState } from 'react';

import { useSaveSegment, type CustomersFilter } from '../../api/customers';
import { fieldsOf } from '../../api/problem';
import type { Segment } from '../../api/types';
import { plural } from '../../lib/format';
import { Button } from '../../ui/Button';
import { Buttons, Dialog } from '../../ui/Dialog';
import { TextField } from '../../ui/Field';
import { FormProblem } from '../../ui/states';
import { useToasts } from '../../ui/Toast';

/** Keeps the filters of the list under a name, for the list and for campaigns. */
export function SaveSegment({
  filter,
  count,
  onClose,
  onSaved,
}: {
  filter: CustomersFilter;
  count: number | undefined;
  onClose: () => void;
  onSaved: (segment: Segment) => void;
}) {
  const [name, setName] = useState('');
  const save = useSaveSegment();
  const toasts = useToasts();
  const { tag, division, country, language, stage, ...rest } = filter;
  return (
    <Dialog title="Save this filter" onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          save.mutate(
            { name, filter: { ...rest, tags: tag, divisions: division, countries: country, languages: language, stages: stage } },
            {
              onSuccess: (segment) => {
                toasts.done('Saved.');
                onClose();
                onSaved(segment);
              },
            },
          );
        }}
      >
        {count !== undefined && <p className="mb-3">It finds {plural(count, 'person', 'people')} now, and whoever fits later.</p>}
        <TextField label="Name" required value={name} onValue={setName} error={fieldsOf(save.error)['name']} />
        <FormProblem error={save.error} fields={['name']} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" pending={save.isPending}>
            Save
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
