package setting_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/fault"
	"goodword/internal/setting"
)

// stepClock is a clock that the test moves.
type stepClock struct{ nanos atomic.Int64 }

func (c *stepClock) now() time.Time       { return time.Unix(1_800_000_000, c.nanos.Load()).UTC() }
func (c *stepClock) pass(d time.Duration) { c.nanos.Add(int64(d)) }

func service(d *db.DB) (*setting.Service, *stepClock) {
	c := &stepClock{}
	defaults := setting.Defaults()
	defaults.Company = "Lindwerk"
	return setting.New(setting.Deps{DB: d, Clock: c.now, Defaults: defaults}), c
}

func get(t *testing.T, s *setting.Service) setting.Settings {
	t.Helper()
	v, err := s.Get(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func update(d *db.DB, s *setting.Service, fn func(*setting.Settings) error) error {
	return d.InTx(context.Background(), func(ctx context.Context, tx db.Tx) error { return s.Update(ctx, tx, fn) })
}

func TestGet_GivesDefaultsUntilChanged(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(d)
		v := get(t, s)
		if v.Company != "Lindwerk" || v.AnswerHours != 24 || v.Version != 0 || v.PortalMaySend("DE") {
			t.Errorf("settings of a fresh installation: %+v", v)
		}
	})
}

func TestUpdate_KeepsEveryField(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := service(d)
		err := update(d, s, func(v *setting.Settings) error {
			v.Company, v.BrandColor, v.MailFromName = " Lindwerk AG ", "#FFCC00", "Lindwerk"
			v.WhatWeDo = map[string]string{"en": "We fix roofs.", "de": " "}
			v.LogoSVG = `<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0h9v9z" fill="url(#a)"/></svg>`
			v.PostalAddress, v.Zone, v.AnswerHours = "Weg 1\n12345 Ort", "Europe/Berlin", 4
			v.Languages, v.DefaultLanguage = []string{"de", "en", "fr"}, "de"
			v.SafeApprove, v.SecondPersonAboveMinor = false, 9_007_199_254_740_993
			v.DisclosureText = map[string]string{"de": "Danke."}
			v.PrivacyURL, v.TermsURL = "https://example.com/privacy", "https://example.com/terms"
			v.CountryPolicy = map[string]bool{"DE": false, "AT": true}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		other, _ := service(d) // another process
		for name, s := range map[string]*setting.Service{"this process": s, "another": other} {
			v := get(t, s)
			if v.Company != "Lindwerk AG" || v.BrandColor != "#ffcc00" || v.From() != "Lindwerk" || !strings.HasPrefix(v.LogoSVG, "<svg") ||
				v.PostalAddress != "Weg 1\n12345 Ort" || v.Zone != "Europe/Berlin" || v.AnswerHours != 4 ||
				!slices.Equal(v.Languages, []string{"de", "en", "fr"}) || v.DefaultLanguage != "de" || v.SafeApprove ||
				v.SecondPersonAboveMinor != 9_007_199_254_740_993 || v.PrivacyURL == "" || v.TermsURL == "" || v.Version != 1 {
				t.Errorf("%s: %+v", name, v)
			}
			if !maps.Equal(v.WhatWeDo, map[string]string{"en": "We fix roofs."}) || !maps.Equal(v.DisclosureText, map[string]string{"de": "Danke."}) ||
				v.PortalMaySend("DE") || !v.PortalMaySend("AT") || v.PortalMaySend("CH") {
				t.Errorf("%s: %+v", name, v)
			}
			if got := v.In(v.WhatWeDo, "de"); got != "We fix roofs." {
				t.Errorf("%s: a text that is missing in German: %q", name, got)
			}
		}
	})
}

// A field that nobody changed follows the configuration, also after another one was changed.
func TestUpdate_LeavesOtherFieldsToTheirDefaults(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, clock := service(d)
		if err := update(d, s, func(v *setting.Settings) error { v.AnswerHours = 8; return nil }); err != nil {
			t.Fatal(err)
		}
		defaults := setting.Defaults()
		defaults.Company = "Renamed"
		renamed := setting.New(setting.Deps{DB: d, Clock: clock.now, Defaults: defaults})
		if v := get(t, renamed); v.Company != "Renamed" || v.AnswerHours != 8 {
			t.Errorf("company %q, answer hours %d; want Renamed, 8", v.Company, v.AnswerHours)
		}
	})
}

