package keeper

import (
	"context"
	"errors"
	"fmt"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/internal/wide"
	"github.com/agon-chain/agon/x/stake/types"
)

// ErrInvariant says that the state contradicts itself.
var ErrInvariant = errors.New("invariant broken")

// Invariant is something that holds after every block. Check only reads.
type Invariant struct {
	Name  string
	Check func(ctx context.Context) error
}

// Invariants returns all invariants of the module. They read the whole state: tests run them, blocks do not.
func (k *Keeper) Invariants() []Invariant {
	return []Invariant{
		{"pool-reserves-are-in-the-bank", k.checkReserves},
		{"pots-are-of-dissolved-subnets", k.checkPots},
		{"staked-and-accrued-alpha-is-in-the-bank", k.checkStaked},
		{"position-shares-add-up", k.checkShares},
		{"columns-follow-stake", k.checkColumns},
		{"takes-are-bounded", k.checkTakes},
		{"costs-belong-to-stake", k.checkCosts},
		{"choices-are-stored-under-their-owners", k.checkAutoStakes},
		{"seats-follow-hotkeys", k.checkSeats},
		{"families-are-bounded", k.checkFamilies},
	}
}

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvariant, fmt.Sprintf(format, args...))
}

func (k *Keeper) balance(ctx context.Context, account, denom string) math.Int {
	return k.bank.GetBalance(ctx, authtypes.NewModuleAddress(account), denom).Amount
}

// checkReserves: the pools' account holds each pool's alpha and the AGON of all pools and pots, to the unit.
func (k *Keeper) checkReserves(ctx context.Context) error {
	pools, err := values(ctx, k.Pools)
	if err != nil {
		return err
	}
	agon := math.ZeroInt()
	for _, p := range pools {
		if err := p.Reserves().Validate(); err != nil {
			return broken("pool of netuid %d: %v", p.Netuid, err)
		}
		agon = agon.Add(math.NewIntFromUint64(p.Agon))
		if have := k.balance(ctx, types.PoolsAccount, types.AlphaDenom(p.Netuid)); !have.Equal(math.NewIntFromUint64(p.Alpha)) {
			return broken("pool of netuid %d has %d alpha, the account %s", p.Netuid, p.Alpha, have)
		}
	}
	pots, err := values(ctx, k.Pots)
	if err != nil {
		return err
	}
	for _, p := range pots {
		agon = agon.Add(math.NewIntFromUint64(p.Agon))
	}
	if have := k.balance(ctx, types.PoolsAccount, types.AgonDenom); !have.Equal(agon) {
		return broken("pools and pots have %s nagon together, the account %s", agon, have)
	}
	return nil
}

// checkPots: a pot is of a subnet that is dissolved, which has no pool; the pools' account has none of its token; and a pot that no
// token is left for is empty.
func (k *Keeper) checkPots(ctx context.Context) error {
	pots, err := values(ctx, k.Pots)
	if err != nil {
		return err
	}
	for _, p := range pots {
		if pooled, err := k.Pools.Has(ctx, p.Netuid); err != nil || pooled {
			return broken("netuid %d has a pot and a pool (%v)", p.Netuid, err)
		}
		if s, err := k.subnet.GetSubnet(ctx, p.Netuid); err != nil || s.DissolvedAt != p.DissolvedAt || p.DissolvedAt == 0 {
			return broken("netuid %d has a pot since block %d, dissolved at %d (%v)", p.Netuid, p.DissolvedAt, s.DissolvedAt, err)
		}
		if have := k.balance(ctx, types.PoolsAccount, types.AlphaDenom(p.Netuid)); !have.IsZero() {
			return broken("netuid %d is dissolved, the pools' account has %s of its token", p.Netuid, have)
		}
		if supply := k.AlphaSupply(ctx, p.Netuid); supply == 0 && p.Agon != 0 {
			return broken("netuid %d has a pot of %d nagon and no token", p.Netuid, p.Agon)
		}
	}
	return nil
}

// markets returns the netuids of all pools and pots, ascending, and the alpha in the pools by netuid.
func (k *Keeper) markets(ctx context.Context) ([]uint32, map[uint32]uint64, error) {
	pools, err := values(ctx, k.Pools)
	if err != nil {
		return nil, nil, err
	}
	pots, err := values(ctx, k.Pots)
	if err != nil {
		return nil, nil, err
	}
	reserves := make(map[uint32]uint64, len(pools))
	for _, p := range pools {
		reserves[p.Netuid] = p.Alpha
	}
	return types.GenesisState{Pools: pools, Pots: pots}.Netuids(), reserves, nil
}

