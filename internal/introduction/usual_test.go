package introduction_test

import (
	"fmt"
	"testing"
	"time"

	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/introduction"
	"goodword/internal/money"
)

func TestUsual_IsTheMiddleHalfOfOurOwnHistory(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		// Twelve introductions of one day take one to twelve weeks.
		rows := make([]introduction.Introduction, 12)
		for n := range rows {
			row, err := w.Submit(w.ctx(), w.another(n), introduction.Submission{FirstName: "Ben", Note: "Talk.", Channel: "mail"})
			w.must(err)
			rows[n], err = w.Accept(w.ctx(), prospect(row), byEmail(fmt.Sprintf("ben%d@acme%d.example", n, n)))
			w.must(err)
		}
		w.clock.pass(16 * time.Minute)
		_, err := w.Settle(w.ctx())
		w.must(err)
		for n, row := range rows {
			w.clock.pass(7 * day)
			_, err := w.Win(w.ctx(), introduction.NewDeal{IntroductionID: row.ID, Amount: money.New(5000, "EUR"), Evidence: "invoice", Actor: mara})
			w.must(err)
			got, err := w.Usual(w.ctx())
			w.must(err)
			// Nine tell nothing.
			want := introduction.Usual{}
			switch n + 1 {
			case 10:
				want = introduction.Usual{FromWeeks: 3, ToWeeks: 8}
			case 11:
				want = introduction.Usual{FromWeeks: 3, ToWeeks: 9}
			case 12:
				want = introduction.Usual{FromWeeks: 4, ToWeeks: 10}
			}
			if got != want {
				t.Errorf("after %d wins it usually takes %+v, want %+v", n+1, got, want)
			}
		}
	})
}
