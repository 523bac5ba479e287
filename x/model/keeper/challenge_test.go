package keeper_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	corestore "cosmossdk.io/core/store"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/model/content"
	"github.com/agon-chain/agon/x/model/keeper"
	"github.com/agon-chain/agon/x/model/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// always lets every block ask as often as there are bindings.
func always(p *types.Params) { p.ChallengeInterval = 1 }

// never lets hardly any block ask.
func never(f *fixture) {
	p := types.DefaultParams()
	p.ChallengeInterval, p.ChallengeWindow, p.RebindDelay, p.ReserveBlocks = types.MaxBlocksBound, 5, 20, 10
	f.setParams(p)
}

func TestBinding(t *testing.T) {
	f := setup(t, func(p *types.Params) { p.MaxBindings = 2 })
	f.publish(0, "tiny", f.file("w", 1, 50))
	f.publish(0, "tiny", f.file("w", 2, 50))
	f.publish(0, "tiny", f.file("w", 3, 50))
	require.NoError(t, f.bind(0, "tiny", 1))
	require.ErrorIs(t, f.bind(0, "tiny", 1), types.ErrBound)
	require.NoError(t, f.bind(0, "tiny", 2))
	require.ErrorIs(t, f.bind(0, "tiny", 3), types.ErrTooManyBindings)
	require.ErrorIs(t, f.bind(0, "tiny", 4), types.ErrVersionNotFound)
	require.ErrorIs(t, f.bind(9, "tiny", 1), subnettypes.ErrNotRegistered)
	require.NoError(t, f.bind(3, "tiny", 2))
	require.NoError(t, f.bind(1, "tiny", 2))
	res, err := f.queries().Resolve(f.Ctx, &types.QueryResolveRequest{Netuid: f.netuid, Model: "tiny", Version: 2})
	require.NoError(t, err)
	var uids []uint32
	for _, b := range res.Bindings {
		uids = append(uids, b.Binding.Uid)
	}
	require.Equal(t, []uint32{0, 1, 3}, uids)
	none, err := f.queries().Resolve(f.Ctx, &types.QueryResolveRequest{Netuid: f.netuid + 1, Model: "tiny", Version: 2})
	require.NoError(t, err)
	require.Empty(t, none.Bindings)
	all, err := f.queries().Bindings(f.Ctx, &types.QueryBindingsRequest{Netuid: f.netuid})
	require.NoError(t, err)
	require.Len(t, all.Bindings, 4)
	by, err := f.queries().BindingsOfVersion(f.Ctx, &types.QueryBindingsOfVersionRequest{Model: "tiny", Version: 2})
	require.NoError(t, err)
	require.Len(t, by.Bindings, 3)
	barred, err := f.unbind(0, "tiny", 1)
	require.NoError(t, err)
	require.Zero(t, barred, "nothing was owed")
	_, err = f.unbind(0, "tiny", 1)
	require.ErrorIs(t, err, types.ErrNotBound)
	require.NoError(t, f.bind(0, "tiny", 1))
	f.Next()
}

// A hotkey whose key was swapped is spoken for by the new key alone.
func TestTheSigningKeyBinds(t *testing.T) {
	f := setup(t, nil)
	f.publish(0, "tiny", f.file("w", 1, 50))
	key := markettest.Account("newkey", 0)
	f.Fund(markettest.Owner(0), sdk.NewInt64Coin("nagon", int64(agon)))
	_, err := subnetkeeper.NewMsgServer(f.Subnet).SwapHotkey(f.Ctx, &subnettypes.MsgSwapHotkey{
		Owner: markettest.Owner(0).String(), Hotkey: markettest.Hotkey(0).String(), NewKey: key.String(),
	})
	require.NoError(t, err)
	require.ErrorIs(t, f.bind(0, "tiny", 1), subnettypes.ErrKeySwapped)
	_, err = f.msg.BindVersion(f.Ctx, &types.MsgBindVersion{Hotkey: key.String(), Netuid: f.netuid, Model: "tiny", Version: 1})
	require.NoError(t, err)
	require.Equal(t, markettest.Hotkey(0).String(), f.bound(0)[0].Binding.Hotkey, "kept under the hotkey")
	f.Next()
}

