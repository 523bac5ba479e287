package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/scoring/types"
)

// commitKey is place, epoch and hotkey.
type commitKey = collections.Triple[uint64, uint64, sdk.AccAddress]

// rowTable is rows by place and uid.
type rowTable = collections.Map[collections.Pair[uint64, uint32], []byte]

// Keeper keeps weights, bonds, permits and results, and runs epochs.
type Keeper struct {
	cdc       codec.Codec
	authority string
	subnet    types.SubnetKeeper
	stake     types.StakeKeeper
	hooks     types.EpochHooks

	schema  collections.Schema
	params  collections.Item[types.Params]
	epochs  collections.Map[uint32, types.Epoch]
	due     collections.KeySet[collections.Pair[int64, uint32]]
	columns collections.Map[collections.Pair[uint64, uint32], []byte]
	weights rowTable
	bonds   rowTable
	commits collections.Map[commitKey, types.Commit]
	fresh   collections.KeySet[commitKey]
}

// NewKeeper returns the keeper; SetHooks must follow. It panics where its schema does not build, which only a programmer
// can cause.
func NewKeeper(
	cdc codec.Codec,
	store corestore.KVStoreService,
	authority string,
	subnet types.SubnetKeeper,
	stake types.StakeKeeper,
) *Keeper {
	sb := collections.NewSchemaBuilder(store)
	byUID := collections.PairKeyCodec(collections.Uint64Key, collections.Uint32Key)
	byHotkey := collections.TripleKeyCodec(collections.Uint64Key, collections.Uint64Key, sdk.AccAddressKey)
	k := &Keeper{
		cdc: cdc, authority: authority, subnet: subnet, stake: stake,
		params:  collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		epochs:  collections.NewMap(sb, types.EpochsPrefix, "epochs", collections.Uint32Key, codec.CollValue[types.Epoch](cdc)),
		due:     collections.NewKeySet(sb, types.DuePrefix, "due", collections.PairKeyCodec(collections.Int64Key, collections.Uint32Key)),
		columns: collections.NewMap(sb, types.ColumnsPrefix, "columns", byUID, collections.BytesValue),
		weights: collections.NewMap(sb, types.WeightsPrefix, "weights", byUID, collections.BytesValue),
		bonds:   collections.NewMap(sb, types.BondsPrefix, "bonds", byUID, collections.BytesValue),
		commits: collections.NewMap(sb, types.CommitsPrefix, "commits", byHotkey, codec.CollValue[types.Commit](cdc)),
		fresh:   collections.NewKeySet(sb, types.FreshPrefix, "fresh", byHotkey),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.schema = schema
	return k
}

// SetHooks says who pays epochs. It is called once, before the chain starts.
func (k *Keeper) SetHooks(hooks types.EpochHooks) {
	if k.hooks != nil {
		panic("hooks of x/scoring set twice")
	}
	k.hooks = hooks
}

// EpochOf returns where a subnet stands in its sequence of epochs. Errors: ErrUnknownSubnet, or x/subnet's ErrSubnetDissolved.
func (k *Keeper) EpochOf(ctx context.Context, netuid uint32) (types.Epoch, error) {
	epoch, err := k.epochs.Get(ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		if s, err := k.subnet.GetSubnet(ctx, netuid); err == nil && s.DissolvedAt > 0 {
			return epoch, s.CheckLive()
		}
		return epoch, errorsmod.Wrapf(types.ErrUnknownSubnet, "netuid %d; list subnets with: agond query subnet subnets", netuid)
	}
	return epoch, err
}
