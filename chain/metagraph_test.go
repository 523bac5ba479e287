package chain

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	scoringtypes "github.com/agon-chain/agon/x/scoring/types"
)

// accountOf is a test's own, of 20 bytes.
func accountOf(name string) sdk.AccAddress { return sdk.AccAddress(fmt.Sprintf("%-20s", name)) }

func answer() *scoringtypes.QueryMetagraphResponse {
	return &scoringtypes.QueryMetagraphResponse{
		Netuid: 3, Height: 40,
		Hotkeys:      [][]byte{accountOf("a"), accountOf("b"), accountOf("c")},
		Owners:       [][]byte{accountOf("x"), accountOf("x"), accountOf("y")},
		Urls:         []string{"http://a", "", "http://c"},
		ServiceKeys:  [][]byte{{1}, nil, nil},
		RegisteredAt: []int64{1, 2, 39},
		Stake:        []uint64{100, 50, 0},
		// The epoch ran before the third came.
		Columns: scoringtypes.Columns{
			LastUpdate: []int64{9, 8}, Permits: []bool{true, false}, Active: []bool{true, false}, StakeWeight: []uint32{65535, 0},
			Consensus: []uint32{0, 65535}, Incentive: []uint32{0, 65535}, Dividends: []uint32{65535, 0}, ValidatorTrust: []uint32{1, 2},
			Emission: []uint64{7, 8},
		},
	}
}

func TestMetagraphTurnsColumnsIntoRows(t *testing.T) {
	m, err := DecodeMetagraph(answer())
	require.NoError(t, err)
	require.Equal(t, Neuron{
		UID: 1, Hotkey: accountOf("b").String(), Owner: accountOf("x").String(), RegisteredAt: 2, Stake: 50, LastUpdate: 8,
		Consensus: 65535, Incentive: 65535, ValidatorTrust: 2, Emission: 8,
	}, m.Neurons[1])
	late, ok := m.ByHotkey(accountOf("c").String())
	require.True(t, ok)
	require.Equal(t, Neuron{UID: 2, Hotkey: accountOf("c").String(), Owner: accountOf("y").String(), URL: "http://c", RegisteredAt: 39}, late)
	uid, ok := m.UIDOf(accountOf("b").String())
	require.True(t, ok)
	require.EqualValues(t, 1, uid)
	_, ok = m.UIDOf(accountOf("z").String())
	require.False(t, ok)
	_, ok = m.Neuron(3)
	require.False(t, ok)
	require.Len(t, m.Serving(), 1, "an axon without a key serves nobody")
}

func TestMetagraphThatContradictsItselfIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*scoringtypes.QueryMetagraphResponse){
		"owner-missing":       func(r *scoringtypes.QueryMetagraphResponse) { r.Owners = r.Owners[:2] },
		"url-missing":         func(r *scoringtypes.QueryMetagraphResponse) { r.Urls = nil },
		"key-too-many":        func(r *scoringtypes.QueryMetagraphResponse) { r.ServiceKeys = append(r.ServiceKeys, nil) },
		"height-missing":      func(r *scoringtypes.QueryMetagraphResponse) { r.RegisteredAt = nil },
		"stake-missing":       func(r *scoringtypes.QueryMetagraphResponse) { r.Stake = nil },
		"fraction-above-one":  func(r *scoringtypes.QueryMetagraphResponse) { r.Columns.Incentive[1] = 65536 },
		"more-than-uids-hold": func(r *scoringtypes.QueryMetagraphResponse) { r.Hotkeys = make([][]byte, 65537) },
	} {
		t.Run(name, func(t *testing.T) {
			r := answer()
			spoil(r)
			_, err := DecodeMetagraph(r)
			require.ErrorIs(t, err, ErrMalformed)
			require.Contains(t, err.Error(), "subnet 3")
		})
	}
}

func TestMetagraphCacheKeepsItsAge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &fakeSource{at: 1}
		f := s.follower()
		var fetched atomic.Int64
		var down atomic.Bool
		mc := newMetagraphCache(func(context.Context) (*Metagraph, error) {
			time.Sleep(100 * time.Millisecond)
			if down.Load() {
				return nil, ErrNoNode
			}
			return &Metagraph{Height: fetched.Add(1)}, nil
		}, f, MetagraphOptions{}, slog.New(slog.DiscardHandler))
		if m, _ := mc.Latest(); m != nil {
			t.Fatal("something before the first fetch")
		}

		// Callers at once share one fetch.
		var all sync.WaitGroup
		for range 10 {
			all.Go(func() {
				m, err := mc.Get(t.Context(), time.Minute)
				require.NoError(t, err)
				require.EqualValues(t, 1, m.Height)
			})
		}
		all.Wait()

		// A node that is away: what is young enough is given, what is not is not.
		down.Store(true)
		time.Sleep(5 * time.Second)
		_, err := mc.Get(t.Context(), time.Minute)
		require.NoError(t, err)
		_, err = mc.Get(t.Context(), 4*time.Second)
		require.ErrorIs(t, err, ErrNoNode)
		m, at := mc.Latest()
		require.EqualValues(t, 1, m.Height)
		require.Greater(t, time.Since(at), 5*time.Second)
		down.Store(false)

		// Run follows heights, and goes on by the timer where none come.
		ctx, cancel := context.WithCancel(t.Context())
		all.Go(func() { require.ErrorIs(t, f.Run(ctx), context.Canceled) })
		all.Go(func() { require.ErrorIs(t, mc.Run(ctx), context.Canceled) })
		time.Sleep(3 * time.Second)
		before := fetched.Load()
		s.set(func() { s.at = 2 })
		time.Sleep(3 * time.Second)
		require.Equal(t, before+1, fetched.Load())
		time.Sleep(10 * time.Second)
		require.Equal(t, before+2, fetched.Load())
		cancel()
		all.Wait()
	})
}
