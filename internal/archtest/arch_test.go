// Package archtest keeps the house: who may import whom, and which words may stand where.
package archtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "goodword"

// levels is the table of docs/house.md: an import points to a smaller number, never sideways.
var levels = map[string]int{
	"migrations": -1, "emails": -1, "frontend": -1,
	"internal/fault": 0, "internal/money": 0, "internal/ident": 0,
	"internal/i18n": 1, "internal/config": 1, "internal/db": 1,
	"internal/mail": 2, "internal/queue": 2,
	"internal/audit": 3, "internal/event": 3, "internal/ledger": 3, "internal/setting": 3,
	"internal/staff": 4, "internal/task": 4,
	"internal/customer":     5,
	"internal/campaign":     6,
	"internal/invitation":   7,
	"internal/introduction": 8, "internal/testimonial": 8, "internal/reference": 8,
	"internal/reward":  9,
	"internal/billing": 10, "internal/subscriber": 10, "internal/report": 10, "internal/risk": 10,
	"internal/web": 11, "frontend/pages": 11,
	"internal/pages": 12, "internal/api": 12, "internal/hooks": 12, "internal/stripesim": 12, "internal/dbtest": 12,
	"internal/app": 13, "internal/seed": 13,
	"cmd/goodword": 14, "internal/apptest": 14, "internal/archtest": 14, "bench": 14,
}

// reach narrows what a package may import of ours to the levels up to this one.
var reach = map[string]int{
	"internal/fault": -2, "internal/money": -2, "internal/ident": -2, "internal/stripesim": -2,
	"internal/web": 2, "frontend/pages": 1, "internal/dbtest": 1,
}

// owners names the packages that may import a library; the key is the beginning of its import path. Everything else in
// a package's own corner (argon2id, QR codes) is left to judgement.
var owners = map[string][]string{
	"github.com/riverqueue/":        {"internal/queue", "internal/db"}, // db runs River's migrations under its lock
	"riverqueue.com/":               {"internal/queue"},
	"github.com/stripe/stripe-go":   {"internal/billing"},
	"github.com/wneessen/go-mail":   {"internal/mail"},
	"github.com/danielgtaylor/huma": {"internal/api"},
	"github.com/nicksnyder/go-i18n": {"internal/i18n"},
	"github.com/caarlos0/env":       {"internal/config"},
	"github.com/pressly/goose":      {"internal/db"},
	"modernc.org/sqlite":            {"internal/db"},
	"github.com/labstack/echo":      {"internal/web", "internal/pages", "internal/api", "internal/hooks", "internal/app", "internal/apptest"},
}

type pkg struct {
	ImportPath, Dir, Name string
	GoFiles, Imports      []string
}

// path is the package's place in the tree; the yardsticks below bench/ count as one.
func (p pkg) path() string { return place(p.ImportPath) }

func place(importPath string) string {
	s := strings.TrimPrefix(importPath, module+"/")
	if s == "bench" || strings.HasPrefix(s, "bench/") {
		return "bench"
	}
	return s
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Name,GoFiles,Imports", "./...")
	cmd.Dir = filepath.Join("..", "..")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var list []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func TestImports_PointDownwards(t *testing.T) {
	t.Parallel()
	list := packages(t)
	if len(list) < 5 {
		t.Fatalf("go list found %d packages", len(list))
	}
	for _, p := range list {
		for _, problem := range importProblems(p.path(), p.Imports) {
			t.Error(problem)
		}
	}
}

func importProblems(from string, imports []string) []string {
	var problems []string
	level, known := levels[from]
	if !known {
		return []string{from + " has no level: put it into docs/house.md and into this table"}
	}
	limit, narrowed := reach[from]
	for _, imp := range imports {
		if !strings.HasPrefix(imp, module+"/") {
			for library, who := range owners {
				// The yardsticks of bench/ are written straight on the libraries.
				if strings.HasPrefix(imp, library) && !slices.Contains(who, from) && from != "bench" {
					problems = append(problems, fmt.Sprintf("%s imports %s, which only %v may", from, imp, who))
				}
			}
			if level == 0 && strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
				problems = append(problems, fmt.Sprintf("%s imports %s; level 0 has the standard library only", from, imp))
			}
			continue
		}
		target, ok := levels[place(imp)]
		if !ok || target >= level || narrowed && target > limit {
			problems = append(problems, fmt.Sprintf("%s (level %d) imports %s (level %d)", from, level, imp, target))
		}
	}
	return problems
}

