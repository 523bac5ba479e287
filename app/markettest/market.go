package markettest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"testing"
	"time"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	corestore "cosmossdk.io/core/store"

	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	bankkeeper "github.com/cosmos/cosmos-sdk/x/bank/keeper"

	"github.com/agon-chain/agon/app/keepertest"
	crowdfundkeeper "github.com/agon-chain/agon/x/crowdfund/keeper"
	crowdfundtypes "github.com/agon-chain/agon/x/crowdfund/types"
	disputekeeper "github.com/agon-chain/agon/x/dispute/keeper"
	disputetypes "github.com/agon-chain/agon/x/dispute/types"
	emissionkeeper "github.com/agon-chain/agon/x/emission/keeper"
	emissiontypes "github.com/agon-chain/agon/x/emission/types"
	modelkeeper "github.com/agon-chain/agon/x/model/keeper"
	modeltypes "github.com/agon-chain/agon/x/model/types"
	paymentkeeper "github.com/agon-chain/agon/x/payment/keeper"
	paymenttypes "github.com/agon-chain/agon/x/payment/types"
	scoringkeeper "github.com/agon-chain/agon/x/scoring/keeper"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// CommunityPool is the account that stands for the community pool.
const CommunityPool = "community"

// Config changes what a Market is made of; the zero value changes nothing.
type Config struct {
	// PayEpochs stands between scoring and emission.
	PayEpochs func(emission scoringtypes.EpochHooks) scoringtypes.EpochHooks
	// Stores stands between each of Agon's keepers and its store.
	Stores func(name string, service corestore.KVStoreService) corestore.KVStoreService
	// DB keeps the stores; nil keeps them in memory.
	DB dbm.DB
	// Empty leaves the modules without genesis, for tests that load one.
	Empty bool
}

// Market is the keepers in a block. Ctx is that block; its events are the block's.
type Market struct {
	*keepertest.Suite
	Ctx       sdk.Context
	Subnet    *subnetkeeper.Keeper
	Stake     *stakekeeper.Keeper
	Scoring   *scoringkeeper.Keeper
	Emission  *emissionkeeper.Keeper
	Crowdfund *crowdfundkeeper.Keeper
	Model     *modelkeeper.Keeper
	Payment   *paymentkeeper.Keeper
	Dispute   *disputekeeper.Keeper

	t testing.TB
}

// community stands for x/distribution, which would ask for consensus validators.
type community struct{ bank bankkeeper.BaseKeeper }

func (c community) FundCommunityPool(ctx context.Context, amount sdk.Coins, sender sdk.AccAddress) error {
	return c.bank.SendCoinsFromAccountToModule(ctx, sender, CommunityPool, amount)
}