// checkStaked: the positions' account holds each token's stake and what has accrued of it, to the unit, and the supply is
// at least that and the reserve.
func (k *Keeper) checkStaked(ctx context.Context) error {
	stakes, err := values(ctx, k.HotkeyStakes)
	if err != nil {
		return err
	}
	netuids, reserves, err := k.markets(ctx)
	if err != nil {
		return err
	}
	if _, stakes, err = k.checkStakedIn(ctx, types.RootNetuid, stakes); err != nil {
		return err
	}
	for _, netuid := range netuids {
		var sum math.Int
		if sum, stakes, err = k.checkStakedIn(ctx, netuid, stakes); err != nil {
			return err
		}
		supply := k.bank.GetSupply(ctx, types.AlphaDenom(netuid)).Amount
		if supply.LT(sum.Add(math.NewIntFromUint64(reserves[netuid]))) || supply.GT(math.NewIntFromUint64(types.MaxAlpha)) {
			return broken("netuid %d has a supply of %s alpha, of which %s staked and accrued and %d in the pool", netuid, supply, sum, reserves[netuid])
		}
	}
	if len(stakes) > 0 {
		return broken("stake behind %s in netuid %d, which has no pool and no pot", stakes[0].Hotkey, stakes[0].Netuid)
	}
	return nil
}

// checkStakedIn: the positions' account holds what is staked and has accrued under one netuid. It returns the sum, and the
// stakes of later netuids.
func (k *Keeper) checkStakedIn(ctx context.Context, netuid uint32, stakes []types.HotkeyStake) (math.Int, []types.HotkeyStake, error) {
	sum := math.ZeroInt()
	for ; len(stakes) > 0 && stakes[0].Netuid == netuid; stakes = stakes[1:] {
		sum = sum.Add(math.NewIntFromUint64(stakes[0].Alpha))
	}
	b, err := column(ctx, k.AccruedColumns, netuid, accruedWidth)
	if err != nil {
		return sum, nil, err
	}
	for uid := range len(b) / accruedWidth {
		a := accruedAt(b, uint32(uid))
		sum = sum.Add(math.NewIntFromUint64(a.incentive)).Add(math.NewIntFromUint64(a.dividends))
	}
	denom := types.StakeDenom(netuid)
	if have := k.balance(ctx, types.PositionsAccount, denom); !have.Equal(sum) {
		return sum, nil, broken("netuid %d has %s %s staked and accrued, the account %s", netuid, sum, denom, have)
	}
	return sum, stakes, nil
}

// checkShares: the shares of all positions behind a hotkey are the hotkey's.
func (k *Keeper) checkShares(ctx context.Context) error {
	sums := make(map[string]wide.U128)
	key := func(netuid uint32, hotkey string) string { return fmt.Sprintf("%d/%s", netuid, hotkey) }
	positions, err := values(ctx, k.Positions)
	if err != nil {
		return err
	}
	for _, p := range positions {
		if p.Shares.IsZero() {
			continue
		}
		sum, overflow := sums[key(p.Netuid, p.Hotkey)].Add(p.Shares)
		if overflow {
			return broken("shares behind %s in netuid %d overflow", p.Hotkey, p.Netuid)
		}
		sums[key(p.Netuid, p.Hotkey)] = sum
	}
	stakes, err := values(ctx, k.HotkeyStakes)
	if err != nil {
		return err
	}
	for _, h := range stakes {
		if err := h.SharePool().Validate(); err != nil {
			return broken("stake behind %s in netuid %d: %v", h.Hotkey, h.Netuid, err)
		}
		if sum := sums[key(h.Netuid, h.Hotkey)]; sum != h.Shares || h.Shares.IsZero() {
			return broken("stake behind %s in netuid %d has %v shares, its positions %v", h.Hotkey, h.Netuid, h.Shares, sum)
		}
	}
	if len(sums) != len(stakes) {
		return broken("positions behind %d hotkeys, stake behind %d", len(sums), len(stakes))
	}
	return nil
}

