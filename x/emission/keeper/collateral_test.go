package keeper_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/app/markettest"
	"github.com/agon-chain/agon/app/params"
	stakekeeper "github.com/agon-chain/agon/x/stake/keeper"
	staketypes "github.com/agon-chain/agon/x/stake/types"
	subnetkeeper "github.com/agon-chain/agon/x/subnet/keeper"
	subnettypes "github.com/agon-chain/agon/x/subnet/types"
)

// Registrations, epochs, replacements, claims, choices of where mined rewards go and changing rules, in any order: every invariant of all
// four modules holds after every block, and at the end all that owners paid for uids was burned, is held or came back.
func TestRandomCollateral(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprintf("seed-%d", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 54))
			m := markettest.New(t, markettest.Config{})
			h := rules()
			h.MaxNeurons, h.MaxValidators, h.MinRegistrationPrice, h.MaxRegistrationPrice = 6, 6, 1_000_003, 900_000_007
			netuid := m.CreateSubnet(h)
			next := 0
			var locked, back uint64
			register := func() {
				before := uint64(0)
				for n := range next {
					before += balance(m, markettest.Owner(n), params.BaseDenom)
				}
				price, err := m.Subnet.RegistrationPrice(m.Ctx, netuid)
				require.NoError(t, err)
				s, err := m.Subnet.GetSubnet(m.Ctx, netuid)
				require.NoError(t, err)
				m.Register(netuid, next)
				locked += s.Hyperparams.CollateralOf(price)
				after := uint64(0)
				for n := range next {
					after += balance(m, markettest.Owner(n), params.BaseDenom)
				}
				back += after - before // to who was replaced
				next++
			}
			for range 4 {
				register()
			}
			m.StakeToken(netuid, 0, 5_000_000)
			claimed := 0
			for range 150 {
				switch r.UintN(7) {
				case 0, 1:
					if uid, err := m.Subnet.UIDOf(m.Ctx, netuid, markettest.Hotkey(0)); err == nil && uid == 0 {
						row := []uint32{0, 1 + r.Uint32N(60_000), 1 + r.Uint32N(60_000), 1 + r.Uint32N(60_000)}
						stake, err := m.Stake.StakeColumn(m.Ctx, netuid)
						require.NoError(t, err)
						if stake[0] >= 1000 {
							judge(m, t, netuid, 0, row...)
						}
					}
				case 2:
					if r.UintN(4) == 0 {
						register()
					}
				case 3, 4:
					n := r.IntN(next)
					res, err := subnetkeeper.NewMsgServer(m.Subnet).ClaimCollateral(m.Ctx, &subnettypes.MsgClaimCollateral{
						Owner: markettest.Owner(n).String(), Hotkey: markettest.Hotkey(n).String(), Netuid: netuid,
					})
					if err == nil {
						back += res.Paid
						claimed++
						break
					}
					require.True(t, errors.Is(err, subnettypes.ErrNothingVested) || errors.Is(err, subnettypes.ErrNoCollateral) ||
						errors.Is(err, subnettypes.ErrNotRegistered), "%v", err)
				case 5:
					n := r.IntN(next)
					_, err := stakekeeper.NewMsgServer(m.Stake).SetAutoStake(m.Ctx, &staketypes.MsgSetAutoStake{
						Owner: markettest.Owner(n).String(), Netuid: netuid, Hotkey: markettest.Hotkey(r.IntN(next)).String(),
					})
					if err != nil {
						require.ErrorIs(t, err, subnettypes.ErrNotRegistered)
					}
				case 6:
					m.UpdateHyperparams(netuid, func(h *subnettypes.Hyperparams) {
						h.CollateralBps, h.CollateralVestsBps, h.MinerBurnBps = r.Uint32N(10_001), 1+r.Uint32N(1_000_000), r.Uint32N(10_001)
					})
				}
				m.Next()
			}
			require.LessOrEqual(t, back+held(m, subnettypes.ModuleName), locked, "nothing comes back of what was burned")
			require.NotZero(t, claimed)
		})
	}
}
