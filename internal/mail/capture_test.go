package mail_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/mail"
)

func TestCapture_KeepsMailForItsOwnerOnly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "mail")
	c, err := mail.NewCapture(dir)
	if err != nil {
		t.Fatal(err)
	}
	o, _ := outbox(t, dbtest.SQLite(t), c)
	for i := range 3 {
		m := ask(fmt.Sprintf("invitation:%d", i), "c1")
		m.Lang = "de"
		m.To.Name = "Änne Müller"
		m.View = mail.Invitation{Subject: fmt.Sprintf("Grüße %d", i), Body: "Hallo Änne.\n\n.\nZweite Zeile mit = und €.", Ask: "introduction", URL: "https://goodword.example/c/x"}
		if err := o.Send(ctx(t), m); err != nil {
			t.Fatal(err)
		}
	}
	list, err := c.List()
	if err != nil || len(list) != 3 {
		t.Fatalf("%d mails, %v", len(list), err)
	}
	first := list[0]
	if first.Subject != "Grüße 2" || first.To != (mail.Address{Name: "Änne Müller", Email: "ana@ruiz.example"}) || first.From.Email != "hello@example.com" ||
		!first.At.Equal(start) || first.UnsubscribeOf != "https://goodword.example/u/token" {
		t.Errorf("newest mail: %+v", first)
	}
	got, err := c.Get(first.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.Text, "Zweite Zeile mit = und €.\n") || !strings.Contains(got.HTML, `<html lang="de"`) || !strings.Contains(got.Text, "https://goodword.example/c/x") {
		t.Errorf("parts do not read back:\n%s", got.Text)
	}
	names := map[string]string{}
	for _, h := range got.Headers {
		names[h.Name] = h.Value
	}
	if names["Subject"] != "Grüße 2" || names["Auto-Submitted"] == "" || len(got.Source) == 0 {
		t.Errorf("headers %v", names)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		info, err := f.Info()
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", f.Name(), info.Mode(), err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder's mode is %v, %v", info.Mode(), err)
	}
	for _, id := range []string{"", "x", "../../etc/passwd", "0000000000000000000-aaaaaaaa"} {
		if _, err := c.Get(id); !fault.Is(err, fault.NotFound) {
			t.Errorf("Get(%q) = %v, want NotFound", id, err)
		}
	}
	if err := c.Clear(); err != nil {
		t.Fatal(err)
	}
	if list, err = c.List(); err != nil || len(list) != 0 {
		t.Errorf("after Clear: %d mails, %v", len(list), err)
	}
}
