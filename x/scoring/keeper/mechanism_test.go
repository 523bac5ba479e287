package keeper_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/agon-chain/agon/x/scoring/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// halves splits a subnet's token among two mechanisms.
func halves(h *subnettypes.Hyperparams) { h.MechanismSplit = []uint32{5_000, 5_000} }

func setIn(mechanism uint32, n int, row []types.Weight) *types.MsgSetWeights {
	msg := set(n, row)
	msg.Mechanism = mechanism
	return msg
}

// columnsIn are the results of one mechanism.
func columnsIn(m *markettest.Market, t testing.TB, mechanism uint32) types.Columns {
	t.Helper()
	res, err := queries(m).Metagraph(m.Ctx, &types.QueryMetagraphRequest{Netuid: netuid, Mechanism: &mechanism})
	require.NoError(t, err)
	return res.Columns
}

func rowsIn(m *markettest.Market, t testing.TB, mechanism uint32) (weights, bonds []types.Row) {
	t.Helper()
	w, err := queries(m).Weights(m.Ctx, &types.QueryWeightsRequest{Netuid: netuid, Mechanism: mechanism})
	require.NoError(t, err)
	b, err := queries(m).Bonds(m.Ctx, &types.QueryBondsRequest{Netuid: netuid, Mechanism: mechanism})
	require.NoError(t, err)
	return w.Rows, b.Rows
}

// A mechanism that the running epoch does not have is refused by every message and query, whatever the number, and by name.
func TestMechanismOutOfRange(t *testing.T) {
	m := market(t, markettest.Config{}, halves)
	plain := market(t, markettest.Config{}, direct)
	row := weights(0, 1)
	promise := promised(t, 3, 0, row, examineAll(t, 3, 0, row, asked.ReceiptsPerMiner), asked)
	for _, mechanism := range []uint32{2, 7, 8, 255, 256, 257, math.MaxUint16 + 1, math.MaxUint32} {
		t.Run(fmt.Sprint(mechanism), func(t *testing.T) {
			commit, reveal := promise.commit(), promise.reveal
			commit.Mechanism, reveal.Mechanism = mechanism, mechanism
			for _, err := range []error{tell(m, commit), tell(m, &reveal), tell(plain, setIn(mechanism, 3, row))} {
				require.ErrorIs(t, err, types.ErrUnknownMechanism)
				require.ErrorContains(t, err, fmt.Sprintf("mechanism is %d, subnet 1 has 0 to ", mechanism))
			}
			_, err := queries(m).Metagraph(m.Ctx, &types.QueryMetagraphRequest{Netuid: netuid, Mechanism: &mechanism})
			require.ErrorContains(t, err, "no such mechanism")
			_, err = queries(m).Weights(m.Ctx, &types.QueryWeightsRequest{Netuid: netuid, Mechanism: mechanism})
			require.ErrorContains(t, err, "no such mechanism")
			_, err = queries(m).Bonds(m.Ctx, &types.QueryBondsRequest{Netuid: netuid, Mechanism: mechanism})
			require.ErrorContains(t, err, "no such mechanism")
			_, err = queries(m).EpochInput(m.Ctx, &types.QueryEpochInputRequest{Netuid: netuid, Mechanism: mechanism})
			require.ErrorContains(t, err, "no such mechanism")
		})
	}
}

