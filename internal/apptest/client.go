package apptest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"

	"goodword/internal/audit"
	"goodword/internal/ident"
	"goodword/internal/staff"
)

// owner is who adds the first colleagues.
var owner = audit.System("apptest")

// Client uses the API with a colleague's session.
type Client struct {
	w      *World
	client *http.Client
	// Member is who is signed in.
	Member staff.Member
}

// SignIn opens a session for a colleague that Member has added.
func (w *World) SignIn(m staff.Member) *Client {
	w.T.Helper()
	jar, err := cookiejar.New(nil)
	w.Must(err)
	c := &Client{w: w, client: &http.Client{Jar: jar, Timeout: patience}, Member: m}
	c.Post("/session", map[string]string{"email": m.Email, "password": password}, nil)
	return c
}

// As adds a colleague with a role and signs them in.
func (w *World) As(role staff.Role, name, email string) *Client {
	w.T.Helper()
	return w.SignIn(w.Member(staff.NewMember{Name: name, Email: email, Role: role, Zone: "Europe/Berlin", Language: "en"}))
}

// Get reads into out. The path begins behind /api/v1.
func (c *Client) Get(path string, out any) {
	c.w.T.Helper()
	c.want(http.MethodGet, path, nil, out)
}

// Post sends in as JSON and reads the answer into out; either may be nil.
func (c *Client) Post(path string, in, out any) {
	c.w.T.Helper()
	c.want(http.MethodPost, path, in, out)
}

// Patch changes something, whatever happened to it since.
func (c *Client) Patch(path string, in, out any) {
	c.w.T.Helper()
	c.want(http.MethodPatch, path, in, out)
}

// Upload posts a file.
func (c *Client) Upload(path, contentType, file string, out any) {
	c.w.T.Helper()
	status, answer := c.send(http.MethodPost, path, contentType, []byte(file))
	c.read(http.MethodPost, path, status, answer, out)
}

// Do sends in as JSON and returns the answer as it is.
func (c *Client) Do(method, path string, in any) (status int, answer []byte) {
	c.w.T.Helper()
	var body []byte
	if in != nil {
		var err error
		body, err = json.Marshal(in)
		c.w.Must(err)
	}
	return c.send(method, path, "application/json", body)
}

func (c *Client) want(method, path string, in, out any) {
	c.w.T.Helper()
	status, answer := c.Do(method, path, in)
	c.read(method, path, status, answer, out)
}

func (c *Client) read(method, path string, status int, answer []byte, out any) {
	c.w.T.Helper()
	if status < 200 || status > 299 {
		c.w.T.Fatalf("%s %s answers %d: %s", method, path, status, answer)
	}
	if out != nil {
		c.w.Must(json.Unmarshal(answer, out))
	}
}

func (c *Client) send(method, path, contentType string, body []byte) (int, []byte) {
	c.w.T.Helper()
	req, err := http.NewRequestWithContext(c.w.Context(), method, c.w.URL+"/api/v1"+path, bytes.NewReader(body))
	c.w.Must(err)
	req.Header.Set("Origin", c.w.URL)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	if len(body) > 0 {
		req.Header.Set("Content-Type", contentType)
	}
	if method == http.MethodPost && !strings.HasPrefix(path, "/session") {
		req.Header.Set("Idempotency-Key", ident.New())
	}
	res := do(c.w.T, c.client, req)
	answer, err := io.ReadAll(res.Body)
	c.w.Must(err)
	c.w.Must(res.Body.Close())
	return res.StatusCode, answer
}

// Header is the Cookie header with the colleague's session.
func (c *Client) Header() string { return cookieHeader(c.w, c.client) }
