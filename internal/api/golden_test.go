package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/staff"
)

var anID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|/q/[a-z0-9]{6,}|"code": "[a-z0-9]{6,}"`)

// golden makes an answer comparable: ids by the order in which they appear, and what happened at one moment by its type.
func golden(t *testing.T, r *reply) []byte {
	t.Helper()
	settle(r.body)
	out, err := json.MarshalIndent(r.body, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	out = anID.ReplaceAllFunc(out, func(id []byte) []byte {
		if seen[string(id)] == "" {
			seen[string(id)] = fmt.Sprintf("id-%d", len(seen)+1)
		}
		name := seen[string(id)]
		switch {
		case bytes.HasPrefix(id, []byte("/q/")):
			name = "/q/" + name
		case bytes.HasPrefix(id, []byte(`"code"`)):
			name = `"code": "` + name + `"`
		}
		return []byte(name)
	})
	return append(out, '\n')
}

// settle orders what happened at the same moment: ids made in one millisecond have no order.
func settle(v any) {
	switch v := v.(type) {
	case map[string]any:
		delete(v, "request_id")
		for _, x := range v {
			settle(x)
		}
	case []any:
		for _, x := range v {
			settle(x)
		}
		slices.SortStableFunc(v, func(a, b any) int { return strings.Compare(moment(a), moment(b)) })
	}
}

func moment(v any) string {
	m, ok := v.(map[string]any)
	if !ok || m["at"] == nil {
		return ""
	}
	return fmt.Sprint(m["at"], m["type"], m["what"], m["kind"], m["channel"])
}

func TestGolden_MainObjects(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newStage(t, d)
		key := s.as(staff.Owner)
		for name, path := range map[string]string{
			"customer":      "/customers/" + s.own.ID,
			"customers":     "/customers?q=ruiz&stage=customer&tag=vip&limit=1",
			"suggestions":   "/customers/" + s.own.ID + "/suggestions",
			"timeline":      "/customers/" + s.own.ID + "/timeline",
			"facets":        "/customers/facets",
			"segments":      "/segments",
			"campaign":      "/campaigns/" + s.campaign.ID,
			"offers":        "/campaigns/" + s.campaign.ID + "/offers",
			"progress":      "/campaigns/" + s.campaign.ID + "/progress",
			"invitations":   "/invitations?customer_id=" + s.own.ID,
			"placements":    "/placements",
			"introduction":  "/introductions/" + s.ben.ID,
			"introductions": "/introductions?state=won&owner_id=" + s.rosa.ID,
			"board":         "/introductions/board",
			"testimonial":   "/testimonials/" + s.words.ID,
			"reward":        "/rewards/" + s.ids["rewards"],
			"rewards":       "/rewards?introduction_id=" + s.ben.ID,
			"switch":        "/payouts/switch",
			"tasks":         "/tasks?kind=ask&owner=" + s.rosa.ID,
			"accounts":      "/ledger/accounts?prefix=M:",
			"journals":      "/ledger/journals?introduction_id=" + s.ben.ID,
			"funnel":        "/reports/funnel?by=campaign&from=2026-05-01T00:00:00Z",
			"coverage":      "/reports/coverage",
			"pipeline":      "/reports/pipeline",
			"liability":     "/reports/liability",
			"home":          "/home",
			"settings":      "/settings",
			"colleague":     "/staff/" + s.rosa.ID,
			"not_found":     "/customers/" + absent,
		} {
			got := golden(t, s.send("GET", path, nil, key))
			file := filepath.Join("testdata", name+".json")
			if *update {
				s.must(os.WriteFile(file, got, 0o644))
			}
			want, err := os.ReadFile(file)
			s.must(err)
			if !bytes.Equal(got, want) {
				t.Errorf("GET %s is not %s:\n%s", path, file, difference(string(want), string(got)))
			}
		}
	})
}

// difference shows the first lines that differ.
func difference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "", ""
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\nwant %s\ngot  %s", i+1, a, b)
		}
	}
	return ""
}
