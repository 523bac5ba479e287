package keeper_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/agon-chain/agon/x/scoring/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// From the promise to the pay, with real receipts.
func TestCommitRevealEpoch(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	rows := map[int][]types.Weight{3: weights(0, 65535, 1, 30000, 2, 1), 4: weights(0, 60000, 1, 35000)}
	for epoch := range uint64(3) {
		promises, heights := map[int]promise{}, map[int]int64{}
		for _, n := range []int{3, 4} {
			promises[n], heights[n] = honest(m, t, n, rows[n])
		}
		nextEpoch(m, t)
		for _, n := range []int{3, 4} {
			require.NoError(t, tell(m, promises[n].opened(t, heights[n], asked.Openings)))
			require.Equal(t, rows[n], rowOf(m, t, uint32(n)))
			require.Equal(t, m.Ctx.BlockHeight(), metagraph(m, t).Columns.LastUpdate[n])
		}
		revealed := markettest.Events[*types.EventWeightsRevealed](m.Ctx.EventManager().Events())
		require.Len(t, revealed, 2)
		require.Equal(t, types.EventWeightsRevealed{Netuid: netuid, Hotkey: markettest.Hotkey(3).String(), Epoch: epoch, Neurons: 3}, *revealed[0])
		require.ErrorIs(t, tell(m, promises[3].opened(t, heights[3], asked.Openings)), types.ErrNoCommit, "revealed once")
	}
	ended := markettest.Events[*types.EventEpochEnded](nextEpoch(m, t))
	require.Len(t, ended, 1)
	require.EqualValues(t, 2, ended[0].Validators)
	require.EqualValues(t, 3, ended[0].Index)
	require.Zero(t, ended[0].Late)
	require.NotZero(t, ended[0].Alpha)

	c := metagraph(m, t).Columns
	require.Greater(t, c.Incentive[0], c.Incentive[1])
	require.Greater(t, c.Incentive[1], c.Incentive[2])
	require.Positive(t, c.Dividends[3])
	require.Positive(t, c.Dividends[4])
	require.Zero(t, c.Incentive[3]+c.Incentive[4])
	var paid uint64
	for _, alpha := range c.Emission {
		paid += alpha
	}
	require.Equal(t, ended[0].Alpha, paid)
}

