package apptest

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// record keeps what the application logs.
type record struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.buf.Write(p)
}

// Log returns everything that the application has logged so far, at every level.
func (w *World) Log() string {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	return w.log.buf.String()
}

// Private adds words that must never be logged: names, addresses, tokens. A browser adds the tokens of the links that it
// opens, Member those of the colleague.
func (w *World) Private(words ...string) {
	for _, word := range words {
		if word = strings.TrimSpace(word); word != "" {
			w.private = append(w.private, word)
		}
	}
}

// VerifyLog fails the test if a private word stands in the log.
func (w *World) VerifyLog() {
	w.T.Helper()
	lines := strings.Split(w.Log(), "\n")
	if len(lines) < 10 {
		w.T.Errorf("the log has only %d lines: it proves nothing", len(lines))
	}
	for _, found := range leaks(lines, w.private) {
		w.T.Error(found)
	}
}

// leaks finds the first line with each of the words. A word counts only as a whole, because short names stand inside others.
func leaks(lines, words []string) []string {
	var out []string
	for _, word := range words {
		is := regexp.MustCompile(`(^|[^\p{L}\p{N}])` + regexp.QuoteMeta(word) + `($|[^\p{L}\p{N}])`)
		for _, line := range lines {
			if is.MatchString(line) {
				out = append(out, fmt.Sprintf("%q is in the log: %s", word, line))
				break
			}
		}
	}
	return out
}
