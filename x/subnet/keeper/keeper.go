package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	collcodec "cosmossdk.io/collections/codec"
	corestore "cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// Keeper holds subnets, neurons and who owns which hotkey.
type Keeper struct {
	authority string
	bank      types.BankKeeper
	hooks     types.SubnetHooks
	owned     types.OwnerHooks

	schema       collections.Schema
	params       collections.Item[types.Params]
	creation     collections.Item[types.CreationCost]
	nextNetuid   collections.Item[uint32]
	subnets      collections.Map[uint32, types.Subnet]
	neurons      collections.Map[collections.Pair[uint32, uint32], types.Neuron]
	uids         collections.Map[collections.Pair[sdk.AccAddress, uint32], uint32]
	owners       collections.Map[sdk.AccAddress, sdk.AccAddress]
	identities   collections.Map[sdk.AccAddress, types.Identity]
	registeredAt collections.Map[uint32, []byte]
	hotkeys      collections.Map[uint32, []byte]
	pruning      collections.Map[uint32, []byte]
	commitments  collections.Map[collections.Pair[uint32, uint32], types.Commitment]
	collaterals  collections.Map[collections.Pair[uint32, uint32], types.Collateral]
	earned       collections.Map[uint32, []byte]
	withheld     collections.Map[collections.Pair[uint32, sdk.AccAddress], types.Withheld]
	offers       collections.Map[uint32, types.OwnershipOffer]
	pending      collections.Map[uint32, types.PendingHyperparams]
	due          collections.KeySet[collections.Pair[uint64, uint32]]
	standings    collections.Map[uint32, types.Standing]
	dissolving   collections.KeySet[uint32]
	signingKeys  collections.Map[sdk.AccAddress, types.SigningKey]
	presentKeys  collections.Map[sdk.AccAddress, sdk.AccAddress]
	ownedHotkeys collections.KeySet[collections.Pair[sdk.AccAddress, sdk.AccAddress]]
	ownedSubnets collections.KeySet[collections.Pair[sdk.AccAddress, uint32]]
	ownerSwaps   collections.Map[sdk.AccAddress, types.OwnerSwap]
}

