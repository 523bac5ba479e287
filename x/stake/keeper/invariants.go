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
		{"staked-and-accrued-alpha-is-in-the-bank", k.checkStaked},
		{"position-shares-add-up", k.checkShares},
		{"columns-follow-stake", k.checkColumns},
		{"takes-are-bounded", k.checkTakes},
		{"costs-belong-to-stake", k.checkCosts},
		{"an-identity-has-one-hotkey", k.checkIdentities},
	}
}

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvariant, fmt.Sprintf(format, args...))
}

func (k *Keeper) balance(ctx context.Context, account, denom string) math.Int {
	return k.bank.GetBalance(ctx, authtypes.NewModuleAddress(account), denom).Amount
}

// checkReserves: the pools' account holds each pool's alpha and all pools' AGON, to the unit.
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
	if have := k.balance(ctx, types.PoolsAccount, types.AgonDenom); !have.Equal(agon) {
		return broken("pools have %s nagon together, the account %s", agon, have)
	}
	return nil
}

// checkStaked: the positions' account holds each token's stake and what has accrued of it, to the unit, and the supply is
// at least that and the reserve.
func (k *Keeper) checkStaked(ctx context.Context) error {
	stakes, err := values(ctx, k.HotkeyStakes)
	if err != nil {
		return err
	}
	pools, err := values(ctx, k.Pools)
	if err != nil {
		return err
	}
	for _, p := range pools {
		sum := math.ZeroInt()
		for ; len(stakes) > 0 && stakes[0].Netuid == p.Netuid; stakes = stakes[1:] {
			sum = sum.Add(math.NewIntFromUint64(stakes[0].Alpha))
		}
		b, err := column(ctx, k.AccruedColumns, p.Netuid, accruedWidth)
		if err != nil {
			return err
		}
		for uid := range len(b) / accruedWidth {
			a := accruedAt(b, uint32(uid))
			sum = sum.Add(math.NewIntFromUint64(a.incentive)).Add(math.NewIntFromUint64(a.dividends))
		}
		denom := types.AlphaDenom(p.Netuid)
		if have := k.balance(ctx, types.PositionsAccount, denom); !have.Equal(sum) {
			return broken("netuid %d has %s alpha staked and accrued, the account %s", p.Netuid, sum, have)
		}
		supply := k.bank.GetSupply(ctx, denom).Amount
		if supply.LT(sum.Add(math.NewIntFromUint64(p.Alpha))) || supply.GT(math.NewIntFromUint64(types.MaxAlpha)) {
			return broken("netuid %d has a supply of %s alpha, of which %s staked and accrued and %d in the pool", p.Netuid, supply, sum, p.Alpha)
		}
	}
	if len(stakes) > 0 {
		return broken("stake behind %s in netuid %d, which has no pool", stakes[0].Hotkey, stakes[0].Netuid)
	}
	return nil
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
	pools, err := values(ctx, k.Pools)
	if err != nil {
		return err
	}
	entries := 0
	for _, p := range pools {
		hotkeys, err := k.subnet.Hotkeys(ctx, p.Netuid)
		if err != nil {
			return err
		}
		entries += len(hotkeys)
		stake, err := column(ctx, k.StakeColumns, p.Netuid, stakeWidth)
		if err != nil {
			return err
		}
		credit, err := column(ctx, k.AccruedColumns, p.Netuid, accruedWidth)
		if err != nil {
			return err
		}
		if len(stake)/stakeWidth != len(hotkeys) || len(credit)/accruedWidth != len(hotkeys) {
			return broken("netuid %d has %d hotkeys, %d entries of stake, %d of accrued", p.Netuid, len(hotkeys), len(stake)/stakeWidth, len(credit)/accruedWidth)
		}
		for i, hotkey := range hotkeys {
			if err := k.checkUID(ctx, p.Netuid, uint32(i), hotkey, stake); err != nil {
				return err
			}
		}
	}
	registrations, err := values(ctx, k.Registrations)
	if err != nil {
		return err
	}
	if len(registrations) != entries {
		return broken("%d registrations in the index, %d in the subnets", len(registrations), entries)
	}
	return nil
}

func (k *Keeper) checkUID(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress, stake []byte) error {
	b, err := k.resolve(ctx, hotkey)
	if err != nil {
		return broken("uid %d of netuid %d: %v", uid, netuid, err)
	}
	at, registered, err := k.registration(ctx, netuid, b)
	if err != nil {
		return err
	}
	if !registered || at != uid {
		return broken("%s holds uid %d of netuid %d, the index has it %d (%t)", hotkey, uid, netuid, at, registered)
	}
	h, err := k.hotkeyStake(ctx, netuid, b)
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
	if has, err := k.Positions.Has(ctx, collections.Join3(owner, netuid, b.id)); err != nil {
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

// checkTakes: no take is above what the parameters can allow.
func (k *Keeper) checkTakes(ctx context.Context) error {
	takes, err := values(ctx, k.Takes)
	if err != nil {
		return err
	}
	for _, t := range takes {
		if t.TakeBps > types.MaxMaxTakeBps {
			return broken("take of %s is %d basis points, at most %d", t.Hotkey, t.TakeBps, types.MaxMaxTakeBps)
		}
	}
	return nil
}
