package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"

	"github.com/agon-chain/agon/x/emission/types"
)

// Keeper mints AGON, keeps each subnet's claim on it, and pays epochs.
type Keeper struct {
	cdc       codec.Codec
	authority string
	bank      types.BankKeeper
	community types.CommunityPool
	subnet    types.SubnetKeeper
	stake     types.StakeKeeper

	schema  collections.Schema
	params  collections.Item[types.Params]
	ledger  collections.Item[types.Ledger]
	subnets collections.Map[uint32, types.SubnetEmission]
}

// NewKeeper returns the keeper. It panics where its schema does not build, which only a programmer can cause.
func NewKeeper(
	cdc codec.Codec,
	store corestore.KVStoreService,
	authority string,
	bank types.BankKeeper,
	community types.CommunityPool,
	subnet types.SubnetKeeper,
	stake types.StakeKeeper,
) *Keeper {
	sb := collections.NewSchemaBuilder(store)
	k := &Keeper{
		cdc: cdc, authority: authority, bank: bank, community: community, subnet: subnet, stake: stake,
		params:  collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		ledger:  collections.NewItem(sb, types.LedgerPrefix, "ledger", codec.CollValue[types.Ledger](cdc)),
		subnets: collections.NewMap(sb, types.SubnetsPrefix, "subnets", collections.Uint32Key, codec.CollValue[types.SubnetEmission](cdc)),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.schema = schema
	return k
}

// Params returns the module's parameters.
func (k *Keeper) Params(ctx context.Context) (types.Params, error) { return k.params.Get(ctx) }

// subnetEmission reads what the module keeps of a subnet.
func (k *Keeper) subnetEmission(ctx context.Context, netuid uint32) (types.SubnetEmission, error) {
	s, err := k.subnets.Get(ctx, netuid)
	if errors.Is(err, collections.ErrNotFound) {
		return s, errorsmod.Wrapf(types.ErrUnknownSubnet, "netuid %d; list them with: agond query emission subnets", netuid)
	}
	return s, err
}
