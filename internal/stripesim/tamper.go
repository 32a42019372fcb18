package stripesim

// Tampering is what somebody does to an object behind everybody's back: no call and no event shows it. Fields at zero stay
// as they are.
type Tampering struct {
	// Lost takes the object away altogether.
	Lost bool
	// AmountMinor, Currency (in lower case) and Payee replace the object's own: of a code those of its coupon.
	AmountMinor     int64
	Currency, Payee string
	// CreatedUnix is when it was made.
	CreatedUnix int64
	// Metadata replaces all of it, when it is not nil.
	Metadata map[string]string
}

// Tamper changes a transfer, a promotion code or a customer's credit. It is for proofs that a comparison notices.
func (s *Server) Tamper(id string, t Tampering) error {
	return s.play(func(m *model) error { return m.tamper(id, t) })
}

func (m *model) tamper(id string, t Tampering) error {
	set := func(amount *int64, currency *string, payee *string, created *int64, metadata *map[string]string) {
		if t.AmountMinor != 0 {
			*amount = t.AmountMinor
		}
		if t.Currency != "" {
			*currency = t.Currency
		}
		if t.Payee != "" {
			*payee = t.Payee
		}
		if t.CreatedUnix != 0 {
			*created = t.CreatedUnix
		}
		if t.Metadata != nil {
			*metadata = copied(t.Metadata)
		}
	}
	if row, ok := m.transfers.get(id); ok {
		if t.Lost {
			m.transfers.drop(id)
			return nil
		}
		set(&row.Amount, &row.Currency, &row.Destination, &row.Created, &row.Metadata)
		m.transfers.put(id, row)
		return nil
	}
	if row, ok := m.credits.get(id); ok {
		if t.Lost {
			m.credits.drop(id)
			return nil
		}
		credit := -row.Amount
		set(&credit, &row.Currency, &row.Customer, &row.Created, &row.Metadata)
		row.Amount = -credit
		m.credits.put(id, row)
		return nil
	}
	row, ok := m.promotions.get(id)
	if !ok {
		return absent("object", id)
	}
	if t.Lost {
		m.promotions.drop(id)
		return nil
	}
	source, ok := m.coupons.get(row.Coupon.ID)
	if !ok {
		return absent("coupon", row.Coupon.ID)
	}
	amount, currency, payee := int64(0), string(source.Currency), string(row.Customer)
	if source.AmountOff != nil {
		amount = *source.AmountOff
	}
	set(&amount, &currency, &payee, &row.Created, &row.Metadata)
	source.AmountOff, source.Currency, row.Customer = &amount, text(currency), text(payee)
	m.coupons.put(source.ID, source)
	m.promotions.put(id, row)
	return nil
}
