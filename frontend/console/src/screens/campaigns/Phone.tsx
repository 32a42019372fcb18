import { useCallback, useEffect, useRef } from 'react';

const styleElements = /<style[^>]*>([\s\S]*?)<\/style>/g;

/**
 * Puts a rendered page or mail into the frame. The console's content security policy holds in there too and refuses
 * styles that are written into the markup, which mails cannot do without; so they are taken out of the text, which comes
 * from our own templates, and carried over as style objects.
 */
function draw(frame: HTMLIFrameElement, html: string): void {
  const page = frame.contentDocument;
  const view = page?.defaultView;
  if (!page || !view) return;
  const sheets = [...html.matchAll(styleElements)].map(([, css = '']) => {
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  });
  const parsed = new DOMParser().parseFromString(html.replace(styleElements, '').replace(/ style="/g, ' data-style="'), 'text/html');
  for (const element of parsed.querySelectorAll('script, base, meta[http-equiv]')) element.remove();
  const { scrollY } = view;
  page.replaceChild(page.adoptNode(parsed.documentElement), page.documentElement);
  for (const element of page.querySelectorAll<HTMLElement>('[data-style]')) element.style.cssText = element.dataset['style'] ?? '';
  page.adoptedStyleSheets = sheets;
  view.scrollTo(0, scrollY);
}

/** A phone's screen with what the server has drawn. Nothing in it can run a script or leave it. */
export function Phone({ title, html, faded }: { title: string; html: string; faded: boolean }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const show = useCallback(() => {
    if (frame.current) draw(frame.current, html);
  }, [html]);
  useEffect(show, [show]);
  return (
    <iframe
      ref={frame}
      title={title}
      sandbox="allow-same-origin"
      srcDoc="<!doctype html><title>Preview</title>"
      onLoad={show}
      className={faded ? 'block h-[38rem] w-full opacity-70' : 'block h-[38rem] w-full'}
    />
  );
}
