import { useEffect, useId, useRef, useState } from 'react';

/** What the server is asked to draw: the fields of the form behind the preview's address. */
export interface Drawing {
  campaign: string;
  kind: string;
  language: string;
}

interface FrameProps {
  title: string;
  drawing: Drawing;
  /** Lies unseen over the earlier drawing until it is there itself. */
  coming: boolean;
  onDrawn: (frame: HTMLIFrameElement) => void;
}

/**
 * One drawing: a form posts what is written into its own frame. The answer brings its own content security policy, under
 * which nothing in it can run a script or leave it; the console's would refuse the styles that mails cannot do without.
 */
function Frame({ title, drawing, coming, onDrawn }: FrameProps) {
  const name = useId();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => form.current?.submit(), []);
  return (
    <>
      <form ref={form} hidden method="post" action="/api/v1/campaigns/preview.html" target={name}>
        {Object.entries(drawing).map(([field, value]) => (
          <input key={field} type="hidden" name={field} value={value} />
        ))}
      </form>
      <iframe
        name={name}
        title={title}
        sandbox="allow-same-origin"
        aria-hidden={coming || undefined}
        tabIndex={coming ? -1 : undefined}
        className={coming ? 'pointer-events-none absolute inset-0 size-full opacity-0' : 'absolute inset-0 size-full'}
        onLoad={(e) => {
          // A frame is there, empty, before its form is answered.
          if (e.currentTarget.contentDocument?.URL !== 'about:blank') onDrawn(e.currentTarget);
        }}
      />
    </>
  );
}

/** A phone's screen with the real page or mail. The next drawing takes the place of the last one when it is there, at the same height. */
export function Phone({ title, drawing }: { title: string; drawing: Drawing }) {
  const wanted = JSON.stringify(drawing);
  const shown = useRef<HTMLIFrameElement>(null);
  const [drawn, setDrawn] = useState<{ key: string; drawing: Drawing } | null>(null);
  // Each drawing gets a frame of its own: posting into the same one again would fill the browser's way back.
  const frames = [...(drawn && drawn.key !== wanted ? [drawn] : []), { key: wanted, drawing }];
  return (
    <div className="relative h-[38rem]" aria-busy={drawn?.key !== wanted}>
      {drawn === null && <p className="text-muted flex h-full items-center justify-center">Drawing the preview</p>}
      {frames.map((f) => (
        <Frame
          key={f.key}
          title={title}
          drawing={f.drawing}
          coming={f.key !== drawn?.key}
          onDrawn={(frame) => {
            if (f.key !== wanted) return;
            const before = drawn?.drawing.kind === f.drawing.kind ? shown.current?.contentWindow?.scrollY : 0;
            frame.contentWindow?.scrollTo(0, before ?? 0);
            shown.current = frame;
            setDrawn(f);
          }}
        />
      ))}
    </div>
  );
}
