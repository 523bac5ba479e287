package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"
	sdkmath "cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/x/payment/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

type (
	// minerKey is netuid and hotkey.
	minerKey = collections.Pair[uint32, sdk.AccAddress]
	// partyChannel is an owner or a payee, and a channel of its.
	partyChannel = collections.Pair[sdk.AccAddress, uint64]
	// heightID is a height and a channel or a case.
	heightID = collections.Pair[uint64, uint64]
	// minerBucket is bucket, netuid and hotkey.
	minerBucket = collections.Triple[uint64, uint32, sdk.AccAddress]
	// channelBucket is bucket and channel.
	channelBucket = collections.Pair[uint64, uint64]
)

// Keeper holds accounts, prices, channels and refunds.
type Keeper struct {
	authority string
	bank      types.BankKeeper
	community types.CommunityPool
	subnet    types.SubnetKeeper
	model     types.ModelKeeper

	schema      collections.Schema
	params      collections.Item[types.Params]
	next        collections.Item[uint64]
	accounts    collections.Map[sdk.AccAddress, types.Account]
	prices      collections.Map[minerKey, types.Price]
	channels    collections.Map[uint64, types.Channel]
	byOwner     collections.KeySet[partyChannel]
	byPayee     collections.KeySet[partyChannel]
	closed      collections.KeySet[heightID]
	minerSums   collections.Map[minerBucket, uint64]
	channelSums collections.Map[channelBucket, uint64]
	pots        collections.Map[uint64, types.Pot]
	potsDue     collections.KeySet[heightID]
	refunded    collections.Map[minerKey, uint64]
}

// NewKeeper returns the keeper. authority is the bech32 address that may change parameters. It panics where its schema
// does not build, which only a programmer can cause.
func NewKeeper(
	cdc codec.Codec, store corestore.KVStoreService, authority string,
	bank types.BankKeeper, community types.CommunityPool, subnet types.SubnetKeeper, model types.ModelKeeper,
) *Keeper {
	sb := collections.NewSchemaBuilder(store)
	u32, u64, address := collections.Uint32Key, collections.Uint64Key, sdk.AccAddressKey
	miner, party, queue := collections.PairKeyCodec(u32, address), collections.PairKeyCodec(address, u64), collections.PairKeyCodec(u64, u64)
	k := &Keeper{
		authority: authority, bank: bank, community: community, subnet: subnet, model: model,
		params:      collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		next:        collections.NewItem(sb, types.NextChannelIDPrefix, "next_channel_id", collections.Uint64Value),
		accounts:    collections.NewMap(sb, types.AccountsPrefix, "accounts", address, codec.CollValue[types.Account](cdc)),
		prices:      collections.NewMap(sb, types.PricesPrefix, "prices", miner, codec.CollValue[types.Price](cdc)),
		channels:    collections.NewMap(sb, types.ChannelsPrefix, "channels", u64, codec.CollValue[types.Channel](cdc)),
		byOwner:     collections.NewKeySet(sb, types.ByOwnerPrefix, "by_owner", party),
		byPayee:     collections.NewKeySet(sb, types.ByPayeePrefix, "by_payee", party),
		closed:      collections.NewKeySet(sb, types.ClosedPrefix, "closed", queue),
		minerSums:   collections.NewMap(sb, types.MinerSumsPrefix, "miner_sums", collections.TripleKeyCodec(u64, u32, address), collections.Uint64Value),
		channelSums: collections.NewMap(sb, types.ChannelSumsPrefix, "channel_sums", queue, collections.Uint64Value),
		pots:        collections.NewMap(sb, types.PotsPrefix, "pots", u64, codec.CollValue[types.Pot](cdc)),
		potsDue:     collections.NewKeySet(sb, types.PotsDuePrefix, "pots_due", queue),
		refunded:    collections.NewMap(sb, types.RefundedPrefix, "refunded", miner, collections.Uint64Value),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.schema = schema
	return k
}

// account is the one that holds all the money.
func account() sdk.AccAddress { return authtypes.NewModuleAddress(types.ModuleName) }

// nagon are so many base units as coins.
func nagon(amount uint64) sdk.Coins {
	return sdk.NewCoins(sdk.NewCoin(subnettypes.BaseDenom, sdkmath.NewIntFromUint64(amount)))
}

func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }

// found turns the store's "not found" into false and leaves failures to read as they are.
func found[V any](v V, err error) (V, bool, error) {
	if errors.Is(err, collections.ErrNotFound) {
		return v, false, nil
	}
	return v, err == nil, err
}

// missing turns the store's "not found" into the module's own error and leaves failures to read as they are.
func missing(err error, kind *errorsmod.Error, format string, args ...any) error {
	if errors.Is(err, collections.ErrNotFound) {
		return errorsmod.Wrapf(kind, format, args...)
	}
	return err
}

func emit(ctx context.Context, event interface {
	Reset()
	String() string
	ProtoMessage()
},
) error {
	return sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(event)
}
