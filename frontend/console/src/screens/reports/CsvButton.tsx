import { useMutation } from '@tanstack/react-query';

import { messageOf } from '../../api/problem';
import { reportFile, type ReportName } from '../../api/reports';
import { Button } from '../../ui/Button';
import { useToasts } from '../../ui/Toast';
import { saveFile } from './save';

/** Saves the rows of a report as a CSV file. */
export function CsvButton({ name }: { name: ReportName }) {
  const toasts = useToasts();
  const save = useMutation({
    mutationFn: () => reportFile(name),
    onSuccess: (file) => saveFile(file, `${name}.csv`),
    onError: (e) => toasts.failed(messageOf(e)),
  });
  return (
    <Button look="quiet" pending={save.isPending} onClick={() => save.mutate()} aria-label={`Save ${name} as CSV`}>
      CSV
    </Button>
  );
}