// checkColumns: by uid, the stake column has the hotkey's stake, the accrued column an entry, the index the uid; and
// the hotkey's owner has a position.
func (k *Keeper) checkColumns(ctx context.Context) error {
	netuids, _, err := k.markets(ctx)
	if err != nil {
		return err
	}
	entries := 0
	for _, netuid := range netuids {
		hotkeys, err := k.subnet.Hotkeys(ctx, netuid)
		if err != nil {
			return err
		}
		entries += len(hotkeys)
		if err := k.checkColumnsOf(ctx, netuid, hotkeys); err != nil {
			return err
		}
	}
	seats, err := values(ctx, k.Seats)
	if err != nil {
		return err
	}
	entries += len(seats)
	registrations, err := values(ctx, k.Registrations)
	if err != nil {
		return err
	}
	if len(registrations) != entries {
		return broken("%d registrations in the index, %d in the subnets and at the root", len(registrations), entries)
	}
	return nil
}

// checkColumnsOf: both columns have an entry for each of the hotkeys that hold a uid or a seat, and each is right.
func (k *Keeper) checkColumnsOf(ctx context.Context, netuid uint32, hotkeys []sdk.AccAddress) error {
	stake, err := column(ctx, k.StakeColumns, netuid, stakeWidth)
	if err != nil {
		return err
	}
	credit, err := column(ctx, k.AccruedColumns, netuid, accruedWidth)
	if err != nil {
		return err
	}
	if len(stake)/stakeWidth != len(hotkeys) || len(credit)/accruedWidth != len(hotkeys) {
		return broken("netuid %d has %d hotkeys, %d entries of stake, %d of accrued", netuid, len(hotkeys), len(stake)/stakeWidth, len(credit)/accruedWidth)
	}
	for i, hotkey := range hotkeys {
		if err := k.checkUID(ctx, netuid, uint32(i), hotkey, stake); err != nil {
			return err
		}
	}
	return nil
}

func (k *Keeper) checkUID(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress, stake []byte) error {
	at, registered, err := k.registration(ctx, netuid, hotkey)
	if err != nil {
		return err
	}
	if !registered || at != uid {
		return broken("%s holds uid %d of netuid %d, the index has it %d (%t)", hotkey, uid, netuid, at, registered)
	}
	h, err := k.hotkeyStake(ctx, netuid, hotkey)
	if err != nil {
		return err
	}
	if have := stakeAt(stake, uid); have != h.Alpha {
		return broken("uid %d of netuid %d has %d alpha in the column, %d in its stake", uid, netuid, have, h.Alpha)
	}
	owner, err := k.subnet.OwnerOf(ctx, hotkey)
	if err != nil {
		return err
	}
	if has, err := k.Positions.Has(ctx, collections.Join3(owner, netuid, hotkey)); err != nil {
		return err
	} else if !has {
		return broken("the owner of uid %d of netuid %d has no position", uid, netuid)
	}
	return nil
}

// checkCosts: what a position has cost is bounded, and one that holds nothing has cost nothing.
func (k *Keeper) checkCosts(ctx context.Context) error {
	positions, err := values(ctx, k.Positions)
	if err != nil {
		return err
	}
	for _, p := range positions {
		if err := p.ValidateCost(); err != nil {
			return broken("position of %s behind %s in netuid %d: %v", p.Owner, p.Hotkey, p.Netuid, err)
		}
	}
	return nil
}

// checkAutoStakes: each choice of where mined rewards go is stored under its own owner and a subnet that is or was.
func (k *Keeper) checkAutoStakes(ctx context.Context) error {
	return k.AutoStakes.Walk(ctx, nil, func(key autoKey, a types.AutoStake) (bool, error) {
		owner, _, err := addresses(a.Owner, a.Hotkey)
		if err != nil || !owner.Equals(key.K1()) || a.Netuid != key.K2() {
			return true, broken("choice of %s in netuid %d for %s is stored under %s and %d (%v)", a.Owner, a.Netuid, a.Hotkey, key.K1(), key.K2(), err)
		}
		_, dissolved, err := k.pot(ctx, a.Netuid)
		if err == nil && !dissolved {
			_, err = k.GetPool(ctx, a.Netuid)
		}
		if err != nil {
			return true, broken("choice of %s: %v", a.Owner, err)
		}
		return false, nil
	})
}

// checkTakes: no take is above what the parameters can allow.
func (k *Keeper) checkTakes(ctx context.Context) error {
	takes, err := values(ctx, k.Takes)
	if err != nil {
		return err
	}
	children, err := values(ctx, k.ChildTakes)
	if err != nil {
		return err
	}
	for _, t := range append(takes, children...) {
		if t.TakeBps > types.MaxMaxTakeBps {
			return broken("take of %s is %d basis points, at most %d", t.Hotkey, t.TakeBps, types.MaxMaxTakeBps)
		}
	}
	return nil
}
