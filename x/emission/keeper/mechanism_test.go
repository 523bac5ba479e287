package keeper_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/x/emission/curve"
	"github.com/agon-chain/agon/x/emission/types"
	scoringkeeper "github.com/agon-chain/agon/x/scoring/keeper"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// outcome is what one epoch found and paid.
type outcome struct {
	split []uint32
	found []*yuma.Output
	paid  [][]uint64
}

// listener remembers the last outcome of an epoch.
type listener struct {
	scoringtypes.EpochHooks
	last outcome
}

func (l *listener) PayEpoch(ctx context.Context, netuid uint32, split []uint32, found []*yuma.Output) ([][]uint64, error) {
	paid, err := l.EpochHooks.PayEpoch(ctx, netuid, split, found)
	l.last = outcome{split, found, paid}
	return paid, err
}

func listening() (*listener, markettest.Config) {
	l := &listener{}
	return l, markettest.Config{PayEpochs: func(e scoringtypes.EpochHooks) scoringtypes.EpochHooks { l.EpochHooks = e; return l }}
}

// judgeIn sets the weights of the n-th hotkey in a mechanism, on uids from 0 on.
func judgeIn(m *markettest.Market, netuid, mechanism uint32, n int, values ...uint32) error {
	msg := &scoringtypes.MsgSetWeights{Hotkey: markettest.Hotkey(n).String(), Netuid: netuid, Mechanism: mechanism}
	for uid, v := range values {
		msg.Weights = append(msg.Weights, scoringtypes.Weight{Uid: uint32(uid), Value: v})
	}
	return m.Tx(func(ctx sdk.Context) error {
		_, err := scoringkeeper.NewMsgServer(m.Scoring).SetWeights(ctx, msg)
		return err
	})
}

// split puts a split in force with the next epoch.
func split(m *markettest.Market, netuid uint32, bps ...uint32) {
	m.UpdateHyperparams(netuid, func(h *subnettypes.Hyperparams) { h.MechanismSplit = bps })
}

// randomSplit is among a number of mechanisms, each of at least one basis point.
func randomSplit(r *rand.Rand, mechanisms int) []uint32 {
	out := make([]uint32, mechanisms)
	left := uint32(subnettypes.MaxBps)
	for i := range out[:mechanisms-1] {
		out[i] = 1 + r.Uint32N(left-uint32(mechanisms-1-i))
		left -= out[i]
	}
	out[mechanisms-1] = left
	return out
}

