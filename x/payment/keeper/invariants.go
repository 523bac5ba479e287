package keeper

import (
	"context"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Invariant is something that holds after every block.
type Invariant struct {
	// Name says what holds.
	Name string
	// Check returns an error that says what does not.
	Check func(ctx context.Context) error
}

// Invariants lists what holds after every block. They read state and write nothing. Errors: ErrBroken.
func (k *Keeper) Invariants() []Invariant {
	return []Invariant{
		{"account-holds-what-it-owes", k.checkMoney},
		{"state-is-a-genesis", k.checkState},
		{"indexes-match", k.checkIndexes},
		{"queues-match", k.checkQueues},
		{"miners-sums-cover-their-channels", k.checkSums},
		{"prices-are-of-neurons", k.checkPrices},
	}
}

// checkMoney: what the module's account holds is what accounts, open channels and pots say, to the unit. It relies on the account being
// closed to transfers, which the application arranges.
func (k *Keeper) checkMoney(ctx context.Context) error {
	var balances, channels, pots uint64
	err := k.accounts.Walk(ctx, nil, func(_ sdk.AccAddress, a types.Account) (bool, error) {
		balances += a.Balance
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.channels.Walk(ctx, nil, func(_ uint64, c types.Channel) (bool, error) {
		channels += c.Rest()
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.pots.Walk(ctx, nil, func(_ uint64, p types.Pot) (bool, error) {
		pots += p.Left
		return false, nil
	})
	if err != nil {
		return err
	}
	if held := k.bank.GetBalance(ctx, account(), subnettypes.BaseDenom); !held.Equal(sdk.NewCoin(subnettypes.BaseDenom, nagon(balances+channels+pots).AmountOf(subnettypes.BaseDenom))) {
		return types.ErrBroken.Wrapf("account holds %s, want %d of accounts, %d of open channels and %d of pots", held, balances, channels, pots)
	}
	return nil
}

// checkState: what a genesis has to satisfy holds always.
func (k *Keeper) checkState(ctx context.Context) error {
	gs, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := gs.Validate(); err != nil {
		return types.ErrBroken.Wrap(err.Error())
	}
	return nil
}

// checkIndexes: each channel is found by its owner and by its payee.
func (k *Keeper) checkIndexes(ctx context.Context) error {
	all := 0
	err := k.channels.Walk(ctx, nil, func(id uint64, c types.Channel) (bool, error) {
		all++
		owner, payee, err := parties(c)
		if err != nil || c.Id != id {
			return true, types.ErrBroken.Wrapf("channel %d is stored under %d (%v)", c.Id, id, err)
		}
		if has, err := k.byOwner.Has(ctx, collections.Join(owner, id)); err != nil || !has {
			return true, types.ErrBroken.Wrapf("channel %d is not among those of its owner %s (%v)", id, c.Owner, err)
		}
		if has, err := k.byPayee.Has(ctx, collections.Join(payee, id)); err != nil || !has {
			return true, types.ErrBroken.Wrapf("channel %d is not among those to its payee %s (%v)", id, c.Payee, err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	if err := counted(ctx, k.byOwner, "by_owner", all); err != nil {
		return err
	}
	return counted(ctx, k.byPayee, "by_payee", all)
}

// checkQueues: each channel that has ended waits to be forgotten and each pot to end, once.
func (k *Keeper) checkQueues(ctx context.Context) error {
	ended, pots := 0, 0
	err := k.channels.Walk(ctx, nil, func(id uint64, c types.Channel) (bool, error) {
		if c.Open() {
			return false, nil
		}
		ended++
		if has, err := k.closed.Has(ctx, collections.Join(uint64(c.ClosedAt), id)); err != nil || !has {
			return true, types.ErrBroken.Wrapf("channel %d ended at %d and is not in the queue (%v)", id, c.ClosedAt, err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	err = k.pots.Walk(ctx, nil, func(id uint64, p types.Pot) (bool, error) {
		pots++
		if has, err := k.potsDue.Has(ctx, collections.Join(uint64(p.Until), id)); err != nil || !has || p.CaseId != id {
			return true, types.ErrBroken.Wrapf("the pot of case %d is stored under %d, and not in the queue at %d (%v)", p.CaseId, id, p.Until, err)
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	if err := counted(ctx, k.closed, "closed", ended); err != nil {
		return err
	}
	return counted(ctx, k.potsDue, "pots_due", pots)
}

// checkSums: in each bucket, what channels paid a miner is at most what the miner was paid: a refund takes from both. It is less where
// a part of the channels' sums is forgotten already.
func (k *Keeper) checkSums(ctx context.Context) error {
	type key struct {
		bucket uint64
		netuid uint32
		miner  string
	}
	sums := make(map[key]uint64)
	err := k.minerSums.Walk(ctx, nil, func(b minerBucket, paid uint64) (bool, error) {
		sums[key{b.K1(), b.K2(), b.K3().String()}] = paid
		return false, nil
	})
	if err != nil {
		return err
	}
	return k.channelSums.Walk(ctx, nil, func(b channelBucket, paid uint64) (bool, error) {
		c, ok, err := found(k.channels.Get(ctx, b.K2()))
		if err != nil || !ok {
			return err != nil, err
		}
		at := key{b.K1(), c.Netuid, c.Payee}
		if paid > sums[at] {
			return true, types.ErrBroken.Wrapf("bucket %d: channel %d paid %d, of which its miner %s has %d left", b.K1(), c.Id, paid, c.Payee, sums[at])
		}
		sums[at] -= paid
		return false, nil
	})
}

// checkPrices: whoever has a price holds a uid.
func (k *Keeper) checkPrices(ctx context.Context) error {
	return k.prices.Walk(ctx, nil, func(at minerKey, p types.Price) (bool, error) {
		if p.Netuid != at.K1() || p.Hotkey != at.K2().String() {
			return true, types.ErrBroken.Wrapf("price of netuid %d hotkey %s is stored under %d %s", p.Netuid, p.Hotkey, at.K1(), at.K2())
		}
		if _, err := k.subnet.UIDOf(ctx, at.K1(), at.K2()); err != nil {
			return true, types.ErrBroken.Wrapf("price of netuid %d hotkey %s: %s", p.Netuid, p.Hotkey, err)
		}
		return false, nil
	})
}

// counted holds the number of entries of an index against what it should have.
func counted[K any](ctx context.Context, index collections.KeySet[K], name string, want int) error {
	n := 0
	err := index.Walk(ctx, nil, func(K) (bool, error) {
		n++
		return false, nil
	})
	if err != nil {
		return err
	}
	if n != want {
		return types.ErrBroken.Wrapf("index %s has %d entries, want %d", name, n, want)
	}
	return nil
}