func TestUpdate_NamesEveryProblem(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	s, _ := service(d)
	err := update(d, s, func(v *setting.Settings) error {
		v.Company, v.MailFromName, v.BrandColor = "  ", "two\nlines", "red"
		v.WhatWeDo = map[string]string{"english": "x", "en": strings.Repeat("x", 301)}
		v.PostalAddress = strings.Repeat("x", 501)
		v.LogoSVG = "<p>logo</p>"
		v.Languages, v.DefaultLanguage = []string{"en", "EN", "en"}, "fr"
		v.Zone, v.AnswerHours, v.SecondPersonAboveMinor = "Berlin", 0, -1
		v.DisclosureText = nil
		v.PrivacyURL, v.TermsURL = "javascript:alert(1)", "example.com"
		v.CountryPolicy = map[string]bool{"Germany": true}
		return nil
	})
	if !fault.Is(err, fault.Invalid) {
		t.Fatalf("%v, want invalid", err)
	}
	fields := map[string]bool{}
	for _, p := range fault.As(err).Problems {
		fields[p.Field] = true
	}
	for _, want := range []string{"company", "mail_from_name", "brand_color", "what_we_do", "what_we_do.en", "postal_address", "logo_svg", "languages",
		"default_language", "zone", "answer_hours", "second_person_above_minor", "disclosure_text", "privacy_url", "terms_url", "country_policy"} {
		if !fields[want] {
			t.Errorf("no problem at %s in %v", want, slices.Sorted(maps.Keys(fields)))
		}
	}
	if v := get(t, s); v.Version != 0 || v.Company != "Lindwerk" {
		t.Errorf("after a refused update: %+v", v)
	}
}

func TestUpdate_RolledBackIsNotSeen(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, clock := service(d)
		stop := errors.New("stop")
		err := d.InTx(t.Context(), func(ctx context.Context, tx db.Tx) error {
			if err := s.Update(ctx, tx, func(v *setting.Settings) error { v.AnswerHours = 8; return nil }); err != nil {
				t.Error(err)
			}
			return stop
		})
		if !errors.Is(err, stop) {
			t.Fatal(err)
		}
		if err := update(d, s, func(*setting.Settings) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("%v, want what fn returned", err)
		}
		for range 3 {
			if v := get(t, s); v.AnswerHours != 24 || v.Version != 0 {
				t.Errorf("answer hours %d, version %d of an update that was rolled back", v.AnswerHours, v.Version)
			}
			clock.pass(600 * time.Millisecond)
		}
	})
}

func TestUpdate_ConcurrentOnesAllCount(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, clock := service(d)
		var wg sync.WaitGroup
		for i := range 20 {
			wg.Go(func() {
				err := update(d, s, func(v *setting.Settings) error {
					v.WhatWeDo[fmt.Sprintf("%c%c", 'a'+i/5, 'a'+i%5)] = "x"
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		clock.pass(time.Second)
		if v := get(t, s); len(v.WhatWeDo) != 20 || v.Version != 20 {
			t.Errorf("%d languages, version %d; want 20 and 20", len(v.WhatWeDo), v.Version)
		}
	})
}

func TestGet_IsAtMostASecondOld(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, clock := service(d)
		other, _ := service(d)
		get(t, s).Languages[0] = "xx" // must not reach the cache
		if err := update(d, other, func(v *setting.Settings) error { v.AnswerHours = 8; return nil }); err != nil {
			t.Fatal(err)
		}
		if v := get(t, s); v.AnswerHours != 24 || v.Languages[0] != "en" {
			t.Errorf("within the second: %d hours, languages %v; want the cached value", v.AnswerHours, v.Languages)
		}
		clock.pass(time.Second)
		if v := get(t, s); v.AnswerHours != 8 {
			t.Errorf("after a second: %d hours, want 8", v.AnswerHours)
		}
		// One's own update is seen at once.
		if err := update(d, s, func(v *setting.Settings) error { v.AnswerHours = 9; return nil }); err != nil {
			t.Fatal(err)
		}
		if v := get(t, s); v.AnswerHours != 9 {
			t.Errorf("after one's own update: %d hours, want 9", v.AnswerHours)
		}
	})
}

func TestClockOffset_MovesForwardForEverybody(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, clock := service(d)
		other, otherClock := service(d)
		want := func(s *setting.Service, want time.Duration) {
			t.Helper()
			if got, err := s.ClockOffset(t.Context()); err != nil || got != want {
				t.Errorf("offset %s, %v; want %s", got, err, want)
			}
		}
		want(s, 0)
		want(other, 0)
		if err := s.SetClockOffset(t.Context(), 7*24*time.Hour); err != nil {
			t.Fatal(err)
		}
		want(s, 7*24*time.Hour)
		want(other, 0)
		otherClock.pass(time.Second)
		want(other, 7*24*time.Hour)
		if err := other.SetClockOffset(t.Context(), time.Hour); !fault.Is(err, fault.Invalid) {
			t.Errorf("a clock set back: %v, want invalid", err)
		}
		clock.pass(2 * time.Second)
		want(s, 7*24*time.Hour)
		if v := get(t, s); v.Company != "Lindwerk" {
			t.Errorf("the offset has reached the settings: %+v", v)
		}
	})
}