func TestAnswer(t *testing.T) {
	f := setup(t, always)
	f.publish(0, "tiny", f.file("README", 2, 1500), f.file("w", 1, 3<<20+77))
	require.NoError(t, f.bind(0, "tiny", 1))
	require.NoError(t, f.bind(1, "tiny", 1))
	require.Nil(t, f.bound(0)[0].Asked, "not in the block that bound it")
	f.Next()
	begun := markettest.Events[*types.EventChallengeBegun](f.Ctx.EventManager().Events())
	for range 20 { // two draws a block, with repetition
		if f.bound(0)[0].Asked != nil && f.bound(1)[0].Asked != nil {
			break
		}
		f.Next()
		begun = append(begun, markettest.Events[*types.EventChallengeBegun](f.Ctx.EventManager().Events())...)
	}
	never(f)
	require.Len(t, begun, 2)
	mine, other := f.bound(0)[0], f.bound(1)[0]
	require.NotEqual(t, mine.Asked, other.Asked, "each is asked for another chunk")
	good := f.answer(0, mine)

	refused := func(want error, change func(*types.MsgAnswerChallenge)) {
		t.Helper()
		m := *good
		m.ChunkPath = append([][]byte(nil), m.ChunkPath...)
		change(&m)
		require.ErrorIs(t, f.give(&m), want)
	}
	refused(types.ErrInvalidAnswer, func(m *types.MsgAnswerChallenge) { m.Chunk = bytes.Repeat([]byte{9}, len(m.Chunk)) })
	refused(types.ErrInvalidAnswer, func(m *types.MsgAnswerChallenge) { m.Chunk = nil })
	refused(types.ErrInvalidAnswer, func(m *types.MsgAnswerChallenge) { m.Chunk = make([]byte, 1025) })
	refused(types.ErrInvalidAnswer, func(m *types.MsgAnswerChallenge) { m.LeafPath = nil })
	refused(types.ErrInvalidAnswer, func(m *types.MsgAnswerChallenge) { m.ChunkPath[0] = m.ChunkPath[0][:31] })
	refused(types.ErrInvalidAnswer, func(m *types.MsgAnswerChallenge) { m.ChunkPath = make([][]byte, 25) })
	refused(types.ErrInvalidAnswer, func(m *types.MsgAnswerChallenge) { m.Hotkey = markettest.Hotkey(1).String() })
	refused(types.ErrNotBound, func(m *types.MsgAnswerChallenge) { m.Hotkey = markettest.Hotkey(2).String() })
	refused(types.ErrVersionNotFound, func(m *types.MsgAnswerChallenge) { m.Version = 2 })

	require.NoError(t, f.give(good))
	require.ErrorIs(t, f.give(good), types.ErrNoChallenge)
	b := f.bound(0)[0]
	require.Nil(t, b.Binding.Challenge)
	require.Equal(t, f.Ctx.BlockHeight(), b.Binding.ProvenAt)
	// The other keeps silent, and has until the last block.
	due := other.Binding.Challenge.DueAt
	f.To(due)
	require.Len(t, f.bound(1), 1)
	f.Next()
	lost := markettest.Events[*types.EventVersionUnbound](f.Ctx.EventManager().Events())
	require.Len(t, lost, 1)
	require.Equal(t, types.UnbindCause_UNBIND_CAUSE_MISSED, lost[0].Cause)
	require.Equal(t, due+20, lost[0].BarredUntil)
	require.Empty(t, f.bound(1))
	require.Len(t, f.bound(0), 1)
	require.ErrorIs(t, f.bind(1, "tiny", 1), types.ErrBarred)
	f.To(due + 20)
	require.ErrorIs(t, f.bind(1, "tiny", 1), types.ErrBarred)
	f.Next()
	require.NoError(t, f.bind(1, "tiny", 1))
	f.Next()
}

