package keeper_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/cosmos/gogoproto/proto"
	"github.com/stretchr/testify/require"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/subnet/keeper"
	"github.com/agon-chain/agon/x/subnet/types"
)

const treasury = "treasury"

var errHook = errors.New("hook refuses")

// hooks writes down what it hears, takes the cost of subnets as x/stake does, and refuses on demand.
type hooks struct {
	f      *fixture
	heard  []string
	refuse string // name of the hook that refuses
	price  uint64 // of the token, at which targets of collateral are fixed as x/emission does; 0 fixes none
}

func (h *hooks) hear(name, format string, args ...any) error {
	h.heard = append(h.heard, name+fmt.Sprintf(format, args...))
	if h.refuse == name {
		return errHook
	}
	return nil
}

func (h *hooks) AfterSubnetCreated(ctx context.Context, netuid uint32, owner sdk.AccAddress, cost uint64) error {
	if _, err := h.f.k.GetSubnet(ctx, netuid); err != nil {
		return err
	}
	coins := sdk.NewCoins(sdk.NewInt64Coin(params.BaseDenom, int64(cost)))
	if err := h.f.s.Bank.SendCoinsFromAccountToModule(ctx, owner, treasury, coins); err != nil {
		return err
	}
	return h.hear("created", " %d by %x for %d", netuid, owner[0], cost)
}

func (h *hooks) BeforeNeuronReplaced(ctx context.Context, netuid, uid uint32, hotkey sdk.AccAddress) error {
	if held, err := h.f.k.UIDOf(ctx, netuid, hotkey); err != nil || held != uid {
		return fmt.Errorf("hotkey holds uid %d (%w), want %d", held, err, uid)
	}
	return h.hear("replaced", " %d/%d %x", netuid, uid, hotkey[0])
}

func (h *hooks) AfterNeuronRegistered(ctx context.Context, netuid, uid uint32, hotkey, owner sdk.AccAddress) error {
	if held, err := h.f.k.UIDOf(ctx, netuid, hotkey); err != nil || held != uid {
		return fmt.Errorf("hotkey holds uid %d (%w), want %d", held, err, uid)
	}
	if h.price > 0 {
		if err := h.f.k.FixCollateralTarget(ctx, netuid, uid, h.price); err != nil {
			return err
		}
	}
	return h.hear("registered", " %d/%d %x of %x", netuid, uid, hotkey[0], owner[0])
}

func (h *hooks) AfterSubnetStarted(_ context.Context, netuid uint32) error {
	return h.hear("started", " %d", netuid)
}

func (h *hooks) AfterSubnetDissolved(_ context.Context, netuid uint32) error {
	return h.hear("dissolved", " %d", netuid)
}

func (h *hooks) AfterNeuronsTrimmed(_ context.Context, netuid, count uint32) error {
	return h.hear("trimmed", " %d to %d", netuid, count)
}

// fixture is the module on a real store and a real bank.
type fixture struct {
	t     *testing.T
	s     *keepertest.Suite
	ctx   sdk.Context
	k     *keeper.Keeper
	msg   types.MsgServer
	hooks *hooks
}

// Accounts: owner and other hold 1000 AGON each; hotkeys are accounts from 100 on.
var (
	owner = keepertest.Account(1)
	other = keepertest.Account(2)
	poor  = keepertest.Account(3)
)

func hotkey(n byte) sdk.AccAddress { return keepertest.Account(100 + n) }

// genesis is the default one, but changes of hyperparameters are in force at once: most tests are not about the delay.
func genesis() *types.GenesisState {
	gs := types.DefaultGenesis()
	gs.Params.HyperparamsDelay = 0
	return gs
}

func setup(t *testing.T) *fixture {
	t.Helper()
	s := keepertest.New(t, keepertest.Config{
		StoreKeys:          []string{types.StoreKey},
		ModuleAccounts:     map[string][]string{types.ModuleName: {authtypes.Burner}, treasury: nil},
		RegisterInterfaces: []func(codectypes.InterfaceRegistry){types.RegisterInterfaces},
	})
	f := &fixture{t: t, s: s}
	f.k = keeper.NewKeeper(s.Cdc, s.Store(types.StoreKey), s.Authority, s.Bank)
	f.hooks = &hooks{f: f}
	f.k.SetHooks(f.hooks)
	f.msg = keeper.NewMsgServer(f.k)
	f.ctx = s.Ctx.WithBlockHeight(10)
	require.NoError(t, f.k.InitGenesis(f.ctx, genesis()))
	s.Fund(owner, params.Agon(1000))
	s.Fund(other, params.Agon(1000))
	t.Cleanup(func() { f.checkInvariants() })
	return f
}

