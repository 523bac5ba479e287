package directory

import (
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/agon-chain/agon/wire"
	modeltypes "github.com/agon-chain/agon/x/model/types"
)

// A subnet's word is of its name, and nobody takes another's callers by taking its name: the oldest has it, and no word reads as a number or as auto.
func TestSubnetsAreFoundByTheirOwnWord(t *testing.T) {
	v := &View{Subnets: []*Subnet{
		{Netuid: 9, Title: "Small talk!"},
		{Netuid: 2, Title: "  Small -- TALK  "},
		{Netuid: 3, Title: "2"},
		{Netuid: 4, Title: "AUTO"},
		{Netuid: 5, Title: "日本語"},
		{Netuid: 6, Title: ""},
		{Netuid: 7, Title: "Überall 2 / 7"},
		{Netuid: 8, Title: "3rd"},
	}}
	v.Index()
	got := map[uint16]string{}
	for _, s := range v.Subnets {
		got[s.Netuid] = s.Slug
	}
	require.Equal(t, map[uint16]string{2: "small-talk", 3: "", 4: "", 5: "", 6: "", 7: "berall-2-7", 8: "3rd", 9: ""}, got)
	for name, want := range map[string]uint16{"small-talk": 2, "2": 2, "9": 9, "3rd": 8, "03": 3} {
		s, ok := v.SubnetOf(name)
		require.True(t, ok, name)
		require.Equal(t, want, s.Netuid, name)
	}
	for _, name := range []string{"", "auto", "Small-Talk", "99", "-1", "65536", "65538"} {
		_, ok := v.SubnetOf(name)
		require.False(t, ok, name)
	}
}

func TestMinersOfUnknownSubnetsHaveNone(t *testing.T) {
	v := &View{Subnets: []*Subnet{{Netuid: 1}}, Miners: []*Miner{{Netuid: 2, UID: 1, Hotkey: "c"}, {Netuid: 1, UID: 7, Hotkey: "b"}, {Netuid: 1, UID: 3, Hotkey: "a"}}}
	v.Index()
	require.Equal(t, []string{"a", "b", "c"}, []string{v.Miners[0].Hotkey, v.Miners[1].Hotkey, v.Miners[2].Hotkey})
	require.Same(t, v.Subnets[0], v.Miners[0].Subnet)
	require.Nil(t, v.Miners[2].Subnet, "its task is not known here: it cannot be called")
}

// What the chain pins takes the place of what the miner says of the same model, by root or by name, and adds what it does not say.
func TestBoundVersionsCountBeforeAMinersWord(t *testing.T) {
	bound := func(id uint64, name string, number uint32, root byte) modeltypes.Version {
		return modeltypes.Version{Id: id, Model: name, Number: number, Root: []byte{root, 31: 0}, Description: modeltypes.Description{ContextLength: 2048}}
	}
	m := &Miner{Models: []Model{{Name: "llama", Version: "2", Root: wire.Hash{9}}, {Name: "other", Root: wire.Hash{3}}}}
	m.bind(bound(5, "llama", 2, 1)) // another root than it says
	m.bind(bound(6, "qwen", 1, 3))  // another name for a root that it serves
	m.bind(bound(7, "new", 4, 4))
	require.Equal(t, []Model{
		{Name: "llama", Version: "2", ID: 5, Root: wire.Hash{1}, Bound: true, Context: 2048},
		{Name: "qwen", Version: "1", ID: 6, Root: wire.Hash{3}, Bound: true, Context: 2048},
		{Name: "new", Version: "4", ID: 7, Root: wire.Hash{4}, Bound: true, Context: 2048},
	}, m.Models)
}

func TestModelsAreNamedThreeWays(t *testing.T) {
	m := Model{Name: "llama", Version: "2", Root: wire.Hash{0xab, 31: 1}}
	root := hex.EncodeToString(m.Root[:])
	for name, want := range map[string]bool{"llama": true, "llama@2": true, root: true, strings.ToUpper(root): true, "llama@": false, "llama@20": false, "Llama": false, root[:63]: false, "": false} {
		require.Equal(t, want, m.Matches(name), name)
	}
	require.False(t, Model{Name: "llama"}.Matches(strings.Repeat("0", 64)), "no root is not the root of zeros")
}

type reading func(context.Context) (*View, error)

func (f reading) Read(ctx context.Context) (*View, error) { return f(ctx) }

// A reading that fails leaves what was read before, and a view is as old as the beginning of its reading.
func TestRefresh(t *testing.T) {
	now := time.Unix(1000, 0)
	var fail error
	var log strings.Builder
	d := New(reading(func(context.Context) (*View, error) {
		now = now.Add(3 * time.Second) // that it takes
		return &View{Height: now.Unix()}, fail
	}), time.Second, slog.New(slog.NewTextHandler(&log, nil)), func() time.Time { return now })
	_, _, err := d.Latest()
	require.ErrorIs(t, err, ErrNoView)
	require.NoError(t, d.Refresh(t.Context()))
	v, age, err := d.Latest()
	require.NoError(t, err)
	require.Equal(t, 3*time.Second, age)
	fail = errors.New("no node\nanswers")
	for range 5 {
		require.ErrorIs(t, d.Refresh(t.Context()), fail)
	}
	require.True(t, d.Away())
	same, age, err := d.Latest()
	require.NoError(t, err)
	require.Same(t, v, same)
	require.Equal(t, 18*time.Second, age)
	require.Equal(t, 1, strings.Count(log.String(), "\n"), "once, on one line: %s", log.String())
	now = now.Add(-time.Hour) // a clock that is set back makes nothing older than it is
	_, age, err = d.Latest()
	require.NoError(t, err)
	require.Zero(t, age)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fail = nil
	require.ErrorIs(t, d.Refresh(ctx), context.Canceled)
	require.True(t, d.Away(), "who stops learns nothing")
	require.NoError(t, d.Refresh(t.Context()))
	require.False(t, d.Away())
}