// What a block would have ended but did not yet is over all the same.
func TestLateAnswersAreRefused(t *testing.T) {
	f := setup(t, always)
	f.publish(0, "tiny", f.file("w", 1, 5000))
	require.NoError(t, f.bind(0, "tiny", 1))
	f.Next()
	never(f)
	b := f.bound(0)[0]
	m := f.answer(0, b)
	f.At(b.Binding.Challenge.DueAt + 1)
	require.ErrorIs(t, f.give(m), types.ErrTooLate)
}

// To unbind while one is asked is to miss it.
func TestUnbindDoesNotSlipAway(t *testing.T) {
	f := setup(t, always)
	f.publish(0, "tiny", f.file("w", 1, 5000))
	require.NoError(t, f.bind(0, "tiny", 1))
	f.Next()
	barred, err := f.unbind(0, "tiny", 1)
	require.NoError(t, err)
	require.Equal(t, f.Ctx.BlockHeight()+19, barred)
	require.ErrorIs(t, f.bind(0, "tiny", 1), types.ErrBarred)
	f.Next()
}

// Each binding is asked once in an interval on average, and as often as any other, wherever it stands.
func TestEachIsAskedAlike(t *testing.T) {
	f := setup(t, func(p *types.Params) { p.ChallengeInterval, p.MaxBindings = 20, 3 })
	for i := range byte(3) {
		f.publish(0, "tiny", f.file("w", 1+i, 3000))
	}
	for n := range 5 {
		for v := range uint32(3) {
			require.NoError(t, f.bind(n, "tiny", v+1))
		}
	}
	count := map[types.Place]int{}
	const blocks = 2_000
	for range blocks {
		f.Ctx = f.Begin2()
		for uid := range uint32(5) {
			for _, b := range f.bound(uid) {
				if b.Asked != nil {
					count[b.Binding.Place()]++
					require.NoError(t, f.give(f.answer(int(uid), b)))
				}
			}
		}
	}
	require.Len(t, count, 15)
	for place, n := range count {
		require.InDelta(t, blocks/20, n, 45, "%v", place) // four and a half standard deviations
	}
	f.CheckInvariants()
}

// Begin2 begins the next block for this module alone, which is all that a long row of blocks needs.
func (f *fixture) Begin2() sdk.Context {
	f.At(f.Ctx.BlockHeight() + 1)
	require.NoError(f.t, f.Model.BeginBlock(f.Ctx))
	return f.Ctx
}

func TestWorkOfABlockIsBounded(t *testing.T) {
	f := setup(t, func(p *types.Params) { p.ChallengeInterval, p.MaxChallengesPerBlock, p.ChallengeWindow = 1, 2, 3 })
	f.publish(0, "tiny", f.file("w", 1, 3000))
	f.publish(0, "tiny", f.file("w", 2, 3000))
	for n := range 5 {
		require.NoError(t, f.bind(n, "tiny", 1))
		require.NoError(t, f.bind(n, "tiny", 2))
	}
	f.Ctx = f.Begin2()
	require.LessOrEqual(t, len(markettest.Events[*types.EventChallengeBegun](f.Ctx.EventManager().Events())), 2)
	// A pile of challenges that are due at once, as a change of the window can make.
	gs, err := f.Model.ExportGenesis(f.Ctx)
	require.NoError(t, err)
	for i := range gs.Bindings {
		gs.Bindings[i].Challenge = &types.Challenge{Seed: make([]byte, 32), BegunAt: 1, DueAt: 1}
	}
	g := f.reborn(gs)
	var ended int
	for range 3 {
		g.Ctx = g.Begin2()
		events := g.Ctx.EventManager().Events()
		n := len(markettest.Events[*types.EventVersionUnbound](events))
		require.LessOrEqual(t, n, 4, "two budgets")
		ended += n
		require.Equal(t, ended < 10, len(markettest.Events[*types.EventChallengesDeferred](events)) == 1, "it says so")
	}
	require.Equal(t, 10, ended)
	g.CheckInvariants()
}