// A validator promises once in each mechanism and epoch. Promises and receipts of one are good for nothing in the other.
func TestPromisesAreOfOneMechanism(t *testing.T) {
	m := market(t, markettest.Config{}, halves)
	row := weights(0, 1, 1, 2)
	leaves := func(mechanism uint8) (out []exam.Leaf) {
		for _, w := range row {
			out = append(out, receiptsIn(t, mechanism, 3, 0, w.Uid, markettest.ServiceKey(int(w.Uid), 0), asked.ReceiptsPerMiner)...)
		}
		return out
	}
	first, second := promisedIn(t, 0, 3, 0, row, leaves(0), asked), promisedIn(t, 1, 3, 0, row, leaves(1), asked)
	require.NotEqual(t, first.hash, second.hash)
	require.NoError(t, tell(m, first.commit()))
	stolen := first.commit()
	stolen.Mechanism = 1 // the other mechanism is sent the same promise
	require.NoError(t, tell(m, stolen))
	require.ErrorIs(t, tell(m, second.commit()), types.ErrAlreadyCommitted)
	fourth := promisedIn(t, 1, 4, 0, row, nil, exam.Params{})
	honest := promisedIn(t, 1, 4, 0, row, func() (out []exam.Leaf) {
		for _, w := range row {
			out = append(out, receiptsIn(t, 1, 4, 0, w.Uid, markettest.ServiceKey(int(w.Uid), 0), asked.ReceiptsPerMiner)...)
		}
		return out
	}(), asked)
	require.NotEqual(t, fourth.hash, honest.hash)
	require.NoError(t, tell(m, honest.commit()))
	at := m.Ctx.BlockHeight()
	all, err := queries(m).Commits(m.Ctx, &types.QueryCommitsRequest{Netuid: netuid, Hotkey: markettest.Hotkey(3).String()})
	require.NoError(t, err)
	require.Len(t, all.Commits, 2)
	nextEpoch(m, t)

	reveal := first.opened(t, at, asked.Openings)
	other := *reveal
	other.Mechanism = 1
	require.ErrorIs(t, tell(m, &other), types.ErrHashMismatch, "the hash binds the mechanism")
	require.ErrorIs(t, tell(m, second.opened(t, at, asked.Openings)), types.ErrHashMismatch)
	require.NoError(t, tell(m, reveal))
	require.ErrorIs(t, tell(m, reveal), types.ErrNoCommit)
	require.NoError(t, tell(m, honest.opened(t, at, asked.Openings)))
	firstRows, _ := rowsIn(m, t, 0)
	secondRows, _ := rowsIn(m, t, 1)
	require.Equal(t, []types.Row{{Uid: 3, Entries: row}}, firstRows)
	require.Equal(t, []types.Row{{Uid: 4, Entries: row}}, secondRows)
	expired := markettest.Events[*types.EventCommitExpired](nextEpoch(m, t))
	require.Equal(t, []*types.EventCommitExpired{{Netuid: netuid, Mechanism: 1, Hotkey: markettest.Hotkey(3).String(), Epoch: 0}}, expired)
	m.CheckInvariants()
}

// Receipts that were made for one mechanism open to nothing in another, even under the root that was promised there.
func TestReceiptsServeOneMechanism(t *testing.T) {
	m := market(t, markettest.Config{}, halves)
	row := weights(0, 1)
	p := promised(t, 3, 0, row, examineAll(t, 3, 0, row, asked.ReceiptsPerMiner), asked)
	p.reveal.Mechanism = 1
	p.hash = exam.Commitment{
		Netuid: uint16(netuid), Mechanism: 1, Hotkey: markettest.Hotkey(3), ReceiptsRoot: p.tree.Root(), Weights: types.ExamWeights(row), Salt: p.reveal.Salt,
	}.Hash()
	require.NoError(t, tell(m, p.commit()))
	at := m.Ctx.BlockHeight()
	nextEpoch(m, t)
	require.ErrorIs(t, tell(m, p.opened(t, at, asked.Openings)), types.ErrExamination)
}

