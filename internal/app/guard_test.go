package app_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/app"
	"goodword/internal/apptest"
	"goodword/internal/audit"
	"goodword/internal/campaign"
	"goodword/internal/dbtest"
	rewards "goodword/internal/reward"
	"goodword/internal/staff"
)

// M20, M11: a leg is changed behind the triggers. The next night payouts are paused, owner and finance have one mail each, the
// installation says so everywhere, and only a person lets payouts go on.
func TestGuard_NightStopsPayoutsOverAChangedLeg(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		olga := w.Member(staff.NewMember{Email: "olga@brightwater.example", Name: "Olga Reyes", Role: staff.Owner})
		finn := w.Member(staff.NewMember{Email: "finn@brightwater.example", Name: "Finn Adler", Role: staff.Finance, Language: "de"})
		mara := w.Member(staff.NewMember{Email: "mara@brightwater.example", Name: "Mara Lind", Role: staff.Marketer})
		made, err := w.App.Campaigns.Create(w.Context(), system, campaign.Plan{Name: "Good words", OwnerID: mara.ID,
			Asks: []campaign.Ask{campaign.AskIntroduction}, Trigger: campaign.Trigger{Kind: campaign.TriggerNow},
			Messages: map[string]campaign.Words{"en": {Subject: "Who else?", Body: "Somebody you know may need this.", PageTitle: "Whom?", PageBody: "One name."}},
			Offer: campaign.Terms{Currency: "EUR", BudgetMinor: 100_00, HoldDays: 30, ProtectionDays: 180, Text: "Terms", DefaultRail: campaign.RailManual,
				Rewards: []campaign.Rule{{To: campaign.ToCustomer, On: campaign.OnWon, AmountMinor: 10_00, Rails: []campaign.Rail{campaign.RailManual}}}}})
		w.Must(err)
		_, err = w.App.Campaigns.Launch(w.Context(), system, made.ID)
		w.Must(err)

		paused := func() bool {
			t.Helper()
			sw, err := w.App.Rewards.Switches(w.Context())
			w.Must(err)
			return sw[0].Paused
		}
		alerts := func() map[string]int {
			t.Helper()
			out := map[string]int{}
			list, err := w.App.Captured.List()
			w.Must(err)
			for _, m := range list {
				if m.Subject == "The books do not hold" || m.Subject == "Die Bücher gehen nicht auf" {
					out[m.To.Email]++
				}
			}
			return out
		}
		w.Skip(24 * time.Hour)
		g, err := w.App.Rewards.Guard(w.Context())
		w.Must(err)
		if g.Held.ID == "" || g.Last.ID != g.Held.ID || g.Held.Journals == 0 || paused() || len(alerts()) != 0 {
			t.Fatalf("a quiet night: %+v, paused %t, %v", g.Last, paused(), alerts())
		}
		if text := metrics(w); !strings.Contains(text, "goodword_books_proven_age_seconds 0") || !strings.Contains(text, "goodword_books_findings 0") ||
			!strings.Contains(text, `goodword_rail_compared_age_seconds{of="promotion_code"} 0`) {
			t.Errorf("metrics: %s", text)
		}
		heads, err := os.ReadFile(filepath.Join(w.App.Config.DataDir, "heads.jsonl"))
		w.Must(err)
		kept, err := rewards.ReadHeads(bytes.NewReader(heads))
		w.Must(err)
		if len(kept) == 0 || kept[len(kept)-1].LedgerSeq != g.Held.LedgerSeq {
			t.Errorf("kept heads: %s", heads)
		}

		dbtest.Untriggered(t, w.App.DB, "UPDATE ledger_leg SET amount_minor = amount_minor + 1 WHERE number = 1")
		for night := 1; night <= 2; night++ {
			w.Skip(24 * time.Hour)
			if got := alerts(); !paused() || len(got) != 2 || got[olga.Email] != 1 || got[finn.Email] != 1 {
				t.Fatalf("night %d: paused %t, mails %v; want one for the owner and one for finance", night, paused(), got)
			}
		}
		if i := slices.IndexFunc(app.Examine(w.Context(), w.App.Config), func(e app.Examined) bool { return e.Name == "books" && !e.OK }); i < 0 {
			t.Error("doctor is content with the books")
		}
		if text := metrics(w); strings.Contains(text, "goodword_books_findings 0") || !strings.Contains(text, "goodword_payouts_paused 1") ||
			!strings.Contains(text, "goodword_books_proven_age_seconds 172800") {
			t.Errorf("metrics: %s", text)
		}

		dbtest.Untriggered(t, w.App.DB, "UPDATE ledger_leg SET amount_minor = amount_minor - 1 WHERE number = 1")
		w.Skip(24 * time.Hour)
		if g, err = w.App.Rewards.Guard(w.Context()); err != nil || g.Last.Findings != 0 || !paused() {
			t.Errorf("repaired: %+v, paused %t, %v", g.Last, paused(), err)
		}
		_, err = w.App.Rewards.Resume(w.Context(), audit.Actor{Kind: audit.KindStaff, ID: finn.ID, Name: finn.Name, Role: string(staff.Finance)}, rewards.ScopeAll, "The row is as it was.")
		w.Must(err)
		w.Skip(24 * time.Hour)
		if paused() || len(alerts()) != 2 {
			t.Errorf("after a person resumed: paused %t, %v", paused(), alerts())
		}
	})
}

func metrics(w *apptest.World) string {
	w.T.Helper()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, w.URL+"/metrics", nil)
	w.Must(err)
	resp, err := http.DefaultClient.Do(req)
	w.Must(err)
	text, err := io.ReadAll(resp.Body)
	w.Must(err)
	w.Must(resp.Body.Close())
	return string(text)
}