// Each mechanism of a subnet finds what a subnet with that one mechanism would find, and its part of the epoch's token, by largest
// remainder of the split, is paid as that subnet's whole would be, to the last unit: owner's cut, payout and burning are reckoned on the part.
func TestMechanismsPayAsSubnetsOfTheirOwn(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 61))
			mechanisms := 2 + int(seed)%7
			burnBps := []uint32{0, 3_333}[seed%2]
			bps := randomSplit(r, mechanisms)
			rows := make([][2][]uint32, mechanisms) // what the two validators say in each
			for m := range rows {
				for v := range rows[m] {
					for range 5 {
						rows[m][v] = append(rows[m][v], 1+r.Uint32N(65_535))
					}
				}
			}
			stake := []uint64{1_000_000 + r.Uint64N(9_000_000), 1_000_000 + r.Uint64N(9_000_000)}
			run := func(bps []uint32, rows [][2][]uint32) (*listener, *markettest.Market, []sdk.Event, uint32) {
				l, cfg := listening()
				m := markettest.New(t, cfg)
				h := rules()
				h.MechanismSplit, h.MinerBurnBps = bps, burnBps
				netuid := m.CreateSubnet(h)
				for n := range 7 {
					m.Register(netuid, n)
				}
				m.StakeToken(netuid, 5, stake[0])
				m.StakeToken(netuid, 6, stake[1])
				epoch(m, t, netuid) // permits
				for mechanism, row := range rows {
					require.NoError(t, judgeIn(m, netuid, uint32(mechanism), 5, row[0]...))
					require.NoError(t, judgeIn(m, netuid, uint32(mechanism), 6, row[1]...))
				}
				events := epoch(m, t, netuid)
				m.CheckInvariants()
				return l, m, events, netuid
			}
			together, m, events, netuid := run(bps, rows)

			parts := make([]uint64, mechanisms)
			weights := make([]uint64, mechanisms)
			for i, b := range bps {
				weights[i] = uint64(b)
			}
			require.NoError(t, curve.LargestRemainder(weights, 10*agon, parts))
			var owner, minted uint64
			for i := range rows {
				alone, _, _, _ := run([]uint32{10_000}, rows[i:i+1])
				require.Equal(t, alone.last.found[0], together.last.found[i], "mechanism %d finds what it would find alone", i)
				cut, err := curve.SplitBps(parts[i], 1_800)
				require.NoError(t, err)
				shares := append(append([]int64{}, alone.last.found[0].ServerShare...), alone.last.found[0].ValidatorShare...)
				amounts := make([]uint64, len(shares))
				require.Equal(t, cut[1], yuma.Payout(shares, cut[1], amounts))
				for uid := range 7 {
					want := yuma.Unburned(amounts[uid], burnBps) + amounts[7+uid]
					require.Equal(t, want, together.last.paid[i][uid], "mechanism %d, uid %d", i, uid)
					minted += want
				}
				owner += cut[0]
			}
			paid := markettest.Events[*types.EventEpochPaid](events)
			require.Len(t, paid, 1)
			require.Equal(t, owner, paid[0].Owner)
			require.Equal(t, minted, paid[0].Incentive+paid[0].Dividends)
			require.Equal(t, 10*agon, paid[0].Alpha+paid[0].Burned)

			shown, err := scoringkeeper.NewQueryServer(m.Scoring).Metagraph(m.Ctx, &scoringtypes.QueryMetagraphRequest{Netuid: netuid})
			require.NoError(t, err)
			for uid, emission := range shown.Columns.Emission {
				var sum, incentive uint64
				for i := range bps {
					sum += together.last.paid[i][uid]
					incentive += uint64(bps[i]) * uint64(together.last.found[i].Incentive[uid])
				}
				require.Equal(t, sum, emission)
				require.EqualValues(t, incentive/10_000, shown.Columns.Incentive[uid])
			}
		})
	}
}

// A part of nothing changes nothing: the whole of a split goes where it goes without the mechanisms that get none. No owner can
// have such a split, as a mechanism that is judged for nothing is only work.
func TestPartOfNothingChangesNothing(t *testing.T) {
	require.ErrorIs(t, subnettypes.ValidateMechanismSplit([]uint32{10_000, 0}), subnettypes.ErrInvalidHyperparams)
	r := rand.New(rand.NewPCG(1, 62))
	for round := range 50 {
		m := markettest.New(t, markettest.Config{})
		netuid := open(m, t, 4)
		m.At(m.Ctx.BlockHeight() + 1 + r.Int64N(1000))
		found := func() *yuma.Output {
			out := &yuma.Output{ServerShare: make([]int64, 4), ValidatorShare: make([]int64, 4)}
			for uid := range 4 {
				out.ServerShare[uid], out.ValidatorShare[uid] = r.Int64N(1<<31), r.Int64N(1<<31)
			}
			return out
		}
		first, second := found(), found()
		second.Fallback = round%2 == 0
		pay := func(split []uint32, outcomes ...*yuma.Output) ([][]uint64, string) {
			branch, _ := m.Ctx.CacheContext()
			paid, err := m.Emission.PayEpoch(branch, netuid, split, outcomes)
			require.NoError(t, err)
			stake, err := m.Stake.ExportGenesis(branch)
			require.NoError(t, err)
			emission, err := m.Emission.ExportGenesis(branch)
			require.NoError(t, err)
			return paid, stake.String() + emission.String() + m.Bank.ExportGenesis(branch).String()
		}
		one, state := pay([]uint32{10_000}, first)
		two, other := pay([]uint32{10_000, 0}, first, second)
		require.Equal(t, one[0], two[0])
		require.Equal(t, make([]uint64, 4), two[1])
		require.Equal(t, state, other)
	}
}

