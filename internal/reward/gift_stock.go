package reward

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"goodword/internal/audit"
	"goodword/internal/db"
	"goodword/internal/fault"
	"goodword/internal/ident"
	"goodword/internal/ledger"
	"goodword/internal/money"
	"goodword/internal/staff"
)

// LowStock is the number of free codes of one value below which finance is reminded to buy more.
const LowStock = 10

// StockUpload is a row of table gift_upload: a file that was taken into stock.
type StockUpload struct {
	bun.BaseModel `bun:"table:gift_upload,alias:gu"`

	ID        string    `bun:"id,pk"`
	FileName  string    `bun:"file_name"`
	Codes     int64     `bun:"codes"`
	ActorID   string    `bun:"actor_id"`
	CreatedAt time.Time `bun:"created_at"`
}

// StockLine counts the codes of one value and label. Ending ones are free, but end too soon to be given away; expired ones
// have ended in stock and wait to be written off.
type StockLine struct {
	Amount                                          money.Amount
	Label                                           string
	Free, Ending, Expired, WrittenOff, Bound, Shown int64
	// Low is true when few codes of the value are left, or somebody waits for one.
	Low bool
}

// Waiting counts the rewards that wait for a code of a value.
type Waiting struct {
	Amount  money.Amount
	Rewards int64
}

// Stock is what there is of gift codes.
type Stock struct {
	Lines   []StockLine
	Waiting []Waiting
	// Uploads are the newest files.
	Uploads []StockUpload
}

// Stock counts the gift codes. Returns Forbidden.
func (s *Service) Stock(ctx context.Context, actor audit.Actor) (Stock, error) {
	if err := may(actor, staff.StockCodes); err != nil {
		return Stock{}, err
	}
	rows, err := countStock(ctx, s.DB, s.now())
	if err != nil {
		return Stock{}, err
	}
	var out Stock
	if out.Waiting, err = waitingForStock(ctx, s.DB); err != nil {
		return Stock{}, err
	}
	if out.Uploads, err = stockUploads(ctx, s.DB, 20); err != nil {
		return Stock{}, err
	}
	free := map[money.Amount]int64{}
	for _, r := range rows {
		free[money.New(r.AmountMinor, r.Currency)] += r.Free
	}
	for _, r := range rows {
		a := money.New(r.AmountMinor, r.Currency)
		waits := slices.ContainsFunc(out.Waiting, func(w Waiting) bool { return w.Amount == a })
		out.Lines = append(out.Lines, StockLine{Amount: a, Label: r.Label, Free: r.Free, Ending: r.Ending, Expired: r.Expired, WrittenOff: r.WrittenOff,
			Bound: r.Bound, Shown: r.Shown, Low: waits || free[a] < LowStock})
	}
	return out, nil
}

// StockFile is a CSV file with gift codes.
type StockFile struct {
	Reader io.Reader
	Name   string
	// DryRun only says what would happen.
	DryRun bool
}

// Stocked is what became of a file.
type Stocked struct {
	// UploadID is empty where nothing was taken.
	UploadID string
	// Added codes are new, Known ones were in stock, or came twice in the file.
	Added, Known int64
	// Worth is what the new ones are worth, by currency.
	Worth []money.Amount
}

// TakeStock takes the codes of a file into stock, with their price in the books: the whole file, or nothing when a row is
// wrong. A code that is known already counts once, so that the same file again changes nothing.
//
// The first row names the columns: code, amount, currency, and if wanted expires, label, pin. Returns Forbidden, TooLarge,
// Conflict when somebody takes the same codes at the same moment, and Invalid with a problem for each row that is wrong,
// by its line; none of them repeats a code.
func (s *Service) TakeStock(ctx context.Context, actor audit.Actor, f StockFile) (Stocked, error) {
	if err := may(actor, staff.StockCodes); err != nil {
		return Stocked{}, err
	}
	rows, err := readStock(f.Reader, s.now())
	if err != nil {
		return Stocked{}, err
	}
	var out Stocked
	err = s.DB.InTx(ctx, func(ctx context.Context, tx db.Tx) error {
		var err error
		var fresh []giftCode
		if out, fresh, err = s.sortOut(ctx, tx, rows); err != nil || f.DryRun || len(fresh) == 0 {
			return err
		}
		return s.stockUp(ctx, tx, actor, f, &out, fresh)
	})
	if db.Constraint(err) == "gift_code.blind" {
		err = &fault.Error{Code: fault.Conflict, Message: "Somebody has just taken some of these codes into stock. Please upload the file again.", Cause: err}
	}
	if err != nil {
		return Stocked{}, fmt.Errorf("take gift codes into stock: %w", err)
	}
	return out, nil
}

