package types

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/pool"
	"github.com/agon-chain/agon/x/stake/shares"
)

// DefaultGenesis is the state of a chain without subnets.
func DefaultGenesis() *GenesisState {
	return &GenesisState{Params: DefaultParams()}
}

// Reserves are the two sides of the pool as the market's arithmetic knows them.
func (p Pool) Reserves() pool.Pool { return pool.Pool{AGON: p.Agon, Alpha: p.Alpha} }

// Opening is the pool on which the running block began to trade: the pool itself where no trade has changed it yet.
func (p Pool) Opening() pool.Pool {
	if p.OpeningAgon == 0 {
		return p.Reserves()
	}
	return pool.Pool{AGON: p.OpeningAgon, Alpha: p.OpeningAlpha}
}

// SharePool is the stake as the arithmetic of shares knows it.
func (h HotkeyStake) SharePool() shares.Pool {
	return shares.Pool{TotalAlpha: h.Alpha, TotalShares: h.Shares}
}

// ValidateCost checks what a position has cost and since when: nothing where it holds nothing.
func (p Position) ValidateCost() error {
	switch {
	case p.Cost > MaxCost:
		return fmt.Errorf("cost is %d nagon, at most %d", p.Cost, MaxCost)
	case p.Since < 0:
		return fmt.Errorf("since is %d, at least 0", p.Since)
	case p.Shares.IsZero() && (p.Cost != 0 || p.Since != 0):
		return fmt.Errorf("a position without shares has cost %d nagon since height %d, want 0 and 0", p.Cost, p.Since)
	}
	return nil
}

// Validate checks all that can be checked without the state of other modules: bounds, order, and that the shares of all
// positions behind a hotkey add up to the hotkey's. Whether the coins are there is checked when the state is loaded.
func (gs GenesisState) Validate() error {
	if err := gs.Params.Validate(); err != nil {
		return err
	}
	if err := validatePools(gs.Pools); err != nil {
		return err
	}
	if err := validatePots(gs); err != nil {
		return err
	}
	totals, err := validateHotkeyStakes(gs)
	if err != nil {
		return err
	}
	if err := validatePositions(gs, totals); err != nil {
		return err
	}
	if err := validateTakes("takes", gs.Takes); err != nil {
		return err
	}
	if err := validateTakes("child_takes", gs.ChildTakes); err != nil {
		return err
	}
	if err := validateSeats(gs.Seats); err != nil {
		return err
	}
	if err := validateFamilies(gs); err != nil {
		return err
	}
	if err := validateAutoStakes(gs); err != nil {
		return err
	}
	return validateAccrued(gs)
}

// hasStake says that there can be stake under a netuid: it has a pool, or is the root.
func (gs GenesisState) hasStake(netuid uint32) bool {
	return netuid == RootNetuid || gs.hasMarket(netuid)
}

// hasPool looks a pool up; the pools are in order, which is checked first.
func (gs GenesisState) hasPool(netuid uint32) bool {
	_, found := slices.BinarySearchFunc(gs.Pools, netuid, func(p Pool, n uint32) int { return cmp.Compare(p.Netuid, n) })
	return found
}

// hasMarket looks a pool or a pot up; both are in order, which is checked first.
func (gs GenesisState) hasMarket(netuid uint32) bool {
	_, found := slices.BinarySearchFunc(gs.Pots, netuid, func(p Pot, n uint32) int { return cmp.Compare(p.Netuid, n) })
	return found || gs.hasPool(netuid)
}

// Netuids returns the netuids of all pools and pots, ascending.
func (gs GenesisState) Netuids() []uint32 {
	out := make([]uint32, 0, len(gs.Pools)+len(gs.Pots))
	for _, p := range gs.Pools {
		out = append(out, p.Netuid)
	}
	for _, p := range gs.Pots {
		out = append(out, p.Netuid)
	}
	slices.Sort(out)
	return out
}

func validatePots(gs GenesisState) error {
	last := uint32(0)
	for i, p := range gs.Pots {
		if p.Netuid <= last || p.Netuid > MaxNetuid || gs.hasPool(p.Netuid) {
			return ErrInvalidGenesis.Wrapf("pots[%d].netuid is %d, want above %d, at most %d and without a pool", i, p.Netuid, last, MaxNetuid)
		}
		last = p.Netuid
		if p.Agon > pool.MaxReserve {
			return ErrInvalidGenesis.Wrapf("pots[%d].agon is %d, at most %d", i, p.Agon, pool.MaxReserve)
		}
		if p.DissolvedAt < 1 {
			return ErrInvalidGenesis.Wrapf("pots[%d].dissolved_at is %d, want a height", i, p.DissolvedAt)
		}
	}
	return nil
}