// What nobody judges in is forfeited, the rest is paid as ever.
func TestUnjudgedMechanismForfeitsItsPart(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	split(m, netuid, 6_000, 3_999, 1)
	epoch(m, t, netuid) // permits, and from here on the split
	before := m.Stake.AlphaSupply(m.Ctx, netuid)
	require.NoError(t, judgeIn(m, netuid, 1, 2, 1, 1))
	events := epoch(m, t, netuid)
	require.Equal(t, []*types.EventEpochForfeited{
		{Netuid: netuid, Mechanism: 0, Alpha: 6 * agon}, {Netuid: netuid, Mechanism: 2, Alpha: agon / 1000},
	}, markettest.Events[*types.EventEpochForfeited](events))
	paid := markettest.Events[*types.EventEpochPaid](events)
	require.Len(t, paid, 1)
	require.Equal(t, 3_999*agon/1000, paid[0].Alpha)
	require.Equal(t, 3_999*agon/1000*18/100, paid[0].Owner)
	for _, i := range markettest.Events[*types.EventPoolInjected](events) {
		before += i.Alpha
	}
	require.Equal(t, before+paid[0].Alpha, m.Stake.AlphaSupply(m.Ctx, netuid))
	require.NoError(t, judgeIn(m, netuid, 2, 2, 1))
	for range 2 {
		epoch(m, t, netuid)
	}
	m.CheckInvariants()
}

// An epoch pays by the split with which it began: weights that were promised for a part of the token get that part.
func TestSplitChangesWithTheNextEpoch(t *testing.T) {
	m := markettest.New(t, markettest.Config{})
	netuid := open(m, t, 3)
	epoch(m, t, netuid) // permits
	judge(m, t, netuid, 2, 1)
	split(m, netuid, 2_500, 7_500)
	require.ErrorIs(t, judgeIn(m, netuid, 1, 2, 1), scoringtypes.ErrUnknownMechanism)
	paid := markettest.Events[*types.EventEpochPaid](epoch(m, t, netuid))
	require.Equal(t, 10*agon, paid[0].Alpha, "the epoch began with one mechanism")
	require.NoError(t, judgeIn(m, netuid, 1, 2, 0, 1))
	split(m, netuid, 9_000, 1_000)
	events := epoch(m, t, netuid)
	e, err := m.Scoring.EpochOf(m.Ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, []uint32{2_500, 7_500}, e.LastMechanismSplit)
	require.Equal(t, []uint32{9_000, 1_000}, e.MechanismSplit)
	require.Equal(t, []*scoringtypes.EventMechanismsChanged{{Netuid: netuid, Index: e.Index, MechanismSplit: e.MechanismSplit}},
		markettest.Events[*scoringtypes.EventMechanismsChanged](events))
	require.Equal(t, 10*agon, markettest.Events[*types.EventEpochPaid](events)[0].Alpha)
	column := func(mechanism uint32) []uint64 {
		r, err := scoringkeeper.NewQueryServer(m.Scoring).Metagraph(m.Ctx, &scoringtypes.QueryMetagraphRequest{Netuid: netuid, Mechanism: &mechanism})
		require.NoError(t, err)
		return r.Columns.Emission
	}
	require.Equal(t, []uint64{25 * agon / 10 * 41 / 100, 0}, column(0)[:2], "a quarter, less the owner's 18 %, half of it for the miner")
	require.Equal(t, []uint64{0, 75 * agon / 10 * 41 / 100}, column(1)[:2])
	epoch(m, t, netuid)
	require.Equal(t, []uint64{9 * agon * 41 / 100, 0}, column(0)[:2])
	require.Equal(t, []uint64{0, agon * 41 / 100}, column(1)[:2])
}