func (f *fixture) checkInvariants() {
	f.t.Helper()
	for _, i := range f.k.Invariants() {
		require.NoError(f.t, i.Check(f.ctx), i.Name)
	}
}

// at moves to a height.
func (f *fixture) at(height int64) { f.ctx = f.ctx.WithBlockHeight(height) }

// do runs a message as the chain does: what fails leaves nothing behind. It returns the message's events.
func (f *fixture) do(run func(ctx context.Context) error) ([]proto.Message, error) {
	f.t.Helper()
	branch, write := f.ctx.WithEventManager(sdk.NewEventManager()).CacheContext()
	if err := run(branch); err != nil {
		return nil, err
	}
	write()
	var events []proto.Message
	for _, e := range branch.EventManager().ABCIEvents() {
		if parsed, err := sdk.ParseTypedEvent(e); err == nil {
			events = append(events, parsed)
		}
	}
	return events, nil
}

func (f *fixture) tryCreate(change func(*types.MsgCreateSubnet)) (*types.MsgCreateSubnetResponse, error) {
	f.t.Helper()
	m := &types.MsgCreateSubnet{
		Owner: owner.String(), Identity: types.SubnetIdentity{Name: "Languages"}, Symbol: "LANG", TaskKind: "langid", TaskParams: `{"n":1}`,
	}
	if change != nil {
		change(m)
	}
	var res *types.MsgCreateSubnetResponse
	_, err := f.do(func(ctx context.Context) (err error) {
		res, err = f.msg.CreateSubnet(ctx, m)
		return err
	})
	return res, err
}

// create opens a subnet whose default hyperparameters are changed.
func (f *fixture) create(change func(*types.Hyperparams)) uint32 {
	f.t.Helper()
	h := types.DefaultHyperparams()
	if change != nil {
		change(&h)
	}
	res, err := f.tryCreate(func(m *types.MsgCreateSubnet) { m.Hyperparams = &h })
	require.NoError(f.t, err)
	return res.Netuid
}

func (f *fixture) tryRegister(netuid uint32, owner, hotkey sdk.AccAddress, maxPrice uint64) (*types.MsgRegisterResponse, error) {
	f.t.Helper()
	var res *types.MsgRegisterResponse
	_, err := f.do(func(ctx context.Context) (err error) {
		res, err = f.msg.Register(ctx, &types.MsgRegister{Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid, MaxPrice: maxPrice})
		return err
	})
	return res, err
}

func (f *fixture) register(netuid uint32, hotkey sdk.AccAddress) *types.MsgRegisterResponse {
	f.t.Helper()
	res, err := f.tryRegister(netuid, owner, hotkey, 0)
	require.NoError(f.t, err)
	return res
}

func (f *fixture) serve(netuid uint32, hotkey sdk.AccAddress, key byte) error {
	f.t.Helper()
	_, err := f.do(func(ctx context.Context) error {
		_, err := f.msg.ServeAxon(ctx, &types.MsgServeAxon{Hotkey: hotkey.String(), Netuid: netuid, Axon: axon(key)})
		return err
	})
	return err
}

func axon(key byte) types.Axon {
	return types.Axon{Url: "http://127.0.0.1:8091", ServiceKey: bytes.Repeat([]byte{key}, types.ServiceKeySize)}
}

func (f *fixture) subnet(netuid uint32) types.Subnet {
	f.t.Helper()
	s, err := f.k.GetSubnet(f.ctx, netuid)
	require.NoError(f.t, err)
	return s
}

func (f *fixture) supply() uint64 { return f.s.Bank.GetSupply(f.ctx, params.BaseDenom).Amount.Uint64() }

func (f *fixture) balance(a sdk.AccAddress) uint64 {
	return f.s.Bank.GetBalance(f.ctx, a, params.BaseDenom).Amount.Uint64()
}
