package keeper

import (
	"context"

	"cosmossdk.io/collections"
	errorsmod "cosmossdk.io/errors"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// InitGenesis writes a whole state and checks it against what the module's account holds.
func (k *Keeper) InitGenesis(ctx context.Context, gs *types.GenesisState) error {
	if err := gs.Validate(); err != nil {
		return err
	}
	if err := k.params.Set(ctx, gs.Params); err != nil {
		return err
	}
	if err := k.next.Set(ctx, gs.NextChannelId); err != nil {
		return err
	}
	for _, a := range gs.Accounts {
		if err := k.putAccount(ctx, a); err != nil {
			return err
		}
	}
	for _, c := range gs.Channels {
		if err := k.putChannel(ctx, c); err != nil {
			return err
		}
	}
	for _, p := range gs.Prices {
		hotkey, err := subnettypes.ParseHotkey("hotkey", p.Hotkey)
		if err != nil {
			return err
		}
		if err := k.prices.Set(ctx, collections.Join(p.Netuid, hotkey), p); err != nil {
			return err
		}
	}
	if err := k.initRefunds(ctx, gs); err != nil {
		return err
	}
	for _, i := range k.Invariants() {
		if err := i.Check(ctx); err != nil {
			return errorsmod.Wrapf(types.ErrInvalidGenesis, "%s: %s", i.Name, err)
		}
	}
	return nil
}

func (k *Keeper) initRefunds(ctx context.Context, gs *types.GenesisState) error {
	for _, p := range gs.Pots {
		if err := k.putPot(ctx, p); err != nil {
			return err
		}
	}
	for _, s := range gs.MinerSums {
		miner, err := subnettypes.ParseHotkey("miner", s.Miner)
		if err != nil {
			return err
		}
		if err := k.minerSums.Set(ctx, collections.Join3(s.Bucket, s.Netuid, miner), s.Paid); err != nil {
			return err
		}
	}
	for _, s := range gs.ChannelSums {
		if err := k.channelSums.Set(ctx, collections.Join(s.Bucket, s.Channel), s.Paid); err != nil {
			return err
		}
	}
	for _, r := range gs.Refunded {
		miner, err := subnettypes.ParseHotkey("miner", r.Miner)
		if err != nil {
			return err
		}
		if err := k.refunded.Set(ctx, collections.Join(r.Netuid, miner), r.Bucket); err != nil {
			return err
		}
	}
	return nil
}

// ExportGenesis reads the whole state. Queues and indexes follow from what they lead to and are not written out.
func (k *Keeper) ExportGenesis(ctx context.Context) (*types.GenesisState, error) {
	gs := &types.GenesisState{}
	var err error
	if gs.Params, err = k.params.Get(ctx); err != nil {
		return nil, err
	}
	if gs.NextChannelId, err = k.next.Get(ctx); err != nil {
		return nil, err
	}
	if gs.Accounts, err = values(ctx, k.accounts); err != nil {
		return nil, err
	}
	if gs.Channels, err = values(ctx, k.channels); err != nil {
		return nil, err
	}
	if gs.Prices, err = values(ctx, k.prices); err != nil {
		return nil, err
	}
	if gs.Pots, err = values(ctx, k.pots); err != nil {
		return nil, err
	}
	err = k.minerSums.Walk(ctx, nil, func(key minerBucket, paid uint64) (bool, error) {
		gs.MinerSums = append(gs.MinerSums, types.MinerSum{Bucket: key.K1(), Netuid: key.K2(), Miner: key.K3().String(), Paid: paid})
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.channelSums.Walk(ctx, nil, func(key channelBucket, paid uint64) (bool, error) {
		gs.ChannelSums = append(gs.ChannelSums, types.ChannelSum{Bucket: key.K1(), Channel: key.K2(), Paid: paid})
		return false, nil
	})
	if err != nil {
		return nil, err
	}
	err = k.refunded.Walk(ctx, nil, func(key collections.Pair[uint32, sdk.AccAddress], bucket uint64) (bool, error) {
		gs.Refunded = append(gs.Refunded, types.Refunded{Netuid: key.K1(), Miner: key.K2().String(), Bucket: bucket})
		return false, nil
	})
	return gs, err
}

// values lists all of a map in the order of its keys.
func values[K, V any](ctx context.Context, m collections.Map[K, V]) ([]V, error) {
	var out []V
	err := m.Walk(ctx, nil, func(_ K, v V) (bool, error) {
		out = append(out, v)
		return false, nil
	})
	return out, err
}
