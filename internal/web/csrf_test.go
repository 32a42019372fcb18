package web_test

import (
	"net/http"
	"testing"
)

// S10: every unsafe route × every way another site can make a browser send it. The exemptions are exactly signed
// webhooks, one-click unsubscribing, and requests with an API key.
func TestSameOrigin_Matrix(t *testing.T) {
	t.Parallel()
	s := newSite(t, "GOODWORD_BASE_URL=https://friends.example.com")
	routes := []struct {
		method, path string
		exempt       bool
	}{
		{"POST", "/c/abc", false}, {"POST", "/console/x", false}, {"POST", "/api/v1/things", false}, {"PUT", "/api/v1/things", false},
		{"DELETE", "/api/v1/things", false}, {"POST", "/big", false}, {"POST", "/u/abc/more", false},
		{"POST", "/hooks/stripe", true}, {"POST", "/u/abc", true},
	}
	senders := []struct {
		name    string
		headers []string
		foreign bool
	}{
		{"cross-site", []string{"Sec-Fetch-Site: cross-site", "Origin: https://evil.example"}, true},
		{"same-site", []string{"Sec-Fetch-Site: same-site", "Origin: https://other.example.com"}, true},
		{"null origin", []string{"Origin: null"}, true},
		{"foreign origin", []string{"Origin: https://evil.example"}, true},
		{"cross-site without origin", []string{"Sec-Fetch-Site: cross-site"}, true},
		{"basic authorization", []string{"Sec-Fetch-Site: cross-site", "Authorization: Basic YTpi"}, true},
		{"same-origin", []string{"Sec-Fetch-Site: same-origin"}, false},
		{"same-origin with null origin", []string{"Sec-Fetch-Site: same-origin", "Origin: null"}, false}, // what no-referrer makes browsers send
		{"typed address", []string{"Sec-Fetch-Site: none"}, false},
		{"own origin", []string{"Origin: https://friends.example.com"}, false},
		{"own origin behind a proxy that changes the host", []string{"Origin: https://friends.example.com", "Host: 10.0.0.1:8080"}, false},
		{"API key", []string{"Sec-Fetch-Site: cross-site", "Origin: https://crm.example", "Authorization: Bearer gw_x"}, false},
		{"no headers", nil, false},
	}
	for _, r := range routes {
		for _, from := range senders {
			want := http.StatusOK
			if from.foreign && !r.exempt {
				want = http.StatusForbidden
			}
			if w := s.ask(r.method, r.path, "", from.headers...); w.Code != want {
				t.Errorf("%s %s from %s = %d, want %d", r.method, r.path, from.name, w.Code, want)
			}
		}
	}
	for _, path := range []string{"/hooks/../c/abc", "/hooks/%2e%2e/c/abc", "/u/abc/", "/u//abc"} {
		if w := s.ask("POST", path, "", "Sec-Fetch-Site: cross-site"); w.Code == http.StatusOK {
			t.Errorf("POST %s from another site = 200", path)
		}
	}
	wantStatus(t, s.ask("GET", "/c/abc", "", "Sec-Fetch-Site: cross-site"), http.StatusOK)
}
