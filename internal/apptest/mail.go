package apptest

import (
	"regexp"
	"slices"
	"strings"

	"goodword/internal/mail"
)

// Letter is a captured mail.
type Letter struct {
	mail.CapturedMail
	w *World
}

var linkInText = regexp.MustCompile(`https?://[^\s<>"]+`)

// Mail returns the newest mail to an address whose subject has this in it; the test fails if there is none.
func (w *World) Mail(to, subject string) Letter {
	w.T.Helper()
	w.Settle()
	list, err := w.App.Captured.List()
	w.Must(err)
	var others []string
	for _, c := range list {
		if c.To.Email != to {
			continue
		}
		if !strings.Contains(c.Subject, subject) {
			others = append(others, c.Subject)
			continue
		}
		m, err := w.App.Captured.Get(c.ID)
		w.Must(err)
		return Letter{m, w}
	}
	jobs, err := w.App.Queue.Counts(w.Context())
	w.Must(err)
	w.T.Fatalf("no mail to %s has %q in its subject; there are %q, and jobs: %v", to, subject, others, jobs)
	return Letter{}
}

// Mails returns the subjects of all mails to an address, oldest first.
func (w *World) Mails(to string) []string {
	w.T.Helper()
	w.Settle()
	list, err := w.App.Captured.List()
	w.Must(err)
	var out []string
	for _, c := range slices.Backward(list) {
		if c.To.Email == to {
			out = append(out, c.Subject)
		}
	}
	return out
}

// Links returns the addresses in the text.
func (l Letter) Links() []string { return linkInText.FindAllString(l.Text, -1) }

// Link returns the first address in the text whose path begins with this, such as "/c/".
func (l Letter) Link(path string) string {
	l.w.T.Helper()
	for _, link := range l.Links() {
		if strings.HasPrefix(link, l.w.URL+path) {
			return link
		}
	}
	l.w.T.Fatalf("mail %q has no link to %s…, only %q", l.Subject, path, l.Links())
	return ""
}