func TestWords_StandWhereTheyBelong(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		for _, name := range p.GoFiles {
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				t.Errorf("%s/%s: %v", p.path(), name, err)
				continue
			}
			for pos, problem := range wordProblems(p.path(), name, f) {
				t.Errorf("%s/%s:%d: %s", p.path(), name, fset.Position(pos).Line, problem)
			}
		}
	}
}

var sqlWords = []string{"NewSelect", "NewInsert", "NewUpdate", "NewDelete", "NewRaw", "NewMerge", "ExecContext", "QueryContext", "QueryRowContext"}

func wordProblems(from, file string, f *ast.File) map[token.Pos]string {
	level := levels[from]
	business := level >= 3 && level <= 10
	sqlHere := strings.HasSuffix(file, "_store.go") || level >= 14 ||
		slices.Contains([]string{"internal/db", "internal/dbtest", "internal/report"}, from)
	exact := slices.Contains([]string{"internal/money", "internal/ledger", "internal/reward"}, from)
	problems := map[token.Pos]string{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if !sqlHere && slices.Contains(sqlWords, n.Sel.Name) {
				problems[n.Pos()] = n.Sel.Name + ": SQL lives in *_store.go"
			}
			if x, ok := n.X.(*ast.Ident); ok && business && x.Name == "time" && slices.Contains([]string{"Now", "Since", "Until", "Sleep"}, n.Sel.Name) {
				problems[n.Pos()] = "time." + n.Sel.Name + ": the clock is injected"
			}
		case *ast.Ident:
			if exact && strings.HasPrefix(n.Name, "float") {
				problems[n.Pos()] = n.Name + ": money is counted in integers"
			}
		case *ast.BasicLit:
			if exact && n.Kind == token.FLOAT {
				problems[n.Pos()] = n.Value + ": money is counted in integers"
			}
		}
		return true
	})
	return problems
}

// The rules must be able to fail: each line breaks one.
func TestRules_RefuseWhatTheyShould(t *testing.T) {
	t.Parallel()
	for from, imp := range map[string]string{
		"internal/unheard": "fmt", "internal/fault": "goodword/internal/money", "internal/money": "golang.org/x/text", "internal/campaign": "goodword/internal/campaign/sub",
		"internal/customer": "goodword/internal/campaign", "internal/introduction": "goodword/internal/testimonial", "internal/web": "goodword/internal/staff",
		"internal/pages": "goodword/internal/api", "internal/reward": "github.com/labstack/echo/v4", "internal/app": "github.com/riverqueue/river",
		"internal/ledger": "github.com/stripe/stripe-go/v76", "internal/hooks": "github.com/danielgtaylor/huma/v2", "internal/stripesim": "goodword/internal/money",
		"frontend/pages": "goodword/internal/mail", "internal/seed": "goodword/internal/app", "migrations": "goodword/internal/fault",
	} {
		if len(importProblems(from, []string{imp})) == 0 {
			t.Errorf("%s may import %s", from, imp)
		}
	}
	for from, imp := range map[string]string{
		"internal/pages": "goodword/frontend/pages", "internal/mail": "goodword/emails", "internal/db": "goodword/migrations", "internal/web": "goodword/internal/config",
		"cmd/goodword": "goodword/internal/stripesim", "internal/api": "github.com/danielgtaylor/huma/v2/adapters/humaecho", "internal/dbtest": "goodword/internal/db",
	} {
		if problems := importProblems(from, []string{imp}); len(problems) > 0 {
			t.Error(problems)
		}
	}
	for source, from := range map[string]string{
		"package x; func f() { db.NewSelect() }": "internal/customer", "package x; var t = time.Now": "internal/reward",
		"package x; var f float64": "internal/money", "package x; var f = 0.5": "internal/ledger", "package x; func f() { d.QueryContext(ctx, q) }": "internal/pages",
	} {
		f, err := parser.ParseFile(token.NewFileSet(), "x.go", source, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(wordProblems(from, "x.go", f)) == 0 {
			t.Errorf("%s may say %s", from, source)
		}
	}
}
