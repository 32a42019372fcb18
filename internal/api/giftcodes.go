package api

import (
	"context"
	"time"

	"goodword/internal/money"
	"goodword/internal/report"
	"goodword/internal/reward"
)

// stockOut is what there is of gift codes. No code is ever in it.
type stockOut struct {
	Items   []stockLineOut   `json:"items" doc:"By value and label."`
	Waiting []stockWaitOut   `json:"waiting" doc:"Rewards for which there is no code. They go on by themselves when there is one."`
	Uploads []stockUploadOut `json:"uploads" doc:"The newest files."`
}

type stockLineOut struct {
	Amount  money.Amount `json:"amount" doc:"What one code is worth."`
	Label   string       `json:"label"`
	Free    int64        `json:"free"`
	Ending  int64        `json:"ending" doc:"Free, but ending too soon to be given away."`
	Expired int64        `json:"expired" doc:"Ended in stock, and not written off yet."`
	Lost    int64        `json:"written_off" doc:"Ended in stock and written off."`
	Bound   int64        `json:"bound" doc:"Given to somebody who has not looked at it."`
	Shown   int64        `json:"shown"`
	Low     bool         `json:"low" doc:"Few of this value are left, or somebody waits for one."`
}

type stockWaitOut struct {
	Amount  money.Amount `json:"amount"`
	Rewards int64        `json:"rewards"`
}

type stockUploadOut struct {
	ID        string    `json:"id"`
	FileName  string    `json:"file_name"`
	Codes     int64     `json:"codes"`
	ActorID   string    `json:"actor_id"`
	Actor     string    `json:"actor"`
	CreatedAt time.Time `json:"created_at"`
}

// stockedOut is what became of a file with gift codes.
type stockedOut struct {
	UploadID string         `json:"upload_id,omitempty" doc:"Left out where nothing was taken."`
	DryRun   bool           `json:"dry_run"`
	Added    int64          `json:"added" doc:"New codes."`
	Known    int64          `json:"known" doc:"Codes that are in stock already, or stand twice in the file."`
	Worth    []money.Amount `json:"worth" doc:"What the new ones are worth, by currency."`
}

type stockIn struct {
	uploaded
	Name   string `query:"name" doc:"The file's name."`
	DryRun bool   `query:"dry_run" doc:"Nothing is written; the answer says what would happen."`
}

const aboutStock = `The first row names the columns: code, amount, currency, and if wanted expires (2027-12-31), label, pin. The whole file is taken, or nothing when a row is wrong; then errors lists what is wrong by line. A code that is in stock counts once, so the same file may be sent again.`

func (a *api) getGiftCodes(ctx context.Context, _ *nothing) (*body[stockOut], error) {
	stock, err := a.Rewards.Stock(ctx, actorOf(ctx))
	if err != nil {
		return nil, err
	}
	refs := report.Refs{Staff: each(stock.Uploads, func(u reward.StockUpload) string { return u.ActorID })}
	names, err := a.Reports.Names(ctx, refs)
	if err != nil {
		return nil, err
	}
	return &body[stockOut]{stockOut{
		Items: each(stock.Lines, func(l reward.StockLine) stockLineOut {
			return stockLineOut{Amount: l.Amount, Label: l.Label, Free: l.Free, Ending: l.Ending, Expired: l.Expired, Lost: l.WrittenOff, Bound: l.Bound, Shown: l.Shown, Low: l.Low}
		}),
		Waiting: each(stock.Waiting, func(w reward.Waiting) stockWaitOut { return stockWaitOut(w) }),
		Uploads: each(stock.Uploads, func(u reward.StockUpload) stockUploadOut {
			return stockUploadOut{ID: u.ID, FileName: u.FileName, Codes: u.Codes, ActorID: u.ActorID, Actor: names.Staff[u.ActorID], CreatedAt: u.CreatedAt.UTC()}
		}),
	}}, nil
}

func (a *api) addGiftCodes(ctx context.Context, in *stockIn) (*body[stockedOut], error) {
	out, err := a.Rewards.TakeStock(ctx, actorOf(ctx), reward.StockFile{Reader: in.reader, Name: in.Name, DryRun: in.DryRun})
	if err != nil {
		return nil, err
	}
	return &body[stockedOut]{stockedOut{UploadID: out.UploadID, DryRun: in.DryRun, Added: out.Added, Known: out.Known, Worth: filled(out.Worth)}}, nil
}

// stockLossOut is what was written off.
type stockLossOut struct {
	Codes int64          `json:"codes" doc:"Codes that were written off just now."`
	Worth []money.Amount `json:"worth" doc:"What they had cost, by currency."`
}

const aboutLoss = `Codes that ended in stock are taken out of the books, all that have ended by now at once. Where there is none, nothing happens.`

func (a *api) writeOffGiftCodes(ctx context.Context, _ *nothing) (*body[stockLossOut], error) {
	lost, err := a.Rewards.WriteOffStock(ctx, actorOf(ctx))
	if err != nil {
		return nil, err
	}
	return &body[stockLossOut]{stockLossOut{Codes: lost.Codes, Worth: filled(lost.Worth)}}, nil
}
