package keeper_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/scoring/exam"
	"github.com/agon-chain/agon/x/scoring/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// The upper-case form of an address is another text of the same bytes. What is stored and announced has one form, by which
// daemons look for their own.
func TestHotkeysHaveOneForm(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	p := promised(t, 3, 0, weights(0, 1), examineAll(t, 3, 0, weights(0, 1), asked.ReceiptsPerMiner), asked)
	msg := p.commit()
	msg.Hotkey = strings.ToUpper(msg.Hotkey)
	require.ErrorIs(t, tell(m, msg), types.ErrInvalidField)
	require.NoError(t, tell(m, p.commit()))
}

// Subnets as large as the chain allows are many times the work of ordinary ones: a block takes fewer of them.
func TestLargeEpochsSlipToo(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	h := markettest.Hyperparams()
	h.Tempo, h.ActivityCutoff = 200, 5000
	h.MaxNeurons, h.MaxValidators = 1_100, 1_000
	wide, err := m.Subnet.Params(m.Ctx)
	require.NoError(t, err)
	wide.MaxValidators = 1_000
	_, err = subnetkeeper.NewMsgServer(m.Subnet).UpdateParams(m.Ctx, &subnettypes.MsgUpdateParams{Authority: m.Authority, Params: wide})
	require.NoError(t, err)
	var ids []uint32
	for range 3 {
		ids = append(ids, m.CreateSubnet(h))
	}
	for n := range 1_100 {
		for _, id := range ids[:2] {
			m.Register(id, n)
		}
		if n%32 == 31 {
			m.Ctx = m.Ctx.WithBlockHeight(m.Ctx.BlockHeight() + 1)
		}
	}
	// All three are overdue.
	m.At(1_000)
	ran := func() (ids []uint32, deferred uint32) {
		events := m.Next()
		for _, e := range markettest.Events[*types.EventEpochEnded](events) {
			ids = append(ids, e.Netuid)
		}
		for _, e := range markettest.Events[*types.EventEpochsDeferred](events) {
			deferred = e.Deferred
		}
		return ids, deferred
	}
	got, deferred := ran()
	require.Equal(t, ids[:1], got)
	require.EqualValues(t, 2, deferred)
	got, deferred = ran()
	require.Equal(t, ids[1:2], got)
	require.EqualValues(t, 1, deferred)
	got, deferred = ran()
	require.Equal(t, ids[2:], got)
	require.Zero(t, deferred)
}

// A validator may reveal weights on itself without a receipt, as nobody can sign one for it. That keeps it active and pays it
// nothing: such weights do not count, and bonds come from weights on others.
func TestWeightsOnOneselfAloneEarnNothing(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	row := weights(0, 3, 1, 2)
	for range 4 {
		working, at := honest(m, t, 3, row)
		idle := promised(t, 4, working.epoch, weights(4, 65_535), nil, exam.Params{})
		require.NoError(t, tell(m, idle.commit()))
		nextEpoch(m, t)
		require.NoError(t, tell(m, working.opened(t, at, asked.Openings)))
		require.NoError(t, tell(m, idle.opened(t, at, asked.Openings)))
	}
	nextEpoch(m, t)
	got := metagraph(m, t).Columns
	require.True(t, got.Active[4])
	require.Zero(t, got.Dividends[4])
	require.Zero(t, got.Incentive[4])
	require.Zero(t, got.Emission[4])
	require.NotZero(t, got.Emission[0]+got.Emission[3])
}

// A miner that signs whatever a validator asks, offline, buys weight on itself alone: each other miner that is weighed
// needs its own signatures.
func TestColludersReceiptsStandForThemselvesOnly(t *testing.T) {
	m := market(t, markettest.Config{}, nil)
	colluder := markettest.ServiceKey(2, 0)
	row := weights(0, 5, 2, 5)
	leaves := append(receipts(t, 3, 0, 0, colluder, asked.ReceiptsPerMiner), receipts(t, 3, 0, 2, colluder, asked.ReceiptsPerMiner)...)
	p := promised(t, 3, 0, row, leaves, asked)
	require.NoError(t, tell(m, p.commit()))
	at := m.Ctx.BlockHeight()
	nextEpoch(m, t)
	err := tell(m, p.opened(t, at, asked.Openings))
	require.ErrorIs(t, err, types.ErrExamination)
	require.ErrorContains(t, err, exam.ErrServiceKey.Error())
}

// A promise of a hotkey that holds no uid would fail every epoch of its subnet, and one of a height below zero would void weights.
func TestGenesisRefusesPromisesOfNobody(t *testing.T) {
	for name, damage := range map[string]func(c *types.Commit){
		"unregistered": func(c *types.Commit) { c.Hotkey = markettest.Hotkey(99).String() },
		"height":       func(c *types.Commit) { c.Height = -1 },
	} {
		t.Run(name, func(t *testing.T) {
			m := market(t, markettest.Config{}, nil)
			honest(m, t, 3, weights(0, 1))
			gs, err := m.Scoring.ExportGenesis(m.Ctx)
			require.NoError(t, err)
			require.Len(t, gs.Commits, 1)
			damage(&gs.Commits[0])
			to := markettest.New(t, markettest.Config{Empty: true})
			subnets, err := m.Subnet.ExportGenesis(m.Ctx)
			require.NoError(t, err)
			require.NoError(t, to.Subnet.InitGenesis(to.Ctx, subnets))
			require.ErrorIs(t, to.Scoring.InitGenesis(to.Ctx, gs), types.ErrInvalidGenesis)
		})
	}
}
