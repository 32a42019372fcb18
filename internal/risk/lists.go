package risk

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

// The lists come with the program, because it needs no internet; a newer one is a newer release.
//
//go:embed lists/*.txt
var embedded embed.FS

// relays forward to a hidden address of a real person. They are no throw-aways, and many careful people use one.
var relays = []string{"privaterelay.appleid.com", "duck.com", "mozmail.com", "relay.firefox.com", "simplelogin.com", "simplelogin.co",
	"slmail.me", "aleeas.com", "passmail.net", "passmail.com", "addy.io", "anonaddy.com", "anonaddy.me", "emailalias.io"}

// lists tell what a mail domain is. The zero value reads the embedded files once.
type lists struct {
	files fs.FS
	once  sync.Once
	err   error

	throwaway, free map[string]bool
}

func (l *lists) load() error {
	l.once.Do(func() {
		if l.throwaway, l.err = l.read("lists/disposable.txt"); l.err != nil {
			return
		}
		l.free, l.err = l.read("lists/free.txt")
	})
	return l.err
}

// read refuses a list that is there and empty: nothing would be found by it.
func (l *lists) read(name string) (map[string]bool, error) {
	b, err := fs.ReadFile(l.files, name)
	if err != nil {
		return nil, fmt.Errorf("read list of mail domains: %w", err)
	}
	out := map[string]bool{}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			out[line] = true
		}
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("read list of mail domains: %s is empty", name)
	}
	return out, nil
}

// named returns the part of a domain that a list names, "" if none does: what lies below a listed name is the same house.
func named(list map[string]bool, domain string) string {
	for domain != "" {
		if list[domain] {
			return domain
		}
		_, up, ok := strings.Cut(domain, ".")
		if !ok || !strings.Contains(up, ".") {
			return ""
		}
		domain = up
	}
	return ""
}

// employer reports whether a domain says something about where somebody works.
func (l *lists) employer(domain string) bool {
	return domain != "" && named(l.free, domain) == "" && named(l.throwaway, domain) == "" && !isRelay(domain)
}

func isRelay(domain string) bool {
	for _, r := range relays {
		if domain == r || strings.HasSuffix(domain, "."+r) {
			return true
		}
	}
	return false
}
