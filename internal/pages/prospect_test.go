package pages_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/introduction"
)

func (p *place) row(id string) introduction.Introduction {
	p.T.Helper()
	row, err := p.App.Introductions.ByID(p.Context(), id)
	p.Must(err)
	return row
}

func TestWarm_ShowsThePersonTheirWordsAndTheThankYou(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		_, benURL := p.introduces(w.Browser())
		b := w.Browser()
		// L11: that Ana is rewarded, and with what; L9: what is known, from whom, how to delete it.
		page := b.Open(benURL).Shows("Ana Krüger", "Kranich Spedition", note, "As a welcome you get €50.00", "Ana gets €100.00 as a thank-you",
			"Yes, introduce us", "Maybe later", "No thanks", "Someone else here is right", "Ana gave us: your first name and the words above.")
		text := page.Text()
		if strings.Index(text, "€100.00") > strings.Index(text, "Yes, introduce us") {
			t.Error("the thank-you stands below the buttons")
		}
		if strings.Index(text, "Ana Krüger") > strings.Index(text, note) || strings.Index(text, note) > strings.Index(text, "Yes, introduce us") {
			t.Error("the person and her words do not come first")
		}
		if c := b.Cookies(); len(c) > 0 {
			t.Errorf("opening the page set %q", c)
		}
		b.Open(benURL+"/data").Shows("First name", "Ben", "It comes from Ana Krüger", "Without an answer from you it is deleted on 12 June 2026", "complain to your data protection authority", "12 Mill Lane, Bristol")
	})
}

func TestYes_NothingIsChosenBeforehandAndTheOneFieldIsAsked(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		id, benURL := p.introduces(w.Browser())
		b := w.Browser()
		page := b.Open(benURL).Follow("/yes")
		if form := page.Main(); form.Value("how") != "" || form.Value("slot") != "" || form.Value("tell") != "" {
			t.Error("something is chosen beforehand")
		}
		if p.row(id).State != introduction.Invited {
			t.Fatal("opening the page changed something")
		}
		page.Main().Send().Want(http.StatusUnprocessableEntity).Shows("Please choose one.")
		wrong := page.Main().Choose("how", "email").Choose("tell", "1").Send().Want(http.StatusUnprocessableEntity)
		if form := wrong.Main(); form.Value("how") != "email" || form.Value("tell") != "1" {
			t.Error("the choice was forgotten")
		}
		done := wrong.Main().Fill("email", benMail).Send().Want(200).Shows("Thank you", "Rosa Lindqvist will write to you by", "rosa@brightwater.example", "+44 117 496 0001", "take it back", "welcome code comes")
		row := p.row(id)
		if row.State != introduction.Accepted || row.Email != benMail || !row.Tell {
			t.Fatalf("it is %s", row.State)
		}
		// Within a quarter of an hour it can be taken back as if nothing had been said.
		done.Main().Press("answer", "undo").Want(200).Shows("Yes, introduce us")
		if row = p.row(id); row.State != introduction.Invited || row.Email != "" {
			t.Errorf("undone, it is %s with the address %q", row.State, row.Email)
		}
	})
}

func TestYes_ASlotIsBookedAndCanBeChanged(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		id, benURL := p.introduces(w.Browser())
		b := w.Browser()
		form := b.Open(benURL + "/yes").Shows("Europe/London (BST)").Main()
		slots := form.Options("slot")
		if len(slots) != 7 {
			t.Fatalf("%d slots and an empty line are offered, want 6", len(slots))
		}
		page := form.Choose("how", "slot").Choose("slot", slots[2]).Fill("email", benMail).Send().Want(200).Shows("Put it into my calendar", "BST")
		ics := b.Open(benURL + "/talk.ics")
		start, err := time.Parse(time.RFC3339, slots[2])
		w.Must(err)
		for _, want := range []string{"BEGIN:VCALENDAR\r\n", "DTSTART:" + start.UTC().Format("20060102T150405Z") + "\r\n", "SUMMARY:Talk with Rosa Lindqvist\\, Brightwater\r\n"} {
			if !strings.Contains(ics.Source, want) {
				t.Errorf("the calendar file lacks %q:\n%s", want, ics.Source)
			}
		}
		for line := range strings.SplitSeq(ics.Source, "\r\n") {
			if len(line) > 75 {
				t.Errorf("a line of the calendar file has %d bytes", len(line))
			}
		}
		page.Follow("/yes").Main().Choose("how", "call").Fill("phone", "+44 20 7946 0958").Send().Want(200).Hides("calendar")
		if row := p.row(id); row.AcceptHow != introduction.ByCall || !row.SlotAt.IsZero() {
			t.Errorf("changed, it is %q at %s", row.AcceptHow, row.SlotAt)
		}
	})
}