func TestRevealRefusals(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	row := weights(0, 100, 1, 50)
	p, at := honest(m, t, 3, row)
	require.ErrorIs(t, tell(m, p.opened(t, at, asked.Openings)), types.ErrTooEarly, "in its own epoch")
	nextEpoch(m, t)
	unseeded, unseededAt := honest(m, t, 4, row)
	require.ErrorIs(t, tell(m, unseeded.opened(t, unseededAt, asked.Openings)), types.ErrTooEarly)

	for _, tc := range []struct {
		name   string
		change func(*types.MsgRevealWeights)
		want   error
	}{
		{"wrong-salt", func(r *types.MsgRevealWeights) { r.Salt = []byte("another sixteen bytes") }, types.ErrHashMismatch},
		{"salt-too-short", func(r *types.MsgRevealWeights) { r.Salt = r.Salt[:15] }, types.ErrInvalidField},
		{"salt-too-long", func(r *types.MsgRevealWeights) { r.Salt = make([]byte, 65) }, types.ErrInvalidField},
		{"wrong-root", func(r *types.MsgRevealWeights) { r.ReceiptsRoot = make([]byte, 32) }, types.ErrHashMismatch},
		{"no-root", func(r *types.MsgRevealWeights) { r.ReceiptsRoot = nil }, types.ErrHashMismatch},
		{"root-of-wrong-size", func(r *types.MsgRevealWeights) { r.ReceiptsRoot = r.ReceiptsRoot[1:] }, types.ErrInvalidField},
		{"weights-changed", func(r *types.MsgRevealWeights) { r.Weights = weights(0, 101, 1, 50) }, types.ErrHashMismatch},
		{"weight-added", func(r *types.MsgRevealWeights) { r.Weights = weights(0, 100, 1, 50, 2, 1) }, types.ErrHashMismatch},
		{"zero-weight-added", func(r *types.MsgRevealWeights) { r.Weights = weights(0, 100, 1, 50, 2, 0) }, types.ErrHashMismatch},
		{"no-weights", func(r *types.MsgRevealWeights) { r.Weights = nil }, types.ErrWeightsCount},
		{"too-many-weights", func(r *types.MsgRevealWeights) { r.Weights = weights(0, 1, 1, 1, 2, 1, 3, 1, 4, 1, 5, 1) }, types.ErrWeightsCount},
		{"uid-out-of-range", func(r *types.MsgRevealWeights) { r.Weights = weights(0, 100, 5, 50) }, types.ErrWeightsUID},
		{"uid-twice", func(r *types.MsgRevealWeights) { r.Weights = weights(0, 100, 0, 50) }, types.ErrWeightsOrder},
		{"value-above-65535", func(r *types.MsgRevealWeights) { r.Weights = weights(0, 65536) }, types.ErrWeightsValue},
		{"all-zero", func(r *types.MsgRevealWeights) { r.Weights = weights(0, 0) }, types.ErrWeightsValue},
		{"wrong-version", func(r *types.MsgRevealWeights) { r.Version = 1 }, types.ErrWeightsVersion},
		{"epoch-to-come", func(r *types.MsgRevealWeights) { r.Epoch = 1 }, types.ErrTooEarly},
		{"never-committed", func(r *types.MsgRevealWeights) { r.Hotkey = markettest.Hotkey(0).String() }, types.ErrNoCommit},
		{"unregistered", func(r *types.MsgRevealWeights) { r.Hotkey = markettest.Hotkey(9).String() }, subnettypes.ErrNotRegistered},
		{"no-openings", func(r *types.MsgRevealWeights) { r.Openings = nil }, types.ErrExamination},
		{"an-opening-missing", func(r *types.MsgRevealWeights) { r.Openings = r.Openings[1:] }, types.ErrExamination},
		{"too-many-openings", func(r *types.MsgRevealWeights) { r.Openings = make([]types.Opening, 65) }, types.ErrInvalidField},
		{"opening-cut", func(r *types.MsgRevealWeights) { r.Openings[0].Leaf = r.Openings[0].Leaf[1:] }, types.ErrExamination},
		{"path-cut", func(r *types.MsgRevealWeights) { r.Openings[0].Path = r.Openings[0].Path[1:] }, types.ErrExamination},
		{"openings-swapped", func(r *types.MsgRevealWeights) {
			r.Openings[0], r.Openings[1] = r.Openings[1], r.Openings[0]
		}, types.ErrExamination},
	} {
		t.Run(tc.name, func(t *testing.T) {
			msg := p.opened(t, at, asked.Openings)
			tc.change(msg)
			require.ErrorIs(t, tell(m, msg), tc.want)
			require.Nil(t, rowOf(m, t, 3))
		})
	}
	require.NoError(t, tell(m, p.opened(t, at, asked.Openings)), "refusals leave the promise good")

	t.Run("too-late", func(t *testing.T) {
		p, at := honest(m, t, 3, row)
		nextEpoch(m, t)
		nextEpoch(m, t)
		require.ErrorIs(t, tell(m, p.opened(t, at, asked.Openings)), types.ErrTooLate)
	})
}

// A copier knows good weights and has asked nobody.
func TestCopierIsRefused(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	row := weights(0, 100, 1, 50)
	honest(m, t, 3, row)
	theirs := examineAll(t, 3, 0, row, asked.ReceiptsPerMiner) // receipts that it got from the honest one
	own := append(receipts(t, 4, 0, 0, markettest.ServiceKey(100, 0), 2), receipts(t, 4, 0, 1, markettest.ServiceKey(101, 0), 2)...)
	for _, tc := range []struct {
		name   string
		n      int    // the validator and
		epoch  uint64 // the epoch that the receipts were made for
		leaves []exam.Leaf
	}{
		{"receipts-of-another-validator", 3, 0, theirs},
		{"receipts-of-another-epoch", 4, 7, examineAll(t, 4, 7, row, asked.ReceiptsPerMiner)},
		{"receipts-under-keys-of-its-own", 4, 0, own},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := market(t, markettest.Config{}, nil)
			p := promised(t, tc.n, tc.epoch, row, tc.leaves, asked)
			// It commits to their root as to its own.
			p.n, p.epoch = 4, 0
			p.reveal.Hotkey, p.reveal.Epoch = markettest.Hotkey(4).String(), 0
			p.hash = exam.Commitment{
				Netuid: uint16(netuid), Hotkey: markettest.Hotkey(4), ReceiptsRoot: p.tree.Root(), Weights: types.ExamWeights(row), Salt: p.reveal.Salt,
			}.Hash()
			require.NoError(t, tell(m, p.commit()))
			at := m.Ctx.BlockHeight()
			nextEpoch(m, t)
			require.ErrorIs(t, tell(m, p.opened(t, at, asked.Openings)), types.ErrExamination)
			require.Nil(t, rowOf(m, t, 4))
		})
	}
	t.Run("no-receipts", func(t *testing.T) {
		p := promised(t, 4, 0, row, nil, exam.Params{})
		require.NoError(t, tell(m, p.commit()))
		nextEpoch(m, t)
		require.ErrorIs(t, tell(m, &p.reveal), types.ErrExamination)
	})
}