func validatePools(pools []Pool) error {
	last := uint32(0)
	for i, p := range pools {
		if p.Netuid <= last || p.Netuid > MaxNetuid {
			return ErrInvalidGenesis.Wrapf("pools[%d].netuid is %d, want above %d and at most %d", i, p.Netuid, last, MaxNetuid)
		}
		last = p.Netuid
		if err := p.Opening().Validate(); err != nil {
			return ErrInvalidGenesis.Wrapf("opening reserves of netuid %d: %v", p.Netuid, err)
		}
		if err := p.Reserves().Validate(); err != nil {
			return ErrInvalidGenesis.Wrapf("pools[%d]: %v", i, err)
		}
		if p.FeeBps > MaxFeeBps {
			return ErrInvalidGenesis.Wrapf("pools[%d].fee_bps is %d, at most %d", i, p.FeeBps, MaxFeeBps)
		}
		if p.PriceBlock < 0 {
			return ErrInvalidGenesis.Wrapf("pools[%d].price_block is %d, at least 0", i, p.PriceBlock)
		}
	}
	return nil
}

// stakeKey names a hotkey in a subnet, in the order in which they are stored.
func stakeKey(netuid uint32, hotkey sdk.AccAddress) string {
	return fmt.Sprintf("%05d/%x", netuid, []byte(hotkey))
}

// validateHotkeyStakes returns the shares by hotkey and subnet.
func validateHotkeyStakes(gs GenesisState) (map[string]wide.U128, error) {
	totals := make(map[string]wide.U128, len(gs.HotkeyStakes))
	netuid, last := uint32(0), []byte(nil)
	for i, h := range gs.HotkeyStakes {
		hotkey, err := sdk.AccAddressFromBech32(h.Hotkey)
		if err != nil {
			return nil, ErrInvalidGenesis.Wrapf("hotkey_stakes[%d].hotkey: %v", i, err)
		}
		if !gs.hasStake(h.Netuid) {
			return nil, ErrInvalidGenesis.Wrapf("hotkey_stakes[%d].netuid %d has neither pool nor pot", i, h.Netuid)
		}
		if h.Netuid < netuid || (h.Netuid == netuid && bytes.Compare(hotkey, last) <= 0) {
			return nil, ErrInvalidGenesis.Wrapf("hotkey_stakes[%d] is out of order: sort by netuid and address", i)
		}
		netuid, last = h.Netuid, hotkey
		if err := h.SharePool().Validate(); err != nil || h.Shares.IsZero() {
			return nil, ErrInvalidGenesis.Wrapf("hotkey_stakes[%d] of %d alpha in %v shares: %v", i, h.Alpha, h.Shares, err)
		}
		totals[stakeKey(h.Netuid, hotkey)] = h.Shares
	}
	return totals, nil
}

func validatePositions(gs GenesisState, totals map[string]wide.U128) error {
	var lastOwner, lastHotkey []byte
	lastNetuid := uint32(0)
	sums := make(map[string]wide.U128, len(totals))
	for i, p := range gs.Positions {
		owner, err := sdk.AccAddressFromBech32(p.Owner)
		if err != nil {
			return ErrInvalidGenesis.Wrapf("positions[%d].owner: %v", i, err)
		}
		hotkey, err := sdk.AccAddressFromBech32(p.Hotkey)
		if err != nil {
			return ErrInvalidGenesis.Wrapf("positions[%d].hotkey: %v", i, err)
		}
		if !gs.hasStake(p.Netuid) {
			return ErrInvalidGenesis.Wrapf("positions[%d].netuid %d has neither pool nor pot", i, p.Netuid)
		}
		// As the store does: an owner that is not the end of its key is led by its length.
		order := cmp.Or(cmp.Compare(len(owner), len(lastOwner)), bytes.Compare(owner, lastOwner))
		inOrder := order > 0 || (order == 0 && (p.Netuid > lastNetuid || (p.Netuid == lastNetuid && bytes.Compare(hotkey, lastHotkey) > 0)))
		if !inOrder {
			return ErrInvalidGenesis.Wrapf("positions[%d] is out of order: sort by owner (shorter addresses first), netuid and hotkey", i)
		}
		lastOwner, lastNetuid, lastHotkey = owner, p.Netuid, hotkey
		if err := p.ValidateCost(); err != nil {
			return ErrInvalidGenesis.Wrapf("positions[%d]: %v", i, err)
		}
		key := stakeKey(p.Netuid, hotkey)
		total, ok := totals[key]
		if !ok && !p.Shares.IsZero() {
			return ErrInvalidGenesis.Wrapf("positions[%d] has %v shares of a hotkey without stake in netuid %d", i, p.Shares, p.Netuid)
		}
		sum, overflow := sums[key].Add(p.Shares)
		if overflow || sum.Cmp(total) > 0 {
			return ErrInvalidGenesis.Wrapf("positions behind %s in netuid %d have %v shares or more, the hotkey has %v", p.Hotkey, p.Netuid, sum, total)
		}
		sums[key] = sum
	}
	for i, h := range gs.HotkeyStakes {
		hotkey, _ := sdk.AccAddressFromBech32(h.Hotkey) // read before
		if sum := sums[stakeKey(h.Netuid, hotkey)]; sum != h.Shares {
			return ErrInvalidGenesis.Wrapf("hotkey_stakes[%d] has %v shares, its positions have %v together", i, h.Shares, sum)
		}
	}
	return nil
}

