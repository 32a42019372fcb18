package seed

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"goodword/internal/campaign"
	"goodword/internal/reward"
)

// stock buys gift codes, which no shop would take, so that customers can choose them; of one value there are too few.
func (h *teller) stock(ctx context.Context) error {
	const letters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
	random := rand.New(rand.NewPCG(2024, 12)) // of its own, so that the rest of the story stays the same
	var file strings.Builder
	file.WriteString("code,amount,currency,expires,label\n")
	for _, lot := range []struct {
		n      int
		amount string
		label  string
	}{{60, "100.00", "Lanternfish Books"}, {40, "20.00", "Lanternfish Books"}, {4, "10.00", "Café Quince"}} {
		for range lot.n {
			code := make([]byte, 12)
			for i := range code {
				code[i] = letters[random.IntN(len(letters))]
			}
			fmt.Fprintf(&file, "DEMO-%s-%s-%s,%s,EUR,%s,%s\n", code[:4], code[4:8], code[8:], lot.amount, h.Now.AddDate(2, 0, 0).Format("2006-01-02"), lot.label)
		}
	}
	_, err := h.Rewards.TakeStock(ctx, h.finance, reward.StockFile{Reader: strings.NewReader(file.String()), Name: "gift codes.csv"})
	return err
}

// withGiftCodes lets customers choose a gift code, too.
func withGiftCodes(t *campaign.Terms) {
	for i, r := range t.Rewards {
		if r.To == campaign.ToCustomer {
			t.Rewards[i].Rails = append(append([]campaign.Rail{}, r.Rails...), campaign.RailGiftCode)
		}
	}
}
