package simtest

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	cmtproto "github.com/cometbft/cometbft/proto/tendermint/types"
	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/log/v2"

	"github.com/cosmos/cosmos-sdk/baseapp"
	storetypes "github.com/cosmos/cosmos-sdk/store/v2/types"
	simtestutil "github.com/cosmos/cosmos-sdk/testutil/sims"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app"
	"github.com/agon-chain/agon/app/apptest"
	"github.com/agon-chain/agon/internal/chance"
	crowdfundsim "github.com/agon-chain/agon/x/crowdfund/simulation"
	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	disputesim "github.com/agon-chain/agon/x/dispute/simulation"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	emissionsim "github.com/agon-chain/agon/x/emission/simulation"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	modelsim "github.com/agon-chain/agon/x/model/simulation"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymentsim "github.com/agon-chain/agon/x/payment/simulation"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	scoringsim "github.com/agon-chain/agon/x/scoring/simulation"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	stakesim "github.com/agon-chain/agon/x/stake/simulation"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetsim "github.com/agon-chain/agon/x/subnet/simulation"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// actorCount is the number of accounts that act.
const actorCount = 16

func actorNames() []string {
	names := make([]string, actorCount)
	for i := range names {
		names[i] = fmt.Sprintf("actor %d", i)
	}
	return names
}

func actors() []sdk.AccAddress {
	var list []sdk.AccAddress
	for _, name := range actorNames() {
		list = append(list, apptest.NewAccount(name).Address)
	}
	return list
}

// lively gives a genesis parameters under which much happens in few blocks.
func lively(d *chance.Dice) func(*app.App, app.GenesisState) {
	return func(a *app.App, state app.GenesisState) {
		cdc := a.Encoding().Codec
		var subnet subnettypes.GenesisState
		cdc.MustUnmarshalJSON(state[subnettypes.ModuleName], &subnet)
		subnet.Params = subnetsim.Params(d)
		state[subnettypes.ModuleName] = cdc.MustMarshalJSON(&subnet)
		var stake staketypes.GenesisState
		cdc.MustUnmarshalJSON(state[staketypes.ModuleName], &stake)
		stake.Params = stakesim.Params(d)
		state[staketypes.ModuleName] = cdc.MustMarshalJSON(&stake)
		var scoring scoringtypes.GenesisState
		cdc.MustUnmarshalJSON(state[scoringtypes.ModuleName], &scoring)
		scoring.Params = scoringsim.Params(d)
		state[scoringtypes.ModuleName] = cdc.MustMarshalJSON(&scoring)
		var emission emissiontypes.GenesisState
		cdc.MustUnmarshalJSON(state[emissiontypes.ModuleName], &emission)
		emission.Params = emissionsim.Params(d)
		state[emissiontypes.ModuleName] = cdc.MustMarshalJSON(&emission)
		var crowdfund crowdfundtypes.GenesisState
		cdc.MustUnmarshalJSON(state[crowdfundtypes.ModuleName], &crowdfund)
		crowdfund.Params = crowdfundsim.Params(d)
		state[crowdfundtypes.ModuleName] = cdc.MustMarshalJSON(&crowdfund)
		var model modeltypes.GenesisState
		cdc.MustUnmarshalJSON(state[modeltypes.ModuleName], &model)
		model.Params = modelsim.Params(d)
		state[modeltypes.ModuleName] = cdc.MustMarshalJSON(&model)
		var payment paymenttypes.GenesisState
		cdc.MustUnmarshalJSON(state[paymenttypes.ModuleName], &payment)
		payment.Params = paymentsim.Params(d)
		state[paymenttypes.ModuleName] = cdc.MustMarshalJSON(&payment)
		var dispute disputetypes.GenesisState
		cdc.MustUnmarshalJSON(state[disputetypes.ModuleName], &dispute)
		dispute.Params = disputesim.Params(d)
		state[disputetypes.ModuleName] = cdc.MustMarshalJSON(&dispute)
	}
}

// firstState is the exported state of a chain that has made one block, with an account for every actor.
var firstState = sync.OnceValues(func() (app.GenesisState, error) {
	var state app.GenesisState
	c := apptest.New(quiet{}, apptest.Single(), apptest.WithAccounts(actorNames()...))
	exported, err := c.App.Export(false, nil, nil)
	if err != nil {
		return nil, err
	}
	return state, json.Unmarshal(exported.AppState, &state)
})

// quiet lets a value that many tests share be made without belonging to one of them.
type quiet struct{ testing.TB }

func (quiet) Helper()                           {}
func (quiet) Errorf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }
func (quiet) FailNow()                          { panic("failed") }