func TestKeyRotationDoesNotVoidReveals(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	m.To(3*10 + 5) // a service key stays for three tempos
	p, at := honest(m, t, 3, weights(0, 100, 1, 50))
	for n := range 3 {
		m.Serve(netuid, n, markettest.ServiceKey(n, 1))
	}
	nextEpoch(m, t)
	require.NoError(t, tell(m, p.opened(t, at, asked.Openings)))
	require.Equal(t, weights(0, 100, 1, 50), rowOf(m, t, 3))
}

// Weights on whoever left are dropped; the rest of an honest row, which gives the weakest little, stays good, however often
// the uid has changed hands.
func TestReplacementDoesNotVoidReveals(t *testing.T) {
	m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) { h.MaxNeurons = 5 })
	p, at := honest(m, t, 3, weights(0, 16, 1, 50, 2, 0))
	m.Next()
	for newcomer := 7; newcomer < 9; newcomer++ {
		require.NoError(t, m.Subnet.SetPruningScores(m.Ctx, netuid, []uint16{0, 9, 9, 9, 9}))
		require.Zero(t, m.Register(netuid, newcomer))
		m.Serve(netuid, newcomer, markettest.ServiceKey(newcomer, 0))
		m.Next()
	}
	nextEpoch(m, t)
	require.NoError(t, tell(m, p.opened(t, at, asked.Openings)))
	require.Equal(t, weights(1, 50, 2, 0), rowOf(m, t, 3))

	t.Run("too-much-gone", func(t *testing.T) {
		m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) { h.MaxNeurons = 5 })
		before := metagraph(m, t).Columns.LastUpdate[4]
		p, at := honest(m, t, 4, weights(0, 51, 1, 17, 4, 1000))
		m.Next()
		require.NoError(t, m.Subnet.SetPruningScores(m.Ctx, netuid, []uint16{9, 0, 9, 9, 9}))
		require.EqualValues(t, 1, m.Register(netuid, 20))
		nextEpoch(m, t)
		require.NoError(t, tell(m, p.opened(t, at, asked.Openings)), "a quarter, the weight on itself apart")

		p, at = honest(m, t, 4, weights(0, 50, 2, 17))
		m.Next()
		require.NoError(t, m.Subnet.SetPruningScores(m.Ctx, netuid, []uint16{9, 9, 0, 9, 9}))
		require.EqualValues(t, 2, m.Register(netuid, 21))
		held := rowOf(m, t, 4)
		nextEpoch(m, t)
		last := metagraph(m, t).Columns.LastUpdate[4]
		require.Greater(t, last, before)
		err := tell(m, p.opened(t, at, asked.Openings))
		require.ErrorIs(t, err, types.ErrOutdated)
		require.ErrorContains(t, err, "17 of 67")
		require.Equal(t, held, rowOf(m, t, 4), "the row before stays")
		require.Equal(t, last, metagraph(m, t).Columns.LastUpdate[4])
		m.CheckInvariants()
	})
}

// A row is examined on all of its weight, so it may not count in full on the rest of it: neither may weight vanish between
// the reveal and the epoch.
func TestRowsThatLostTooMuchCountNoMore(t *testing.T) {
	for name, c := range map[string]struct {
		leaving uint32 // weight on the miner that is replaced, of 100
		counts  bool
	}{
		"a-quarter": {25, true},
		"more":      {26, false},
	} {
		t.Run(name, func(t *testing.T) {
			m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) { h.MaxNeurons = 5 })
			nextEpoch(m, t) // permits
			p, at := honest(m, t, 3, weights(0, c.leaving, 1, 100-c.leaving))
			nextEpoch(m, t)
			require.NoError(t, tell(m, p.opened(t, at, asked.Openings)))
			m.Next()
			require.NoError(t, m.Subnet.SetPruningScores(m.Ctx, netuid, []uint16{0, 9, 9, 9, 9}))
			require.Zero(t, m.Register(netuid, 7))
			nextEpoch(m, t)
			got := metagraph(m, t).Columns
			require.Zero(t, got.Incentive[0], "the newcomer was not judged")
			require.Equal(t, c.counts, got.Incentive[1] > 0)
			require.Equal(t, c.counts, got.Dividends[3] > 0)
		})
	}
}

