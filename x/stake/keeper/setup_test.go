package keeper_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/baseapp"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/app/params"
	"github.com/agon-chain/agon/x/stake/keeper"
	"github.com/agon-chain/agon/x/stake/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const token = uint64(1_000_000_000)

// registry is who is registered where: what stake sees of x/subnet, without its prices and rules.
type registry struct {
	netuids []uint32
	hotkeys map[uint32][]sdk.AccAddress
	owners  map[string]sdk.AccAddress
	// dissolved subnets are not among the netuids.
	dissolved map[uint32]int64
}

func (r *registry) Netuids(context.Context) ([]uint32, error) { return r.netuids, nil }

func (r *registry) GetSubnet(_ context.Context, netuid uint32) (subnettypes.Subnet, error) {
	if at, ok := r.dissolved[netuid]; ok {
		return subnettypes.Subnet{Netuid: netuid, DissolvedAt: at}, nil
	}
	for _, n := range r.netuids {
		if n == netuid {
			return subnettypes.Subnet{Netuid: netuid}, nil
		}
	}
	return subnettypes.Subnet{}, subnettypes.ErrSubnetNotFound
}

func (r *registry) Hotkeys(_ context.Context, netuid uint32) ([]sdk.AccAddress, error) {
	return r.hotkeys[netuid], nil
}

func (r *registry) UIDOf(_ context.Context, netuid uint32, hotkey sdk.AccAddress) (uint32, error) {
	for uid, h := range r.hotkeys[netuid] {
		if h.Equals(hotkey) {
			return uint32(uid), nil
		}
	}
	return 0, subnettypes.ErrNotRegistered
}

func (r *registry) OwnerOf(_ context.Context, hotkey sdk.AccAddress) (sdk.AccAddress, error) {
	owner, ok := r.owners[string(hotkey)]
	if !ok {
		return nil, subnettypes.ErrUnknownHotkey
	}
	return owner, nil
}

// injector stands for the module that puts emission into pools before a trade.
type injector struct {
	w      *world
	agon   uint64
	called int
}

const emission = "emission"

func (i *injector) BeforeTrade(ctx context.Context, netuid uint32) error {
	i.called++
	if i.agon == 0 {
		return nil
	}
	_, _, err := i.w.k.Inject(ctx, netuid, emission, i.agon, i.agon)
	return err
}

// blocking is a bank that blocks the accounts of pools and positions, as the application's does.
type blocking struct{ bankkeeper.BaseKeeper }

func (blocking) BlockedAddr(addr sdk.AccAddress) bool {
	return addr.Equals(authtypes.NewModuleAddress(types.PoolsAccount)) || addr.Equals(authtypes.NewModuleAddress(types.PositionsAccount))
}

// world is a stake keeper on real stores and a real bank.
type world struct {
	*keepertest.Suite
	t      testing.TB
	ctx    sdk.Context
	k      *keeper.Keeper
	msgs   types.MsgServer
	subnet *registry
	hook   *injector
}

func newWorld(t testing.TB) *world {
	t.Helper()
	s := keepertest.New(t, keepertest.Config{
		StoreKeys: []string{types.StoreKey},
		ModuleAccounts: map[string][]string{
			types.PoolsAccount:     {authtypes.Minter, authtypes.Burner},
			types.PositionsAccount: nil,
			emission:               {authtypes.Minter, authtypes.Burner},
		},
		RegisterInterfaces: []func(codectypes.InterfaceRegistry){types.RegisterInterfaces},
	})
	w := &world{Suite: s, t: t, subnet: &registry{hotkeys: map[uint32][]sdk.AccAddress{}, owners: map[string]sdk.AccAddress{}}}
	w.k = keeper.NewKeeper(s.Cdc, s.Store(types.StoreKey), s.Authority, blocking{s.Bank}, w.subnet)
	w.hook = &injector{w: w}
	w.k.SetHooks(w.hook)
	w.msgs = keeper.NewMsgServer(w.k)
	w.ctx = s.Ctx.WithBlockHeight(10).WithEventManager(sdk.NewEventManager())
	require.NoError(t, w.k.InitGenesis(w.ctx, types.DefaultGenesis()))
	w.fundEmission(1_000_000)
	return w
}

func (w *world) fundEmission(agon int64) {
	w.t.Helper()
	require.NoError(w.t, w.Bank.MintCoins(w.ctx, emission, sdk.NewCoins(params.Agon(agon))))
}

// rich returns the n-th account, with 1000 AGON.
func (w *world) rich(n byte) sdk.AccAddress {
	w.t.Helper()
	a := keepertest.Account(n)
	w.Fund(a, params.Agon(1_000))
	return a
}

// create opens the next subnet with a pool of cost AGON on each side.
func (w *world) create(cost int64) uint32 {
	w.t.Helper()
	owner := keepertest.Account(200)
	w.Fund(owner, params.Agon(cost))
	netuid := uint32(len(w.subnet.netuids) + 1)
	w.subnet.netuids = append(w.subnet.netuids, netuid)
	require.NoError(w.t, w.k.AfterSubnetCreated(w.ctx, netuid, owner, uint64(cost)*token))
	return netuid
}

