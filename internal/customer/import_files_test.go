package customer_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"goodword/internal/customer"
	"goodword/internal/db"
	"goodword/internal/dbtest"
	"goodword/internal/money"
)

// expected is what one of the sample files must come to.
type expected struct {
	file      string
	delimiter string
	columns   []string
	figures   string // rows, created, merged, refused
	stages    string // customers, leads
	refused   []int64
	merged    []int64
	problems  map[string]int
}

var sampleFiles = []expected{
	{
		file: "customers-hubspot.csv", delimiter: ",",
		columns: []string{"Record ID>external_id", "First Name>first_name", "Last Name>last_name", "Email>email", "Phone Number>phone", "Company Name>company",
			"Lifecycle Stage>stage", "Contact owner>owner", "Recent Deal Close Date>ordered_at", "Recent Deal Amount>order_value", "Country/Region>country",
			"Division>division", "Notes>note", "Stripe Customer ID>stripe_customer"},
		figures: "1200 1169 21 10", stages: "644 525",
		refused:  []int64{259, 327, 426, 549, 633, 724, 770, 1010, 1209, 1307},
		merged:   []int64{32, 50, 119, 123, 148, 194, 226, 268, 284, 414, 434, 678, 845, 910, 941, 964, 1107, 1138, 1141, 1224, 1312},
		problems: map[string]int{"refused email": 10, "merged email": 21, "warning ordered_at": 47, "warning owner": 1, "warning phone": 187},
	},
	{
		file: "customers-salesforce.csv", delimiter: ",",
		columns: []string{"Contact ID>external_id", "First Name>first_name", "Last Name>last_name", "Email>email", "Phone>phone", "Account Name>company",
			"Type>stage", "Owner Email>owner", "Last Order Date>ordered_at", "Amount>order_value", "Mailing Country>country", "Business Unit>division",
			"Description>note", "Stripe Id>stripe_customer"},
		figures: "800 767 21 12", stages: "433 334",
		refused:  []int64{108, 160, 180, 400, 425, 519, 544, 611, 617, 727, 761, 785},
		merged:   []int64{166, 256, 305, 306, 311, 329, 353, 383, 430, 505, 576, 629, 665, 689, 742, 773, 817, 834, 872, 882, 884},
		problems: map[string]int{"refused email": 12, "merged email": 21, "warning ordered_at": 31, "warning owner": 1, "warning phone": 99},
	},
	{
		file: "customers-plain.csv", delimiter: ";",
		columns: []string{"id>external_id", "first_name>first_name", "last_name>last_name", "email>email", "phone>phone", "company>company", "stage>stage",
			"owner>owner", "ordered_at>ordered_at", "value>order_value", "country>country", "division>division", "note>note", "stripe_customer>stripe_customer"},
		figures: "300 291 5 4", stages: "173 118",
		refused:  []int64{70, 130, 190, 230},
		merged:   []int64{160, 195, 238, 263, 271},
		problems: map[string]int{"refused email": 4, "merged email": 5, "warning ordered_at": 11, "warning owner": 1, "warning phone": 31},
	},
}

func figures(i customer.Import) string {
	return fmt.Sprint(i.RowsTotal, i.Created, i.Merged, i.Refused)
}

// lines returns the lines with a problem of the severity.
func lines(all map[int64][]customer.ImportProblem, s customer.Severity) []int64 {
	var list []int64
	for _, line := range slices.Sorted(maps.Keys(all)) {
		if slices.ContainsFunc(all[line], func(p customer.ImportProblem) bool { return p.Severity == s }) {
			list = append(list, line)
		}
	}
	return list
}

// hasStageCounts checks how many people stand where.
func (w *importWorld) hasStageCounts(want string) {
	w.t.Helper()
	var n [2]int64
	for i, s := range []customer.Stage{customer.Active, customer.Lead} {
		var err error
		n[i], err = w.Count(w.ctx, customer.Filter{Stages: []customer.Stage{s}})
		w.must(err)
	}
	if got := fmt.Sprint(n[0], n[1]); got != want {
		w.t.Errorf("%s customers and leads, want %s", got, want)
	}
}

