package keeper_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/markettest"
	scoringkeeper "github.com/agon-chain/agon/x/scoring/keeper"
	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
	"github.com/agon-chain/agon/x/scoring/yuma"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
)

// reckoned remembers what epochs were paid on.
type reckoned struct {
	scoringtypes.EpochHooks
	m     **markettest.Market
	stake map[uint32][]uint64
}

func (h reckoned) PayEpoch(ctx context.Context, netuid uint32, split []uint32, outcomes []*yuma.Output) ([][]uint64, error) {
	stake, err := (*h.m).Stake.EpochStake(ctx, netuid)
	if err != nil {
		return nil, err
	}
	h.stake[netuid] = stake
	return h.EpochHooks.PayEpoch(ctx, netuid, split, outcomes)
}

// Root stake, children, takes, seats that are lost, uids that change hands and epochs of several subnets in one block, in any order: every
// invariant of all four modules holds after every block, no AGON comes or goes but what is minted, and what a subnet's epoch
// reckons on is what anybody could ask for before it.
func TestRandomBacking(t *testing.T) {
	paid, together := 0, 0
	for seed := range uint64(6) {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 33))
			var m *markettest.Market
			saw := map[uint32][]uint64{}
			m = markettest.New(t, markettest.Config{PayEpochs: func(emission scoringtypes.EpochHooks) scoringtypes.EpochHooks {
				return reckoned{EpochHooks: emission, m: &m, stake: saw}
			}})
			params, err := m.Stake.Params.Get(m.Ctx)
			require.NoError(t, err)
			params.RootSeats, params.ChildrenDelay, params.RootSaleBps, params.TakeRaiseInterval = 3, 4, 5+r.Uint32N(300), 5
			require.NoError(t, m.Stake.Params.Set(m.Ctx, params))
			h := rules()
			h.MaxNeurons, h.MaxValidators = 6, 6
			const subnets = 2
			for range subnets {
				h.Tempo-- // so that epochs end now together, now not
				m.CreateSubnet(h)
			}
			next := 0
			register := func() {
				for netuid := range uint32(subnets) {
					m.Register(netuid+1, next)
				}
				next++
			}
			for range 5 {
				register()
				m.StakeToken(1, next-1, 5_000_000)
				m.StakeToken(2, next-1, 7_000_000)
			}
			msgs, ask := stakekeeper.NewMsgServer(m.Stake), scoringkeeper.NewQueryServer(m.Scoring)
			delegated, seats, epochs, refused, done := 0, 0, 0, 0, 0
			try := func(change func(ctx sdk.Context) error) {
				if m.Tx(change) != nil {
					refused++
				} else {
					done++
				}
			}
			for range 150 {
				n, to, netuid := r.IntN(next), r.IntN(next), 1+r.Uint32N(subnets)
				owner, hotkey, other := markettest.Owner(n), markettest.Hotkey(n), markettest.Hotkey(to)
				before := supply(m)
				switch r.UintN(9) {
				case 0, 1:
					amount := staketypes.Agon(1_000_000 + r.Uint64N(20*agon))
					m.Fund(owner, amount)
					before += amount.Amount.Uint64()
					try(func(ctx sdk.Context) error {
						_, err := msgs.AddStake(ctx, &staketypes.MsgAddStake{Owner: owner.String(), Hotkey: other.String(), Amount: amount})
						return err
					})
				case 2:
					try(func(ctx sdk.Context) error {
						_, err := msgs.RemoveStake(ctx, &staketypes.MsgRemoveStake{Owner: owner.String(), Hotkey: other.String(), ShareBps: 1 + r.Uint32N(10_000)})
						return err
					})
				case 3, 4:
					msg := &staketypes.MsgSetChildren{Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid}
					for i := range r.IntN(4) {
						msg.Children = append(msg.Children, staketypes.Child{Hotkey: markettest.Hotkey((to + i) % next).String(), Bps: 1 + r.Uint32N(3333)})
					}
					try(func(ctx sdk.Context) error { _, err := msgs.SetChildren(ctx, msg); return err })
				case 5:
					try(func(ctx sdk.Context) error {
						_, err := msgs.SetChildTake(ctx, &staketypes.MsgSetChildTake{Owner: owner.String(), Hotkey: hotkey.String(), TakeBps: r.Uint32N(1900)})
						return err
					})
				case 6:
					try(func(ctx sdk.Context) error {
						_, err := msgs.SwapStake(ctx, &staketypes.MsgSwapStake{
							Owner: owner.String(), Hotkey: hotkey.String(), Netuid: netuid * r.Uint32N(2), ToHotkey: other.String(), ToNetuid: (1 + r.Uint32N(subnets)) * r.Uint32N(2), ShareBps: 1 + r.Uint32N(9000),
						})
						return err
					})
				case 7:
					if r.UintN(4) == 0 {
						register()
						before = supply(m) // the price is paid anew, and a part of it burned
					}
				case 8:
					try(func(ctx sdk.Context) error {
						_, err := msgs.SetAutoStake(ctx, &staketypes.MsgSetAutoStake{Owner: owner.String(), Netuid: netuid, Hotkey: other.String()})
						return err
					})
				}
				require.Equal(t, before, supply(m))
				for netuid := uint32(1); netuid <= subnets; netuid++ {
					for v := range next {
						if uid, err := m.Subnet.UIDOf(m.Ctx, netuid, markettest.Hotkey(v)); err == nil && r.UintN(3) == 0 {
							row := &scoringtypes.MsgSetWeights{Hotkey: markettest.Hotkey(v).String(), Netuid: netuid}
							row.Weights = []scoringtypes.Weight{{Uid: (uid + 1) % 5, Value: 1 + r.Uint32N(60_000)}}
							_ = m.Tx(func(ctx sdk.Context) error {
								_, err := scoringkeeper.NewMsgServer(m.Scoring).SetWeights(ctx, row)
								return err
							})
						}
					}
				}
				inputs := map[uint32][]uint64{}
				for netuid := uint32(1); netuid <= subnets; netuid++ {
					in, err := ask.EpochInput(m.Ctx, &scoringtypes.QueryEpochInputRequest{Netuid: netuid})
					require.NoError(t, err)
					if in.Block == in.Height {
						inputs[netuid] = in.Stake
					}
					all, err := m.Stake.EpochStake(m.Ctx, netuid)
					require.NoError(t, err)
					for v := range next {
						hotkey := markettest.Hotkey(v)
						uid, err := m.Subnet.UIDOf(m.Ctx, netuid, hotkey)
						if err != nil {
							continue
						}
						one, err := m.Stake.StakeOf(m.Ctx, netuid, uid, hotkey)
						require.NoError(t, err)
						require.Equal(t, all[uid], one, "what one reckons on is what all do")
					}
					parents, err := m.Stake.Families.Get(m.Ctx, netuid)
					if err == nil {
						delegated += len(parents.Families)
					}
				}
				clear(saw)
				minted, had := ledger(m, t).Minted, supply(m)
				events := m.Next()
				require.Equal(t, had+ledger(m, t).Minted-minted, supply(m))
				for netuid := uint32(1); netuid <= subnets; netuid++ {
					if stake, ended := saw[netuid]; ended {
						epochs++
						require.Equal(t, inputs[netuid], stake)
					}
				}
				if len(saw) == subnets {
					together++
				}
				for _, e := range markettest.Events[*staketypes.EventRootPaid](events) {
					if e.Agon > 0 {
						paid++
					}
				}
				seats += len(markettest.Events[*staketypes.EventSeatTaken](events))
			}
			require.Greater(t, done, 30)
			require.Greater(t, refused, 30)
			require.Greater(t, epochs, 10)
			require.NotZero(t, delegated)
			require.Greater(t, seats, 3, "some lose theirs")
		})
	}
	require.Greater(t, paid, 5, "epochs that paid root stake")
	require.Greater(t, together, 5, "blocks in which two epochs ended")
}