// NewKeeper returns the keeper. authority is the bech32 address that may change parameters. It panics where its schema
// does not build, which only a programmer can cause.
func NewKeeper(cdc codec.Codec, store corestore.KVStoreService, authority string, bank types.BankKeeper) *Keeper {
	sb := collections.NewSchemaBuilder(store)
	netuid := collections.Uint32Key
	k := &Keeper{
		authority:    authority,
		bank:         bank,
		params:       collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		creation:     collections.NewItem(sb, types.CreationCostPrefix, "creation_cost", codec.CollValue[types.CreationCost](cdc)),
		nextNetuid:   collections.NewItem(sb, types.NextNetuidPrefix, "next_netuid", collections.Uint32Value),
		subnets:      collections.NewMap(sb, types.SubnetsPrefix, "subnets", netuid, codec.CollValue[types.Subnet](cdc)),
		neurons:      collections.NewMap(sb, types.NeuronsPrefix, "neurons", collections.PairKeyCodec(netuid, collections.Uint32Key), codec.CollValue[types.Neuron](cdc)),
		uids:         collections.NewMap(sb, types.UIDsPrefix, "uids", collections.PairKeyCodec(sdk.AccAddressKey, netuid), collections.Uint32Value),
		owners:       collections.NewMap(sb, types.OwnersPrefix, "owners", sdk.AccAddressKey, collcodec.KeyToValueCodec(sdk.AccAddressKey)),
		identities:   collections.NewMap(sb, types.IdentitiesPrefix, "identities", sdk.AccAddressKey, codec.CollValue[types.Identity](cdc)),
		registeredAt: collections.NewMap(sb, types.RegisteredAtPrefix, "registered_at", netuid, collections.BytesValue),
		hotkeys:      collections.NewMap(sb, types.HotkeysPrefix, "hotkeys", netuid, collections.BytesValue),
		pruning:      collections.NewMap(sb, types.PruningPrefix, "pruning", netuid, collections.BytesValue),
		commitments:  collections.NewMap(sb, types.CommitmentsPrefix, "commitments", collections.PairKeyCodec(netuid, collections.Uint32Key), codec.CollValue[types.Commitment](cdc)),
		collaterals:  collections.NewMap(sb, types.CollateralsPrefix, "collaterals", collections.PairKeyCodec(netuid, collections.Uint32Key), codec.CollValue[types.Collateral](cdc)),
		earned:       collections.NewMap(sb, types.EarnedPrefix, "earned", netuid, collections.BytesValue),
		withheld:     collections.NewMap(sb, types.WithheldPrefix, "withheld", collections.PairKeyCodec(netuid, sdk.AccAddressKey), codec.CollValue[types.Withheld](cdc)),
		offers:       collections.NewMap(sb, types.OffersPrefix, "offers", netuid, codec.CollValue[types.OwnershipOffer](cdc)),
		pending:      collections.NewMap(sb, types.PendingHyperparamsPrefix, "pending_hyperparams", netuid, codec.CollValue[types.PendingHyperparams](cdc)),
		due:          collections.NewKeySet(sb, types.HyperparamsDuePrefix, "hyperparams_due", collections.PairKeyCodec(collections.Uint64Key, netuid)),
		standings:    collections.NewMap(sb, types.StandingsPrefix, "standings", netuid, codec.CollValue[types.Standing](cdc)),
		dissolving:   collections.NewKeySet(sb, types.DissolvingPrefix, "dissolving", netuid),
		signingKeys:  collections.NewMap(sb, types.SigningKeysPrefix, "signing_keys", sdk.AccAddressKey, codec.CollValue[types.SigningKey](cdc)),
		presentKeys:  collections.NewMap(sb, types.PresentKeysPrefix, "present_keys", sdk.AccAddressKey, collcodec.KeyToValueCodec(sdk.AccAddressKey)),
		ownedHotkeys: collections.NewKeySet(sb, types.OwnedHotkeysPrefix, "owned_hotkeys", collections.PairKeyCodec(sdk.AccAddressKey, sdk.AccAddressKey)),
		ownedSubnets: collections.NewKeySet(sb, types.OwnedSubnetsPrefix, "owned_subnets", collections.PairKeyCodec(sdk.AccAddressKey, netuid)),
		ownerSwaps:   collections.NewMap(sb, types.OwnerSwapsPrefix, "owner_swaps", sdk.AccAddressKey, codec.CollValue[types.OwnerSwap](cdc)),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.schema = schema
	return k
}

// SetHooks says who hears of changes. It is called once, while the application is put together, and panics on
// a second call; without it nobody hears, and nobody takes the cost of a subnet.
func (k *Keeper) SetHooks(hooks types.SubnetHooks) {
	if k.hooks != nil {
		panic("subnet: hooks are set twice")
	}
	k.hooks = hooks
}

func (k *Keeper) hear() types.SubnetHooks {
	if k.hooks == nil {
		return types.MultiSubnetHooks{}
	}
	return k.hooks
}

// SetOwnerHooks says who moves what it keeps of an owner that is swapped. It is called once, while the application is put together,
// and panics on a second call; without it only what this module keeps is moved.
func (k *Keeper) SetOwnerHooks(hooks types.OwnerHooks) {
	if k.owned != nil {
		panic("subnet: owner hooks are set twice")
	}
	k.owned = hooks
}

// Params returns the module's parameters.
func (k *Keeper) Params(ctx context.Context) (types.Params, error) { return k.params.Get(ctx) }

// height is the block that is being built, which is never negative.
func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }

// since is the number of blocks from a height on, 0 if it lies ahead.
func since(ctx context.Context, from int64) uint64 { return uint64(max(height(ctx)-from, 0)) }

// missing turns the store's "not found" into the module's own error and leaves failures to read as they are.
func missing(err error, kind *errorsmod.Error, format string, args ...any) error {
	if errors.Is(err, collections.ErrNotFound) {
		return errorsmod.Wrapf(kind, format, args...)
	}
	return err
}
