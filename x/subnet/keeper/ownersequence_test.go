package keeper_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/x/subnet/types"
)

// subnetModel is a subnet as its owners' messages should make it: a few lines to hold against the keeper's.
type subnetModel struct {
	owner, offered sdk.AccAddress
	expires        int64
	tempo, next    uint64
	due            int64 // 0: nothing is pending
}

// Random messages of anybody, at random distances: each is refused exactly when the model refuses it, and
// the state is always the model's.
func TestOwnersSequences(t *testing.T) {
	const delay, steps = 7, 1500
	people := []sdk.AccAddress{owner, other, poor}
	for seed := range uint64(4) {
		f := setup(t)
		f.setDelay(delay)
		random := rand.New(rand.NewPCG(seed, 4))
		models := map[uint32]*subnetModel{}
		for range 3 {
			models[f.create(nil)] = &subnetModel{owner: owner, tempo: 360}
		}
		accepted, applied := 0, 0
		for range steps {
			now := f.ctx.BlockHeight()
			netuid := uint32(1 + random.IntN(3))
			m := models[netuid]
			by, to := people[random.IntN(3)], people[random.IntN(3)]
			if random.IntN(2) == 0 {
				by = m.owner
			}
			switch random.IntN(6) {
			case 0:
				f.begin(now + 1)
				for _, n := range []uint32{1, 2, 3} {
					if m := models[n]; m.due != 0 && m.due <= now+1 {
						m.tempo, m.due = m.next, 0
						applied++
					}
				}
			case 1:
				expires := now + int64(random.IntN(6))
				_, err := f.do(func(ctx context.Context) error {
					_, err := f.msg.OfferOwnership(ctx, &types.MsgOfferOwnership{Owner: by.String(), Netuid: netuid, NewOwner: to.String(), ExpiresAt: expires})
					return err
				})
				ok := by.Equals(m.owner) && !to.Equals(by) && expires > now
				require.Equal(t, ok, err == nil, "%v", err)
				if ok {
					m.offered, m.expires = to, expires
				}
			case 2:
				_, err := f.accept(netuid, to)
				ok := to.Equals(m.offered) && now <= m.expires
				require.Equal(t, ok, err == nil, "%v", err)
				if ok {
					m.owner, m.offered, m.due = to, nil, 0
					accepted++
				}
			case 3:
				if random.IntN(3) != 0 {
					continue
				}
				_, err := f.cancelOffer(netuid, by)
				ok := by.Equals(m.owner) && m.offered != nil
				require.Equal(t, ok, err == nil, "%v", err)
				if ok {
					m.offered = nil
				}
			case 4:
				h := f.subnet(netuid).Hyperparams
				h.Tempo = uint64(4 + random.IntN(50))
				_, err := f.do(func(ctx context.Context) error {
					_, err := f.msg.UpdateHyperparams(ctx, &types.MsgUpdateHyperparams{Owner: by.String(), Netuid: netuid, Hyperparams: h})
					return err
				})
				ok := by.Equals(m.owner) && h.Tempo >= 5
				require.Equal(t, ok, err == nil, "%v", err)
				if ok {
					m.next, m.due = h.Tempo, now+delay
				}
			case 5:
				if random.IntN(3) != 0 {
					continue
				}
				_, err := f.cancelHyperparams(netuid, by.String())
				ok := by.Equals(m.owner) && m.due != 0
				require.Equal(t, ok, err == nil, "%v", err)
				if ok {
					m.due = 0
				}
			}
			for _, n := range []uint32{1, 2, 3} {
				s, m := f.subnet(n), models[n]
				require.Equal(t, m.owner.String(), s.Owner)
				require.Equal(t, m.tempo, s.Hyperparams.Tempo)
				p, err := f.k.PendingHyperparams(f.ctx, n)
				require.Equal(t, m.due != 0, err == nil)
				require.Equal(t, m.due, p.EffectiveAt)
			}
			f.checkInvariants()
		}
		require.Positive(t, accepted)
		require.Positive(t, applied)
		t.Logf("seed %d: %d transfers, %d changes of rules in force", seed, accepted, applied)
	}
}