// sortOut finds the codes that are new. Returns Invalid where a code is known with another value.
func (s *Service) sortOut(ctx context.Context, tx db.Tx, rows []stockRow) (Stocked, []giftCode, error) {
	blinds := make([]string, len(rows))
	for i, r := range rows {
		blinds[i] = s.Keys.Blind(giftSeal, r.code)
	}
	known, err := knownCodes(ctx, tx, blinds)
	if err != nil {
		return Stocked{}, nil, err
	}
	var out Stocked
	var wrong problems
	var fresh []giftCode
	now := s.now()
	for i, r := range rows {
		if k, ok := known[blinds[i]]; ok {
			if k.AmountMinor != r.amount.Minor || k.Currency != r.amount.Currency {
				wrong.add(r.line, "amount", fmt.Sprintf("This code is known already, with a value of %s.", money.New(k.AmountMinor, k.Currency)))
			}
			out.Known++
			continue
		}
		secret, err := json.Marshal(giftSecret{Code: r.code, PIN: r.pin})
		if err != nil {
			return Stocked{}, nil, fmt.Errorf("seal a gift code: %w", err)
		}
		c := giftCode{ID: ident.New(), Currency: r.amount.Currency, AmountMinor: r.amount.Minor, Label: r.label, Sealed: s.Keys.Seal(giftSeal, secret),
			Blind: blinds[i], ExpiresAt: r.expires, CreatedAt: now}
		known[c.Blind] = c
		fresh = append(fresh, c)
		out.Added, out.Worth = out.Added+1, addTo(out.Worth, r.amount)
	}
	return out, fresh, wrong.err()
}

// addTo adds an amount to the sum of its currency.
func addTo(sums []money.Amount, a money.Amount) []money.Amount {
	i := slices.IndexFunc(sums, func(s money.Amount) bool { return s.Currency == a.Currency })
	if i < 0 {
		return append(sums, a)
	}
	sums[i].Minor += a.Minor
	return sums
}

// stockUp writes the codes down and buys them in the books.
func (s *Service) stockUp(ctx context.Context, tx db.Tx, actor audit.Actor, f StockFile, out *Stocked, codes []giftCode) error {
	u := StockUpload{ID: ident.New(), FileName: fileName(f.Name), Codes: out.Added, ActorID: actor.ID, CreatedAt: s.now()}
	for i := range codes {
		codes[i].UploadID = u.ID
	}
	if err := insertStock(ctx, tx, &u, codes); err != nil {
		return err
	}
	var legs []ledger.Leg
	for _, a := range out.Worth {
		legs = append(legs, ledger.Debit(ledger.GiftCards, a), ledger.Credit(ledger.Bank, a))
	}
	_, err := ledger.Post(ctx, tx, ledger.Journal{Key: "stock:" + u.ID, Kind: "stock", At: u.CreatedAt, ActorKind: string(actor.Kind), ActorID: actor.ID, Legs: legs})
	if err != nil {
		return err
	}
	out.UploadID = u.ID
	return audit.Record(ctx, tx, u.CreatedAt, audit.Entry{Actor: actor, Action: "gift_codes.stocked", Object: "gift_upload", ObjectID: u.ID,
		After: map[string]any{"codes": u.Codes, "worth": out.Worth}})
}

// fileName keeps the last part of a name, without what cannot be shown.
func fileName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	return cut(name, 200)
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
