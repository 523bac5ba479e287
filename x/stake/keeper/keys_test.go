package keeper_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/agon-chain/agon/app/keepertest"
	"github.com/agon-chain/agon/x/stake/types"
)

func joined(netuid uint32, hotkey sdk.AccAddress) collections.Pair[uint32, types.Identity] {
	return collections.Join(netuid, types.Identity(hotkey))
}

func joined3(owner sdk.AccAddress, netuid uint32, hotkey sdk.AccAddress) collections.Triple[sdk.AccAddress, uint32, types.Identity] {
	return collections.Join3(owner, netuid, types.Identity(hotkey))
}

// The bytes of keys and columns are the state: they never change without an upgrade that moves it.
func TestBytesOfTheStore(t *testing.T) {
	w := newWorld(t)
	netuid := w.create(100)
	hotkey, owner := keepertest.Account(0xaa), w.rich(0xbb)
	w.register(netuid, hotkey, owner)
	w.stakeToken(owner, hotkey, netuid, 0x0102030405)
	require.NoError(t, w.k.CreditEpoch(w.ctx, netuid, []uint64{0x0607}, []uint64{0x08}))
	require.NoError(t, w.k.Takes.Set(w.ctx, types.Identity(hotkey), types.Take{Hotkey: hotkey.String()}))
	require.NoError(t, w.k.AfterHotkeySwapped(w.ctx, hotkey, keepertest.Account(0xcc), owner, nil))

	const hot, own = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	const next = "cccccccccccccccccccccccccccccccccccccccc"
	want := []string{
		"00",                                 // params
		"01" + "00000001",                    // pool
		"02" + "00000001" + hot,              // hotkey stake
		"03" + "14" + own + "00000001" + hot, // position
		"04" + hot,                           // take
		"05" + "00000001",                    // stake column
		"06" + "00000001",                    // accrued column
		"07" + "14" + hot + "00000001",       // registration
		"0a" + next,                          // identity of a hotkey
		"0b" + hot,                           // hotkey of an identity
	}
	store := w.Store(types.StoreKey).OpenKVStore(w.ctx)
	it, err := store.Iterator(nil, nil)
	require.NoError(t, err)
	defer it.Close()
	var got []string
	for ; it.Valid(); it.Next() {
		got = append(got, hex.EncodeToString(it.Key()))
	}
	require.Equal(t, want, got)

	column, err := w.k.StakeColumns.Get(w.ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, "0000000102030405", hex.EncodeToString(column))
	column, err = w.k.AccruedColumns.Get(w.ctx, netuid)
	require.NoError(t, err)
	require.Equal(t, "00000000000006070000000000000008", hex.EncodeToString(column))
	require.Equal(t, []uint64{0x0102030405 + 0x0607 + 0x08}, w.column(netuid))
}
