package keeper_test

import (
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosmos/cosmos-sdk/baseapp"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/wire"
	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/agon-chain/agon/x/scoring/keeper"
	"github.com/agon-chain/agon/x/scoring/types"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

const (
	netuid  = uint32(1)
	chainID = "agon-test"
)

// market is a subnet of five neurons: miners with uids 0, 1 and 2 that serve, validators with uids 3 and 4 that have stake.
func market(t testing.TB, cfg markettest.Config, change func(*subnettypes.Hyperparams)) *markettest.Market {
	t.Helper()
	m := markettest.New(t, cfg)
	h := markettest.Hyperparams()
	if change != nil {
		change(&h)
	}
	require.Equal(t, netuid, m.CreateSubnet(h))
	for n := range 5 {
		require.EqualValues(t, n, m.Register(netuid, n))
	}
	for n := range 3 {
		m.Serve(netuid, n, markettest.ServiceKey(n, 0))
	}
	m.StakeToken(netuid, 3, 3_000_000)
	m.StakeToken(netuid, 4, 2_000_000)
	m.Next()
	return m
}

// direct switches commit and reveal off, and so the examination.
func direct(h *subnettypes.Hyperparams) { h.CommitReveal, h.ExamReceipts, h.ExamOpenings = false, 0, 0 }

// tell sends a message as a transaction of its own.
func tell(m *markettest.Market, msg sdk.Msg) error {
	s := keeper.NewMsgServer(m.Scoring)
	return m.Tx(func(ctx sdk.Context) (err error) {
		switch msg := msg.(type) {
		case *types.MsgSetWeights:
			_, err = s.SetWeights(ctx, msg)
		case *types.MsgCommitWeights:
			_, err = s.CommitWeights(ctx, msg)
		case *types.MsgRevealWeights:
			_, err = s.RevealWeights(ctx, msg)
		case *types.MsgResumeEpochs:
			_, err = s.ResumeEpochs(ctx, msg)
		case *types.MsgUpdateParams:
			_, err = s.UpdateParams(ctx, msg)
		default:
			err = fmt.Errorf("no such message: %T", msg)
		}
		return err
	})
}

// weights are uids with their values, in pairs.
func weights(pairs ...uint32) []types.Weight {
	var out []types.Weight
	for i := 0; i < len(pairs); i += 2 {
		out = append(out, types.Weight{Uid: pairs[i], Value: pairs[i+1]})
	}
	return out
}

func set(n int, row []types.Weight) *types.MsgSetWeights {
	return &types.MsgSetWeights{Hotkey: markettest.Hotkey(n).String(), Netuid: netuid, Weights: row}
}

// promise is what a validator keeps between its commit and its reveal.
type promise struct {
	n        int
	epoch    uint64
	receipts uint16 // of each miner
	examined []exam.Weight
	tree     *exam.Tree
	reveal   types.MsgRevealWeights
	hash     [32]byte
}

// receipts asks a miner as the n-th validator does in an epoch, and keeps what it signs.
func receipts(t testing.TB, n int, epoch uint64, uid uint32, key wire.ServiceKey, count uint16) []exam.Leaf {
	t.Helper()
	return receiptsIn(t, 0, n, epoch, uid, key, count)
}

func receiptsIn(t testing.TB, mechanism uint8, n int, epoch uint64, uid uint32, key wire.ServiceKey, count uint16) []exam.Leaf {
	t.Helper()
	var out []exam.Leaf
	for slot := range count {
		leaf := exam.Leaf{Nonce: wire.NewExaminerNonce(uint16(uid), slot)}
		// Fixed nonces give the same tree in every run.
		fixed := sha256.Sum256(fmt.Appendf(nil, "%d %d %d %d", n, epoch, uid, slot))
		copy(leaf.Nonce[4:], fixed[4:])
		leaf.Receipt = wire.Receipt{
			ChainIDHash: wire.ChainIDHash(chainID), Netuid: uint16(netuid), QuestionHash: wire.BodyHash(fixed[:]),
			Status: 200, ReceivedAt: time.UnixMilli(1000), FinishedAt: time.UnixMilli(2000),
		}
		leaf.Receipt.Tag = wire.ExaminerTag(markettest.Hotkey(n), uint16(netuid), mechanism, epoch, leaf.Receipt.QuestionHash, leaf.Nonce)
		require.NoError(t, leaf.Receipt.Sign(key))
		out = append(out, leaf)
	}
	return out
}

// examineAll asks every miner that a row weighs, under the key that it serves with.
func examineAll(t testing.TB, n int, epoch uint64, row []types.Weight, count uint16) []exam.Leaf {
	t.Helper()
	var out []exam.Leaf
	for _, w := range row {
		out = append(out, receipts(t, n, epoch, w.Uid, markettest.ServiceKey(int(w.Uid), 0), count)...)
	}
	return out
}

// promised makes a validator's commit from its receipts, as its daemon does.
func promised(t testing.TB, n int, epoch uint64, row []types.Weight, leaves []exam.Leaf, p exam.Params) promise {
	t.Helper()
	return promisedIn(t, 0, n, epoch, row, leaves, p)
}

func promisedIn(t testing.TB, mechanism uint8, n int, epoch uint64, row []types.Weight, leaves []exam.Leaf, p exam.Params) promise {
	t.Helper()
	binding := exam.Binding{ChainIDHash: wire.ChainIDHash(chainID), Netuid: uint16(netuid), Mechanism: mechanism, Hotkey: markettest.Hotkey(n), Epoch: epoch}
	examined, err := exam.Examined(types.ExamWeights(row), uint16(n))
	require.NoError(t, err)
	if p.Off() {
		examined = nil
	}
	tree, err := exam.Build(p, binding, examined, leaves)
	require.NoError(t, err)
	root := tree.Root()
	out := promise{n: n, epoch: epoch, receipts: p.ReceiptsPerMiner, examined: examined, tree: tree, reveal: types.MsgRevealWeights{
		Hotkey: markettest.Hotkey(n).String(), Netuid: netuid, Mechanism: uint32(mechanism), Epoch: epoch, Weights: row,
		Salt: []byte("sixteen bytes of salt"), ReceiptsRoot: root[:],
	}}
	out.hash = exam.Commitment{
		Netuid: uint16(netuid), Mechanism: mechanism, Hotkey: markettest.Hotkey(n), Epoch: epoch, ReceiptsRoot: root,
		Weights: types.ExamWeights(row), Salt: out.reveal.Salt,
	}.Hash()
	return out
}

func (p promise) commit() *types.MsgCommitWeights {
	return &types.MsgCommitWeights{Hotkey: markettest.Hotkey(p.n).String(), Netuid: netuid, Mechanism: p.reveal.Mechanism, Epoch: p.epoch, Hash: p.hash[:]}
}

// opened is the reveal with what the block after the commit drew.
func (p promise) opened(t testing.TB, committed int64, openings uint16) *types.MsgRevealWeights {
	t.Helper()
	drawn := exam.Draw(markettest.HeaderHash(committed+1), p.hash, exam.Params{ReceiptsPerMiner: p.receipts, Openings: openings}, p.examined)
	shown, err := p.tree.Open(drawn)
	require.NoError(t, err)
	msg := p.reveal
	for _, o := range shown {
		msg.Openings = append(msg.Openings, types.Opening{Index: o.Index, Leaf: o.Leaf, Path: o.Path})
	}
	return &msg
}

// asked is what markettest.Hyperparams ask of an examination.
var asked = exam.Params{ReceiptsPerMiner: 2, Openings: 4}

// honest commits a row with the receipts it needs in the running epoch, and returns the promise and its height.
func honest(m *markettest.Market, t testing.TB, n int, row []types.Weight) (promise, int64) {
	t.Helper()
	epoch := epochOf(m, t)
	p := promised(t, n, epoch.Index, row, examineAll(t, n, epoch.Index, row, asked.ReceiptsPerMiner), asked)
	require.NoError(t, tell(m, p.commit()))
	return p, m.Ctx.BlockHeight()
}

func epochOf(m *markettest.Market, t testing.TB) types.Epoch {
	t.Helper()
	e, err := m.Scoring.EpochOf(m.Ctx, netuid)
	require.NoError(t, err)
	return e
}

// nextEpoch runs blocks until the running epoch has ended and the block after has begun.
func nextEpoch(m *markettest.Market, t testing.TB) []sdk.Event {
	t.Helper()
	m.To(epochOf(m, t).DueAt)
	return m.Next()
}

func queries(m *markettest.Market) types.QueryClient {
	h := baseapp.NewQueryServerTestHelper(m.Ctx, m.Registry)
	types.RegisterQueryServer(h, keeper.NewQueryServer(m.Scoring))
	return types.NewQueryClient(h)
}

func metagraph(m *markettest.Market, t testing.TB) *types.QueryMetagraphResponse {
	t.Helper()
	res, err := queries(m).Metagraph(m.Ctx, &types.QueryMetagraphRequest{Netuid: netuid})
	require.NoError(t, err)
	return res
}

// rowOf is the stored row of a validator, nil if there is none.
func rowOf(m *markettest.Market, t testing.TB, uid uint32) []types.Weight {
	t.Helper()
	res, err := queries(m).Weights(m.Ctx, &types.QueryWeightsRequest{Netuid: netuid})
	require.NoError(t, err)
	for _, row := range res.Rows {
		if row.Uid == uid {
			return row.Entries
		}
	}
	return nil
}
