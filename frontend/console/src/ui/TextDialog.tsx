import { useState, type ReactNode } from 'react';

import { fieldsOf } from '../api/problem';
import { Button } from './Button';
import { Buttons, Dialog } from './Dialog';
import { TextArea } from './Field';
import { FormProblem, Note } from './states';

interface TextDialogProps {
  title: string;
  about?: ReactNode;
  label: string;
  /** The API's name of the field. */
  field: string;
  optional?: boolean;
  verb: string;
  danger?: boolean;
  /** Shows the text as its reader will see it. */
  preview?: (text: string) => ReactNode;
  pending: boolean;
  error: unknown;
  onSend: (text: string) => void;
  onClose: () => void;
}

/** Asks for one text, a reason most of the time, before something is done. */
export function TextDialog({
  title,
  about,
  label,
  field,
  optional = false,
  verb,
  danger = false,
  preview,
  pending,
  error,
  onSend,
  onClose,
}: TextDialogProps) {
  const [text, setText] = useState('');
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        onSubmit={(e) => {
          e.preventDefault();
          onSend(text.trim());
        }}
      >
        {about && <div className="mb-3">{about}</div>}
        <TextArea
          label={label}
          help={optional ? 'May be left out.' : undefined}
          required={!optional}
          value={text}
          onValue={setText}
          error={fieldsOf(error)[field]}
        />
        {preview && text.trim() && (
          <div className="mt-3">
            <p className="text-muted mb-1 text-[13px]">This is what will be read:</p>
            <Note>{preview(text.trim())}</Note>
          </div>
        )}
        <FormProblem error={error} fields={[field]} />
        <Buttons>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look={danger ? 'danger' : 'primary'} pending={pending} disabled={!optional && !text.trim()}>
            {verb}
          </Button>
        </Buttons>
      </form>
    </Dialog>
  );
}