func TestNoHashNoChallenge(t *testing.T) {
	f := setup(t, always)
	f.publish(0, "tiny", f.file("w", 1, 3000))
	require.NoError(t, f.bind(0, "tiny", 1))
	f.At(f.Ctx.BlockHeight() + 1)
	require.NoError(t, f.Model.BeginBlock(f.Ctx.WithHeaderHash(nil)))
	require.Nil(t, f.bound(0)[0].Asked)
}

// A neuron that is replaced leaves nothing behind, and its slots are filled.
func TestReplacedNeuronIsUnbound(t *testing.T) {
	f := setup(t, always)
	f.UpdateHyperparams(f.netuid, func(h *subnettypes.Hyperparams) { h.MaxNeurons, h.MaxValidators = 5, 5 })
	for i := range byte(3) {
		f.publish(0, "tiny", f.file("w", 1+i, 3000))
	}
	for n := range 5 {
		for v := range uint32(3) {
			require.NoError(t, f.bind(n, "tiny", v+1))
		}
	}
	f.Next()
	uid := f.Register(f.netuid, 7)
	ended := markettest.Events[*types.EventVersionUnbound](f.Ctx.EventManager().Events())
	require.Len(t, ended, 3)
	for _, e := range ended {
		require.Equal(t, types.UnbindCause_UNBIND_CAUSE_REMOVED, e.Cause)
		require.Zero(t, e.BarredUntil)
	}
	require.Empty(t, f.bound(uid))
	f.CheckInvariants()
	require.NoError(t, f.bind(7, "tiny", 1))
	f.Next()
}

func TestTrimAndDissolution(t *testing.T) {
	f := setup(t, nil)
	f.publish(0, "tiny", f.file("w", 1, 3000))
	for n := range 5 {
		require.NoError(t, f.bind(n, "tiny", 1))
	}
	f.UpdateHyperparams(f.netuid, func(h *subnettypes.Hyperparams) { h.MaxValidators = 2 })
	f.To(f.Ctx.BlockHeight() + 12)
	subnets := subnetkeeper.NewMsgServer(f.Subnet)
	_, err := subnets.TrimNeurons(f.Ctx, &subnettypes.MsgTrimNeurons{Owner: markettest.Creator().String(), Netuid: f.netuid, MaxNeurons: 3})
	require.NoError(t, err)
	f.CheckInvariants()
	left, err := f.queries().Bindings(f.Ctx, &types.QueryBindingsRequest{Netuid: f.netuid})
	require.NoError(t, err)
	require.Less(t, len(left.Bindings), 4)
	_, err = subnets.DissolveSubnet(f.Ctx, &subnettypes.MsgDissolveSubnet{Owner: markettest.Creator().String(), Netuid: f.netuid})
	require.NoError(t, err)
	require.ErrorIs(t, f.bind(0, "tiny", 1), subnettypes.ErrSubnetDissolved)
	f.Next()
	left, err = f.queries().Bindings(f.Ctx, &types.QueryBindingsRequest{Netuid: f.netuid})
	require.NoError(t, err)
	require.Empty(t, left.Bindings)
}

// failing is a store that cannot write below a prefix.
type failing struct {
	corestore.KVStoreService
	prefix *byte
}

type failingStore struct {
	corestore.KVStore
	prefix byte
}

var errDisk = errors.New("no such luck")

func (s failing) OpenKVStore(ctx context.Context) corestore.KVStore {
	return failingStore{s.KVStoreService.OpenKVStore(ctx), *s.prefix}
}

func (s failingStore) Set(key, value []byte) error {
	if key[0] == s.prefix {
		return errDisk
	}
	return s.KVStore.Set(key, value)
}