func TestNew_PanicsNamingWhatIsMissing(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	full := setting.Deps{DB: d, Clock: time.Now, Defaults: setting.Defaults()}
	for field, change := range map[string]func(*setting.Deps){
		"DB":       func(d *setting.Deps) { d.DB = nil },
		"Clock":    func(d *setting.Deps) { d.Clock = nil },
		"Defaults": func(d *setting.Deps) { d.Defaults = setting.Settings{} },
	} {
		func() {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.Contains(text, "Deps."+field) {
					t.Errorf("without %s: panic %q does not name it", field, text)
				}
			}()
			deps := full
			change(&deps)
			setting.New(deps)
		}()
	}
}

func TestLogo_RefusesWhatIsNotPlainSVG(t *testing.T) {
	t.Parallel()
	d := dbtest.SQLite(t)
	s, _ := service(d)
	wrap := func(inner string) string {
		return `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">` + inner + `</svg>`
	}
	cases := map[string]struct {
		svg string
		ok  bool
	}{
		"plain":              {wrap(`<g fill="#123"><circle r="3"/><text>Hi</text></g>`), true},
		"declaration":        {`<?xml version="1.0"?>` + wrap(`<rect width="3" height="3"/>`), true},
		"own reference":      {wrap(`<defs><linearGradient id="a"/></defs><use xlink:href="#a"/><path fill="url(#a)"/>`), true},
		"style":              {wrap(`<style>.a{fill:url(#b)}</style><path class="a"/>`), true},
		"editor's metadata":  {wrap(`<metadata><x:y xmlns:x="urn:x"/></metadata><path/>`), true},
		"script":             {wrap(`<script>alert(1)</script>`), false},
		"handler":            {wrap(`<path onload="alert(1)"/>`), false},
		"capital handler":    {wrap(`<path ONLOAD="alert(1)"/>`), false},
		"link":               {wrap(`<a href="javascript:alert(1)"><path/></a>`), false},
		"foreign":            {wrap(`<foreignObject><p>x</p></foreignObject>`), false},
		"image":              {wrap(`<image href="https://example.com/x.png"/>`), false},
		"outside use":        {wrap(`<use xlink:href="https://example.com/x.svg#a"/>`), false},
		"outside url":        {wrap(`<path fill="url(https://example.com/x)"/>`), false},
		"outside style":      {wrap(`<style>@import "https://example.com/x"</style>`), false},
		"escaped style":      {wrap(`<path style="fill:u\72l(https://example.com)"/>`), false},
		"script in metadata": {wrap(`<metadata><script xmlns="http://www.w3.org/2000/svg">alert(1)</script></metadata>`), false},
		"entity":             {`<!DOCTYPE svg [<!ENTITY x "y">]>` + wrap(`<path/>`), false},
		"stylesheet":         {`<?xml-stylesheet href="https://example.com/x"?>` + wrap(`<path/>`), false},
		"html":               {`<html><body/></html>`, false},
		"no namespace":       {`<svg><path/></svg>`, false},
		"not closed":         {`<svg xmlns="http://www.w3.org/2000/svg"><path>`, false},
		"two roots":          {wrap(``) + wrap(``), false},
		"text":               {"logo", false},
		"too large":          {wrap(`<text>` + strings.Repeat("x", 64<<10) + `</text>`), false},
	}
	for name, c := range cases {
		err := update(d, s, func(v *setting.Settings) error { v.LogoSVG = c.svg; return nil })
		if (err == nil) != c.ok || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v, want accepted %v", name, err, c.ok)
		}
	}
}
