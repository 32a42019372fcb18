package pages_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"goodword/internal/apptest"
	"goodword/internal/audit"
	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/setting"
)

func TestWarm_AKeptPageFollowsWhatChanges(t *testing.T) {
	t.Parallel()
	apptest.Each(t, func(w *apptest.World) {
		p := newPlace(t, w)
		id, benURL := p.introduces(w.Browser())
		b := w.Browser()
		b.Open(benURL).Shows("Ana Krüger", note)
		b.Open(benURL).Shows("Ana Krüger", note)

		last := "Krüger-Holm"
		_, err := p.App.Customers.Update(p.Context(), audit.System("test"), p.ana.ID, customer.Patch{LastName: &last}, 0)
		p.Must(err)
		w.Skip(10 * time.Second)
		b.Open(benURL).Shows("Ana Krüger-Holm", note)

		p.Must(p.App.DB.InTx(p.Context(), func(ctx context.Context, tx db.Tx) error {
			return p.App.Settings.Update(ctx, tx, func(s *setting.Settings) error { s.Company = "Brightwater & Sons"; return nil })
		}))
		b.Open(benURL).Shows("Ana Krüger-Holm", "Brightwater & Sons")

		p.Must(p.App.DB.InTx(p.Context(), func(ctx context.Context, tx db.Tx) error {
			return p.App.Customers.Links.RevokeAll(ctx, tx, customer.Subject{Purpose: customer.ForProspect, IntroductionID: id})
		}))
		b.Get(benURL).Want(http.StatusNotFound)
	})
}
