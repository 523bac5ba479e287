package keeper

import (
	"context"
	"math/bits"
	"slices"

	errorsmod "cosmossdk.io/errors"

	"github.com/agon-chain/agon/x/dispute/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// validators are those of a subnet who may accuse and judge now: by uid their stake, 0 for who may not.
func (k *Keeper) validators(ctx context.Context, s subnettypes.Subnet) ([]uint64, error) {
	permits, err := k.scoring.Permits(ctx, s.Netuid)
	if err != nil {
		return nil, err
	}
	stake, err := k.stake.EpochStake(ctx, s.Netuid)
	if err != nil {
		return nil, err
	}
	out := make([]uint64, len(permits))
	for uid := range min(len(permits), len(stake)) {
		if permits[uid] && stake[uid] >= s.Hyperparams.StakeThreshold {
			out[uid] = stake[uid]
		}
	}
	return out, nil
}

// seatBench chooses the judges of a case: of the validators those with the most weight, of equals the lower uid, but nobody of the
// miner's owner. Errors: ErrBenchTooSmall where they have fewer than least distinct owners, so that no verdict could come.
func (k *Keeper) seatBench(ctx context.Context, id uint64, s subnettypes.Subnet, stake []uint64, accused subnettypes.Neuron, least uint32) (bench []types.Judge, weight uint64, err error) {
	var uids []uint32
	for uid, weight := range stake {
		if weight > 0 {
			uids = append(uids, uint32(uid))
		}
	}
	slices.SortStableFunc(uids, func(a, b uint32) int {
		switch {
		case stake[a] > stake[b]:
			return -1
		case stake[a] < stake[b]:
			return 1
		}
		return 0
	})
	var owners []string
	for _, uid := range uids {
		if len(bench) == types.MaxBench {
			break
		}
		n, err := k.subnet.GetNeuron(ctx, s.Netuid, uid)
		if err != nil {
			return nil, 0, err
		}
		if n.Owner == accused.Owner {
			continue
		}
		bench = append(bench, types.Judge{CaseId: id, Hotkey: n.Hotkey, Owner: n.Owner, Weight: stake[uid]})
		if !slices.Contains(owners, n.Owner) {
			owners = append(owners, n.Owner)
		}
		var carry uint64
		if weight, carry = bits.Add64(weight, stake[uid], 0); carry != 0 {
			return nil, 0, errorsmod.Wrapf(types.ErrBroken, "stake of netuid %d is more than 64 bits hold", s.Netuid)
		}
	}
	if len(owners) < int(least) {
		return nil, 0, errorsmod.Wrapf(types.ErrBenchTooSmall, "netuid %d has %d validators of %d owners who could judge %s, min_judges is %d owners: no verdict could come",
			s.Netuid, len(bench), len(owners), accused.Hotkey, least)
	}
	return bench, weight, nil
}

// weightsNow is what of each judge's weight counts at the end: the lesser of what was behind it at the opening and what is now, so that
// stake which comes for an accusation, or leaves after it, counts for nothing; none of who has lost its uid. Of a subnet
// that was dissolved meanwhile what counted at the opening counts, as there is no stake in it any more.
func (k *Keeper) weightsNow(ctx context.Context, c types.Case, bench []types.Judge) ([]uint64, error) {
	out := make([]uint64, len(bench))
	for i, j := range bench {
		out[i] = j.Weight
	}
	s, err := k.subnet.GetSubnet(ctx, c.Netuid)
	if err != nil || s.DissolvedAt != 0 {
		return out, err
	}
	stake, err := k.stake.EpochStake(ctx, c.Netuid)
	if err != nil {
		return nil, err
	}
	for i, j := range bench {
		hotkey, err := subnettypes.ParseHotkey("hotkey", j.Hotkey)
		if err != nil {
			return nil, err
		}
		var now uint64
		uid, err := k.subnet.UIDOf(ctx, c.Netuid, hotkey)
		switch {
		case errorsmod.IsOf(err, subnettypes.ErrNotRegistered):
		case err != nil:
			return nil, err
		case int(uid) < len(stake):
			now = stake[uid]
		}
		out[i] = min(out[i], now)
	}
	return out, nil
}