// Who promises weights on a uid that it knows will change hands gains nothing for the others.
func TestReplacementExcusesOnlyWhoLeft(t *testing.T) {
	m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) { h.MaxNeurons = 5 })
	row := weights(0, 100, 1, 50)
	leaves := append(receipts(t, 4, 0, 0, markettest.ServiceKey(100, 0), 2), receipts(t, 4, 0, 1, markettest.ServiceKey(101, 0), 2)...)
	p := promised(t, 4, 0, row, leaves, asked)
	require.NoError(t, tell(m, p.commit()))
	at := m.Ctx.BlockHeight()
	m.Next()
	require.NoError(t, m.Subnet.SetPruningScores(m.Ctx, netuid, []uint16{0, 9, 9, 9, 9}))
	require.Zero(t, m.Register(netuid, 7))
	nextEpoch(m, t)
	require.ErrorIs(t, tell(m, p.opened(t, at, asked.Openings)), types.ErrExamination)
}

// A hotkey that lost its uid keeps no promise, also when it comes back.
func TestReplacedValidatorLosesItsPromise(t *testing.T) {
	m := market(t, markettest.Config{}, func(h *subnettypes.Hyperparams) { h.MaxNeurons = 5 })
	p, at := honest(m, t, 3, weights(0, 100))
	require.NoError(t, m.Subnet.SetPruningScores(m.Ctx, netuid, []uint16{9, 9, 9, 0, 9}))
	require.EqualValues(t, 3, m.Register(netuid, 7))
	require.NoError(t, m.Subnet.SetPruningScores(m.Ctx, netuid, []uint16{9, 9, 0, 9, 9}))
	require.EqualValues(t, 2, m.Register(netuid, 3))
	nextEpoch(m, t)
	require.ErrorIs(t, tell(m, p.opened(t, at, asked.Openings)), types.ErrNoCommit)
}

// What a hotkey promised before its key was swapped, the new key reveals, with the receipts of before; the old key neither promises nor reveals.
func TestSwappedKeyKeepsPromises(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	row := weights(0, 100, 1, 50)
	p, committed := honest(m, t, 3, row)
	nextEpoch(m, t)
	// Receipts of the running epoch are gathered before the swap, and promised after it.
	running := epochOf(m, t)
	later := promised(t, 3, running.Index, row, examineAll(t, 3, running.Index, row, asked.ReceiptsPerMiner), asked)

	key := markettest.Account("key", 3)
	m.Fund(markettest.Owner(3), sdk.NewInt64Coin("nagon", 100_000_000))
	_, err := subnetkeeper.NewMsgServer(m.Subnet).SwapHotkey(m.Ctx, &subnettypes.MsgSwapHotkey{
		Owner: markettest.Owner(3).String(), Hotkey: markettest.Hotkey(3).String(), NewKey: key.String(),
	})
	require.NoError(t, err)
	reveal := p.opened(t, committed, asked.Openings)
	require.ErrorIs(t, tell(m, reveal), subnettypes.ErrKeySwapped)
	require.ErrorIs(t, tell(m, later.commit()), subnettypes.ErrKeySwapped)
	require.ErrorIs(t, tell(m, set(3, row)), subnettypes.ErrKeySwapped)
	reveal.Hotkey = key.String()
	require.NoError(t, tell(m, reveal))
	require.Equal(t, row, rowOf(m, t, 3))
	require.ErrorIs(t, tell(m, reveal), types.ErrNoCommit)

	commit := later.commit()
	commit.Hotkey = key.String()
	require.NoError(t, tell(m, commit))
	require.ErrorIs(t, tell(m, commit), types.ErrAlreadyCommitted)
	committed = m.Ctx.BlockHeight()
	res, err := queries(m).Commits(m.Ctx, &types.QueryCommitsRequest{Netuid: netuid, Hotkey: markettest.Hotkey(3).String()})
	require.NoError(t, err)
	require.Len(t, res.Commits, 1)
	require.Equal(t, markettest.Hotkey(3).String(), res.Commits[0].Hotkey)
	nextEpoch(m, t)
	reveal = later.opened(t, committed, asked.Openings)
	reveal.Hotkey = key.String()
	require.NoError(t, tell(m, reveal))
	for _, e := range markettest.Events[*types.EventWeightsRevealed](m.Ctx.EventManager().Events()) {
		require.Equal(t, markettest.Hotkey(3).String(), e.Hotkey)
	}
	// Another hotkey's key reveals nothing of it.
	reveal.Hotkey = markettest.Hotkey(4).String()
	require.ErrorIs(t, tell(m, reveal), types.ErrNoCommit)
}