func (s failingStore) Delete(key []byte) error {
	if key[0] == s.prefix {
		panic("disk")
	}
	return s.KVStore.Delete(key)
}

// Whatever a step of a block meets, the chain goes on, what the step wrote is gone, and an event says so.
func TestFailuresAreIsolated(t *testing.T) {
	const nothing = 255
	prefix := byte(nothing)
	m := markettest.New(t, markettest.Config{Stores: func(name string, s corestore.KVStoreService) corestore.KVStoreService {
		if name != types.StoreKey {
			return s
		}
		return failing{s, &prefix}
	}})
	f := &fixture{Market: m, t: t, msg: keeper.NewMsgServer(m.Model), data: map[content.Hash][]byte{}}
	f.Fund(who(0), sdk.NewInt64Coin("nagon", int64(1000*agon)))
	f.netuid = m.CreateSubnet(markettest.Hyperparams())
	m.Register(f.netuid, 0)
	p := types.DefaultParams()
	p.ChallengeInterval, p.ChallengeWindow, p.RebindDelay = 1, 2, 20
	f.setParams(p)
	f.publish(0, "tiny", f.file("w", 1, 3000))
	require.NoError(t, f.bind(0, "tiny", 1))

	prefix = types.ChallengesDuePrefix.Bytes()[0]
	before := f.dump()
	f.Ctx = f.Begin2()
	failed := markettest.Events[*types.EventChallengesFailed](f.Ctx.EventManager().Events())
	require.Len(t, failed, 1)
	require.Contains(t, failed[0].Reason, errDisk.Error())
	require.Equal(t, before, f.dump())

	prefix = nothing
	f.Ctx = f.Begin2()
	require.NotNil(t, f.bound(0)[0].Asked)
	// The end panics: the binding stays, and is not tried again in each block.
	prefix = types.SlotsPrefix.Bytes()[0]
	f.At(f.bound(0)[0].Binding.Challenge.DueAt)
	f.Ctx = f.Begin2()
	failed = markettest.Events[*types.EventChallengesFailed](f.Ctx.EventManager().Events())
	require.Len(t, failed, 1)
	require.Equal(t, f.netuid, failed[0].Netuid)
	require.NotContains(t, failed[0].Reason, "disk", "what a panic says differs from node to node")
	require.Len(t, f.bound(0), 1)
	f.Ctx = f.Begin2()
	require.Empty(t, markettest.Events[*types.EventChallengesFailed](f.Ctx.EventManager().Events()))
}

func TestOnlyGovernanceSetsParams(t *testing.T) {
	f := setup(t, nil)
	_, err := f.msg.UpdateParams(f.Ctx, &types.MsgUpdateParams{Authority: who(0).String(), Params: types.DefaultParams()})
	require.ErrorContains(t, err, "authority")
	p := types.DefaultParams()
	p.MaxBindings = 9
	_, err = f.msg.UpdateParams(f.Ctx, &types.MsgUpdateParams{Authority: f.Authority, Params: p})
	require.ErrorIs(t, err, types.ErrInvalidParams)
}

// BenchmarkBlock is what a block costs on a full chain: 262,144 bindings, each due a challenge every 14,400 blocks.
func BenchmarkBlock(b *testing.B) {
	f := setup(b, nil)
	f.publish(0, "tiny", f.file("w", 1, 3000))
	f.setParams(types.DefaultParams())
	gs, err := f.Model.ExportGenesis(f.Ctx)
	require.NoError(b, err)
	g := f.reborn(gs)
	require.NoError(b, keeper.FillBindings(g.Ctx, g.Model, 1024, 256, 1))
	keys, size := 0, 0
	for _, kv := range g.dump() {
		keys, size = keys+1, size+len(kv[0])/2+len(kv[1])/2
	}
	g.Commit()
	for b.Loop() {
		g.Ctx = g.Begin2()
	}
	b.ReportMetric(float64(size)/(1024*256), "bytes/binding")
	b.ReportMetric(float64(keys)/(1024*256), "rows/binding")
}
