// Package keeper holds the state of pools and stake, and the only ways to change it. One file is about one subject;
// store.go has the access to the store that they share.
package keeper

import (
	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/stake/types"
)

type (
	hotkeyKey   = collections.Pair[uint32, sdk.AccAddress]                   // netuid, hotkey
	positionKey = collections.Triple[sdk.AccAddress, uint32, sdk.AccAddress] // owner, netuid, hotkey
	uidKey      = collections.Pair[sdk.AccAddress, uint32]                   // hotkey, netuid
	autoKey     = collections.Pair[sdk.AccAddress, uint32]                   // owner, netuid
	positionMap = collections.Map[positionKey, types.Position]
)

// Keeper is the door to the module's state.
type Keeper struct {
	cdc       codec.Codec
	authority string
	bank      types.BankKeeper
	subnet    types.SubnetKeeper
	hooks     types.PoolHooks

	Schema       collections.Schema
	Params       collections.Item[types.Params]
	Pools        collections.Map[uint32, types.Pool]
	HotkeyStakes collections.Map[hotkeyKey, types.HotkeyStake]
	Positions    positionMap
	Takes        collections.Map[sdk.AccAddress, types.Take]
	// StakeColumns has, by netuid, the settled alpha behind each uid; see columns.go for the bytes.
	StakeColumns collections.Map[uint32, []byte]
	// AccruedColumns has, by netuid, what epochs credited to each uid and what no position has yet.
	AccruedColumns collections.Map[uint32, []byte]
	// Registrations has the uid of a hotkey in each subnet that it is registered in. It follows x/subnet's hooks, so that
	// all subnets of a hotkey are found without asking every subnet.
	Registrations collections.Map[uidKey, uint32]
	// AutoStakes has the hotkey behind which an owner's mined rewards of a subnet are put.
	AutoStakes collections.Map[autoKey, types.AutoStake]
	// Pots has, by netuid, what dissolved subnets pay their holders from.
	Pots collections.Map[uint32, types.Pot]
	// Seats has the hotkey of each seat at the root.
	Seats collections.Map[uint32, []byte]
	// SeatUIDs has, by netuid, the uid that the hotkey of each seat holds; see seats.go for the bytes.
	SeatUIDs collections.Map[uint32, []byte]
	// Families has, by netuid, who delegates to whom.
	Families collections.Map[uint32, types.Families]
	// ChildTakes has what hotkeys keep of the dividends on stake that is delegated to them, where they set it.
	ChildTakes collections.Map[sdk.AccAddress, types.Take]
}

// NewKeeper returns a keeper over a store of its own. authority is the bech32 address that may change parameters.
func NewKeeper(cdc codec.Codec, storeService corestore.KVStoreService, authority string, bank types.BankKeeper, subnet types.SubnetKeeper) *Keeper {
	sb := collections.NewSchemaBuilder(storeService)
	k := &Keeper{
		cdc: cdc, authority: authority, bank: bank, subnet: subnet,
		Params: collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		Pools:  collections.NewMap(sb, types.PoolsPrefix, "pools", collections.Uint32Key, codec.CollValue[types.Pool](cdc)),
		HotkeyStakes: collections.NewMap(sb, types.HotkeyStakesPrefix, "hotkey_stakes",
			collections.PairKeyCodec(collections.Uint32Key, sdk.AccAddressKey), codec.CollValue[types.HotkeyStake](cdc)),
		Positions: collections.NewMap(sb, types.PositionsPrefix, "positions",
			collections.TripleKeyCodec(sdk.AccAddressKey, collections.Uint32Key, sdk.AccAddressKey), codec.CollValue[types.Position](cdc)),
		Takes:          collections.NewMap(sb, types.TakesPrefix, "takes", sdk.AccAddressKey, codec.CollValue[types.Take](cdc)),
		StakeColumns:   collections.NewMap(sb, types.StakeColumnsPrefix, "stake_columns", collections.Uint32Key, collections.BytesValue),
		AccruedColumns: collections.NewMap(sb, types.AccruedPrefix, "accrued_columns", collections.Uint32Key, collections.BytesValue),
		Registrations: collections.NewMap(sb, types.RegistrationsPrefix, "registrations",
			collections.PairKeyCodec(sdk.AccAddressKey, collections.Uint32Key), collections.Uint32Value),
		AutoStakes: collections.NewMap(sb, types.AutoStakesPrefix, "auto_stakes",
			collections.PairKeyCodec(sdk.AccAddressKey, collections.Uint32Key), codec.CollValue[types.AutoStake](cdc)),
		Pots:       collections.NewMap(sb, types.PotsPrefix, "pots", collections.Uint32Key, codec.CollValue[types.Pot](cdc)),
		Seats:      collections.NewMap(sb, types.SeatsPrefix, "seats", collections.Uint32Key, collections.BytesValue),
		SeatUIDs:   collections.NewMap(sb, types.SeatUIDsPrefix, "seat_uids", collections.Uint32Key, collections.BytesValue),
		Families:   collections.NewMap(sb, types.FamiliesPrefix, "families", collections.Uint32Key, codec.CollValue[types.Families](cdc)),
		ChildTakes: collections.NewMap(sb, types.ChildTakesPrefix, "child_takes", sdk.AccAddressKey, codec.CollValue[types.Take](cdc)),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err) // two collections with one prefix or name: a mistake in the lines above
	}
	k.Schema = schema
	return k
}

// SetHooks sets what is called before a trade. It panics if hooks are set already: the app sets them once, at start.
func (k *Keeper) SetHooks(hooks types.PoolHooks) {
	if k.hooks != nil {
		panic("stake: pool hooks are set twice")
	}
	k.hooks = hooks
}
