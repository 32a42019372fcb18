package customer_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
)

// bigFile writes a file of customers as HubSpot would, of which every 50th row repeats an earlier address, every 97th has no
// mail address and every 31st a note of two lines. The same seed makes the same file.
func bigFile(rows int, seed uint64) string {
	rnd := rand.New(rand.NewPCG(seed, 1))
	firsts := []string{"Ana", "Łukasz", "Αλέξης", "さくら", "Jürgen", "Oğuz", "Mary-Jane", "Zoë"}
	lasts := []string{"García-López", "Müller", "O'Connor", "van-der-Berg", "Petrović", "Nakamura", "Smith", "Xu"}
	countries := []string{"DE", "ES", "PL", "FR", "GB", "US"}
	var b strings.Builder
	b.WriteString("\uFEFFRecord ID,First Name,Last Name,Email,Phone Number,Company Name,Lifecycle Stage,Recent Deal Close Date,Recent Deal Amount,Country/Region,Division,Notes\r\n")
	for i := range rows {
		email := "person" + strconv.Itoa(i) + "@company" + strconv.Itoa(i/7) + ".example"
		switch {
		case i%97 == 96:
			email = "nobody at all"
		case i%50 == 49:
			j := rnd.IntN(i)
			email = "PERSON" + strconv.Itoa(j) + "@company" + strconv.Itoa(j/7) + ".example"
		}
		note := ""
		if i%31 == 30 {
			note = "\"said \"\"great\"\",\r\nthen left\""
		}
		fmt.Fprintf(&b, "%d,%s,%s,%s,+49 30 %07d,Company %d,customer,20%02d-%02d-%02d,\"%d.%03d,50\",%s,Services,%s\r\n",
			100000+i, firsts[rnd.IntN(8)], lasts[rnd.IntN(8)], email, 1000000+i, i/7, 20+rnd.IntN(6), 1+rnd.IntN(12), 1+rnd.IntN(28), 1+rnd.IntN(99), rnd.IntN(1000),
			countries[rnd.IntN(6)], note)
	}
	return b.String()
}

func BenchmarkImport100k(b *testing.B) {
	text := bigFile(100_000, 7)
	b.Run("sqlite", func(b *testing.B) { benchmarkImport(b, dbtest.SQLite(b), text) })
	b.Run("postgres", func(b *testing.B) { benchmarkImport(b, dbtest.Postgres(b), text) })
}

func benchmarkImport(b *testing.B, d *db.DB, text string) {
	imports := newImports(b, d, func() time.Time { return start }, b.TempDir())
	rows := 0
	for i := range b.N {
		// Every round brings other people.
		others := strings.ReplaceAll(strings.ReplaceAll(text, "@", fmt.Sprintf("@%d.", i)), "\n1", fmt.Sprintf("\n%d-1", i))
		run, err := imports.Start(b.Context(), actor, customer.Upload{Reader: strings.NewReader(others), Name: "big.csv", Options: customer.ImportOptions{Currency: "EUR"}})
		if err != nil {
			b.Fatal(err)
		}
		if run, err = imports.Work(b.Context(), run.ID, func(customer.Import) {}); err != nil {
			b.Fatal(err)
		}
		rows += int(run.RowsDone)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}