// Mechanisms come and go, uids are trimmed and taken over, the subnet is dissolved: each epoch mints what it pays, and every
// invariant of all modules holds after every block.
func TestRandomMechanismsConserve(t *testing.T) {
	epochs, several, trims := 0, 0, 0
	for seed := range uint64(8) {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 63))
			m := markettest.New(t, markettest.Config{})
			h := rules()
			h.MaxNeurons, h.MaxValidators, h.ImmunityPeriod, h.Tempo = 8, 4, 0, 5
			netuid := m.CreateSubnet(h)
			next := 0
			for range 6 {
				m.Register(netuid, next)
				m.StakeToken(netuid, next, 1_000_000+r.Uint64N(1_000_000))
				next++
			}
			for range 150 {
				s, err := m.Subnet.GetSubnet(m.Ctx, netuid)
				require.NoError(t, err)
				e, err := m.Scoring.EpochOf(m.Ctx, netuid)
				require.NoError(t, err)
				switch r.IntN(12) {
				case 0:
					split(m, netuid, randomSplit(r, 1+r.IntN(subnettypes.MaxMechanisms))...)
				case 1:
					m.Register(netuid, next)
					next++
				case 2:
					m.UpdateHyperparams(netuid, func(h *subnettypes.Hyperparams) { h.MinerBurnBps = r.Uint32N(10_001) })
				case 3:
					err := m.Tx(func(ctx sdk.Context) error {
						_, err := subnetkeeper.NewMsgServer(m.Subnet).TrimNeurons(ctx, &subnettypes.MsgTrimNeurons{
							Owner: markettest.Creator().String(), Netuid: netuid, MaxNeurons: max(3, s.NeuronCount-1-r.Uint32N(2)),
						})
						return err
					})
					if err == nil {
						trims++
						m.UpdateHyperparams(netuid, func(h *subnettypes.Hyperparams) { h.MaxNeurons = 8 })
					}
				default:
					who, err := m.Subnet.GetNeuron(m.Ctx, netuid, r.Uint32N(s.NeuronCount))
					require.NoError(t, err)
					msg := &scoringtypes.MsgSetWeights{Hotkey: who.Hotkey, Netuid: netuid, Mechanism: r.Uint32N(e.Mechanisms())}
					for uid := range s.NeuronCount {
						msg.Weights = append(msg.Weights, scoringtypes.Weight{Uid: uid, Value: r.Uint32N(1000)})
					}
					_ = m.Tx(func(ctx sdk.Context) error { // who has no stake is refused
						_, err := scoringkeeper.NewMsgServer(m.Scoring).SetWeights(ctx, msg)
						return err
					})
				}
				before := m.Stake.AlphaSupply(m.Ctx, netuid)
				events := m.Next()
				m.CheckInvariants()
				for _, p := range markettest.Events[*types.EventPoolInjected](events) {
					before += p.Alpha
				}
				for _, p := range markettest.Events[*types.EventEpochPaid](events) {
					require.Equal(t, p.Alpha, p.Owner+p.Incentive+p.Dividends)
					before += p.Alpha
					epochs++
					if e.Mechanisms() > 1 {
						several++
					}
				}
				require.Equal(t, before, m.Stake.AlphaSupply(m.Ctx, netuid), "what was minted is what was paid")
			}
			require.NoError(t, dissolve(m, netuid))
			for range 3 {
				m.Next()
				m.CheckInvariants()
			}
			gs, err := m.Scoring.ExportGenesis(m.Ctx)
			require.NoError(t, err)
			require.Empty(t, gs.Weights)
			require.Empty(t, gs.Bonds)
			require.Empty(t, gs.Commits)
			require.Empty(t, gs.Columns)
			require.Empty(t, gs.Epochs)
		})
	}
	require.Greater(t, several, 30)
	require.Greater(t, epochs, several)
	require.Greater(t, trims, 5)
}