// A mechanism that goes takes its rows and promises along at once, and its results with the next epoch; one that comes again begins with
// nothing, and for its first time counts all stake as still examining.
func TestMechanismComesAndGoes(t *testing.T) {
	m := market(t, markettest.Config{}, direct)
	change := func(split ...uint32) {
		m.UpdateHyperparams(netuid, func(h *subnettypes.Hyperparams) { h.MechanismSplit = split })
	}
	change(4_000, 6_000)
	nextEpoch(m, t)
	require.Equal(t, []int64{1, epochOf(m, t).StartedAt}, epochOf(m, t).MechanismSince)
	require.NoError(t, tell(m, setIn(0, 3, weights(0, 1))))
	require.NoError(t, tell(m, setIn(1, 3, weights(1, 1))))
	require.ErrorIs(t, tell(m, setIn(1, 3, weights(2, 1))), types.ErrTooEarly, "the interval is of each mechanism")
	require.NoError(t, tell(m, setIn(1, 4, weights(1, 1))))
	nextEpoch(m, t)
	_, bonds := rowsIn(m, t, 1)
	require.NotEmpty(t, bonds)
	paid := columnsIn(m, t, 1).Emission
	require.NotZero(t, paid[1])
	require.Zero(t, columnsIn(m, t, 0).Emission[1])

	change(10_000)
	nextEpoch(m, t)
	m.CheckInvariants()
	e := epochOf(m, t)
	require.Equal(t, []uint32{10_000}, e.MechanismSplit)
	require.Equal(t, []uint32{4_000, 6_000}, e.LastMechanismSplit)
	require.ErrorIs(t, tell(m, setIn(1, 3, weights(1, 1))), types.ErrUnknownMechanism)
	require.NotZero(t, columnsIn(m, t, 1).Emission[1], "what the last epoch paid can be asked for")
	require.NotZero(t, metagraph(m, t).Columns.Emission[1])
	gs, err := m.Scoring.ExportGenesis(m.Ctx)
	require.NoError(t, err)
	for _, rows := range [][]types.SubnetRows{gs.Weights, gs.Bonds} {
		require.Len(t, rows, 1)
		require.Zero(t, rows[0].Mechanism)
	}

	change(5_000, 5_000)
	nextEpoch(m, t)
	m.CheckInvariants()
	c := columnsIn(m, t, 1)
	require.Equal(t, make([]uint64, 5), c.Emission)
	require.Equal(t, make([]int64, 5), c.LastUpdate)
	require.Zero(t, metagraph(m, t).Columns.Emission[1])
	in, err := queries(m).EpochInput(m.Ctx, &types.QueryEpochInputRequest{Netuid: netuid, Mechanism: 1})
	require.NoError(t, err)
	for _, at := range in.LastUpdate {
		require.EqualValues(t, epochOf(m, t).StartedAt, at)
	}
	// Three fifths of the stake have not judged in it yet: two fifths do not decide.
	require.NoError(t, tell(m, setIn(1, 4, weights(1, 1))))
	nextEpoch(m, t)
	require.Zero(t, columnsIn(m, t, 1).Incentive[1])
}

// In the midst of an epoch with three mechanisms, one of which has just gone: promises, rows and results of each go round.
func TestGenesisWithMechanisms(t *testing.T) {
	m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) { h.MechanismSplit = []uint32{1_000, 2_000, 7_000} })
	row := weights(0, 65535, 1, 30000)
	var waiting promise
	var at int64
	for mechanism := range uint8(3) {
		var leaves []exam.Leaf
		for _, w := range row {
			leaves = append(leaves, receiptsIn(t, mechanism, 3, 0, w.Uid, markettest.ServiceKey(int(w.Uid), 0), asked.ReceiptsPerMiner)...)
		}
		waiting = promisedIn(t, mechanism, 3, 0, row, leaves, asked)
		require.NoError(t, tell(m, waiting.commit()))
		at = m.Ctx.BlockHeight()
		if mechanism == 1 {
			break
		}
	}
	m.UpdateHyperparams(netuid, func(h *subnettypes.Hyperparams) { h.MechanismSplit = []uint32{2_500, 7_500} })
	nextEpoch(m, t)
	before := genesis(m, t)
	other := carry(t, m)
	require.Equal(t, before, genesis(other, t))
	require.Contains(t, before, `"mechanism":2`)
	other.CheckInvariants()
	require.Equal(t, dump(m, t), dump(other, t), "the very bytes")
	for range 25 {
		m.Next()
		other.Next()
		if m.Ctx.BlockHeight() == at+14 {
			require.NoError(t, tell(m, waiting.opened(t, at, asked.Openings)))
			require.NoError(t, tell(other, waiting.opened(t, at, asked.Openings)))
		}
		require.Equal(t, genesis(m, t), genesis(other, t), "height %d", m.Ctx.BlockHeight())
	}
	rows, _ := rowsIn(other, t, 1)
	require.Equal(t, []types.Row{{Uid: 3, Entries: row}}, rows)
	require.Equal(t, dump(m, t), dump(other, t))
}

