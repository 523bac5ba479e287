package keeper

import (
	"context"
	"encoding/binary"
	"errors"

	"cosmossdk.io/collections"
	corestore "cosmossdk.io/core/store"
	errorsmod "cosmossdk.io/errors"

	"github.com/cosmos/cosmos-sdk/codec"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/x/dispute/types"
)

// Keys of the indexes.
type (
	heightCase  = collections.Pair[uint64, uint64]
	netuidCase  = collections.Pair[uint32, uint64]
	minerCase   = collections.Pair[[]byte, uint64]
	accuserCase = collections.Pair[sdk.AccAddress, uint64]
	minerKey    = collections.Pair[uint32, sdk.AccAddress]
	seat        = collections.Pair[uint64, sdk.AccAddress]
)

// Keeper holds cases with their benches, and what verdicts say of miners.
type Keeper struct {
	authority string
	bank      types.BankKeeper
	refunds   types.Refunds
	subnet    types.SubnetKeeper
	stake     types.StakeKeeper
	scoring   types.ScoringKeeper

	schema    collections.Schema
	params    collections.Item[types.Params]
	next      collections.Item[uint64]
	cases     collections.Map[uint64, types.Case]
	judges    collections.Map[seat, types.Judge]
	open      collections.Map[minerKey, uint64]
	due       collections.KeySet[heightCase]
	forget    collections.KeySet[heightCase]
	bySubnet  collections.KeySet[netuidCase]
	byMiner   collections.KeySet[minerCase]
	byAccuser collections.KeySet[accuserCase]
	bars      collections.Map[sdk.AccAddress, uint64]
	records   collections.Map[minerKey, types.Record]
}

// NewKeeper returns the keeper. authority is the bech32 address that may change parameters. It panics where its schema
// does not build, which only a programmer can cause.
func NewKeeper(
	cdc codec.Codec, store corestore.KVStoreService, authority string,
	bank types.BankKeeper, refunds types.Refunds, subnet types.SubnetKeeper, stake types.StakeKeeper, scoring types.ScoringKeeper,
) *Keeper {
	sb := collections.NewSchemaBuilder(store)
	id, netuid, account := collections.Uint64Key, collections.Uint32Key, sdk.AccAddressKey
	miner := collections.PairKeyCodec(netuid, account)
	queue := collections.PairKeyCodec(collections.Uint64Key, id)
	k := &Keeper{
		authority: authority, bank: bank, refunds: refunds, subnet: subnet, stake: stake, scoring: scoring,
		params:    collections.NewItem(sb, types.ParamsPrefix, "params", codec.CollValue[types.Params](cdc)),
		next:      collections.NewItem(sb, types.NextCaseIDPrefix, "next_case_id", collections.Uint64Value),
		cases:     collections.NewMap(sb, types.CasesPrefix, "cases", id, codec.CollValue[types.Case](cdc)),
		judges:    collections.NewMap(sb, types.JudgesPrefix, "judges", collections.PairKeyCodec(id, account), codec.CollValue[types.Judge](cdc)),
		open:      collections.NewMap(sb, types.OpenPrefix, "open", miner, collections.Uint64Value),
		due:       collections.NewKeySet(sb, types.DuePrefix, "due", queue),
		forget:    collections.NewKeySet(sb, types.ForgetPrefix, "forget", queue),
		bySubnet:  collections.NewKeySet(sb, types.BySubnetPrefix, "by_subnet", collections.PairKeyCodec(netuid, id)),
		byMiner:   collections.NewKeySet(sb, types.ByMinerPrefix, "by_miner", collections.PairKeyCodec(collections.BytesKey, id)),
		byAccuser: collections.NewKeySet(sb, types.ByAccuserPrefix, "by_accuser", collections.PairKeyCodec(account, id)),
		bars:      collections.NewMap(sb, types.BarsPrefix, "bars", account, collections.Uint64Value),
		records:   collections.NewMap(sb, types.RecordsPrefix, "records", miner, codec.CollValue[types.Record](cdc)),
	}
	schema, err := sb.Build()
	if err != nil {
		panic(err)
	}
	k.schema = schema
	return k
}

// account is the one through which what is slashed passes; it is empty between messages.
func account() sdk.AccAddress { return authtypes.NewModuleAddress(types.ModuleName) }

// aboutMiner is a miner of a subnet as one key.
func aboutMiner(netuid uint32, miner sdk.AccAddress) []byte {
	return append(binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(miner)), netuid), miner...)
}

func height(ctx context.Context) int64 { return sdk.UnwrapSDKContext(ctx).BlockHeight() }

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