// New returns a market in block 1, which has begun.
func New(t testing.TB, cfg Config) *Market {
	t.Helper()
	s := keepertest.New(t, keepertest.Config{
		DB:        cfg.DB,
		StoreKeys: []string{subnettypes.StoreKey, staketypes.StoreKey, scoringtypes.StoreKey, emissiontypes.StoreKey, crowdfundtypes.StoreKey, modeltypes.StoreKey, paymenttypes.StoreKey, disputetypes.StoreKey},
		ModuleAccounts: map[string][]string{
			subnettypes.ModuleName:      {authtypes.Burner},
			staketypes.PoolsAccount:     {authtypes.Minter, authtypes.Burner},
			staketypes.PositionsAccount: nil,
			emissiontypes.ModuleName:    {authtypes.Minter, authtypes.Burner},
			crowdfundtypes.ModuleName:   nil,
			modeltypes.ModuleName:       {authtypes.Burner},
			paymenttypes.ModuleName:     nil,
			disputetypes.ModuleName:     nil,
			authtypes.FeeCollectorName:  nil,
			CommunityPool:               nil,
		},
		RegisterInterfaces: []func(codectypes.InterfaceRegistry){
			subnettypes.RegisterInterfaces, staketypes.RegisterInterfaces, scoringtypes.RegisterInterfaces, emissiontypes.RegisterInterfaces, crowdfundtypes.RegisterInterfaces,
			modeltypes.RegisterInterfaces,
			paymenttypes.RegisterInterfaces,
			disputetypes.RegisterInterfaces,
		},
	})
	store := func(name string) corestore.KVStoreService {
		if cfg.Stores == nil {
			return s.Store(name)
		}
		return cfg.Stores(name, s.Store(name))
	}
	m := &Market{Suite: s, t: t}
	m.Subnet = subnetkeeper.NewKeeper(s.Cdc, store(subnettypes.StoreKey), s.Authority, s.Bank)
	m.Stake = stakekeeper.NewKeeper(s.Cdc, store(staketypes.StoreKey), s.Authority, s.Bank, m.Subnet)
	m.Scoring = scoringkeeper.NewKeeper(s.Cdc, store(scoringtypes.StoreKey), s.Authority, m.Subnet, m.Stake)
	m.Emission = emissionkeeper.NewKeeper(s.Cdc, store(emissiontypes.StoreKey), s.Authority, s.Bank, community{s.Bank}, m.Subnet, m.Stake)
	m.Crowdfund = crowdfundkeeper.NewKeeper(s.Cdc, store(crowdfundtypes.StoreKey), s.Authority, s.Bank, m.Subnet)
	m.Model = modelkeeper.NewKeeper(s.Cdc, store(modeltypes.StoreKey), s.Authority, s.Bank, m.Subnet)
	m.Payment = paymentkeeper.NewKeeper(s.Cdc, store(paymenttypes.StoreKey), s.Authority, s.Bank, community{s.Bank}, m.Subnet, m.Model)
	m.Dispute = disputekeeper.NewKeeper(
		s.Cdc, store(disputetypes.StoreKey), s.Authority, s.Bank, m.Payment, m.Subnet, m.Stake, m.Scoring,
	)
	m.Subnet.SetHooks(subnettypes.MultiSubnetHooks{m.Stake, m.Scoring, m.Emission, m.Model, m.Payment})
	m.Subnet.SetOwnerHooks(m.Stake)
	m.Stake.SetHooks(m.Emission)
	if cfg.PayEpochs == nil {
		m.Scoring.SetHooks(m.Emission)
	} else {
		m.Scoring.SetHooks(cfg.PayEpochs(m.Emission))
	}
	m.Ctx = at(s.Ctx, 1)
	if !cfg.Empty {
		require.NoError(t, m.Subnet.InitGenesis(m.Ctx, subnetGenesis()))
		require.NoError(t, m.Stake.InitGenesis(m.Ctx, staketypes.DefaultGenesis()))
		require.NoError(t, m.Scoring.InitGenesis(m.Ctx, scoringtypes.DefaultGenesis()))
		require.NoError(t, m.Emission.InitGenesis(m.Ctx, emissiontypes.DefaultGenesis()))
		require.NoError(t, m.Crowdfund.InitGenesis(m.Ctx, crowdfundtypes.DefaultGenesis()))
		require.NoError(t, m.Model.InitGenesis(m.Ctx, modeltypes.DefaultGenesis()))
		require.NoError(t, m.Payment.InitGenesis(m.Ctx, paymenttypes.DefaultGenesis()))
		require.NoError(t, m.Dispute.InitGenesis(m.Ctx, disputetypes.DefaultGenesis()))
	}
	return m
}

// subnetGenesis is the default one, but changes of hyperparameters are in force at once, and subnets start and are dissolved when their
// owners like.
func subnetGenesis() *subnettypes.GenesisState {
	gs := subnettypes.DefaultGenesis()
	gs.Params.HyperparamsDelay, gs.Params.StartDelay, gs.Params.SubnetImmunity = 0, 0, 0
	return gs
}

// at is a context of a height, with its own events and a hash that no other height has.
func at(ctx sdk.Context, height int64) sdk.Context {
	hash := HeaderHash(height)
	return ctx.WithBlockHeight(height).WithBlockTime(time.Unix(1_700_000_000+2*height, 0).UTC()).
		WithHeaderHash(hash[:]).WithEventManager(sdk.NewEventManager())
}

// HeaderHash is the hash of the block at a height.
func HeaderHash(height int64) [32]byte {
	return sha256.Sum256(binary.BigEndian.AppendUint64([]byte("block"), uint64(height)))
}