func TestWelcomeCode_IsShownOnlyOnTheDeviceThatSaidYes(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		ana := w.Browser()
		id, benURL := p.introduces(ana)
		ben := w.Browser()
		ben.Open(benURL+"/yes").Main().Choose("how", "email").Fill("email", benMail).Send().Want(200)
		w.Skip(16 * time.Minute)
		rewards, err := w.App.Rewards.ForIntroduction(w.Context(), id)
		w.Must(err)
		code := ""
		for _, r := range rewards {
			code += r.Code
		}
		if code == "" {
			t.Fatal("there is no code")
		}
		ben.Open(benURL).Shows(code)
		ana.Open(benURL).Hides(code, benMail).Shows("is in your mail")
		ana.Open(benURL + "/data").Hides(benMail)
	})
}

func TestLater_KeepsAMonthAndAnAddressOrNothing(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		id, benURL := p.introduces(w.Browser())
		b := w.Browser()
		page := b.Open(benURL).Follow("/later")
		page.Main().Send().Want(http.StatusUnprocessableEntity)
		before := p.rows()
		if ics := b.Open(benURL + "/later.ics?months=3"); !strings.Contains(ics.Source, "DTSTART;VALUE=DATE:20260812") {
			t.Errorf("the entry is %q", ics.Source)
		}
		if !equal(before, p.rows()) {
			t.Error("the calendar entry left something")
		}
		page.Main().Choose("months", "3").Fill("email", benMail).Send().Want(200).Shows("Noted for August 2026")
		if row := p.row(id); row.LaterUntil.IsZero() || row.Email != benMail || row.State != introduction.Invited {
			t.Errorf("later is %s with %q in %s", row.LaterUntil, row.Email, row.State)
		}
	})
}

func TestNo_TakesTwoTapsAndDeletesTheData(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		ana := w.Browser()
		id, benURL := p.introduces(ana)
		b := w.Browser()
		page := b.Open(benURL).Follow("/no")
		page.Main().Send().Want(200).Shows("Yes, introduce us") // the first button leaves it open
		page.Main().Press("answer", "no").Want(200).Shows("We keep nothing about you")
		if row := p.row(id); row.State != introduction.Declined || row.FirstName != "" || row.Note != "" {
			t.Errorf("it is %s, and %q is still there", row.State, row.FirstName)
		}
		ana.Open(p.anaURL + "/mine").Shows("Not this time")
	})
}

func TestSomeoneElse_GetsTheIntroducersOwnLink(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		_, benURL := p.introduces(w.Browser())
		b := w.Browser()
		page := b.Open(benURL).Follow("/other").Main().Press("answer", "other").Want(200).Shows("Ana thinks that Brightwater")
		_, code, _ := strings.Cut(page.Text(), "/r/")
		code, _, _ = strings.Cut(code, " ")
		w.Browser().Open("/r/" + code).Shows("Ana would like to introduce you")
		// A code in the address that is not Ana's own puts no other link on the page.
		b.Open(benURL + "/other?code=attacker").Hides("/r/attacker")
	})
}

func TestGiven_CanBeDeleted(t *testing.T) {
	t.Parallel()
	w := apptest.New(t)
	p := newPlace(t, w)
	id, benURL := p.introduces(w.Browser())
	w.Browser().Open(benURL+"/data").Main().Press("answer", "delete").Want(200).Shows("We keep nothing about you")
	if row := p.row(id); row.FirstName != "" || row.PurgedAt.IsZero() {
		t.Errorf("%q is still there", row.FirstName)
	}
}

// S5: programs that open the page, send every form as it stands and press the first button decide nothing.
func TestProspectPages_ARobotChangesNothing(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		_, benURL := p.introduces(w.Browser())
		before := p.rows()
		b := w.Browser()
		for _, at := range []string{"", "/yes", "/later", "/no", "/other", "/data"} {
			page := b.Open(benURL + at)
			if !strings.Contains(page.Source, `id="main"`) {
				continue
			}
			page.Main().Send()
			answer, err := http.PostForm(benURL+at, url.Values{"nonce": {page.Main().Value("nonce")}})
			w.Must(err)
			answer.Body.Close()
		}
		if after := p.rows(); !equal(before, after) {
			t.Errorf("before %v\nafter  %v", before, after)
		}
	})
}

