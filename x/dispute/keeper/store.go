package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// GetCase returns a case. Errors: ErrCaseNotFound, also of one that is not kept any more.
func (k *Keeper) GetCase(ctx context.Context, id uint64) (types.Case, error) {
	c, err := k.cases.Get(ctx, id)
	if err != nil {
		return c, missing(err, types.ErrCaseNotFound, "case %d; list them with agond query dispute cases", id)
	}
	return c, nil
}

// Bench returns the judges of a case, at most MaxBench, in order of their hotkeys' bytes.
func (k *Keeper) Bench(ctx context.Context, id uint64) ([]types.Judge, error) {
	var out []types.Judge
	err := k.judges.Walk(ctx, collections.NewPrefixedPairRange[uint64, sdk.AccAddress](id), func(_ seat, j types.Judge) (bool, error) {
		out = append(out, j)
		return false, nil
	})
	return out, err
}

// OpenCase returns the id of the case that is open against a miner; 0 if none is.
func (k *Keeper) OpenCase(ctx context.Context, netuid uint32, miner sdk.AccAddress) (uint64, error) {
	id, err := k.open.Get(ctx, collections.Join(netuid, miner))
	if errors.Is(err, collections.ErrNotFound) {
		return 0, nil
	}
	return id, err
}

// parties are the two sides of a case as bytes.
func parties(c types.Case) (miner, accuser sdk.AccAddress, err error) {
	if miner, err = subnettypes.ParseHotkey("miner", c.Miner); err != nil {
		return nil, nil, err
	}
	accuser, err = subnettypes.ParseHotkey("accuser", c.Accuser)
	return miner, accuser, err
}

// putCase writes a case that is new, from a message or a genesis, with its places in the indexes.
func (k *Keeper) putCase(ctx context.Context, c types.Case) error {
	miner, _, err := parties(c)
	if err != nil {
		return err
	}
	if err := k.bySubnet.Set(ctx, collections.Join(c.Netuid, c.Id)); err != nil {
		return err
	}
	if err := k.byMiner.Set(ctx, collections.Join(aboutMiner(c.Netuid, miner), c.Id)); err != nil {
		return err
	}
	return k.setCase(ctx, c)
}

// setCase writes a case and the places that follow from how it stands: an open one waits for its end, another to be forgotten. What
// it had in the queues before is the caller's to take out.
func (k *Keeper) setCase(ctx context.Context, c types.Case) error {
	miner, accuser, err := parties(c)
	if err != nil {
		return err
	}
	if err := k.cases.Set(ctx, c.Id, c); err != nil {
		return err
	}
	if c.Open() {
		if err := k.open.Set(ctx, collections.Join(c.Netuid, miner), c.Id); err != nil {
			return err
		}
		if err := k.byAccuser.Set(ctx, collections.Join(accuser, c.Id)); err != nil {
			return err
		}
		return k.due.Set(ctx, collections.Join(uint64(c.DueAt), c.Id))
	}
	if err := k.open.Remove(ctx, collections.Join(c.Netuid, miner)); err != nil {
		return err
	}
	if err := k.byAccuser.Remove(ctx, collections.Join(accuser, c.Id)); err != nil {
		return err
	}
	return k.forget.Set(ctx, collections.Join(uint64(c.ForgetAt()), c.Id))
}

// putJudge writes a judge of a case.
func (k *Keeper) putJudge(ctx context.Context, j types.Judge) error {
	hotkey, err := subnettypes.ParseHotkey("hotkey", j.Hotkey)
	if err != nil {
		return err
	}
	return k.judges.Set(ctx, collections.Join(j.CaseId, hotkey), j)
}

// removeCase forgets a case that has ended, with its bench.
func (k *Keeper) removeCase(ctx context.Context, c types.Case) error {
	miner, _, err := parties(c)
	if err != nil {
		return err
	}
	bench, err := k.Bench(ctx, c.Id)
	if err != nil {
		return err
	}
	for _, j := range bench {
		hotkey, err := subnettypes.ParseHotkey("hotkey", j.Hotkey)
		if err != nil {
			return err
		}
		if err := k.judges.Remove(ctx, collections.Join(c.Id, hotkey)); err != nil {
			return err
		}
	}
	if err := k.bySubnet.Remove(ctx, collections.Join(c.Netuid, c.Id)); err != nil {
		return err
	}
	if err := k.byMiner.Remove(ctx, collections.Join(aboutMiner(c.Netuid, miner), c.Id)); err != nil {
		return err
	}
	return k.cases.Remove(ctx, c.Id)
}
