package types

// Bounds of the parameters.
const (
	// MaxFeeBps bounds fee_bps: a tenth of a trade.
	MaxFeeBps = 1_000
	// MaxMaxTakeBps bounds max_take_bps: a validator must leave its backers half.
	MaxMaxTakeBps = 5_000
	// MaxTakeRaiseInterval bounds take_raise_interval, in blocks: about a year of one-second blocks.
	MaxTakeRaiseInterval = 31_536_000
	// MinMinStake bounds min_stake from below, in base units: what a position at least needs to be paid dividends.
	MinMinStake = DustAlpha
	// MaxMinStake bounds min_stake from above, in base units: 1000 whole units.
	MaxMinStake = 1_000_000_000_000
	// MaxRootSeats bounds root_seats: an epoch reads an entry of each.
	MaxRootSeats = 256
	// MaxRootSaleBps bounds root_sale_bps: a tenth of a reserve.
	MaxRootSaleBps = 1_000
	// MaxChildrenDelay bounds children_delay, in blocks: about a year of one-second blocks.
	MaxChildrenDelay = 31_536_000
)

// DefaultParams are the parameters of a new chain.
func DefaultParams() Params {
	return Params{
		FeeBps:            5,
		DefaultTakeBps:    1_800,
		MaxTakeBps:        1_800,
		TakeRaiseInterval: 14_400,
		MaxTakeRaiseBps:   100,
		MinStake:          1_000_000,
		RootSeats:         64,
		RootWeightBps:     1_800,
		RootSaleBps:       5,
		ChildrenDelay:     7_200,
	}
}

// Validate returns ErrInvalidParams that names the field, its value and its bound.
func (p Params) Validate() error {
	for _, f := range []struct {
		name           string
		value, low, up uint64
	}{
		{"fee_bps", uint64(p.FeeBps), 0, MaxFeeBps},
		{"max_take_bps", uint64(p.MaxTakeBps), 0, MaxMaxTakeBps},
		{"default_take_bps", uint64(p.DefaultTakeBps), 0, uint64(p.MaxTakeBps)},
		{"take_raise_interval", p.TakeRaiseInterval, 1, MaxTakeRaiseInterval},
		{"max_take_raise_bps", uint64(p.MaxTakeRaiseBps), 1, MaxMaxTakeBps},
		{"min_stake", p.MinStake, MinMinStake, MaxMinStake},
		{"root_seats", uint64(p.RootSeats), 1, MaxRootSeats},
		{"root_weight_bps", uint64(p.RootWeightBps), 0, MaxBps},
		{"root_sale_bps", uint64(p.RootSaleBps), 0, MaxRootSaleBps},
		{"children_delay", p.ChildrenDelay, 1, MaxChildrenDelay},
	} {
		if f.value < f.low || f.value > f.up {
			return ErrInvalidParams.Wrapf("%s is %d, want %d to %d", f.name, f.value, f.low, f.up)
		}
	}
	return nil
}
