package risk

import (
	"context"
	"io/fs"
	"slices"
)

// The checks as pure functions, for tables.
var Checks = func() map[Name]func(Facts) *Signal {
	out := map[Name]func(Facts) *Signal{}
	for _, r := range rules {
		out[r.name] = r.judge
	}
	return out
}()

// Break makes one check do something else while it gathers: fail, panic, or wait for its time to be over.
func (s *Service) Break(name Name, with func(context.Context) error) {
	s.rules = slices.Clone(rules)
	for i := range s.rules {
		if s.rules[i].name == name {
			s.rules[i].gather = func(_ *Service, ctx context.Context, _ question, _ *Facts) error { return with(ctx) }
		}
	}
}

// Mend undoes Break.
func (s *Service) Mend() { s.rules = rules }

// UseLists reads the lists from elsewhere.
func (s *Service) UseLists(files fs.FS) { s.lists = &lists{files: files} }

// Embedded is what the program brings along.
func Embedded() fs.FS { return embedded }

// Employer reports whether a mail domain says something about an employer.
func (s *Service) Employer(domain string) bool {
	return s.lists.load() == nil && s.lists.employer(domain)
}