func equal(a, b map[string][2]int64) bool {
	for k, v := range a {
		if b[k] != v {
			return false
		}
	}
	return len(a) == len(b)
}

// S4: looking changes nothing but visits.
func TestPages_GETAndHEADChangeNothing(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		ana := w.Browser()
		id, benURL := p.introduces(ana)
		place, err := w.App.Campaigns.AddPlacement(w.Context(), system, p.campaign.ID, "Poster")
		w.Must(err)
		w.Settle()
		before := p.rows()
		for _, at := range []string{p.anaURL, p.anaURL + "/introduce", p.anaURL + "/introductions/" + id, p.anaURL + "/introductions/" + id + "/done",
			p.anaURL + "/introductions/" + id + "/nudges", p.anaURL + "/testimonial", p.anaURL + "/mine", p.anaURL + "/rewards", p.anaURL + "/data",
			p.anaURL + "/later", p.anaURL + "/stop", p.anaURL + "/code", p.anaURL + "/fresh",
			benURL, benURL + "/yes", benURL + "/later", benURL + "/no", benURL + "/other", benURL + "/data", benURL + "/later.ics?months=1", benURL + "/talk.ics",
			"/q/" + place.Code, "/q/" + place.Code + "/yes", "/q/" + place.Code + "/later", "/q/" + place.Code + "/no", "/qr/q/" + place.Code + ".svg"} {
			ana.Get(at)
			if !strings.HasPrefix(at, "http") {
				at = w.URL + at
			}
			req, err := http.NewRequestWithContext(w.Context(), http.MethodHead, at, http.NoBody)
			w.Must(err)
			req.Header.Set("Sec-Purpose", "prefetch")
			answer, err := http.DefaultClient.Do(req)
			w.Must(err)
			answer.Body.Close()
			if answer.StatusCode >= 500 {
				t.Errorf("HEAD %s is answered %d", at, answer.StatusCode)
			}
		}
		w.Settle()
		if after := p.rows(); !equal(before, after) {
			t.Errorf("before %v\nafter  %v", before, after)
		}
	})
}

func TestShareLink_AYesMakesAnIntroductionOfItsOwn(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		b := w.Browser()
		share := b.Open(p.anaURL).FormWith("nonce", "").Send()
		stranger := w.Browser()
		form := stranger.Open(share.URL).Follow("/yes").Main()
		form.Choose("how", "email").Fill("email", benMail).Send().Want(http.StatusUnprocessableEntity).Shows("Please fill this in.")
		page := form.Choose("how", "email").Fill("email", benMail).Fill("name", "Ben Ossen").Send().Want(200).Shows("Thank you", "Rosa Lindqvist will write")
		if !strings.HasPrefix(page.Path(), "/i/") {
			t.Errorf("leads to %s", page.Path())
		}
		// The same form once more is the same introduction.
		form.Send()
		row := p.introduced()
		if row.State != introduction.Accepted || row.FirstName != "Ben" || row.Email != benMail {
			t.Errorf("it is %s of %q", row.State, row.FirstName)
		}
	})
}

func TestPlacement_KnowsNobodyAndAsksWhoSentThem(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		place, err := w.App.Campaigns.AddPlacement(w.Context(), system, p.campaign.ID, "Poster")
		w.Must(err)
		b := w.Browser()
		page := b.Open("/q/"+place.Code).Shows("Get to know Brightwater").Hides("Ana", "Krüger", "€100.00")
		page.Follow("/yes").Main().Choose("how", "call").Fill("phone", "+44 20 7946 0958").Fill("name", "Ben Ossen").Fill("sent_by", "Ana").Send().Want(200)
		later := b.Open("/q/" + place.Code + "/later").Main()
		later.Choose("months", "1").Send().Want(http.StatusUnprocessableEntity)
		later.Choose("months", "1").Fill("name", "Carl").Fill("email", "carl@harbor.example").Send().Want(200).Shows("Noted.")
		b.Open("/q/" + place.Code + "/no").Shows("We keep nothing.")
		b.Get("/q/nothing2").Want(http.StatusNotFound).Shows("There is nothing here")
	})
}
