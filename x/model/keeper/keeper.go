package keeper

import (
	"context"
	"errors"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/model/types"
)

type (
	// reservationKey is owner and hash.
	reservationKey = collections.Pair[sdk.AccAddress, []byte]
	// placeKey is netuid, uid and version.
	placeKey = collections.Triple[uint32, uint32, uint64]
	// barKey is netuid, version and hotkey.
	barKey = collections.Triple[uint32, uint64, sdk.AccAddress]
)

// Keeper holds models, versions, and who serves them.
type Keeper struct {
	authority string
	bank      types.BankKeeper
	subnet    types.SubnetKeeper

	schema          collections.Schema
	params          collections.Item[types.Params]
	models          collections.Map[string, types.Model]
	offers          collections.Map[string, types.Offer]
	next            collections.Item[uint64]
	nextClaim       collections.Item[uint64]
	versions        collections.Map[uint64, types.Version]
	files           collections.Map[uint64, types.Files]
	numbers         collections.Map[collections.Pair[string, uint32], uint64]
	originals       collections.Map[[]byte, types.Original]
	reservations    collections.Map[reservationKey, types.Reservation]
	reservationsDue collections.KeySet[collections.Triple[int64, sdk.AccAddress, []byte]]
	bindings        collections.Map[placeKey, types.Binding]
	slots           collections.Map[uint64, types.Place]
	count           collections.Item[uint64]
	byVersion       collections.KeySet[collections.Triple[uint64, uint32, uint32]]
	challengesDue   collections.KeySet[collections.Quad[int64, uint32, uint32, uint64]]
	bars            collections.Map[barKey, int64]
	barsDue         collections.KeySet[collections.Quad[int64, uint32, uint64, sdk.AccAddress]]
}

// NewKeeper returns the keeper. authority is the bech32 address that may change parameters. It panics where its schema
// does not build, which only a programmer can cause.
func NewKeeper(cdc codec.Codec, store corestore.KVStoreService, authority string, bank types.BankKeeper, subnet types.SubnetKeeper) *Keeper {
	sb := collections.NewSchemaBuilder(store)
	u32, u64, i64 := collections.Uint32Key, collections.Uint64Key, collections.Int64Key
	k := &Keeper{
		authority: authority, bank: bank, subnet: subnet,
		params:    collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		models:    collections.NewMap(sb, types.ModelsPrefix, "models", collections.StringKey, codec.CollValue[types.Model](cdc)),
		offers:    collections.NewMap(sb, types.OffersPrefix, "offers", collections.StringKey, codec.CollValue[types.Offer](cdc)),
		next:      collections.NewItem(sb, types.NextVersionIDPrefix, "next_version_id", collections.Uint64Value),
		nextClaim: collections.NewItem(sb, types.NextClaimPrefix, "next_claim", collections.Uint64Value),
		versions:  collections.NewMap(sb, types.VersionsPrefix, "versions", u64, codec.CollValue[types.Version](cdc)),
		files:     collections.NewMap(sb, types.FilesPrefix, "files", u64, codec.CollValue[types.Files](cdc)),
		numbers:   collections.NewMap(sb, types.NumbersPrefix, "numbers", collections.PairKeyCodec(collections.StringKey, u32), collections.Uint64Value),
		originals: collections.NewMap(sb, types.OriginalsPrefix, "originals", collections.BytesKey, codec.CollValue[types.Original](cdc)),
		reservations: collections.NewMap(sb, types.ReservationsPrefix, "reservations",
			collections.PairKeyCodec(sdk.AccAddressKey, collections.BytesKey), codec.CollValue[types.Reservation](cdc)),
		reservationsDue: collections.NewKeySet(sb, types.ReservationsDuePrefix, "reservations_due", collections.TripleKeyCodec(i64, sdk.AccAddressKey, collections.BytesKey)),
		bindings:        collections.NewMap(sb, types.BindingsPrefix, "bindings", collections.TripleKeyCodec(u32, u32, u64), codec.CollValue[types.Binding](cdc)),
		slots:           collections.NewMap(sb, types.SlotsPrefix, "slots", u64, codec.CollValue[types.Place](cdc)),
		count:           collections.NewItem(sb, types.BindingCountPrefix, "binding_count", collections.Uint64Value),
		byVersion:       collections.NewKeySet(sb, types.ByVersionPrefix, "by_version", collections.TripleKeyCodec(u64, u32, u32)),
		challengesDue:   collections.NewKeySet(sb, types.ChallengesDuePrefix, "challenges_due", collections.QuadKeyCodec(i64, u32, u32, u64)),
		bars:            collections.NewMap(sb, types.BarsPrefix, "bars", collections.TripleKeyCodec(u32, u64, sdk.AccAddressKey), collections.Int64Value),
		barsDue:         collections.NewKeySet(sb, types.BarsDuePrefix, "bars_due", collections.QuadKeyCodec(i64, u32, u64, sdk.AccAddressKey)),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.schema = schema
	return k
}

func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }

// missing turns the store's "not found" into the module's own error and leaves failures to read as they are.
func missing(err error, kind *errorsmod.Error, format string, args ...any) error {
	if errors.Is(err, collections.ErrNotFound) {
		return errorsmod.Wrapf(kind, format, args...)
	}
	return err
}

func emit(ctx context.Context, events ...interface {
	Reset()
	String() string
	ProtoMessage()
},
) error {
	for _, e := range events {
		if err := sdk.UnwrapSDKContext(ctx).EventManager().EmitTypedEvent(e); err != nil {
			return err
		}
	}
	return nil
}