// importSample imports one of the files as a dry run, for real and once more, and compares everything that can be counted.
func (w *importWorld) importSample(e expected) {
	w.t.Helper()
	text := sampleFile(w.t, e.file)
	p, err := w.imports.Preview(w.ctx, strings.NewReader(text), e.file)
	w.must(err)
	var columns []string
	for _, c := range p.Columns {
		columns = append(columns, c.Name+">"+c.Field)
	}
	if !slices.Equal(columns, e.columns) || p.Delimiter != e.delimiter || p.Encoding != "utf-8" || len(p.Sample) != 10 {
		w.t.Errorf("preview %q %q %v", p.Delimiter, p.Encoding, columns)
	}
	// Every amount and date in these files can be read in one way only; what is missing is the currency.
	if len(p.Questions) != 1 || p.Questions[0].Option != "currency" {
		w.t.Errorf("questions %+v", p.Questions)
	}

	o := customer.ImportOptions{Currency: "EUR"}
	dry := w.dryRun(text, o)
	if n := w.count("SELECT (SELECT count(*) FROM customer) + (SELECT count(*) FROM company) + (SELECT count(*) FROM customer_address)"); n != 0 {
		w.t.Fatalf("a dry run wrote %d rows", n)
	}
	run := w.run(text, o)
	if figures(run) != e.figures || figures(dry) != e.figures || run.Updated+run.Unchanged != 0 {
		w.t.Errorf("dry run %s, import %s, want %s", figures(dry), figures(run), e.figures)
	}
	all := w.problems(run)
	if got := tally(all); !maps.Equal(got, e.problems) {
		w.t.Errorf("problems %v, want %v", got, e.problems)
	}
	if got := tally(w.problems(dry)); !maps.Equal(got, e.problems) {
		w.t.Errorf("problems of the dry run %v, want %v", got, e.problems)
	}
	if got := lines(all, customer.Refused); !slices.Equal(got, e.refused) {
		w.t.Errorf("refused lines %v, want %v", got, e.refused)
	}
	if got := lines(all, customer.MergedInto); !slices.Equal(got, e.merged) {
		w.t.Errorf("merged lines %v, want %v", got, e.merged)
	}
	w.hasStageCounts(e.stages)

	before := w.dump()
	w.clock.add(24 * time.Hour)
	again := w.run(text, o)
	if again.Created != 0 || again.Updated != 0 || again.Unchanged != run.Created || again.Merged != run.Merged || again.Refused != run.Refused {
		w.t.Errorf("the second time %+v", again)
	}
	if w.dump() != before {
		w.t.Error("the same file twice changed something")
	}
}

// hasPerson checks the part of a customer that the files speak of.
func (w *importWorld) hasPerson(email string, want customer.Draft) {
	w.t.Helper()
	c := w.byEmail(email)
	got := customer.Draft{ExternalID: c.ExternalID, FirstName: c.FirstName, LastName: c.LastName, Email: c.Email(), Phone: c.Phone(), Company: c.CompanyName(),
		Division: c.Division, Country: c.Country, Stage: c.Stage, OwnerID: c.OwnerID, Note: c.Note, StripeCustomer: c.StripeCustomer}
	at, order := want.LastOrderAt, want.Order
	want.LastOrderAt, want.Order = time.Time{}, nil
	if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
		w.t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !c.LastOrderAt.Equal(at) {
		w.t.Errorf("%s ordered at %v, want %v", email, c.LastOrderAt, at)
	}
	if has, ok := c.Order(); ok != (order != nil) || ok && has != *order {
		w.t.Errorf("%s ordered for %v, want %v", email, has, order)
	}
}

func (w *importWorld) byEmail(email string) customer.Customer {
	w.t.Helper()
	c, err := w.ByEmail(w.ctx, w.db, email)
	w.must(err)
	return c
}

func eur(minor int64) *money.Amount {
	a := money.New(minor, "EUR")
	return &a
}

func day(year int, month time.Month, d int) time.Time {
	return time.Date(year, month, d, 0, 0, 0, 0, time.UTC)
}

func TestImport_HubSpotFile(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newImportWorld(t, d)
		sam, rosa := w.rep("sam@ourco.example", "Sam"), w.rep("Rosa@OurCo.example", "Rosa")
		w.importSample(sampleFiles[0])
		w.hasPerson("x.johansson@harbor-motors348-pl.example", customer.Draft{ExternalID: "100001", FirstName: "Αλέξης", LastName: "Johansson",
			Email: "x.johansson@harbor-motors348-pl.example", Phone: "083/0251919", Company: "Harbor Motors & Co. KG", Division: "Services", Country: "PL",
			Stage: customer.Active, OwnerID: sam, LastOrderAt: day(2023, 6, 6), Order: eur(5219750)})
		w.hasPerson("oneil.nakamura@bright-press340-pl.example", customer.Draft{ExternalID: "100003", FirstName: "O'Neil", LastName: "Nakamura",
			Email: "oneil.nakamura@bright-press340-pl.example", Phone: "090/9052875", Company: "Bright Press GmbH", Division: "Digital", Country: "GB",
			Stage: customer.Lead, OwnerID: sam, Note: `=HYPERLINK("http://x.example")`, LastOrderAt: day(2024, 10, 18), Order: eur(5855750)})
		// Line 32 is about somebody else with the same address: what was there stays.
		w.hasPerson("yusuf.abbott5@alpine-software349-uk.example", customer.Draft{ExternalID: "100006", FirstName: "Yusuf", LastName: "Abbott",
			Email: "yusuf.abbott5@alpine-software349-uk.example", Phone: "(549) 332-229", Company: "Alpine Software S.A.", Division: "Industrial", Country: "BR",
			Stage: customer.Active, OwnerID: rosa, Note: "trailing", StripeCustomer: "cus_11000005", LastOrderAt: day(2026, 4, 18), Order: eur(4911550)})
		for email, note := range map[string]string{
			"uma.garcialopez@meridian-steel-io.example":  "line one\nline two",
			"leila.sahin@granite-energy62-pl.example":    "tab here",
			"x.petrovic@harbor-energy-com.example":       "VIP; met at fair",
			"oğuz.petrovic1@harbor-steel209-com.example": "",
			"oguz.petrovic1@harbor-steel209-com.example": `said "great service"`,
		} {
			c, err := w.ByEmail(w.ctx, w.db, email)
			if note == "" {
				wantCode(t, err, "not_found")
			} else if w.must(err); c.Note != note {
				t.Errorf("note of %s is %q", email, c.Note)
			}
		}
		// 13/02/2025, 02/13/2025 and HubSpot's milliseconds are the same day and can be read in one way only.
		for _, email := range []string{"leila.sahin@granite-energy62-pl.example", "x.petrovic@harbor-energy-com.example", "ben.dangelo@bright-motors165-de.example"} {
			if c := w.byEmail(email); !c.LastOrderAt.Equal(day(2025, 2, 13)) {
				t.Errorf("%s ordered at %v", email, c.LastOrderAt)
			}
		}
	})
}

