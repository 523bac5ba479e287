package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/dispute/types"
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
		{"cases-match-their-benches", k.checkCases},
		{"one-case-is-open-against-a-miner", k.checkOpen},
		{"queues-are-of-cases", k.checkQueues},
		{"indexes-match", k.checkIndexes},
		{"held-is-what-is-disputed", k.checkHeld},
		{"account-is-empty", k.checkAccount},
	}
}

// eachCase calls f for every case.
func (k *Keeper) eachCase(ctx context.Context, f func(types.Case) error) error {
	return k.cases.Walk(ctx, nil, func(id uint64, c types.Case) (bool, error) {
		if c.Id != id {
			return true, types.ErrBroken.Wrapf("case %d is stored under %d", c.Id, id)
		}
		err := f(c)
		return err != nil, err
	})
}

// checkCases: what a genesis has to satisfy holds always.
func (k *Keeper) checkCases(ctx context.Context) error {
	gs, err := k.ExportGenesis(ctx)
	if err != nil {
		return err
	}
	if err := gs.Validate(); err != nil {
		return types.ErrBroken.Wrap(err.Error())
	}
	return nil
}

// checkOpen: each open case is the one against its miner and among its accuser's, and nothing else is.
func (k *Keeper) checkOpen(ctx context.Context) error {
	open := 0
	err := k.eachCase(ctx, func(c types.Case) error {
		if !c.Open() {
			return nil
		}
		open++
		miner, accuser, err := parties(c)
		if err != nil {
			return err
		}
		if id, err := k.OpenCase(ctx, c.Netuid, miner); err != nil || id != c.Id {
			return types.ErrBroken.Wrapf("case %d is open against %s of netuid %d, the index says %d (%v)", c.Id, c.Miner, c.Netuid, id, err)
		}
		if has, err := k.byAccuser.Has(ctx, collections.Join(accuser, c.Id)); err != nil || !has {
			return types.ErrBroken.Wrapf("case %d is not among those of its accuser %s (%v)", c.Id, c.Accuser, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := counted(ctx, k.open, "open", open); err != nil {
		return err
	}
	return counted(ctx, k.byAccuser, "by_accuser", open)
}

// checkQueues: an open case waits for its end and another to be forgotten, each once.
func (k *Keeper) checkQueues(ctx context.Context) error {
	open, ended := 0, 0
	err := k.eachCase(ctx, func(c types.Case) error {
		queue, at := k.due, c.DueAt
		if c.Open() {
			open++
		} else {
			ended++
			queue, at = k.forget, c.ForgetAt()
		}
		if has, err := queue.Has(ctx, collections.Join(uint64(at), c.Id)); err != nil || !has {
			return types.ErrBroken.Wrapf("case %d (%s) is not in its queue at %d (%v)", c.Id, c.Status, at, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := counted(ctx, k.due, "due", open); err != nil {
		return err
	}
	return counted(ctx, k.forget, "forget", ended)
}

// checkIndexes: each case is found by its subnet and by its miner.
func (k *Keeper) checkIndexes(ctx context.Context) error {
	all := 0
	err := k.eachCase(ctx, func(c types.Case) error {
		all++
		miner, _, err := parties(c)
		if err != nil {
			return err
		}
		if has, err := k.bySubnet.Has(ctx, collections.Join(c.Netuid, c.Id)); err != nil || !has {
			return types.ErrBroken.Wrapf("case %d is not among those of netuid %d (%v)", c.Id, c.Netuid, err)
		}
		if has, err := k.byMiner.Has(ctx, collections.Join(aboutMiner(c.Netuid, miner), c.Id)); err != nil || !has {
			return types.ErrBroken.Wrapf("case %d is not among those of miner %s (%v)", c.Id, c.Miner, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := counted(ctx, k.bySubnet, "by_subnet", all); err != nil {
		return err
	}
	return counted(ctx, k.byMiner, "by_miner", all)
}

// checkHeld: x/subnet keeps for open cases what they hold, or less where a neuron lost its uid and a part was burned, and nothing else.
func (k *Keeper) checkHeld(ctx context.Context) error {
	var want uint64
	err := k.eachCase(ctx, func(c types.Case) error {
		if !c.Open() {
			return nil
		}
		miner, _, err := parties(c)
		if err != nil {
			return err
		}
		kept, err := k.subnet.Disputed(ctx, c.Netuid, miner)
		if err != nil {
			return err
		}
		if _, err := k.subnet.GetSubnet(ctx, c.Netuid); err != nil {
			return err
		}
		n, err := k.neuron(ctx, c.Netuid, miner)
		if err != nil && !errorsmod.IsOf(err, subnettypes.ErrNotRegistered) {
			return err
		}
		stayed := err == nil && n.RegisteredAt < c.OpenedAt
		if kept > c.Held || (stayed && kept < c.Held) {
			return types.ErrBroken.Wrapf("case %d holds %d nagon, %d are kept", c.Id, c.Held, kept)
		}
		want += kept
		return nil
	})
	if err != nil {
		return err
	}
	all, err := k.subnet.AllDisputed(ctx)
	if err != nil {
		return err
	}
	if all != want {
		return types.ErrBroken.Wrapf("open cases hold %d nagon, %d are kept for disputes", want, all)
	}
	return nil
}

// checkAccount relies on the account being closed to transfers, which the application arranges.
func (k *Keeper) checkAccount(ctx context.Context) error {
	if held := k.bank.GetBalance(ctx, account(), subnettypes.BaseDenom); !held.IsZero() {
		return types.ErrBroken.Wrapf("account holds %s, want nothing", held)
	}
	return nil
}

// counted holds the number of entries of an index against what cases say.
func counted[K, V any](ctx context.Context, index interface {
	IterateRaw(ctx context.Context, start, end []byte, order collections.Order) (collections.Iterator[K, V], error)
}, name string, want int,
) error {
	it, err := index.IterateRaw(ctx, nil, nil, collections.OrderAscending)
	if err != nil {
		return err
	}
	keys, err := it.Keys()
	if err != nil {
		return err
	}
	if len(keys) != want {
		return types.ErrBroken.Wrapf("index %s has %d entries, want %d", name, len(keys), want)
	}
	return nil
}
