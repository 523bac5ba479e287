package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/x/crowdfund/types"
)

// Keeper holds funds, and what each contributor has in them.
type Keeper struct {
	authority string
	bank      types.BankKeeper
	subnet    types.SubnetKeeper

	schema        collections.Schema
	params        collections.Item[types.Params]
	next          collections.Item[uint64]
	funds         collections.Map[uint64, types.Fund]
	contributions collections.Map[collections.Pair[uint64, sdk.AccAddress], types.Contribution]
	byContributor collections.KeySet[collections.Pair[sdk.AccAddress, uint64]]
	open          collections.KeySet[collections.Pair[sdk.AccAddress, uint64]]
}

// NewKeeper returns the keeper. authority is the bech32 address that may change parameters. It panics where its schema
// does not build, which only a programmer can cause.
func NewKeeper(cdc codec.Codec, store corestore.KVStoreService, authority string, bank types.BankKeeper, subnet types.SubnetKeeper) *Keeper {
	sb := collections.NewSchemaBuilder(store)
	byAccount := collections.PairKeyCodec(sdk.AccAddressKey, collections.Uint64Key)
	k := &Keeper{
		authority: authority, bank: bank, subnet: subnet,
		params: collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		next:   collections.NewItem(sb, types.NextFundIDPrefix, "next_fund_id", collections.Uint64Value),
		funds:  collections.NewMap(sb, types.FundsPrefix, "funds", collections.Uint64Key, codec.CollValue[types.Fund](cdc)),
		contributions: collections.NewMap(sb, types.ContributionsPrefix, "contributions",
			collections.PairKeyCodec(collections.Uint64Key, sdk.AccAddressKey), codec.CollValue[types.Contribution](cdc)),
		byContributor: collections.NewKeySet(sb, types.ByContributorPrefix, "by_contributor", byAccount),
		open:          collections.NewKeySet(sb, types.OpenPrefix, "open", byAccount),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.schema = schema
	return k
}

// escrow is the account that holds contributions until a subnet is open, and what is to be given back of them.
func escrow() sdk.AccAddress { return authtypes.NewModuleAddress(types.ModuleName) }

func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }

// missing turns the store's "not found" into the module's own error and leaves failures to read as they are.
func missing(err error, kind *errorsmod.Error, format string, args ...any) error {
	if errors.Is(err, collections.ErrNotFound) {
		return errorsmod.Wrapf(kind, format, args...)
	}
	return err
}
