package report

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"goodword/internal/campaign"
	"goodword/internal/db"
)

// Payee is whom a reward goes to and what it was promised under.
type Payee struct {
	RewardID    string
	Beneficiary campaign.Party
	// Name is empty once the person was erased.
	Name string
	// CustomerID is empty for a prospect's reward, IntroductionID for a testimonial's.
	CustomerID, IntroductionID string
	CampaignID, CampaignName   string
}

// Payees returns those of some rewards by the reward's id, all with one query. Empty ids and repeats are allowed; an
// unknown id has none.
func (s *Service) Payees(ctx context.Context, rewardIDs []string) (map[string]Payee, error) {
	out := map[string]Payee{}
	if rewardIDs = distinct(rewardIDs); len(rewardIDs) == 0 {
		return out, nil
	}
	var rows []struct {
		Payee
		FirstName, LastName string
	}
	err := s.DB.NewSelect().TableExpr("reward AS rw").ColumnExpr("rw.id AS reward_id, rw.beneficiary, rw.campaign_id, c.name AS campaign_name").
		ColumnExpr("coalesce(rw.customer_id, '') AS customer_id, coalesce(rw.introduction_id, '') AS introduction_id").
		ColumnExpr("coalesce(p.first_name, i.first_name, '') AS first_name, coalesce(p.last_name, i.last_name, '') AS last_name").
		Join("JOIN campaign AS c ON c.id = rw.campaign_id").
		Join("LEFT JOIN customer AS p ON p.id = rw.customer_id AND rw.beneficiary = ?", campaign.ToCustomer).
		Join("LEFT JOIN introduction AS i ON i.id = rw.introduction_id AND rw.beneficiary = ?", campaign.ToProspect).
		Where("rw.id IN (?)", bun.List(rewardIDs)).Scan(ctx, &rows)
	if err != nil {
		return nil, fmt.Errorf("payees: %w", db.Classify(err))
	}
	for _, r := range rows {
		r.Name = fullName(r.FirstName, r.LastName)
		out[r.RewardID] = r.Payee
	}
	return out, nil
}