func TestImport_SalesforceFile(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newImportWorld(t, d)
		sam := w.rep("sam@ourco.example", "Sam")
		w.rep("rosa@ourco.example", "Rosa")
		w.importSample(sampleFiles[1])
		w.hasPerson("x.ueda@indigo-clinic191-br.example", customer.Draft{ExternalID: "0035g0000000000001", FirstName: "Αλέξης", LastName: "Ueda",
			Email: "x.ueda@indigo-clinic191-br.example", Company: "Indigo Clinic", Division: "Services", Country: "DE", Stage: customer.Lead, OwnerID: sam,
			Note: `=HYPERLINK("http://x.example")`, StripeCustomer: "cus_12000001", LastOrderAt: day(2023, 9, 11), Order: eur(8526165)})
		w.hasPerson("tomas.vanderberg6@copper-print74-de.example", customer.Draft{ExternalID: "0035g0000000000006", FirstName: "Tomás", LastName: "van-der-Berg",
			Email: "tomas.vanderberg6@copper-print74-de.example", Company: "Copper Print AB", Division: "Services", Country: "PL", Stage: customer.Active,
			OwnerID: sam, Note: "line one\nline two", StripeCustomer: "cus_12000006", LastOrderAt: day(2023, 1, 14)})
		// Line 256 fills the gaps that line 95 left: the owner and the Stripe customer.
		c := w.byEmail("ben.muller85@juniper-optics254-io.example")
		if c.Name() != "Ben Müller" || c.ExternalID != "0035g0000000000055" || c.OwnerID != sam || c.StripeCustomer != "cus_12000233" {
			t.Errorf("merged into %+v", c)
		}
	})
}

func TestImport_PlainFile(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newImportWorld(t, d)
		sam := w.rep("sam@ourco.example", "Sam")
		w.rep("rosa@ourco.example", "Rosa")
		w.importSample(sampleFiles[2])
		w.hasPerson("maryjane.abbott@delta-optics53-com.example", customer.Draft{ExternalID: "1", FirstName: "Mary-Jane", LastName: "Abbott",
			Email: "maryjane.abbott@delta-optics53-com.example", Phone: "+49 122 926 096", Company: "Delta Optics S.A.", Division: "Services", Country: "DE",
			Stage: customer.Active, OwnerID: sam, Note: "tab here", LastOrderAt: day(2023, 3, 14), Order: eur(4743650)})
		w.hasPerson("mateo.sahin5@summit-robotics-se.example", customer.Draft{ExternalID: "6", FirstName: "Mateo", LastName: "Şahin",
			Email: "MATEO.SAHIN5@SUMMIT-ROBOTICS-SE.EXAMPLE", Phone: "086/8269634", Company: "Summit Robotics GmbH", Division: "Services", Country: "CA",
			Stage: customer.Lead, Note: "VIP; met at fair", LastOrderAt: day(2026, 6, 5), Order: eur(7877281)})
	})
}

func TestImport_AllThreeFilesTogether(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newImportWorld(t, d)
		var runs []customer.Import
		for _, e := range sampleFiles {
			runs = append(runs, w.run(sampleFile(t, e.file), customer.ImportOptions{}))
		}
		before := w.dump()
		for i, e := range sampleFiles {
			again := w.run(sampleFile(t, e.file), customer.ImportOptions{})
			if again.Created != 0 || again.Updated != 0 || again.Unchanged != runs[i].Created+runs[i].Updated+runs[i].Unchanged {
				t.Errorf("%s the second time: %+v", e.file, again)
			}
		}
		if w.dump() != before {
			t.Error("the second round changed something")
		}
		// Without a currency no amount is guessed, and the file says so once.
		if n := w.count("SELECT count(*) FROM customer WHERE order_minor IS NOT NULL"); n != 0 {
			t.Errorf("%d amounts without a currency", n)
		}
		if got := tally(w.problems(runs[0]))["warning order_value"]; got != 1 {
			t.Errorf("%d warnings about the currency, want 1", got)
		}
	})
}