// A trim forgets in every mechanism what those said and earned who leave and who move, and nothing of the others; dissolution
// leaves nothing.
func TestTrimAndDissolutionInEveryMechanism(t *testing.T) {
	m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) {
		direct(h)
		halves(h)
		h.ImmunityPeriod = 0
	})
	nextEpoch(m, t) // permits
	for mechanism := range uint32(2) {
		require.NoError(t, tell(m, setIn(mechanism, 3, weights(0, 3, 1, 1))))
		require.NoError(t, tell(m, setIn(mechanism, 4, weights(0, 3, 1, 1))))
	}
	nextEpoch(m, t)
	for mechanism := range uint32(2) {
		rows, bonds := rowsIn(m, t, mechanism)
		require.Len(t, rows, 2)
		require.Len(t, bonds, 2)
	}
	own := func(change func(ctx sdk.Context, s subnettypes.MsgServer) error) error {
		return m.Tx(func(ctx sdk.Context) error { return change(ctx, subnetkeeper.NewMsgServer(m.Subnet)) })
	}
	require.NoError(t, own(func(ctx sdk.Context, s subnettypes.MsgServer) error {
		_, err := s.TrimNeurons(ctx, &subnettypes.MsgTrimNeurons{Owner: markettest.Creator().String(), Netuid: netuid, MaxNeurons: 4})
		return err
	}))
	m.CheckInvariants()
	// uid 2 earned nothing and left; the validator of uid 4 moved there and starts anew.
	uid, err := m.Subnet.UIDOf(m.Ctx, netuid, markettest.Hotkey(4))
	require.NoError(t, err)
	require.EqualValues(t, 2, uid)
	for mechanism := range uint32(2) {
		rows, bonds := rowsIn(m, t, mechanism)
		require.Len(t, rows, 1)
		require.EqualValues(t, 3, rows[0].Uid)
		require.Len(t, bonds, 1)
		c := columnsIn(m, t, mechanism)
		require.Len(t, c.Emission, 4)
		require.Zero(t, c.Emission[2])
		require.NotZero(t, c.Emission[0])
		require.NotZero(t, c.Emission[3])
	}
	nextEpoch(m, t)
	m.CheckInvariants()
	require.NoError(t, own(func(ctx sdk.Context, s subnettypes.MsgServer) error {
		_, err := s.DissolveSubnet(ctx, &subnettypes.MsgDissolveSubnet{Owner: markettest.Creator().String(), Netuid: netuid})
		return err
	}))
	m.CheckInvariants()
	m.Next()
	m.CheckInvariants()
	for _, kv := range dump(m, t) {
		require.Equal(t, "00", kv[0], "only the parameters are left")
	}
}

// Whoever takes a uid over has judged and earned in no mechanism.
func TestReplacedNeuronStartsAnewInEveryMechanism(t *testing.T) {
	m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) {
		direct(h)
		halves(h)
		h.MaxNeurons, h.ImmunityPeriod = 5, 0
	})
	require.NoError(t, tell(m, setIn(0, 3, weights(1, 1, 2, 1))))
	require.NoError(t, tell(m, setIn(1, 3, weights(1, 1))))
	require.NoError(t, tell(m, setIn(1, 4, weights(2, 1))))
	nextEpoch(m, t)
	require.EqualValues(t, 0, m.Register(netuid, 5), "uid 0 earned nothing")
	nextEpoch(m, t)
	before := columnsIn(m, t, 1)
	require.NotZero(t, before.LastUpdate[4])
	m.UpdateHyperparams(netuid, func(h *subnettypes.Hyperparams) { h.MaxNeurons = 5 })
	for n := 6; n < 12; n++ {
		if m.Register(netuid, n) == 4 {
			for mechanism := range uint32(2) {
				c := columnsIn(m, t, mechanism)
				require.Zero(t, c.LastUpdate[4])
				require.Zero(t, c.Emission[4])
				rows, _ := rowsIn(m, t, mechanism)
				for _, row := range rows {
					require.NotEqualValues(t, 4, row.Uid)
				}
			}
			m.CheckInvariants()
			return
		}
		m.Next()
	}
	t.Fatal("uid 4 was never taken over")
}