// At moves the market to a height without running the blocks in between.
func (m *Market) At(height int64) { m.Ctx = at(m.Ctx, height) }

// EndEpochs ends the epochs that are due with the block now, and not at the beginning of the next one.
func (m *Market) EndEpochs() {
	m.t.Helper()
	require.NoError(m.t, m.Scoring.EndEpochs(m.Ctx))
}

// Begin begins the next block. It returns the events of the epochs that ended; the others stand in the market's context.
func (m *Market) Begin() []sdk.Event {
	m.t.Helper()
	m.Ctx = at(m.Ctx, m.Ctx.BlockHeight()+1)
	epochs := m.Ctx.WithEventManager(sdk.NewEventManager())
	require.NoError(m.t, m.Scoring.BeginBlock(epochs))
	require.NoError(m.t, m.Subnet.BeginBlock(m.Ctx))
	require.NoError(m.t, m.Model.BeginBlock(m.Ctx))
	require.NoError(m.t, m.Dispute.BeginBlock(m.Ctx))
	require.NoError(m.t, m.Payment.BeginBlock(m.Ctx))
	require.NoError(m.t, m.Emission.BeginBlock(m.Ctx))
	return epochs.EventManager().Events()
}

// Next ends the block and begins the next, checking every invariant before and after. It returns the events of the block that
// ended, those of the epochs that were due with it among them.
func (m *Market) Next() []sdk.Event {
	m.t.Helper()
	m.CheckInvariants()
	events := m.Ctx.EventManager().Events()
	ended := m.Begin()
	m.CheckInvariants()
	return append(events, ended...)
}

// To runs blocks until a height has begun.
func (m *Market) To(height int64) {
	m.t.Helper()
	for m.Ctx.BlockHeight() < height {
		m.Next()
	}
}

// CheckInvariants fails the test if the state contradicts itself.
func (m *Market) CheckInvariants() {
	m.t.Helper()
	for _, i := range m.Subnet.Invariants() {
		require.NoError(m.t, i.Check(m.Ctx), "subnet: %s at height %d", i.Name, m.Ctx.BlockHeight())
	}
	for _, i := range m.Stake.Invariants() {
		require.NoError(m.t, i.Check(m.Ctx), "stake: %s at height %d", i.Name, m.Ctx.BlockHeight())
	}
	for _, i := range m.Scoring.Invariants() {
		require.NoError(m.t, i.Check(m.Ctx), "scoring: %s at height %d", i.Name, m.Ctx.BlockHeight())
	}
	for _, i := range m.Emission.Invariants() {
		require.NoError(m.t, i.Check(m.Ctx), "emission: %s at height %d", i.Name, m.Ctx.BlockHeight())
	}
	for _, i := range m.Crowdfund.Invariants() {
		require.NoError(m.t, i.Check(m.Ctx), "crowdfund: %s at height %d", i.Name, m.Ctx.BlockHeight())
	}
	for _, i := range m.Model.Invariants() {
		require.NoError(m.t, i.Check(m.Ctx), "model: %s at height %d", i.Name, m.Ctx.BlockHeight())
	}
	for _, i := range m.Payment.Invariants() {
		require.NoError(m.t, i.Check(m.Ctx), "payment: %s at height %d", i.Name, m.Ctx.BlockHeight())
	}
	for _, i := range m.Dispute.Invariants() {
		require.NoError(m.t, i.Check(m.Ctx), "dispute: %s at height %d", i.Name, m.Ctx.BlockHeight())
	}
}

// Tx runs a change as a transaction does: it and its events stay only if it has no error.
func (m *Market) Tx(change func(ctx sdk.Context) error) error {
	branch, write := m.Ctx.CacheContext()
	if err := change(branch); err != nil {
		return err
	}
	write()
	return nil
}

// Events lists the events of one type among some.
func Events[T any](events []sdk.Event) []T {
	var out []T
	for _, e := range sdk.Events(events).ToABCIEvents() {
		msg, err := sdk.ParseTypedEvent(e)
		if err != nil {
			continue // an event of the bank
		}
		if typed, ok := any(msg).(T); ok {
			out = append(out, typed)
		}
	}
	return out
}