// register gives a hotkey the next uid.
func (w *world) register(netuid uint32, hotkey, owner sdk.AccAddress) uint32 {
	w.t.Helper()
	uid := uint32(len(w.subnet.hotkeys[netuid]))
	w.subnet.hotkeys[netuid] = append(w.subnet.hotkeys[netuid], hotkey)
	w.subnet.owners[string(hotkey)] = owner
	require.NoError(w.t, w.k.AfterNeuronRegistered(w.ctx, netuid, uid, hotkey, owner))
	return uid
}

// replace gives a uid to another hotkey.
func (w *world) replace(netuid, uid uint32, hotkey, owner sdk.AccAddress) {
	w.t.Helper()
	require.NoError(w.t, w.k.BeforeNeuronReplaced(w.ctx, netuid, uid, w.subnet.hotkeys[netuid][uid]))
	w.subnet.hotkeys[netuid][uid] = hotkey
	w.subnet.owners[string(hotkey)] = owner
	require.NoError(w.t, w.k.AfterNeuronRegistered(w.ctx, netuid, uid, hotkey, owner))
}

func (w *world) add(owner, hotkey sdk.AccAddress, netuid uint32, amount sdk.Coin) uint64 {
	w.t.Helper()
	res, err := w.msgs.AddStake(w.ctx, &types.MsgAddStake{Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid, Amount: amount})
	require.NoError(w.t, err)
	return res.Alpha
}

// stakeToken gives an owner fresh token and stakes it without a trade.
func (w *world) stakeToken(owner, hotkey sdk.AccAddress, netuid uint32, alpha uint64) {
	w.t.Helper()
	require.NoError(w.t, w.k.PayToken(w.ctx, netuid, owner, alpha))
	require.Equal(w.t, alpha, w.add(owner, hotkey, netuid, types.Alpha(netuid, alpha)))
}

func (w *world) remove(m types.MsgRemoveStake) *types.MsgRemoveStakeResponse {
	w.t.Helper()
	res, err := w.msgs.RemoveStake(w.ctx, &m)
	require.NoError(w.t, err)
	return res
}

// position returns what an owner has behind a hotkey, as stored; nothing if there is no entry.
func (w *world) position(owner, hotkey sdk.AccAddress, netuid uint32) types.Position {
	w.t.Helper()
	p, err := w.k.Positions.Get(w.ctx, joined3(owner, netuid, hotkey))
	if err != nil {
		require.ErrorIs(w.t, err, collections.ErrNotFound)
	}
	return p
}

// staked is what an owner has behind a hotkey, settled or not, in alpha.
func (w *world) staked(owner, hotkey sdk.AccAddress, netuid uint32) uint64 {
	w.t.Helper()
	res, err := w.queries().Positions(w.ctx, &types.QueryPositionsRequest{Owner: owner.String()})
	require.NoError(w.t, err)
	for _, p := range res.Positions {
		if p.Position.Netuid == netuid && p.Position.Hotkey == hotkey.String() {
			return p.Alpha
		}
	}
	return 0
}

// at moves the world to a height.
func (w *world) at(height int64) { w.ctx = w.ctx.WithBlockHeight(height) }

// all takes back a whole position as token and returns how much it was.
func (w *world) all(owner, hotkey sdk.AccAddress, netuid uint32) uint64 {
	w.t.Helper()
	return w.remove(types.MsgRemoveStake{Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid, KeepToken: true}).Alpha
}

func (w *world) balance(of sdk.AccAddress, denom string) uint64 {
	return w.Bank.GetBalance(w.ctx, of, denom).Amount.Uint64()
}

func (w *world) pool(netuid uint32) types.Pool {
	w.t.Helper()
	p, err := w.k.GetPool(w.ctx, netuid)
	require.NoError(w.t, err)
	return p
}

func (w *world) column(netuid uint32) []uint64 {
	w.t.Helper()
	c, err := w.k.StakeColumn(w.ctx, netuid)
	require.NoError(w.t, err)
	return c
}

// sound checks every invariant, and that no alpha is anywhere but in the pool, behind hotkeys, accrued or with holders.
func (w *world) sound(holders ...sdk.AccAddress) {
	w.t.Helper()
	for _, invariant := range w.k.Invariants() {
		require.NoError(w.t, invariant.Check(w.ctx), invariant.Name)
	}
	for _, netuid := range w.subnet.netuids {
		denom := types.AlphaDenom(netuid)
		sum := w.Bank.GetBalance(w.ctx, authtypes.NewModuleAddress(types.PositionsAccount), denom).Amount.
			Add(math.NewIntFromUint64(w.pool(netuid).Alpha))
		for _, h := range holders {
			sum = sum.Add(w.Bank.GetBalance(w.ctx, h, denom).Amount)
		}
		if len(holders) > 0 {
			require.Equal(w.t, w.Bank.GetSupply(w.ctx, denom).Amount.String(), sum.String(), denom)
		}
	}
}

func (w *world) queries() types.QueryClient {
	h := baseapp.NewQueryServerTestHelper(w.ctx, w.Registry)
	types.RegisterQueryServer(h, keeper.NewQueryServer(w.k))
	return types.NewQueryClient(h)
}

// lastEvent returns the last event of a type.
func lastEvent[T any](w *world) T {
	w.t.Helper()
	events := w.ctx.EventManager().ABCIEvents()
	for i := len(events) - 1; i >= 0; i-- {
		msg, err := sdk.ParseTypedEvent(events[i])
		if err != nil {
			continue // an event of the bank
		}
		if e, ok := any(msg).(T); ok {
			return e
		}
	}
	require.Fail(w.t, "no such event")
	panic("unreachable")
}
