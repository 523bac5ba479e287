package keeper

import (
	"context"

	"cosmossdk.io/collections"

	"github.com/agon-chain/agon/x/payment/types"
)

// sum is what a miner was paid in a subnet in this bucket.
type sum struct {
	netuid uint32
	paid   uint64
}

// remember notes for refunds what was claimed from a channel now: in the sum of its channel, and in that of its miner, which is written with
// the whole settlement. No more is remembered of a bucket than AGON can exist: whoever pays itself with the same coins over and over gets no
// sum that overflows.
func (k *Keeper) remember(ctx context.Context, s *settlement, c types.Channel, paid uint64) error {
	at, err := k.sumOf(ctx, s, c.Netuid)
	if err != nil {
		return err
	}
	paid = min(paid, types.MaxAmount-at.paid)
	if paid == 0 {
		return nil
	}
	at.paid += paid
	key := collections.Join(types.Bucket(height(ctx)), c.Id)
	was, _, err := found(k.channelSums.Get(ctx, key))
	if err != nil {
		return err
	}
	return k.channelSums.Set(ctx, key, was+paid)
}

// sumOf is the payee's sum in a subnet, read once for a settlement.
func (k *Keeper) sumOf(ctx context.Context, s *settlement, netuid uint32) (*sum, error) {
	for i := range s.sums {
		if s.sums[i].netuid == netuid {
			return &s.sums[i], nil
		}
	}
	paid, _, err := found(k.minerSums.Get(ctx, collections.Join3(types.Bucket(height(ctx)), netuid, s.payee)))
	s.sums = append(s.sums, sum{netuid, paid})
	return &s.sums[len(s.sums)-1], err
}

// putSums writes what was remembered of the payee.
func (k *Keeper) putSums(ctx context.Context, s settlement) error {
	for _, at := range s.sums {
		if err := k.minerSums.Set(ctx, collections.Join3(types.Bucket(height(ctx)), at.netuid, s.payee), at.paid); err != nil {
			return err
		}
	}
	return nil
}