// stage is the whole application with all its modules, whose blocks are made by hand: no consensus, no signatures, no fees and no
// tree of hashes, so that a hundred thousand messages take minutes. Messages run in branches, as transactions do.
type stage struct {
	app    *app.App
	ctx    sdk.Context // of the block that is being built
	blocks storetypes.CacheMultiStore
	height int64
	// events of the block so far.
	events []abci.Event
}

func newApp(t testing.TB) *app.App {
	t.Helper()
	a, err := app.New(log.NewNopLogger(), dbm.NewMemDB(), simtestutil.EmptyAppOptions{},
		func(b *baseapp.BaseApp) { b.SetFauxMerkleMode() }, baseapp.SetChainID(apptest.ChainID))
	require.NoError(t, err)
	return a
}

// newStage starts from a state, in the first block after a height, which has begun.
func newStage(t testing.TB, state app.GenesisState, height int64) (*stage, error) {
	t.Helper()
	s, err := importState(t, state, height)
	if err != nil {
		return nil, err
	}
	return s, s.begin()
}

// importState puts a state into a fresh application, between the block of a height and the next.
func importState(t testing.TB, state app.GenesisState, height int64) (*stage, error) {
	t.Helper()
	s := &stage{app: newApp(t), height: height}
	stores := s.app.CommitMultiStore().CacheMultiStore()
	ctx := sdk.NewContext(stores, s.header(), false, log.NewNopLogger())
	if _, err := s.app.Modules().InitGenesis(ctx, s.app.Encoding().Codec, state); err != nil {
		return nil, err
	}
	stores.Write()
	return s, nil
}

func (s *stage) header() cmtproto.Header {
	return cmtproto.Header{ChainID: apptest.ChainID, Height: s.height, Time: apptest.GenesisTime().Add(time.Duration(s.height) * apptest.BlockTime)}
}

// headerHash is the hash of the block at a height.
func headerHash(height int64) []byte {
	hash := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("block"), uint64(height)))
	return hash[:]
}

func (s *stage) begin() error {
	s.height++
	s.blocks = s.app.CommitMultiStore().CacheMultiStore()
	s.ctx = sdk.NewContext(s.blocks, s.header(), false, log.NewNopLogger()).WithHeaderHash(headerHash(s.height))
	res, err := s.app.Modules().BeginBlock(s.ctx)
	s.events = res.Events
	return err
}

// next ends the block and begins another.
func (s *stage) next() error {
	if err := s.end(); err != nil {
		return err
	}
	return s.begin()
}

// end ends the block and writes it.
func (s *stage) end() error {
	if _, err := s.app.Modules().EndBlock(s.ctx); err != nil {
		return err
	}
	s.blocks.Write()
	return nil
}

// errPanic is a message that made the chain panic.
type errPanic struct {
	value any
	stack []byte
}

func (e errPanic) Error() string { return fmt.Sprintf("panic: %v\n%s", e.value, e.stack) }

// deliver runs a message as a transaction does: it is decoded from bytes, and it and its events stay only if it has no error.
func (s *stage) deliver(ctx sdk.Context, msg sdk.Msg) (events []abci.Event, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errPanic{r, debug.Stack()}
		}
	}()
	cdc := s.app.Encoding().Codec
	raw, err := cdc.MarshalInterface(msg)
	if err != nil {
		return nil, err
	}
	var sent sdk.Msg
	if err := cdc.UnmarshalInterface(raw, &sent); err != nil {
		return nil, err
	}
	branch, write := ctx.CacheContext()
	res, err := s.app.MsgServiceRouter().Handler(sent)(branch, sent)
	if err != nil {
		return nil, err
	}
	write()
	return res.Events, nil
}

// signers are who has to sign a message.
func signers(a *app.App, msg sdk.Msg) []sdk.AccAddress {
	list, _, err := a.Encoding().Codec.GetMsgV1Signers(msg)
	if err != nil {
		return nil
	}
	var out []sdk.AccAddress
	for _, s := range list {
		out = append(out, s)
	}
	return out
}

// storeKeys are the keys of all stores by their names.
func storeKeys(a *app.App) map[string]storetypes.StoreKey {
	return a.CommitMultiStore().(interface {
		StoreKeysByName() map[string]storetypes.StoreKey
	}).StoreKeysByName()
}

// entry is a key and its value.
type entry struct{ key, value []byte }

// dump is a store's content in order of keys.
func dump(a *app.App, stores storetypes.MultiStore, name string) []entry {
	it := stores.GetKVStore(storeKeys(a)[name]).Iterator(nil, nil)
	defer func() { _ = it.Close() }()
	var out []entry
	for ; it.Valid(); it.Next() {
		out = append(out, entry{it.Key(), it.Value()})
	}
	return out
}