func validateTakes(field string, takes []Take) error {
	var last []byte
	for i, t := range takes {
		hotkey, err := sdk.AccAddressFromBech32(t.Hotkey)
		if err != nil {
			return ErrInvalidGenesis.Wrapf("%s[%d].hotkey: %v", field, i, err)
		}
		if bytes.Compare(hotkey, last) <= 0 {
			return ErrInvalidGenesis.Wrapf("%s[%d] is out of order: sort by address", field, i)
		}
		last = hotkey
		if t.TakeBps > MaxMaxTakeBps {
			return ErrInvalidGenesis.Wrapf("%s[%d].take_bps is %d, at most %d", field, i, t.TakeBps, MaxMaxTakeBps)
		}
		if t.RaisedAt < 0 {
			return ErrInvalidGenesis.Wrapf("%s[%d].raised_at is %d, at least 0", field, i, t.RaisedAt)
		}
	}
	return nil
}

func validateAccrued(gs GenesisState) error {
	last := uint32(0)
	for i, a := range gs.Accrued {
		if (i > 0 && a.Netuid <= last) || !gs.hasStake(a.Netuid) {
			return ErrInvalidGenesis.Wrapf("accrued[%d].netuid is %d, want above %d and with a pool or a pot", i, a.Netuid, last)
		}
		if a.Netuid == RootNetuid && len(a.Incentive) != len(gs.Seats) {
			return ErrInvalidGenesis.Wrapf("accrued[%d] of the root has %d seats, there are %d", i, len(a.Incentive), len(gs.Seats))
		}
		last = a.Netuid
		if len(a.Incentive) != len(a.Dividends) || len(a.Incentive) > MaxNetuid+1 {
			return ErrInvalidGenesis.Wrapf("accrued[%d] has %d incentives and %d dividends, want as many, at most %d", i, len(a.Incentive), len(a.Dividends), MaxNetuid+1)
		}
		sum := uint64(0)
		for uid := range a.Incentive {
			for _, v := range []uint64{a.Incentive[uid], a.Dividends[uid]} {
				if v > MaxAlpha-sum {
					return ErrInvalidGenesis.Wrapf("accrued[%d] adds up to more than %d", i, MaxAlpha)
				}
				sum += v
			}
		}
	}
	return nil
}

func validateAutoStakes(gs GenesisState) error {
	var last []byte
	lastNetuid := uint32(0)
	for i, a := range gs.AutoStakes {
		owner, err := sdk.AccAddressFromBech32(a.Owner)
		if err != nil {
			return ErrInvalidGenesis.Wrapf("auto_stakes[%d].owner: %v", i, err)
		}
		if _, err := sdk.AccAddressFromBech32(a.Hotkey); err != nil {
			return ErrInvalidGenesis.Wrapf("auto_stakes[%d].hotkey: %v", i, err)
		}
		if !gs.hasMarket(a.Netuid) {
			return ErrInvalidGenesis.Wrapf("auto_stakes[%d].netuid %d has neither pool nor pot", i, a.Netuid)
		}
		// As the store does: an owner that is not the end of its key is led by its length.
		order := cmp.Or(cmp.Compare(len(owner), len(last)), bytes.Compare(owner, last), cmp.Compare(a.Netuid, lastNetuid))
		if order <= 0 {
			return ErrInvalidGenesis.Wrapf("auto_stakes[%d] is out of order: sort by owner (shorter addresses first) and netuid", i)
		}
		last, lastNetuid = owner, a.Netuid
	}
	return nil
}
