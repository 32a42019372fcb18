package pages

import (
	"crypto/sha256"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"goodword/frontend/pages"
	"goodword/internal/fault"
	"goodword/internal/i18n"
	"goodword/internal/web"
)

// thinking is the least time that a person needs for a form with something to write; programs are faster.
const thinking = time.Second

// form returns what every form carries. Link is the id of the link's row, or a public code.
func (p *Pages) form(c echo.Context, f web.FormID) pages.Form {
	return pages.Form{Action: c.Request().URL.RequestURI(), Nonce: p.nonces.Make(f), Draft: f.Draft}
}

// posted checks that a form was ours and a person sent it. The error is shown with the form, as it was typed; only TooMany,
// for more forms of one link than any person sends, is a page of its own.
func (p *Pages) posted(c echo.Context, f web.FormID, atLeast time.Duration) error {
	if f.Link != "" {
		if _, ok := p.limits.Take("form", f.Link, rateLink); !ok {
			return fault.New(fault.TooMany, "")
		}
	}
	return p.nonces.Check(web.Form(c).Get("nonce"), f, atLeast)
}

// value returns a posted field without the white space around it.
func value(c echo.Context, field string) string { return strings.TrimSpace(web.Form(c).Get(field)) }

// problems translates what is wrong with a form; nil for an error that no form can show.
func problems(l i18n.Locale, err error) pages.Problems {
	if code := fault.CodeOf(err); code != fault.Invalid && code != fault.Conflict {
		return nil
	}
	f := fault.As(err)
	var out pages.Problems
	for _, one := range f.Problems {
		out = append(out, pages.Problem{Field: one.Field, Message: l.Problem(one)})
	}
	if len(out) == 0 {
		out = pages.Problems{{Message: l.Fault(f)}}
	}
	return out
}

// status is that of a page that shows a form: 422 when something is wrong with it.
func status(p pages.Problems) int {
	if len(p) > 0 {
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// wantsJSON reports whether our own script asks, which goes on by itself.
func wantsJSON(c echo.Context) bool {
	accept := c.Request().Header.Get("Accept")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// once remembers what a form led to, so that pressing twice does it once. Each process remembers for itself; the pages
// where it matters for money have a row of their own behind them.
type once struct {
	mu   sync.Mutex
	kept map[[32]byte]string
	keys [][32]byte
}

// onceKept bounds the memory to about half a megabyte.
const onceKept = 4000

func newOnce() *once { return &once{kept: map[[32]byte]string{}} }

// of returns what the same form with the same words led to, or "".
func (o *once) of(form ...string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.kept[onceKey(form)]
}

func (o *once) keep(result string, form ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	key := onceKey(form)
	if _, there := o.kept[key]; !there {
		o.keys = append(o.keys, key)
	}
	o.kept[key] = result
	if len(o.keys) > onceKept {
		for _, old := range o.keys[:onceKept/2] {
			delete(o.kept, old)
		}
		o.keys = slices.Clone(o.keys[onceKept/2:])
	}
}

func onceKey(form []string) [32]byte { return sha256.Sum256([]byte(strings.Join(form, "\x00"))) }
