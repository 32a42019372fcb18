import { useMutation } from '@tanstack/react-query';

import { messageOf } from '../../api/problem';
import { reportFile, type ReportName } from '../../api/reports';
import { Button } from '../../ui/Button';
import { useToasts } from '../../ui/Toast';

/** Saves the rows of a report as a CSV file. */
export function CsvButton({ name }: { name: ReportName }) {
  const toasts = useToasts();
  const save = useMutation({
    mutationFn: () => reportFile(name),
    onSuccess: (file) => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(file);
      link.download = `${name}.csv`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
    onError: (e) => toasts.failed(messageOf(e)),
  });
  return (
    <Button look="quiet" pending={save.isPending} onClick={() => save.mutate()} aria-label={`Save ${name} as CSV`}>
      CSV
    </Button>
  );
}
